"""Whose alerts and days somebody sees, and for whom their rights hold."""

from __future__ import annotations

from carebot.alerts import Alert, AlertState
from carebot.records.accounts import Account, Grant, Role
from carebot.records.consent import Consent, Resident
from carebot.tablet.access import (
    Visitor,
    cared_for,
    may_here,
    sees_activity,
    visible_alerts,
    visible_residents,
    visitor_of,
)
from carebot.tablet.looks import allowed
from carebot.tablet.rights import Scope
from carebot.tablet.sessions import Session

ALERTS = (Alert("a", "fall", AlertState.CONFIRMED, 1, 1.0, 1.0, True, 0.9, "fell", "dropped", {}),)
YES = {Consent.FAMILY_ALERTS: True, Consent.FAMILY_ACTIVITY: True}


def signed_in(*grants: Grant) -> Visitor:
    return visitor_of(Account("x", "Fumi", frozenset(grants)), Session("tablet", "Fumi", "x", "key"))


def test_one_residents_yes_does_not_show_the_other_to_family():
    family = signed_in(Grant(Role.FAMILY, "a"))
    haru, jiro = Resident("a", "Haru", consents=YES), Resident("b", "Jiro")
    assert visible_alerts(family, ALERTS, [haru]) == ALERTS
    assert sees_activity(family, [haru])
    assert visible_alerts(family, ALERTS, [haru, jiro]) == ()
    assert not sees_activity(family, [haru, jiro])
    both = [haru, Resident("b", "Jiro", consents=YES)]
    assert visible_alerts(family, ALERTS, both) == ALERTS
    assert sees_activity(family, both)


def test_a_yes_of_somebody_elses_relative_shows_nothing():
    stranger = signed_in(Grant(Role.FAMILY, "c"))
    assert visible_alerts(stranger, ALERTS, [Resident("a", "Haru", consents=YES)]) == ()
    assert visible_alerts(stranger, ALERTS, []) == ()
    assert not sees_activity(stranger, [])


def test_a_right_for_one_resident_is_none_for_another():
    haru, jiro = Resident("a", "Haru", consents={Consent.LIVE_VIEW: True}), Resident("b", "Jiro")
    nurse = signed_in(Grant(Role.NURSE_IN_CHARGE, "b"), Grant(Role.FAMILY, "a"))
    assert visible_residents(nurse, [haru, jiro]) == [haru, jiro]
    assert cared_for(nurse, [haru, jiro], Scope.RESIDENTS_WRITE) == [jiro]
    assert allowed(nurse, [haru], ALERTS).refusal == "look_not_yours"
    both = signed_in(Grant(Role.NURSE_IN_CHARGE, "b"), Grant(Role.CAREGIVER, "a"))
    assert cared_for(both, [haru, jiro], Scope.RESIDENTS_WRITE) == [jiro]
    assert allowed(both, [haru], ALERTS).refusal == ""


def test_administering_widens_no_care():
    haru = Resident("a", "Haru")
    mixed = signed_in(Grant(Role.CAREGIVER, "b"), Grant(Role.ADMINISTRATOR))
    assert visible_alerts(mixed, ALERTS, [haru]) == ()
    assert not may_here(mixed, Scope.PEOPLE_READ, [haru])
    assert visible_residents(mixed, [haru]) == cared_for(mixed, [haru], Scope.RESIDENTS_WRITE) == [haru]


def test_family_of_everybody_sees_what_everybody_allows():
    family = signed_in(Grant(Role.FAMILY))
    assert visible_alerts(family, ALERTS, [Resident("a", "Haru", consents=YES)]) == ALERTS
    assert visible_alerts(family, ALERTS, [Resident("a", "Haru")]) == ()
    assert visible_residents(family, [Resident("a", "Haru")]) == [Resident("a", "Haru")]
    assert cared_for(family, [Resident("a", "Haru")], Scope.RESIDENTS_READ) == []
