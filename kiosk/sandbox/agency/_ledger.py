"""Booking and unbooking: accounts and accumulations move with a settlement and go back exactly."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import asdict
from decimal import Decimal

import msgspec

from kiosk.domain.split import Split
from kiosk.sandbox.agency.store import AgencyStore
from kiosk.sandbox.benefits import Counted, SoFar

_PERIOD = "period"


def so_far(store: AgencyStore, psn_no: str, insutype: str, period: str, day: dt.date) -> SoFar:
    """What the year, and the period of the benefit, have seen of a person."""
    found = store.rows(
        "SELECT * FROM tally WHERE psn_no = ? AND insutype = ? AND period IN (?, ?)",
        psn_no,
        insutype,
        str(day.year),
        period,
    )
    named = {
        row["name"]: Decimal(row["yuan"])
        for row in found
        if row["name"] != _PERIOD or row["period"] == period
    }
    return SoFar(**named)


def period_of(unit: str, day: dt.date) -> str:
    """The name of the month, quarter or year that a limit counts in."""
    match unit:
        case "month":
            return f"{day:%Y-%m}"
        case "quarter":
            return f"{day.year}Q{(day.month + 2) // 3}"
        case _:
            return str(day.year)


def balances(store: AgencyStore, psn_no: str) -> tuple[int, int]:
    """Own and family balance in fen."""
    row = store.rows("SELECT * FROM balance WHERE psn_no = ?", psn_no)[0]
    return int(row["own_fen"]), int(row["family_fen"])


def book(
    store: AgencyStore, psn_no: str, insutype: str, period: str, day: dt.date, split: Split, counted: Counted
) -> None:
    """Take account money and count the year on."""
    _move(store, psn_no, -split.account_fen, -split.family_fen)
    _count(store, psn_no, insutype, period, str(day.year), counted, sign=1)


def unbook(store: AgencyStore, row: sqlite3.Row, undone_by: str, at: str) -> None:
    """Undo a settlement: account money back, every accumulator back, its lines free to be revoked."""
    split = msgspec.json.decode(row["split"], type=Split)
    counted = msgspec.json.decode(row["counted"], type=Counted)
    _move(store, row["psn_no"], split.account_fen, split.family_fen)
    year = row["settled_at"][:4]
    _count(store, row["psn_no"], row["insutype"], row["period"], year, counted, sign=-1)
    store.write(
        "UPDATE settlement SET undone_by = ?, undone_at = ? WHERE setl_id = ?", undone_by, at, row["setl_id"]
    )
    store.write(
        "UPDATE line SET state = 'open' WHERE mdtrt_id = ? AND batch = ? AND state = 'settled'",
        row["mdtrt_id"],
        row["batch"],
    )
    store.write("DELETE FROM presettled WHERE mdtrt_id = ? AND batch = ?", row["mdtrt_id"], row["batch"])


def _move(store: AgencyStore, psn_no: str, own_fen: int, family_fen: int) -> None:
    store.write(
        "UPDATE balance SET own_fen = own_fen + ?, family_fen = family_fen + ? WHERE psn_no = ?",
        own_fen,
        family_fen,
        psn_no,
    )


def _count(
    store: AgencyStore, psn_no: str, insutype: str, period: str, year: str, counted: Counted, sign: int
) -> None:
    for name, amount in asdict(counted).items():
        key = (psn_no, insutype, period if name == _PERIOD else year, name)
        found = store.rows(
            "SELECT yuan FROM tally WHERE psn_no = ? AND insutype = ? AND period = ? AND name = ?", *key
        )
        before = Decimal(found[0]["yuan"]) if found else Decimal(0)
        store.write("INSERT OR REPLACE INTO tally VALUES (?, ?, ?, ?, ?)", *key, str(before + sign * amount))
