"""How far a run is, as HTML: each step with what became of it, and why it does not go on; all in words as well."""

from __future__ import annotations

from html import escape

from carebot.tablet.caring import CareView, RunView, StepView, in_language
from carebot.tablet.language import Texts

SIGNS = {"done": "✓", "failed": "✕", "now": "▶", "broken_off": "‖", "comes": "○", "may_come": "?"}
DEEPEST = 4
PLAIN = ("done", "now", "comes")
"""States that the sign alone tells whoever sees it, but for the step that is done now."""


def why_html(run: RunView, care: CareView, texts: Texts) -> str:
    """Why it does not go on; nothing where it does, or where the page asks for the yes that it waits for."""
    if not run.waits or run.approval is not None:
        return ""
    about = run.waits_about
    if run.waits == "other":
        offer = care.offer(about)
        about = offer.spoken(texts.language) if offer else about
    key = f"waits_{run.waits}" + ("" if about else "_plain")
    words = texts.sentence(key, {"about": about}) or texts.sentence(f"waits_{run.waits}", {"about": about})
    return f'<p class="why">{escape(words)}</p>' if words else ""


def steps_html(run: RunView, texts: Texts) -> str:
    """The steps in a fold that is open until somebody shuts it."""
    if not run.steps:
        return ""
    done = sum(each.state == "done" for each in run.steps)
    current = next((each for each in reversed(run.steps) if each.state == "now"), None)  # inside of the loops under way
    lines = "".join(_line(each, each is current, texts) for each in run.steps)
    return (
        f'<details class="steps" data-key="steps" open><summary>{escape(texts("run_steps", done=done))}</summary>'
        f'<ol aria-live="off">{lines}</ol></details>'
    )


def _line(step: StepView, is_current: bool, texts: Texts) -> str:
    is_plain = step.state in PLAIN and not is_current
    state = f'<span class="{"sr-only" if is_plain else "word"}">{escape(texts(f"step_{step.state}"))}</span>'
    due = f' <time data-due="{step.until_s:.0f}"></time>' if step.until_s else ""
    current = ' aria-current="step"' if is_current else ""
    words = escape(in_language(step.told, texts.language))
    return (
        f'<li class="is-{step.state}{" current" if is_current else ""} deep-{min(step.depth, DEEPEST)}"{current}>'
        f'<span class="sign" aria-hidden="true">{SIGNS[step.state]}</span>'
        f"<span>{state} {words}{due}</span></li>"
    )
