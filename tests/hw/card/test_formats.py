"""Lines of text for back ends: what goes in comes out, and nothing else gets in."""

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hw.card import CardReading
from hw.card.atr import historical_bytes
from hw.card.formats import (
    Extended,
    FormatError,
    HsmAnswer,
    HsmQuestion,
    Issuing,
    Line,
    Misfit,
    National,
    decode,
    encode,
    extended,
    issuing,
    national,
)

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy machine any test may take long; that says nothing about lines."""

READING = CardReading(
    version="3.00",
    card_id="990101D1560000050000000000000001",
    region="990101",
    card_class="1",
    issuer="991100000000",
    issued_on=date(2021, 3, 4),
    expires_on=date(2099, 12, 31),
    card_no="Y00000001",
    id_number="990101195003070017",
    name="测试甲",
    sex="1",
    ethnic_group="01",
    birth_region="990101",
    born_on=date(1950, 3, 7),
    atr=bytes.fromhex("3B6D000000995A5A0186990000000000FF"),
)

LINES = {
    National: (
        "990101|990101195003070017|Y00000001|990101D1560000050000000000000001|测试甲|"
        "00995A5A0186990000000000FF|3.00|20210304|20991231|990000000001|KIOSK-1|"
    ),
    Issuing: (
        "990101D1560000050000000000000001|1|3.00|991100000000|20210304|20991231|Y00000001|"
        "990101195003070017|测试甲|1|01|990101|19500307|"
    ),
    Extended: (
        "990101D1560000050000000000000001:1:3.00:991100000000:20210304:20991231:Y00000001:"
        "990101195003070017:测试甲::1:01:990101:19500307:"
    ),
    HsmQuestion: (
        "990101|00995A5A0186990000000000FF|03|990101D1560000050000000000000001|"
        "1111111111111111|2222222222222222|3333333333333333|4444444444444444|"
    ),
    HsmAnswer: "AAAAAAAAAAAAAAAA2222222222222222|BBBBBBBBBBBBBBBB4444444444444444|",
}


def test_a_reading_is_written_as_each_back_end_expects_it() -> None:
    assert encode(national(READING, "990000000001", "KIOSK-1")) == LINES[National].encode("gbk")
    assert encode(issuing(READING)) == LINES[Issuing].encode("gbk")
    assert encode(extended(READING)) == LINES[Extended].encode("gbk")


def test_a_card_that_keeps_its_holder_leaves_those_fields_empty() -> None:
    closed = replace(READING, name=None, id_number=None, card_no=None, protected=("name",))
    assert encode(national(closed)) == (
        b"990101|||990101D1560000050000000000000001||00995A5A0186990000000000FF|3.00|20210304|20991231|||"
    )


@pytest.mark.parametrize("layout", LINES, ids=lambda layout: layout.__name__)
def test_every_layout_reads_what_it_writes(layout: type[Line]) -> None:
    raw = LINES[layout].encode("gbk")
    assert encode(decode(layout, raw)) == raw


def test_a_line_of_one_layout_is_never_taken_for_another() -> None:
    for written, text in LINES.items():
        for layout in LINES:
            if layout is not written:
                with pytest.raises(FormatError):
                    decode(layout, text.encode("gbk"))


def test_a_character_whose_second_byte_is_a_separator_stays_whole() -> None:
    odd = b"\xcc\x7c".decode("gbk")
    assert len(odd) == 1
    line = national(replace(READING, name=odd))
    raw = encode(line)
    assert raw.count(b"|") == 12
    assert decode(National, raw) == line


@pytest.mark.parametrize(
    ("made", "changed", "misfit", "item"),
    [
        (national, {"name": "测|试"}, Misfit.BAD_VALUE, "name"),
        (extended, {"name": "测:试"}, Misfit.BAD_VALUE, "name"),
        (national, {"name": "测\n试"}, Misfit.BAD_VALUE, "name"),
        (national, {"name": "测㐂𠀀"}, Misfit.NOT_GBK, "name"),
        (national, {"card_no": "Y|0000001"}, Misfit.BAD_VALUE, "card_no"),
        (national, {"version": "2|00"}, Misfit.BAD_VALUE, "version"),
        (extended, {"name": "测" * 26}, Misfit.TOO_LONG, "name"),
        (issuing, {"sex": "M"}, Misfit.BAD_VALUE, "sex"),
    ],
)
def test_what_a_layout_cannot_carry_is_refused(
    made: object, changed: dict[str, str], misfit: Misfit, item: str
) -> None:
    with pytest.raises(FormatError) as error:
        encode(made(replace(READING, **changed)))  # type: ignore[operator, arg-type]
    assert (error.value.reason, error.value.item) == (misfit, item)
    assert "测" not in str(error.value)


def test_a_colon_in_a_name_is_no_trouble_between_bars() -> None:
    line = national(replace(READING, name="测:试"))
    assert decode(National, encode(line)) == line


@pytest.mark.parametrize(
    ("text", "misfit"),
    [
        (LINES[National][:-1], Misfit.NOT_CLOSED),
        (LINES[National] + "more|", Misfit.WRONG_COUNT),
        (LINES[National].replace("20991231", "2099-12-31"), Misfit.BAD_VALUE),
        (LINES[National].replace("990101|9901", "99010|9901", 1), Misfit.BAD_VALUE),
        (LINES[National].replace("3.00", "version"), Misfit.BAD_VALUE),
        ("", Misfit.WRONG_COUNT),
        ("|" * 11, Misfit.BAD_VALUE),
        ("9" * 2000, Misfit.TOO_LONG),
    ],
)
def test_what_is_no_line_of_the_layout_is_refused(text: str, misfit: Misfit) -> None:
    with pytest.raises(FormatError) as error:
        decode(National, text.encode("gbk"))
    assert error.value.reason is misfit


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(FormatError) as error:
        decode(National, LINES[National].encode("gbk").replace("测".encode("gbk"), b"\xff\xff"))
    assert error.value.reason is Misfit.NOT_GBK


def test_blanks_that_pad_a_field_are_taken_off() -> None:
    padded = LINES[National].replace("3.00|", "3.00  |").replace("测试甲|", "测试甲    |")
    assert decode(National, padded.encode("gbk")) == national(READING, "990000000001", "KIOSK-1")


def test_a_character_cut_between_name_and_extension_is_put_together() -> None:
    raw = LINES[Extended].encode("gbk")
    whole = "A测试甲乙丙".encode("gbk")
    cut = raw.replace("测试甲::".encode("gbk"), whole[:4] + b":" + whole[4:] + b":")
    line = decode(Extended, cut)
    assert (line.name, line.name_extension) == ("A测", "试甲乙丙")


def test_a_line_shows_no_person_when_printed() -> None:
    for line in (national(READING), issuing(READING), extended(READING)):
        assert [part for part in ("测试甲", "0307", "Y0000") if part in repr(line)] == []


GBK_NAMES = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5) | st.sampled_from("ABxy·"))
DAYS = st.none() | st.dates()
READINGS = st.builds(
    replace,
    st.just(READING),
    name=st.none() | GBK_NAMES.filter(lambda name: len(name.encode("gbk")) <= 50),
    id_number=st.none() | st.text("0123456789X", min_size=1, max_size=18),
    card_no=st.none() | st.text("0123456789ABCXYZ", min_size=1, max_size=9),
    card_id=st.integers(0, 16**26 - 1).map(lambda number: f"990101{number:026X}"),
    issued_on=DAYS,
    expires_on=DAYS,
    born_on=DAYS,
    sex=st.sampled_from([None, "1", "2", "9"]),
    version=st.sampled_from([None, "1.00", "2.00", "3.00"]),
    atr=st.binary(max_size=33),
)


@unhurried
@given(READINGS)
def test_whatever_a_card_holds_survives_every_layout(reading: CardReading) -> None:
    for line in (national(reading, "990000000001", "KIOSK-1"), issuing(reading), extended(reading)):
        assert decode(type(line), encode(line)) == line
    long = extended(reading)
    assert long.name + long.name_extension == (reading.name or "")
    assert len(long.name.encode("gbk")) <= 30


LAYOUTS = st.sampled_from(sorted(LINES, key=lambda layout: layout.__name__))


def line_in(layout: type[Line], raw: bytes) -> Line | None:
    try:
        return decode(layout, raw)
    except FormatError:
        return None


@unhurried
@given(st.binary(max_size=300), LAYOUTS)
def test_any_bytes_are_a_line_or_a_format_error(raw: bytes, layout: type[Line]) -> None:
    line = line_in(layout, raw)
    assert line is None or line_in(layout, encode(line)) == line


@unhurried
@given(st.data(), LAYOUTS)
def test_a_line_with_one_byte_changed_is_a_line_or_a_format_error(
    data: st.DataObject, layout: type[Line]
) -> None:
    raw = bytearray(LINES[layout].encode("gbk"))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    line = line_in(layout, bytes(raw))
    assert line is None or len(fields(line)) == LINES[layout].count(layout.separator)


@pytest.mark.parametrize(
    ("atr", "historical"),
    [
        ("3B6D000000995A5A0186990000000000FF", "00995A5A0186990000000000FF"),
        ("3B8480015353534541", "53535345"),
        ("3B840153535345F4", "53535345"),
        ("3BF4180002C10A31FE5853535345", "53535345"),
        ("3B00", ""),
        ("3B", ""),
        ("", ""),
        ("3B6D0000", ""),
        ("3BFF", ""),
        ("3B80808080", ""),
    ],
)
def test_historical_bytes_stand_behind_the_interface_bytes(atr: str, historical: str) -> None:
    assert historical_bytes(bytes.fromhex(atr)).hex().upper() == historical


@unhurried
@given(st.binary(max_size=40))
def test_any_answer_to_reset_has_at_most_fifteen_historical_bytes(atr: bytes) -> None:
    assert len(historical_bytes(atr)) <= 15
