"""Whose alerts and days somebody sees, and for whom their rights hold."""

from __future__ import annotations

from carebot.alerts import Alert, AlertState
from carebot.records.accounts import Account, Grant, Role
from carebot.records.consent import Consent, Resident
from carebot.tablet.access import Visitor, sees_activity, visible_alerts, visitor_of
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
