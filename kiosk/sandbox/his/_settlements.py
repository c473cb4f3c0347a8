"""Operations 9 to 13: begin, then commit or cancel; and the way back from a commit."""

from __future__ import annotations

import json
from typing import Any

from kiosk.sandbox.his._bills import bill_view, the_bill
from kiosk.sandbox.his._books import Books, dumps
from kiosk.sandbox.his._leases import bills_at, combinable, end_lease, live_lease
from kiosk.sandbox.his._ledger import book
from kiosk.sandbox.his._problems import Problem
from kiosk.sandbox.his._refunds import check_reversal, make_due
from kiosk.sandbox.his._requests import (
    BeginBody,
    CancelBody,
    CommitBody,
    ReverseBody,
    TenderBody,
)
from kiosk.sandbox.his.promises import Row

INSURANCE_TENDERS = {"fund", "account", "family_account", "hospital"}
TENDER_KINDS = INSURANCE_TENDERS | {
    "wechat",
    "alipay",
    "unionpay",
    "aggregate",
    "ecny",
    "deposit",
    "counter",
}


def the_attempt(books: Books, attempt_id: str) -> Row | None:
    return books.one("SELECT * FROM attempt WHERE attempt_id = ?", attempt_id)


def begin(books: Books, attempt_id: str, body: BeginBody) -> dict[str, Any]:
    """Operation 9: from here the bills are `settling` for every channel, without expiry."""
    attempt = the_attempt(books, attempt_id)
    if attempt is not None and books.promises.cancelled_bars_begin(attempt):
        raise Problem("ATTEMPT_CANCELLED")
    if attempt is not None and attempt["state"] != "cancelled":
        raise Problem("IDEMPOTENCY_MISMATCH", f"the attempt is {attempt['state']}", effect="done")
    if body.mode not in ("insured", "self_pay"):
        raise Problem("BAD_REQUEST", "mode is insured or self_pay")
    held = live_lease(books, body.lease_id, body.fencing_token)
    bills = bills_at(books, body.bills)
    combinable(bills)
    for bill, asked in zip(bills, body.bills, strict=True):
        _may_begin(books, bill, asked.version, held)
    if not books.promises.amount_holds(body.total_fen, bills):
        raise Problem("AMOUNT_MISMATCH", f"the bills sum to {sum(bill['total_fen'] for bill in bills)} fen")
    _gates_open(books, bills, body.mode)
    books.write(
        "INSERT OR REPLACE INTO attempt VALUES (?,'begun',?,?,?,?,?,?,?,NULL,NULL,NULL,'')",
        attempt_id,
        books.terminal,
        held["lease_id"],
        body.mode,
        bills[0]["patient_id"],
        dumps([bill["bill_id"] for bill in bills]),
        body.total_fen,
        books.now,
    )
    for bill in bills:
        books.write(
            "UPDATE bill SET state = 'settling', attempt_id = ? WHERE bill_id = ?",
            attempt_id,
            bill["bill_id"],
        )
        books.tell("bill", bill["bill_id"], bill["version"], "settling")
    return {"attempt_id": attempt_id, "state": "begun"}


def _may_begin(books: Books, bill: Row, version: int, held: Row) -> None:
    named = books.one(
        "SELECT 1 FROM lease_bill WHERE lease_id = ? AND bill_id = ?", held["lease_id"], bill["bill_id"]
    )
    if named is None:
        raise Problem("LEASE_UNKNOWN", f"the lease does not hold {bill['bill_id']}")
    if books.promises.settled_bars(bill):
        raise Problem("BILL_SETTLED", bill["bill_id"])
    if bill["state"] == "settling":
        raise Problem("BILL_UNKNOWN_ATTEMPT", bill["bill_id"])
    if not books.promises.version_holds(bill, version):
        raise Problem("BILL_CHANGED", f"{bill['bill_id']} is at version {bill['version']}")


def _gates_open(books: Books, bills: list[Row], mode: str) -> None:
    for bill in bills:
        view = bill_view(books, bill, lines=False)
        for gate in view["gates"]:
            if gate["blocks"] == "all" or mode == "insured":
                raise Problem("GATE_BLOCKED", gate["code"])
        if mode == "insured" and not view["insurable"]:
            raise Problem("GATE_BLOCKED", "the bill is not insurable")
        if mode == "insured" and view["consents_due"]:
            raise Problem("CONSENT_REQUIRED", view["consents_due"][0]["consent_id"])


def commit(books: Books, attempt_id: str, body: CommitBody) -> dict[str, Any]:
    """Operation 10. Lives from the begin: the lease may be over."""
    attempt = the_attempt(books, attempt_id)
    if attempt is None:
        raise Problem("ATTEMPT_NOT_FOUND")
    if books.promises.cancelled_bars_commit(attempt):
        raise Problem("ATTEMPT_CANCELLED")
    if attempt["state"] in ("committed", "reversed") and books.promises.replays():
        raise Problem("IDEMPOTENCY_MISMATCH", "the attempt is committed", effect="done")
    held = books.one("SELECT * FROM lease WHERE lease_id = ?", attempt["lease_id"])
    if books.promises.commit_needs_lease(held, books.now):
        raise Problem("LEASE_EXPIRED")
    _check_tenders(books, attempt, body)
    setl_id = body.insurance.setl_id if body.insurance else ""
    tenders = [_tender(tender) for tender in body.tenders]
    entry = book(books, attempt_id, "settle", attempt["total_fen"], tenders, setl_id)
    bills = [the_bill(books, name) for name in json.loads(attempt["bills"])]
    result = {
        "attempt_id": attempt_id,
        "state": "committed",
        "receipt_no": entry.receipt_no,
        "invoice_state": "issued",
        "next_steps": [step for bill in bills for step in json.loads(bill["next_steps"])],
        "queue": next((bill["queue_no"] for bill in bills if bill["queue_no"]), ""),
        "ledger_date": entry.day,
    }
    books.write(
        "UPDATE attempt SET state = 'committed', result = ?, tenders = ?, insurance = ?, changed_at = ? "
        "WHERE attempt_id = ?",
        dumps(result),
        dumps(tenders),
        dumps({"setl_id": setl_id, "mdtrt_id": body.insurance.mdtrt_id, "msgid": body.insurance.msgid})
        if body.insurance
        else None,
        books.now,
        attempt_id,
    )
    for bill in bills:
        _set_bill(books, bill, "settled")
    return result


def _set_bill(books: Books, bill: Row, state: str) -> None:
    books.write("UPDATE bill SET state = ? WHERE bill_id = ?", state, bill["bill_id"])
    books.tell("bill", bill["bill_id"], bill["version"], state)


def _tender(tender: TenderBody) -> dict[str, Any]:
    return {name: getattr(tender, name) for name in tender.__struct_fields__}


def _check_tenders(books: Books, attempt: Row, body: CommitBody) -> None:
    """The money sums to the total, and each insured part is the one the insurance named."""
    paid = {"fund": 0, "account": 0, "family_account": 0, "hospital": 0, "cash": 0}
    for tender in body.tenders:
        if tender.kind not in TENDER_KINDS:
            raise Problem("BAD_REQUEST", f"{tender.kind!r} is no kind of tender")
        paid[tender.kind if tender.kind in INSURANCE_TENDERS else "cash"] += tender.amount_fen
    total_fen = attempt["total_fen"]
    if not books.promises.tenders_hold(total_fen, sum(paid.values())):
        raise Problem("TENDER_SUM_MISMATCH", f"{sum(paid.values())} fen of {total_fen} fen")
    if (body.insurance is None) != (attempt["mode"] == "self_pay"):
        raise Problem("SPLIT_MISMATCH", f"begun as {attempt['mode']}")
    if body.insurance is None:
        split = {"fund": 0, "account": 0, "family_account": 0, "hospital": 0, "cash": sum(paid.values())}
    else:
        info = body.insurance.setlinfo
        split = {
            "fund": info.fund_pay_sumamt_fen,
            "account": info.acct_pay_fen,
            "family_account": info.acct_mulaid_pay_fen,
            "hospital": info.hosp_part_amt_fen,
            "cash": info.psn_cash_pay_fen,
        }
    if not books.promises.split_holds(split, paid):
        raise Problem("SPLIT_MISMATCH", "a tender is not the insurance's figure")


def cancel(books: Books, attempt_id: str, body: CancelBody) -> dict[str, Any]:
    """Operation 11: cancelled for certain, or committed for certain; no state of the attempt refuses it."""
    attempt = the_attempt(books, attempt_id)
    cancelled = {"attempt_id": attempt_id, "state": "cancelled"}
    if attempt is None:
        if books.promises.leaves_tombstone():
            books.write(
                "INSERT INTO attempt VALUES (?,'cancelled',?,'','','','[]',0,?,NULL,NULL,NULL,'')",
                attempt_id,
                books.terminal,
                books.now,
            )
        return cancelled
    if books.promises.committed_stays(attempt):
        committed: dict[str, Any] = json.loads(attempt["result"])
        return committed
    books.write(
        "UPDATE attempt SET state = 'cancelled', changed_at = ? WHERE attempt_id = ?", books.now, attempt_id
    )
    for name in json.loads(attempt["bills"]):
        _set_bill(books, the_bill(books, name), "open")
    if books.promises.cancel_ends_lease():
        end_lease(books, attempt["lease_id"], "ended")
    return cancelled


def show(books: Books, attempt_id: str) -> dict[str, Any]:
    """Operation 12. Not found is not final."""
    attempt = the_attempt(books, attempt_id)
    if attempt is None:
        raise Problem("ATTEMPT_NOT_FOUND")
    view: dict[str, Any] = {"attempt_id": attempt_id, "state": attempt["state"]}
    if attempt["result"] and attempt["state"] in ("committed", "reversed"):
        view["result"] = json.loads(attempt["result"])
    return view


def reverse(books: Books, attempt_id: str, body: ReverseBody) -> dict[str, Any]:
    """Operation 13: the whole settlement taken back; the money the patient paid becomes due."""
    attempt = the_attempt(books, attempt_id)
    if attempt is None:
        raise Problem("ATTEMPT_NOT_FOUND")
    bills = [the_bill(books, name) for name in json.loads(attempt["bills"])]
    if attempt["state"] != "committed" or any(bill["dispensed"] for bill in bills):
        raise Problem("NOT_REVERSIBLE", f"the attempt is {attempt['state']}")
    if not body.all:
        raise Problem("NOT_REVERSIBLE", "this hospital reverses whole settlements")
    if books.one("SELECT 1 FROM refund_due WHERE attempt_id = ? AND state <> 'open'", attempt_id):
        raise Problem("NOT_REVERSIBLE", "a refund of this settlement is going on")
    insurance = json.loads(attempt["insurance"] or "null")
    check_reversal(insurance, body.insurance_reversal)
    tenders = [dict(tender, amount_fen=-tender["amount_fen"]) for tender in json.loads(attempt["tenders"])]
    setl_id = insurance["setl_id"] if insurance else ""
    book(books, attempt_id, "reverse", -attempt["total_fen"], tenders, setl_id)
    books.write(
        "UPDATE attempt SET state = 'reversed', reverse_id = ?, changed_at = ? WHERE attempt_id = ?",
        body.reverse_id,
        books.now,
        attempt_id,
    )
    for bill in bills:
        books.write("UPDATE bill SET version = version + 1, lease_id = '' WHERE bill_id = ?", bill["bill_id"])
        _set_bill(books, the_bill(books, bill["bill_id"]), "open")
    books.write("DELETE FROM refund_due WHERE attempt_id = ? AND state = 'open'", attempt_id)
    due_id = make_due(books, attempt_id, body.reason, insurance_undone=True)
    return {
        "attempt_id": attempt_id,
        "state": "reversed",
        "reverse_id": body.reverse_id,
        "refund_due_ids": [due_id] if due_id else [],
    }
