"""An XML file as elements that know their line, without entities or anything else from outside the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from carebot.errors import ConfigError


@dataclass(slots=True, eq=False)
class Element:
    """One element; an include is replaced by the model that it names, whose elements know their own file."""

    tag: str
    attributes: dict[str, str]
    file: Path
    line: int
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}, line {self.line}"

    @property
    def name(self) -> str:
        """The name it must have."""
        name = self.attributes.get("name", "").strip()
        if not name:
            self.refuse(f"<{self.tag}> has no name: give it one")
        return name

    def child(self, tag: str) -> Element | None:
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, *tags: str) -> Iterator[Element]:
        return (child for child in self.children if child.tag in tags)

    def refuse(self, what: str) -> NoReturn:
        """Raise the ConfigError that says what is wrong here; `what` holds the remedy."""
        raise ConfigError(f"{self.place}: {what}.")


def read_document(path: Path) -> Element:
    """The root element of an XML file.

    Raises:
        ConfigError: naming the file, and the line where there is one, when it cannot be read or is not XML.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist: check the name.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): check that it is a readable file.") from None
    return _Reader(path).read(content)


class _Reader:
    """Builds the tree as expat goes through the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: list[Element] = []
        self._root: Element | None = None
        self._expat = expat.ParserCreate()
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._text
        self._expat.StartDoctypeDeclHandler = self._refuse_doctype

    def read(self, content: bytes) -> Element:
        try:
            self._expat.Parse(content, True)
        except expat.ExpatError as error:
            raise ConfigError(
                f"{self._path}, line {error.lineno}: this is not XML ({expat.ErrorString(error.code)}): correct it."
            ) from None
        assert self._root is not None
        return self._root

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag, attributes, self._path, self._expat.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, _tag: str) -> None:
        element = self._open.pop()
        element.text = element.text.strip()

    def _text(self, text: str) -> None:
        self._open[-1].text += text

    def _refuse_doctype(self, *_declaration: object) -> None:
        raise ConfigError(
            f"{self._path}, line {self._expat.CurrentLineNumber}: a DOCTYPE can reach outside the file: remove it."
        )
