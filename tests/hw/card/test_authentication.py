"""3.0 cards and the seam for those who can open them; a PSAM in a slot of its own."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hw.card import CardFailure, CardReader, CardReading, Code, Readers
from hw.card.apdu import Channel
from hw.card.application import Exchange, read_application
from hw.card.authentication import MODULES, SM4_MODULE, PsamAuthenticator, PsamProfile
from hw.card.authentication.algorithm import Algorithm, algorithm_in
from hw.card.authentication.psam_profile import filled
from hw.card.failure import CardError
from hw.card.item import Version
from hw.card.transport import Pcsc
from hw.card.virtual import VirtualCard, VirtualPsam, VirtualReader, invent
from hw.card.virtual.keys import IssuerKeys, cryptogram

PATIENTS = Readers(contact="*00 00", psam="*00 01")
WAIT_MAX_S = 60.0


class Module:
    """Stands for whatever computes; remembers what it was asked with."""

    def __init__(self, answer: Callable[[bytes], bytes], failure: CardFailure | None = None) -> None:
        self._answer = answer
        self._failure = failure
        self.asked_with: list[CardReading] = []

    def authenticate(self, exchange: Exchange, reading: CardReading) -> CardFailure | None:
        self.asked_with.append(reading)
        challenge, _ = exchange(bytes.fromhex("0084000008"))
        _, sw = exchange(bytes.fromhex("0082000A10") + self._answer(challenge))
        return None if sw == 0x9000 else CardFailure(Code.AUTHENTICATION_REFUSED, sw=sw)


def right_answer(keys: IssuerKeys, card: VirtualCard) -> Callable[[bytes], bytes]:
    inside = keys.of_card(card.algorithm, "990101", card.atr[4:])
    return lambda challenge: cryptogram(card.algorithm, inside.read, challenge, bytes(8)) + bytes(8)


def read_with(virtual: VirtualReader, authenticator: PsamAuthenticator) -> CardReading:
    reader = CardReader(readers=PATIENTS, authenticator=authenticator, read_max_s=WAIT_MAX_S)
    try:
        reading = reader.read().result(WAIT_MAX_S)
    finally:
        reader.close()
    assert isinstance(reading, CardReading)
    return reading


@pytest.mark.parametrize("profile", ["plain", "tdes", "strict_t0", "t1_only", "contactless", "no_algorithm"])
def test_a_psam_in_the_second_slot_opens_a_card_in_the_first(virtual: VirtualReader, profile: str) -> None:
    person = invent(1, ssc_version="3.00")
    virtual.insert_psam(slot=1)
    virtual.insert(person, profile, slot=0)
    reading = read_with(virtual, PsamAuthenticator("*00 01"))
    assert (reading.id_number, reading.name, reading.card_no) == (
        person.id_number,
        person.name,
        person.card_no,
    )
    assert (reading.protected, reading.not_opened) == ((), None)
    assert "0082000A" in virtual.commands(slot=0)


def test_what_one_read_opened_is_closed_for_the_next(virtual: VirtualReader) -> None:
    virtual.insert_psam(slot=1)
    virtual.insert(invent(1, ssc_version="3.00"), slot=0)
    assert read_with(virtual, PsamAuthenticator("*00 01")).name == "测试甲"
    reader = CardReader(readers=PATIENTS)
    again = reader.read().result(WAIT_MAX_S)
    reader.close()
    assert isinstance(again, CardReading)
    assert (again.name, again.needs_authentication) == (None, True)


def test_the_module_is_left_as_if_nobody_had_spoken_to_it(virtual: VirtualReader) -> None:
    virtual.insert_psam(slot=1)
    virtual.insert(invent(1, ssc_version="3.00"), slot=0)
    assert read_with(virtual, PsamAuthenticator("*00 01")).name == "测试甲"
    with Pcsc() as service, service.connect(virtual.reader_name(1)) as module:
        load = SM4_MODULE.module[-2].replace("{card}{issuer}{challenge}", "00" * 24)
        assert module.transmit(bytes.fromhex(load)) == b"\x6a\x88"


@pytest.mark.parametrize("pattern", ["*00 01", "ACME Corp*", "*Virtual*"])
def test_without_the_one_module_the_card_gives_what_is_free(virtual: VirtualReader, pattern: str) -> None:
    virtual.insert(invent(2, ssc_version="3.00"), slot=0)
    reading = read_with(virtual, PsamAuthenticator(pattern))
    assert reading.not_opened is not None
    assert reading.not_opened.code is Code.NO_SECURITY_MODULE
    assert (reading.region, reading.name, reading.needs_authentication) == ("990101", None, True)
    assert "0082000A" not in virtual.commands(slot=0)


def test_a_card_in_the_modules_slot_is_no_module(virtual: VirtualReader) -> None:
    virtual.insert(invent(3, ssc_version="3.00"), slot=0)
    virtual.insert(invent(4), slot=1)
    reading = read_with(virtual, PsamAuthenticator("*00 01"))
    assert reading.not_opened == CardFailure(Code.SECURITY_MODULE_FAULT, sw=0x6A82, item="00A40400")


def test_a_module_of_another_issuer_is_refused_once_and_then_held_back(virtual: VirtualReader) -> None:
    virtual.insert_psam(slot=1, alien=True)
    virtual.insert(invent(5, ssc_version="3.00"), slot=0)
    authenticator = PsamAuthenticator("*00 01")
    first, second = (read_with(virtual, authenticator) for _ in range(2))
    assert first.not_opened == CardFailure(Code.AUTHENTICATION_REFUSED, sw=0x63C2)
    assert second.not_opened == CardFailure(Code.AUTHENTICATION_HELD)
    assert (second.card_id, second.name) == (first.card_id, None)
    assert virtual.commands(slot=0).count("0082000A") == 1


def test_an_algorithm_without_a_module_is_not_tried(virtual: VirtualReader) -> None:
    virtual.insert_psam(slot=1)
    virtual.insert(invent(6, ssc_version="3.00"), "ssf33", slot=0)
    reading = read_with(virtual, PsamAuthenticator("*00 01"))
    assert reading.not_opened == CardFailure(Code.SECURITY_MODULE_FAULT, item="algorithm 02")


def test_a_module_with_other_key_numbers_needs_only_another_profile(virtual: VirtualReader) -> None:
    virtual.insert_psam(slot=1)
    virtual.insert(invent(7, ssc_version="3.00"), slot=0)
    wrong = PsamProfile("03", tuple(step.replace("BFDE480A", "BFDE480B") for step in SM4_MODULE.module))
    reading = read_with(virtual, PsamAuthenticator("*00 01", (wrong,)))
    assert reading.not_opened == CardFailure(Code.SECURITY_MODULE_FAULT, sw=0x6A88, item="BFDE480B")
    assert read_with(virtual, PsamAuthenticator("*00 01")).name == "测试甲"


def test_a_card_that_keeps_dates_too_is_read_by_everybody_it_trusts(
    channel_to: Callable[[VirtualCard], Channel],
) -> None:
    keys, person = IssuerKeys.fresh(), invent(1, ssc_version="3.00")
    card = VirtualCard(person, "hides_dates", keys=keys)
    closed = read_application(channel_to(card), atr=card.atr)
    assert {"issuer", "issued_on", "expires_on", "card_no", "name"} <= set(closed.protected)
    assert (closed.version, closed.region, closed.expires_on) == ("3.00", "990101", None)
    module = Module(right_answer(keys, card))
    opened = read_application(channel_to(card), authenticator=module, atr=card.atr)
    assert (opened.protected, opened.issuer, opened.name) == ((), person.issuer, person.name)
    assert module.asked_with == [closed]


def test_a_card_that_keeps_even_its_identifier_cannot_be_opened(
    channel_to: Callable[[VirtualCard], Channel],
) -> None:
    with pytest.raises(CardError) as error:
        read_application(channel_to(VirtualCard(invent(1, ssc_version="3.00"), "hides_all")))
    assert error.value.failure == CardFailure(Code.NEEDS_AUTHENTICATION, item="card_id")


def test_nobody_authenticates_to_a_card_that_protects_nothing(
    channel_to: Callable[[VirtualCard], Channel],
) -> None:
    module = Module(lambda challenge: bytes(16))
    reading = read_application(channel_to(VirtualCard(invent(3))), authenticator=module)
    assert (reading.needs_authentication, module.asked_with) == (False, [])


def test_a_status_word_in_the_middle_of_it_leaves_what_is_free(
    channel_to: Callable[[VirtualCard], Channel],
) -> None:
    class Stumbling:
        def authenticate(self, exchange: Exchange, reading: CardReading) -> CardFailure | None:
            raise CardError(Code.UNEXPECTED_STATUS, sw=0x6D00, item="challenge")

    card = VirtualCard(invent(4, ssc_version="3.00"))
    reading = read_application(channel_to(card), authenticator=Stumbling())
    assert reading.not_opened == CardFailure(Code.UNEXPECTED_STATUS, sw=0x6D00, item="challenge")
    assert reading.region == "990101"


def test_a_card_that_is_gone_in_the_middle_of_it_is_a_failed_read(
    channel_to: Callable[[VirtualCard], Channel],
) -> None:
    class Pulled:
        def authenticate(self, exchange: Exchange, reading: CardReading) -> CardFailure | None:
            raise CardError(Code.TRANSMIT_FAILED)

    with pytest.raises(CardError) as error:
        read_application(channel_to(VirtualCard(invent(4, ssc_version="3.00"))), authenticator=Pulled())
    assert error.value.code is Code.TRANSMIT_FAILED


@pytest.mark.parametrize(
    ("answer", "version", "algorithm"),
    [
        ("6F09A5079F0C03860103", Version.V3, "03"),
        ("6F09A5079F0C03860101", Version.V3, "01"),
        ("6F09A5079F0C038601AB", Version.V2, "AB"),
        ("6F09A5079F0C038601", Version.V3, Algorithm.SM4),
        ("", Version.V3, Algorithm.SM4),
        ("", Version.V2, Algorithm.TDES),
    ],
)
def test_the_algorithm_is_what_the_card_says_and_else_what_its_generation_has(
    answer: str, version: Version, algorithm: str
) -> None:
    assert algorithm_in(bytes.fromhex(answer), version) == algorithm


@pytest.mark.parametrize("profile", MODULES, ids=lambda profile: str(profile.algorithm))
def test_the_shipped_profiles_and_the_virtual_module_understand_each_other(profile: PsamProfile) -> None:
    keys, module = IssuerKeys.fresh(), None
    module = VirtualPsam(keys)
    fields = {"card": bytes(8), "issuer": b"990101sx", "challenge": b"\x01" * 8, "source": b"\x02" * 8}
    answers = [module.answer(filled(template, fields)) for template in profile.module]
    assert answers[:-1] == [b"\x90\x00"] * (len(answers) - 1)
    assert answers[-1] == b"\x61\x08"
    inside = keys.of_card(Algorithm(profile.algorithm), "990101", bytes(8))
    expected = cryptogram(inside.algorithm, inside.read, fields["challenge"], fields["source"])
    assert module.answer(bytes.fromhex("00C0000008")) == expected + b"\x90\x00"


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"algorithm": "3"}, "algorithm"),
        ({"module": ()}, "1 to 8 commands"),
        ({"module": ("80FA00000",)}, "pairs of hexadecimal digits"),
        ({"module": ("80FA000008{sauce}",)}, "unknown field sauce"),
        ({"module": ("80FA000008{cryptogram}",)}, "unknown field cryptogram"),
        ({"module": ("80FA000010{source}",)}, "the length says 16, the data are 8"),
        ({"module": ("80FA",)}, "4 to 260 bytes"),
        ({"card": "0082000A10{cryptogram}"}, "the length says 16, the data are 8"),
    ],
)
def test_a_template_that_is_no_command_is_refused_by_name(changed: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(SM4_MODULE, **changed)  # type: ignore[arg-type]
