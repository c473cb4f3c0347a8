"""Who are you: a card or a code, the agency's record, "is this you".

Whatever the patient shows first counts. A code is classified before anything is
sent anywhere; a card that keeps its holder to itself is answered with the code.
Nothing here moves money, so everything may be tried again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from hw.card import CardFailure, CardReading, ReadingWarning
from hw.card import Code as CardCode
from hw.scanner.classify import CodeKind
from kiosk.domain.messages import Message, Peer, classify
from kiosk.domain.outcome import Done, Refused
from kiosk.domain.person import Credential, CredentialKind, Person, Scheme, mask_name, mask_number
from kiosk.insurance.port import Case, CodeIdentity
from kiosk.journeys.desk import (
    CardIn,
    CardOut,
    CardQuiet,
    CardRead,
    CodeSeen,
    DeviceNews,
    Happening,
    HintSeen,
    Leave,
)
from kiosk.journeys.intents import Intent
from kiosk.journeys.terminal import Terminal
from kiosk.journeys.trouble import at_work, go_on_without, out_of_work
from kiosk.journeys.views import BankCard, CardNeedsCode, Identify, Who, WrongCode

OUTPATIENT_SETTLEMENT = "01301"
"""`businessType` of a code shown to settle (insurance interface, §5)."""

OUTPATIENT = "11"
"""`med_type` of an ordinary outpatient visit."""


@dataclass(frozen=True, slots=True)
class Identified:
    """The person before the terminal. Lives for one visit."""

    person: Person = field(repr=False)
    scheme: Scheme
    credential: Credential = field(repr=False)
    by_card: bool = False

    @property
    def case(self) -> Case:
        """How messages to the agency name the person."""
        return Case(self.person.psn_no, self.scheme.insured_place, self.scheme.insutype)

    @property
    def masked(self) -> str:
        """The name as screens and papers show it."""
        return mask_name(self.person.name)


async def identify(t: Terminal, *, for_refund: bool = False) -> Identified:
    """Until the patient has said "that is me". Raises Leave."""
    look_at_card = t.devices.card_in
    while True:
        credential = await _credential(t, for_refund=for_refund, look_at_card=look_at_card)
        who = await _record(t, credential)
        if await _is_this_you(t, who):
            return who
        look_at_card = False  # the card that is still in is not theirs: another one, or a code


async def _credential(t: Terminal, *, for_refund: bool, look_at_card: bool) -> Credential:
    """Wait for a card or a code that names somebody. The camera is open only here."""
    devices = t.devices
    devices.watch_codes(CodeKind.INSURANCE)
    hint, quiet = "", False
    try:
        if look_at_card and not devices.reading:
            devices.read_card()
        while True:
            quiet = quiet and devices.reading
            _show(t, busy=devices.reading, for_refund=for_refund, hint=hint, quiet=quiet)
            happening = await t.desk.next()
            quiet = quiet or isinstance(happening, CardQuiet)
            if isinstance(happening, DeviceNews):
                await _device_news(t, happening)
                continue
            if isinstance(happening, HintSeen):
                hint = happening.hint or ""
                continue
            found = await _take(t, happening)
            if found is not None:
                return found
    finally:
        devices.rest_camera()


def _show(t: Terminal, *, busy: bool, for_refund: bool, hint: str = "", quiet: bool = False) -> None:
    t.desk.show(
        Identify(
            camera=t.devices.code_way,
            card=t.devices.card_way,
            busy=busy,
            for_refund=for_refund,
            hint=hint,
            quiet=quiet,
        ),
        stop=1,
    )


async def _device_news(t: Terminal, news: DeviceNews) -> None:
    """17 for a device that fails now, told once; who has put their card in is not held up. Raises Leave."""
    devices = t.devices
    if not news.failure:
        at_work(t, news.device, "identity")
        return
    other_way = devices.card_way if news.device == "camera" else devices.code_way
    device = news.device if other_way else "identity"
    told_before = device in t.troubles
    if devices.card_in or (told_before and other_way):
        out_of_work(t, device, (news.failure,))
        return
    if not await go_on_without(t, device, (news.failure,)):
        raise Leave("home")
    if devices.card_in and not devices.reading:
        devices.read_card()  # it was put in before this screen


async def _take(t: Terminal, happening: Happening) -> Credential | None:
    """What one happening makes known of the person; None when it is something else."""
    match happening:
        case CardIn(mute=True):
            await t.tell(classify(Peer.CARD, CardCode.CARD_MUTE), stop=1)
        case CardIn():
            t.devices.read_card()
        case CardRead(result=CardReading() as reading):
            return await _from_card(t, reading)
        case CardRead(result=CardFailure() as failure):
            await _card_failed(t, failure)
        case CodeSeen(code=code) if code.kind is CodeKind.INSURANCE:
            return await _from_code(t, code.text)
        case CodeSeen(code=code):
            await _wrong_code(t, code.kind.value)
        case Intent(name="desk"):
            await t.to_the_window()
        case _:
            pass
    return None


async def _from_card(t: Terminal, reading: CardReading) -> Credential | None:
    if reading.needs_authentication:
        await _until_code_or_other_card(t, CardNeedsCode("CD-11"))
        return None
    if ReadingWarning.EXPIRED in reading.warnings:
        await t.tell(Message("CD-04", "M0"), stop=1)
        return None
    credential = card_credential(reading)
    if credential is None:
        await t.tell(Message("CD-05", "M0"), stop=1)
        return None
    return credential


def card_credential(reading: CardReading) -> Credential | None:
    """How a card names its holder to the agency; None when it keeps the holder, or names nobody."""
    if reading.id_number is None or reading.name is None:
        return None
    return Credential(
        CredentialKind.CARD,
        reading.card_no or reading.id_number,
        card_sn=reading.card_id,
        name=reading.name,
        cert_no=reading.id_number,
    )


async def _card_failed(t: Terminal, failure: CardFailure) -> None:
    if failure.code is CardCode.CANCELLED:
        return
    if failure.code is CardCode.NOT_A_SOCIAL_SECURITY_CARD:
        await _until_code_or_other_card(t, BankCard("CD-03"))
        return
    await t.tell(classify(Peer.CARD, failure.code), stop=1)


async def _until_code_or_other_card(t: Terminal, content: BankCard | CardNeedsCode) -> None:
    """Explain until the card is out or the patient wants to show the code."""
    t.desk.show(content, stop=1)
    while True:
        match await t.desk.next():
            case CardOut() | Intent(name="show_code") | Intent(name="finish"):
                return
            case Intent(name="desk"):
                await t.to_the_window()
            case CodeSeen() as seen:
                t.desk.post(seen)
                return
            case _:
                pass


async def _from_code(t: Terminal, digits: str) -> Credential | None:
    """The 28 digits become an identity at once; they are used up by the first try."""
    _show(t, busy=True, for_refund=False)
    outcome = await t.bench.ports.insurance.exchange_code(digits, OUTPATIENT_SETTLEMENT)
    match outcome:
        case Done(CodeIdentity(credential=credential)):
            return credential
        case Refused():
            await _wrong_code(t, "expired")
        case _:
            await t.tell(Message("FB-01", "M0"), stop=1)
    return None


async def _wrong_code(t: Terminal, kind: str) -> None:
    """Say which code it is, until another one is shown."""
    t.desk.show(WrongCode(kind), stop=1)
    while True:
        match await t.desk.next():
            case (CodeSeen() | CardIn()) as seen:
                t.desk.post(seen)
                return
            case Intent(name="show_code") | Intent(name="finish"):
                return
            case _:
                pass


async def _record(t: Terminal, credential: Credential) -> Identified:
    """The agency's record of the person, and a scheme that works. Raises Leave when there is none."""
    _show(t, busy=True, for_refund=False)
    ports = t.bench.ports
    person = await t.got(
        await ports.insurance.person(t.bench.msgids.take_for("1101"), credential),
        Peer.AGENCY,
        unknown="FB-01",
        stop=1,
    )
    if not same_person(person, credential):
        await t.tell(Message("ID-01", "M0"), stop=1)
        raise Leave("home")
    scheme = person.scheme()
    if scheme is None:
        await t.tell(Message("AC-02", "M0"), stop=1)
        raise Leave("home")
    return Identified(person, scheme, credential, by_card=credential.kind is CredentialKind.CARD)


def same_person(person: Person, credential: Credential) -> bool:
    """Card or code and the agency's record name one and the same person (S0-1.12, S1-C.5)."""
    if credential.cert_no is not None and credential.cert_no.upper() != person.cert_no.upper():
        return False
    return credential.name is None or credential.name.strip() == person.name.strip()


async def _is_this_you(t: Terminal, who: Identified) -> bool:
    """Masked, because others stand behind; and whether insurance works today, before any hope is raised."""
    today: dt.date = t.local_now().date()
    entitlement = await t.got(
        await t.bench.ports.insurance.entitlement(
            t.bench.msgids.take_for("2001"), who.case, OUTPATIENT, today
        ),
        Peer.AGENCY,
        unknown="FB-01",
        stop=1,
    )
    if not entitlement.entitled:
        await t.tell(Message("EN-01", "M0"), stop=1)
        raise Leave("home")
    person, scheme = who.person, who.scheme
    t.desk.show(
        Who(
            name=who.masked,
            sex=person.sex,
            age=person.age,
            id_number=mask_number(person.cert_no),
            place=t.place(scheme.insured_place),
            insutype=scheme.insutype,
            psn_type=scheme.psn_type,
            entitled=True,
        ),
        stop=1,
    )
    while True:
        match await t.desk.next():
            case Intent(name="yes"):
                return True
            case Intent(name="no"):
                return False
            case _:
                pass
