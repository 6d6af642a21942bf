"""The desk on a real records file, with deliveries that the test ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carebot.alerts import HEARD_X_M, HEARD_Y_M, PLACE_X_M, PLACE_Y_M, ToldState
from carebot.escalation.desk import MOST_NEWS, MOST_UNDER_WAY, Aloud, EscalationDesk
from carebot.escalation.plan import EscalationPlan
from carebot.escalation.spool import Fate
from carebot.records.database import Database
from carebot.records.outbox import MessageState, Purpose
from carebot.records.schema import open_records
from carebot.site.file import load_site, site_path
from tests.escalation.helpers import NOW_S, HandCarrier, alert, answered, plan


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_records(tmp_path / "records.sqlite", "the test")
    yield made
    made.close()


@pytest.fixture
def carrier() -> HandCarrier:
    return HandCarrier()


@pytest.fixture
def desk(database: Database, carrier: HandCarrier) -> EscalationDesk:
    return EscalationDesk(database, plan(), carrier)


def test_it_is_on_disk_before_it_is_handed_over(database: Database):
    class Looking(HandCarrier):
        def carry(self, parcel):
            found = [message.state for message in desk.messages("alert-1") if message.by == "phone"]
            assert found == [MessageState.UNDER_WAY]
            super().carry(parcel)

    looking = Looking()
    desk = EscalationDesk(database, plan(), looking)
    desk.tick([alert()], NOW_S)
    assert len(looking.parcels) == 1


def test_messages_that_hang_hold_up_nobodys_alarm(desk: EscalationDesk, carrier: HandCarrier):
    for number in range(100):
        desk.news("Ben", "Medicine", "not confirmed", f"run {number}", NOW_S)
    for second in range(3):
        desk.tick([], NOW_S + second)
    assert len(carrier.parcels) == MOST_UNDER_WAY
    desk.tick([alert()], NOW_S + 3)
    assert carrier.parcels[-1].title == "転倒"


def test_news_for_whoever_is_reached_by_tablet_stand_on_it_for_a_day_and_over_a_restart(
    database: Database, desk: EscalationDesk, carrier: HandCarrier
):
    desk.news("Aiko", "服薬", "花さんは薬を確認していません。", "run 1", NOW_S)
    desk.news("Ben", "Medicine", "Hana has not confirmed.", "run 1", NOW_S)  # who has no tablet
    desk.tick([], NOW_S)
    desk.news("Aiko", "充電", "電池が少なくなっています。", "run 2", NOW_S + 60)
    desk.tick([], NOW_S + 60)
    carrier.end_all()
    desk.tick([], NOW_S + 61)
    for each in (desk, EscalationDesk(database, plan(), HandCarrier())):
        shown = each.news_on_tablets(NOW_S + 3600)
        assert [(news.who, news.title, news.at_s) for news in shown] == [
            ("Aiko", "充電", NOW_S + 60),
            ("Aiko", "服薬", NOW_S),
        ]
        assert [news.title for news in each.news_on_tablets(NOW_S + 86_430)] == ["充電"]
        assert each.news_on_tablets(NOW_S + 90_000) == []


def test_only_the_latest_news_stand_on_the_tablet(desk: EscalationDesk):
    for number in range(50):
        desk.news("Aiko", f"{number}", "", f"run {number}", NOW_S + number)
        desk.tick([], NOW_S + number)
    shown = desk.news_on_tablets(NOW_S + 50)
    assert [news.title for news in shown] == [str(number) for number in range(49, 49 - MOST_NEWS, -1)]


def test_what_was_never_tried_goes_before_what_fails_again_and_again(desk: EscalationDesk, carrier: HandCarrier):
    for number in range(MOST_UNDER_WAY):
        desk.news("Ben", "Medicine", "not confirmed", f"run {number}", NOW_S)
    desk.tick([], NOW_S)
    carrier.end_all("The mail server does not answer.")
    desk.tick([], NOW_S + 1)
    desk.news("Ben", "Visitor", "at the door", "visit", NOW_S + 60)
    desk.tick([], NOW_S + 60)
    assert next(parcel.title for parcel in carrier.parcels[MOST_UNDER_WAY:]) == "Visitor"


def test_the_tablet_is_told_by_its_list_and_others_by_parcel(desk: EscalationDesk, carrier: HandCarrier):
    desk.tick([alert()], NOW_S)
    [parcel] = carrier.parcels
    assert parcel.address == "json://localhost:1/aiko"
    assert parcel.title == "転倒"
    carrier.end_all()
    desk.tick([alert()], NOW_S + 1)
    assert {message.by: message.state for message in desk.messages("alert-1")} == {
        "phone": MessageState.SENT,
        "tablet": MessageState.SENT,
    }


@pytest.mark.parametrize(
    ("place_m", "said", "in_english"),
    [
        (
            (7.5, 6.5),
            "床に倒れ、その後動いていません。場所は台所です。",
            "has not moved since. Where: the kitchen. Nobody has",
        ),
        ((70.0, 6.5), "その後動いていません。", "has not moved since. Nobody has"),
        (None, "その後動いていません。", "has not moved since. Nobody has"),
    ],
)
def test_a_message_says_why_and_where_in_the_readers_language(
    database: Database, carrier: HandCarrier, place_m: tuple[float, float] | None, said: str, in_english: str
):
    desk = EscalationDesk(database, plan(), carrier, load_site(site_path("home")))
    evidence = {
        "drop_s": 0.6,
        "drop_bl": 0.5,
        **({} if place_m is None else {PLACE_X_M: place_m[0], PLACE_Y_M: place_m[1]}),
    }
    fallen = alert(evidence=evidence)
    for after_s in (0, 61):
        desk.tick([fallen], NOW_S + after_s)
        carrier.end_all()
    to_aiko, to_ben = carrier.parcels[:2]
    assert said in to_aiko.body
    assert in_english in to_ben.body
    assert ("台所" in to_aiko.body) == ("kitchen" in to_ben.body) == (place_m == (7.5, 6.5))


def test_of_a_call_that_was_only_heard_a_message_says_so(database: Database, carrier: HandCarrier):
    desk = EscalationDesk(database, plan(), carrier, load_site(site_path("home")))
    called = alert(kind="help", reason_code="called_for_help", evidence={HEARD_X_M: 7.5, HEARD_Y_M: 6.5})
    desk.tick([called], NOW_S)
    assert "場所は台所（声が聞こえた場所）です。" in carrier.parcels[0].body


def test_a_restart_hands_over_again_only_what_was_never_begun(database: Database, carrier: HandCarrier):
    EscalationDesk(database, plan(), carrier).tick([alert()], NOW_S)
    key = carrier.parcels[0].key
    carrier.fates.clear()  # killed between the commit and the messenger
    EscalationDesk(database, plan(), carrier).tick([alert()], NOW_S + 1)
    assert [parcel.key for parcel in carrier.parcels] == [key, key]
    EscalationDesk(database, plan(), carrier).tick([alert()], NOW_S + 2)
    assert len(carrier.parcels) == 2  # it is under way
    carrier.end_all()
    desk = EscalationDesk(database, plan(), carrier)
    desk.tick([alert()], NOW_S + 3)
    assert len(carrier.parcels) == 2
    assert desk.pending == 0


def test_what_was_cut_off_in_the_middle_is_sent_again_and_says_so(desk: EscalationDesk, carrier: HandCarrier):
    desk.tick([alert()], NOW_S)
    carrier.fates[carrier.parcels[0].key] = Fate.BROKEN_OFF
    desk.tick([alert()], NOW_S + 1)
    desk.tick([alert()], NOW_S + 10)
    assert carrier.parcels[1].key != carrier.parcels[0].key
    assert "すでに届いているかもしれません" in carrier.parcels[1].body


def test_a_failure_is_tried_again_later_and_marked_late(desk: EscalationDesk, carrier: HandCarrier):
    said = desk.tick([alert()], NOW_S)
    for step in range(1, 120):
        carrier.end_all("The network is unreachable.")
        said += desk.tick([alert()], NOW_S + step)
    assert said == [Aloud("unreachable", "Aiko")]
    assert any("Aiko cannot be reached by phone: The network is unreachable." in each for each in desk.troubles())
    aiko = [parcel for parcel in carrier.parcels if parcel.address.endswith("aiko")]
    assert 3 < len(aiko) < 8
    assert "遅延" in aiko[-1].title
    assert "遅延" not in aiko[0].title
    for step in range(120, 200):
        carrier.end_all()
        desk.tick([alert()], NOW_S + step)
    assert not any("Aiko" in each for each in desk.troubles())


def test_a_call_that_hangs_is_said_aloud_after_five_seconds_and_once(desk: EscalationDesk, carrier: HandCarrier):
    said = [each for second in range(6) for each in desk.tick([alert()], NOW_S + second)]
    assert said == []
    assert desk.tick([alert()], NOW_S + 5.1) == [Aloud("unreachable", "Aiko")]
    carrier.end_all("The network is unreachable.")
    assert [each for second in range(6, 30) for each in desk.tick([alert()], NOW_S + second)] == []


def test_while_a_call_waits_it_is_not_called_again(desk: EscalationDesk, carrier: HandCarrier):
    for step in range(0, 3600, 5):
        desk.tick([alert()], NOW_S + step)
    assert len(carrier.parcels) == 2  # Aiko and Ben: both deliveries hang


def test_a_round_at_the_last_level_is_said_aloud(desk: EscalationDesk, carrier: HandCarrier):
    said = []
    for step in range(0, 400, 10):
        said += desk.tick([alert()], NOW_S + step)
        carrier.end_all()
    assert said == [Aloud("unheard")] * 2


def test_an_answer_is_told_to_those_who_were_called(desk: EscalationDesk, carrier: HandCarrier):
    for step in (0, 1, 60, 61):
        desk.tick([alert()], NOW_S + step)
        carrier.end_all()
    desk.tick([answered(alert(), "Ben")], NOW_S + 70)
    told = carrier.parcels[2:]
    assert [parcel.address for parcel in told] == ["json://localhost:1/aiko"]
    assert told[0].title == "Benさんが応答しました"
    carrier.end_all()
    desk.tick([answered(alert(), "Ben")], NOW_S + 10_000)
    assert len(carrier.parcels) == 3


def test_a_call_that_comes_through_after_the_answer_says_so(desk: EscalationDesk, carrier: HandCarrier):
    desk.tick([alert()], NOW_S)
    carrier.end_all("No network.")
    desk.tick([alert()], NOW_S + 1)
    desk.tick([answered(alert(), "Ben")], NOW_S + 400)
    assert "その後、Benさんが応答しました" in carrier.parcels[-1].body


def test_a_person_taken_out_of_the_file_holds_nothing_up(database: Database, carrier: HandCarrier):
    EscalationDesk(database, plan(), carrier).tick([alert()], NOW_S)
    carrier.end_all("No network.")
    only_ben = {"caregivers": [{"name": "Ben", "reach": {"tablet": "tablet"}}]}
    levels = {"escalation": {"default": [{"tell": [{"who": "Ben"}], "for_s": 60}]}}
    desk = EscalationDesk(database, EscalationPlan.model_validate(only_ben | levels), carrier)
    desk.tick([alert()], NOW_S + 1)
    desk.tick([alert()], NOW_S + 61)
    states = {(message.who, message.state) for message in desk.messages("alert-1")}
    assert ("Aiko", MessageState.GIVEN_UP) in states
    assert ("Ben", MessageState.SENT) in states


def test_news_is_told_once_over_restarts(database: Database, carrier: HandCarrier):
    for _ in range(3):
        desk = EscalationDesk(database, plan(), carrier)
        desk.news("Ben", "Medicine", "Mrs Sato has taken it.", "run-7", NOW_S)
        desk.tick([], NOW_S)
        carrier.end_all()
        desk.tick([], NOW_S + 1)
        desk.news("Ben", "Medicine", "Mrs Sato has taken it.", "run-7", NOW_S)
        desk.tick([], NOW_S + 1)
    assert [parcel.title for parcel in carrier.parcels] == ["Medicine"]


def test_news_that_is_only_on_disk_has_not_gone_out(database: Database, desk: EscalationDesk, carrier: HandCarrier):
    desk.news("Ben", "Call", "please call", "run-7", NOW_S)
    desk.tick([], NOW_S)
    assert (desk.is_kept("run-7"), desk.is_sent("run-7")) == (True, False)
    carrier.end_all("The mail server does not answer.")
    desk.tick([], NOW_S + 1)
    assert not desk.is_sent("run-7")
    desk.tick([], NOW_S + 60)
    carrier.end_all()
    desk.tick([], NOW_S + 61)
    for each in (desk, EscalationDesk(database, plan(), HandCarrier())):
        assert (each.is_sent("run-7"), each.is_sent("run-8")) == (True, False)


def test_a_drill_goes_through_the_chain_and_says_drill(desk: EscalationDesk, carrier: HandCarrier):
    drill = desk.start_drill("default", NOW_S)
    desk.tick([], NOW_S)
    carrier.end_all()
    assert desk.drills() == [drill]
    desk.tick([], NOW_S + 60)
    assert [parcel.title for parcel in carrier.parcels] == ["訓練: 訓練", "DRILL: Drill"]
    assert "nothing has happened" in carrier.parcels[1].body
    carrier.end_all()
    assert desk.answer_drill(drill.id, "Ben").resolved_by == "Ben"
    desk.tick([], NOW_S + 70)
    assert desk.drills() == []
    purposes = [message.purpose for message in desk.messages(drill.id)]
    assert purposes.count(Purpose.ANSWERED) == 1
    assert desk.answer_drill("drill-of-nobody", "Ben") is None


def test_without_a_disk_people_are_called_all_the_same(tmp_path: Path, carrier: HandCarrier):
    (tmp_path / "file").touch()
    database = open_records(tmp_path / "file" / "records.sqlite", "the test")
    desk = EscalationDesk(database, plan(), carrier)
    assert "Not recorded" in desk.fault
    desk.tick([alert()], NOW_S)
    assert len(carrier.parcels) == 1
    assert "Not recorded" in desk.fault
    (tmp_path / "file").unlink()
    carrier.end_all()
    desk.tick([alert()], NOW_S + 1)
    assert desk.fault == ""
    assert {message.state for message in desk.messages("alert-1")} == {MessageState.SENT}
    database.close()


def levels_of(*who: str) -> list[dict[str, Any]]:
    return [{"tell": [{"who": each}], "for_s": 60} for each in who]


def without_aiko() -> EscalationPlan:
    return plan(caregivers=[{"name": "Ben", "reach": {"phone": "json://localhost:1/ben"}}],
                escalation={"default": levels_of("Ben")})  # fmt: skip


def test_a_new_plan_calls_at_once_whom_it_adds_to_a_level_that_was_called(desk: EscalationDesk, carrier: HandCarrier):
    desk.tick([alert()], NOW_S)
    carrier.end_all()
    desk.tick([alert()], NOW_S + 1)
    both = plan().model_dump()
    both["caregivers"] = [*both["caregivers"], {"name": "Chie", "reach": {"phone": "json://localhost:1/chie"}}]
    both["escalation"]["default"][0]["tell"] += ({"who": "Chie"},)
    desk.take_up(EscalationPlan.model_validate(both))
    desk.tick([alert()], NOW_S + 2)
    assert [each.address for each in carrier.parcels] == ["json://localhost:1/aiko", "json://localhost:1/chie"]
    carrier.end_all()
    desk.tick([alert()], NOW_S + 3)
    desk.tick([alert()], NOW_S + 59)
    assert len(carrier.parcels) == 2, "nobody is called again, and the level has its time"
    desk.tick([alert()], NOW_S + 61)
    assert carrier.parcels[-1].address == "json://localhost:1/ben"


def test_who_is_gone_is_not_called_any_more_and_nobody_is_skipped(desk: EscalationDesk, carrier: HandCarrier):
    desk.tick([alert()], NOW_S)
    carrier.end_all("The network is unreachable.")
    desk.tick([alert()], NOW_S + 1)
    desk.take_up(without_aiko())
    for step in range(2, 50):
        desk.tick([alert()], NOW_S + step)
        carrier.end_all()
    assert [each.address.rpartition("/")[2] for each in carrier.parcels] == ["aiko", "ben"]
    assert desk.pending == 0


def test_a_chain_that_became_shorter_goes_on_at_its_last_level(desk: EscalationDesk, carrier: HandCarrier):
    for step in (0, 1, 61, 62, 122, 123):
        desk.tick([alert()], NOW_S + step)
        carrier.end_all()
    desk.take_up(without_aiko())
    said = desk.tick([alert()], NOW_S + 184)
    assert said == [Aloud("unheard")]
    assert carrier.parcels[-1].address == "json://localhost:1/ben"
    assert [each.who for each in desk.told() if each.state is ToldState.PLANNED] == ["Ben"]


def test_what_has_not_arrived_goes_to_the_new_address(desk: EscalationDesk, carrier: HandCarrier):
    desk.tick([alert()], NOW_S)
    carrier.end_all("No such number.")
    desk.tick([alert()], NOW_S + 1)
    desk.take_up(plan("json://localhost:2"))
    desk.tick([alert()], NOW_S + 7)
    assert carrier.parcels[-1].address == "json://localhost:2/aiko"


def test_somebody_who_was_taken_out_and_put_back_is_called_again(desk: EscalationDesk, carrier: HandCarrier):
    desk.tick([alert()], NOW_S)
    carrier.end_all("No such number.")
    desk.tick([alert()], NOW_S + 1)
    desk.take_up(without_aiko())
    desk.tick([alert()], NOW_S + 2)
    desk.take_up(plan())
    desk.tick([alert()], NOW_S + 3)
    carrier.end_all()
    desk.tick([alert()], NOW_S + 4)
    assert [each.address.rpartition("/")[2] for each in carrier.parcels] == ["aiko", "ben", "aiko"]


def test_care_that_dies_before_it_calls_by_the_new_plan_does_so_after_the_restart(
    database: Database, carrier: HandCarrier
):
    EscalationDesk(database, plan(), carrier).tick([alert()], NOW_S)
    carrier.end_all()
    again = EscalationDesk(database, without_aiko(), carrier)
    again.tick([alert()], NOW_S + 1)
    assert [each.address.rpartition("/")[2] for each in carrier.parcels] == ["aiko", "ben"]


def test_a_trial_says_that_it_is_a_drill_and_is_not_tried_again(desk: EscalationDesk, carrier: HandCarrier):
    assert desk.try_out("Aiko", NOW_S)
    desk.tick([], NOW_S)
    [parcel] = carrier.parcels
    assert "訓練" in parcel.title
    assert "訓練" in parcel.body
    assert not desk.try_out("Aiko", NOW_S + 1), "one at a time"
    carrier.end_all("No such number.")
    for step in range(1, 400, 5):
        desk.tick([], NOW_S + step)
    assert len(carrier.parcels) == 1
    outcome = {each.by: (each.state, each.error) for each in desk.trial("Aiko")}
    assert outcome == {"phone": (MessageState.GIVEN_UP, "No such number."), "tablet": (MessageState.SENT, "")}
    assert desk.troubles() == []
    assert desk.try_out("Aiko", NOW_S + 500)
    assert not desk.try_out("nobody", NOW_S)
    assert desk.told() == []
