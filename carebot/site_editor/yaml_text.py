"""Changes in the text of a YAML file that leave every other sign of it as it stands, comments included."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from carebot.errors import ConfigError
from carebot.strict_yaml import compose_yaml, parse_yaml

LONGEST_LINE = 1 << 20
_PLAIN = re.compile(r"[^\W\d](?:[\w -]*\w)?")
"""What may stand without quotes, where YAML does not take it for something else than a text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list shall hold: `value`, which was number `origin` of it; None where it is new."""

    value: dict[str, Any]
    origin: int | None = None


def with_lists(text: str, lists: Mapping[str, Sequence[Entry]]) -> str:
    """`text` with those lists under its top keys; entries that stay are in their order, and new ones come last.

    Raises:
        ConfigError: the file is written in a way in which nothing can be changed safely, as with anchors.
    """
    content = parse_yaml(text) or {}
    root = compose_yaml(text)
    wanted = dict(content)
    edits = _Edits(text)
    try:
        for key, entries in lists.items():
            if entries or content.get(key):
                wanted[key] = [entry.value for entry in entries]
                edits.change_list(root, key, content.get(key) or [], entries)
        changed = edits.applied()
        if parse_yaml(changed) == wanted:
            return changed
    except (KeyError, ValueError, IndexError, RecursionError):
        pass
    raise ConfigError("this cannot be written into the file as it is (does it use anchors?): change it there by hand.")


@dataclass(slots=True)
class _Edits:
    """Pieces of `text` to put something else in the place of, found one after the other, none inside another."""

    text: str
    pieces: list[tuple[int, int, str]] = field(default_factory=list)

    def applied(self) -> str:
        text = self.text
        for start, end, new in sorted(self.pieces, key=lambda piece: piece[:2])[::-1]:
            text = text[:start] + new + text[end:]
        return text

    def change_list(self, root: yaml.Node | None, key: str, old: list[Any], entries: Sequence[Entry]) -> None:
        pairs = root.value if isinstance(root, yaml.MappingNode) else []
        found = next(((name, value) for name, value in pairs if name.value == key), None)
        new = [entry.value for entry in entries if entry.origin is None]
        if found is None:
            self._put(len(self.text), len(self.text), self._on_own_line(f"{key}:", *_items(new, "  ")))
            return
        name, node = found
        if not old or not entries:
            end = self._end(node)
            if isinstance(node, yaml.SequenceNode) and not node.flow_style:
                self._put(name.end_mark.index + 1, name.end_mark.index + 1, " []")
                self._change_sequence(node, old, [None] * len(old), [])
                return
            self._put(name.end_mark.index + 1, end, "" if entries else " []")
            self._put(self._line_end(end), self._line_end(end), self._on_own_line(*_items(new, "  ")))
            return
        kept = {entry.origin: entry.value for entry in entries if entry.origin is not None}
        self._change_sequence(node, old, [kept.get(number) for number in range(len(old))], new)

    # what is inside

    def _change(self, node: yaml.Node, old: Any, new: Any) -> None:
        if old == new and type(old) is type(new):
            return
        if isinstance(node, yaml.MappingNode) and isinstance(old, dict) and isinstance(new, dict) and new:
            self._change_mapping(node, old, new)
        elif isinstance(node, yaml.SequenceNode) and isinstance(old, list) and isinstance(new, list) and new and old:
            kept = [*new[: len(old)], *[None] * (len(old) - len(new))]
            self._change_sequence(node, old, kept, new[len(old) :])
        elif old != new or isinstance(old, bool) or isinstance(new, bool):
            # A list may begin in the column of its key, and what stands in its place may not; or nothing stood there.
            is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style
            space = " " if is_block or node.start_mark.index == node.end_mark.index else ""
            self._put(node.start_mark.index, self._end(node), space + _flow(new))

    def _change_mapping(self, node: yaml.MappingNode, old: dict[str, Any], new: dict[str, Any]) -> None:
        spans, kept = [], []
        for name, value in node.value:
            spans.append((name.start_mark.index, max(name.end_mark.index + 1, self._end(value))))
            kept.append(name.value in new)
            if kept[-1]:
                self._change(value, old[name.value], new[name.value])
        added = [f"{_flow(name)}: {_flow(value)}" for name, value in new.items() if name not in old]
        self._cut_and_add(node, spans, kept, added, " " * node.start_mark.column)

    def _change_sequence(self, node: yaml.SequenceNode, old: list[Any], kept: list[Any], new: list[Any]) -> None:
        spans, before = [], node.start_mark.index
        for item, was, now in zip(node.value, old, kept, strict=True):
            start = item.start_mark.index
            if not node.flow_style:
                start = self.text.rindex("-", before, start)
            spans.append((start, before := self._end(item)))
            if now is not None:
                self._change(item, was, now)
        indent = " " * node.start_mark.column
        is_flow = node.flow_style or not isinstance(node.value[-1], yaml.MappingNode) or node.value[-1].flow_style
        added = [_flow(each) for each in new] if node.flow_style else [
            line.removeprefix(indent) for each in new for line in _items([each], indent, is_flow)
        ]  # fmt: skip
        self._cut_and_add(node, spans, [now is not None for now in kept], added, indent)

    def _cut_and_add(
        self, node: yaml.CollectionNode, spans: list[tuple[int, int]], kept: list[bool], added: list[str], indent: str
    ) -> None:
        last = spans[-1][1] if spans else node.start_mark.index + 1
        first = kept.index(True) if True in kept else len(kept)
        if node.flow_style and first == len(kept):
            self._put(spans[0][0] if spans else last, last, ", ".join(added))
            return
        for number, (start, end) in enumerate(spans):
            if kept[number]:
                continue
            if not node.flow_style and not self.text[self._line_start(start) : start].strip():
                self._put(self._line_start(start), self._line_end(end), "")
            elif number < first:
                self._put(start, spans[number + 1][0], "")
            else:
                self._put(spans[number - 1][1], end, "")
        if node.flow_style:
            self._put(last, last, "".join(f", {each}" for each in added))
        else:
            self._put(self._line_end(last), self._line_end(last), self._on_own_line(*(indent + each for each in added)))

    # where things are

    def _end(self, node: yaml.Node) -> int:
        """Where the node's own signs end: PyYAML counts comments and empty lines after a block to it."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style:
            inner = [each for item in node.value for each in (item if isinstance(item, tuple) else (item,))]
            return max(map(self._end, inner))
        return node.start_mark.index + len(self.text[node.start_mark.index : node.end_mark.index].rstrip())

    def _line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    @property
    def _break(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def _on_own_line(self, *lines: str) -> str:
        """Lines to put at a line's begin, or at the end of a text whose last line may not have ended."""
        return "".join(f"{line}{self._break}" for line in lines)

    def _put(self, start: int, end: int, new: str) -> None:
        if new and start == end == len(self.text) and not self.text.endswith("\n") and self.text:
            new = self._break + new
        self.pieces.append((start, end, new))


def _items(values: Sequence[dict[str, Any]], indent: str, is_flow: bool = False) -> list[str]:
    """The lines of new entries in a list of blocks."""
    lines = []
    for value in values:
        if is_flow:
            lines.append(f"{indent}- {_flow(value)}")
        else:
            parts = [f"{_flow(name)}: {_flow(each)}" for name, each in value.items()]
            lines += [f"{indent}{'  ' if number else '- '}{part}" for number, part in enumerate(parts)]
    return lines


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(name)}: {_flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    return yaml.safe_dump(value, default_style='"', allow_unicode=True, width=LONGEST_LINE).rstrip("\n")
