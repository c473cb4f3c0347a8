"""An undo that the hospital has declared due: all of it goes back, insurance first, each part once."""

from __future__ import annotations

import pytest

from kiosk.settlement.state import Result


async def settled(hospital, terminal, person="zhang"):
    """A settlement that the hospital has declared due back; its attempt."""
    visit = await terminal.start(person, hospital.bill_of(person).bill_id)
    assert (await visit.end()).result is Result.SETTLED
    hospital.his.declare_refund_due(visit.name, "药品没有领取")
    return visit.name


def everything_is_back(hospital, terminal, attempt) -> bool:
    """Nothing of the settlement stands anywhere, and all books are at zero together."""
    assert hospital.standing(attempt) == []
    assert hospital.paid_fen(attempt) == 0
    assert not any(hospital.sums().values())
    return terminal.agrees_with(hospital)


@pytest.mark.clause("S0-4.5", "S2-I.9", "S1-H.3")
async def test_a_settlement_goes_back_whole_and_by_the_way_it_came(hospital, terminal, phone):
    before_fen = hospital.agency.balance_fen("zhang")
    attempt = await settled(hospital, terminal)
    assert hospital.agency.balance_fen("zhang") < before_fen
    undo = await terminal.undo("zhang")
    end = await undo.end()
    assert (end.result, undo.told) == (Result.SETTLED, ["M3"])
    assert hospital.agency.balance_fen("zhang") == before_fen, (
        "account money goes to the account, never to cash"
    )
    assert everything_is_back(hospital, terminal, attempt)


async def test_the_insurance_goes_back_before_the_money(hospital, terminal, phone):
    await settled(hospital, terminal)
    undo = await terminal.undo("zhang")
    await undo.end()
    done = [kind.removeprefix("undo.") for kind in terminal.kinds(undo.name)]
    assert done == ["started", "begun", "undone", "refunded", "committed", "ended"]


async def test_a_settlement_without_cash_asks_no_gateway(hospital, terminal):
    attempt = await settled(hospital, terminal, "chen")
    undo = await terminal.undo("chen")
    assert (await undo.end()).result is Result.SETTLED
    assert hospital.received("refund") == 0
    assert everything_is_back(hospital, terminal, attempt)


async def test_a_bill_paid_without_insurance_goes_back_to_the_phone_alone(hospital, terminal, phone):
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id, insured=False)
    await visit.end()
    hospital.his.declare_refund_due(visit.name, "药品没有领取")
    undo = await terminal.undo("zhang")
    assert (await undo.end()).result is Result.SETTLED
    assert hospital.received("2208") == 0
    assert everything_is_back(hospital, terminal, visit.name)


@pytest.mark.parametrize("operation", ["refund_begin", "2208", "refund", "refund_commit"])
@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "truncated", "bad_gateway_after"])
async def test_each_part_goes_back_once_although_its_answer_is_lost(
    hospital, terminal, phone, operation, fault
):
    attempt = await settled(hospital, terminal)
    hospital.plan(operation, fault, times=2 if operation != "2208" else 1)
    undo = await terminal.undo("zhang")
    end = await undo.end()
    assert (end.result, undo.told) == (Result.SETTLED, ["", "M3"])
    assert hospital.wallet.sums()["refunds"] == 1
    assert everything_is_back(hospital, terminal, attempt)


async def test_an_undo_without_an_answer_is_asked_for_before_it_is_sent_again(hospital, terminal, phone):
    attempt = await settled(hospital, terminal)
    hospital.plan("2208", "lost_after")
    hospital.plan("5203", "lost_before", times=2)
    undo = await terminal.undo("zhang")
    assert (await undo.end()).result is Result.SETTLED
    assert hospital.received("2208") == 1
    assert everything_is_back(hospital, terminal, attempt)


async def test_what_the_agency_refuses_to_undo_stays_settled_and_no_money_moves(hospital, terminal, phone):
    attempt = await settled(hospital, terminal)
    hospital.plan("2208", "refuse")
    undo = await terminal.undo("zhang")
    end = await undo.end()
    assert end.result is Result.NOT_SETTLED
    assert len(hospital.standing(attempt)) == 1
    assert hospital.received("refund") == 0
    assert "M3" not in undo.told
    assert terminal.agrees_with(hospital)


async def test_a_refused_undo_that_was_done_at_a_window_goes_on(hospital, terminal, phone):
    """The agency refuses a second 2208; asked, it says that the settlement is undone already."""
    attempt = await settled(hospital, terminal)
    hospital.plan("2208", "duplicate")
    undo = await terminal.undo("zhang")
    assert (await undo.end()).result is Result.SETTLED
    assert everything_is_back(hospital, terminal, attempt)


async def test_an_undo_that_the_hospital_refuses_moves_nothing(hospital, terminal, phone):
    attempt = await settled(hospital, terminal)
    hospital.plan("refund_begin", "refuse")
    undo = await terminal.undo("zhang")
    assert (await undo.end()).result is Result.NOT_SETTLED
    assert hospital.received("2208") == hospital.received("refund") == 0
    assert len(hospital.standing(attempt)) == 1


async def test_an_undo_is_begun_once_and_refused_the_second_time(hospital, terminal, phone):
    attempt = await settled(hospital, terminal)
    due = (await terminal.his.refunds_due("P99000001")).value[0]
    first = await terminal.undo("zhang")
    await first.end()
    second = await terminal.undo_of("zhang", due)
    assert (await second.end()).result is Result.NOT_SETTLED
    assert hospital.wallet.sums()["refunds"] == 1
    assert everything_is_back(hospital, terminal, attempt)


async def test_a_refused_refund_is_handed_to_a_person_and_nobody_is_told_it_is_back(
    hospital, terminal, phone
):
    await settled(hospital, terminal)
    hospital.plan("refund", "refuse")
    undo = await terminal.undo("zhang")
    end = await undo.end()
    assert end.result is Result.HANDED_OVER
    assert "M3" not in undo.told
    assert [attempt for attempt, _ in terminal.staff] == [undo.name]
