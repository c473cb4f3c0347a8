"""Visits that nothing disturbs, and patients who change their minds: what is settled, paid and told."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from kiosk.domain.attempt import new_attempt_id
from kiosk.domain.bill import ConsentDue
from kiosk.domain.outcome import Done
from kiosk.hospital.port import ConsentDecision
from kiosk.settlement.events import Confirmed, Declined
from kiosk.settlement.state import Offered, Paying, Result


def only_look(_):
    """A patient who reads and does not touch anything."""


@pytest.mark.clause("S1-A.4a", "S1-A.4b", "S1-P.1")
async def test_an_insured_visit_is_settled_once_and_all_books_agree_to_the_cent(hospital, terminal, phone):
    first, second = hospital.bill_of("zhang", 0), hospital.bill_of("zhang", 1)
    for bill in (first, second):
        visit = await terminal.start("zhang", bill.bill_id)
        end = await visit.end()
        assert (end.result, visit.told) == (Result.SETTLED, ["M2"])
        assert len(hospital.standing(visit.name)) == 1
        assert hospital.bill_states()[bill.bill_id] == "settled"
    assert hospital.agency.received("2207") == 2
    assert hospital.sums()["his total"] == first.total_fen + second.total_fen
    assert terminal.agrees_with(hospital)


@pytest.mark.clause("S1-A.4b")
async def test_the_phone_pays_exactly_what_the_agency_leaves_to_be_paid(hospital, terminal, phone):
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    end = await visit.end()
    (settled,) = hospital.standing(visit.name)
    assert hospital.paid_fen(visit.name) == settled.split.cash_fen == end.facts.cash_fen > 0


async def test_a_visit_with_nothing_to_pay_in_cash_asks_no_phone(hospital, terminal):
    visit = await terminal.start("chen", hospital.bill_of("chen").bill_id)
    end = await visit.end()
    assert (end.result, end.facts.cash_fen) == (Result.SETTLED, 0)
    assert hospital.received("create") == 0
    assert terminal.agrees_with(hospital)


@pytest.mark.clause("S1-A.5d")
async def test_full_self_pay_asks_the_agency_nothing(hospital, terminal, phone):
    bill = hospital.bill_of("zhang")
    visit = await terminal.start("zhang", bill.bill_id, insured=False)
    assert (await visit.end()).result is Result.SETTLED
    assert hospital.paid_fen(visit.name) == bill.total_fen
    assert hospital.received("2201") == hospital.received("2207") == 0
    assert hospital.sums()["his cash"] == bill.total_fen == hospital.sums()["wallet"]


async def test_where_the_fund_sum_includes_the_account_the_books_agree_too(
    mute_hospital, mute_terminal, mute_phone
):
    visit = await mute_terminal.start("zhao", mute_hospital.bill_of("zhao").bill_id)
    assert (await visit.end()).result is Result.SETTLED
    assert mute_terminal.agrees_with(mute_hospital)


async def test_a_patient_who_declines_leaves_no_trace(hospital, terminal):
    bill = hospital.bill_of("zhang")
    visit = await terminal.start("zhang", bill.bill_id, on_change=only_look)
    await visit.until(lambda attempt: isinstance(attempt.state, Offered))
    visit.attempt.tell(Declined())
    end = await visit.end()
    assert (end.result, visit.told) == (Result.NOT_SETTLED, ["M0"])
    assert hospital.agency.open_lines(end.facts.mdtrt_id) == 0
    assert hospital.bill_states()[bill.bill_id] == "open"
    assert hospital.his.attempt_states() == {}
    assert hospital.wallet.orders() == []
    assert not any(hospital.sums().values())
    assert terminal.agrees_with(hospital)


@pytest.mark.parametrize("operation", ["lease", "2201", "2203", "2204", "2206"])
@pytest.mark.parametrize("code", ["", "NT-05"])
async def test_a_patient_who_leaves_while_the_bill_is_prepared_is_not_waited_for(
    hospital, terminal, operation, code
):
    """The answer on its way is waited for, what it did is taken back, and nothing more is asked."""
    bill = hospital.bill_of("zhang")
    peer = hospital.faults[hospital.peer(operation)]
    hospital.plan(operation, "delay_s", seconds=60)
    visit = await terminal.start("zhang", bill.bill_id, on_change=only_look)
    await peer.wait_handled(operation, 1)
    visit.attempt.tell(Declined(code))
    visit.attempt.wipe()
    peer.release()
    end = await visit.end()
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, code, ["M0"])
    asked = [one for one in ("2201", "2203", "2204", "2206", "begin") if hospital.received(one)]
    before = [one for one in ("2201", "2203", "2204", "2206") if one <= operation]
    assert asked == (before if operation != "lease" else [])
    assert hospital.open_visits() == 0
    assert hospital.bill_states()[bill.bill_id] == "open"
    assert terminal.agrees_with(hospital)


async def test_a_patient_who_leaves_while_the_order_is_made_is_not_asked_to_pay(hospital, terminal):
    hospital.plan("begin", "delay_s", seconds=60)
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await hospital.faults["his"].wait_handled("begin", 1)
    visit.attempt.tell(Declined())
    visit.attempt.wipe()
    hospital.faults["his"].release()
    end = await visit.end()
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, "", ["M0"])
    assert hospital.received("create") == 0
    assert hospital.his.attempt_states() == {visit.name: "cancelled"}


async def test_a_shown_code_that_is_not_wanted_is_closed(hospital, terminal):
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await visit.until(lambda attempt: isinstance(attempt.state, Paying))
    visit.attempt.tell(Declined())
    end = await visit.end()
    assert (end.result, visit.told) == (Result.NOT_SETTLED, ["M0"])
    assert [order["state"] for order in hospital.wallet.orders()] == ["closed"]
    assert not hospital.wallet.approve(visit.name)
    assert terminal.agrees_with(hospital)


async def test_who_pays_in_the_last_moment_is_settled(hospital, terminal_paying_for_1_s):
    terminal = terminal_paying_for_1_s
    hospital.plan("query", "lost_before", times=1000)
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await visit.until(lambda attempt: isinstance(attempt.state, Paying))
    assert hospital.wallet.approve(visit.name)
    assert (await visit.end()).result is Result.SETTLED
    assert "settlement.timed_out" in terminal.kinds(visit.name)
    assert visit.told == ["M2"]
    assert terminal.agrees_with(hospital)


async def test_a_code_that_nobody_pays_is_closed_in_time_and_the_bill_is_free(
    hospital, terminal_paying_for_1_s
):
    bill = hospital.bill_of("zhang")
    visit = await terminal_paying_for_1_s.start("zhang", bill.bill_id)
    end = await visit.end()
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, "PY-02", ["M0"])
    assert hospital.bill_states()[bill.bill_id] == "open"


async def test_what_was_paid_after_leaving_goes_back(hospital, terminal):
    hospital.plan("query", "lost_before", times=1000)
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await visit.until(lambda attempt: isinstance(attempt.state, Paying))
    assert hospital.wallet.approve(visit.name)
    visit.attempt.tell(Declined())
    end = await visit.end()
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, "PY-05", ["M3"])
    assert hospital.paid_fen(visit.name) == 0
    assert hospital.received("2207") == 0
    assert terminal.agrees_with(hospital)


async def test_a_channel_that_declines_ends_the_visit_without_money(hospital, terminal):
    visit = await terminal.start("zhang", hospital.bill_of("zhang").bill_id)
    await visit.until(lambda attempt: isinstance(attempt.state, Paying))
    assert hospital.wallet.decline(visit.name)
    end = await visit.end()
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, "PY-03", ["M0"])


@pytest.mark.clause("S1-G.1")
async def test_a_bill_that_changed_since_it_was_listed_is_refused_before_anything_moves(hospital, terminal):
    bill = hospital.bill_of("zhang")

    def changed_between(attempt):
        if isinstance(attempt.state, Offered):
            hospital.his.raise_price(bill.bill_id)
            attempt.tell(Confirmed())

    visit = await terminal.start("zhang", bill.bill_id, on_change=changed_between)
    end = await visit.end()
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, "BILL_CHANGED", ["M0"])
    assert hospital.received("create") == hospital.received("2207") == 0


async def test_a_lease_that_ran_out_while_reading_is_refused_before_anything_moves(hospital, clock, terminal):
    bill = hospital.bill_of("zhang")

    def after_a_long_read(attempt):
        if isinstance(attempt.state, Offered):
            clock.pass_s(terminal.bench.policy.lease_ttl_s + 1)
            attempt.tell(Confirmed())

    visit = await terminal.start("zhang", bill.bill_id, on_change=after_a_long_read)
    end = await visit.end()
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, "LEASE_EXPIRED", ["M0"])
    assert hospital.received("create") == hospital.received("2207") == 0


async def test_a_lease_is_renewed_while_the_patient_reads_and_given_up_in_the_end(
    hospital, clock, terminal_holding_3_s
):
    clock.stop()
    bill = hospital.bill_of("zhang")
    visit = await terminal_holding_3_s.start("zhang", bill.bill_id, on_change=only_look)
    end = await visit.end()
    assert hospital.received("renew") >= 2
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, "NT-05", ["M0"])
    assert hospital.bill_states()[bill.bill_id] == "open"


async def test_another_terminal_is_refused_while_this_one_has_the_bill(hospital, terminal, second_terminal):
    bill = hospital.bill_of("zhang")
    mine = await terminal.start("zhang", bill.bill_id, on_change=only_look)
    await mine.until(lambda attempt: isinstance(attempt.state, Offered))
    theirs = await second_terminal.start("zhang", bill.bill_id)
    end = await theirs.end()
    assert (end.result, end.code, theirs.told) == (Result.NOT_SETTLED, "BILL_LEASED", ["M0"])


@pytest.mark.clause("S3-6.2.4", "S1-A.5c")
async def test_an_item_outside_the_fund_needs_the_patients_consent_first(hospital, terminal, phone):
    bill = hospital.bill_of("he")
    visit = await terminal.start("he", bill.bill_id)
    end = await visit.end()
    assert (end.result, end.code, visit.told) == (Result.NOT_SETTLED, "CONSENT_REQUIRED", ["M0"])
    (due,) = bill.consents_due
    await agree(terminal, bill, due)
    again = await terminal.start("he", bill.bill_id)
    assert (await again.end()).result is Result.SETTLED
    assert terminal.agrees_with(hospital)


async def agree(terminal, bill, due: ConsentDue) -> None:
    """Record the consent as a journey does."""
    decision = ConsentDecision(due.consent_id, due.version, due.line_ids, "agree")
    outcome = await terminal.his.consent(new_attempt_id(), bill.visit.ipt_otp_no, decision)
    assert isinstance(outcome, Done)


async def test_two_bills_of_one_visit_are_settled_as_one(hospital, terminal, phone):
    first, second = hospital.bills_of_one_visit("zhang")
    visit = await terminal.start("zhang", first.bill_id, second.bill_id)
    assert (await visit.end()).result is Result.SETTLED
    assert hospital.agency.received("2207") == 1
    assert hospital.sums()["his total"] == first.total_fen + second.total_fen == 8640
    assert terminal.agrees_with(hospital)


async def test_two_patients_at_two_terminals_do_not_disturb_each_other(
    hospital, terminal, second_terminal, phone
):
    visits = await asyncio.gather(
        terminal.start("zhang", hospital.bill_of("zhang").bill_id),
        second_terminal.start("he", hospital.bill_of("chen").bill_id, insured=False),
    )
    ends = [await visit.end() for visit in visits]
    assert [end.result for end in ends] == [Result.SETTLED, Result.SETTLED]
    assert dt.datetime.now(dt.UTC) > ends[0].facts.settlement.settled_at - dt.timedelta(hours=1)
