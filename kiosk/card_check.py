"""`kiosk card diagnose`: the card room's diagnosis with this terminal's readers and agency, and its slip."""

from __future__ import annotations

import datetime as dt
import sys
import zoneinfo
from collections.abc import Callable
from pathlib import Path

from hw.card import CardReading
from hw.card.account import Account, AskAccount
from hw.card.command import diagnose_command
from hw.card.diagnose import Diagnosis
from hw.card.slip import slip
from hw.printer import Printed, PrintFailed
from kiosk.config import KioskConfig
from kiosk.fittings import make_printer, readers
from kiosk.settings import SettingsError, load


def card_check_command(
    *, as_json: bool, reader: str | None, times: int, config_path: Path | None, on_paper: bool
) -> int:
    """0 nothing fails, 1 something does or no slip came out, 2 bad usage or configuration."""
    if config_path is None:
        if on_paper:
            print("--print: needs --config, which names the printer", file=sys.stderr)
            return 2
        return diagnose_command(as_json, reader, times=times)
    try:
        config = load(config_path, KioskConfig)
        print_slip = _printing(config) if on_paper else None
    except SettingsError as exc:
        print(f"kiosk: error: {exc}", file=sys.stderr)
        return 2
    chosen = readers(config.card) if reader is None else None
    return diagnose_command(
        as_json, reader, readers=chosen, times=times, account=_account(config), print_slip=print_slip
    )


def _account(config: KioskConfig) -> AskAccount:
    def ask(reading: CardReading) -> Account:
        from kiosk.account_check import ask_account  # a card that cannot be read needs none of it

        return ask_account(config, reading)

    return ask


def _printing(config: KioskConfig) -> Callable[[Diagnosis], str]:
    printer = make_printer(config.printer)
    if printer is None:
        raise SettingsError("[printer] driver: none; --print needs one")
    zone = zoneinfo.ZoneInfo(config.terminal.time_zone)

    def print_slip(diagnosis: Diagnosis) -> str:
        match printer.print(slip(diagnosis, at=dt.datetime.now(zone), terminal=config.terminal.device)):
            case Printed():
                return ""
            case PrintFailed(code=code):
                return code
            case _:
                return "not confirmed; look at the printer"

    return print_slip
