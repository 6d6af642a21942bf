"""A model whose tokens are of another writing than the language that its registry claims is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from carebot.conversation.hearing.recognisers.base import SpeechModel
from carebot.conversation.hearing.recognisers.choice import choose_recogniser
from carebot.conversation.hearing.recognisers.sherpa import load_sherpa
from carebot.conversation.hearing.recognisers.writing import why_not_of
from carebot.errors import ModelError
from tests.conversation.hearing.tiny_models import write_offline

ALPHABET = [chr(letter) for letter in range(ord("a"), ord("z") + 1)]
KANA = [chr(code) for code in range(0x3042, 0x3094)]
KANJI = [chr(code) for code in range(0x4E00, 0x4E80)]
ENGLISH = [f"▁{first}{second}" for first in "bcdfghlmnprstw" for second in "aeiou"]
JAPANESE_MODEL = ["<blk>", "<unk>", *KANA, *KANJI, *ALPHABET]
ENGLISH_MODEL = ["<blk>", *ENGLISH, *ALPHABET, "'"]
FRENCH_MODEL = [*ENGLISH_MODEL, "é", "▁voilà"]
CHINESE_AND_ENGLISH = ["<blk>", *KANJI, *ENGLISH]
OF_BYTES = ["<blk>", *[f"▁{chr(code)}ƌ" for code in range(0x100, 0x140)]]
BYTE_FALLBACK = ["<unk>", *[f"<0x{code:02X}>" for code in range(256)]]


def written(folder: Path, tokens: list[str]) -> Path:
    path = folder / "tokens.txt"
    path.write_text("".join(f"{token} {number}\n" for number, token in enumerate(tokens)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("tokens", "language", "why"),
    [
        (JAPANESE_MODEL, "ja", ""),
        (JAPANESE_MODEL, "fr", "it writes kana, kanji or hanzi"),
        (JAPANESE_MODEL, "en", "it writes kana, kanji or hanzi"),
        (ENGLISH_MODEL, "en", ""),
        (ENGLISH_MODEL, "ja", "it writes no kana and no kanji"),
        (ENGLISH_MODEL, "fr", "it writes no accents"),
        (FRENCH_MODEL, "fr", ""),
        (FRENCH_MODEL, "en", ""),
        (CHINESE_AND_ENGLISH, "en", ""),
        (OF_BYTES, "ja", ""),
        (BYTE_FALLBACK, "fr", ""),
        (["▁stop", "▁help", "<blk>"], "ja", ""),
    ],
)
def test_what_a_model_can_write(tmp_path: Path, tokens: list[str], language: str, why: str) -> None:
    assert why_not_of(language, written(tmp_path, tokens)) == why  # type: ignore[arg-type]


def test_a_japanese_model_that_the_registry_calls_french_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("sherpa_onnx")
    files = {"model": write_offline(tmp_path), "tokens": written(tmp_path, JAPANESE_MODEL)}
    model = SpeechModel("kotoba", "nemo-ctc", files, ("fr",))
    with pytest.raises(
        ModelError, match=r"'kotoba' is not a model for French \(it writes kana, .*correct its languages"
    ):
        choose_recogniser("fr", [model], "kotoba")
    with pytest.raises(ModelError, match="'kotoba' is not a model for French"):
        choose_recogniser("fr", [model])


def test_tokens_that_cannot_be_read(tmp_path: Path) -> None:
    files = {"model": write_offline(tmp_path), "tokens": tmp_path / "tokens.txt"}
    files["tokens"].write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match=r"tokens\.txt is no list of tokens that can be read"):
        load_sherpa(SpeechModel("tiny", "nemo-ctc", files, ("en",)), "en")
