"""The files of the card as tables, against their own vectors and against anything."""

import contextlib
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hw.card import holder, identity, issuer
from hw.card.apdu import OneByOne
from hw.card.application import read_application
from hw.card.coding import DATE, DIGITS, GB_TEXT, NAME, PACKED, TEXT, BadValue, Coding, Value
from hw.card.holder import join_name, split_name
from hw.card.issuer import version_of
from hw.card.item import Item, Version
from hw.card.virtual import VirtualCard, invent

ITEMS = {item.name: item for file in (issuer.EF05, holder.EF06) for item in file.items}
VECTORS = [*issuer.VECTORS, *holder.VECTORS]


unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy machine any test may take long; that says nothing about the card."""


class OnTheDesk(OneByOne):
    """A card without a reader between."""

    def __init__(self, card: VirtualCard) -> None:
        self._card = card

    def transmit(self, command: bytes) -> bytes:
        return self._card.answer(command) or b""


@pytest.mark.parametrize(("name", "on_card", "value"), VECTORS)
def test_bytes_on_the_card_mean_their_value(name: str, on_card: str, value: Value) -> None:
    assert ITEMS[name].coding.decode(bytes.fromhex(on_card)) == value


@pytest.mark.parametrize(("name", "on_card", "value"), VECTORS)
def test_a_value_is_written_as_its_bytes(name: str, on_card: str, value: Value) -> None:
    item = ITEMS[name]
    written = item.coding.encode(value, item.size)
    assert len(written) == item.size
    empty = value in (None, b"")
    assert empty or written == bytes.fromhex(on_card)
    assert item.coding.decode(written) == value


def test_every_item_has_a_vector() -> None:
    assert {name for name, _, _ in VECTORS} == set(ITEMS)


def test_the_tables_are_those_of_the_specification() -> None:
    sizes = {item.tag: item.size for item in ITEMS.values()}
    assert sizes == {
        0x01: 16,
        0x02: 1,
        0x03: 4,
        0x04: 12,
        0x05: 4,
        0x06: 4,
        0x07: 9,
        0x08: 18,
        0x09: 30,
        0x4E: 20,
        0x0A: 1,
        0x0B: 1,
        0x0C: 3,
        0x0D: 4,
    }
    assert [item.tag for item in holder.EF06.of(Version.V1).items] == [0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D]
    assert [item.tag for item in holder.EF06.of(Version.V3).items] == [
        0x08,
        0x09,
        0x4E,
        0x0A,
        0x0B,
        0x0C,
        0x0D,
    ]


PADDINGS = {TEXT: (0x00, 0x20, 0xFF), NAME: (0x00, 0x20, 0xFF)}


@pytest.mark.parametrize(
    ("item", "padding"),
    [(item, padding) for item in ITEMS.values() for padding in PADDINGS.get(item.coding, (0x00, 0xFF))],
    ids=lambda part: getattr(part, "name", part),
)
def test_a_field_of_padding_alone_is_empty(item: Item, padding: int) -> None:
    assert item.coding.decode(bytes([padding]) * item.size) in (None, b"")


CODINGS = [TEXT, GB_TEXT, DIGITS, PACKED, DATE, NAME]


@pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: coding.name)
@unhurried
@given(raw=st.binary(max_size=40))
def test_any_bytes_are_a_value_or_a_bad_one(coding: Coding, raw: bytes) -> None:
    value: object = None
    with contextlib.suppress(BadValue):
        value = coding.decode(raw)
    assert value is None or isinstance(value, str | bytes | date)


@unhurried
@given(st.dates())
def test_every_day_is_written_and_read(day: date) -> None:
    written = DATE.encode(day, 4)
    assert written.hex() == f"{day.year:04d}{day.month:02d}{day.day:02d}"
    assert DATE.decode(written) == day


@pytest.mark.parametrize("filled", ["FFFFFFFF", "00000000"])
def test_a_date_of_padding_alone_is_no_date(filled: str) -> None:
    assert DATE.decode(bytes.fromhex(filled)) is None


@pytest.mark.parametrize(
    "half", ["2021FFFF", "202103FF", "FFFF0304", "20211301", "20210230", "2021030A", "2021035F", "20210000"]
)
def test_half_a_date_is_a_bad_value(half: str) -> None:
    with pytest.raises(BadValue):
        DATE.decode(bytes.fromhex(half))


@unhurried
@given(st.text("0123456789", min_size=1, max_size=24).filter(lambda digits: digits.strip("0") != ""))
def test_packed_digits_are_written_and_read(digits: str) -> None:
    assert DIGITS.decode(DIGITS.encode(digits, 12)) == digits


@unhurried
@given(st.text(st.characters(max_codepoint=0x9FA5, exclude_categories=("C", "Z")), max_size=20))
def test_an_address_is_written_and_read(address: str) -> None:
    assert GB_TEXT.decode(GB_TEXT.encode(address, 80)) == (address or None)


def test_an_address_that_ends_in_half_a_character_is_given_up_to_there() -> None:
    assert GB_TEXT.decode("测试路".encode("gb18030")[:-1]) == "测试"
    with pytest.raises(BadValue):
        GB_TEXT.decode(b"\xb2\x01\xb2\x01")


def test_a_bad_value_says_nothing_about_what_was_on_the_card() -> None:
    with pytest.raises(BadValue) as bad:
        DATE.decode(bytes.fromhex("19501341"))
    assert (str(bad.value), bad.value.__cause__) == ("", None)


@unhurried
@given(first=st.binary(max_size=30), extension=st.binary(max_size=20))
def test_a_name_is_read_in_full_up_to_a_cut_or_not_at_all(first: bytes, extension: bytes) -> None:
    raw = first + extension
    try:
        name, cut = join_name(first, extension)
    except BadValue:
        with pytest.raises(UnicodeDecodeError):
            raw.decode("gb18030")
    else:
        assert "\ufffd" not in (name or "") or raw.decode("gb18030")
        if not cut:
            assert name == (raw.decode("gb18030").strip() or None)


@unhurried
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=25))
def test_a_name_survives_being_split_over_two_fields(name: str) -> None:
    first, extension = split_name(name)
    assert (len(first) <= 30, len(extension) <= 20) == (True, True)
    assert join_name(first, extension) == (name, False)


PARTS_OF_NAMES = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
    | st.characters(min_codepoint=0x20000, max_codepoint=0x2A6D6)  # four bytes each
    | st.sampled_from("ABCxyz·㐂"),
    min_size=1,
    max_size=25,
)


@unhurried
@given(PARTS_OF_NAMES.filter(lambda name: len(name.encode("gb18030")) <= 50))
def test_a_name_of_any_characters_is_read_whole_wherever_the_border_cuts_it(name: str) -> None:
    person = replace(invent(1), name=name)
    card = VirtualCard(person)
    reading = read_application(OnTheDesk(card))
    assert (reading.name, reading.warnings) == (name, ())


@unhurried
@given(PARTS_OF_NAMES.filter(lambda name: len(name.encode("gb18030")) <= 30), st.integers(0, 29))
def test_a_name_that_ends_in_half_a_character_is_given_up_to_there(name: str, length: int) -> None:
    raw = name.encode("gb18030")[:length]
    told, cut = join_name(raw, b"")
    assert name.startswith(told or "")
    assert cut == (len((told or "").encode("gb18030")) < len(raw))


def test_a_name_of_more_than_fifty_bytes_fits_no_card() -> None:
    with pytest.raises(BadValue):
        split_name("测" * 26)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.00", Version.V1),
        ("2.00", Version.V2),
        ("3.00", Version.V3),
        ("2.10", Version.V2),
        ("4.00", Version.V3),
        ("?", Version.V2),
        ("", Version.V2),
    ],
)
def test_an_unknown_version_is_read_like_the_nearest(text: str, version: Version) -> None:
    assert version_of(text) is version


def test_the_check_character_is_that_of_the_standard() -> None:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, table 1
    first = "99010119500307001"
    remainder = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11
    assert identity.check_character(first) == "10X98765432"[remainder] == "7"


@unhurried
@given(st.integers(0, 999), st.dates(date(1900, 1, 1)), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(order: int, born: date, place: int, by: int) -> None:
    first = f"990101{born:%Y%m%d}{order:03d}"
    number = first + identity.check_character(first)
    assert identity.birth_date(number) == born
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert identity.birth_date(wrong) is None


@pytest.mark.parametrize(
    "number", ["", "99010119500307001", "990101195013070010", "99010119500307001A", "９" * 18]
)
def test_what_is_no_number_has_no_birth_date(number: str) -> None:
    assert identity.birth_date(number) is None
