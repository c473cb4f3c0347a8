"""The money machine under every fault we can think of, and every wrong way of building it."""

from __future__ import annotations

import pytest

from kiosk.simulate.mutations import MUTATIONS
from kiosk.simulate.run import VARIANTS, by_seed, exhaustively


@pytest.mark.clause("S2-U.3", "S1-O.2")
def test_twenty_thousand_visits_with_faults_break_no_invariant() -> None:
    summary = by_seed(20_000, seed=1)
    assert summary.violations == []
    assert summary.runs == 20_000


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_schedule_with_one_fault_ends_right(variant: str) -> None:
    summary = exhaustively(variant, faults=1)
    assert summary.violations == []
    assert summary.runs > 30


@pytest.mark.parametrize("variant", ["can_ask", "undo"])
def test_every_schedule_with_two_faults_ends_right(variant: str) -> None:
    summary = exhaustively(variant, faults=2)
    assert summary.violations == []
    assert summary.runs > 500


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_wrong_way_of_handling_money_is_found(mutation: str) -> None:
    summary = by_seed(20_000, seed=1, mutation=mutation, stop_at_first=True)
    assert summary.first_violation_run is not None


def test_a_printed_seed_replays_exactly() -> None:
    (found,) = by_seed(20_000, seed=1, mutation="ignore_differing_2207", stop_at_first=True).violations
    words = found.replay.split()
    seed = int(words[words.index("--seed") + 1])
    assert by_seed(1, seed=seed, mutation="ignore_differing_2207").violations == [found]
