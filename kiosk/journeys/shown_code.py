"""The patient cannot scan our code, so the camera scans theirs: a payment code, and no other kind.

The code goes from the camera into the attempt's memory, is sent once, and is forgotten. An insurance code
that is shown here is refused on the spot: it never reaches the gateway, as a payment code never reaches the
agency. What is shown and what is told is here; what becomes of the money is the attempt's.
"""

from __future__ import annotations

import asyncio
from typing import TypeAlias

from hw.scanner.classify import CodeKind
from hw.scanner.hint import Hint
from kiosk.journeys.desk import CodeSeen, DeviceNews, HintSeen, TimeUp
from kiosk.journeys.intents import Intent
from kiosk.journeys.terminal import AFTER_MONEY, MONEY_MOVES, Terminal
from kiosk.journeys.trouble import out_of_work
from kiosk.journeys.views import Pay, PayByCode
from kiosk.settlement.events import Declined
from kiosk.settlement.runner import Attempt
from kiosk.settlement.state import Approving, Charging, Facts, Paying

PAYMENT_CODES = frozenset({CodeKind.WECHAT_PAY, CodeKind.ALIPAY, CodeKind.OTHER_PAYMENT})

CAMERA_OPEN_MAX_S = 60.0
"""Then our own code is shown again: nobody is filmed who has gone."""

REFUSALS = {"CODE_EXPIRED": "PY-08", "CODE_USED": "PY-08", "BALANCE_LOW": "PY-09"}
"""What the gateway's refusals are called here; any other is PY-10."""

WRONG = {CodeKind.INSURANCE: "PY-11"}
"""What the other kinds of codes are called; any other is PY-12."""

ByCode: TypeAlias = Charging | Approving


async def pay(t: Terminal, attempt: Attempt, state: Paying) -> None:
    """10 and 10b, until the attempt has moved on: paid, given up, or with the code that was shown."""
    loop = asyncio.get_running_loop()
    whole_s = t.bench.policy.pay_valid_s
    end_s = loop.time() + whole_s
    while _waits(attempt, state):
        left_s = max(round(end_s - loop.time()), 0)
        t.desk.show(_our_code(t, attempt, state.facts, left_s, whole_s), stop=4, dock=AFTER_MONEY)
        match await t.desk.next(idle=False):
            case Intent(name="leave"):
                await _leave(t, attempt, state)
            case Intent(name="show_code") if _can_show(t, state.facts):
                await _look_for_code(t, attempt, state)
            case _:
                pass


async def by_code(t: Terminal, attempt: Attempt, state: ByCode) -> None:
    """10b after the code was seen: the phone, the gateway or time decides. Leaving asks for it back."""
    dock = MONEY_MOVES if isinstance(state, Charging) else AFTER_MONEY
    while _waits(attempt, state):
        t.desk.show(PayByCode(state.facts.cash_fen, _stage(state)), stop=4, dock=dock)
        match await t.desk.next(idle=False):
            case Intent(name="leave") if isinstance(state, Approving):
                await _leave(t, attempt, state)
            case _:
                pass


def show_ending(t: Terminal, facts: Facts) -> None:
    """The charge is being taken back; what became of it is not known before it is."""
    t.desk.show(PayByCode(facts.cash_fen, "ending"), stop=4, dock=MONEY_MOVES)


def _stage(state: ByCode) -> str:
    if isinstance(state, Charging):
        return "asking"
    return "password" if state.asked else "checking"


def _waits(attempt: Attempt, state: Paying | ByCode) -> bool:
    return attempt.state is state and not attempt.stopped


async def _leave(t: Terminal, attempt: Attempt, state: Paying | ByCode) -> None:
    """The patient does not want to pay: wait until the attempt has taken it in, or went on without it."""
    attempt.tell(Declined())
    while _waits(attempt, state):
        await t.desk.next(idle=False)


def _can_show(t: Terminal, facts: Facts) -> bool:
    return t.bench.policy.shown_codes and t.devices.code_way and not facts.charged


def _our_code(t: Terminal, attempt: Attempt, facts: Facts, left_s: int, whole_s: int) -> Pay:
    refused = REFUSALS.get(facts.charge_refused, "PY-10") if facts.charge_refused else ""
    can_show = _can_show(t, facts)
    return Pay(facts.cash_fen, attempt.code_text, left_s, whole_s, t.desk_window, can_show, refused)


async def _look_for_code(t: Terminal, attempt: Attempt, state: Paying) -> None:
    """Until a payment code is seen, or the patient would rather scan ours."""
    hint = wrong = ""
    end_s = asyncio.get_running_loop().time() + CAMERA_OPEN_MAX_S
    t.devices.watch_codes(*PAYMENT_CODES)
    try:
        while _waits(attempt, state) and t.devices.code_way:
            t.desk.show(PayByCode(state.facts.cash_fen, "show", hint, wrong), stop=4, dock=AFTER_MONEY)
            left_s = end_s - asyncio.get_running_loop().time()
            match await t.desk.next(idle=False, within_s=max(left_s, 0.0)):
                case CodeSeen(code=code) if code.kind in PAYMENT_CODES:
                    attempt.show_code(code.text)
                case CodeSeen(code=code):
                    wrong = WRONG.get(code.kind, "PY-12")
                case DeviceNews(device="camera", failure=failure) if failure:
                    out_of_work(t, "camera", [failure])
                case HintSeen(hint=would_help):
                    hint = "" if would_help in (None, Hint.WRONG_CODE) else str(would_help)
                case Intent(name="scan_ours") | TimeUp():
                    return
                case Intent(name="leave"):
                    await _leave(t, attempt, state)
                case _:
                    pass
    finally:
        t.devices.rest_camera()
