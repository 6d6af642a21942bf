"""Which recogniser hears a language: the operator's model, else the English one that comes with pocketsphinx."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from carebot.conversation.hearing.recognisers.base import Recogniser, SpeechModel
from carebot.conversation.hearing.recognisers.sherpa import FAMILIES, load_sherpa
from carebot.conversation.hearing.recognisers.sphinx import Sphinx
from carebot.conversation.text import NAMES, Language
from carebot.errors import ModelError, SetupError

POCKETSPHINX = "pocketsphinx"


def choose_recogniser(
    language: Language, models: Sequence[SpeechModel], wanted: str | None = None, threads: int = 1
) -> Recogniser:
    """The recogniser for `language`: the model called `wanted` (or "pocketsphinx"), else the first of `models` that
    knows the language and whose files are all there, else pocketsphinx for English.

    Raises:
        ModelError: `wanted` does not exist, does not know the language, or cannot be loaded; or there is no model.
        SetupError: what runs the model is not installed.
    """
    if wanted == POCKETSPHINX:
        return _sphinx(language)
    if wanted is not None:
        return load_sherpa(_named(wanted, models), language, threads)
    for model in models:
        if _is_usable(model, language):
            return load_sherpa(model, language, threads)
    if language == "en" and importlib.util.find_spec("pocketsphinx"):
        return _sphinx(language)
    raise _no_model(language, models)


def _sphinx(language: Language) -> Recogniser:
    if language != "en":
        raise ModelError(f"pocketsphinx knows English only, not {NAMES[language]}: {_REMEDY}")
    return Sphinx()


def _named(wanted: str, models: Sequence[SpeechModel]) -> SpeechModel:
    for model in models:
        if model.name == wanted:
            return model
    names = ", ".join([*(model.name for model in models), POCKETSPHINX])
    raise ModelError(f"There is no speech model '{wanted}' in the registry: use one of {names}.")


def _is_usable(model: SpeechModel, language: Language) -> bool:
    family = FAMILIES.get(model.family)
    languages = model.languages or (family.knows if family else ())
    return language in languages and all(path.is_file() for path in model.files.values())


_REMEDY = (
    "add a speech model to the registry (docs/talk.md says how), or type; typed text and the tablet go on working."
)


def _no_model(language: Language, models: Sequence[SpeechModel]) -> ModelError | SetupError:
    away = [model.name for model in models if language in model.languages]
    if away:
        return ModelError(
            f"the speech model '{away[0]}' for {NAMES[language]} is not on this machine: get it with "
            f"`carebot models pull {away[0]}`, or type; typed text and the tablet go on working."
        )
    if language == "en":
        return SetupError(
            "there is no speech model for English: install pocketsphinx with pip install 'pocketsphinx>=5,<6', "
            "add a model to the registry (docs/talk.md says how), or type."
        )
    return ModelError(f"there is no speech model for {NAMES[language]}: {_REMEDY}")
