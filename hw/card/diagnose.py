"""What is wrong with card reading at this terminal: card, reader, service, network or account (requirements:
S1-H.5).

Rows for a technician, from the service upwards; the first thing that fails ends the list, since nothing
above it can be judged. Remedies are keys; the words stand in `staff_texts`.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from hw.card import _pcsc as pcsc
from hw.card._timed import TimedScard
from hw.card.account import ACCOUNT, Account, AccountAnswer, AskAccount
from hw.card.failure import CardError, CardFailure, Code
from hw.card.kernel_nfc import USB_DRIVERS, held_by_kernel
from hw.card.reader import READ_MAX_S, CardReader
from hw.card.reading import CardReading, ReadingWarning
from hw.card.remedies import REMEDIES, Fault
from hw.card.roles import Readers, Role, for_patients, is_security_module, matching, unassigned
from hw.card.transport import Pcsc, Slot

READS = 3
"""Reads to compare: a dirty contact shows as reads that fail or take long now and then."""

READS_MAX = 100
TIMEOUTS_MAX = 2
"""A card that is silent twice is silent: no more reads of it."""

SLOW_READ_S = 2.0


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"  # nobody was there to be asked


@dataclass(frozen=True, slots=True)
class Row:
    """One check. `detail` never names the holder, but for the account's row, which does so masked."""

    check: str  # service, reader, card, application, validity, steadiness, account
    status: Status
    code: str | None = None  # a `Code`, a `ReadingWarning` or an `AccountAnswer`
    remedy: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """The quality of one card in one reader, over all reads of a diagnosis."""

    reads: int
    failed: int
    read_median_ms: float | None  # of the reads that ended well
    read_worst_ms: float | None
    commands: int
    command_median_ms: float | None
    command_worst_ms: float | None
    commands_repeated: int  # the card wanted another length (6Cxx)
    commands_unanswered: int
    attempts_repeated: int  # reads begun again after a reset, a mute chip or a lost answer
    version: str | None = None
    expires_on: date | None = None

    @property
    def error_percent(self) -> float:
        return round(100 * self.failed / self.reads, 1) if self.reads else 0.0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    rows: tuple[Row, ...]
    fault: Fault | None
    measured: Measured | None = None

    @property
    def passed(self) -> bool:
        return all(row.status is not Status.FAIL for row in self.rows)


def diagnose(
    reader: str | None = None,
    *,
    readers: Readers | None = None,
    times: int = READS,
    account: AskAccount | None = None,
    read_max_s: float = READ_MAX_S,
    scard: pcsc.Scard | None = None,
    usb_drivers: Path = USB_DRIVERS,
) -> Diagnosis:
    """Check everything from the service to the holder's account; blocks for up to `times` * `read_max_s`.

    `readers` is the terminal's configuration. Without it `reader` fits one or more readers, and the one that
    holds a card is looked into. `usb_drivers` is the kernel's list, for a reader that it has taken.
    """
    rows: list[Row] = []
    try:
        with Pcsc(scard) as service:
            rows.append(Row("service", Status.OK))
            slots = _look(service, reader, readers, rows)
    except CardError as error:
        held = held_by_kernel(usb_drivers) if error.code is Code.NO_READER else ()
        if held:
            rows.append(Row("reader", Status.FAIL, Code.NO_READER, "free_reader", ", ".join(held)))
            return Diagnosis(tuple(rows), Fault.READER)
        return _ended(rows, "reader" if rows else "service", error.failure)
    slot = next((slot for slot in slots if slot.present), None)
    if slot is None:
        return _ended(rows, "card", CardFailure(Code.NO_CARD))
    rows.append(Row("card", Status.OK, detail=f"ATR of {len(slot.atr)} bytes"))
    timed = TimedScard(scard or pcsc.system_scard())
    readings, failures, read_ms = _read(slot, times, read_max_s, timed)
    measured = _measured(timed, readings, failures, read_ms)
    if not readings:
        return _ended(rows, "application", failures[0], measured)
    rows.extend(_about(readings[0]))
    rows.append(_steadiness(readings, failures, statistics.median(read_ms)))
    rows.append(_account(readings, account))
    return Diagnosis(tuple(rows), _fault_of(rows), measured)


def by_hand(service: Pcsc, wanted: str | None) -> tuple[Slot, ...]:
    """For hands that know no roles: the readers that `wanted` fits, or all but those of security modules.

    Raises NO_READER, and READER_NOT_CHOSEN when several of them hold a card.
    """
    names = service.readers()
    fit = matching(names, wanted) if wanted else tuple(name for name in names if not is_security_module(name))
    if not fit:
        raise CardError(Code.NO_READER, item=wanted)
    slots = service.look(fit)
    occupied = [slot.reader for slot in slots if slot.present]
    if len(occupied) > 1:
        raise CardError(Code.READER_NOT_CHOSEN, item=", ".join(occupied))
    return slots


def _look(service: Pcsc, reader: str | None, readers: Readers | None, rows: list[Row]) -> tuple[Slot, ...]:
    """The slots that count, and a row about the readers."""
    if readers is None:
        slots = by_hand(service, reader)
        rows.append(Row("reader", Status.OK, detail=", ".join(slot.reader for slot in slots)))
        return slots
    names = service.readers()
    chosen = for_patients(names, readers)
    if not chosen:
        raise CardError(Code.NO_READER, item=str(readers) or None)
    unused = [name for name in unassigned(names, readers) if name not in chosen]
    detail = ", ".join(chosen) + (f"; not used: {', '.join(unused)}" if unused else "")
    rows.append(Row("reader", Status.OK, detail=detail))
    for role in Role:
        pattern = readers.pattern(role)
        if pattern is not None and not matching(names, pattern):
            remedy = REMEDIES[Code.NO_READER][1]
            rows.append(Row("reader", Status.WARN, Code.NO_READER, remedy, f"{role}: none fits {pattern}"))
    return service.look(chosen)


def _read(
    slot: Slot, times: int, read_max_s: float, timed: TimedScard
) -> tuple[list[CardReading], list[CardFailure], list[float]]:
    readings: list[CardReading] = []
    failures: list[CardFailure] = []
    read_ms: list[float] = []
    card_reader = CardReader(slot.reader, read_max_s=read_max_s, scard=timed)
    try:
        for _ in range(min(max(1, times), READS_MAX)):
            began_s = time.monotonic()
            match card_reader.read().result():
                case CardReading() as reading:
                    readings.append(reading)
                    read_ms.append((time.monotonic() - began_s) * 1000)
                case CardFailure() as failure:
                    failures.append(failure)
            if sum(failure.code is Code.TIMEOUT for failure in failures) >= TIMEOUTS_MAX:
                break
    finally:
        card_reader.close()
    return readings, failures, read_ms


def _measured(
    timed: TimedScard, readings: list[CardReading], failures: list[CardFailure], read_ms: list[float]
) -> Measured:
    reads, command_ms = len(readings) + len(failures), timed.command_ms
    return Measured(
        reads=reads,
        failed=len(failures),
        read_median_ms=_median(read_ms),
        read_worst_ms=_worst(read_ms),
        commands=len(command_ms),
        command_median_ms=_median(command_ms),
        command_worst_ms=_worst(command_ms),
        commands_repeated=timed.wrong_length,
        commands_unanswered=timed.not_answered,
        attempts_repeated=max(0, timed.attempts - reads),
        version=readings[0].version if readings else None,
        expires_on=readings[0].expires_on if readings else None,
    )


def _median(values_ms: list[float]) -> float | None:
    return round(statistics.median(values_ms), 3) if values_ms else None


def _worst(values_ms: list[float]) -> float | None:
    return round(max(values_ms), 3) if values_ms else None


def _ended(rows: list[Row], check: str, failure: CardFailure, measured: Measured | None = None) -> Diagnosis:
    fault, remedy = REMEDIES[failure.code]
    known = (
        f"result {failure.hresult:08X}" if failure.hresult is not None else "",
        f"status {failure.sw:04X}" if failure.sw is not None else "",
        failure.item or "",
    )
    detail = ", ".join(part for part in known if part)
    rows.append(Row(check, Status.FAIL, failure.code, remedy, detail))
    return Diagnosis(tuple(rows), fault, measured)


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


def _steadiness(readings: list[CardReading], failures: list[CardFailure], median_ms: float) -> Row:
    detail = f"{len(readings)} of {len(readings) + len(failures)} reads, {median_ms:.0f} ms"
    if failures:
        return Row("steadiness", Status.WARN, failures[0].code, REMEDIES[failures[0].code][1], detail)
    if any(reading != readings[0] for reading in readings):
        return Row("steadiness", Status.FAIL, Code.BAD_DATA, "turn_and_clean_card", detail)
    if median_ms > SLOW_READ_S * 1000:
        return Row("steadiness", Status.WARN, Code.TIMEOUT, "turn_and_clean_card", detail)
    return Row("steadiness", Status.OK, detail=detail)


def _account(readings: list[CardReading], account: AskAccount | None) -> Row:
    """The holder's insurance is on no card: only the agency knows it."""
    if account is None:
        said = Account(AccountAnswer.NO_CONFIGURATION)
    elif readings[0].needs_authentication or any(reading != readings[0] for reading in readings):
        said = Account(AccountAnswer.NO_CREDENTIAL)  # a number misread may be somebody else's
    else:
        said = account(readings[0])
    fault, remedy = ACCOUNT[said.answer]
    if remedy is None:
        return Row("account", Status.OK, detail=said.detail)
    return Row("account", Status.SKIP if fault is None else Status.FAIL, said.answer, remedy, said.detail)


def _fault_of(rows: list[Row]) -> Fault | None:
    """Where the first odd row points. A card that protects its holder is made so and counts as good."""
    for row in rows:
        if row.status in (Status.OK, Status.SKIP) or row.code == Code.NEEDS_AUTHENTICATION:
            continue
        if row.check == "account":
            assert row.code is not None, "an account with a fault has an answer that says which"
            return ACCOUNT[AccountAnswer(row.code)][0]
        return Fault.READER if row.check == "reader" else Fault.CARD
    return None
