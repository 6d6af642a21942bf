"""The tablet's own file: people who may sign in, residents and their consents, and the audit; one writer, one lock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, MetaData

from carebot.records.database import Database
from carebot.resources import data_dir

metadata = MetaData()
"""The tables of this file's rooms: accounts, keys, consent, activity, audit and the rest of what is imported below."""


TABLES_CAME = 6
"""How often tables were added: each time, those that a file lacks are made in it, and what it holds stays."""


def site_path() -> Path:
    """Where this machine keeps them."""
    return data_dir() / "tablet" / "site.sqlite"


class SiteDatabase(Database):
    """A `Database` for several threads: the web server checks passwords beside its event loop."""

    def __init__(self, path: Path, holder: str = "carebot tablet") -> None:
        # The tables are known once their modules are.
        from carebot.records import (  # noqa: F401
            accounts,
            activity,
            audit,
            consent,
            keys,
            news_told,
            passkeys,
            site_settings,
            subscriptions,
        )

        super().__init__(path, (metadata.create_all,) * TABLES_CAME, holder)
        self._one_at_a_time = threading.RLock()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """As `Database.transaction`, one thread after the other."""
        with self._one_at_a_time, super().transaction() as connection:
            yield connection

    def truncate_log(self) -> bool:
        with self._one_at_a_time:
            return super().truncate_log()
