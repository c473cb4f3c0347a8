"""The table of what may be repeated."""

from __future__ import annotations

import inspect

from kiosk.insurance import OPERATIONS, InsurancePort, load_profile, profile_path
from kiosk.insurance.operations import base_infno
from kiosk.settlement.operations import OPERATIONS as RUNNER
from kiosk.settlement.operations import Op

NEVER = {"2201", "2203A", "2204", "2206A", "2207A"}


def test_what_could_settle_or_register_twice_is_never_repeated():
    assert {one.infno for one in OPERATIONS.values() if one.repeat == "never"} == NEVER


def test_an_undo_asks_first():
    assert OPERATIONS["undo"].repeat == "ask_first"


def test_every_method_of_the_port_that_is_a_transaction_has_a_class():
    methods = {name for name, _ in inspect.getmembers(InsurancePort, inspect.isfunction) if name[0] != "_"}
    assert methods - set(OPERATIONS) == {"exchange_code", "find_settlement"}
    assert set(OPERATIONS) <= methods


def test_the_runners_table_says_the_same_of_every_transaction():
    numbers = {op.value for op in Op}
    shared = [one for one in OPERATIONS.values() if one.infno in numbers]
    assert len(shared) == 10
    for one in shared:
        assert RUNNER[Op(one.infno)].value == one.repeat, one.name


def test_areas_use_variants_of_the_usual_numbers():
    for area in ("990100", "990200"):
        profile = load_profile(profile_path(area))
        for name, one in OPERATIONS.items():
            assert base_infno(profile.operation(name).infno) == base_infno(one.infno)
