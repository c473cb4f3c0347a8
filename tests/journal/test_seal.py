"""Sealing: recovery can read what is open, a thief nothing that is closed, the hospital everything."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.journal import KeyGone, NewEntry, SealBroken, SealMissing, decrypt, unwrap

PERSON = {"name": "陈某某", "psn_no": "99010000000000000001"}
SETTLEMENT = "5e71" * 6 + "aa"


def everything_on_disk(db) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(db.parent.iterdir()))


@pytest.mark.clause("S0-1.9", "S3-10.1.3")
def test_person_fields_are_nowhere_on_disk_in_clear(journal, db):
    journal.append("settlement.begun", {"total_fen": 8640}, settlement=SETTLEMENT, sealed=PERSON)
    stored = everything_on_disk(db)
    assert "陈某某".encode() not in stored
    assert b"99010000000000000001" not in stored


def test_recovery_reads_the_sealed_fields_while_the_settlement_is_open(open_journal):
    journal = open_journal()
    journal.append("settlement.begun", {}, settlement=SETTLEMENT, sealed=PERSON)
    journal.append("settlement.ordered", {}, settlement=SETTLEMENT, sealed={"phone": "13900000000"})
    journal.close()
    journal = open_journal()
    assert [journal.unseal(e) for e in journal.entries(settlement=SETTLEMENT)] == [
        PERSON,
        {"phone": "13900000000"},
    ]


def test_a_closed_settlement_cannot_be_read_on_the_terminal_any_more(open_journal):
    journal = open_journal()
    entry = journal.append("settlement.begun", {}, settlement=SETTLEMENT, sealed=PERSON)
    journal.close_settlement(SETTLEMENT)
    journal.close_settlement(SETTLEMENT)
    with pytest.raises(KeyGone):
        journal.unseal(entry)
    journal.close()
    with pytest.raises(KeyGone):
        open_journal().unseal(entry)


def test_the_key_of_a_closed_settlement_is_in_no_file(journal, db):
    journal.append("settlement.begun", {}, settlement=SETTLEMENT, sealed=PERSON)
    key = journal._keyring.key_of(SETTLEMENT)
    assert key in everything_on_disk(db)
    journal.close_settlement(SETTLEMENT)
    assert key not in everything_on_disk(db)


def test_the_hospital_reads_every_entry_with_its_private_seal(journal, hospital):
    first = journal.append("settlement.begun", {}, settlement=SETTLEMENT, sealed=PERSON)
    second = journal.append("settlement.paid", {}, settlement=SETTLEMENT, sealed={"phone": "139"})
    journal.close_settlement(SETTLEMENT)
    key = unwrap(first, hospital)
    assert decrypt(key, first) == PERSON
    assert decrypt(key, second) == {"phone": "139"}
    assert unwrap(second, hospital) is None


def test_one_commit_that_opens_a_settlement_carries_its_key_once(journal, hospital):
    entries = journal.append_many(
        [
            NewEntry("settlement.begun", {}, SETTLEMENT, sealed={"n": 1}),
            NewEntry("settlement.ordered", {}, SETTLEMENT, sealed={"n": 2}),
        ]
    )
    keys = [unwrap(entry, hospital) for entry in entries]
    assert keys[1] is None
    assert [decrypt(keys[0], entry) for entry in entries] == [{"n": 1}, {"n": 2}]


def test_an_entry_after_the_closing_opens_the_settlement_again_with_its_own_key(journal, hospital):
    journal.append("settlement.begun", {}, settlement=SETTLEMENT, sealed=PERSON)
    journal.close_settlement(SETTLEMENT)
    late = journal.append("settlement.noted", {}, settlement=SETTLEMENT, sealed={"n": 1})
    assert journal.unseal(late) == {"n": 1}
    assert decrypt(unwrap(late, hospital), late) == {"n": 1}
    assert journal.open_settlements() == (SETTLEMENT,)


def test_another_hospitals_seal_opens_nothing(journal):
    entry = journal.append("settlement.begun", {}, settlement=SETTLEMENT, sealed=PERSON)
    with pytest.raises(SealBroken):
        unwrap(entry, X25519PrivateKey.generate())


def test_sealed_fields_cannot_be_moved_to_another_entry(journal, hospital):
    first = journal.append("settlement.begun", {}, settlement=SETTLEMENT, sealed=PERSON)
    second = journal.append("settlement.paid", {}, settlement=SETTLEMENT, sealed={"n": 1})
    moved = second._replace(body=first.body)
    with pytest.raises(SealBroken):
        decrypt(unwrap(first, hospital), moved)
    with pytest.raises(SealBroken):
        unwrap(moved, hospital)


def test_fields_to_seal_without_a_settlement_or_without_a_seal_are_refused(open_journal, tmp_path):
    with pytest.raises(SealMissing, match="settlement"):
        open_journal().append("visit.started", {}, sealed=PERSON)
    unsealed = open_journal(path=tmp_path / "agent" / "agent.db", hospital_seal=None)
    with pytest.raises(SealMissing, match="seal"):
        unsealed.append("settlement.begun", {}, settlement=SETTLEMENT, sealed=PERSON)
    assert unsealed.head is None


def test_open_settlements_are_told_oldest_first_until_closed(open_journal):
    journal = open_journal()
    for name in ("c", "a", "b"):
        journal.append("settlement.begun", {}, settlement=name)
    journal.append("settlement.ended", {}, settlement="a")
    journal.close_settlement("c")
    journal.close()
    journal = open_journal()
    assert journal.open_settlements() == ("a", "b")
    assert journal.open_settlements(closed_by={"settlement.ended"}) == ("b",)


def test_money_and_kinds_stay_readable_beside_sealed_fields(journal):
    entry = journal.append("settlement.begun", {"total_fen": 8640}, settlement=SETTLEMENT, sealed=PERSON)
    assert entry.data == {"total_fen": 8640}
    assert set(json.loads(entry.body)) == {"total_fen", "_sealed", "_key"}
