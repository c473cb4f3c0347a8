"""3.0 cards and the seam for those who can open them."""

from collections.abc import Callable

import pytest

from hw.card import CardReader, CardReading
from hw.card.apdu import Channel
from hw.card.application import Exchange, read_application
from hw.card.virtual import VirtualCard, VirtualReader, invent


class Module:
    """Stands for a security module: gets a challenge, brings the card the cryptogram for it."""

    def __init__(self, cryptogram: Callable[[bytes], bytes]) -> None:
        self._cryptogram = cryptogram
        self.asked_with: list[CardReading] = []

    def authenticate(self, exchange: Exchange, reading: CardReading) -> bool:
        self.asked_with.append(reading)
        challenge, _ = exchange(bytes.fromhex("0084000008"))
        _, sw = exchange(bytes.fromhex("0082000A10") + self._cryptogram(challenge))
        return sw == 0x9000


def test_an_authenticator_opens_the_protected_items_through_a_real_reader(virtual: VirtualReader) -> None:
    person = invent(1, ssc_version="3.00")
    module = Module(virtual.cryptogram)
    virtual.insert(person)
    reader = CardReader(authenticator=module)
    reading = reader.read().result(5.0)
    again = reader.read().result(5.0)
    reader.close()
    assert isinstance(reading, CardReading)
    assert (reading.id_number, reading.name, reading.card_no) == (
        person.id_number,
        person.name,
        person.card_no,
    )
    assert (reading.protected, reading.needs_authentication) == ((), False)
    assert again == reading
    assert [free.card_id for free in module.asked_with] == [person.card_id] * 2, "the first read left it open"


@pytest.mark.parametrize("answer", [b"\x00" * 16, b""])
def test_a_card_that_does_not_trust_the_terminal_gives_what_is_free(
    channel_to: Callable[[VirtualCard], Channel], answer: bytes
) -> None:
    card = VirtualCard(invent(2, ssc_version="3.00"))
    reading = read_application(channel_to(card), authenticator=Module(lambda challenge: answer))
    assert reading.needs_authentication
    assert (reading.region, reading.name) == ("990101", None)


def test_nobody_authenticates_to_a_card_that_protects_nothing(
    channel_to: Callable[[VirtualCard], Channel],
) -> None:
    module = Module(lambda challenge: b"")
    reading = read_application(channel_to(VirtualCard(invent(3))), authenticator=module)
    assert (reading.needs_authentication, module.asked_with) == (False, [])
