"""Every kind and phrase with which the source makes a `Deed`, read from the source itself.

A phrase that comes through variables, parameters, conditions and f-strings of one file is followed there. Where it
comes from farther away `FAR` has to say what it may be, and `phrases` raises until it does.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import carebot
from carebot.alerts import Answer
from carebot.tablet.caring import Change, RunAnswer
from carebot.tablet.house import HouseDeed
from carebot.tablet.places import PLACES

ROOT = Path(carebot.__file__).parent
FAR: dict[str, tuple[str, ...]] = {
    "answer.value": tuple(each.value for each in Answer),
    "answer.replace('_', ' ')": tuple(each.replace("_", " ") for each in get_args(RunAnswer)),
    "change.what": get_args(Change),
    "change.what.replace('_', ' ')": tuple(each.replace("_", " ") for each in get_args(HouseDeed)),
    "path": ("/api/v1/audit", "/api/v1/teleop", *(place.path for place in PLACES)),
    "self._lost": ("501",),
    "row.kind": (),  # a row that is read again
    "values['what']": (),
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


class UnknownPhraseError(Exception):
    """A phrase that cannot be followed."""


def phrases() -> set[tuple[str, str]]:
    """Kind and phrase of every deed."""
    found: set[tuple[str, str]] = set()
    for path in sorted(ROOT.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "Deed(" in text:
            found |= set(phrases_of(ast.parse(text), path.name))
    return found


def phrases_of(tree: ast.Module, name: str) -> Iterator[tuple[str, str]]:
    """Those of one module."""
    module = _Module(tree, name)
    for call, around in module.calls("Deed"):
        kind, what = (_argument(call, place, word) for place, word in ((0, "kind"), (2, "what")))
        yield from itertools.product(module.texts(kind, around), module.texts(what, around))


class _Module:
    def __init__(self, tree: ast.Module, name: str) -> None:
        self._name = name
        self._nodes = list(_walk(tree, ()))
        self._functions = {each.name: each for each, _ in self._nodes if isinstance(each, Function)}

    def calls(self, name: str) -> Iterator[tuple[ast.Call, tuple[Function, ...]]]:
        """The calls of a function or method, each with the functions that it stands in, the innermost first."""
        for node, around in self._nodes:
            if isinstance(node, ast.Call) and name in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
                yield node, around

    def texts(self, value: ast.expr, around: tuple[Function, ...]) -> set[str]:
        """What an expression may be."""
        if ast.unparse(value) in FAR:
            return set(FAR[ast.unparse(value)])
        if isinstance(value, ast.Constant):
            return {str(value.value)}
        if isinstance(value, ast.FormattedValue):
            return self.texts(value.value, around)
        if isinstance(value, ast.IfExp):
            return self.texts(value.body, around) | self.texts(value.orelse, around)
        if isinstance(value, ast.JoinedStr):
            return {"".join(each) for each in itertools.product(*(self.texts(part, around) for part in value.values))}
        if isinstance(value, ast.Call) and (called := self._functions.get(getattr(value.func, "id", ""))):
            given = [node.value for node in ast.walk(called) if isinstance(node, ast.Return) and node.value]
            return set().union(*(self.texts(each, (called,)) for each in given))
        if isinstance(value, ast.Name) and (found := set().union(*self._named(value.id, around))):
            return found
        raise UnknownPhraseError(f"{self._name}:{value.lineno}: say in FAR what {ast.unparse(value)} may be")

    def _named(self, name: str, around: tuple[Function, ...]) -> Iterator[set[str]]:
        """What is put into a variable: where it is assigned, else by everybody who calls a function with it."""
        for node, where in self._nodes:
            if isinstance(node, ast.Assign) and where in (around, ()):
                for target, value in _assigned(node):
                    if getattr(target, "id", "") == name:
                        yield self.texts(value, where)
        for function in around:
            taken = [each.arg for each in function.args.args if each.arg != "self"]
            if name in taken:
                for call, where in self.calls(function.name):
                    yield self.texts(_argument(call, taken.index(name), name), where)
                return


def _walk(node: ast.AST, around: tuple[Function, ...]) -> Iterator[tuple[ast.AST, tuple[Function, ...]]]:
    yield node, around
    inside = (node, *around) if isinstance(node, Function) else around
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, inside)


def _assigned(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    target = node.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        yield from zip(target.elts, node.value.elts, strict=True)
    else:
        yield target, node.value


def _argument(call: ast.Call, place: int, name: str) -> ast.expr:
    named = next((each.value for each in call.keywords if each.arg == name), None)
    return call.args[place] if named is None else named
