"""Texts as they come, cut into what can be said at a time, and times and dates as they are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.conversation.speaking.reading import reading
from carebot.conversation.speaking.sentences import LONGEST, sentences
from carebot.conversation.text import LANGUAGES


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Hello. How are you?  Fine!", ("Hello.", "How are you?", "Fine!")),
        ("en", "Mr. Sato comes at 3.30 p.m. today.", ("Mr. Sato comes at 3.30 p.m. today.",)),
        ("en", 'He said "Wait!" and left.', ('He said "Wait!"', "and left.")),
        ("en", "one\ntwo\r\n\n three ", ("one", "two", "three")),
        ("en", "Wait... what?", ("Wait...", "what?")),
        ("fr", "Ça va ? M. Petit arrive. « Oui ! » dit-il.", ("Ça va ?", "M. Petit arrive.", "« Oui ! »", "dit-il.")),
        ("ja", "大丈夫ですか。今、行きます!すぐです", ("大丈夫ですか。", "今、行きます!", "すぐです")),
        ("ja", "「待って。」と言いました。", ("「待って。」", "と言いました。")),
        ("ja", "体温は36.5度です。", ("体温は36.5度です。",)),
        ("en", "", ()),
        ("en", " \n\t\x00 ", ()),
        ("en", "🙂👍🏽 👩‍👩‍👧", ()),
        ("en", "?! ... --", ()),
        ("en", "Good\x07 mor\u200bning 🙂!", ("Good morning !",)),
        ("ja", "\ud800", ()),
    ],
)
def test_cut(language, text, expected) -> None:
    assert sentences(text, language) == expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", ["word ", "word, ", "あ", "、あ", "a" * 1000])
def test_a_hundred_kilobytes_come_in_pieces_and_nothing_is_lost(language, word) -> None:
    text = word * (100_000 // len(word))
    found = sentences(text, language)
    assert max(map(len, found)) <= LONGEST[language]
    assert "".join("".join(found).split()) == "".join(text.split())


@given(text=st.text(max_size=500), language=st.sampled_from(LANGUAGES))
def test_any_text_comes_in_pieces_that_can_be_said(text, language) -> None:
    for piece in sentences(text, language):
        assert piece == piece.strip()
        assert 0 < len(piece) <= LONGEST[language]
        assert piece.isprintable()
        piece.encode()
        reading(piece, language)


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("ja", "8時0分です。", "8時です。"),
        ("ja", "午前8時00分、08:05", "午前8時、8時5分"),
        ("ja", "午後3時30分", "午後3時30分"),
        ("ja", "2026-11-09と12/24", "2026年11月9日と12月24日"),
        ("ja", "電池は20%、24°C", "電池は20パーセント、24度"),
        ("en", "At 8:00, 8:05 and 20:30.", "At 8 o'clock, 8 oh 5 and 8 30 p.m.."),
        ("en", "8:00 pm, 12:00, 0:00, 0:15", "8 pm, noon, midnight, 12 15 a.m."),
        ("en", "on 2026-11-01", "on November 1st, 2026"),
        ("en", "version 10:99, 1.5", "version 10:99, 1.5"),
        ("fr", "à 8:00, 8h05, 20 h 30 et 1h", "à 8 heures, 8 heures 5, 20 heures 30 et une heure"),
        ("fr", "à 12h, 0:00, 21 heures", "à midi, minuit, vingt et une heures"),
        ("fr", "le 2026-11-01 et le 2026-11-02", "le 1er novembre 2026 et le 2 novembre 2026"),
    ],
)
def test_read(language, written, read) -> None:
    assert reading(written, language) == read
