"""The money machine under faults: how many whole visits a second, and whether every wrong one is found.

Rate: `kiosk simulate` runs (peers, patient, journal record, recovery, invariants) against the bare
machine, which is `step` alone on the very states and events of those runs. Blocks of runs alternate with
blocks of bare steps; figures are of one core, medians over blocks. Beside the rate: every schedule with
at most two faults of every kind of visit, and after how many seeded runs each mutation was found.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any, TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kiosk.settlement import machine, refund
from kiosk.settlement.events import Event
from kiosk.settlement.policy import Policy
from kiosk.settlement.record import Step
from kiosk.settlement.state import AnyState, Refunding
from kiosk.simulate.choices import Seeded
from kiosk.simulate.mutations import MUTATIONS
from kiosk.simulate.run import VARIANTS, Summary, by_seed, exhaustively, make
from kiosk.simulate.world import Run

RUNS = {True: 10_000, False: 200_000}
BLOCK_RUNS = {True: 500, False: 2_000}
FAULTS_MAX = 2
MUTATION_RUNS_MAX = 20_000
SEED = 1

Pair: TypeAlias = tuple[AnyState, Event, Policy]


class Noted(Run):
    """A run that keeps what its machine was asked."""

    pairs: list[Pair]

    def advance(self, event: Event) -> Step:
        """As the product, and noted."""
        assert self.state is not None, "an event before the start"
        self.pairs.append((self.state, event, self.policy))
        return super().advance(event)


def noted(seeds: range) -> list[Pair]:
    """What the machine is asked in these runs."""
    pairs: list[Pair] = []
    Noted.pairs = pairs
    for seed in seeds:
        make(VARIANTS[seed % len(VARIANTS)], Seeded(seed), Noted).play()
    return pairs


def bare_s(pairs: list[Pair]) -> float:
    """Seconds for the steps alone."""
    began_s = time.perf_counter()
    for state, event, policy in pairs:
        if isinstance(state, Refunding):
            refund.step(state, event, policy)
        else:
            machine.step(state, event, policy)
    return time.perf_counter() - began_s


def rates(runs: int, block_runs: int) -> tuple[dict[str, Any], float]:
    """Runs a second of the whole world and of the bare machine, and the median ratio of blocks."""
    world, bare, broken = [], [], []
    steps = 0
    for first in range(SEED, SEED + runs, block_runs):
        pairs = noted(range(first, first + block_runs))
        steps += len(pairs)
        campaign = by_seed(block_runs, first)
        world.append(campaign.runs / campaign.elapsed_s)
        bare.append(block_runs / bare_s(pairs))
        broken += _replays(campaign)
    figures = {
        "runs": runs,
        "violations": broken,
        "runs_per_s": round(statistics.median(world)),
        "bare_runs_per_s": round(statistics.median(bare)),
        "steps_per_run": round(steps / runs, 1),
        "blocks": len(world),
    }
    return figures, statistics.median(w / b for w, b in zip(world, bare, strict=True))


def _replays(campaign: Summary) -> list[str]:
    return [f"{violation.replay}: {', '.join(violation.names)}" for violation in campaign.violations]


def schedules() -> dict[str, Any]:
    """Every schedule with at most FAULTS_MAX faults, by kind of visit."""
    found = {variant: exhaustively(variant, FAULTS_MAX) for variant in VARIANTS}
    return {
        "schedule_faults_max": FAULTS_MAX,
        "schedules": {variant: summary.runs for variant, summary in found.items()},
        "schedule_violations": [replay for summary in found.values() for replay in _replays(summary)],
    }


def mutations() -> dict[str, Any]:
    """The run that showed each mutation first, counted from 1."""
    first = {
        name: by_seed(MUTATION_RUNS_MAX, SEED, name, stop_at_first=True).first_violation_run
        for name in MUTATIONS
    }
    return {
        "mutation_found_after_runs": first,
        "mutations_not_found": [name for name, run in first.items() if run is None],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{RUNS[True]} runs in place of {RUNS[False]}")
    quick = parser.parse_args().quick
    figures, ratio = rates(RUNS[quick], BLOCK_RUNS[quick])
    result = {
        "name": "simulate",
        "figures": figures | schedules() | mutations(),
        "reference": "the bare machine: `step` alone on the states and events of the same runs",
        "ratio": round(ratio, 4),
        "ratio_of": "runs a second of the whole world over those of the bare machine",
        "reach": ">= 1500 runs/s per core, no violation, every mutation found",
    }
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
