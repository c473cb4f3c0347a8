"""`kiosk card pin`: the holder types their PIN; the card says whether it is right and the tries left.

For a counter where somebody no longer knows which PIN their card has. The PIN is typed unseen, sent once, and
neither shown nor kept; the last try is left to whoever asks for it in so many words.
"""

import getpass
import json
import sys

from hw.card.command import BAD_INPUT, DONE, FAILED
from hw.card.diagnose import by_hand
from hw.card.failure import CardError, CardFailure, Code
from hw.card.pin import PinAccepted, PinBlocked, PinNotTried, PinRefused, PinResult, check_pin
from hw.card.transport import Pcsc, Slot


class Console:
    """The keyboard or key pad of this machine as a `PinPad`; what is typed is not shown."""

    def ask_pin(self) -> bytearray | None:
        """None for an empty line or the end of input. The copy that Python's input makes cannot be wiped."""
        try:
            typed = getpass.getpass("PIN (6 digits, not shown; empty to leave): ")
        except (EOFError, KeyboardInterrupt):
            return None
        return bytearray(typed.encode()) if typed else None


def pin_command(reader: str | None, as_json: bool, use_last_try: bool) -> int:
    """0 the card took it, 1 it did not or nothing was sent, 2 bad input."""
    if reader is not None and not reader.strip():
        print("--reader: a name is needed", file=sys.stderr)
        return BAD_INPUT
    result = _checked(reader, use_last_try)
    name, tries_left, why = _told(result)
    if as_json:
        print(json.dumps({"ok": name == "accepted", "result": name, "tries_left": tries_left, "reason": why}))
    else:
        more = why or ("" if tries_left is None else f"{tries_left} tries left")
        print(f"pin: {name}" + (f" ({more})" if more else ""))
    return DONE if name == "accepted" else FAILED


def _checked(reader: str | None, use_last_try: bool) -> PinResult | CardFailure:
    try:
        with Pcsc() as service:
            slot: Slot | None = next((one for one in by_hand(service, reader) if one.present), None)
            if slot is None:
                return CardFailure(Code.NO_CARD)
            return check_pin(service, slot, Console(), use_last_try=use_last_try)
    except CardError as error:
        return error.failure


def _told(result: PinResult | CardFailure) -> tuple[str, int | None, str]:
    match result:
        case PinAccepted():
            return "accepted", None, ""
        case PinRefused(tries_left=left):
            return "refused", left, ""
        case PinBlocked():
            return "blocked", 0, ""
        case PinNotTried(why=why):
            return "not_tried", None, str(why)
        case CardFailure(code=code):
            return "failed", None, str(code)
