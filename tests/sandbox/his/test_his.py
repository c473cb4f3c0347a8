"""What the sandbox hospital does beyond what the conformance suite asks of every hospital."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from typing import Any

import pytest

from kiosk.domain.attempt import new_attempt_id
from kiosk.domain.bill import ConsentDue, Gate
from kiosk.domain.person import mask_number
from kiosk.sandbox.his import HisError, HisStore, make_bill
from kiosk.sandbox.his.defects import promises_of

DAY = dt.datetime(2026, 10, 20, 9, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


async def test_bills_of_one_visit_are_settled_together_and_of_two_visits_not(his: Any) -> None:
    together = [his.add_bill("B-1", "10.00", "V-1"), his.add_bill("B-2", "20.00", "V-1")]
    apart = his.add_bill("B-3", "5.00", "V-2")
    attempt = await his.begin(*together)
    status, answer = await his.commit(attempt, 3000)
    assert (status, len(answer["next_steps"])) == (200, 2)
    assert his.store.bill_states() == {"B-1": "settled", "B-2": "settled", "B-3": "open"}
    other = his.add_bill("B-4", "5.00", "V-3")
    body = {"bills": [{"id": b.bill_id, "version": 1} for b in (apart, other)], "ttl_s": 30}
    status, answer = await his.call("POST", "/leases", body, key=new_attempt_id())
    assert (status, answer["code"]) == (409, "BILL_NOT_COMBINABLE")


async def test_a_bill_past_its_validity_is_expired(his: Any) -> None:
    bill = make_bill("B-9", "P-1", [("检查费", "1", "1.00")], created_at=DAY)
    his.store.add_patient("P-1", "陈一一")
    his.store.add_bill(bill, valid_until=DAY + dt.timedelta(hours=1))
    assert his.store.bill_states() == {"B-9": "open"}
    his.clock.pass_s(3601)
    assert his.store.bill_states() == {"B-9": "expired"}
    body = {"bills": [{"id": "B-9", "version": 1}], "ttl_s": 30}
    assert (await his.call("POST", "/leases", body, key=new_attempt_id()))[1]["code"] == "BILL_EXPIRED"


@pytest.mark.parametrize(
    ("blocks", "mode", "status"),
    [("insured", "self_pay", 200), ("insured", "insured", 409), ("all", "self_pay", 409)],
)
async def test_a_gate_for_insured_leaves_self_pay_open(his: Any, blocks: str, mode: str, status: int) -> None:
    his.add_bill()
    bill = his.store.change_bill("B-1", gates=[Gate("GT-04", blocks)])
    lease = await his.lease(bill)
    body = {
        "lease_id": lease["lease_id"],
        "fencing_token": lease["fencing_token"],
        "bills": [{"id": "B-1", "version": bill.version}],
        "total_fen": bill.total_fen,
        "mode": mode,
    }
    attempt = new_attempt_id()
    seen, answer = await his.call("PUT", f"/settlements/{attempt}", body, key=attempt)
    assert (seen, answer.get("code", "")) == (status, "GATE_BLOCKED" if status == 409 else "")


async def test_a_refused_consent_is_kept_and_the_item_stays_due(his: Any) -> None:
    his.add_bill()
    his.store.change_bill("B-1", consents_due=[ConsentDue("C-1", "v2", ("B-1-1",), 8640)])
    body = {"consent_id": "C-1", "visit_no": "VB-1", "version": "v2", "line_ids": ["B-1-1"]}
    old = {**body, "version": "v1", "decision": "agree"}
    assert (await his.call("POST", "/consents", old, key=new_attempt_id()))[1]["code"] == "CONSENT_CHANGED"
    refused = {**body, "decision": "refuse"}
    assert (await his.call("POST", "/consents", refused, key=new_attempt_id()))[0] == 200
    due = (await his.call("GET", "/visits/VB-1/consents-due"))[1]["consents_due"]
    assert [one["consent_id"] for one in due] == ["C-1"]
    assert [one["decision"] for one in his.store.consents()] == ["refuse"]


async def test_a_settling_or_settled_bill_does_not_change(his: Any) -> None:
    attempt = await his.begin(his.add_bill())
    with pytest.raises(HisError, match="settling"):
        his.store.raise_price("B-1")
    await his.commit(attempt, 8640)
    with pytest.raises(HisError, match="settled"):
        his.store.change_bill("B-1", gates=())


async def test_after_the_close_of_a_day_entries_count_to_the_next(his: Any) -> None:
    await his.commit(await his.begin(his.add_bill("B-1")), 8640)
    assert his.store.close_day() == DAY.date()
    status, answer = await his.commit(await his.begin(his.add_bill("B-2", "1.00")), 100)
    assert (status, answer["ledger_date"]) == (200, "2026-10-21")
    assert [entry.total_fen for entry in his.store.ledger_rows(DAY.date())] == [8640]
    assert his.store.sums().total_fen == 8740


async def test_money_of_an_insured_settlement_is_not_due_twice_after_a_reversal(his: Any) -> None:
    attempt = await his.begin(his.add_bill())
    await his.commit(attempt, 8640)
    first = his.store.declare_refund_due(attempt, "药品退回")
    body = {"reverse_id": new_attempt_id(), "reason": "误结算"}
    status, answer = await his.call("POST", f"/settlements/{attempt}:reverse", body, key=body["reverse_id"])
    assert status == 200
    assert answer["refund_due_ids"] != [first]
    listed = (await his.call("GET", "/patients/P-1/refunds-due"))[1]["refunds"]
    assert [one["refund_due_id"] for one in listed] == answer["refund_due_ids"]
    assert his.store.bill_states() == {"B-1": "open"}


async def test_what_was_dispensed_is_not_reversed(his: Any) -> None:
    attempt = await his.begin(his.add_bill())
    await his.commit(attempt, 8640)
    his.store.mark_dispensed("B-1")
    body = {"reverse_id": new_attempt_id(), "reason": "x"}
    answer = await his.call("POST", f"/settlements/{attempt}:reverse", body, key=body["reverse_id"])
    assert answer[1]["code"] == "NOT_REVERSIBLE"


async def test_part_of_a_due_refund_leaves_the_rest_due_at_a_new_version(his: Any) -> None:
    attempt = await his.begin(his.add_bill())
    await his.commit(attempt, 8640)
    due, refund = his.store.declare_refund_due(attempt, "退一项"), new_attempt_id()
    tenders = [{"kind": "wechat", "amount_fen": 1000}]
    body = {"refund_due_id": due, "version": 1, "amount_fen": 1000, "tenders": tenders}
    assert (await his.call("PUT", f"/refunds/{refund}", body, key=refund))[0] == 200
    path = f"/refunds/{refund}:commit"
    wrong = {"tenders": [{"kind": "wechat", "amount_fen": 999}]}
    assert (await his.call("POST", path, wrong, key=refund))[1]["code"] == "TENDER_SUM_MISMATCH"
    assert (await his.call("POST", path, {"tenders": tenders}, key=refund))[0] == 200
    (rest,) = (await his.call("GET", "/patients/P-1/refunds-due"))[1]["refunds"]
    assert (rest["version"], rest["tenders"][0]["max_fen"]) == (2, 7640)
    assert his.store.attempt_states() == {attempt: "committed"}
    assert his.store.sums().by_kind_fen == {"settle": 8640, "refund": -1000}


async def test_begun_attempts_that_nobody_ended_are_shown_to_staff(his: Any) -> None:
    attempt = await his.begin(his.add_bill())
    assert his.store.begun_older_than(900) == ()
    his.clock.pass_s(901)
    assert his.store.begun_older_than(900) == (attempt,)


async def test_a_person_is_found_by_each_kind_of_number_and_shown_masked(his: Any) -> None:
    cert = "990100199001010015"
    his.store.add_patient("P-1", "陈一一", psn_no="99001", cert_no=cert, card_sn="C1", phone="00000000001")
    his.store.add_bill(make_bill("B-1", "P-1", [("x", "1", "1")], created_at=DAY, visit_no="V-7"))
    ways: list[dict[str, Any]] = [
        {"psn_no": "99001"},
        {"cert": {"type": "01", "no": cert, "name": "陈一一"}},
        {"card_sn": "C1"},
        {"visit_no": "V-7"},
        {"his_patient_id": "P-1"},
    ]
    for by in ways:
        status, answer = await his.call("POST", "/patients:resolve", {"by": by})
        assert (status, answer["match"]) == (200, "one"), by
        (patient,) = answer["patients"]
        assert (patient["name_masked"], patient["cert_masked"]) == ("陈*一", mask_number(cert))
    status, answer = await his.call("POST", "/patients:resolve", {"by": {**ways[0], **ways[2]}})
    assert (status, answer["code"]) == (400, "BAD_REQUEST")


async def test_a_wait_for_changes_ends_by_itself_and_by_a_change_from_another_thread(his: Any) -> None:
    his.add_bill("B-1")
    cursor = (await his.call("GET", "/changes"))[1]["next_cursor"]
    assert (await his.call("GET", f"/changes?cursor={cursor}&wait_s=0"))[1]["changes"] == []
    waiting = asyncio.create_task(his.call("GET", f"/changes?cursor={cursor}&wait_s=25"))
    await his.faults.wait_received("changes", 3)
    await asyncio.to_thread(his.store.raise_price, "B-1")
    _, answer = await asyncio.wait_for(waiting, 10)
    assert [(one["kind"], one["id"], one["version"]) for one in answer["changes"]] == [("bill", "B-1", 2)]


async def test_a_duplicate_delivery_of_a_commit_books_once(his: Any) -> None:
    attempt = await his.begin(his.add_bill())
    his.faults.plan("commit", "duplicate")
    status, answer = await his.commit(attempt, 8640)
    assert (status, answer["state"]) == (200, "committed")
    assert (his.faults.handled("commit"), len(his.store.ledger_rows())) == (2, 1)


@pytest.mark.parametrize(
    ("method", "path", "body", "named"),
    [
        ("POST", "/leases", {"bills": [], "ttl_s": 30}, "bills"),
        ("POST", "/leases", {"bills": [{"id": "B-1", "version": 1}], "ttl_s": 181}, "180"),
        ("POST", "/leases", {"bills": [{"id": "B-1", "version": 1}] * 2, "ttl_s": 30}, "twice"),
        ("POST", "/leases", {"bills": [{"id": "B-1", "version": "1"}], "ttl_s": 30}, "version"),
        ("POST", "/leases", "no object", "object"),
    ],
)
async def test_a_body_of_another_shape_is_refused_with_the_field_named(
    his: Any, method: str, path: str, body: Any, named: str
) -> None:
    his.add_bill()
    status, answer = await his.call(method, path, body, key=new_attempt_id())
    assert (status, answer["code"], answer["effect"]) == (400, "BAD_REQUEST", "none")
    assert named in answer["detail_en"]


async def test_a_key_of_another_attempt_is_refused(his: Any) -> None:
    his.add_bill()
    path = f"/settlements/{new_attempt_id()}:cancel"
    status, answer = await his.call("POST", path, {"reason": ""}, key=new_attempt_id())
    assert (status, answer["code"]) == (400, "BAD_REQUEST")
    status, answer = await his.call("POST", path, {"reason": ""}, key="short")
    assert (status, answer["code"]) == (400, "BAD_REQUEST")


async def test_a_late_copy_of_a_begin_is_not_told_begun_after_the_cancel(his: Any) -> None:
    bill = his.add_bill()
    lease, attempt = await his.lease(bill), new_attempt_id()
    body = {
        "lease_id": lease["lease_id"],
        "fencing_token": lease["fencing_token"],
        "bills": [{"id": "B-1", "version": 1}],
        "total_fen": 8640,
        "mode": "self_pay",
    }
    assert (await his.call("PUT", f"/settlements/{attempt}", body, key=attempt))[0] == 200
    cancel = f"/settlements/{attempt}:cancel"
    assert (await his.call("POST", cancel, {"reason": "left"}, key=attempt))[1]["state"] == "cancelled"
    assert (await his.call("PUT", f"/settlements/{attempt}", body, key=attempt))[1][
        "code"
    ] == "ATTEMPT_CANCELLED"


async def test_a_page_is_read_on_after_a_restart(his: Any) -> None:
    for number in range(5):
        his.add_bill(f"B-{number}")
    first = (await his.call("GET", "/patients/P-1/bills?limit=2"))[1]
    his.store.crash()
    second = (await his.call("GET", f"/patients/P-1/bills?limit=2&cursor={first['next_cursor']}"))[1]
    assert [bill["bill_id"] for bill in second["bills"]] == ["B-2", "B-3"]
    assert second["as_of"] == first["as_of"]


def test_a_bill_is_written_once(store: HisStore) -> None:
    bill = make_bill("B-1", "P-1", [("x", "1", "1.00")], created_at=DAY)
    store.add_bill(bill)
    with pytest.raises(HisError, match="B-1"):
        store.add_bill(dataclasses.replace(bill, title="another"))


def test_an_unknown_defect_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no_such.*no_tombstone"):
        promises_of("no_such")
