"""The client and the sandbox hospital, over a real connection."""

from __future__ import annotations

import datetime as dt

import aiohttp
import pytest

from kiosk.domain.attempt import new_attempt_id, new_refund_id
from kiosk.domain.bill import ConsentDue
from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.domain.split import Split
from kiosk.hospital.client import HospitalClient
from kiosk.hospital.ledger import ledger_sha256
from kiosk.hospital.port import (
    AttemptState,
    Cancelled,
    Committed,
    ConsentDecision,
    InsuranceResult,
    InsuranceReversal,
    Tender,
    TenderKind,
)


async def test_a_self_paid_bill_is_settled_and_the_patient_told_where_to_go(hospital) -> None:
    bill = hospital.add_bill()
    attempt = await hospital.begin(bill)
    paid = (Tender(TenderKind.WECHAT, bill.total_fen, attempt, "42001"),)
    answer = await hospital.client.commit(attempt, None, paid)
    assert isinstance(answer, Done)
    assert answer.value.receipt_no
    assert answer.value.next_steps[0].what == "取药"
    assert hospital.store.bill_states() == {"B-17": "settled"}
    assert hospital.store.sums().by_tender_fen == {"wechat": 8640}


async def test_an_insured_bill_is_settled_with_every_part_in_the_ledger(hospital, insured_settlement) -> None:
    await hospital.settle(hospital.add_bill(), insurance=insured_settlement)
    (entry,) = hospital.store.ledger_rows()
    assert (entry.kind, entry.total_fen, entry.setl_id) == ("settle", 8640, "S990001")
    assert {tender.kind: tender.amount_fen for tender in entry.tenders} == {
        TenderKind.FUND: 5400,
        TenderKind.ACCOUNT: 1800,
        TenderKind.WECHAT: 1440,
    }


async def test_open_bills_come_without_lines_and_one_bill_with_them(hospital) -> None:
    bill = hospital.add_bill()
    listed = await hospital.client.open_bills("P-1")
    assert isinstance(listed, Done)
    assert [(one.bill_id, one.lines, one.line_count) for one in listed.value] == [("B-17", (), 1)]
    shown = await hospital.client.bill("B-17")
    assert isinstance(shown, Done)
    assert (shown.value.total_fen, len(shown.value.lines)) == (bill.total_fen, 1)
    assert shown.value.faults() == ()


async def test_a_long_list_is_read_to_its_end(hospital) -> None:
    for number in range(450):
        hospital.add_bill(f"B-{number:03d}", "1.00")
    listed = await hospital.client.open_bills("P-1")
    assert isinstance(listed, Done)
    assert [bill.bill_id for bill in listed.value] == [f"B-{number:03d}" for number in range(450)]


async def test_a_bill_that_does_not_add_up_is_refused(hospital) -> None:
    hospital.add_bill()
    with hospital.store.transaction() as books:
        books.write("UPDATE bill SET body = replace(body, '\"amount_fen\":8640', '\"amount_fen\":8641')")
    answer = await hospital.client.bill("B-17")
    assert isinstance(answer, Refused)
    assert answer.code == "BILL_INCONSISTENT"
    assert "B-17-1" in answer.peer_text


async def test_two_records_of_one_person_are_both_given_back(hospital) -> None:
    hospital.store.add_patient("P-1", "陈一一", psn_no="990000000001", birth_date=dt.date(1990, 1, 1))
    hospital.store.add_patient("P-2", "陈一一", psn_no="990000000001")
    found = await hospital.client.resolve(psn_no="990000000001", insured_place="990100")
    assert isinstance(found, Done)
    assert [(one.patient_id, one.name_masked) for one in found.value] == [("P-1", "陈*一"), ("P-2", "陈*一")]
    assert await hospital.client.resolve(psn_no="no such", insured_place="990100") == Done(())


async def test_the_life_of_a_lease_is_counted_on_the_hospitals_clock(hospital) -> None:
    bill = hospital.add_bill()
    hospital.clock.pass_s(-86_400 * 400)  # a terminal and a hospital that disagree by a year
    lease = await hospital.lease(bill, ttl_s=120)
    assert lease.ttl_s == pytest.approx(120, abs=0.01)
    hospital.clock.pass_s(60)
    renewed = await hospital.client.renew(new_attempt_id(), lease.lease_id, lease.fencing_token)
    assert isinstance(renewed, Done)
    assert renewed.value.ttl_s == pytest.approx(120, abs=0.01)


async def test_a_released_bill_is_free_for_the_next_terminal(hospital) -> None:
    bill = hospital.add_bill()
    lease = await hospital.lease(bill)
    async with HospitalClient(hospital.url, "s01/kiosk-b02") as other:
        held = await other.lease(new_attempt_id(), (bill,), 60, "S-2")
        assert isinstance(held, Refused)
        assert held.code == "BILL_LEASED"
        released = await hospital.client.release(new_attempt_id(), lease.lease_id, lease.fencing_token)
        assert isinstance(released, Done)
        assert isinstance(await other.lease(new_attempt_id(), (bill,), 60, "S-2"), Done)


async def test_a_changed_bill_is_refused_by_its_version(hospital) -> None:
    bill = hospital.add_bill()
    hospital.store.raise_price("B-17")
    answer = await hospital.client.lease(new_attempt_id(), (bill,), 60, "S-1")
    assert isinstance(answer, Refused)
    assert answer.code == "BILL_CHANGED"


@pytest.mark.parametrize("fault", ["lost_after", "truncated", "garbled", "bad_gateway_after"])
async def test_a_commit_without_an_answer_is_unknown_and_the_same_commit_ends_it(hospital, fault) -> None:
    bill = hospital.add_bill()
    attempt = await hospital.begin(bill)
    paid = (Tender(TenderKind.WECHAT, bill.total_fen, attempt),)
    hospital.faults.plan("commit", fault)
    assert isinstance(await hospital.client.commit(attempt, None, paid), Unknown)
    record = await hospital.client.attempt(attempt)
    assert isinstance(record, Done)
    assert record.value.state is AttemptState.COMMITTED
    again = await hospital.client.commit(attempt, None, paid)
    assert isinstance(again, Done)
    assert again.value == record.value.committed
    assert len(hospital.store.ledger_rows()) == 1


async def test_cancel_of_an_attempt_never_seen_kills_the_begin_that_comes_later(hospital) -> None:
    bill = hospital.add_bill()
    attempt, lease = new_attempt_id(), await hospital.lease(bill)
    assert await hospital.client.attempt(attempt) == Done(
        type((await hospital.client.attempt(attempt)).value)(None)
    )
    assert await hospital.client.cancel(attempt, "walked away") == Done(Cancelled())
    late = await hospital.client.begin(attempt, lease, (bill,), False, Split.self_paid(bill.total_fen))
    assert isinstance(late, Refused)
    assert late.code == "ATTEMPT_CANCELLED"


async def test_cancel_of_a_committed_settlement_tells_of_it(hospital) -> None:
    attempt = await hospital.settle(hospital.add_bill())
    answer = await hospital.client.cancel(attempt, "recovery")
    assert isinstance(answer, Done)
    assert isinstance(answer.value, Committed)
    assert answer.value.receipt_no == hospital.store.ledger_rows()[0].receipt_no


async def test_an_insured_settlement_goes_back_whole_once(hospital, insured_settlement) -> None:
    attempt = await hospital.settle(hospital.add_bill(), insurance=insured_settlement)
    hospital.store.declare_refund_due(attempt, "药品退回")
    listed = await hospital.client.refunds_due("P-1")
    assert isinstance(listed, Done)
    (due,) = listed.value
    assert (due.attempt_id, due.setl_id, due.insured_place, due.whole) == (attempt, "S990001", "990100", True)
    refund = new_refund_id()
    assert isinstance(await hospital.client.refund_begin(refund, due), Done)
    second = await hospital.client.refund_begin(new_refund_id(), due)
    assert isinstance(second, Refused)
    assert second.code == "REFUND_CHANGED"
    undone = InsuranceReversal("2208", setl_id="S990001")
    back = (Tender(TenderKind.WECHAT, 1440, refund, "5000001"),)
    done = await hospital.client.refund_commit(refund, undone, back)
    assert isinstance(done, Done)
    assert await hospital.client.refund_commit(refund, undone, back) == done
    assert hospital.store.sums().total_fen == 0
    assert await hospital.client.refunds_due("P-1") == Done(())
    assert hospital.store.attempt_states() == {attempt: "reversed"}


async def test_a_cancelled_refund_leaves_the_money_due(hospital) -> None:
    attempt = await hospital.settle(hospital.add_bill())
    hospital.store.declare_refund_due(attempt, "药品退回")
    listed = await hospital.client.refunds_due("P-1")
    assert isinstance(listed, Done)
    first = new_refund_id()
    assert isinstance(await hospital.client.refund_begin(first, listed.value[0]), Done)
    assert await hospital.client.refund_cancel(first, "walked away") == Done(Cancelled())
    assert isinstance(await hospital.client.refund_begin(new_refund_id(), listed.value[0]), Done)


@pytest.mark.clause("S3-6.2.4")
async def test_an_item_that_needs_consent_holds_the_insured_settlement_until_it_is_given(hospital) -> None:
    hospital.add_bill()
    consent = ConsentDue("C-1", "v1", ("B-17-1",), 8640)
    bill = hospital.store.change_bill("B-17", consents_due=[consent])
    lease, attempt = await hospital.lease(bill), new_attempt_id()
    split = Split.self_paid(bill.total_fen)
    held = await hospital.client.begin(attempt, lease, (bill,), True, split)
    assert isinstance(held, Refused)
    assert held.code == "CONSENT_REQUIRED"
    agreed = ConsentDecision("C-1", "v1", ("B-17-1",), "agree")
    assert isinstance(await hospital.client.consent(new_attempt_id(), "VB-17", agreed), Done)
    assert isinstance(await hospital.client.begin(attempt, lease, (bill,), True, split), Done)
    assert [one["decision"] for one in hospital.store.consents()] == ["agree"]


async def test_the_invoice_follows_the_settlement(hospital) -> None:
    attempt = await hospital.begin(hospital.add_bill())
    before = await hospital.client.invoice(attempt)
    assert isinstance(before, Done)
    assert before.value.state == "none"
    await hospital.client.commit(attempt, None, (Tender(TenderKind.WECHAT, 8640),))
    after = await hospital.client.invoice(attempt)
    assert isinstance(after, Done)
    assert (after.value.state, after.value.amount_fen) == ("issued", 8640)


async def test_the_close_of_a_day_has_the_hash_of_its_entries(hospital, insured_settlement) -> None:
    await hospital.settle(hospital.add_bill("B-1"), insurance=insured_settlement)
    await hospital.settle(hospital.add_bill("B-2", "10.00"))
    today = dt.date(2026, 10, 20)
    early = await hospital.client.ledger_close(today)
    assert isinstance(early, Refused)
    assert early.code == "DAY_OPEN"
    hospital.clock.pass_s(86_400)
    entries, closed = await hospital.client.ledger(today), await hospital.client.ledger_close(today)
    assert isinstance(entries, Done)
    assert isinstance(closed, Done)
    assert (closed.value.count, closed.value.total_fen) == (2, 9640)
    assert closed.value.sha256 == ledger_sha256(entries.value)
    assert entries.value == hospital.store.ledger_rows(today)


async def test_a_hospital_in_maintenance_refuses_and_says_nothing_happened(hospital) -> None:
    bill = hospital.add_bill()
    assert isinstance(await hospital.client.capabilities(), Done)
    hospital.store.set_health("down")
    answer = await hospital.client.lease(new_attempt_id(), (bill,), 60, "S-1")
    assert isinstance(answer, Refused)
    assert answer.code == "MAINTENANCE"
    health = await hospital.client.health()
    assert isinstance(health, Done)
    assert health.value.state == "down"


async def test_the_declared_longest_delay_is_what_an_unknown_carries(hospital) -> None:
    async with HospitalClient(hospital.url, "s01/kiosk-a01", answer_delay_max_s=7) as client:
        hospital.faults.plan("attempt", "lost_after", times=2)
        unknown = await client.attempt(new_attempt_id())
        assert isinstance(unknown, Unknown)
        assert unknown.ask_after_s == 7
        await client.capabilities()
        unknown = await client.attempt(new_attempt_id())
        assert isinstance(unknown, Unknown)
        assert unknown.ask_after_s == 60


async def test_the_document_is_served_with_the_interface(hospital) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{hospital.url}/ki/v1/openapi.yaml") as got:
        assert (got.status, (await got.text()).startswith("openapi: 3.1")) == (200, True)


def test_the_whole_split_of_the_fixture_holds(insured_settlement: InsuranceResult) -> None:
    assert insured_settlement.split.faults() == ()
