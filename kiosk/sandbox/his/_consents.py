"""Operations 27 and 28: what the patient agreed to, and the invoice that follows a settlement."""

from __future__ import annotations

import json
from typing import Any

from kiosk.sandbox.his._books import Books, dumps
from kiosk.sandbox.his._problems import Problem
from kiosk.sandbox.his._requests import ConsentBody
from kiosk.sandbox.his._settlements import the_attempt

NO_INVOICE = {
    "bill_code": "",
    "bill_no": "",
    "check_code": "",
    "issued_on": None,
    "amount_fen": 0,
    "qr_text": "",
    "url_lan": "",
    "url_wan": "",
    "red_of": "",
}


def consents_due(books: Books, visit_no: str) -> dict[str, Any]:
    """Operation 27, GET: what still needs the patient's word in this visit."""
    rows = books.all("SELECT bill_id, body FROM bill WHERE visit_no = ? AND state = 'open'", visit_no)
    due = [
        dict(consent, bill_id=row["bill_id"])
        for row in rows
        for consent in json.loads(row["body"])["consents_due"]
    ]
    return {"visit_no": visit_no, "consents_due": due}


def consent(books: Books, body: ConsentBody) -> dict[str, Any]:
    """Operation 27, POST. Agreement clears the item; a refusal is kept, and the item stays due."""
    if body.decision not in ("agree", "refuse"):
        raise Problem("BAD_REQUEST", "decision is agree or refuse")
    rows = books.all("SELECT bill_id, body FROM bill WHERE visit_no = ?", body.visit_no)
    for row in rows:
        bill = json.loads(row["body"])
        due = [item for item in bill["consents_due"] if item["consent_id"] == body.consent_id]
        if not due:
            continue
        if due[0]["version"] != body.version or set(due[0]["line_ids"]) != set(body.line_ids):
            raise Problem("CONSENT_CHANGED", f"it is at version {due[0]['version']}")
        if body.decision == "agree":
            bill["consents_due"] = [item for item in bill["consents_due"] if item is not due[0]]
            books.write("UPDATE bill SET body = ? WHERE bill_id = ?", dumps(bill), row["bill_id"])
        _keep(books, body)
        return {"consent_id": body.consent_id, "state": "recorded"}
    raise Problem("CONSENT_CHANGED", "nothing of this visit needs this consent now")


def _keep(books: Books, body: ConsentBody) -> None:
    kept = {"line_ids": body.line_ids, "relation": body.relation, "method": body.method}
    books.write(
        "INSERT INTO consent VALUES (?,?,?,?,?,?)",
        body.consent_id,
        body.visit_no,
        body.version,
        body.decision,
        dumps(kept),
        books.at(),
    )


def invoice(books: Books, attempt_id: str) -> dict[str, Any]:
    """Operation 28: the electronic invoice of a settlement; red after it was taken back."""
    attempt = the_attempt(books, attempt_id)
    if attempt is None:
        raise Problem("ATTEMPT_NOT_FOUND")
    if attempt["state"] not in ("committed", "reversed"):
        return {"attempt_id": attempt_id, "state": "none", **NO_INVOICE}
    kind = "settle" if attempt["state"] == "committed" else "%"
    row = books.one(
        "SELECT * FROM ledger WHERE attempt_id = ? AND kind LIKE ? ORDER BY day DESC, n DESC LIMIT 1",
        attempt_id,
        kind,
    )
    assert row is not None, "a committed settlement has its entry"
    number = row["invoice_no"]
    red = attempt["state"] == "reversed"
    return {
        "attempt_id": attempt_id,
        "state": "red" if red else "issued",
        "bill_code": "99060126",
        "bill_no": number,
        "check_code": attempt_id[:6],
        "issued_on": row["day"],
        "amount_fen": row["total_fen"],
        "qr_text": f"KI:INV:{number}:{attempt_id[:6]}",
        "url_lan": "",
        "url_wan": "",
        "red_of": _settle_invoice(books, attempt_id) if red else "",
    }


def _settle_invoice(books: Books, attempt_id: str) -> str:
    row = books.one("SELECT invoice_no FROM ledger WHERE attempt_id = ? AND kind = 'settle'", attempt_id)
    return str(row["invoice_no"]) if row else ""
