"""`msgid`: thirty characters, ours alone, never one twice."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.insurance import MsgidClock, MsgidError

CODE = "H99010000001"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 11, 21, 2, 15, 30, 900_000, tzinfo=dt.UTC)

blocks = st.tuples(st.integers(0, 9999), st.integers(0, 9999)).map(sorted).map(tuple)
moments = st.datetimes(
    min_value=dt.datetime(2020, 1, 1), max_value=dt.datetime(2090, 1, 1), timezones=st.just(dt.UTC)
)


def test_the_first_id_is_institution_local_time_and_the_blocks_first_number():
    assert MsgidClock(CODE, (120, 129), ZONE).next(NOW, None) == CODE + "20261121101530" + "0120"


def test_a_second_that_is_used_up_lends_from_the_next():
    clock = MsgidClock(CODE, (7, 8), ZONE)
    first = clock.next(NOW, None)
    second = clock.next(NOW, first)
    third = clock.next(NOW, second)
    assert (second[-4:], third[12:]) == ("0008", "20261121101531" + "0007")


def test_a_clock_set_back_does_not_take_the_ids_back():
    clock = MsgidClock(CODE, (0, 9), ZONE)
    last = clock.next(NOW, None)
    assert clock.next(NOW - dt.timedelta(days=1), last) == last[:-4] + "0001"


def test_a_terminal_that_was_given_another_block_takes_the_next_second():
    last = MsgidClock(CODE, (0, 9), ZONE).next(NOW, None)
    assert MsgidClock(CODE, (500, 509), ZONE).next(NOW, last)[12:] == "20261121101531" + "0500"


@given(block=blocks, times=st.lists(moments, min_size=1, max_size=40))
def test_ids_only_grow_and_keep_their_shape_whatever_the_clock_does(block, times):
    clock = MsgidClock(CODE, block, ZONE)
    last = None
    for now in times:
        made = clock.next(now, last)
        assert len(made) == 30
        assert made.startswith(CODE)
        assert block[0] <= int(made[-4:]) <= block[1]
        assert last is None or made > last
        assert made[12:26] >= now.astimezone(ZONE).strftime("%Y%m%d%H%M%S")
        last = made


@given(first=blocks, second=blocks, times=st.lists(moments, min_size=1, max_size=20))
def test_terminals_with_disjoint_blocks_never_make_the_same_id(first, second, times):
    if first[0] <= second[1] and second[0] <= first[1]:
        second = (first[1] + 1, first[1] + 1) if first[1] < 9999 else (first[0] - 1, first[0] - 1)
        if second[0] < 0:
            return
    made = []
    for block in (first, second):
        clock, last, ours = MsgidClock(CODE, block, ZONE), None, set()
        for now in times:
            last = clock.next(now, last)
            ours.add(last)
        made.append(ours)
    assert made[0] & made[1] == set()


@pytest.mark.parametrize("block", [(5, 4), (-1, 4), (0, 10_000)])
def test_a_block_that_is_none_is_refused(block):
    with pytest.raises(MsgidError):
        MsgidClock(CODE, block, ZONE)


@pytest.mark.parametrize(
    "last", ["", "H99020000001" + "0" * 18, CODE + "2026112110153x0120", CODE + "99999999999999" + "0000"]
)
def test_a_last_id_that_is_none_of_ours_is_refused(last):
    with pytest.raises(MsgidError):
        MsgidClock(CODE, (0, 9), ZONE).next(NOW, last)
