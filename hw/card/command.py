"""`kiosk card read` and `kiosk card diagnose`: for technicians and their scripts.

Exit status 0 done, 1 failed, 2 bad input. Person data is masked unless asked for.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from hw.card.diagnose import REMEDIES, Diagnosis, diagnose
from hw.card.failure import CardFailure
from hw.card.reader import CardReader
from hw.card.reading import CardReading, fields_of, masked

DONE, FAILED, BAD_INPUT = 0, 1, 2

STAFF_TEXTS = {
    "start_service": "start the smart card service: systemctl start pcscd.socket",
    "allow_user": "allow this user in polkit: org.debian.pcsc-lite.access_pcsc and access_card",
    "plug_in_reader": "plug in the card reader, or name one that is there",
    "replug_reader": "unplug the reader, wait 5 s, plug it in again; then restart pcscd",
    "insert_card": "insert a card, chip first, chip upwards",
    "leave_card_in": "insert the card again and leave it in until the reading ends",
    "stop_other_program": "another program uses the card: stop it",
    "turn_and_clean_card": "turn the card round, clean its contacts, try another card",
    "try_another_card": "pull the card; try another one; if that one is silent too, replug the reader",
    "try_again": "try again",
    "use_social_security_card": "this is not a social-security card",
    "ask_card_office": "the card must be seen by the office that issued it",
    "use_electronic_code": "the card keeps its holder's data from this terminal: use the electronic code",
    "renew_card": "the card has expired: its holder should renew it",
}
"""Operators' English for each remedy; what patients see is written elsewhere."""


def read_command(reader: str | None, as_json: bool, show_person: bool) -> int:
    """Read the card that is in and print it. `reader` names a reader, by a part of its name or in full."""
    if reader is not None and not reader.strip():
        print("--reader: a name is needed", file=sys.stderr)
        return BAD_INPUT
    card_reader = CardReader(reader)
    try:
        result = card_reader.read().result()
    finally:
        card_reader.close()
    match result:
        case CardReading() as reading:
            fields = fields_of(reading) if show_person else masked(reading)
            fields["needs_authentication"] = reading.needs_authentication
            _print_fields({"ok": True, **fields}, as_json)
            return DONE
        case CardFailure() as failure:
            _print_failure(failure, as_json)
            return FAILED


def diagnose_command(as_json: bool, reader: str | None = None) -> int:
    """Check service, reader and card, and print one row for each check."""
    diagnosis = diagnose(reader)
    if as_json:
        rows = [asdict(row) for row in diagnosis.rows]
        print(
            json.dumps({"ok": diagnosis.passed, "fault": diagnosis.fault, "rows": rows}, ensure_ascii=False)
        )
    else:
        _print_rows(diagnosis)
    return DONE if diagnosis.passed else FAILED


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
    print(f"      {STAFF_TEXTS[REMEDIES[failure.code][1]]}", file=sys.stderr)


def _print_rows(diagnosis: Diagnosis) -> None:
    for row in diagnosis.rows:
        print(f"{row.status:6}{row.check:14}{' '.join(part for part in (row.code, row.detail) if part)}")
        if row.remedy is not None:
            print(f"{'':20}{STAFF_TEXTS[row.remedy]}")


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
