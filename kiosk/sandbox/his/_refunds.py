"""Operations 14 and 15: money the hospital declares due back, and one refund that gives it."""

from __future__ import annotations

import json
import secrets
from typing import Any

from kiosk.sandbox.his._bills import the_bill, the_patient
from kiosk.sandbox.his._books import Books, dumps
from kiosk.sandbox.his._ledger import book
from kiosk.sandbox.his._problems import Problem
from kiosk.sandbox.his._requests import (
    CancelBody,
    InsuranceReversalBody,
    RefundBeginBody,
    RefundCommitBody,
    TenderBody,
)
from kiosk.sandbox.his.promises import Row

BY_INSURANCE = ("fund", "account", "family_account", "hospital")
"""What goes back inside the agency's reversal; everything else by its own channel."""


def make_due(books: Books, attempt_id: str, reason: str, *, insurance_undone: bool = False) -> str:
    """Declare the whole of a settlement due back. Empty when nothing of it is left to give by a channel."""
    attempt = books.one("SELECT * FROM attempt WHERE attempt_id = ?", attempt_id)
    if attempt is None or attempt["state"] not in ("committed", "reversed"):
        raise Problem("ATTEMPT_NOT_FOUND")
    tenders = json.loads(attempt["tenders"])
    if insurance_undone:
        tenders = [tender for tender in tenders if tender["kind"] not in BY_INSURANCE]
        if not tenders:
            return ""
    titles = [
        json.loads(the_bill(books, name)["body"]).get("title", "") for name in json.loads(attempt["bills"])
    ]
    due_id = f"D{secrets.token_hex(6)}"
    books.write(
        "INSERT INTO refund_due VALUES (?,1,?,?,?,?,?,'open',?,'',?)",
        due_id,
        attempt_id,
        attempt["patient_id"],
        "、".join(titles),
        reason,
        books.at(),
        dumps(tenders),
        int(insurance_undone),
    )
    books.tell("refund_due", due_id, 1, "open")
    return due_id


def refunds_due(books: Books, patient_id: str) -> list[dict[str, Any]]:
    """Operation 14."""
    patient = the_patient(books, patient_id)
    rows = books.all(
        "SELECT * FROM refund_due WHERE patient_id = ? AND state <> 'done' ORDER BY rowid", patient_id
    )
    return [_due_view(books, row, patient) for row in rows]


def _due_view(books: Books, due: Row, patient: Row) -> dict[str, Any]:
    attempt = books.one("SELECT * FROM attempt WHERE attempt_id = ?", due["attempt_id"])
    assert attempt is not None, "a refund due without its settlement"
    insurance = json.loads(attempt["insurance"] or "{}") if not due["insurance_undone"] else {}
    return {
        "refund_due_id": due["refund_due_id"],
        "version": due["version"],
        "attempt_id": due["attempt_id"],
        "bill_title": due["title"],
        "reason": due["reason"],
        "due_since": due["due_since"],
        "whole": True,
        "setl_id": insurance.get("setl_id", ""),
        "mdtrt_id": insurance.get("mdtrt_id", ""),
        "psn_no": patient["psn_no"],
        "insuplc_admdvs": patient["insured_place"],
        "insutype": patient["insutype"],
        "tenders": [
            {
                "kind": tender["kind"],
                "max_fen": tender["amount_fen"],
                "out_trade_no": tender["out_trade_no"],
                "channel_no": tender["channel_no"],
                "paid_at": tender["paid_at"],
            }
            for tender in json.loads(due["tenders"])
        ],
    }


def _the_due(books: Books, due_id: str) -> Row:
    due = books.one("SELECT * FROM refund_due WHERE refund_due_id = ?", due_id)
    if due is None:
        raise Problem("REFUND_CHANGED", "no such refund due")
    return due


def _sums(tenders: list[TenderBody] | list[dict[str, Any]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for tender in tenders:
        kind = tender.kind if isinstance(tender, TenderBody) else tender["kind"]
        fen = tender.amount_fen if isinstance(tender, TenderBody) else tender["amount_fen"]
        sums[kind] = sums.get(kind, 0) + fen
    return {kind: fen for kind, fen in sums.items() if fen}


def begin(books: Books, refund_id: str, body: RefundBeginBody) -> dict[str, Any]:
    """Operation 15, PUT: this refund alone may give the money now."""
    refund = _the_refund(books, refund_id)
    if refund is not None and refund["state"] == "cancelled":
        raise Problem("ATTEMPT_CANCELLED")
    if refund is not None:
        raise Problem("IDEMPOTENCY_MISMATCH", f"the refund is {refund['state']}", effect="done")
    due = _the_due(books, body.refund_due_id)
    if not books.promises.due_is_free(due):
        raise Problem("REFUND_CHANGED", f"the refund due is {due['state']}")
    if due["version"] != body.version:
        raise Problem("REFUND_CHANGED", f"it is at version {due['version']}")
    asked, most = _sums(body.tenders), _sums(json.loads(due["tenders"]))
    for kind, amount in asked.items():
        if amount < 0 or not books.promises.refund_fits(most.get(kind, 0), amount):
            raise Problem("REFUND_EXCEEDS", kind)
    if body.amount_fen != sum(asked.values()):
        raise Problem("TENDER_SUM_MISMATCH")
    books.write("INSERT INTO refund VALUES (?,'begun',?,?,'')", refund_id, body.refund_due_id, dumps(asked))
    books.write(
        "UPDATE refund_due SET state = 'refunding', refund_id = ? WHERE refund_due_id = ?",
        refund_id,
        body.refund_due_id,
    )
    return {"refund_id": refund_id, "state": "begun"}


def _the_refund(books: Books, refund_id: str) -> Row | None:
    return books.one("SELECT * FROM refund WHERE refund_id = ?", refund_id)


def commit(books: Books, refund_id: str, body: RefundCommitBody) -> dict[str, Any]:
    """Operation 15, commit: what went back, by channel and by the agency, enters the books."""
    refund = _the_refund(books, refund_id)
    if refund is None:
        raise Problem("ATTEMPT_NOT_FOUND")
    if refund["state"] == "cancelled":
        raise Problem("ATTEMPT_CANCELLED")
    if refund["state"] == "committed":
        raise Problem("IDEMPOTENCY_MISMATCH", "the refund is committed", effect="done")
    due = _the_due(books, refund["refund_due_id"])
    attempt = books.one("SELECT * FROM attempt WHERE attempt_id = ?", due["attempt_id"])
    assert attempt is not None, "a refund due without its settlement"
    insurance = json.loads(attempt["insurance"] or "null") if not due["insurance_undone"] else None
    check_reversal(insurance, body.insurance_reversal)
    asked = {kind: fen for kind, fen in json.loads(refund["asked"]).items() if kind not in BY_INSURANCE}
    given = {kind: fen for kind, fen in _sums(body.tenders).items() if kind not in BY_INSURANCE}
    if given != asked:
        raise Problem("TENDER_SUM_MISMATCH", "what went back is not what was begun")
    back, left = _take(json.loads(due["tenders"]), body.tenders, whole_insurance=insurance is not None)
    total_fen = sum(tender["amount_fen"] for tender in back)
    setl_id = insurance["setl_id"] if insurance else ""
    entry = book(books, due["attempt_id"], "refund", total_fen, back, setl_id, refund_id)
    _keep_due(books, due, attempt, left)
    books.write(
        "UPDATE refund SET state = 'committed', receipt_no = ? WHERE refund_id = ?",
        entry.receipt_no,
        refund_id,
    )
    return {
        "refund_id": refund_id,
        "state": "committed",
        "receipt_no": entry.receipt_no,
        "ledger_date": entry.day,
    }


def _take(
    due: list[dict[str, Any]], given: list[TenderBody], *, whole_insurance: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What goes back now, as negative tenders, and what stays due."""
    rest, channel_nos = _sums(given), {tender.kind: tender.channel_no for tender in given}
    back, left = [], []
    for tender in due:
        kind, most = tender["kind"], tender["amount_fen"]
        by_insurance = kind in BY_INSURANCE
        fen = (most if whole_insurance else 0) if by_insurance else min(most, rest.get(kind, 0))
        if fen and not by_insurance:
            rest[kind] -= fen
        if fen:
            number = channel_nos.get(kind) or tender["channel_no"]
            back.append(dict(tender, amount_fen=-fen, channel_no=number))
        if most - fen:
            left.append(dict(tender, amount_fen=most - fen))
    return back, left


def _keep_due(books: Books, due: Row, attempt: Row, left: list[dict[str, Any]]) -> None:
    """A due given in full is done, and the settlement with it; of another one the rest stays due."""
    books.write(
        "UPDATE refund_due SET state = ?, tenders = ?, version = version + 1, refund_id = '', "
        "insurance_undone = 1 WHERE refund_due_id = ?",
        "open" if left else "done",
        dumps(left),
        due["refund_due_id"],
    )
    books.tell("refund_due", due["refund_due_id"], due["version"] + 1, "open" if left else "done")
    if left or attempt["state"] == "reversed":
        return
    books.write("UPDATE attempt SET state = 'reversed' WHERE attempt_id = ?", attempt["attempt_id"])
    for name in json.loads(attempt["bills"]):
        books.write("UPDATE bill SET state = 'cancelled' WHERE bill_id = ?", name)
        books.tell("bill", name, the_bill(books, name)["version"], "cancelled")


def check_reversal(insurance: dict[str, str] | None, reversal: InsuranceReversalBody | None) -> None:
    """An insured settlement goes back only after its insurance side, and by that settlement's own number."""
    if insurance is None:
        if reversal is not None:
            raise Problem("REVERSE_MISMATCH", "no insurance side is open")
        return
    if reversal is None:
        raise Problem("REVERSE_MISMATCH", "the insurance side is not undone")
    by_number = reversal.setl_id and reversal.setl_id == insurance["setl_id"]
    by_message = reversal.omsgid and reversal.omsgid == insurance["msgid"]
    if not (by_number or by_message):
        raise Problem("REVERSE_MISMATCH", "setl_id or omsgid is of another settlement")


def cancel(books: Books, refund_id: str, body: CancelBody) -> dict[str, Any]:
    """Operation 15, cancel: like a settlement's, with a tombstone."""
    refund = _the_refund(books, refund_id)
    if refund is not None and refund["state"] == "committed":
        return show(books, refund_id)
    if refund is None:
        books.write("INSERT INTO refund VALUES (?,'cancelled','','{}','')", refund_id)
    else:
        books.write("UPDATE refund SET state = 'cancelled' WHERE refund_id = ?", refund_id)
        books.write(
            "UPDATE refund_due SET state = 'open', refund_id = '' "
            "WHERE refund_id = ? AND state = 'refunding'",
            refund_id,
        )
    return {"refund_id": refund_id, "state": "cancelled"}


def show(books: Books, refund_id: str) -> dict[str, Any]:
    """Operation 15, GET."""
    refund = _the_refund(books, refund_id)
    if refund is None:
        raise Problem("ATTEMPT_NOT_FOUND")
    view = {"refund_id": refund_id, "state": refund["state"]}
    if refund["receipt_no"]:
        view["receipt_no"] = refund["receipt_no"]
    return view
