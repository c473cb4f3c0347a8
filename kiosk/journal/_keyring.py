"""`open.db`: the keys of settlements that are not closed yet, readable by the terminal's user alone.

Recovery after a power cut needs them; a thief must not find those of closed ones. So:
rollback journal truncated at each commit (no -wal with old pages), `secure_delete` (freed
cells are overwritten), and a key is written before the first entry that uses it.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from kiosk.journal._store import KEYS_MODE, Connect, prepare_file, transaction, translated
from kiosk.journal.errors import JournalBroken


class Keyring:
    """Keys by settlement, one durable commit for each change. Raises JournalError."""

    def __init__(self, path: Path, connect: Connect) -> None:
        self.path = path
        prepare_file(path, KEYS_MODE)
        self._connection = connect(path)
        with translated(path):
            execute = self._connection.execute
            (mode,) = execute("PRAGMA journal_mode = TRUNCATE").fetchone()
            if mode != "truncate":  # SQLite does not fail here, it goes on in another mode
                raise JournalBroken(path, f"cannot hold keys in journal mode {mode}")
            execute("PRAGMA synchronous = FULL")
            execute("PRAGMA secure_delete = ON")
            execute("CREATE TABLE IF NOT EXISTS open_key (settlement TEXT PRIMARY KEY, key BLOB NOT NULL)")
            self._keys: dict[str, bytes] = dict(execute("SELECT settlement, key FROM open_key").fetchall())

    def key_of(self, settlement: str) -> bytes | None:
        return self._keys.get(settlement)

    def add(self, keys: dict[str, bytes]) -> None:
        with translated(self.path), transaction(self._connection):
            for settlement, key in keys.items():
                self._connection.execute(
                    "INSERT OR REPLACE INTO open_key (settlement, key) VALUES (?, ?)", (settlement, key)
                )
        self._keys.update(keys)

    def forget(self, settlement: str) -> None:
        if settlement not in self._keys:
            return
        with translated(self.path), transaction(self._connection):
            self._connection.execute("DELETE FROM open_key WHERE settlement = ?", (settlement,))
        del self._keys[settlement]

    def keep_only(self, settlements: Collection[str]) -> None:
        """Delete what a cut left behind: keys of closed settlements, or of entries never written."""
        for settlement in [known for known in self._keys if known not in settlements]:
            self.forget(settlement)

    def close(self) -> None:
        self._connection.close()
