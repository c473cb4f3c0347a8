"""What the patient of a run does: reads, agrees, pays, shows a code, or goes, at the worst of moments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.settlement.events import Confirmed, Declined
from kiosk.settlement.state import (
    AnyState,
    Beginning,
    Charging,
    Describing,
    Leasing,
    Offered,
    Ordering,
    Paying,
    Pricing,
    Registering,
    Uploading,
)
from kiosk.simulate.wallet import Phone

if TYPE_CHECKING:
    from kiosk.simulate.world import Run

AT_PREPARING = ("stay", "walk_away")
AT_OFFER = ("confirm", "decline", "walk_away", "read_long")
AT_PAYING = ("pay", "never", "decline", "decline_and_pay", "pay_last_moment")
AT_SHOWING = (
    *("show", "password", "password_last_moment", "password_at_reverse", "no_password"),
    *("leave", "leave_and_password", "empty_wallet", "scanned_as_well", "scan_instead"),
)

_PREPARING = (Leasing, Registering, Describing, Uploading, Pricing, Beginning, Ordering, Charging)
"""Where a patient waits for an answer, and may not want to."""

SOON_S = 0.1


def act(run: Run, state: AnyState) -> None:
    """What the patient makes of the terminal's newest state."""
    if isinstance(state, _PREPARING):
        if AT_PREPARING[run.chooser.choose(len(AT_PREPARING))] == "walk_away":
            run.at(SOON_S, lambda: run.tell_machine(Declined("NT-05")))
    elif isinstance(state, Offered) and not state.held_s:
        _at_offer(run, AT_OFFER[run.chooser.choose(len(AT_OFFER))])
    elif isinstance(state, Paying):
        if run.shows_code and not state.facts.charged:
            _at_showing(run, AT_SHOWING[run.chooser.choose(len(AT_SHOWING))])
        else:
            _at_paying(run, AT_PAYING[run.chooser.choose(len(AT_PAYING))])


def _at_offer(run: Run, does: str) -> None:
    match does:
        case "confirm":
            run.at(5, lambda: run.tell_machine(Confirmed()))
        case "decline":
            run.at(5, lambda: run.tell_machine(Declined()))
        case "walk_away":
            run.at(90, lambda: run.tell_machine(Declined("NT-05")))
        case "read_long":
            run.at(400, lambda: run.tell_machine(Confirmed()))


def _at_paying(run: Run, does: str) -> None:
    attempt = run.plan.attempt
    pay = lambda: run.wallet.scan_and_pay(attempt)  # noqa: E731
    match does:
        case "pay":
            run.at(8, pay, world=True)
        case "decline":
            run.at(5, lambda: run.tell_machine(Declined()))
        case "decline_and_pay":
            run.at(5, lambda: run.tell_machine(Declined()))
            run.at(5 - SOON_S, pay, world=True)
        case "pay_last_moment":
            run.at(run.policy.pay_valid_s - 0.01, pay, world=True)


def _at_showing(run: Run, does: str) -> None:
    """Shows a code after five seconds; a phone that asks for the password is answered, or not."""
    phone = Phone(
        asks=does not in ("show", "empty_wallet", "scanned_as_well"),
        empty=does == "empty_wallet",
        pays_at_reverse=does == "password_at_reverse",
    )
    if does == "scan_instead":
        _at_paying(run, AT_PAYING[run.chooser.choose(len(AT_PAYING))])
        return
    run.at(5, lambda: run.show_code(phone))
    password: Callable[[], None] = lambda: run.wallet.enter_password(run.plan.attempt)  # noqa: E731
    match does:
        case "password":
            run.at(20, password, world=True)
        case "password_last_moment":
            run.at(5 + run.policy.charge_wait_s, password, world=True)
        case "leave":
            run.at(12, lambda: run.tell_machine(Declined()))
        case "leave_and_password":
            run.at(12, lambda: run.tell_machine(Declined()))
            run.at(12 + run.policy.reverse_after_s - SOON_S, password, world=True)
        case "scanned_as_well":
            run.at(5 - SOON_S, lambda: run.wallet.scan_and_pay(run.plan.attempt), world=True)
