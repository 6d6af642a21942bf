"""Care's calls to people: the escalation desk with its messenger, as the care node runs it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from carebot.alerts import Alert, News, Told
from carebot.errors import RecordsError
from carebot.escalation import words
from carebot.escalation.carrier import MessengerProcess
from carebot.escalation.desk import EscalationDesk
from carebot.escalation.plan import EscalationPlan
from carebot.records.database import Database
from carebot.ros.diagnostics import Health, Level
from carebot.site.file import Site

FINISH_WITHIN_S = 2.0
NO_CHAIN = "The site file has no escalation: nobody is called, see carebot drill."


class Calling:
    """Who is called for the alerts of one robot; `warning` says what is weaker than it should be from the start."""

    def __init__(self, database: Database, plan: EscalationPlan, folder: Path, site: Site, language: str) -> None:
        self._language = language
        self.warning = ""
        self._messenger = self._started(folder)
        self.desk = EscalationDesk(database, plan, self._messenger, site)

    def tick(self, alerts: Iterable[Alert], now_s: float) -> list[str]:
        """Call whom it is time to call; gives the sentences to be said aloud."""
        said = self.desk.tick(alerts, now_s)
        return [words.aloud(each.key, self._language, name=each.name) for each in said]

    def news(self, who: str, title: str, body: str, about: str, now_s: float) -> None:
        """Tell a caregiver something that needs no answer, once for each `about`."""
        self.desk.news(who, title, body, about, now_s)

    def is_kept(self, about: str) -> bool:
        """Whether news about it cannot be lost any more."""
        return self.desk.is_kept(about)

    def is_sent(self, about: str) -> bool:
        """Whether news about it has gone out."""
        return self.desk.is_sent(about)

    def first_called(self) -> tuple[str, ...]:
        """Who hears first of everything."""
        return self.desk.plan.first_called()

    def language_of(self, who: str) -> str:
        """In which that caregiver reads."""
        person = self.desk.plan.caregiver(who)
        return person.language if person else "en"

    def told(self) -> list[Told]:
        """Who was called about what is open, and who is next."""
        return self.desk.told()

    def news_on_tablets(self, now_s: float) -> list[News]:
        """What caregivers were told who are reached by tablet."""
        return self.desk.news_on_tablets(now_s)

    def close(self) -> None:
        """Deliveries under way are finished by the messenger, which ends by itself."""
        self._messenger.close(within_s=FINISH_WITHIN_S)

    def health(self) -> Health:
        """Whether everybody who has to be called can be."""
        values = {"waiting_messages": self.desk.pending}
        troubles = [each for each in (self.desk.fault, *self.desk.troubles()) if each]
        if troubles:
            return Health("calls", Level.ERROR, troubles[0], values)
        if warning := self.warning or ("" if self.desk.plan.escalation else NO_CHAIN):
            return Health("calls", Level.WARN, warning, values)
        return Health("calls", Level.OK, "everybody who was called was reached", values)

    def _started(self, folder: Path) -> MessengerProcess:
        try:
            return MessengerProcess(folder)
        except RecordsError as error:  # people are called all the same
            self.warning = f"{error} Until then a restart can have somebody told twice."
            return MessengerProcess(Path(tempfile.mkdtemp(prefix="carebot-messages-")))
