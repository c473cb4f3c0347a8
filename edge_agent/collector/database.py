"""The two engines behind the collector's store: a file of SQLite's, PostgreSQL where a hospital outgrows it.

The store speaks one SQL to both: `?` for parameters, nothing that only one of them knows. Rows are
dictionaries. Whatever goes wrong in an engine is a `DatabaseFailure`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from edge_agent.collector._tables import TABLES_V, steps

if TYPE_CHECKING:
    from psycopg import Connection

Row: TypeAlias = dict[str, Any]

POSTGRESQL = ("postgresql://", "postgres://")
CONNECT_WAIT_MAX_S = 10
SQLITE_BUSY_WAIT_S = 5.0


class DatabaseFailure(Exception):
    """The database cannot be opened, read or written. Nothing of the transaction was kept."""


class Database(Protocol):
    """One connection."""

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """What a question gives. Raises DatabaseFailure."""
        ...

    def write(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """A change, inside `transaction`. Its failure shows at a later call, at the latest at the commit."""
        ...

    def transaction(self) -> Any:
        """A context: one durable commit, or nothing. Writers come one after the other."""
        ...

    def close(self) -> None: ...


def open_database(where: str, *, read_only: bool = False) -> Database:
    """`where`: a file, or `postgresql://` as libpq takes it; passwords stand in libpq's own file.

    Raises DatabaseFailure; also when the tables there are of another layout.
    """
    if where.startswith(POSTGRESQL):
        return _Postgresql(where, read_only)
    return _Sqlite(Path(where), read_only)


class _Sqlite:
    """WAL and `synchronous=FULL`: what is committed is on the disk."""

    def __init__(self, path: Path, read_only: bool) -> None:
        with _sqlite_failures():
            if read_only:
                uri = f"{path.absolute().as_uri()}?mode=ro"
                self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._connection = sqlite3.connect(path, SQLITE_BUSY_WAIT_S, isolation_level=None)
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                self._make_tables(path)
            self._connection.row_factory = _named

    def _make_tables(self, path: Path) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if 0 <= version < TABLES_V:
            made = steps(version, identity="INTEGER PRIMARY KEY", integer="INTEGER", text="TEXT", blob="BLOB")
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {made} PRAGMA user_version = {TABLES_V}; COMMIT"
            )
        elif version != TABLES_V:
            raise DatabaseFailure(f"{path}: tables of layout {version}, expected {TABLES_V}")

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with _sqlite_failures():
            return self._connection.execute(sql, parameters).fetchall()

    def write(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        with _sqlite_failures():
            self._connection.execute(sql, parameters)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.write("BEGIN IMMEDIATE")
        try:
            yield
            self.write("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()


@contextmanager
def _sqlite_failures() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as exc:
        raise DatabaseFailure(f"{type(exc).__name__}: {exc}") from exc


def _named(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


class _Postgresql:
    """Commits wait for the disk. Changes of a transaction travel together, without a round trip for each."""

    def __init__(self, where: str, read_only: bool) -> None:
        import psycopg
        from psycopg.rows import dict_row

        self._error = psycopg.Error
        with self._failures():
            self._connection: Connection[Row] = psycopg.connect(
                where, autocommit=True, row_factory=dict_row, connect_timeout=CONNECT_WAIT_MAX_S
            )
            self._connection.execute("SET synchronous_commit TO on")
            if read_only:
                self._connection.execute("SET default_transaction_read_only TO on")
            else:
                self._make_tables()

    def _make_tables(self) -> None:
        with self._connection.transaction():
            # Two that start at once must not both make them.
            self._connection.execute("SELECT pg_advisory_xact_lock(hashtext('hospital-kiosk collector'))")
            self._connection.execute("CREATE TABLE IF NOT EXISTS layout (version BIGINT NOT NULL)")
            found = self._connection.execute("SELECT version FROM layout").fetchone()
            version = 0 if found is None else found["version"]
            if version == TABLES_V:
                return
            if not 0 <= version < TABLES_V:
                raise DatabaseFailure(f"tables of another layout than {TABLES_V}: {version}")
            made = steps(
                version,
                identity="BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
                integer="BIGINT",
                text='TEXT COLLATE "C"',  # sorts as SQLite does
                blob="BYTEA",
            )
            self._connection.execute(made.encode())
            self._connection.execute("DELETE FROM layout")
            self._connection.execute("INSERT INTO layout VALUES (%s)", (TABLES_V,))

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        with self._failures():
            return self._connection.execute(_numbered(sql), _plain(parameters)).fetchall()

    def write(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        with self._failures():
            self._connection.execute(_numbered(sql), _plain(parameters))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._failures(), self._connection.pipeline(), self._connection.transaction():
            self._connection.execute("LOCK TABLE stream IN SHARE ROW EXCLUSIVE MODE")
            yield

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except self._error as exc:
            raise DatabaseFailure(f"{type(exc).__name__}: {str(exc).strip()}") from exc

    def close(self) -> None:
        self._connection.close()


def _numbered(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()


def _plain(parameters: Sequence[Any]) -> tuple[Any, ...]:
    """Text without the one character that PostgreSQL cannot hold; what it stood in is kept as bytes."""
    return tuple(one.replace("\0", "\ufffd") if isinstance(one, str) else one for one in parameters)
