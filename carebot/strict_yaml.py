"""YAML read strictly: a key that stands twice is refused, and whatever is wrong with a text comes as one error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import yaml

_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "timestamp": "a date"}
_TAG = "tag:yaml.org,2002:"


class YamlError(ValueError):
    """A text is no YAML, or no value of the kind that it looks like; the message is one line, without a full stop."""


def parse_yaml(text: str) -> Any:
    """What `text` means; raises YamlError."""
    with _one_error():
        return yaml.load(text, Loader=_StrictLoader)


def compose_yaml(text: str) -> yaml.Node | None:
    """What stands where in `text`, its values unread; raises YamlError."""
    with _one_error():
        return yaml.compose(text, Loader=_StrictLoader)


@contextmanager
def _one_error() -> Iterator[None]:
    try:
        yield
    except yaml.YAMLError as error:
        raise YamlError(" ".join(str(error).split())) from None
    except RecursionError:
        raise YamlError("it is nested too deeply") from None


class _StrictLoader(yaml.SafeLoader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._open: list[str] = []  # the anchors of what is being read

    def compose_node(self, parent: Any, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        is_alias = isinstance(event, yaml.AliasEvent)
        if is_alias and event.anchor in self._open:
            raise YamlError(f"line {event.start_mark.line + 1}: *{event.anchor} stands inside of what it means")
        self._open.append(getattr(event, "anchor", None) or "")
        node: yaml.Node | None = super().compose_node(parent, index)
        self._open.pop()
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        lines: dict[object, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == f"{_TAG}merge":
                continue
            line, same = key.start_mark.line + 1, self._as_key(key)
            if same in lines:
                raise YamlError(f"line {line}: the key '{key.value:.60}' stands in line {lines[same]} already")
            lines[same] = line
        return node

    def _as_key(self, key: yaml.ScalarNode) -> object:
        """What it is as a dictionary's key: 1 and 0x1 are the same."""
        return self.construct_object(key) if key.tag.removeprefix(_TAG) in _KINDS else key.value


def _named(construct: Callable[[Any, Any], Any], kind: str) -> Callable[[Any, Any], Any]:
    def constructed(loader: _StrictLoader, node: yaml.Node) -> Any:
        try:
            return construct(loader, node)
        except (ValueError, LookupError, AttributeError, ArithmeticError):  # of PyYAML, which checks only the form
            line = node.start_mark.line + 1
            raise YamlError(f"line {line}: '{node.value:.60}' cannot be read as {_KINDS[kind]}") from None

    return constructed


for _kind in _KINDS:
    _read = _named(yaml.SafeLoader.yaml_constructors[_TAG + _kind], _kind)
    _StrictLoader.add_constructor(_TAG + _kind, _read)
