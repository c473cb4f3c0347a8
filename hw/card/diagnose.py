"""What is wrong with card reading at this terminal: card, reader or service (requirements: S1-H.5).

Rows for a technician, from the service upwards; the first thing that fails ends the list, since nothing
above it can be judged. Remedies are keys; the words live with whoever shows them.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hw.card import _pcsc as pcsc
from hw.card.failure import CardError, CardFailure, Code
from hw.card.reader import READ_MAX_S, CardReader
from hw.card.reading import CardReading, ReadingWarning
from hw.card.transport import Pcsc, Slot

READS = 3
"""Reads to compare: a dirty contact shows as reads that fail or take long now and then."""

SLOW_READ_S = 2.0


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Fault(StrEnum):
    """Where to look first."""

    SERVICE = "service"
    READER = "reader"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Row:
    """One check. `detail` never names the holder."""

    check: str  # service, reader, card, application, validity, steadiness
    status: Status
    code: str | None = None  # a `Code` or a `ReadingWarning`
    remedy: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    rows: tuple[Row, ...]
    fault: Fault | None

    @property
    def passed(self) -> bool:
        return all(row.status is not Status.FAIL for row in self.rows)


REMEDIES: dict[Code, tuple[Fault, str]] = {
    Code.NO_SERVICE: (Fault.SERVICE, "start_service"),
    Code.SERVICE_REFUSED: (Fault.SERVICE, "allow_user"),
    Code.NO_READER: (Fault.READER, "plug_in_reader"),
    Code.READER_GONE: (Fault.READER, "plug_in_reader"),
    Code.READER_FAULT: (Fault.READER, "replug_reader"),
    Code.NO_CARD: (Fault.CARD, "insert_card"),
    Code.CARD_REMOVED: (Fault.CARD, "leave_card_in"),
    Code.CARD_RESET: (Fault.SERVICE, "stop_other_program"),
    Code.CARD_BUSY: (Fault.SERVICE, "stop_other_program"),
    Code.CARD_MUTE: (Fault.CARD, "turn_and_clean_card"),
    Code.PROTOCOL: (Fault.CARD, "turn_and_clean_card"),
    Code.TRANSMIT_FAILED: (Fault.CARD, "turn_and_clean_card"),
    Code.TIMEOUT: (Fault.CARD, "try_another_card"),
    Code.CANCELLED: (Fault.SERVICE, "try_again"),
    Code.NOT_A_SOCIAL_SECURITY_CARD: (Fault.CARD, "use_social_security_card"),
    Code.CARD_BLOCKED: (Fault.CARD, "ask_card_office"),
    Code.CARD_BLANK: (Fault.CARD, "ask_card_office"),
    Code.NEEDS_AUTHENTICATION: (Fault.CARD, "use_electronic_code"),
    Code.FILE_MISSING: (Fault.CARD, "ask_card_office"),
    Code.BAD_DATA: (Fault.CARD, "ask_card_office"),
    Code.UNEXPECTED_STATUS: (Fault.CARD, "ask_card_office"),
}
"""For each failure, where to look and what to do."""


def diagnose(
    reader: str | None = None, *, read_max_s: float = READ_MAX_S, scard: pcsc.Scard | None = None
) -> Diagnosis:
    """Check everything from the service to the holder's file; blocks for up to READS * `read_max_s`."""
    rows: list[Row] = []
    try:
        with Pcsc(scard) as service:
            rows.append(Row("service", Status.OK))
            slot = _occupied(service.slots(reader), rows)
    except CardError as error:
        check = "reader" if rows else "service"
        return _ended(rows, check, error.failure)
    if slot is None:
        return _ended(rows, "card", CardFailure(Code.NO_CARD))
    rows.append(Row("card", Status.OK, detail=f"ATR of {len(slot.atr)} bytes"))
    readings: list[CardReading] = []
    times_s: list[float] = []
    failures: list[CardFailure] = []
    card_reader = CardReader(slot.reader, read_max_s=read_max_s, scard=scard)
    try:
        for _ in range(READS):
            began_s = time.monotonic()
            match card_reader.read().result():
                case CardReading() as reading:
                    readings.append(reading)
                    times_s.append(time.monotonic() - began_s)
                case CardFailure() as failure:
                    failures.append(failure)
    finally:
        card_reader.close()
    if not readings:
        return _ended(rows, "application", failures[0])
    rows.extend(_about(readings[0]))
    rows.append(_steadiness(readings, failures, statistics.median(times_s)))
    return Diagnosis(tuple(rows), _fault_of(rows))


def _occupied(slots: tuple[Slot, ...], rows: list[Row]) -> Slot | None:
    rows.append(Row("reader", Status.OK, detail=", ".join(slot.reader for slot in slots)))
    return next((slot for slot in slots if slot.present), None)


def _ended(rows: list[Row], check: str, failure: CardFailure) -> Diagnosis:
    fault, remedy = REMEDIES[failure.code]
    known = (
        f"result {failure.hresult:08X}" if failure.hresult is not None else "",
        f"status {failure.sw:04X}" if failure.sw is not None else "",
        failure.item or "",
    )
    detail = ", ".join(part for part in known if part)
    rows.append(Row(check, Status.FAIL, failure.code, remedy, detail))
    return Diagnosis(tuple(rows), fault)


def _about(reading: CardReading) -> Iterator[Row]:
    detail = f"version {reading.version}, region {reading.region}"
    if reading.needs_authentication:
        _, remedy = REMEDIES[Code.NEEDS_AUTHENTICATION]
        yield Row("application", Status.WARN, Code.NEEDS_AUTHENTICATION, remedy, detail)
    else:
        yield Row("application", Status.OK, detail=detail)
    for warning in reading.warnings:
        remedy = "renew_card" if warning is ReadingWarning.EXPIRED else "ask_card_office"
        yield Row("validity", Status.WARN, warning, remedy)
    if not reading.warnings:
        yield Row("validity", Status.OK, detail=f"until {reading.expires_on or 'no date'}")


def _steadiness(readings: list[CardReading], failures: list[CardFailure], median_s: float) -> Row:
    detail = f"{len(readings)} of {READS} reads, {median_s * 1000:.0f} ms"
    if failures:
        return Row("steadiness", Status.WARN, failures[0].code, REMEDIES[failures[0].code][1], detail)
    if any(reading != readings[0] for reading in readings):
        return Row("steadiness", Status.FAIL, Code.BAD_DATA, "turn_and_clean_card", detail)
    if median_s > SLOW_READ_S:
        return Row("steadiness", Status.WARN, Code.TIMEOUT, "turn_and_clean_card", detail)
    return Row("steadiness", Status.OK, detail=detail)


def _fault_of(rows: list[Row]) -> Fault | None:
    """Nothing is wrong with a card that protects its holder: it is made so."""
    odd = [row for row in rows if row.status is not Status.OK and row.code != Code.NEEDS_AUTHENTICATION]
    return Fault.CARD if odd else None
