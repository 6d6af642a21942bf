"""Which language model is asked, and for how long: the operator's choice, checked once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from carebot.config import FileModel
from carebot.errors import ConfigError

KEY_VARIABLE = "CAREBOT_LLM_KEY"
_SUFFIX = "/chat/completions"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MOST_KEY_BYTES = 4096


class ModelSettings(FileModel):
    """A server with OpenAI's chat completions, and the limits of an answer.

    `url` is the base address, such as `http://127.0.0.1:8080/v1`. The key comes from the environment variable
    `key_variable` or from the file `key_file`, never from the settings themselves. `ca_file` (PEM) is what a server's
    own certificate is checked with. After `first_sentence_s` without a first sentence the template is spoken; after
    `answer_s` the answer ends where it is. After a failure the model is left alone for `rest_s`.
    """

    url: str
    model: Annotated[str, Field(min_length=1, max_length=200)]
    key_variable: str = KEY_VARIABLE
    key_file: Path | None = None
    ca_file: Path | None = None
    first_sentence_s: Annotated[float, Field(ge=0.1, le=30.0)] = 4.0
    answer_s: Annotated[float, Field(ge=0.1, le=120.0)] = 15.0
    rest_s: Annotated[float, Field(ge=0.0, le=600.0)] = 20.0
    most_tokens: Annotated[int, Field(ge=16, le=2000)] = 200
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] = 0.3

    @field_validator("url")
    @classmethod
    def _is_base_address(cls, url: str) -> str:
        parts = _split(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must begin with http:// or https:// and name a host")
        if parts.username is not None or parts.password is not None:
            raise ValueError(f"must not hold a name or password: put the key into {KEY_VARIABLE}")
        if parts.query or parts.fragment:
            raise ValueError("must not hold ? or #: give the base address alone")
        return url.rstrip("/").removesuffix(_SUFFIX)

    @model_validator(mode="after")
    def _times_fit(self) -> ModelSettings:
        if self.answer_s < self.first_sentence_s:
            raise ValueError("answer_s must not be shorter than first_sentence_s")
        return self

    @property
    def completions_url(self) -> str:
        return self.url + _SUFFIX

    def key(self) -> SecretStr | None:
        """The key, if there is one.

        Raises:
            ConfigError: the key file cannot be used, or the key would travel in clear text.
        """
        found = self._key_from_file() if self.key_file else os.environ.get(self.key_variable, "").strip()
        if not found:
            return None
        if not (found.isascii() and found.isprintable() and " " not in found):
            raise ConfigError("The key of the language model holds blanks or signs that no key has: check it.")
        if _split(self.url).scheme == "http" and not self.is_on_this_machine:
            raise ConfigError(f"The key would travel to {self.url} in clear text: use https://, or no key.")
        return SecretStr(found)

    @property
    def is_on_this_machine(self) -> bool:
        return _split(self.url).hostname in _LOOPBACK

    def _key_from_file(self) -> str:
        assert self.key_file is not None
        try:
            with self.key_file.open("rb") as file:
                return file.read(_MOST_KEY_BYTES).decode("ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise ConfigError(f"The key file {self.key_file} cannot be read as text: check name and rights.") from None


def _split(url: str) -> SplitResult:
    if not url.isprintable() or " " in url:
        raise ValueError("must not hold blanks or control characters")
    parts = urlsplit(url)
    _ = parts.port  # raises where it is no number
    return parts
