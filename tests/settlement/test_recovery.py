"""What a start makes of what an earlier life left: never forward, always to an outcome."""

from __future__ import annotations

import pytest

from kiosk.settlement import runner
from kiosk.settlement.state import Offered, Paying, Refunding, Result


async def cut_at(terminal, visit, state):
    """The power goes when the attempt is in a state; what recovery made of it."""
    await visit.until(lambda attempt: isinstance(attempt.state, state))
    (attempt,) = await terminal.restart()
    await terminal.all_ended()
    return attempt


@pytest.mark.clause("S1-O.2")
async def test_a_shown_code_is_closed_and_the_bill_is_free_again(hospital, terminal):
    bill = hospital.bill_of("zhang")
    attempt = await cut_at(terminal, await terminal.start("zhang", bill.bill_id), Paying)
    assert attempt.state.result is Result.NOT_SETTLED
    assert [order["state"] for order in hospital.wallet.orders()] == ["closed"]
    assert hospital.bill_states()[bill.bill_id] == "open"
    assert terminal.agrees_with(hospital)


async def test_money_paid_while_the_power_was_out_goes_back(hospital, terminal):
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await visit.until(lambda attempt: isinstance(attempt.state, Paying))
    await terminal.stop()
    assert hospital.wallet.approve(visit.name)
    terminal.power_on()
    await terminal.recover()
    (end,) = await terminal.all_ended()
    assert (end.result, end.code) == (Result.NOT_SETTLED, "PY-05")
    assert hospital.paid_fen(visit.name) == 0
    assert hospital.received("2207") == 0
    assert terminal.agrees_with(hospital)


async def test_recovery_keeps_no_credential_and_settles_nothing_new(hospital, terminal):
    bill = hospital.bill_of("zhang")
    visit = await terminal.start("zhang", bill.bill_id, on_change=lambda _: None)
    attempt = await cut_at(terminal, visit, Offered)
    assert attempt.live is None
    assert hospital.received("2207") == hospital.received("create") == 0
    assert hospital.open_visits() == 0
    assert terminal.agrees_with(hospital)


async def test_recovery_goes_on_although_every_peer_is_away_at_first(hospital, terminal, phone):
    hospital.plan("2207", "delay_s", seconds=60)
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await hospital.faults["agency"].wait_handled("2207", 1)
    hospital.plan("5203", "lost_before", times=3)
    hospital.plan("commit", "bad_gateway", times=3)
    await terminal.restart()
    (end,) = await terminal.all_ended()
    assert end.result is Result.SETTLED
    assert hospital.agency.received("2207") == 1
    assert terminal.told(visit.name) == ["M1", "M1", "M2"]
    assert terminal.agrees_with(hospital)


async def test_recovery_without_a_sign_in_signs_in_by_itself(hospital, terminal, phone):
    hospital.plan("2207", "delay_s", seconds=60)
    await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await hospital.faults["agency"].wait_handled("2207", 1)
    await terminal.stop()
    hospital.agency.expire_sign_ins()
    terminal.power_on()
    terminal.take_up()
    (end,) = await terminal.all_ended()
    assert end.result is Result.SETTLED


async def test_what_has_ended_is_not_taken_up_again(hospital, terminal, phone):
    await (await terminal.start("zhang", hospital.bill_of("zhang").bill_id)).end()
    assert await terminal.restart() == []


async def test_several_open_attempts_end_side_by_side(hospital, terminal):
    for person in ("zhang", "he"):
        visit = await terminal.start(person, hospital.bill_of(person).bill_id, insured=False)
        await visit.until(lambda attempt: isinstance(attempt.state, Paying) or attempt.told)
    assert len(await terminal.restart()) >= 1
    assert all(end.result is Result.NOT_SETTLED for end in await terminal.all_ended())
    assert terminal.agrees_with(hospital)


@pytest.mark.parametrize("damage", ["unlink", "truncate"])
async def test_an_attempt_that_cannot_be_read_is_for_a_person_and_the_terminal_serves_on(
    hospital, terminal, phone, damage
):
    """The key of the open attempt is gone: its person cannot be named to the agency."""
    phone.pays = False
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await visit.until(lambda attempt: isinstance(attempt.state, Paying))
    await terminal.stop()
    keys = terminal.folder / "open.db"
    keys.unlink() if damage == "unlink" else keys.write_bytes(b"")
    terminal.power_on()
    assert await terminal.recover() == []
    assert terminal.staff == [(visit.name, "NT-04")]
    phone.pays = True
    second = await terminal.start("chen", hospital.bill_of("chen").bill_id)
    assert (await second.end()).result is Result.SETTLED


async def test_an_undo_goes_on_by_itself(hospital, terminal, phone):
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await visit.end()
    hospital.his.declare_refund_due(visit.name, "药品没有领取")
    hospital.plan("2208", "delay_s", seconds=60)
    await terminal.undo("zhang")
    await hospital.faults["agency"].wait_handled("2208", 1)
    (attempt,) = await terminal.restart()
    assert isinstance(attempt.state, Refunding)
    await terminal.all_ended()
    assert hospital.agency.received("2208") == 1
    assert not any(hospital.sums().values())
    assert terminal.agrees_with(hospital)


async def test_only_what_is_asked_for_is_taken_up(hospital, terminal, phone):
    phone.pays = False
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await visit.until(lambda attempt: isinstance(attempt.state, Paying))
    assert runner.recover(terminal.bench, among=()) == []
