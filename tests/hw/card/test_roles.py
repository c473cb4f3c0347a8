"""Which reader is for what, by configuration; and which of two cards is the visit's."""

import threading
from typing import Any

import pytest

from hw.card import (
    CardFailure,
    CardInserted,
    CardReader,
    CardReading,
    CardRemoved,
    Code,
    ReaderFound,
    Readers,
    SecondCard,
    ServiceBack,
)
from hw.card.failure import CardError
from hw.card.roles import Role, find, for_patients, unassigned
from hw.card.virtual import VirtualReader, invent

DUAL = (
    "ACME 1281 1S Dual Reader [ACME Dual Reader ICC] 00 00",
    "ACME 1281 1S Dual Reader [ACME Dual Reader PICC] 00 01",
    "ACME 1281 1S Dual Reader [ACME Dual Reader SAM] 00 02",
)
OTHER = "Other Keyboard Reader 01 00"
BOTH = Readers(contact="*00 00", contactless="*00 01")
FIRST, SECOND = VirtualReader.reader_name(0), VirtualReader.reader_name(1)


@pytest.mark.parametrize(
    ("readers", "chosen"),
    [
        (Readers(contact="ACME*00 00"), DUAL[:1]),
        (Readers(contact="*[*ICC] 00 00", contactless="*PICC]*"), DUAL[:2]),
        (Readers(contact="acme*[acme*reader icc] 00 0?"), DUAL[:1]),
        (Readers(contact=DUAL[0]), DUAL[:1]),
        (Readers(contactless="PICC"), DUAL[1:2]),
        (Readers(contact="*00 00", contactless="not there"), DUAL[:1]),
        (Readers(contact="not there"), ()),
    ],
)
def test_a_pattern_chooses_one_reader_whatever_order_they_came_in(
    readers: Readers, chosen: tuple[str, ...]
) -> None:
    for names in ((*DUAL, OTHER), (OTHER, *reversed(DUAL))):
        assert for_patients(names, readers) == chosen


@pytest.mark.parametrize(
    ("names", "readers", "named"),
    [
        (DUAL, Readers(contact="ACME*"), "contact: "),
        ((*DUAL, OTHER), Readers(), DUAL[0]),
        (DUAL, Readers(contact="*00 00", contactless="*00 00"), "for two roles"),
        (DUAL, Readers(contact="*SAM*", psam="*SAM*"), "for two roles"),
    ],
)
def test_what_the_configuration_leaves_open_is_refused_by_name(
    names: tuple[str, ...], readers: Readers, named: str
) -> None:
    with pytest.raises(CardError) as refused:
        for_patients(names, readers)
    assert refused.value.code is Code.READER_NOT_CHOSEN
    assert named in str(refused.value.failure.item)


def test_without_a_configuration_the_only_reader_is_the_one_and_a_security_modules_slot_is_none() -> None:
    assert for_patients((DUAL[0], DUAL[2]), Readers()) == (DUAL[0],)
    assert for_patients((DUAL[2],), Readers()) == ()
    assert for_patients(DUAL[:2], Readers(psam="*00 01")) == (DUAL[0],)
    assert for_patients((), Readers()) == ()


def test_a_security_modules_reader_is_found_by_its_pattern() -> None:
    assert find(DUAL, "*SAM*", Role.PSAM) == DUAL[2]
    assert find(DUAL, None, Role.PSAM) is None


def test_readers_without_a_role_are_known_as_such() -> None:
    assert unassigned((*DUAL, OTHER), Readers(contact="*ICC] 00 00", psam="*SAM*")) == (DUAL[1], OTHER)


def test_a_card_in_either_reader_is_the_visits_card(virtual: VirtualReader, news: Any) -> None:
    for slot, person in ((0, invent(1)), (1, invent(2))):
        reader = CardReader(readers=BOTH)
        reader.start(news.told)
        virtual.insert(person, slot=slot)
        assert news.next(CardInserted).reader == VirtualReader.reader_name(slot)
        reading = reader.read().result(10.0)
        reader.close()
        virtual.remove(slot=slot)
        assert isinstance(reading, CardReading)
        assert reading.card_no == person.card_no


def test_the_first_card_stays_the_visits_and_the_second_is_reported(
    virtual: VirtualReader, news: Any
) -> None:
    reader = CardReader(readers=BOTH)
    reader.start(news.told)
    virtual.insert(invent(2), slot=1)
    news.next(CardInserted)
    virtual.insert(invent(1), slot=0)
    assert news.next(SecondCard) == SecondCard(FIRST)
    reading = reader.read().result(10.0)
    assert isinstance(reading, CardReading)
    assert reading.card_no == invent(2).card_no
    virtual.remove(slot=1)
    assert news.next(CardRemoved) == CardRemoved(SECOND)
    assert news.next(CardInserted).reader == FIRST
    reader.close()
    kinds = [type(event) for event in news.seen]
    assert kinds == [ReaderFound, ReaderFound, CardInserted, SecondCard, CardRemoved, CardInserted]


def test_a_second_card_that_leaves_again_was_never_the_visits(virtual: VirtualReader, news: Any) -> None:
    reader = CardReader(readers=BOTH)
    reader.start(news.told)
    virtual.insert(invent(1), slot=0)
    news.next(CardInserted)
    virtual.insert(invent(2), slot=1)
    news.next(SecondCard)
    virtual.remove(slot=1)
    virtual.remove(slot=0)
    assert news.next(CardRemoved) == CardRemoved(FIRST)
    reader.close()
    assert sum(isinstance(event, CardInserted | CardRemoved) for event in news.seen) == 2


def test_a_visits_card_is_told_anew_after_the_service_came_back(virtual: VirtualReader, news: Any) -> None:
    reader = CardReader(readers=BOTH)
    reader.start(news.told)
    virtual.insert(invent(1), slot=1)
    news.next(CardInserted)
    virtual.restart_pcscd()
    news.next(ServiceBack)
    assert news.next(CardInserted).reader == SECOND
    assert isinstance(reader.read().result(10.0), CardReading)
    reader.close()


def test_a_card_that_lies_in_the_other_reader_is_not_read_in_place_of_the_visits(
    virtual: VirtualReader,
) -> None:
    """The patient's card is out and the news of it still on its way: nobody else's card takes its place."""
    pulled, told_out, may_go_on = threading.Event(), threading.Event(), threading.Event()

    def listen(event: object) -> None:
        if isinstance(event, CardInserted):
            pulled.set()
            may_go_on.wait(10.0)
            told_out.set()

    reader = CardReader(readers=BOTH)
    reader.start(listen)
    virtual.insert(invent(1), slot=0)
    assert pulled.wait(10.0)
    virtual.insert(invent(2), slot=1)
    virtual.remove(slot=0)
    result = reader.read().result(10.0)
    may_go_on.set()
    assert told_out.wait(10.0)
    reader.close()
    assert result == CardFailure(Code.NO_CARD)


def test_a_read_that_nobody_configured_names_the_readers_to_choose_from(virtual: VirtualReader) -> None:
    virtual.insert(invent(1))
    reader = CardReader()
    assert reader.read().result(10.0) == CardFailure(Code.READER_NOT_CHOSEN, item=f"{FIRST}, {SECOND}")
    reader.close()
