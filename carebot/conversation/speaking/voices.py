"""Every language's voice."""

from __future__ import annotations

from carebot.conversation.speaking.espeak import Espeak
from carebot.conversation.speaking.japanese import OpenJTalk
from carebot.conversation.speaking.synthesiser import Sound, Synthesiser, VoiceMissingError
from carebot.conversation.text import Language
from carebot.errors import CarebotError
from carebot.site.voice import Voice

WARM_UP: dict[Language, str] = {"en": "Yes.", "fr": "Oui.", "ja": "はい。"}


class Voices:
    """The voices that carebot ships, by language."""

    def __init__(self, by_language: dict[Language, Synthesiser] | None = None) -> None:
        espeak = Espeak()
        self._by_language = by_language or {"ja": OpenJTalk(), "en": espeak, "fr": espeak}

    def synthesise(self, text: str, language: Language, voice: Voice) -> Sound:
        """See `Synthesiser`."""
        if language not in self._by_language:
            known = ", ".join(self._by_language)
            raise VoiceMissingError(f"there is no voice for the language '{language}': use one of {known}.")
        return self._by_language[language].synthesise(text, language, voice)

    def warm_up(self, language: Language) -> str:
        """Load what the first sentence would wait for; why `language` cannot be spoken, empty where it can."""
        try:
            for _ in self.synthesise(WARM_UP[language], language, Voice()).chunks:
                pass
        except CarebotError as error:
            return str(error)
        return ""
