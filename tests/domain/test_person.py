"""Persons: what is shown of them, and which scheme is used."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.person import (
    Credential,
    CredentialKind,
    Person,
    Scheme,
    id_check_digit,
    id_is_valid,
    mask_name,
    mask_number,
)

NAMES = st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=12)


def _scheme(insutype: str, state: str = "1", suspended_on: dt.date | None = None) -> Scheme:
    return Scheme(insutype, "1101", state, suspended_on, "990100", 0)


def _person(*schemes: Scheme) -> Person:
    return Person("99", "01", "99010019900101001X", "测试甲", "1", None, None, schemes)


@pytest.mark.clause("S0-1.9")
@pytest.mark.parametrize(
    ("name", "shown"), [("张卫国", "张*国"), ("李四", "李*"), ("王", "*"), ("", "*"), ("欧阳某某", "欧**某")]
)
def test_a_name_keeps_its_ends_and_hides_the_rest(name, shown):
    assert mask_name(name) == shown


@given(NAMES)
def test_a_masked_name_is_never_the_name_and_keeps_its_length(name):
    masked = mask_name(name)
    assert masked != name
    assert "*" in masked
    assert len(masked) == len(name)


@pytest.mark.clause("S0-1.9")
@given(st.text(alphabet="0123456789X", max_size=40))
def test_of_a_number_at_most_eight_characters_are_seen(number):
    masked = mask_number(number)
    assert len(masked) == len(number)
    assert sum(character != "*" for character in masked) <= 8
    if number:
        assert "*" in masked


def test_an_id_number_is_shown_as_four_stars_four():
    assert mask_number("99010019900101001X") == "9901**********001X"


def test_a_short_number_is_all_stars():
    assert mask_number("12345678") == "********"


@pytest.mark.clause("S3-8.1.12")
def test_the_repr_of_a_credential_and_a_person_shows_neither_name_nor_number():
    credential = Credential(CredentialKind.CARD, "A12345678", "SN0001", "测试甲", "99010019900101001X")
    shown = repr(credential) + repr(_person(_scheme("310")))
    for secret in ("A12345678", "SN0001", "测试甲", "99010019900101001X"):
        assert secret not in shown


@pytest.mark.clause("S1-C.7")
@given(st.text(alphabet="0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_breaks_an_id_number(first17, place, shift):
    number = first17 + id_check_digit(first17)
    assert id_is_valid(number)
    wrong = str((int(number[place]) + shift) % 10)
    assert not id_is_valid(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("number", ["", "123", "A" * 18, "9901001990010100١X", "99010019900101001X0"])
def test_what_does_not_look_like_an_id_number_is_not_one(number):
    assert not id_is_valid(number)


def test_the_employee_scheme_is_used_before_the_resident_one():
    assert _person(_scheme("390"), _scheme("310")).scheme() == _scheme("310")
    assert _person(_scheme("510"), _scheme("390")).scheme() == _scheme("390")


@pytest.mark.clause("S2-H.1")
def test_a_suspended_or_ended_scheme_is_not_used():
    suspended = _scheme("310", suspended_on=dt.date(2026, 1, 1))
    assert _person(suspended, _scheme("310", state="2"), _scheme("390", state="3")).scheme() is None
    assert _person(suspended, _scheme("390")).scheme() == _scheme("390")
