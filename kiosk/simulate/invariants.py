"""What must be true when a run is over. Each broken one has a name."""

from __future__ import annotations

from kiosk.settlement import record
from kiosk.settlement.state import Ended, Refunding, Result
from kiosk.simulate.samples import CANARY
from kiosk.simulate.world import STEPS_MAX, Run, repeats_wrongly


def violations(run: Run) -> list[str]:
    """The names of all invariants this run breaks; empty when it is right."""
    if run.problem:
        return [run.problem]
    found = [f"repeats {op.value}" for op, digests in run.sent.items() if repeats_wrongly(op, digests)]
    if any(CANARY in str(body) for _, body in run.journal):
        found.append("a person in an open part of the journal")
    if run.state is None or not run.journal:
        return found + (["sent without a journal"] if run.sent else [])
    if record.is_open(run.state) or run.steps >= STEPS_MAX:
        return [*found, "without an outcome"]
    if isinstance(run.state, Refunding):
        return found + _undo(run, run.state)
    assert isinstance(run.state, Ended), "a settlement that is not open has ended"
    return found + _settlement(run, run.state) + _truth(run)


def _settlement(run: Run, end: Ended) -> list[str]:
    standing = run.agency.standing()
    net_fen = run.wallet.captured_fen() - run.wallet.returned_fen()
    committed = run.hospital.attempts.get(run.plan.attempt) == "committed"
    checks: dict[str, bool] = {
        "settled at most once": len(run.agency.settlements) <= 1,
        "paid at most once": len(run.wallet.captured) <= 1,
        "never more back than paid": net_fen >= 0,
    }
    plan = end.facts.plan
    match end.result:
        case Result.SETTLED:
            settled = standing[0].split if standing else end.facts.split
            assert settled is not None, "settled without a split"
            checks |= {
                "settled stands at the agency": len(standing) == (1 if plan.insured else 0),
                "settled is in the hospital's books": committed,
                "collected exactly what was settled": net_fen == settled.cash_fen,
                "parts are the total": settled.fund_fen
                + settled.account_fen
                + settled.family_fen
                + settled.hospital_fen
                + net_fen
                == plan.total_fen,
                "journal sums": _journal_cash_fen(run) == net_fen,
            }
        case Result.NOT_SETTLED:
            checks |= {
                "nothing stands at the agency": not standing,
                "nothing is kept": net_fen == 0,
                "the hospital is free again": not committed
                and run.hospital.attempts.get(run.plan.attempt) != "begun",
            }
        case Result.HANDED_OVER:
            checks |= {
                "handed over for a reason": run.refused_undo or committed,
                "a person knows": bool(run.staff),
            }
    return [name for name, holds in checks.items() if not holds]


def _journal_cash_fen(run: Run) -> int:
    return sum(int(body.get("cash_fen", 0)) for kind, body in run.journal if kind == "settlement.committed")


_PAYMENTS = frozenset({"settlement.paid", "settlement.charged", "settlement.closed"})
"""Entries that say what the gateway said of the order."""


def _truth(run: Run) -> list[str]:
    """What the patient was told is what is true. Read from the journal, since that is what proves it."""
    found = []
    paid = refunded = committed = False
    for kind, body in run.journal:
        paid = paid or (kind in _PAYMENTS and _is(body, "paid"))
        refunded = refunded or kind == "settlement.refunded" or (kind in _PAYMENTS and _is(body, "refunded"))
        committed = committed or kind == "settlement.committed"
        for phrase, _ in body.get("told", ()):
            truth = {
                "M0": not paid,
                "M1": paid and not committed,
                "M1b": not paid and not committed,
                "M2": committed,
                "M3": refunded,
            }[phrase]
            if not truth:
                found.append(f"told {phrase} at {kind}")
    if any(phrase == "M0" for phrase, _ in run.told) and run.wallet.captured_fen():
        found.append("told M0, and money had been taken")
    return found


def _is(body: dict[str, object], state: str) -> bool:
    value = body.get("value")
    return isinstance(value, dict) and value.get("state") == state


def _undo(run: Run, end: Refunding) -> list[str]:
    plan = end.plan
    standing = run.agency.standing()
    back_fen = run.wallet.returned_fen()
    booked = run.hospital.refunds.get(plan.refund) == "committed"
    checks = {"never more back than paid": back_fen <= plan.cash_fen}
    match end.result:
        case Result.SETTLED:
            checks |= {
                "undone at the agency": not standing,
                "money is back": back_fen == plan.cash_fen,
                "undo is in the hospital's books": booked,
            }
        case Result.NOT_SETTLED:
            checks |= {
                "still settled": len(standing) == 1,
                "no money went back": back_fen == 0,
                "nothing booked": not booked,
            }
        case _:
            checks |= {"handed over for a reason": run.refused_undo, "a person knows": bool(run.staff)}
    return [name for name, holds in checks.items() if not holds]
