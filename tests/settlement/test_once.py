"""What keeps a message from going out twice: the table of operations, and numbers that never repeat."""

from __future__ import annotations

import datetime as dt

import pytest

from kiosk.domain.attempt import new_attempt_id
from kiosk.insurance import MsgidClock
from kiosk.journal import Journal
from kiosk.settlement.discipline import Discipline, DisciplineError
from kiosk.settlement.msgids import Msgids
from kiosk.settlement.operations import OPERATIONS, Op, Repeat
from kiosk.settlement.state import Result

NEVER = [op for op, repeat in OPERATIONS.items() if repeat is Repeat.NEVER]
KEYED = [op for op, repeat in OPERATIONS.items() if repeat is Repeat.KEYED]


def entry(op: Op, digest: str = "d") -> dict[str, object]:
    """A journal body that announces one message."""
    return {"sent": [{"op": op.value, "digest": digest, "limit_s": 15}]}


@pytest.mark.parametrize("op", NEVER)
def test_what_is_sent_once_is_not_announced_again(op):
    guard = Discipline()
    guard.announced([entry(op)])
    with pytest.raises(DisciplineError, match="sent once"):
        guard.announced([entry(op)])


@pytest.mark.parametrize("op", NEVER)
def test_what_an_earlier_process_announced_counts_as_sent(op):
    guard = Discipline()
    guard.announced([entry(op)], by_this_process=False)
    with pytest.raises(DisciplineError, match="sent once"):
        guard.announced([entry(op)])
    with pytest.raises(DisciplineError, match="not in the journal"):
        guard.leave(op)


@pytest.mark.parametrize("op", KEYED)
def test_a_keyed_message_is_repeated_with_the_same_content_only(op):
    guard = Discipline()
    guard.announced([entry(op, "one"), entry(op, "one")])
    with pytest.raises(DisciplineError, match="another content"):
        guard.announced([entry(op, "two")])


@pytest.mark.parametrize("op", Op)
def test_nothing_leaves_that_is_not_in_the_journal(op):
    guard = Discipline()
    with pytest.raises(DisciplineError, match="not in the journal"):
        guard.leave(op)
    guard.announced([entry(op)])
    guard.leave(op)
    with pytest.raises(DisciplineError, match="not in the journal"):
        guard.leave(op)


def test_every_operation_has_its_class():
    assert set(OPERATIONS) == set(Op)
    assert {Op.REGISTER, Op.UPLOAD, Op.PRE_SETTLE, Op.SETTLE} <= set(NEVER)


async def test_every_message_to_the_agency_carries_a_number_of_its_own(hospital, terminal, phone):
    for _ in range(3):
        hospital.agency.set_balance_fen("zhang", 3000)
        await (await terminal.start("zhang", hospital.bill_of("zhang").bill_id)).end()
    ids = [row["msgid"] for row in hospital.agency.rows("SELECT msgid FROM message")]
    assert len(ids) == len(set(ids)) > 15
    journalled = msgids_of(terminal.journal)
    assert set(ids) <= set(journalled), "a number is in the journal before it is on the wire"
    assert len(journalled) == len(set(journalled))


def msgids_of(journal: Journal) -> list[str]:
    """Every number that a journal holds, in order."""
    found = []
    for one in journal.entries():
        found += [note["msgid"] for note in one.data.get("sent", ()) if "msgid" in note]
        found += [one.data["msgid"]] if "msgid" in one.data else []
    return found


@pytest.mark.parametrize("back", [dt.timedelta(0), dt.timedelta(hours=9), dt.timedelta(days=400)])
def test_numbers_never_repeat_over_restarts_and_a_clock_set_back(tmp_path, back):
    zone = dt.timezone(dt.timedelta(hours=8))
    clock = MsgidClock("H99010000001", (7, 9), zone)
    taken = []
    now = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
    for life in range(6):
        with Journal.open(tmp_path / "journal.db", hospital_seal=None, reserve_bytes=4096) as journal:
            msgids = Msgids(journal, clock, lambda life=life: now - life * back)
            taken += [msgids.take_for("1101") for _ in range(5)]
    assert len(set(taken)) == len(taken)
    assert taken == sorted(taken)
    assert {msgid[-4:] for msgid in taken} <= {"0007", "0008", "0009"}, "only numbers of our own block"


def test_a_number_that_was_taken_for_a_step_is_known_after_a_restart(tmp_path):
    clock = MsgidClock("H99010000001", (1, 9), dt.UTC)
    now = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
    with Journal.open(tmp_path / "journal.db", hospital_seal=None, reserve_bytes=4096) as journal:
        step = Msgids(journal, clock, lambda: now).take()
        journal.append("settlement.confirmed", {"sent": [{"op": "2207A", "digest": "d", "msgid": step}]})
        for _ in range(1200):
            journal.append("price.asked", {})
    with Journal.open(tmp_path / "journal.db", hospital_seal=None, reserve_bytes=4096) as journal:
        assert Msgids(journal, clock, lambda: now).take() > step


async def test_an_attempt_has_one_name_everywhere(hospital, terminal, phone):
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    assert (await visit.end()).result is Result.SETTLED
    assert len(visit.name) == len(new_attempt_id()) == 26
    assert [row.batch for row in hospital.agency.settlements()] == [visit.name]
    assert [order["order"] for order in hospital.wallet.orders()] == [visit.name]
    assert [row.attempt_id for row in hospital.his.ledger_rows()] == [visit.name]
    assert {one.settlement for one in terminal.journal.entries()} == {None, visit.name}
