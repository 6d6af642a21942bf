"""Contacts and quiet hours over real ROS: changed while people are called and while the robot speaks."""

from __future__ import annotations

import json
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from carebot_interfaces.msg import HouseSettings, RoutineOffers, SpokenNames
from carebot_interfaces.srv import ChangeHouse
from diagnostic_msgs.msg import DiagnosticArray

from carebot.benchmarks.receiver import Phones, phones
from carebot.escalation.contacts import contact_id
from carebot.ros import qos
from tests.ros.conftest import Peer, Running
from tests.ros.test_care_node import Caregiver
from tests.ros.test_conversation_node import SILENT, Partner
from tests.routines.world import routine_file

AIKO, BEN = contact_id("Aiko"), contact_id("Ben")
LOST_AFTER_S = 5.0
"""A care that was killed still seems to be there for a while, and the first word to the next one may be lost."""
ALL_DAY = [{"from": "00:00", "to": "12:00"}, {"from": "12:00", "to": "23:59"}]


def site_file(folder: Path, address: str, **more: Any) -> Path:
    """Aiko has a minute, then Ben."""
    content = {
        "language": "en",
        "residents": [{"name": "Hana"}],
        "caregivers": [{"name": name, "reach": {"phone": f"{address}/{name}"}} for name in ("Aiko", "Ben")],
        "escalation": {"default": [{"tell": [{"who": name}], "for_s": 60} for name in ("Aiko", "Ben")]},
        **more,
    }
    path = folder / "site.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


class House:
    """The test's end of the settings, as a tablet has it."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.told = peer.collect(HouseSettings, "house_settings", qos.SCHEDULE)
        self.client = peer.create_client(ChangeHouse, "change_house")

    def change(self, what: str, subject: str = "", content: Any = None, **more: Any) -> ChangeHouse.Response:
        self.peer.wait_until(self.client.service_is_ready, "the service change_house")
        self.peer.wait_until(lambda: self.told, "the settings")
        written = json.dumps(content or {})
        request = ChangeHouse.Request(what=what, subject=subject, content=written, **{"by": "Mika", **more})
        sent = []

        def is_answered() -> bool:
            if not sent or time.monotonic() - sent[-1][1] > LOST_AFTER_S:
                sent.append((self.client.call_async(request), time.monotonic()))
            return any(future.done() for future, _ in sent)

        self.peer.wait_until(is_answered, "an answer of care")
        return next(future.result() for future, _ in sent if future.done())

    def content(self) -> dict[str, Any]:
        self.peer.wait_until(lambda: self.told, "the settings")
        return dict(json.loads(self.told[-1].content))

    def forget(self) -> None:
        """What the next care tells says that it is there."""
        self.told.clear()

    def names(self) -> list[str]:
        return [each["name"] for each in self.content()["contacts"]]


@pytest.fixture
def house(peer: Peer) -> House:
    return House(peer)


def chie(rung: Phones, *calls: str) -> dict[str, Any]:
    return {"name": "Chie", "relation": "daughter", "reach": {"phone": f"{rung.address}/Chie"}, "calls": list(calls)}


def test_a_contact_who_is_added_while_an_alarm_runs_is_called_and_survives_a_kill(
    peer: Peer, start: Callable[..., Running], house: House, tmp_path: Path
):
    caregiver = Caregiver(peer)
    spoken = peer.collect(SpokenNames, "spoken_names", qos.latched(1))
    offers = peer.collect(RoutineOffers, "routine_offers", qos.OFFERS)
    with phones() as rung:
        records = tmp_path / "records" / "records.sqlite"
        parameters = {"site": str(site_file(tmp_path, rung.address)), "records": str(records)}
        care = start(care=parameters)
        caregiver.tell(1)
        peer.wait_until(lambda: rung.paths() == ["/Aiko"], "a call to Aiko")
        added = house.change("add_contact", content=chie(rung, "default/1"))
        assert (added.accepted, added.id) == (True, contact_id("Chie")), added.message
        peer.wait_until(lambda: rung.paths() == ["/Aiko", "/Chie"], "a call to Chie")
        settings = records.with_name("records.settings.json")
        assert stat.S_IMODE(settings.stat().st_mode) == 0o600
        peer.wait_until(lambda: any(each.spoken == "Chie" for each in spoken[-1].names), "Chie by name")
        choices = [
            choice.value for each in offers[-1].offers for parameter in each.parameters for choice in parameter.choices
        ]
        assert "Chie" in choices
        assert str(rung.port) not in house.told[-1].content, "addresses are masked"
        care.stop(signal.SIGKILL)
        house.forget()
        start(care=parameters)
        peer.wait_until(lambda: house.names() == ["Aiko", "Ben", "Chie"], "Chie after the restart")
        peer.spin(0.5)
        assert rung.paths() == ["/Aiko", "/Chie"], "nobody twice"
        assert house.change("remove_contact", AIKO).accepted
        refused = house.change("change_contact", BEN, {"calls": []})
        assert refused.code == "contact_last"
        assert refused.values == ["chain", "default"]
        care_told = json.dumps([line for line in care.read() if "json://" in line])
        assert care_told == "[]", "no address in the log"


def test_a_trial_reaches_them_and_its_outcome_is_told(
    peer: Peer, start: Callable[..., Running], house: House, tmp_path: Path
):
    with phones() as rung:
        start(care={"site": str(site_file(tmp_path, rung.address)), "records": str(tmp_path / "records.sqlite")})

        def outcome(number: int) -> list[str]:
            return [each["state"] for each in house.content()["contacts"][number]["trial"]]

        assert house.change("try_contact", AIKO).accepted
        peer.wait_until(lambda: outcome(0) == ["sent"], "the trial's outcome")
        [letter] = rung.letters
        assert (letter.path, letter.title) == ("/Aiko", "DRILL: Do messages reach you?")
        assert "DRILL" in letter.message
        assert house.change("try_contact", AIKO).code == "trial_soon"
        rung.status = 500
        assert house.change("try_contact", BEN).accepted
        peer.wait_until(lambda: outcome(1) == ["given_up"], "the trial's outcome")
        [failed] = house.content()["contacts"][1]["trial"]
        assert failed["error"]
        assert str(rung.port) not in failed["error"]


def test_quiet_hours_that_change_are_kept_by_the_conversation_at_once(
    peer: Peer, start: Callable[..., Running], house: House, tmp_path: Path
):
    partner = Partner(peer)
    site = str(site_file(tmp_path, "json://127.0.0.1:9"))
    parameters = {"site": site, "records": str(tmp_path / "records.sqlite")}
    care = start(care=parameters)
    start(conversation={**SILENT, "site": site})
    partner.wait_for_node()

    def why_shown() -> str:
        return str(partner.result(partner.say("Good evening."))[0].reason)

    assert why_shown() == ""
    assert house.change("quiet_hours", "Hana", {"hours": ALL_DAY}).accepted
    peer.wait_until(lambda: "quiet hour" in why_shown(), "quiet")
    care.stop(signal.SIGKILL)
    assert "quiet hour" in why_shown(), "care's end ends no quiet hours"
    house.forget()
    start(care=parameters)
    assert house.change("quiet_hours", "Hana", {"hours": []}).accepted
    peer.wait_until(lambda: why_shown() == "", "no quiet hours")
    assert house.change("quiet_hours", "", {"hours": ALL_DAY}).accepted
    peer.wait_until(lambda: "quiet hour" in why_shown(), "the house's quiet hours")
    assert house.change("restore_quiet_hours", "").accepted
    peer.wait_until(lambda: why_shown() == "", "the site file's")


def test_what_cannot_be_changed_is_refused_with_a_reason(
    peer: Peer, start: Callable[..., Running], house: House, tmp_path: Path
):
    (tmp_path / "own").mkdir()
    needs = {"parameters": {"whom": {"kind": "caregiver", "default": "Aiko"}}, "do": [{"wait": 1}]}
    routine_file(tmp_path / "own", needs, "tea")
    site = site_file(tmp_path, "json://127.0.0.1:9")
    health = peer.collect(DiagnosticArray, "diagnostics")
    parameters = {"site": str(site), "records": str(tmp_path / "records.sqlite"), "routines": str(tmp_path / "own")}
    care = start(care=parameters)
    codes = {
        "changed_meanwhile": house.change("remove_contact", BEN, is_based=True, revision=7).code,
        "no_name": house.change("remove_contact", BEN, by=" \x00").code,
        "invalid": house.change("burn_down", BEN).code,
        "contact_unknown": house.change("remove_contact", "0").code,
        "hours_overlap": house.change("quiet_hours", "", {"hours": [*ALL_DAY, *ALL_DAY]}).code,
        "hours_invalid": house.change("quiet_hours", "", {"hours": "22"}).code,
        "resident_unknown": house.change("quiet_hours", "Nobody", {"hours": []}).code,
    }
    assert codes == {code: code for code in codes}
    needed = house.change("remove_contact", AIKO)
    assert needed.code == "contact_needed", needed.message
    assert "tea.yaml" in needed.message
    assert house.names() == ["Aiko", "Ben"]
    care.stop()
    (tmp_path / "records.settings.json").write_text("{", encoding="utf-8")
    health.clear()
    start(care=parameters)

    def faults() -> list[str]:
        return [each.message for message in health for each in message.status if each.name.endswith("settings")]

    peer.wait_until(lambda: any("is damaged" in each for each in faults()), "a word in diagnostics")
