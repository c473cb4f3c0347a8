"""`kiosk card read` and `kiosk card diagnose`: for technicians and their scripts.

Exit status 0 done, 1 failed, 2 bad input. Person data is masked unless asked for.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date

from hw.card.account import AskAccount
from hw.card.diagnose import READS, READS_MAX, Diagnosis, Measured, by_hand, diagnose
from hw.card.failure import CardError, CardFailure, Code
from hw.card.reader import CardReader, ReadResult
from hw.card.reading import CardReading, fields_of, masked
from hw.card.remedies import REMEDIES
from hw.card.roles import Readers
from hw.card.staff_texts import STAFF_TEXTS
from hw.card.transport import Pcsc

DONE, FAILED, BAD_INPUT = 0, 1, 2


def read_command(reader: str | None, as_json: bool, show_person: bool) -> int:
    """Read the card that is in and print it.

    `reader` fits a reader, by a pattern, a part of its name or in full; without it any reader is looked into.
    Only one of those that fit may hold a card.
    """
    if reader is not None and not reader.strip():
        print("--reader: a name is needed", file=sys.stderr)
        return BAD_INPUT
    match _read_by_hand(reader):
        case CardReading() as reading:
            fields = fields_of(reading) if show_person else masked(reading)
            fields["needs_authentication"] = reading.needs_authentication
            _print_fields({"ok": True, **fields}, as_json)
            return DONE
        case CardFailure() as failure:
            _print_failure(failure, as_json)
            return FAILED


def diagnose_command(
    as_json: bool,
    reader: str | None = None,
    *,
    readers: Readers | None = None,
    times: int = READS,
    account: AskAccount | None = None,
    print_slip: Callable[[Diagnosis], str] | None = None,
) -> int:
    """Check service, reader, card and, where `account` asks the agency, the holder's account.

    Prints one row for each check and what was measured over `times` reads. `print_slip` puts the same on
    paper and returns "", or why it could not; a slip that did not come out makes the command fail.
    """
    if not 1 <= times <= READS_MAX:
        print(f"--times: 1 to {READS_MAX}", file=sys.stderr)
        return BAD_INPUT
    diagnosis = diagnose(reader, readers=readers, times=times, account=account)
    if as_json:
        print(json.dumps(_told(diagnosis), ensure_ascii=False, default=_plain))
    else:
        _print_rows(diagnosis)
    not_printed = print_slip(diagnosis) if print_slip is not None else ""
    if not_printed:
        print(f"slip: {not_printed}", file=sys.stderr)
    return DONE if diagnosis.passed and not not_printed else FAILED


def _read_by_hand(reader: str | None) -> ReadResult:
    try:
        with Pcsc() as service:
            slots = by_hand(service, reader)
    except CardError as error:
        return error.failure
    slot = next((slot for slot in slots if slot.present), None)
    if slot is None:
        return CardFailure(Code.NO_CARD)
    card_reader = CardReader(slot.reader)
    try:
        return card_reader.read().result()
    finally:
        card_reader.close()


def _told(diagnosis: Diagnosis) -> dict[str, object]:
    measured = diagnosis.measured
    return {
        "ok": diagnosis.passed,
        "fault": diagnosis.fault,
        "rows": [asdict(row) for row in diagnosis.rows],
        "measured": None
        if measured is None
        else {**asdict(measured), "error_percent": measured.error_percent},
    }


def _print_fields(fields: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        print(json.dumps(fields, ensure_ascii=False, default=_plain))
        return
    for name, value in fields.items():
        if name != "ok":
            print(f"{name:22}{_readable(value)}")


def _print_failure(failure: CardFailure, as_json: bool) -> None:
    hresult = None if failure.hresult is None else f"{failure.hresult:08X}"
    sw = None if failure.sw is None else f"{failure.sw:04X}"
    if as_json:
        answer = {"ok": False, "code": failure.code, "hresult": hresult, "sw": sw, "item": failure.item}
        print(json.dumps(answer))
        return
    known = ", ".join(text for text in (hresult, sw, failure.item) if text)
    print(f"card: {failure.code}" + (f" ({known})" if known else ""), file=sys.stderr)
    print(f"      {STAFF_TEXTS[REMEDIES[failure.code][1]].en}", file=sys.stderr)


def _print_rows(diagnosis: Diagnosis) -> None:
    for row in diagnosis.rows:
        print(f"{row.status:6}{row.check:14}{' '.join(part for part in (row.code, row.detail) if part)}")
        if row.remedy is not None:
            print(f"{'':20}{STAFF_TEXTS[row.remedy].en}")
    if diagnosis.measured is not None:
        _print_measured(diagnosis.measured)


def _print_measured(measured: Measured) -> None:
    shown = {**asdict(measured), "error_percent": measured.error_percent}
    for name, value in shown.items():
        print(f"      {name:22}{_readable(value)}")


def _plain(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat()


def _readable(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, tuple):
        return ", ".join(value) or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
