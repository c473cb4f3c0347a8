"""A 3.0 card opened by the region's service, from the card's challenge to the holder's name."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from hw.card import CardAuthenticator, CardFailure, CardReader, CardReading, Code, Readers
from hw.card.application import read_application
from hw.card.authentication import Declined, HsmAuthenticator, InsuredPlace, Silent, _caution
from hw.card.virtual import IssuerKeys, VirtualCard, invent
from kiosk.sandbox.box import card_of
from kiosk.sandbox.persons import PERSONS

HOLDER = next(person for person in PERSONS if person.card is not None)
THIRD = replace(card_of(HOLDER), ssc_version="3.00")


async def read(region, card, authenticator: CardAuthenticator) -> CardReading:
    """Read in a thread of its own, as a terminal does."""
    return await asyncio.to_thread(
        read_application, region.insert(card), authenticator=authenticator, atr=card.atr
    )


@pytest.mark.parametrize("profile", ["plain", "tdes", "contactless", "strict_t0", "no_algorithm"])
async def test_the_service_opens_a_card_that_keeps_its_holder(region, profile):
    card = VirtualCard(THIRD, profile, keys=region.keys)
    reading = await read(region, card, HsmAuthenticator(region.service()))
    assert (reading.id_number, reading.name, reading.card_no) == (
        THIRD.id_number,
        THIRD.name,
        THIRD.card_no,
    )
    assert (reading.protected, reading.not_opened) == ((), None)
    assert region.faults.received("1903") == 1


async def test_a_card_that_keeps_dates_too_gives_all_of_them(region):
    card = VirtualCard(THIRD, "hides_dates", keys=region.keys)
    closed = await asyncio.to_thread(read_application, region.insert(card), atr=card.atr)
    assert {"issued_on", "expires_on", "issuer", "card_no", "name"} <= set(closed.protected)
    assert (closed.issued_on, closed.region, closed.version) == (None, "990100", "3.00")
    opened = await read(region, card, HsmAuthenticator(region.service()))
    assert opened.protected == ()
    assert (opened.issued_on, opened.issuer) == (HOLDER.card.issued_on, THIRD.issuer)


async def test_a_card_of_another_issuer_is_found_out_before_it_is_tried(region):
    card = VirtualCard(THIRD, keys=IssuerKeys.fresh())
    reading = await read(region, card, HsmAuthenticator(region.service()))
    assert reading.not_opened == CardFailure(Code.CARD_NOT_GENUINE)
    assert reading.card_id == THIRD.card_id
    assert bytes.fromhex("0082000A") not in card.received


@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "bad_gateway", "truncated", "garbled"])
async def test_a_service_that_gives_no_answer_leaves_what_is_free(region, fault):
    region.faults.plan("1903", fault)
    authenticator = HsmAuthenticator(region.service())
    card = VirtualCard(THIRD, keys=region.keys)
    reading = await read(region, card, authenticator)
    assert reading.not_opened is not None
    assert reading.not_opened.code is Code.SECURITY_SERVICE_SILENT
    assert (reading.region, reading.name) == ("990100", None)
    again = await read(region, card, authenticator)
    assert again.name == THIRD.name, "a silent service must not count against the card"


async def test_a_late_service_is_given_up_and_the_card_stays_usable(region):
    region.faults.plan("1903", "delay_s", seconds=60)
    authenticator = HsmAuthenticator(region.service(answer_max_s=0.2))
    reading = await read(region, VirtualCard(THIRD, keys=region.keys), authenticator)
    assert reading.not_opened == CardFailure(Code.SECURITY_SERVICE_SILENT, item="deadline")
    assert reading.region == "990100"
    region.faults.release()


async def test_a_service_that_says_no_is_a_fault_of_the_service(region):
    region.faults.plan("1903", "refuse")
    reading = await read(region, VirtualCard(THIRD, keys=region.keys), HsmAuthenticator(region.service()))
    assert reading.not_opened == CardFailure(Code.SECURITY_MODULE_FAULT, item="errorcode -9")


async def test_an_algorithm_the_service_lacks_is_refused_by_it(region):
    card = VirtualCard(THIRD, "ssf33", keys=region.keys)
    reading = await read(region, card, HsmAuthenticator(region.service()))
    assert reading.not_opened == CardFailure(Code.SECURITY_MODULE_FAULT, item="errorcode -2")


async def test_a_card_whose_key_differs_is_tried_once_and_never_again(region):
    odd = IssuerKeys(read=IssuerKeys.fresh().read, internal=region.keys.internal)
    card = VirtualCard(THIRD, keys=odd)
    authenticator = HsmAuthenticator(region.service())
    first = await read(region, card, authenticator)
    assert first.not_opened == CardFailure(Code.AUTHENTICATION_REFUSED, sw=0x63C2)
    for _ in range(5):
        later = await read(region, card, authenticator)
        assert later.not_opened == CardFailure(Code.AUTHENTICATION_HELD)
        assert later.card_id == THIRD.card_id
    assert card.received.count(bytes.fromhex("0082000A")) == 1


async def test_after_three_cards_that_refuse_no_other_is_risked(region):
    odd = IssuerKeys(read=IssuerKeys.fresh().read, internal=region.keys.internal)
    authenticator = HsmAuthenticator(region.service())
    codes = []
    for ordinal in range(5):
        person = invent(ordinal, ssc_version="3.00")
        reading = await read(region, VirtualCard(person, keys=odd), authenticator)
        assert reading.not_opened is not None
        codes.append(reading.not_opened.code)
    assert codes == [Code.AUTHENTICATION_REFUSED] * 3 + [Code.AUTHENTICATION_HELD] * 2


async def test_a_card_that_trusts_us_shows_that_the_key_is_right(region):
    odd = IssuerKeys(read=IssuerKeys.fresh().read, internal=region.keys.internal)
    authenticator = HsmAuthenticator(region.service())
    told = []
    for ordinal, keys in enumerate((odd, odd, region.keys, odd, odd, region.keys)):
        card = VirtualCard(invent(ordinal, ssc_version="3.00"), keys=keys)
        told.append((await read(region, card, authenticator)).not_opened)
    refused = CardFailure(Code.AUTHENTICATION_REFUSED, sw=0x63C2)
    assert told == [refused, refused, None, refused, refused, None]


async def test_only_so_many_cards_are_remembered(region, monkeypatch):
    monkeypatch.setattr(_caution, "CARDS_MAX", 1)
    monkeypatch.setattr(_caution, "REFUSALS_IN_A_ROW_MAX", 99)
    odd = IssuerKeys(read=IssuerKeys.fresh().read, internal=region.keys.internal)
    authenticator = HsmAuthenticator(region.service())
    told = []
    for ordinal in (1, 2, 2, 1):
        card = VirtualCard(invent(ordinal, ssc_version="3.00"), keys=odd)
        reading = await read(region, card, authenticator)
        told.append(reading.not_opened.code)
    refused, held = Code.AUTHENTICATION_REFUSED, Code.AUTHENTICATION_HELD
    assert told == [refused, refused, held, refused]


async def test_a_locked_card_is_told_from_a_refusing_one(region):
    odd = IssuerKeys(read=IssuerKeys.fresh().read, internal=region.keys.internal)
    card = VirtualCard(THIRD, keys=odd)
    readings = [await read(region, card, HsmAuthenticator(region.service())) for _ in range(4)]
    assert [reading.not_opened for reading in readings] == [
        *(CardFailure(Code.AUTHENTICATION_REFUSED, sw=sw) for sw in (0x63C2, 0x63C1, 0x63C0)),
        CardFailure(Code.AUTHENTICATION_LOCKED, sw=0x6983),
    ]


async def test_the_service_says_where_the_holder_is_insured_and_refuses_a_lost_card(region):
    reading = await read(region, VirtualCard(THIRD, keys=region.keys), HsmAuthenticator(region.service()))
    service = region.service()
    assert await asyncio.to_thread(service.standing, reading) == InsuredPlace(HOLDER.region)
    other = replace(reading, name="测试乙")
    assert await asyncio.to_thread(service.standing, other) == Declined("-5", "人卡不符")
    region.office.report_lost(reading.card_id)
    assert await asyncio.to_thread(service.standing, reading) == Declined("-4", "卡已挂失")
    region.faults.plan("1904", "lost_after")
    assert isinstance(await asyncio.to_thread(service.standing, reading), Silent)


async def test_the_holder_is_not_named_to_the_service_that_opens_the_card(region):
    asked = []
    service = region.service()
    prove = service.prove
    authenticator = HsmAuthenticator(service)
    service.prove = lambda question: asked.append(question) or prove(question)
    await read(region, VirtualCard(THIRD, keys=region.keys), authenticator)
    text = " ".join(str(getattr(asked[0], name)) for name in asked[0].__slots__)
    assert [secret for secret in (THIRD.id_number, THIRD.name, THIRD.card_no) if secret in text] == []
    assert THIRD.card_id not in repr(asked[0])


async def test_through_a_real_reader_the_terminal_asks_the_service_and_reads_the_holder(
    reader, region_of_reader
):
    reader.insert(THIRD)
    card_reader = CardReader(
        readers=Readers(contact="*00 00"),
        authenticator=HsmAuthenticator(region_of_reader.service()),
        read_max_s=30,
    )
    try:
        reading = await asyncio.wrap_future(card_reader.read())
    finally:
        await asyncio.to_thread(card_reader.close)
    assert isinstance(reading, CardReading)
    assert (reading.name, reading.id_number, reading.protected) == (THIRD.name, THIRD.id_number, ())
    assert region_of_reader.faults.received("1903") == 1


async def test_a_silent_service_does_not_keep_the_terminal_from_the_free_items(reader, region_of_reader):
    reader.insert(THIRD)
    region_of_reader.faults.plan("1903", "delay_s", seconds=60)
    card_reader = CardReader(
        readers=Readers(contact="*00 00"),
        authenticator=HsmAuthenticator(region_of_reader.service(answer_max_s=0.3)),
        read_max_s=30,
    )
    try:
        reading = await asyncio.wrap_future(card_reader.read())
    finally:
        await asyncio.to_thread(card_reader.close)
    region_of_reader.faults.release()
    assert isinstance(reading, CardReading)
    assert reading.not_opened == CardFailure(Code.SECURITY_SERVICE_SILENT, item="deadline")
    assert (reading.region, reading.card_id) == ("990100", THIRD.card_id)
