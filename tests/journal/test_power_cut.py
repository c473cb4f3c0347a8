"""Power is cut at every write and every sync of a settlement's life; nothing acknowledged is lost.

The journal runs unchanged on a SQLite whose files lie on a simulated disk. The disk remembers
what was synced. At the cut each write since then survives, vanishes or is torn by sectors, by a
seeded draw. A control run without the syncs shows that this disk does lose what is not synced.
"""

from __future__ import annotations

import itertools
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest

from kiosk.journal import Entry, Journal, JournalError, KeyGone, Mark, NewEntry, Retention, unwrap, verify

SEEDS = 8
SECTOR_BYTES = 512
POWERSAFE_OVERWRITE = 0x1000  # what SQLite assumes of a real disk here: a torn write spoils nothing beside it
_names = itertools.count()

# SQLite swallows some of the cuts, and the binding reports each; `Disk.dead` is what counts.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class PowerCut(Exception):
    """The moment."""


class File:
    """One file: what the disk holds for certain, and what was written since the last sync."""

    def __init__(self, durable: bytes = b"", *, linked: bool = False) -> None:
        self.durable = durable
        self.now = bytearray(durable)
        self.pending: list[tuple[int, bytes] | int] = []  # (offset, data), or a new length
        self.linked = linked  # its name survives a cut

    def apply(self, content: bytearray, change: tuple[int, bytes] | int) -> None:
        if isinstance(change, int):
            del content[change:]
            return
        offset, data = change
        if len(content) < offset:
            content.extend(bytes(offset - len(content)))
        content[offset : offset + len(data)] = data

    def change(self, change: tuple[int, bytes] | int) -> None:
        self.apply(self.now, change)
        self.pending.append(change)

    def after_cut(self, draw: random.Random) -> bytes:
        content = bytearray(self.durable)
        for change in self.pending:
            fate = draw.choice(("kept", "lost", "torn"))
            if fate == "kept" or (fate == "torn" and isinstance(change, int)):
                self.apply(content, change)
            elif fate == "torn" and not isinstance(change, int):
                offset, data = change
                for at in range(0, len(data), SECTOR_BYTES):
                    if draw.random() < 0.5:
                        self.apply(content, (offset + at, data[at : at + SECTOR_BYTES]))
        return bytes(content)


class Disk(apsw.VFS):
    """A disk in memory that loses power at the `cut_at`-th write, truncation, sync or deletion."""

    def __init__(self, files: dict[str, File] | None = None, cut_at: int | None = None) -> None:
        self.vfs_name = f"disk{next(_names)}"
        super().__init__(self.vfs_name, "")
        self.files = files or {}
        self.cut_at = cut_at
        self.operations = 0
        self.dead = False

    def operate(self) -> None:
        self.operations += 1
        if self.operations == self.cut_at:
            self.dead = True
            raise PowerCut

    def after_cut(self, draw: random.Random) -> Disk:
        survivors = {
            name: File(file.after_cut(draw), linked=True)
            for name, file in self.files.items()
            if file.linked or draw.random() < 0.5
        }
        return Disk(survivors)

    def connect(self, path: Path) -> Connection:
        return Connection(self, path)

    # What SQLite asks of it

    def xFullPathname(self, name: str) -> str:
        return name

    def xAccess(self, name: str, flags: int) -> bool:
        return name in self.files

    def xDelete(self, name: str, sync_directory: bool) -> None:
        if self.dead:
            return
        self.operate()
        self.files.pop(name, None)

    def xOpen(self, name: Any, flags: list[int]) -> Handle:
        text = name.filename() if isinstance(name, apsw.URIFilename) else name or f"temp{next(_names)}"
        flags[1] = flags[0]
        return Handle(self, self.files.setdefault(text, File()))


class Handle:
    """An open file."""

    def __init__(self, disk: Disk, file: File) -> None:
        self.disk = disk
        self.file = file

    def xRead(self, amount: int, offset: int) -> bytes:
        return bytes(self.file.now[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        if not self.disk.dead:
            self.file.change((offset, bytes(data)))
            self.disk.operate()

    def xTruncate(self, size: int) -> None:
        if not self.disk.dead:
            self.file.change(size)
            self.disk.operate()

    def xSync(self, flags: int) -> None:
        if not self.disk.dead:
            self.disk.operate()
            self.file.durable, self.file.pending, self.file.linked = bytes(self.file.now), [], True

    def xFileSize(self) -> int:
        return len(self.file.now)

    def xSectorSize(self) -> int:
        return SECTOR_BYTES

    def xDeviceCharacteristics(self) -> int:
        return POWERSAFE_OVERWRITE

    def xFileControl(self, op: int, pointer: int) -> bool:
        return False

    def xCheckReservedLock(self) -> bool:
        return False

    def xLock(self, level: int) -> None: ...
    def xUnlock(self, level: int) -> None: ...
    def xClose(self) -> None: ...


class Connection:
    """The journal's view of an APSW connection: same statements, SQLite's errors under their usual names."""

    synchronous = "FULL"

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._connection = apsw.Connection(str(path), vfs=disk.vfs_name)
        self.execute("PRAGMA locking_mode = EXCLUSIVE")  # this disk has no shared memory
        self.execute("PRAGMA wal_autocheckpoint = 12")  # pages: checkpoints fall into the run, too

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        try:
            return self._connection.execute(
                sql.replace("synchronous = FULL", f"synchronous = {self.synchronous}"), parameters
            )
        except apsw.Error as exc:
            error = sqlite3.OperationalError(str(exc))
            error.sqlite_errorcode = exc.result
            raise error from exc

    def close(self) -> None:
        self._connection.close()


class Terminal:
    """Two settlements, one left open, a pruning and a restart; it notes what the journal acknowledged."""

    def __init__(self, directory: Path, disk: Disk, seal: Any, clock: Any) -> None:
        self.path = directory / "journal.db"
        self.disk = disk
        self.seal = seal
        self.clock = clock
        self.acknowledged: list[Entry] = []
        self.closed: set[str] = set()

    def open(self) -> Journal:
        return Journal.open(
            self.path,
            hospital_seal=self.seal.public_key(),
            clock=self.clock,
            reserve_bytes=4096,
            connect=self.disk.connect,
        )

    def live(self) -> None:
        journal = self.open()
        try:
            self._settle(journal, "first", 900)
            journal.close_settlement("first")
            self._note()
            self.closed.add("first")
        finally:
            journal.close()
        journal = self.open()
        try:
            self._settle(journal, "second", 3000)
            mark = self.acknowledged[3]
            journal.prune(Mark(mark.epoch, mark.seq, mark.hash), Retention(default_days=0))
            self._note(journal.append("settlement.settled", {"cash_fen": 1440}, settlement="second"))
        finally:
            journal.close()

    def _settle(self, journal: Journal, name: str, body_bytes: int) -> None:
        self._note(
            journal.append("settlement.begun", {"t": "x" * 90}, settlement=name, sealed={"name": name})
        )
        many = [NewEntry("settlement.noted", {"n": n}, name, sealed={"n": n}) for n in range(2)]
        self._note(*journal.append_many(many))
        for n in range(2):
            self._note(journal.append("visit.noted", {"n": n, "t": "y" * body_bytes}))

    def _note(self, *entries: Entry) -> None:
        if self.disk.dead:  # SQLite forgives some failures; a terminal without power tells nobody anything
            raise PowerCut
        self.acknowledged.extend(entries)


def live_until_cut(terminal: Terminal) -> None:
    try:
        terminal.live()
    except (PowerCut, JournalError, sqlite3.Error, apsw.Error):
        if not terminal.disk.dead:
            raise


def lost_after(terminal: Terminal, draw: random.Random) -> list[str]:
    """Restart on what the disk kept, and say what is not as it was acknowledged."""
    disk = terminal.disk.after_cut(draw)
    again = Terminal(terminal.path.parent, disk, terminal.seal, terminal.clock)
    try:
        journal = again.open()
    except (JournalError, sqlite3.Error, apsw.Error) as exc:
        return [f"does not open: {exc}"]
    try:
        return _differences(terminal, journal, disk)
    except (JournalError, sqlite3.Error, apsw.Error) as exc:
        return [f"does not read: {exc}"]
    finally:
        journal.close()


def _differences(terminal: Terminal, journal: Journal, disk: Disk) -> list[str]:
    wrong = []
    there = {entry.seq: entry for entry in journal.entries()}
    checkpoints = [entry.data["through_seq"] for entry in there.values() if entry.kind == "checkpoint"]
    for entry in terminal.acknowledged:
        if entry.seq > max(checkpoints, default=0) and there.get(entry.seq) != entry:
            wrong.append(f"entry {entry.seq} lost")
    beyond = max(there, default=0) - len(terminal.acknowledged) - len(checkpoints)
    if beyond > 2:
        wrong.append("entries that nobody wrote")
    if not set(journal.open_settlements()).isdisjoint(terminal.closed):
        wrong.append("a closed settlement is open again")
    for name in journal.open_settlements():
        for entry in journal.entries(settlement=name):
            if entry.has_sealed and not journal.unseal(entry):
                wrong.append(f"entry {entry.seq} cannot be read in recovery")
    for connection in (journal._table.connection, journal._keyring._connection):
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            wrong.append("corrupt database")
    first = next(journal.entries(kind="settlement.begun"), None)
    if first is not None and unwrap(first, terminal.seal) is None:
        wrong.append("the hospital's wrapped key is missing")
    journal.append("terminal.started", {})
    path = journal.path
    journal.close()
    if not verify(path, connect=disk.connect).ok:
        wrong.append("the chain does not hold")
    return wrong


@pytest.fixture
def terminal_on(tmp_path: Path, hospital: Any, clock: Any) -> Callable[[Disk], Terminal]:
    return lambda disk: Terminal(tmp_path, disk, hospital, clock)


def operations_of_a_whole_run(terminal_on: Callable[[Disk], Terminal]) -> int:
    disk = Disk()
    terminal_on(disk).live()
    return disk.operations


def losses(
    terminal_on: Callable[[Disk], Terminal], seeds: int, step: int = 1
) -> dict[tuple[int, int], list[str]]:
    found = {}
    for cut_at in range(1, operations_of_a_whole_run(terminal_on) + 1, step):
        terminal = terminal_on(Disk(cut_at=cut_at))
        live_until_cut(terminal)
        assert terminal.disk.dead
        for seed in range(seeds):
            wrong = lost_after(terminal, random.Random(1000 * cut_at + seed))
            if wrong:
                found[cut_at, seed] = wrong
    return found


@pytest.mark.clause("S1-L.11", "S2-U.5")
def test_a_power_cut_at_any_write_loses_nothing_acknowledged(terminal_on):
    assert losses(terminal_on, SEEDS) == {}


@pytest.mark.parametrize("synchronous", ["NORMAL", "OFF"])
def test_the_same_disk_loses_entries_when_commits_are_not_synced(terminal_on, monkeypatch, synchronous):
    monkeypatch.setattr(Connection, "synchronous", synchronous)
    found = losses(terminal_on, seeds=2, step=5)
    assert any("lost" in text or "does not" in text for wrong in found.values() for text in wrong)


def test_the_key_of_a_closed_settlement_is_gone_after_a_cut_between_its_two_commits(terminal_on):
    operations = operations_of_a_whole_run(terminal_on)
    kept_keys = 0
    for cut_at in range(1, operations + 1):
        terminal = terminal_on(Disk(cut_at=cut_at))
        live_until_cut(terminal)
        again = terminal_on(terminal.disk.after_cut(random.Random(cut_at)))
        journal = again.open()
        open_now = journal.open_settlements()
        for entry in journal.entries():
            if entry.has_sealed and entry.settlement not in open_now:
                with pytest.raises(KeyGone):
                    journal.unseal(entry)
                kept_keys += 1
        journal.close()
    assert kept_keys > 0, "the run never came to a closed settlement"
