"""Many runs: by seed, and every schedule with at most two faults."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from kiosk.domain.outcome import Done
from kiosk.insurance.port import Settlement
from kiosk.simulate.choices import Chooser, Listed, Seeded, schedules
from kiosk.simulate.invariants import violations
from kiosk.simulate.mutations import MUTATIONS
from kiosk.simulate.peers import Agency
from kiosk.simulate.samples import ATTEMPT, BY_HOSPITAL, PLAN, SELF_PAY, TOTAL_FEN, split, undo_plan
from kiosk.simulate.world import Run

VIOLATIONS_MAX = 20
"""A broken machine breaks often; so many are enough to work with."""

VARIANTS = (
    *("can_ask", "cannot_ask", "differs", "all_account", "by_hospital"),
    *("self_pay", "shown_code", "shown_code_self_pay", "undo"),
)
"""The kinds of visit, taken in turn by seed."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken run; `replay` is what `kiosk simulate` needs to show it again."""

    replay: str
    variant: str
    names: tuple[str, ...]


@dataclass(slots=True)
class Summary:
    """What a campaign found."""

    runs: int = 0
    elapsed_s: float = 0.0
    violations: list[Violation] = field(default_factory=list)
    first_violation_run: int | None = None

    @property
    def runs_per_s(self) -> int:
        """Runs in a second of this core."""
        return round(self.runs / self.elapsed_s) if self.elapsed_s else 0


def make(variant: str, chooser: Chooser, kind: type[Run] = Run) -> Run:
    """A run of one variant."""
    match variant:
        case "undo":
            return _undo(chooser, kind)
        case "self_pay":
            return kind(SELF_PAY, chooser, Agency())
        case "shown_code_self_pay":
            return kind(SELF_PAY, chooser, Agency(), shows_code=True)
        case "shown_code":
            return kind(PLAN, chooser, Agency(), shows_code=True)
        case "by_hospital":
            return kind(BY_HOSPITAL, chooser, Agency(lines=True, visit=True))
        case _:
            agency = Agency(
                can_ask=variant != "cannot_ask",
                differs=variant == "differs",
                all_account=variant == "all_account",
            )
            return kind(PLAN, chooser, agency)


def _undo(chooser: Chooser, kind: type[Run]) -> Run:
    """A settlement that stands, declared due back."""
    settled = split(TOTAL_FEN)
    agency = Agency(lines=True, visit=True)
    answer: Any = agency.settle("H99", settled)
    assert isinstance(answer, Done), "a settlement to undo"
    settlement: Settlement = answer.value
    run = kind(undo_plan(settled, settlement.setl_id), chooser, agency)
    run.hospital.attempts[ATTEMPT] = "committed"
    run.wallet.create(ATTEMPT, settled.cash_fen)
    run.wallet.scan_and_pay(ATTEMPT)
    return run


def by_seed(runs: int, seed: int, mutation: str | None = None, *, stop_at_first: bool = False) -> Summary:
    """`runs` runs; run `i` has the seed `seed + i`, which alone replays it."""
    kind = MUTATIONS[mutation] if mutation else Run
    summary = Summary()
    start = time.perf_counter()
    for one in range(seed, seed + runs):
        variant = VARIANTS[one % len(VARIANTS)]
        run = make(variant, Seeded(one), kind)
        run.play()
        summary.runs += 1
        _note(summary, run, f"--seed {one} --runs 1", variant)
        if summary.violations and (stop_at_first or len(summary.violations) >= VIOLATIONS_MAX):
            break
    summary.elapsed_s = time.perf_counter() - start
    return summary


def exhaustively(variant: str, faults: int = 2, mutation: str | None = None) -> Summary:
    """Every schedule of one variant with at most `faults` choices that are not quiet."""
    kind = MUTATIONS[mutation] if mutation else Run
    summary = Summary()
    start = time.perf_counter()
    pending: list[tuple[tuple[int, int], ...]] = [()]
    while pending and len(summary.violations) < VIOLATIONS_MAX:
        picks = pending.pop()
        chooser = Listed(picks)
        run = make(variant, chooser, kind)
        run.play()
        summary.runs += 1
        _note(summary, run, f"{variant} {picks}", variant)
        if len(picks) < faults:
            after = picks[-1][0] + 1 if picks else 0
            pending.extend((*picks, pick) for pick in schedules(chooser.widths, after))
    summary.elapsed_s = time.perf_counter() - start
    return summary


def _note(summary: Summary, run: Run, replay: str, variant: str) -> None:
    names = violations(run)
    if names:
        if summary.first_violation_run is None:
            summary.first_violation_run = summary.runs
        summary.violations.append(Violation(replay, variant, tuple(names)))
