"""The sandbox hospital as its own staff sees it: write bills, change prices, declare refunds, look.

What terminals do to the same books goes through `Engine.perform`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kiosk.domain.bill import Bill, BillLine, BillRef, ConsentDue, Gate, NextStep
from kiosk.domain.money import yuan
from kiosk.hospital.port import LedgerEntry
from kiosk.sandbox.his import _ledger, _refunds
from kiosk.sandbox.his._bills import shown_state, the_bill
from kiosk.sandbox.his._bodies import bill_body, consent_body, gate_body, line_body, step_body
from kiosk.sandbox.his._books import Books, dumps
from kiosk.sandbox.his._engine import Engine

PHARMACY = NextStep("取药", "一楼药房", "3")


class HisError(ValueError):
    """Staff asked for something the books do not allow; the text says what."""


@dataclass(frozen=True, slots=True)
class Sums:
    """All of the ledger in one look. Refunds and reversals count negative."""

    total_fen: int
    by_kind_fen: dict[str, int]
    by_tender_fen: dict[str, int]
    entries: int


class HisStore(Engine):
    """The sandbox hospital: `HisStore(path, clock=..., defect=...)`."""

    # --- what the hospital's staff does -----------------------------------------------------------

    def add_patient(
        self,
        patient_id: str,
        name: str,
        *,
        psn_no: str = "",
        cert_no: str = "",
        cert_type: str = "01",
        card_sn: str = "",
        sex: str = "1",
        birth_date: dt.date | None = None,
        phone: str = "",
        insured_place: str = "",
        insutype: str = "310",
        guardian_needed: bool = False,
    ) -> None:
        """Write or rewrite a patient's record."""
        with self.transaction() as books:
            books.write(
                "INSERT OR REPLACE INTO patient VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                patient_id,
                psn_no,
                cert_type,
                cert_no,
                card_sn,
                name,
                sex,
                birth_date.isoformat() if birth_date else "",
                phone,
                insured_place,
                insutype,
                int(guardian_needed),
            )

    def add_bill(
        self,
        bill: Bill,
        *,
        next_steps: Sequence[NextStep] = (PHARMACY,),
        queue_no: str = "",
        valid_until: dt.datetime | None = None,
    ) -> BillRef:
        """Write an open bill. It is taken as given: a bill that does not add up stays so."""
        with self.transaction() as books:
            if books.one("SELECT 1 FROM bill WHERE bill_id = ?", bill.bill_id):
                raise HisError(f"{bill.bill_id}: there is such a bill already")
            books.write(
                "INSERT INTO bill VALUES (?,?,?,?,'open',?,?,?,0,'','',0,?,?,?)",
                bill.bill_id,
                bill.patient_id,
                bill.visit.ipt_otp_no,
                bill.version,
                bill.total_fen,
                dumps(bill_body(bill)),
                valid_until.timestamp() if valid_until else None,
                dumps([step_body(step) for step in next_steps]),
                queue_no,
                books.at(),
            )
            books.tell("bill", bill.bill_id, bill.version, "open")
        return BillRef(bill.bill_id, bill.version, bill.total_fen)

    def change_bill(
        self,
        bill_id: str,
        *,
        lines: Sequence[BillLine] | None = None,
        gates: Sequence[Gate] | None = None,
        consents_due: Sequence[ConsentDue] | None = None,
        insurable: bool | None = None,
        not_insurable_reason: str = "",
    ) -> BillRef:
        """Change an unpaid bill; its version grows. Raises HisError while it is settling or after."""
        with self.transaction() as books:
            row = the_bill(books, bill_id)
            if row["state"] != "open":
                raise HisError(f"{bill_id} is {row['state']}: it cannot change now")
            body = json.loads(row["body"])
            if lines is not None:
                body["lines"] = [line_body(line) for line in lines]
                body["line_count"] = len(lines)
                body["total_fen"] = sum(line.amount_fen for line in lines)
            if gates is not None:
                body["gates"] = [gate_body(gate) for gate in gates]
            if consents_due is not None:
                body["consents_due"] = [consent_body(consent) for consent in consents_due]
            if insurable is not None:
                body["insurable"] = insurable
                body["not_insurable_reason"] = not_insurable_reason
            return _keep_bill(books, bill_id, row["version"] + 1, body)

    def raise_price(self, bill_id: str, more_fen: int = 100) -> BillRef:
        """The quickest change: a surcharge line. The version grows."""
        with self.transaction() as books:
            row = the_bill(books, bill_id)
            if row["state"] != "open":
                raise HisError(f"{bill_id} is {row['state']}: it cannot change now")
            body = json.loads(row["body"])
            extra = dict(body["lines"][0], line_id=f"{bill_id}-x{row['version']}", quantity="1")
            extra |= {"unit_price": f"{yuan(more_fen):f}", "amount_fen": more_fen, "name": "加收"}
            body["lines"].append(extra)
            body["line_count"] += 1
            body["total_fen"] += more_fen
            return _keep_bill(books, bill_id, row["version"] + 1, body)

    def mark_dispensed(self, bill_id: str) -> None:
        """The medicine is handed out: the settlement cannot be reversed any more."""
        with self.transaction() as books:
            books.write("UPDATE bill SET dispensed = 1 WHERE bill_id = ?", bill_id)

    def declare_refund_due(self, attempt_id: str, reason: str) -> str:
        """Declare a committed settlement due back as a whole; its `refund_due_id`."""
        with self.transaction() as books:
            return _refunds.make_due(books, attempt_id, reason)

    def close_day(self) -> dt.date:
        """End the business day early; what is booked after it counts to the next day."""
        with self.transaction() as books:
            return dt.date.fromisoformat(_ledger.close_today(books))

    # --- what one may look at ---------------------------------------------------------------------

    def ledger_rows(self, day: dt.date | None = None) -> tuple[LedgerEntry, ...]:
        """The entries of a day, or all, in their order."""
        with self.transaction() as books:
            rows = books.all(
                "SELECT * FROM ledger WHERE day LIKE ? ORDER BY day, n", day.isoformat() if day else "%"
            )
        return tuple(_ledger.ledger_entry(row) for row in rows)

    def sums(self) -> Sums:
        """Totals over the whole ledger."""
        by_kind: dict[str, int] = {}
        by_tender: dict[str, int] = {}
        rows = self.ledger_rows()
        for entry in rows:
            by_kind[entry.kind] = by_kind.get(entry.kind, 0) + entry.total_fen
            for tender in entry.tenders:
                by_tender[tender.kind] = by_tender.get(tender.kind, 0) + tender.amount_fen
        return Sums(sum(by_kind.values()), by_kind, by_tender, len(rows))

    def bill_states(self) -> dict[str, str]:
        """Every bill with its state as terminals see it."""
        with self.transaction() as books:
            return {row["bill_id"]: shown_state(books, row) for row in books.all("SELECT * FROM bill")}

    def attempt_states(self) -> dict[str, str]:
        """Every attempt with its state; tombstones are `cancelled`."""
        with self.transaction() as books:
            return {row["attempt_id"]: row["state"] for row in books.all("SELECT * FROM attempt")}

    def begun_older_than(self, age_s: float = 900.0) -> tuple[str, ...]:
        """Attempts that a person should look at: begun long ago and not ended."""
        with self.transaction() as books:
            rows = books.all(
                "SELECT attempt_id FROM attempt WHERE state = 'begun' AND changed_at < ?", books.now - age_s
            )
        return tuple(row["attempt_id"] for row in rows)

    def consents(self) -> tuple[dict[str, Any], ...]:
        """Decisions recorded, oldest first."""
        with self.transaction() as books:
            return tuple(
                {"consent_id": row["consent_id"], "decision": row["decision"], **json.loads(row["body"])}
                for row in books.all("SELECT * FROM consent ORDER BY rowid")
            )


def _keep_bill(books: Books, bill_id: str, version: int, body: dict[str, Any]) -> BillRef:
    books.write(
        "UPDATE bill SET version = ?, total_fen = ?, body = ?, changed_at = ? WHERE bill_id = ?",
        version,
        body["total_fen"],
        dumps(body),
        books.at(),
        bill_id,
    )
    books.tell("bill", bill_id, version, "open")
    return BillRef(bill_id, version, body["total_fen"])
