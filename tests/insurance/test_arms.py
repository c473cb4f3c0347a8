"""Every fault of the network ends in the right arm, and what the agency's books then show."""

from __future__ import annotations

import pytest

from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.insurance.port import NotThere, Reversed

WITHOUT_EFFECT = ["lost_before", "bad_gateway"]
WITH_EFFECT = ["lost_after", "bad_gateway_after", "truncated", "garbled"]


@pytest.mark.clause("S2-U.3")
@pytest.mark.parametrize("fault", WITHOUT_EFFECT + WITH_EFFECT)
async def test_an_answer_that_did_not_come_is_unknown_whether_or_not_it_had_an_effect(open_counter, fault):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    counter.faults.plan("2207", fault)
    outcome = await counter.settle()
    assert isinstance(outcome, Unknown)
    assert outcome.ask_after_s == counter.profile.area.answer_delay_max_s
    assert len(counter.store.settlements()) == (fault in WITH_EFFECT)
    assert counter.faults.received("2207") == 1


@pytest.mark.clause("S1-O.2")
@pytest.mark.parametrize("fault", WITH_EFFECT)
async def test_a_settlement_whose_answer_was_lost_is_found_and_adopted(open_counter, fault):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    counter.faults.plan("2207", fault)
    msgid = await counter.msgid()
    await counter.settle(msgid)
    found = await counter.client.find_settlement(await counter.msgid(), counter.case, msgid)
    assert found.value.split == counter.split
    assert counter.store.settlements()[0].msgid == msgid


@pytest.mark.parametrize("fault", WITHOUT_EFFECT)
async def test_a_settlement_that_never_arrived_is_not_there_and_reversing_it_says_so(open_counter, fault):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    counter.faults.plan("2207", fault)
    msgid = await counter.msgid()
    await counter.settle(msgid)
    found = await counter.client.find_settlement(await counter.msgid(), counter.case, msgid)
    assert found == Done(NotThere())
    reversed_ = await counter.client.reverse(await counter.msgid(), counter.case, msgid, "2207A")
    assert reversed_ == Done(Reversed(no_such=True))


async def test_in_an_area_that_cannot_be_asked_a_lost_settlement_is_reversed(open_counter):
    counter = await open_counter("zhao", area="990200")
    before_fen = counter.store.balance_fen("zhao")
    await counter.pre_settled()
    counter.faults.plan("2207", "lost_after")
    msgid = await counter.msgid()
    assert isinstance(await counter.settle(msgid), Unknown)
    assert counter.store.balance_fen("zhao") < before_fen
    done = await counter.client.reverse(await counter.msgid(), counter.case, msgid, "settle")
    assert isinstance(done, Done)
    assert counter.store.balance_fen("zhao") == before_fen


async def test_a_lost_reversal_is_unknown_and_the_next_one_settles_it(open_counter):
    counter = await open_counter("zhang")
    settled = await counter.settled()
    counter.faults.plan("2601", "lost_after")
    first = await counter.client.reverse(await counter.msgid(), counter.case, settled.msgid, "2207")
    second = await counter.client.reverse(await counter.msgid(), counter.case, settled.msgid, "2207")
    assert isinstance(first, Unknown)
    assert isinstance(second, Done)
    assert not second.value.no_such


async def test_a_lost_undo_is_seen_by_asking(open_counter):
    counter = await open_counter("zhang")
    settled = await counter.settled()
    counter.faults.plan("2208", "lost_after")
    outcome = await counter.client.undo(await counter.msgid(), counter.case, settled.setl_id)
    assert isinstance(outcome, Unknown)
    asked = await counter.client.settlement(await counter.msgid(), counter.case, settled.setl_id)
    assert asked.value.refunded


async def test_a_refusal_changes_nothing_and_carries_the_agencys_text(open_counter):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    counter.faults.plan("2207", "refuse", text="系统繁忙")
    assert await counter.settle() == Refused("SE-01", "系统繁忙")
    assert counter.store.settlements() == ()


async def test_a_card_that_is_reported_lost_is_refused_with_a_code_of_its_own(open_counter, card_of):
    counter = await open_counter("zhang")
    card = card_of("zhang")
    counter.faults.plan("1101", "refuse", text=f"卡号{card.number}已挂失")
    refused = await counter.client.person(await counter.msgid(), card)
    assert refused == Refused("AC-01", "卡号***已挂失")
    counter.faults.plan("1101", "refuse", text="卡号不存在")
    assert (await counter.client.person(await counter.msgid(), card)).code == "SE-01"


async def test_a_settlement_that_the_network_doubled_is_made_once_and_is_unknown_here(open_counter):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    counter.faults.plan("2207", "duplicate")
    msgid = await counter.msgid()
    assert isinstance(await counter.settle(msgid), Unknown)
    assert [row.msgid for row in counter.store.settlements()] == [msgid]


async def test_a_slow_answer_within_the_limit_is_an_answer(open_counter):
    counter = await open_counter("zhang")
    await counter.pre_settled()
    counter.faults.plan("2207", "delay_s", seconds=0.05)
    assert isinstance(await counter.settle(), Done)


async def test_an_answer_after_the_limit_is_unknown(open_counter, impatient):
    counter = await open_counter("zhang", profile=impatient)
    await counter.pre_settled()
    counter.faults.plan("2207", "delay_s", seconds=30)
    outcome = await counter.settle()
    counter.faults.release()
    assert outcome == Unknown(60, "timeout")
    assert len(counter.store.settlements()) == 1


async def test_nobody_listening_is_unknown(open_counter, nowhere):
    counter = await open_counter("zhang")
    counter.client = nowhere
    await counter.client.sign_in(await counter.msgid())
    assert isinstance(await counter.client.sign_in(await counter.msgid()), Unknown)


@pytest.mark.parametrize(
    "operation", ["1101", "2001", "2201", "2203", "2204", "2205", "2202", "2206", "5201", "5203"]
)
async def test_every_transaction_has_three_arms(open_counter, operation):
    counter = await open_counter("zhang")
    await counter.settled()
    for fault, arm in (("truncated", Unknown), ("refuse", Refused)):
        counter.faults.plan(operation, fault)
        assert isinstance(await _call(counter, operation), arm)


async def _call(counter, operation):
    client, case, msgid = counter.client, counter.case, await counter.msgid()
    bill = counter.bills[0]
    match operation:
        case "1101":
            return await client.person(msgid, counter.credential)
        case "2001":
            return await client.entitlement(msgid, case, "11", counter.day)
        case "2201":
            return await client.register(msgid, case, counter.credential, bill)
        case "2203":
            return await client.describe(msgid, case, bill)
        case "2204":
            return await client.upload(msgid, case, "another", counter.bills)
        case "2205":
            return await client.revoke_lines(msgid, case, "another")
        case "2202":
            return await client.revoke_visit(msgid, case, bill.visit.ipt_otp_no)
        case "2206":
            return await client.pre_settle(msgid, case, counter.credential, counter.batch, 8640, "11")
        case "5201":
            return await client.visits(msgid, case, counter.day, counter.day)
        case "5203":
            return await client.settlement(msgid, case, "1")
