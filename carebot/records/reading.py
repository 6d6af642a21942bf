"""The records, read while care goes on writing them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError

from carebot.errors import ConfigError, RecordsError


@contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """A connection that can change nothing.

    Raises:
        ConfigError: there is no such file.
        RecordsError: it cannot be read, or is not care's.
    """
    if not path.is_file():
        raise ConfigError(f"{path}: there are no records: name care's records.sqlite.")
    engine = create_engine(f"sqlite:///file:{quote(str(path.resolve()))}?mode=ro&uri=true")
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise RecordsError(f"{path} cannot be read ({error.orig}): name care's records.sqlite.") from error
    finally:
        engine.dispose()
