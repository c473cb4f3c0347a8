"""Operations 7 and 8: a bill is one terminal's for some seconds."""

from __future__ import annotations

import secrets
from typing import Any

from kiosk.sandbox.his._bills import bill_view, the_bill, the_lease_of
from kiosk.sandbox.his._books import Books
from kiosk.sandbox.his._problems import Problem
from kiosk.sandbox.his._requests import BillAt, LeaseBody, RenewBody
from kiosk.sandbox.his.promises import Row


def lease(books: Books, body: LeaseBody, ttl_max_s: int) -> dict[str, Any]:
    """Operation 7. All bills or none; the fencing number grows with every lease of a bill."""
    if body.ttl_s > ttl_max_s:
        raise Problem("BAD_REQUEST", f"ttl_s is at most {ttl_max_s}")
    bills = bills_at(books, body.bills)
    for bill, asked in zip(bills, body.bills, strict=True):
        _may_lease(books, bill, asked.version)
    combinable(bills)
    token = max(bill["fence"] for bill in bills) + 1
    lease_id = secrets.token_hex(8)
    books.write(
        "INSERT INTO lease VALUES (?,?,?,?,?,?,'held')",
        lease_id,
        books.terminal,
        body.session,
        token,
        body.ttl_s,
        books.now + body.ttl_s,
    )
    for bill in bills:
        books.write("UPDATE lease SET state = 'replaced' WHERE lease_id = ?", bill["lease_id"])
        books.write("INSERT INTO lease_bill VALUES (?,?,?)", lease_id, bill["bill_id"], bill["version"])
        books.write(
            "UPDATE bill SET lease_id = ?, fence = ? WHERE bill_id = ?", lease_id, token, bill["bill_id"]
        )
        books.tell("bill", bill["bill_id"], bill["version"], "leased")
    return {
        "lease_id": lease_id,
        "fencing_token": token,
        "expires_at": books.at(books.now + body.ttl_s),
        "bills": [bill_view(books, the_bill(books, bill["bill_id"]), lines=True) for bill in bills],
    }


def bills_at(books: Books, asked: list[BillAt]) -> list[Row]:
    names = [bill.id for bill in asked]
    if len(set(names)) != len(names):
        raise Problem("BAD_REQUEST", "a bill is named twice")
    return [the_bill(books, name) for name in names]


def combinable(bills: list[Row]) -> None:
    """Several bills settle together when one person has them from one visit."""
    if len({(bill["patient_id"], bill["visit_no"]) for bill in bills}) > 1:
        raise Problem("BILL_NOT_COMBINABLE")


def _may_lease(books: Books, bill: Row, version: int) -> None:
    promises, held = books.promises, the_lease_of(books, bill)
    if promises.settled_bars(bill):
        raise Problem("BILL_SETTLED", bill["bill_id"])
    if promises.settling_bars(bill, held, books.now):
        raise Problem("BILL_UNKNOWN_ATTEMPT", bill["bill_id"])
    expired = bill["valid_until"] is not None and bill["valid_until"] <= books.now
    if bill["state"] in ("cancelled", "expired") or expired:
        raise Problem("BILL_EXPIRED", bill["bill_id"])
    if promises.lease_bars(held, books.terminal, books.now):
        raise Problem("BILL_LEASED", bill["bill_id"])
    if not promises.version_holds(bill, version):
        raise Problem("BILL_CHANGED", f"{bill['bill_id']} is at version {bill['version']}")


def live_lease(books: Books, lease_id: str, token: int) -> Row:
    """The lease, if it still opens its bills to this terminal; else the refusal that says why not."""
    held = books.one("SELECT * FROM lease WHERE lease_id = ?", lease_id)
    if held is None or held["terminal"] != books.terminal:
        raise Problem("LEASE_UNKNOWN")
    promises = books.promises
    if not promises.lease_in_time(held, books.now):
        raise Problem("LEASE_EXPIRED")
    if not promises.lease_lives(held):
        code = "LEASE_FENCED" if held["state"] == "replaced" else "LEASE_EXPIRED"
        raise Problem(code, f"the lease is {held['state']}")
    bills = books.all(
        "SELECT bill.* FROM bill JOIN lease_bill USING (bill_id) WHERE lease_bill.lease_id = ?", lease_id
    )
    if not promises.token_holds(held, bills, token):
        raise Problem("LEASE_FENCED", "the fencing token is not the newest")
    return held


def renew(books: Books, lease_id: str, body: RenewBody) -> dict[str, Any]:
    """Operation 8: the same time again, from now. An expired lease is not brought back."""
    held = live_lease(books, lease_id, body.fencing_token)
    expires = books.now + held["ttl_s"]
    books.write("UPDATE lease SET expires_at = ? WHERE lease_id = ?", expires, lease_id)
    return {"lease_id": lease_id, "fencing_token": held["token"], "expires_at": books.at(expires)}


def release(books: Books, lease_id: str, token: int) -> dict[str, Any]:
    """Operation 8, DELETE. Releasing what is over already is done, not refused."""
    held = books.one("SELECT * FROM lease WHERE lease_id = ?", lease_id)
    if held is None or held["terminal"] != books.terminal:
        raise Problem("LEASE_UNKNOWN")
    if held["token"] != token:
        raise Problem("LEASE_FENCED", "the fencing token is not this lease's")
    end_lease(books, lease_id, "released")
    return {"lease_id": lease_id, "state": "released"}


def end_lease(books: Books, lease_id: str, state: str) -> None:
    books.write("UPDATE lease SET state = ? WHERE lease_id = ? AND state = 'held'", state, lease_id)
    for bill in books.all("SELECT * FROM bill WHERE lease_id = ?", lease_id):
        books.tell("bill", bill["bill_id"], bill["version"], bill["state"])
