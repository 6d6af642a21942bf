"""The registry's speech models, checked, as hearing takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carebot.conversation.hearing.recognisers.base import Recogniser
    from carebot.conversation.hearing.turn_ends import TurnEnd
    from carebot.conversation.text import Language
    from carebot.perception.registry import ModelEntry


def load_recogniser(language: Language, wanted: str | None) -> Recogniser:
    """The recogniser for `language`, by the name `wanted` or the best there is.

    Raises:
        ModelError: there is none, or its files are missing or not those of the registry.
        SetupError: what runs it is not installed.
    """
    from carebot.conversation.hearing.recognisers.base import SpeechModel
    from carebot.conversation.hearing.recognisers.choice import choose_recogniser
    from carebot.perception.registry import load_registry

    entries = load_registry().for_task("speech")
    models = [
        SpeechModel(each.name, each.family, {file.role: file.path for file in each.files}, each.languages)
        for each in entries
    ]
    _refuse_other_files([each for each in entries if wanted in (None, each.name)])
    return choose_recogniser(language, models, wanted)


def load_turn_end(wanted: str | None) -> TurnEnd | None:
    """The registry's model of the end of turns: `wanted`, else the first whose file is there; None where there is none.

    Raises:
        ModelError: `wanted` is not in the registry, or its file is missing, is another one, or does not run.
        ConfigError: the entry has no file of the role `model`.
    """
    from carebot.conversation.hearing.turn_ends import SmartTurn
    from carebot.errors import ModelError
    from carebot.perception.registry import load_registry
    from carebot.perception.verification import verified

    entries = load_registry().for_task("turn-end")
    for entry in entries:
        file = entry.file("model")
        if wanted == entry.name or (wanted is None and file.path.is_file()):
            return SmartTurn(verified(file))
    if wanted is None:
        return None
    names = ", ".join(entry.name for entry in entries) or "none"
    raise ModelError(f"There is no model '{wanted}' of the end of turns in the registry: there is {names}.")


def _refuse_other_files(entries: list[ModelEntry]) -> None:
    """Nothing is run that is not the file that the registry means; what is not there yet is no fault."""
    from carebot.perception.verification import verified

    for entry in entries:
        if all(file.path.is_file() for file in entry.files):
            for file in entry.files:
                verified(file)
