"""How many of the sentences in `invented/` are misunderstood, by kind: `python -m tests.conversation.count_invented`.

`invented/<set>_<language>.txt` has a line for each: what is meant, "|", the words. Meant is help, stop, an intent (or
several, of which each will do), "-" for what is neither a call nor a request, and for answers to "are you all right?"
A:fine, A:notfine, A:help.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

from carebot.conversation.dialogue import Dialogue, Setting
from carebot.conversation.text import LANGUAGES, Language
from carebot.conversation.understanding import how_are_they

HERE = Path(__file__).parent / "invented"
ROUTINES = ("morning exercise", "体操", "gymnastique")
NOW = datetime(2026, 3, 2, 14, 5)


def mistake(meant: str, words: str, language: Language) -> str:
    """What is wrong with how `words` are taken; empty where nothing is."""
    if meant.startswith("A:"):
        return _of_answer(meant.removeprefix("A:"), how_are_they(words, language))
    reply = Dialogue(language, Setting(routines=ROUTINES)).hear(words, NOW)
    acts = {act.name for act in reply.acts}
    if meant == "help":
        return "" if "help" in acts else "call offered" if reply.intent == "CallNurse" else "call lost"
    if meant == "stop":
        return "" if "stop" in acts else "stop lost"
    if acts & {"help", "stop"}:
        return "false call" if "help" in acts else "false stop"
    if meant == "-":
        return "offered for nothing" if reply.intent == "CallNurse" else ""
    return "" if reply.intent in meant.split(",") else "request"


def _of_answer(meant: str, taken: str) -> str:
    if (meant == "fine") != (taken == "fine"):
        return "well, not understood" if meant == "fine" else "NOT FINE, TAKEN FOR FINE"
    return ""


def main() -> None:
    """Print the counts; with --list the sentences too."""
    for file in sorted(HERE.glob("*.txt")):
        language: Language = next(each for each in LANGUAGES if file.stem.endswith(each))
        rows = [line.split("|", 1) for line in file.read_text(encoding="utf-8").splitlines() if line]
        found = [(wrong, words) for meant, words in rows if (wrong := mistake(meant, words, language))]
        counts = ", ".join(f"{kind}: {number}" for kind, number in Counter(kind for kind, _ in found).most_common())
        print(f"{file.stem}: {len(found)} of {len(rows)} misunderstood; {counts or 'none'}")
        if "--list" in sys.argv:
            print("".join(f"    {kind}: {words}\n" for kind, words in found), end="")


if __name__ == "__main__":
    main()
