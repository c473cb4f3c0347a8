"""Nonsense from cards and back ends ends in a value or a typed failure (`bench/fuzz_card.py`, a slice)."""

import random

import pytest

from bench import fuzz_card
from hw.card import CardFailure, CardReader, CardReading
from hw.card.virtual import VirtualCard, invent
from hw.card.virtual.scripted import ScriptedScard

SLICE = {"answers": 3_000, "records": 10_000, "pins": 3_000, "lines": 10_000, "bodies": 10_000}


@pytest.mark.parametrize(("kind", "count"), SLICE.items())
def test_nonsense_always_ends_typed(kind: str, count: int) -> None:
    found = fuzz_card.fuzz(kind, seed=7, first=0, count=count)
    assert found.untyped == []
    assert sum(found.ended.values()) == count
    assert len(found.ended) > 2, "inputs that all end alike show nothing"


def test_every_kind_of_nonsense_is_in_the_suite() -> None:
    assert set(SLICE) == set(fuzz_card.KINDS)


def test_what_ends_untyped_is_named_and_can_be_run_again_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def brittle(chance: random.Random) -> str:
        return "abc"[chance.randrange(4)]

    monkeypatch.setitem(fuzz_card.KINDS, "lines", brittle)
    found = fuzz_card.fuzz("lines", seed=7, first=0, count=50)
    assert found.untyped
    kind, seed, number = found.untyped[0].partition(":")[0].split()
    assert fuzz_card.fuzz(kind, int(seed), int(number), 1).untyped == found.untyped[:1]


def test_a_card_that_answers_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_card, "EXCHANGES_MAX", 3)
    found = fuzz_card.fuzz("answers", seed=7, first=0, count=20)
    assert any(text.endswith("Hung") for text in found.untyped)


class SpoiltCard(VirtualCard):
    """Answers anything, through a reader."""

    def __init__(self, seed: int) -> None:
        super().__init__(invent(seed, ssc_version="3.00"))
        self._chance = random.Random(seed)

    def answer(self, command: bytes) -> bytes | None:
        answer = super().answer(command) or b""
        return fuzz_card.spoilt(self._chance, answer) if self._chance.random() < 0.2 else answer


def test_at_the_door_nonsense_is_a_reading_or_a_failure_and_lets_go_of_the_card() -> None:
    for seed in range(25):
        scard = ScriptedScard(card=SpoiltCard(seed))
        reader = CardReader(scard=scard)
        assert isinstance(reader.read().result(30), CardReading | CardFailure)
        reader.close()
        assert (scard.open_cards, scard.open_contexts) == (0, 0)
