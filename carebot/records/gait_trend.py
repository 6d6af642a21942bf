"""Whether somebody walks differently from the weeks before: medians of days, and a change that means something.

A change of 0.10 m/s in usual gait speed is substantial, one of 0.05 m/s is small (S. Perera, S. H. Mody, R. C. Woodman,
S. A. Studenski, J Am Geriatr Soc 2006;54:743-749). 0.8 and 1.0 m/s are the speeds below which older people's outlook is
worse (S. Studenski et al., JAMA 2011;305:50-58; M. Cesari et al., J Am Geriatr Soc 2005;53:1675-1680): the tablet draws
them where metres are known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from carebot.noticed import GaitDay

RECENT_DAYS, BEFORE_DAYS = 7, 28
LEAST_WALKS = 20
"""In either span of time; fewer walks say nothing."""

LEAST_RECENT_DAYS, LEAST_BEFORE_DAYS = 3, 7
CHANGE_M_S = 0.1
CHANGE_BL_S = 0.06
"""The same 0.1 m/s of somebody 1.65 m tall."""

SLOW_M_S, USUAL_M_S = 0.8, 1.0


@dataclass(frozen=True, slots=True)
class GaitTrend:
    """The medians of the last 7 days and of the 28 before; in m/s where `is_metric`, else in body lengths a second."""

    recent: float
    before: float
    is_metric: bool

    @property
    def change(self) -> float:
        return self.recent - self.before

    @property
    def is_change(self) -> bool:
        """Whether it is more than a measurement would make it."""
        return abs(self.change) >= (CHANGE_M_S if self.is_metric else CHANGE_BL_S)


def gait_trend(days: Iterable[GaitDay], today: str) -> GaitTrend | None:
    """The trend up to the day `today` (YYYY-MM-DD); None where too few walks or days are known."""
    last = date.fromisoformat(today)
    first_recent, first = last - timedelta(RECENT_DAYS - 1), last - timedelta(RECENT_DAYS + BEFORE_DAYS - 1)
    known = [(date.fromisoformat(each.day), each) for each in days]
    recent = [each for day, each in known if first_recent <= day <= last]
    before = [each for day, each in known if first <= day < first_recent]
    return _trend(recent, before, is_metric=True) or _trend(recent, before, is_metric=False)


def _trend(recent: Sequence[GaitDay], before: Sequence[GaitDay], *, is_metric: bool) -> GaitTrend | None:
    def speed(day: GaitDay) -> float:
        return day.speed_m_s if is_metric else day.speed_bl_s

    recent, before = ([each for each in days if math.isfinite(speed(each))] for days in (recent, before))
    walks = [sum(each.walks for each in days) for days in (recent, before)]
    if len(recent) < LEAST_RECENT_DAYS or len(before) < LEAST_BEFORE_DAYS or min(walks) < LEAST_WALKS:
        return None
    return GaitTrend(median(map(speed, recent)), median(map(speed, before)), is_metric)
