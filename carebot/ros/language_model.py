"""The language model as the conversation node has it: off without a server, and without the resident's consent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationError

from carebot.conversation.dialogue import Dialogue
from carebot.conversation.leash.client import ChatClient
from carebot.conversation.leash.leashed import LeashedDialogue, Part
from carebot.conversation.leash.prompt import Context
from carebot.conversation.leash.settings import ModelSettings
from carebot.conversation.leash.tools import Routine
from carebot.errors import ConfigError
from carebot.records.consent import Consent, Decision
from carebot.ros.diagnostics import Health, Level
from carebot.ros.partner import Consents, Partner


@dataclass(frozen=True, slots=True)
class LanguageModelParameters:
    """Which language model answers what no template understood; the key is in CAREBOT_LLM_KEY or `key_file`."""

    url: str = ""
    """The server's base address, such as http://127.0.0.1:8080/v1; by default there is none."""

    model: str = ""
    """The model's name on that server."""

    key_file: str = ""
    """The file with the server's key."""

    ca_file: str = ""
    """What the server's own certificate is checked with (PEM)."""

    first_sentence_s: Annotated[float, Field(ge=0.1, le=30.0)] = 4.0
    """Without a sentence by then, the template answers."""

    answer_s: Annotated[float, Field(ge=0.1, le=120.0)] = 15.0
    """The answer ends there."""

    rest_s: Annotated[float, Field(ge=0.0, le=600.0)] = 20.0
    """After a failure the model is left alone for so long."""

    def __post_init__(self) -> None:
        if bool(self.url) != bool(self.model):
            raise ValueError("llm.url and llm.model are needed both, or none of them")


class LanguageModel:
    """Who may be asked, whether, and how that went."""

    def __init__(self, parameters: LanguageModelParameters, partner: Partner, consents: Consents) -> None:
        """Raises ConfigError where address, key or certificates cannot be used."""
        self._settings = _settings(parameters)
        self._client = ChatClient(self._settings)
        self._partner = partner
        self._consents = consents
        self._is_asked_for: Decision | None = None
        self._failure = ""
        self.counts: Counter[str] = Counter()

    def may_be_asked(self) -> bool:
        """Whether the resident has consented; looked up each time, so that a no holds at once."""
        self._is_asked_for = self._consents.decision(Consent.LANGUAGE_MODEL)
        return self._is_asked_for is not None and self._is_asked_for.given

    def leash(self, dialogue: Dialogue, risky: frozenset[str]) -> LeashedDialogue:
        """`dialogue` with the model behind it; `risky` are the routines that wait for a caregiver."""
        partner = self._partner
        return LeashedDialogue(
            dialogue,
            self._client,
            self._settings,
            language=partner.language,
            routines=[Routine(each, is_risky=each in risky) for each in dialogue.setting.routines],
            context=Context(partner.name, may_tell_name=True),
            tell=self._note,
        )

    def count(self, part: Part) -> None:
        """One part of an answer was said."""
        self.counts[part.by if not part.why else f"template, model: {part.why}"] += 1
        if part.by == "model":
            self._failure = ""

    def health(self) -> Health:
        values: dict[str, object] = {"server": self._settings.url, "model": self._settings.model, **self.counts}
        self.may_be_asked()
        decision = self._is_asked_for
        if decision is None or not decision.given:
            return Health("language model", Level.OK, "is not asked: the resident has not consented", values)
        if self._failure:
            return Health("language model", Level.WARN, self._failure, values)
        day = f"{datetime.fromtimestamp(decision.at_s):%Y-%m-%d}"
        return Health("language model", Level.OK, f"may be asked: {decision.by} recorded that on {day}", values)

    def close(self) -> None:
        self._client.close()

    def _note(self, sentence: str) -> None:
        self._failure = sentence


def _settings(parameters: LanguageModelParameters) -> ModelSettings:
    files = {"key_file": parameters.key_file or None, "ca_file": parameters.ca_file or None}
    names = ("url", "model", "first_sentence_s", "answer_s", "rest_s")
    try:
        return ModelSettings.model_validate({**{each: getattr(parameters, each) for each in names}, **files})
    except ValidationError as error:
        first = error.errors()[0]
        key = str(first["loc"][0]) if first["loc"] else "answer_s"
        reason = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"the parameter 'llm.{key}' of the conversation: {reason}.") from None
