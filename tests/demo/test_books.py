"""Five ledgers side by side: who contradicts whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.journal import Journal
from kiosk.sandbox.demo.books import disagreements, entries, journal_sums

PART = {"total_fen": 8640, "fund_fen": 4200, "account_fen": 3000, "cash_fen": 1440, "hospital_fen": 0}


def test_ledgers_that_say_the_same_agree_and_silence_is_no_contradiction() -> None:
    assert disagreements({"journal": PART, "agency": dict(PART), "wallet": {"cash_fen": 1440}}) == ()


def test_one_fen_is_a_disagreement_that_names_the_ledgers() -> None:
    (line,) = disagreements({"journal": PART, "wallet": {"cash_fen": 1441}})
    assert line == "cash_fen: journal 1440, wallet 1441"


def test_what_was_given_back_counts_negative(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.db"
    with Journal.open(path, hospital_seal=None, reserve_bytes=0) as journal:
        journal.append("settlement.committed", PART)
        journal.append("settlement.committed", {**PART, "cash_fen": 1})
        journal.append("undo.committed", PART)
        assert journal_sums(entries(path)) == dict.fromkeys(PART, 0) | {
            "total_fen": 8640,
            "fund_fen": 4200,
            "account_fen": 3000,
            "cash_fen": 1,
        }


def test_no_journal_has_no_entries(tmp_path: Path) -> None:
    assert entries(tmp_path / "none.db") == ()


@pytest.mark.parametrize("name", sorted(PART))
def test_every_sum_is_compared(name: str) -> None:
    assert len(disagreements({"journal": PART, "his": {**PART, name: PART[name] + 1}})) == 1
