"""The holder's PIN: asked for once, never risked, never left behind."""

import logging
from collections.abc import Callable

import pytest

from hw.card import CardFailure, Code, Readers
from hw.card.apdu import Channel, OneByOne, traced
from hw.card.failure import CardError
from hw.card.issuer import version_of
from hw.card.item_reader import select_application
from hw.card.pin import (
    NotTried,
    PinAccepted,
    PinBlocked,
    PinNotTried,
    PinRefused,
    check_pin,
    read_public_by_pin,
    tries_left,
    verify_pin,
)
from hw.card.public import PUBLIC_FILES, VECTORS, PublicData, read_public
from hw.card.transport import Pcsc
from hw.card.virtual import VirtualCard, VirtualReader, invent

Open = Callable[[VirtualCard], Channel]
VERIFY = bytes.fromhex("00200000")
FIRST = Readers(contact="*00 00")


class Pad:
    """A patient who types `digits`, or goes away."""

    def __init__(self, digits: str | None) -> None:
        self._digits = digits
        self.buffers: list[bytearray] = []

    def ask_pin(self) -> bytearray | None:
        if self._digits is None:
            return None
        self.buffers.append(bytearray(self._digits.encode()))
        return self.buffers[-1]


def selected(channel: Channel) -> Channel:
    select_application(channel)
    return channel


def buffer(digits: str) -> bytearray:
    return bytearray(digits.encode())


@pytest.mark.clause("S2-U.1")
@pytest.mark.parametrize("profile", ["plain", "strict_t0", "close_about_tries"])
def test_the_right_pin_is_accepted_and_wiped(channel_to: Open, pin: str, profile: str) -> None:
    given = buffer(pin)
    assert verify_pin(selected(channel_to(VirtualCard(invent(1), profile, pin=pin))), given) == PinAccepted()
    assert given == bytes(6)


@pytest.mark.clause("S2-U.1")
def test_a_wrong_pin_says_how_many_tries_are_left_and_is_wiped(
    channel_to: Open, pin: str, wrong: str
) -> None:
    channel = selected(channel_to(VirtualCard(invent(1), pin=pin)))
    given = buffer(wrong)
    assert verify_pin(channel, given) == PinRefused(tries_left=2)
    assert given == bytes(6)
    assert tries_left(channel) == 2


@pytest.mark.clause("S2-U.1")
def test_the_last_try_is_not_used_unless_somebody_says_so(channel_to: Open, pin: str, wrong: str) -> None:
    card = VirtualCard(invent(1), pin=pin)
    channel = selected(channel_to(card))
    for left in (2, 1):
        assert verify_pin(channel, buffer(wrong)) == PinRefused(left)
    given = buffer(pin)
    assert verify_pin(channel, given) == PinNotTried(NotTried.LAST_TRY)
    assert given == bytes(6)
    assert tries_left(channel) == 1
    assert verify_pin(channel, buffer(pin), use_last_try=True) == PinAccepted()
    assert tries_left(channel) == 3


@pytest.mark.clause("S2-U.1")
def test_a_pin_that_is_used_up_is_blocked_and_stays_so(channel_to: Open, pin: str, wrong: str) -> None:
    channel = selected(channel_to(VirtualCard(invent(1), pin=pin)))
    results = [verify_pin(channel, buffer(wrong), use_last_try=True) for _ in range(3)]
    assert results == [PinRefused(2), PinRefused(1), PinBlocked()]
    assert verify_pin(channel, buffer(pin), use_last_try=True) == PinBlocked()
    assert tries_left(channel) == PinBlocked()


def test_a_card_that_does_not_tell_its_tries_is_still_verified(
    channel_to: Open, pin: str, wrong: str
) -> None:
    channel = selected(channel_to(VirtualCard(invent(1), "close_about_tries", pin=pin)))
    assert tries_left(channel) is None
    assert verify_pin(channel, buffer(wrong)) == PinRefused(2)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345x", "１２３４５６", "-12345"])
def test_what_is_no_pin_is_never_sent(channel_to: Open, pin: str, typed: str) -> None:
    card = VirtualCard(invent(1), pin=pin)
    given = buffer(typed)
    assert verify_pin(selected(channel_to(card)), given) == PinNotTried(NotTried.MALFORMED)
    assert given == bytes(len(given))
    assert VERIFY not in card.received


def test_a_card_without_a_pin_is_told_from_one_that_refuses(channel_to: Open) -> None:
    channel = selected(channel_to(VirtualCard(invent(1))))
    assert verify_pin(channel, buffer("000000")) == PinNotTried(NotTried.NO_PIN)


class Answering(OneByOne):
    """Answers VERIFY without data by one status word, with data by another."""

    def __init__(self, about: str, verdict: str) -> None:
        self._answers = (bytes.fromhex(about), bytes.fromhex(verdict))

    def transmit(self, command: bytes) -> bytes:
        return self._answers[len(command) > 5]


@pytest.mark.parametrize(
    ("about", "verdict", "result"),
    [
        ("6700", "9000", PinAccepted()),
        ("6D00", "6300", PinRefused(None)),
        ("9000", "63C4", PinRefused(4)),
        ("63C5", "63C4", PinRefused(4)),
        ("6700", "63C0", PinBlocked()),
        ("6983", "9000", PinBlocked()),
        ("6700", "6983", PinBlocked()),
        ("6700", "6A88", PinNotTried(NotTried.NO_PIN)),
    ],
)
def test_every_way_a_card_answers_has_its_meaning(about: str, verdict: str, result: object) -> None:
    assert verify_pin(Answering(about, verdict), buffer("000000")) == result


def test_a_status_nobody_knows_is_a_failure_and_the_pin_is_wiped() -> None:
    given = buffer("000000")
    with pytest.raises(CardError) as error:
        verify_pin(Answering("6700", "6F00"), given)
    assert error.value.failure == CardFailure(Code.UNEXPECTED_STATUS, sw=0x6F00, item="pin")
    assert given == bytes(6)


def test_a_card_that_is_gone_leaves_no_pin_behind() -> None:
    class Gone(OneByOne):
        def transmit(self, command: bytes) -> bytes:
            raise CardError(Code.CARD_REMOVED)

    given = buffer("000000")
    with pytest.raises(CardError):
        verify_pin(Gone(), given)
    assert given == bytes(6)


@pytest.mark.clause("S3-8.1.12")
def test_no_log_of_the_service_holds_a_pin(
    virtual: VirtualReader, pin: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    virtual.insert(invent(1), pin=pin)
    with Pcsc() as service:
        (slot,) = service.slots(FIRST)
        assert check_pin(service, slot, Pad(pin)) == PinAccepted()
    logs = (virtual.directory / "pcscd.log").read_text() + (virtual.directory / "inside.log").read_text()
    packed = bytes.fromhex(pin)
    assert pin not in caplog.text
    for form in (packed.hex(" ").upper(), packed.hex(" "), str(list(packed))[1:-1]):
        assert form not in logs + caplog.text


@pytest.mark.clause("S2-U.1")
def test_a_pin_is_checked_through_a_real_reader(virtual: VirtualReader, pin: str, wrong: str) -> None:
    virtual.insert(invent(1), pin=pin)
    right, mistaken = Pad(pin), Pad(wrong)
    with Pcsc() as service:
        (slot,) = service.slots(FIRST)
        assert check_pin(service, slot, mistaken) == PinRefused(2)
        assert check_pin(service, slot, right) == PinAccepted()
        assert check_pin(service, slot, Pad(None)) == PinNotTried(NotTried.GIVEN_UP)
    assert [bytes(given) for given in (*right.buffers, *mistaken.buffers)] == [bytes(6), bytes(6)]


def test_a_patient_is_not_asked_for_a_pin_that_would_not_be_sent(
    virtual: VirtualReader, pin: str, wrong: str
) -> None:
    virtual.insert(invent(1), pin=pin)
    with Pcsc() as service:
        (slot,) = service.slots(FIRST)
        for _ in range(2):
            check_pin(service, slot, Pad(wrong))
        pad = Pad(pin)
        assert check_pin(service, slot, pad) == PinNotTried(NotTried.LAST_TRY)
        assert pad.buffers == []
        assert check_pin(service, slot, pad, use_last_try=True) == PinAccepted()


def test_what_goes_wrong_with_the_card_is_a_typed_failure(virtual: VirtualReader, pin: str) -> None:
    virtual.insert(invent(1), "bank", pin=pin)
    with Pcsc() as service:
        (slot,) = service.slots(FIRST)
        failure = CardFailure(Code.NOT_A_SOCIAL_SECURITY_CARD, sw=0x6A82)
        assert check_pin(service, slot, Pad(pin)) == failure


def test_the_public_data_open_by_pin_alone(virtual: VirtualReader, pin: str, wrong: str) -> None:
    person = invent(1)
    virtual.insert(person, pin=pin)
    with Pcsc() as service:
        (slot,) = service.slots(FIRST)
        assert read_public_by_pin(service, slot, Pad(wrong), "2.00") == PinRefused(2)
        assert read_public_by_pin(service, slot, Pad(pin), "2.00") == PublicData(
            household_kind="10",
            household_address="测试路一号",
            address="测试路二号",
            address_region="990101",
            telephone="0000-00000000",
            nationality="CN",
        )
        assert read_public_by_pin(service, slot, Pad(pin), "1.00") == PublicData()


def test_what_a_pin_opened_is_closed_with_the_card(virtual: VirtualReader, pin: str) -> None:
    virtual.insert(invent(1), pin=pin)
    with Pcsc() as service:
        (slot,) = service.slots(FIRST)
        assert check_pin(service, slot, Pad(pin)) == PinAccepted()
        with service.connect(slot.reader) as card, pytest.raises(CardError) as error:
            read_public(selected(card), version_of("2.00"))
    assert error.value.code is Code.NEEDS_AUTHENTICATION


def test_without_the_pin_the_public_data_stay_closed(channel_to: Open, pin: str) -> None:
    channel = selected(channel_to(VirtualCard(invent(1), pin=pin)))
    with pytest.raises(CardError) as error:
        read_public(channel, version_of("2.00"))
    assert error.value.failure == CardFailure(Code.NEEDS_AUTHENTICATION, item="DF01")


def test_a_file_that_a_region_does_not_have_is_left_out(channel_to: Open, pin: str) -> None:
    class WithoutNationality(OneByOne):
        def __init__(self, inner: Channel) -> None:
            self._inner = inner

        def transmit(self, command: bytes) -> bytes:
            return b"\x6a\x82" if command.endswith(b"\xef\x0a") else self._inner.transmit(command)

    channel = selected(channel_to(VirtualCard(invent(1), pin=pin)))
    verify_pin(channel, buffer(pin))
    data = read_public(WithoutNationality(channel), version_of("2.00"))
    assert (data.nationality, data.address) == (None, "测试路二号")


@pytest.mark.parametrize(("name", "on_card", "value"), VECTORS)
def test_bytes_of_the_public_files_mean_their_value(name: str, on_card: str, value: object) -> None:
    items = {item.name: item for file in PUBLIC_FILES for item in file.items}
    raw = bytes.fromhex(on_card)
    assert len(raw) <= items[name].size
    assert items[name].coding.decode(raw) == value


def test_no_trace_holds_a_pin(channel_to: Open, pin: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    card = VirtualCard(invent(1), pin=pin)
    channel = selected(traced(channel_to(card)))
    result = verify_pin(channel, buffer(pin))
    assert result == PinAccepted()
    assert "00200000" in caplog.text
    for shown in (caplog.text, repr(result), repr(card.received), repr(PublicData(address="测试路二号"))):
        assert pin not in shown
        assert "测试路" not in shown
