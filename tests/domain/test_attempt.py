"""An attempt's name: long enough to be its own, short enough to be read out."""

from __future__ import annotations

import re

from kiosk.domain.attempt import lookup_code, new_attempt_id, new_refund_id, reference


def test_an_attempt_id_is_26_hex_characters_and_never_the_same_twice():
    ids = {new_attempt_id() for _ in range(200)} | {new_refund_id() for _ in range(200)}
    assert len(ids) == 400
    assert all(re.fullmatch(r"[0-9a-f]{26}", attempt) for attempt in ids)


def test_the_reference_is_eight_characters_in_two_groups():
    assert reference("7f3a9c21" + "0" * 18) == "7F3A-9C21"


def test_the_look_up_code_tells_where_and_which_and_nothing_of_the_person():
    assert lookup_code("990100", "K07", "7f3a9c21" + "f" * 18) == "KC1:990100:K07:7F3A9C21"
