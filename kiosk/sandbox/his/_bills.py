"""Operations 3, 5 and 6: persons and their bills, and the pages of every list."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from kiosk.domain.person import mask_name, mask_number
from kiosk.sandbox.his._books import Books, dumps
from kiosk.sandbox.his._problems import Problem
from kiosk.sandbox.his._requests import ResolveBody
from kiosk.sandbox.his.promises import Row

UNPAID = ("open", "settling")
PAGE_LIFE_S = 600  # a list read halfway is forgotten after this
PAGES_MAX = 500
PATIENTS_MAX = 20

_BY_COLUMN = {"psn_no": "psn_no", "card_sn": "card_sn", "his_patient_id": "patient_id"}


def resolve(books: Books, body: ResolveBody) -> dict[str, Any]:
    """Operation 3. Several records are all shown: never "the newest wins"."""
    given = {name: value for name in body.by.__struct_fields__ if (value := getattr(body.by, name))}
    if len(given) != 1:
        raise Problem("BAD_REQUEST", "`by` takes exactly one way of naming a person")
    rows = _matches(books, body, next(iter(given)))
    found = [_patient(books, row) for row in rows]
    match = "none" if not found else "one" if len(found) == 1 else "several"
    return {"match": match, "patients": found}


def _matches(books: Books, body: ResolveBody, way: str) -> list[Row]:
    by = body.by
    if by.cert is not None:
        return books.all(
            "SELECT * FROM patient WHERE cert_type = ? AND cert_no = ? AND (? = '' OR name = ?) LIMIT ?",
            by.cert.type,
            by.cert.no,
            by.cert.name,
            by.cert.name,
            PATIENTS_MAX,
        )
    if way == "visit_no":
        return books.all(
            "SELECT * FROM patient WHERE patient_id IN (SELECT patient_id FROM bill WHERE visit_no = ?) "
            "LIMIT ?",
            by.visit_no,
            PATIENTS_MAX,
        )
    if way in ("ipt_no", "wristband"):
        return []  # this hospital keeps no stays
    column = _BY_COLUMN[way]
    return books.all(
        f"SELECT * FROM patient WHERE {column} = ? ORDER BY patient_id LIMIT ?",
        getattr(by, way),
        PATIENTS_MAX,
    )


def _patient(books: Books, row: Row) -> dict[str, Any]:
    same = books.all(
        "SELECT patient_id FROM patient WHERE cert_no = ? AND cert_no <> '' AND patient_id <> ?",
        row["cert_no"],
        row["patient_id"],
    )
    return {
        "patient_id": row["patient_id"],
        "name_masked": mask_name(row["name"]),
        "sex": row["sex"],
        "birth_date": row["birth_date"] or None,
        "cert_masked": mask_number(row["cert_no"]),
        "record_nos": [row["patient_id"]],
        "phone_masked": mask_number(row["phone"]),
        "guardian_needed": bool(row["guardian_needed"]),
        "active_stay_id": None,
        "same_person_as": [other["patient_id"] for other in same],
    }


def the_patient(books: Books, patient_id: str) -> Row:
    row = books.one("SELECT * FROM patient WHERE patient_id = ?", patient_id)
    if row is None:
        raise Problem("PATIENT_NOT_FOUND")
    return row


def the_bill(books: Books, bill_id: str) -> Row:
    row = books.one("SELECT * FROM bill WHERE bill_id = ?", bill_id)
    if row is None:
        raise Problem("BILL_NOT_FOUND", bill_id)
    return row


def the_lease_of(books: Books, bill: Row) -> Row | None:
    """The lease that last took the bill, living or not."""
    return books.one("SELECT * FROM lease WHERE lease_id = ?", bill["lease_id"])


def shown_state(books: Books, bill: Row) -> str:
    """`leased` is not stored: it is `open` plus a lease that lives."""
    if bill["state"] != "open":
        return str(bill["state"])
    lease = the_lease_of(books, bill)
    if lease is not None and books.promises.lease_counts(lease, books.now):
        return "leased"
    if bill["valid_until"] is not None and bill["valid_until"] <= books.now:
        return "expired"
    return "open"


def bill_view(books: Books, bill: Row, *, lines: bool) -> dict[str, Any]:
    """A bill as the document has it."""
    view: dict[str, Any] = json.loads(bill["body"])
    view["bill_version"] = bill["version"]
    view["state"] = shown_state(books, bill)
    view["changed_at"] = bill["changed_at"]
    view["valid_until"] = None if bill["valid_until"] is None else books.at(bill["valid_until"])
    if not lines:
        del view["lines"]
    return view


def bills_of(books: Books, patient_id: str, state: str, kind: str) -> list[dict[str, Any]]:
    """Operation 5, before paging. `open` lists everything unpaid: open, leased and settling."""
    the_patient(books, patient_id)
    rows = books.all("SELECT * FROM bill WHERE patient_id = ? ORDER BY rowid", patient_id)
    if state == "open":
        rows = [row for row in rows if row["state"] in UNPAID]
    elif state:
        rows = [row for row in rows if row["state"] == state]
    views = [bill_view(books, row, lines=False) for row in rows]
    return [view for view in views if not kind or view["kind"] == kind]


def page(
    books: Books, name: str, rows: Sequence[Any] | None, cursor: str, limit: int, item_name: str
) -> dict[str, Any]:
    """One page of a list. The first call (`cursor` empty) fixes the list; later ones walk through it.

    A cursor is `<snapshot>.<offset>`, opaque to the terminal; it outlives a restart of the hospital.
    """
    as_of = books.at()
    offset = 0
    if cursor:
        made, _, step = cursor.partition(".")
        kept = books.one("SELECT * FROM page WHERE cursor = ? AND name = ?", made, name)
        if kept is None or not step.isdecimal():
            raise Problem("BAD_REQUEST", "this cursor is not known (any more): read the list from its start")
        offset = int(step)
        as_of = kept["as_of"]
        if books.promises.keeps_snapshot() or rows is None:
            rows = json.loads(kept["rows"])
    assert rows is not None
    shown = list(rows[offset : offset + limit])
    following = None
    if offset + limit < len(rows):
        snapshot = cursor.partition(".")[0] or _keep_page(books, name, rows, as_of)
        following = f"{snapshot}.{offset + limit}"
    return {item_name: shown, "as_of": as_of, "next_cursor": following}


def _keep_page(books: Books, name: str, rows: Sequence[Any], as_of: str) -> str:
    books.write("DELETE FROM page WHERE made < ?", books.now - PAGE_LIFE_S)
    books.write(
        "DELETE FROM page WHERE cursor NOT IN (SELECT cursor FROM page ORDER BY made DESC LIMIT ?)", PAGES_MAX
    )
    snapshot = secrets.token_hex(8)
    books.write("INSERT INTO page VALUES (?,?,?,?,?)", snapshot, name, dumps(list(rows)), as_of, books.now)
    return snapshot
