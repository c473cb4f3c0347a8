"""What a patient is told while a code is seen and not read, when, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.scanner import PAYMENT_KINDS, CodeKind, Hint, Limits, Phase, Scanner
from hw.scanner._opencv import cv2
from hw.scanner.film import Scene
from hw.scanner.hint import APPEAR_AFTER_S, LOOK_BACK_S, STAY_MIN_S, HintKeeper, judge
from hw.scanner.sight import Sight

HEIGHT, WIDTH = 720, 1280
PERIOD_S = 1 / 15


def _square(side_px: float, x: float = 640, y: float = 360) -> tuple[tuple[float, float], ...]:
    half = side_px / 2
    return ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))


FINE = Sight(
    corners=_square(240),  # type: ignore[arg-type]
    modules=29,
    module_px=240 / 29,
    quality=2.0,
    blur_px=1.5,
    saturated=0.0,
    light_level=210,
    dark_level=40,
    moved_px=1.0,
)


def _sized(side_px: float, modules: int | None = 29) -> Sight:
    return replace(
        FINE,
        corners=_square(side_px),  # type: ignore[arg-type]
        modules=modules,
        module_px=side_px / modules if modules else None,
    )


@pytest.mark.parametrize(
    ("sight", "hint"),
    [
        (_sized(60), Hint.CLOSER),
        (_sized(120, modules=57), Hint.CLOSER),  # large enough, and its modules are not
        (_sized(82, modules=None), Hint.CLOSER),
        (_sized(600), Hint.FARTHER),
        (replace(FINE, corners=_square(300, x=100)), Hint.FARTHER),  # one side is out of the picture
        (replace(FINE, saturated=0.6, dark_level=160), Hint.LOWER_BRIGHTNESS),
        (replace(FINE, light_level=30, dark_level=5), Hint.BRIGHTER),
        (replace(FINE, light_level=120, dark_level=95), Hint.BRIGHTER),
        (replace(FINE, saturated=0.15, light_level=255), Hint.AVOID_GLARE),
        (replace(FINE, saturated=0.62, light_level=255), Hint.AVOID_GLARE),
        (replace(FINE, moved_px=20.0, blur_px=8.0), Hint.HOLD_STILL),
        (replace(_sized(400), blur_px=12.0, moved_px=0.5), Hint.FARTHER),  # nearer than the lens sees sharp
        (replace(FINE, blur_px=8.0, moved_px=0.5), Hint.HOLD_STILL),
        (replace(FINE, moved_px=None), Hint.HOLD_STILL),
    ],
)
def test_the_hint_follows_from_what_was_measured(sight: Sight, hint: Hint) -> None:
    assert judge(sight, HEIGHT, WIDTH) is hint


@given(
    st.floats(1, 2000),
    st.one_of(st.none(), st.integers(21, 177)),
    st.floats(0, 50),
    st.floats(0, 1),
    st.floats(0, 255),
    st.one_of(st.none(), st.floats(0, 500)),
)
def test_any_sight_has_a_hint_that_is_about_holding_the_phone(
    side_px: float, modules: int | None, blur_px: float, saturated: float, level: float, moved: float | None
) -> None:
    sight = replace(
        _sized(side_px, modules),
        blur_px=blur_px,
        saturated=saturated,
        light_level=level,
        dark_level=level / 3,
        moved_px=moved,
    )
    assert judge(sight, HEIGHT, WIDTH) is not Hint.WRONG_CODE


def _shown(judgements: list[Hint | None]) -> list[Hint | None]:
    """What is to be seen after each picture, at 15 pictures a second."""
    keeper, shown = HintKeeper(), []
    for number, judgement in enumerate(judgements):
        keeper.unread(judgement, number * PERIOD_S)
        shown.append(keeper.shown)
    return shown


def test_a_hint_comes_only_after_a_code_has_gone_unread_for_a_while() -> None:
    shown = _shown([Hint.CLOSER] * 15)
    first = shown.index(Hint.CLOSER)
    assert first * PERIOD_S == pytest.approx(APPEAR_AFTER_S, abs=PERIOD_S)
    assert set(shown[first:]) == {Hint.CLOSER}


def test_no_code_in_sight_gives_no_hint() -> None:
    assert set(_shown([None] * 60)) == {None}


def test_a_code_that_is_found_in_every_third_picture_gets_its_hint() -> None:
    assert _shown([Hint.HOLD_STILL, None, None] * 6)[-1] is Hint.HOLD_STILL


def test_a_single_sighting_now_and_then_gives_none() -> None:
    assert set(_shown([Hint.HOLD_STILL, *[None] * 11] * 6)) == {None}


def test_pictures_that_disagree_give_none() -> None:
    confused = [Hint.CLOSER, Hint.BRIGHTER, Hint.AVOID_GLARE] * 10
    assert set(_shown(confused)) == {None}


def test_a_hint_stays_long_enough_to_be_read() -> None:
    appears = round(APPEAR_AFTER_S / PERIOD_S) + 2
    shown = _shown([Hint.CLOSER] * appears + [Hint.BRIGHTER] * 60)
    assert shown.count(Hint.CLOSER) * PERIOD_S >= STAY_MIN_S - PERIOD_S
    assert shown[-1] is Hint.BRIGHTER


def test_a_hint_does_not_flicker_when_the_code_is_found_less_often() -> None:
    shown = _shown([Hint.CLOSER] * 15 + [Hint.CLOSER, *[None] * 9] * 6)
    assert set(shown[shown.index(Hint.CLOSER) :]) == {Hint.CLOSER}


def test_a_hint_goes_when_the_phone_has_gone() -> None:
    shown = _shown([Hint.CLOSER] * 15 + [None] * round((LOOK_BACK_S + STAY_MIN_S) / PERIOD_S))
    assert Hint.CLOSER in shown
    assert shown[-1] is None


def test_a_hint_goes_at_once_when_the_code_is_read() -> None:
    keeper = HintKeeper()
    for number in range(15):
        keeper.unread(Hint.CLOSER, number * PERIOD_S)
    assert keeper.shown is Hint.CLOSER
    keeper.read(1.0)
    assert keeper.shown is None


def test_after_a_reading_the_waiting_begins_anew() -> None:
    keeper = HintKeeper()
    for number in range(60):
        keeper.unread(Hint.CLOSER, number * PERIOD_S)
    keeper.read(4.0)
    for number in range(1, 6):
        keeper.unread(Hint.CLOSER, 4.0 + number * PERIOD_S)
    assert keeper.shown is None


def test_sightings_before_a_reading_do_not_count_after_it() -> None:
    keeper = HintKeeper()
    for number in range(60):
        keeper.unread(Hint.CLOSER, number * PERIOD_S)
    keeper.read(4.0)
    keeper.unread(Hint.CLOSER, 4.1)
    keeper.unread(Hint.CLOSER, 4.9)
    assert keeper.shown is None


def test_a_wrong_kind_of_code_is_said_at_once_and_stays_for_a_while() -> None:
    keeper = HintKeeper()
    keeper.read(0.0, wrong=True)
    assert keeper.shown is Hint.WRONG_CODE
    keeper.unread(None, STAY_MIN_S - PERIOD_S)
    assert keeper.shown is Hint.WRONG_CODE
    keeper.unread(None, STAY_MIN_S + PERIOD_S)
    assert keeper.shown is None


PAY_CODE = "134567890123456789"


def test_a_pay_code_where_an_insurance_code_is_wanted_is_a_wrong_code(
    film: Callable[..., Path], scanner_on: Callable[..., Scanner], listener, insurance_text: str
) -> None:
    scanner = scanner_on(film(Scene(0.5, PAY_CODE), Scene(2.0), Scene(0.5, insurance_text)))
    wanted = frozenset({CodeKind.INSURANCE})
    scanner.start(listener.on_code, listener.on_state, on_hint=listener.on_hint, wanted=wanted)
    listener.wait_for(lambda heard: heard.hints[:2] == [Hint.WRONG_CODE, None])
    listener.wait_for(lambda heard: len({code.kind for code in heard.codes}) == 2)
    assert {code.kind for code in listener.codes} == {CodeKind.WECHAT_PAY, CodeKind.INSURANCE}


def test_a_pay_code_where_one_is_wanted_is_no_wrong_code(
    film: Callable[..., Path], scanner_on: Callable[..., Scanner], listener
) -> None:
    scanner = scanner_on(film(Scene(0.5, PAY_CODE), Scene(0.2)), Limits(repeat_quiet_s=0.0))
    scanner.start(listener.on_code, on_hint=listener.on_hint, wanted=PAYMENT_KINDS)
    listener.wait_for_codes(10)
    assert {code.kind for code in listener.codes} == {CodeKind.WECHAT_PAY}
    assert listener.hints == []


@pytest.fixture
def glaring(phone_frame: Callable[[str], npt.NDArray[np.uint8]]) -> list[bytes]:
    """A phone with a lamp's reflection over a third of its code, in JPEGs with noise of their own."""
    random = np.random.default_rng(2)
    frame = phone_frame("x" * 40)
    cv2.circle(frame, (650, 370), 75, 255, -1)
    noisy = [np.clip(frame + random.normal(0, 3, frame.shape), 0, 255).astype(np.uint8) for _ in range(8)]
    return [cv2.imencode(".jpg", picture)[1].tobytes() for picture in noisy]


def test_a_code_that_is_seen_and_not_read_is_helped_until_it_is_read(
    net_camera, glaring: list[bytes], jpegs: Callable[..., list[bytes]], scanner_on, listener
) -> None:
    net_camera.streams(glaring)
    scanner = scanner_on(net_camera.spec)
    scanner.start(listener.on_code, listener.on_state, on_hint=listener.on_hint)
    listener.wait_for(lambda heard: heard.hints == [Hint.AVOID_GLARE])
    assert listener.codes == []
    net_camera.sends(b"")
    net_camera.cut()
    listener.wait_for(lambda heard: heard.hints == [Hint.AVOID_GLARE, None])
    assert listener.states[-1].phase is Phase.FAILED  # a hint without pictures would be a lie
    net_camera.streams(jpegs("x" * 40))
    listener.wait_for_codes(1)
    assert listener.hints[-1] is None
