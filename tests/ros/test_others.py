"""Who else types, has a dialogue of their own, and no part in the resident's."""

from __future__ import annotations

from datetime import datetime, time

from carebot.conversation.dialogue import Setting
from carebot.ros.others import MOST_PEOPLE, Others

NOW = datetime(2026, 3, 2, 14, 5)
SETTING = Setting("Sato", ("tea",), ((time(20), "medicine"),), may_remember=True)


def test_who_is_meant() -> None:
    others = Others(("Hana Sato", "Mrs Sato"), "en")
    assert [others.include(who) for who in ("", "Mrs Sato", "Hana Sato", "Taro Ito")] == [False, False, False, True]
    assert not Others(("",), "en").include("Taro Ito")


def test_each_has_their_own_question_and_hears_nothing_of_the_residents_day() -> None:
    others = Others(("Mrs Sato",), "en")
    assert "Shall I" in others.hear("Taro", "call the nurse", "1", NOW, SETTING).text
    assert others.hear("Jiro", "yes", "2", NOW, SETTING).acts == ()
    assert [act.name for act in others.hear("Taro", "yes", "3", NOW, SETTING).acts] == ["call_nurse"]
    assert "medicine" not in others.hear("Taro", "what is my schedule", "4", NOW, SETTING).text
    assert others.had("3")
    assert not others.had("5")


def test_a_question_is_forgotten_with_all_else_and_many_people_do_not_add_up() -> None:
    others = Others(("Mrs Sato",), "en")
    others.hear("Taro", "call the nurse", "1", NOW, SETTING)
    others.forget()
    assert others.hear("Taro", "yes", "2", NOW, SETTING).acts == ()
    others.hear("Taro", "call the nurse", "3", NOW, SETTING)
    for number in range(MOST_PEOPLE):
        others.hear(f"guest {number}", "hello", f"guest {number}", NOW, SETTING)
    assert others.hear("Taro", "yes", "4", NOW, SETTING).acts == ()
