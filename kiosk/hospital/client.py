"""The terminal's client of the hospital interface."""

from __future__ import annotations

import datetime as dt
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote

import msgspec

from kiosk.domain.attempt import AttemptId, RefundId
from kiosk.domain.bill import Bill, BillRef, Patient
from kiosk.domain.outcome import Done, Outcome, Refused, Unknown
from kiosk.domain.split import Split
from kiosk.exchange import UNREADABLE
from kiosk.hospital import _decode, _encode, _wire, port
from kiosk.hospital._transport import Answered, ClientLimits, Told, Transport

W = TypeVar("W", bound=msgspec.Struct)
T = TypeVar("T")

BAD_ANSWER = "BAD_ANSWER"
"""Our own code: a read was answered with JSON of another shape than the document's."""

BILL_INCONSISTENT = "BILL_INCONSISTENT"


def client_tls(ca: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    """Mutual TLS: trust `ca` alone, show `certificate`. Raises OSError or ssl.SSLError on a bad file."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(ca))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(str(certificate), str(key))
    return context


class HospitalClient:
    """`HospitalPort` over HTTP. Belongs to one event loop; close it, or use it as a context manager.

    Args:
        url: the hospital's base address, without `/ki/v1`.
        terminal: `site/device`, sent as X-Terminal.
        answer_delay_max_s: the hospital's declared longest delay until its capabilities have said it.
    """

    def __init__(
        self,
        url: str,
        terminal: str,
        *,
        tls: ssl.SSLContext | None = None,
        limits: ClientLimits | None = None,
        answer_delay_max_s: float = 60.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire = Transport(
            url,
            terminal,
            limits=limits or ClientLimits(),
            tls=tls,
            answer_delay_max_s=answer_delay_max_s,
            monotonic=monotonic,
        )

    async def __aenter__(self) -> HospitalClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    # --- what the hospital is ---------------------------------------------------------------------

    async def capabilities(self) -> Outcome[port.Capabilities]:
        """Operation 1. What it declares as its longest delay is used from here on."""
        told = await self._wire.read("GET", "/capabilities")
        outcome = self._read(told, _wire.Capabilities, _decode.capabilities)
        if isinstance(outcome, Done):
            self._wire.answer_delay_max_s = outcome.value.answer_delay_max_s
        return outcome

    async def health(self) -> Outcome[port.Health]:
        """Operation 2. Never touches money."""
        told = await self._wire.read("GET", "/health")
        return self._read(told, _wire.Health, lambda given: port.Health(given.state, given.since))

    # --- persons and bills ------------------------------------------------------------------------

    async def resolve(self, *, psn_no: str, insured_place: str) -> Outcome[tuple[Patient, ...]]:
        """Operation 3. None, one or several; the caller never picks "the newest"."""
        told = await self._wire.read("POST", "/patients:resolve", _encode.resolve(psn_no, insured_place))
        return self._read(told, _wire.Resolved, _decode.patients)

    async def open_bills(self, patient_id: str) -> Outcome[tuple[Bill, ...]]:
        """Operation 5, all pages of one snapshot."""
        path = f"/patients/{quote(patient_id, safe='')}/bills?state=open"
        found: list[Bill] = []
        cursor = ""
        for _ in range(self._wire.limits.pages_max):
            told = await self._wire.read("GET", path + cursor, pages=bool(cursor))
            page = self._read(told, _wire.BillPage, _bill_page)
            if not isinstance(page, Done):
                return page
            rows, following = page.value
            found += rows
            if not following:
                return Done(tuple(found))
            cursor = f"&cursor={quote(following, safe='')}"
        return Refused(BAD_ANSWER, f"bills: more than {self._wire.limits.pages_max} pages")

    async def bill(self, bill_id: str) -> Outcome[Bill]:
        """Operation 6. A bill that does not add up is refused here: nobody is asked to pay it."""
        told = await self._wire.read("GET", f"/bills/{quote(bill_id, safe='')}")
        outcome = self._read(told, _wire.BillWithLines, _decode.bill)
        if isinstance(outcome, Done) and (faults := outcome.value.faults()):
            return Refused(BILL_INCONSISTENT, f"does not add up: {', '.join(faults[:5])}")
        return outcome

    # --- leases -----------------------------------------------------------------------------------

    async def lease(
        self, key: str, bills: tuple[BillRef, ...], ttl_s: int, session: str
    ) -> Outcome[port.Lease]:
        """Operation 7."""
        asked = _encode.lease(bills, ttl_s, session)
        told = await self._change("POST", "/leases", key, asked)
        return self._lease(told)

    async def renew(self, key: str, lease_id: str, fencing_token: int) -> Outcome[port.Lease]:
        """Operation 8. The answer has no bills."""
        path = f"/leases/{quote(lease_id, safe='')}:renew"
        return self._lease(await self._change("POST", path, key, _encode.renew(fencing_token)))

    def _lease(self, told: Told) -> Outcome[port.Lease]:
        server_time = told.server_time if isinstance(told, Answered) else None
        return self._changed(told, _wire.Lease, lambda given: _decode.lease(given, server_time))

    async def release(self, key: str, lease_id: str, fencing_token: int) -> Outcome[port.Released]:
        """Operation 8, DELETE."""
        path = f"/leases/{quote(lease_id, safe='')}?fencing_token={fencing_token}"
        told = await self._change("DELETE", path, key)
        return self._changed(told, _wire.Released, lambda given: port.Released())

    # --- settlements ------------------------------------------------------------------------------

    async def begin(
        self,
        attempt: AttemptId,
        lease: port.Lease,
        bills: tuple[BillRef, ...],
        insured: bool,
        split: Split,
    ) -> Outcome[port.Begun]:
        """Operation 9."""
        asked = _encode.begin(lease, bills, insured, split)
        told = await self._change("PUT", f"/settlements/{attempt}", attempt, asked)
        return self._changed(told, _wire.Begun, _decode.begun)

    async def commit(
        self, attempt: AttemptId, insurance: port.InsuranceResult | None, tenders: tuple[port.Tender, ...]
    ) -> Outcome[port.Committed]:
        """Operation 10."""
        asked = _encode.commit(insurance, tenders)
        told = await self._change("POST", f"/settlements/{attempt}:commit", attempt, asked)
        return self._changed(told, _wire.Committed, _decode.committed)

    async def cancel(self, attempt: AttemptId, reason: str) -> Outcome[port.Cancelled | port.Committed]:
        """Operation 11. Repeat it with the same reason: it is part of the body under the key."""
        told = await self._change("POST", f"/settlements/{attempt}:cancel", attempt, _encode.reason(reason))
        return self._changed(told, _wire.Ended, _decode.ended)

    async def attempt(self, attempt: AttemptId) -> Outcome[port.AttemptRecord]:
        """Operation 12. An answer of the wrong shape is unknown here: money hangs on it."""
        told = await self._wire.read("GET", f"/settlements/{attempt}")
        if isinstance(told, Refused) and told.code == "ATTEMPT_NOT_FOUND":
            return Done(port.AttemptRecord(None))
        return self._changed(told, _wire.Attempt, _decode.attempt)

    # --- refunds ----------------------------------------------------------------------------------

    async def refunds_due(self, patient_id: str) -> Outcome[tuple[port.RefundDue, ...]]:
        """Operation 14."""
        told = await self._wire.read("GET", f"/patients/{quote(patient_id, safe='')}/refunds-due")
        return self._read(told, _wire.RefundsDue, _decode.refunds_due)

    async def refund_begin(self, refund: RefundId, due: port.RefundDue) -> Outcome[port.RefundBegun]:
        """Operation 15, PUT."""
        version = {"If-Match": f'"{due.version}"'}
        told = await self._change("PUT", f"/refunds/{refund}", refund, _encode.refund_begin(due), version)
        return self._changed(told, _wire.RefundState, _decode.refund_begun)

    async def refund_commit(
        self, refund: RefundId, reversal: port.InsuranceReversal | None, tenders: tuple[port.Tender, ...]
    ) -> Outcome[port.RefundCommitted]:
        """Operation 15, commit."""
        asked = _encode.refund_commit(reversal, tenders)
        told = await self._change("POST", f"/refunds/{refund}:commit", refund, asked)
        return self._changed(told, _wire.RefundState, _decode.refund_committed)

    async def refund_cancel(
        self, refund: RefundId, reason: str
    ) -> Outcome[port.Cancelled | port.RefundCommitted]:
        """Operation 15, cancel."""
        told = await self._change("POST", f"/refunds/{refund}:cancel", refund, _encode.reason(reason))
        return self._changed(told, _wire.RefundState, _decode.refund_ended)

    # --- consent, invoice, books ------------------------------------------------------------------

    async def consent(
        self, key: str, visit_no: str, decision: port.ConsentDecision
    ) -> Outcome[port.Recorded]:
        """Operation 27, POST."""
        told = await self._change("POST", "/consents", key, _encode.consent(visit_no, decision))
        return self._changed(told, _wire.Recorded, lambda given: port.Recorded())

    async def invoice(self, attempt: AttemptId) -> Outcome[port.Invoice]:
        """Operation 28."""
        told = await self._wire.read("GET", f"/settlements/{attempt}/invoice")
        return self._read(told, _wire.Invoice, _decode.invoice)

    async def ledger(self, day: dt.date) -> Outcome[tuple[port.LedgerEntry, ...]]:
        """Operation 33, all pages of one snapshot."""
        found: list[port.LedgerEntry] = []
        cursor = ""
        for _ in range(self._wire.limits.pages_max):
            told = await self._wire.read("GET", f"/ledger?date={day.isoformat()}{cursor}", pages=True)
            page = self._read(told, _wire.LedgerPage, _ledger_page)
            if not isinstance(page, Done):
                return page
            rows, following = page.value
            found += rows
            if not following:
                return Done(tuple(found))
            cursor = f"&cursor={quote(following, safe='')}"
        return Refused(BAD_ANSWER, f"ledger: more than {self._wire.limits.pages_max} pages")

    async def ledger_close(self, day: dt.date) -> Outcome[port.LedgerClose]:
        """Operation 33, close."""
        told = await self._wire.read("GET", f"/ledger/{day.isoformat()}/close", pages=True)
        return self._read(told, _wire.LedgerClose, _decode.ledger_close)

    # --- the two ways of reading an answer --------------------------------------------------------

    async def _change(
        self,
        method: str,
        path: str,
        key: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Told:
        if not self._wire.knows_time:
            await self.capabilities()  # its answer carries the hospital's time; without it nothing is sent
        return await self._wire.change(method, path, key, body, headers or {})

    def _read(self, told: Told, kind: type[W], meaning: Callable[[W], T]) -> Outcome[T]:
        """A read of a wrong shape is refused: nothing can have changed, and asking again will not help."""
        if not isinstance(told, Answered):
            return told
        try:
            return Done(meaning(msgspec.json.decode(told.body, type=kind)))
        except (*UNREADABLE, ValueError) as exc:
            return Refused(BAD_ANSWER, f"{kind.__name__}: {exc}")

    def _changed(self, told: Told, kind: type[W], meaning: Callable[[W], T]) -> Outcome[T]:
        """A change of a wrong shape is unknown: something was done, and nobody here knows what."""
        if not isinstance(told, Answered):
            return told
        try:
            return Done(meaning(msgspec.json.decode(told.body, type=kind)))
        except (*UNREADABLE, ValueError) as exc:
            return Unknown(self._wire.answer_delay_max_s, f"{kind.__name__}: {exc}")


def _bill_page(given: _wire.BillPage) -> tuple[list[Bill], str]:
    return [_decode.bill(bill) for bill in given.bills], given.next_cursor or ""


def _ledger_page(given: _wire.LedgerPage) -> tuple[list[port.LedgerEntry], str]:
    return [_decode.ledger_entry(entry) for entry in given.entries], given.next_cursor or ""
