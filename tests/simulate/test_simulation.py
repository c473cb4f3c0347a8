"""The money machine under every fault we can think of, and every wrong way of building it."""

from __future__ import annotations

import pytest

from kiosk.simulate.choices import Listed, schedules
from kiosk.simulate.mutations import MUTATIONS
from kiosk.simulate.run import VARIANTS, by_seed, exhaustively, make


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


@pytest.mark.parametrize("variant", ["can_ask", "shown_code_self_pay", "undo"])
def test_every_schedule_with_two_faults_ends_right(variant: str) -> None:
    summary = exhaustively(variant, faults=2)
    assert summary.violations == []
    assert summary.runs > 500


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_wrong_way_of_handling_money_is_found(mutation: str) -> None:
    summary = by_seed(20_000, seed=1, mutation=mutation, stop_at_first=True)
    assert summary.first_violation_run is not None


def test_a_second_code_after_a_missing_answer_takes_money_twice_and_is_found() -> None:
    found = exhaustively("shown_code_self_pay", faults=1, mutation="charge_again_on_timeout").violations
    assert any("paid at most once" in violation.names for violation in found)


def test_every_way_of_paying_by_a_shown_code_is_met() -> None:
    """Otherwise the simulation would prove nothing about it."""
    met: set[tuple[str, str]] = set()
    widths = Listed(())
    make("shown_code_self_pay", widths).play()
    for pick in schedules(widths.widths, 0):
        run = make("shown_code_self_pay", Listed((pick,)))
        run.play()
        met |= {(kind, str(body.get("value", {}).get("state", ""))) for kind, body in run.journal}
    assert met >= {
        ("settlement.charged", "paid"),
        ("settlement.charged", "waiting"),
        ("settlement.charged_refused", ""),
        ("settlement.charged_unknown", ""),
        ("settlement.paid", "paid"),
        ("settlement.closed", "closed"),
        ("settlement.closed", "paid"),
        ("settlement.closed", "refunded"),
        ("settlement.refunded", "success"),
    }


def test_a_printed_seed_replays_exactly() -> None:
    (found,) = by_seed(20_000, seed=1, mutation="ignore_differing_2207", stop_at_first=True).violations
    words = found.replay.split()
    seed = int(words[words.index("--seed") + 1])
    assert by_seed(1, seed=seed, mutation="ignore_differing_2207").violations == [found]
