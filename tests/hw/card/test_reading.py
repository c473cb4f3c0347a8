"""From values to a reading: what is refused, what is only remarked, and what is hidden."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from hw.card import CardFailure, CardReading, Code, ReadingWarning
from hw.card.apdu import Channel
from hw.card.application import read_application
from hw.card.coding import Value
from hw.card.failure import CardError
from hw.card.holder import EF06
from hw.card.reading import build, decode, fields_of, mask_name, mask_number, masked
from hw.card.virtual import VirtualCard, invent

TODAY = date(2026, 3, 2)
VALUES: dict[str, Value] = {
    "card_id": "990101D1560000050000000000000001",
    "version": "2.00",
    "card_no": "Y00000001",
    "expires_on": date(2099, 12, 31),
    "id_number": "990101195003070017",
    "name": "测试甲".encode("gb18030"),
    "sex": "1",
    "born_on": date(1950, 3, 7),
}


def reading_with(**changes: Value) -> CardReading:
    return build({**VALUES, **changes}, today=TODAY)


def test_a_good_card_gives_no_warning() -> None:
    assert reading_with().warnings == ()


@pytest.mark.clause("S1-C.7")
@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"expires_on": date(2026, 3, 1)}, ReadingWarning.EXPIRED),
        ({"version": "4.00"}, ReadingWarning.VERSION_UNKNOWN),
        ({"card_no": None}, ReadingWarning.CARD_NO_BLANK),
        ({"born_on": date(1951, 3, 7)}, ReadingWarning.BIRTH_DATE_DIFFERS),
        ({"sex": "2"}, ReadingWarning.SEX_DIFFERS),
        ({"name": b""}, ReadingWarning.NAME_UNREADABLE),
        ({"name": b"\x07\x08"}, ReadingWarning.NAME_UNREADABLE),
        ({"id_number": "990101500307001"}, ReadingWarning.NOT_A_RESIDENT_NUMBER),
        ({"id_number": "TST990101000000001"}, ReadingWarning.NOT_A_RESIDENT_NUMBER),
    ],
)
def test_what_is_odd_is_said(changes: dict[str, Value], warning: ReadingWarning) -> None:
    assert reading_with(**changes).warnings == (warning,)


def test_a_card_is_valid_through_its_last_day() -> None:
    assert reading_with(expires_on=TODAY).warnings == ()


@pytest.mark.parametrize("number", ["990101195003070018", "99010119500307001A", "99010a195003070017"])
def test_a_number_that_may_be_somebody_elses_is_refused(number: str) -> None:
    with pytest.raises(CardError) as error:
        reading_with(id_number=number)
    assert (error.value.code, error.value.failure.item) == (Code.BAD_DATA, "id_number")


def test_a_small_x_is_an_x() -> None:
    number = next(person.id_number for person in map(invent, range(99)) if person.id_number.endswith("X"))
    assert reading_with(id_number=number.lower(), sex=None).id_number == number


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"card_id": None}, Code.BAD_DATA),
        ({"card_id": "ABCDEF" + "0" * 26}, Code.BAD_DATA),
        ({"id_number": None}, Code.CARD_BLANK),
    ],
)
def test_a_card_that_names_nobody_is_refused(changes: dict[str, Value], code: Code) -> None:
    with pytest.raises(CardError) as error:
        reading_with(**changes)
    assert error.value.code is code


def test_a_card_that_keeps_even_its_free_items_needs_authentication() -> None:
    with pytest.raises(CardError) as error:
        build({}, protected=("card_id",))
    assert error.value.code is Code.NEEDS_AUTHENTICATION


@pytest.mark.parametrize("record", ["", "0A", "0B0131", "0A0231", "550131"])
def test_a_record_that_contradicts_itself_is_bad_data(record: str) -> None:
    sex = next(item for item in EF06.items if item.name == "sex")
    with pytest.raises(CardError) as error:
        decode([(sex, bytes.fromhex(record + "9000"))], [])
    assert (error.value.code, error.value.failure.item) == (Code.BAD_DATA, "sex")


@pytest.mark.parametrize(
    ("item", "record", "warning"),
    [
        ("born_on", "0D0419501341", ReadingWarning.DATE_UNREADABLE),
        ("sex", "0A0107", ReadingWarning.ITEM_UNREADABLE),
    ],
)
def test_an_item_nobody_needs_may_be_nonsense(item: str, record: str, warning: ReadingWarning) -> None:
    warnings: list[ReadingWarning] = []
    table = {entry.name: entry for entry in EF06.items}
    assert decode([(table[item], bytes.fromhex(record + "9000"))], warnings) == {}
    assert warnings == [warning]


@pytest.mark.clause("S0-1.9")
def test_a_printed_reading_shows_no_person(channel_to: Callable[[VirtualCard], Channel]) -> None:
    person = invent(7, name="测试甲")
    card = VirtualCard(person)
    reading = read_application(channel_to(card), atr=card.atr)
    secrets = (person.id_number, person.name, person.card_no, person.card_id, "1950", card.atr.hex().upper())
    for shown in (repr(reading), str(masked(reading)), repr(person)):
        assert [secret for secret in secrets if secret in shown] == []
    assert fields_of(reading)["id_number"] == person.id_number


def test_why_a_card_stayed_closed_is_shown_by_its_code() -> None:
    held = replace(reading_with(), not_opened=CardFailure(Code.AUTHENTICATION_REFUSED, sw=0x63C2))
    assert fields_of(held)["not_opened"] == "authentication_refused"
    assert "authentication_refused" in repr(held)
    assert fields_of(reading_with())["not_opened"] is None


@pytest.mark.parametrize(
    ("number", "shown"),
    [("990101195003070017", "9901**********0017"), ("990101500307001", "***************"), (None, None)],
)
def test_numbers_keep_four_at_each_end_when_enough_is_hidden(number: str | None, shown: str | None) -> None:
    assert mask_number(number, 4) == shown


@pytest.mark.parametrize(
    ("name", "shown"), [("测", "测*"), ("测甲", "测*"), ("测试甲", "测*甲"), (None, None)]
)
def test_names_keep_their_ends(name: str | None, shown: str | None) -> None:
    assert mask_name(name) == shown
