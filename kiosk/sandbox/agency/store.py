"""The agency's books: SQLite, every commit on disk before it is answered."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from kiosk.domain.split import Split
from kiosk.sandbox.agency._schema import SCHEMA
from kiosk.sandbox.persons import BY_ID, PERSONS, InventedPerson

CODE_LIFE_S = 60.0
"""A code on a phone refreshes about every minute (insurance interface, §7.1: likely)."""

TOKEN_LIFE_S = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """One settlement as the agency's books hold it."""

    setl_id: str
    msgid: str
    mdtrt_id: str
    batch: str
    psn_no: str
    insutype: str
    insured_place: str
    med_type: str
    settled_at: str
    split: Split
    undone_by: str  # "", "2208" or "2601"
    undone_at: str

    @property
    def stands(self) -> bool:
        """Whether it has not been undone."""
        return not self.undone_by


@dataclass(frozen=True, slots=True)
class Sums:
    """Totals over the settlements that stand, in fen."""

    count: int = 0
    total_fen: int = 0
    fund_fen: int = 0
    account_fen: int = 0
    family_fen: int = 0
    cash_fen: int = 0
    hospital_fen: int = 0


class AgencyStore:
    """Books of one agency. `path` ":memory:" keeps them for the life of the process only.

    Reading methods may be called from any thread; the handlers write from the loop that serves them.
    """

    def __init__(
        self,
        path: Path | str,
        persons: tuple[InventedPerson, ...] = PERSONS,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self.now = now
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(SCHEMA)
        for person in persons:
            own = sum(scheme.balance_fen for scheme in person.schemes)
            self._db.execute(
                "INSERT OR IGNORE INTO balance VALUES (?, ?, ?)",
                (person.psn_no, own, person.family_balance_fen),
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # What tests, the demo and the table page read

    def settlements(self) -> tuple[SettlementRow, ...]:
        """All settlements, undone ones included, in the order they were made."""
        return tuple(map(_settlement, self.rows("SELECT * FROM settlement ORDER BY rowid")))

    def sums(self) -> Sums:
        """Totals over what stands."""
        splits = [row.split for row in self.settlements() if row.stands]
        return Sums(
            count=len(splits),
            total_fen=sum(split.total_fen for split in splits),
            fund_fen=sum(split.fund_fen for split in splits),
            account_fen=sum(split.account_fen for split in splits),
            family_fen=sum(split.family_fen for split in splits),
            cash_fen=sum(split.cash_fen for split in splits),
            hospital_fen=sum(split.hospital_fen for split in splits),
        )

    def received(self, infno: str) -> int:
        """Messages of a transaction that the agency took in, refused ones included, lost ones not."""
        found = self.rows("SELECT count(*) AS n FROM message WHERE base = ?", infno.removesuffix("A"))
        return int(found[0]["n"])

    def balance_fen(self, person_id: str) -> int:
        """A person's own account."""
        return int(self._balance(BY_ID[person_id].psn_no)["own_fen"])

    def family_balance_fen(self, person_id: str) -> int:
        """What a relative's account still authorises."""
        return int(self._balance(BY_ID[person_id].psn_no)["family_fen"])

    def set_balance_fen(self, person_id: str, own_fen: int) -> None:
        """Change an account behind the terminal's back: the next split differs."""
        self.write("UPDATE balance SET own_fen = ? WHERE psn_no = ?", own_fen, BY_ID[person_id].psn_no)

    def tallies(self, person_id: str) -> dict[tuple[str, str, str], Decimal]:
        """A person's accumulations by (insutype, period, name); those of nothing are left out."""
        found = self.rows("SELECT * FROM tally WHERE psn_no = ?", BY_ID[person_id].psn_no)
        return {
            (row["insutype"], row["period"], row["name"]): Decimal(row["yuan"])
            for row in found
            if Decimal(row["yuan"])
        }

    def open_lines(self, mdtrt_id: str) -> int:
        """Uploaded lines of a visit that are neither settled nor revoked."""
        return len(self.rows("SELECT 1 FROM line WHERE mdtrt_id = ? AND state = 'open'", mdtrt_id))

    def expire_sign_ins(self) -> None:
        """Forget every `sign_no`, as an agency does overnight."""
        self.write("UPDATE sign_in SET is_open = 0")

    # Electronic credentials

    def issue_code(self, person_id: str) -> str:
        """28 fresh digits for a person's phone: 424, 17 random, 2 random, province, 0000."""
        person = BY_ID[person_id]
        digits = f"424{secrets.randbelow(10**19):019d}{person.region[:2]}0000"
        self.write("INSERT INTO code VALUES (?, ?, ?, 0)", _hash(digits), person_id, self.now().timestamp())
        return digits

    def issue_token(self, person_id: str) -> str:
        """An ecToken, as an exchanged code gives it: area, `ec`, 30 characters."""
        token = f"{BY_ID[person_id].region}ec{secrets.token_hex(15)}"
        self.write("INSERT INTO token VALUES (?, ?, ?)", _hash(token), person_id, self.now().timestamp())
        return token

    def use_code(self, digits: str) -> InventedPerson | str:
        """The person behind a code, which is used up by this; or why not."""
        found = self.rows("SELECT * FROM code WHERE digits_hash = ?", _hash(digits))
        if not found:
            return "无效的电子凭证二维码"
        if found[0]["used"]:
            return "二维码已使用，已被使用的码不能再次使用"
        if self.now().timestamp() - found[0]["issued_at"] > CODE_LIFE_S:
            return "二维码已过期，超过有效期"
        self.write("UPDATE code SET used = 1 WHERE digits_hash = ?", _hash(digits))
        return BY_ID[found[0]["person_id"]]

    def person_of_token(self, token: str) -> InventedPerson | None:
        """Whose token this is, while it lives."""
        found = self.rows("SELECT * FROM token WHERE token_hash = ?", _hash(token))
        if not found or self.now().timestamp() - found[0]["issued_at"] > TOKEN_LIFE_S:
            return None
        return BY_ID[found[0]["person_id"]]

    # For the handlers

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, on disk when it ends."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part of a transaction that is undone when it raises, the rest staying."""
        self._db.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO attempt")
            raise
        finally:
            self._db.execute("RELEASE attempt")

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of a query."""
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def write(self, statement: str, *values: Any) -> None:
        """One change, inside a transaction or as one of its own."""
        with self._lock:
            self._db.execute(statement, values)

    def serial(self, name: str) -> int:
        """The next number of a series."""
        self.write(
            "INSERT INTO serial VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", name
        )
        return int(self.rows("SELECT value FROM serial WHERE name = ?", name)[0]["value"])

    def _balance(self, psn_no: str) -> sqlite3.Row:
        return self.rows("SELECT * FROM balance WHERE psn_no = ?", psn_no)[0]


def _settlement(row: sqlite3.Row) -> SettlementRow:
    names = [field.name for field in fields(SettlementRow) if field.name != "split"]
    values = {name: row[name] for name in names}
    return SettlementRow(split=msgspec.json.decode(row["split"], type=Split), **values)


def _hash(credential: str) -> str:
    return hashlib.sha256(credential.encode()).hexdigest()
