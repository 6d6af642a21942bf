"""From a routine's steps to the tree of behaviours of one run."""

from __future__ import annotations

from py_trees.behaviour import Behaviour
from py_trees.composites import Selector, Sequence
from py_trees.decorators import FailureIsSuccess

from carebot.routines.moment import RunContext
from carebot.routines.nodes import AnswerIs, Approving, Doing, Guard, Limit, Looping
from carebot.routines.steps import Group, LeafStep, Loop, Step


def build(step: Step, context: RunContext, loops: tuple[str, ...] = ()) -> Behaviour:
    """The behaviours of a step and all below, for one run; `loops` are the keys of those around it."""
    node = _action(step, context, loops)
    if step.time_limit_s is not None and not isinstance(step, LeafStep):
        node = Limit(node, step, loops, context)
    if step.approval is not None:
        node = _sequence(step.name, [Approving(step, loops, context), node])
    if step.may_fail:
        node = FailureIsSuccess(name=f"{step.name} may fail", child=node)
    return _guarded(step, node, context, loops)


def _action(step: Step, context: RunContext, loops: tuple[str, ...]) -> Behaviour:
    if isinstance(step, LeafStep):
        return _leaf(step, context, loops)
    if isinstance(step, Loop):
        return Looping(build(step.body, context, (*loops, step.key)), step, loops, context)
    assert isinstance(step, Group)
    children = [build(each, context, loops) for each in step.steps]
    return _selector(step.name, children) if step.is_selector else _sequence(step.name, children)


def _leaf(step: LeafStep, context: RunContext, loops: tuple[str, ...]) -> Behaviour:
    doing = Doing(step, loops, context)
    if not step.when:
        return doing
    named = frozenset(step.when) - {"otherwise"}
    branches: list[Behaviour] = []
    for answer, body in step.when.items():
        is_other = answer == "otherwise"
        is_it = AnswerIs(doing, named if is_other else frozenset({answer}), is_other)
        branches.append(_sequence(answer, [is_it, build(body, context, loops)]))
    if "otherwise" not in step.when:
        branches.append(AnswerIs(doing, named, is_other=True))
    return _sequence(step.name, [doing, _selector("answers", branches)])


def _guarded(step: Step, node: Behaviour, context: RunContext, loops: tuple[str, ...]) -> Behaviour:
    if step.condition is None:
        return node
    holds = Guard(step, step.condition, loops, context, wanted=True)
    fails: Behaviour = Guard(step, step.condition, loops, context, wanted=False)
    if step.otherwise is not None:
        fails = _sequence("else", [fails, build(step.otherwise, context, loops)])
    return _selector(f"if {step.name}", [_sequence(step.name, [holds, node]), fails])


def _sequence(name: str, children: list[Behaviour]) -> Behaviour:
    return Sequence(name=name or "sequence", memory=True, children=children)


def _selector(name: str, children: list[Behaviour]) -> Behaviour:
    return Selector(name=name or "selector", memory=True, children=children)
