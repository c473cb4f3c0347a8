"""Every card a terminal meets, through a real pcscd: a reading or a typed failure, never an exception."""

from collections.abc import Callable
from datetime import date

import pytest

from hw.card import CardFailure, CardReading, Code, ReadingWarning, ReadResult
from hw.card.virtual import VirtualReader, invent

Read = Callable[[], ReadResult]

FULL_READ = [
    "00A40400",
    "00A40200",
    *(f"00B2{tag:02X}00" for tag in range(0x01, 0x08)),
    "00A40200",
    *(f"00B2{tag:02X}00" for tag in (0x08, 0x09, 0x4E, 0x0A, 0x0B, 0x0C, 0x0D)),
]


def test_a_2_0_card_gives_every_field_in_17_commands(virtual: VirtualReader, read: Read) -> None:
    person = invent(1, name="测试甲")
    virtual.insert(person)
    reading = read()
    assert reading == CardReading(
        version="2.00",
        card_id="990101D1560000050000000000000001",
        region="990101",
        card_class="1",
        issuer="991100000000",
        issued_on=date(2021, 3, 4),
        expires_on=date(2099, 12, 31),
        card_no="Y00000001",
        id_number=person.id_number,
        name="测试甲",
        sex="1",
        ethnic_group="01",
        birth_region="990101",
        born_on=date(1950, 3, 7),
        atr=bytes.fromhex("3B6D000000995A5A0186990000000000FF"),
    )
    assert virtual.commands() == FULL_READ


def test_a_1_0_card_is_read_without_asking_for_what_it_lacks(virtual: VirtualReader, read: Read) -> None:
    virtual.insert(invent(2, ssc_version="1.00"))
    reading = read()
    assert isinstance(reading, CardReading)
    assert (reading.version, reading.name, reading.sex) == ("1.00", "测试甲", "2")
    assert virtual.commands() == [header for header in FULL_READ if header != "00B24E00"]


def test_a_strict_t0_card_costs_one_command_more(virtual: VirtualReader, read: Read) -> None:
    virtual.insert(invent(1), "strict_t0")
    assert isinstance(read(), CardReading)
    assert virtual.commands() == [FULL_READ[0], "00C00000", *FULL_READ[1:]]


def test_a_3_0_card_gives_what_is_free_and_names_what_it_protects(virtual: VirtualReader, read: Read) -> None:
    virtual.insert(invent(3, ssc_version="3.00"))
    reading = read()
    assert isinstance(reading, CardReading)
    assert reading.needs_authentication
    assert (reading.version, reading.region) == ("3.00", "990101")
    assert reading.card_id == "990101D1560000050000000000000003"
    assert (reading.card_no, reading.id_number, reading.name) == (None, None, None)
    assert {"card_no", "id_number", "name"} <= set(reading.protected)
    assert reading.warnings == ()


def test_a_name_longer_than_its_field_goes_on_in_the_extension(virtual: VirtualReader, read: Read) -> None:
    name = "测试" * 7 + "测甲" + "乙丙丁"  # 19 characters, 38 bytes: one of them lies across both fields
    virtual.insert(invent(1, name="A" + name))
    reading = read()
    assert isinstance(reading, CardReading)
    assert reading.name == "A" + name


def test_a_rare_character_of_four_bytes_is_read(virtual: VirtualReader, read: Read) -> None:
    virtual.insert(invent(1, name="测㐂𠀀"))
    reading = read()
    assert isinstance(reading, CardReading)
    assert reading.name == "测㐂𠀀"


@pytest.mark.parametrize("profile", ["contactless", "t1_only", "by_number", "no_extension", "slow"])
def test_cards_that_differ_only_in_manners_are_read_in_full(
    virtual: VirtualReader, read: Read, profile: str
) -> None:
    person = invent(4)
    virtual.insert(person, profile)
    reading = read()
    assert isinstance(reading, CardReading)
    assert (reading.id_number, reading.name, reading.warnings) == (person.id_number, person.name, ())


def test_a_t1_card_is_read_after_a_t0_card_by_the_same_reader(virtual: VirtualReader, read: Read) -> None:
    virtual.insert(invent(1))
    assert isinstance(read(), CardReading)
    virtual.insert(invent(2), "t1_only")
    assert isinstance(read(), CardReading)


@pytest.mark.clause("S1-H.5")
@pytest.mark.parametrize(
    ("profile", "failure"),
    [
        ("bank", CardFailure(Code.NOT_A_SOCIAL_SECURITY_CARD, sw=0x6A82)),
        ("alien", CardFailure(Code.NOT_A_SOCIAL_SECURITY_CARD, sw=0x6E00)),
        ("blocked", CardFailure(Code.CARD_BLOCKED, sw=0x6283)),
        ("junk_atr", CardFailure(Code.PROTOCOL, hresult=0x8010000F)),
        ("no_holder_file", CardFailure(Code.FILE_MISSING, sw=0x6A82, item="EF06")),
        ("wrong_tag", CardFailure(Code.BAD_DATA, item="sex")),
        ("wrong_length", CardFailure(Code.BAD_DATA, item="id_number")),
        ("wrong_check", CardFailure(Code.BAD_DATA, item="id_number")),
        ("no_name", CardFailure(Code.BAD_DATA, sw=0x6A83, item="name")),
        ("blank", CardFailure(Code.CARD_BLANK, item="id_number")),
    ],
)
def test_a_bad_card_gives_its_own_code(
    virtual: VirtualReader, read: Read, profile: str, failure: CardFailure
) -> None:
    virtual.insert(invent(5), profile)
    assert read() == failure


@pytest.mark.parametrize(
    ("profile", "name", "warning"),
    [
        ("expired", "测试甲", ReadingWarning.EXPIRED),
        ("cut_name", "测试" * 7, ReadingWarning.NAME_CUT),
        ("illegal_name", None, ReadingWarning.NAME_UNREADABLE),
    ],
)
def test_a_card_that_can_be_used_with_care_says_so(
    virtual: VirtualReader, read: Read, profile: str, name: str | None, warning: ReadingWarning
) -> None:
    person = invent(6)
    virtual.insert(person, profile)
    reading = read()
    assert isinstance(reading, CardReading)
    assert (reading.id_number, reading.name, reading.warnings) == (person.id_number, name, (warning,))


def test_dates_filled_with_f_are_no_dates_and_no_fault(virtual: VirtualReader, read: Read) -> None:
    virtual.insert(invent(7), "no_dates")
    reading = read()
    assert isinstance(reading, CardReading)
    assert (reading.expires_on, reading.warnings) == (None, ())


def test_an_answer_of_one_byte_is_a_failed_command_and_the_read_is_repeated(
    virtual: VirtualReader, read: Read
) -> None:
    virtual.insert(invent(8), "short_answer")
    assert isinstance(read(), CardReading)
    assert len(virtual.commands()) == 5 + len(FULL_READ)


def test_a_card_pulled_while_it_is_read_was_removed(virtual: VirtualReader, read: Read) -> None:
    virtual.insert(invent(9), "removed_midway")
    result = read()
    assert isinstance(result, CardFailure)
    assert result.code is Code.CARD_REMOVED
