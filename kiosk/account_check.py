"""Whether the insurance agency knows the holder of a card: the last row of `kiosk card diagnose`.

A question to the agency needs a message number, and message numbers are the journal's, which has one writer.
So this asks only while the terminal is stopped, as that writer, and writes each number down before it is
used, as the terminal does.
"""

from __future__ import annotations

import asyncio
import os
import zoneinfo
from contextlib import AsyncExitStack

from hw.card import CardReading
from hw.card.account import Account, AccountAnswer
from kiosk.build import agency_client, area_profile, message_numbers, open_journal, utc_now
from kiosk.config import JournalSection, KioskConfig
from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.domain.person import Credential, Person, Scheme, mask_name
from kiosk.insurance import InsurancePort, MsgidError, redact_text
from kiosk.insurance.port import CARD_LOST
from kiosk.journal import JournalBusy, JournalError
from kiosk.journeys.identify import OUTPATIENT, Identified, card_credential, same_person
from kiosk.settings import SettingsError
from kiosk.settlement.msgids import Msgids

ACCOUNT_MAX_S = 30.0
"""Longest wait for all answers together. They change nothing at the agency, so they may be left alone."""

PEER_TEXT_MAX_CHARS = 120

_STATES = {"0": "not insured", "1": "normal", "2": "suspended", "3": "ended"}
"""`psn_insu_stas` (insurance interface, §5)."""


def ask_account(config: KioskConfig, reading: CardReading) -> Account:
    """Sign in, ask for the person and for today's entitlement; blocks for up to `ACCOUNT_MAX_S`.

    Never raises for what a peer, a key or the journal does. Nothing that it returns holds a credential.
    """
    if config.journal is None or not config.insurance.url:
        return Account(AccountAnswer.NO_AGENCY)
    credential = card_credential(reading)
    if credential is None:
        return Account(AccountAnswer.NO_CREDENTIAL)
    try:
        if not _is_ours(config.journal):
            return Account(AccountAnswer.OTHER_USER)
        return asyncio.run(_ask(config, config.journal, credential))
    except JournalBusy:
        return Account(AccountAnswer.TERMINAL_RUNS)
    except (SettingsError, JournalError, MsgidError, OSError) as exc:
        return Account(AccountAnswer.NOT_READY, str(exc))


def _is_ours(section: JournalSection) -> bool:
    """Files that another user, root too, leaves beside the journal would keep the terminal from writing it.

    Raises OSError without a journal: beginning one is the terminal's business.
    """
    return section.path.stat().st_uid == os.geteuid()


async def _ask(config: KioskConfig, section: JournalSection, credential: Credential) -> Account:
    async with AsyncExitStack() as stack:
        journal = open_journal(section, stack)
        profile = area_profile(config.insurance)
        msgids = message_numbers(config, profile, journal)
        agency = agency_client(config, profile, msgids, stack)
        try:
            async with asyncio.timeout(ACCOUNT_MAX_S):
                return await _person(config, agency, msgids, credential)
        except TimeoutError:
            return Account(AccountAnswer.NO_ANSWER, f"nothing within {ACCOUNT_MAX_S:g} s")


async def _person(
    config: KioskConfig, agency: InsurancePort, msgids: Msgids, credential: Credential
) -> Account:
    """9001, 1101."""
    match await agency.sign_in(msgids.take_for("9001")):
        case Refused(code=code, peer_text=text):
            return Account(AccountAnswer.TERMINAL_REFUSED, _refusal("9001", code, text, credential))
        case Unknown(why=why):
            return Account(AccountAnswer.NO_ANSWER, f"9001: {why}")
        case Done():
            pass
    match await agency.person(msgids.take_for("1101"), credential):
        case Refused(code=code, peer_text=text):
            answer = AccountAnswer.REPORTED_LOST if code == CARD_LOST else AccountAnswer.REFUSED
            return Account(answer, _refusal("1101", code, text, credential))
        case Unknown(why=why):
            return Account(AccountAnswer.NO_ANSWER, f"1101: {why}")
        case Done(person):
            return await _insurance(config, agency, msgids, credential, person)


async def _insurance(
    config: KioskConfig, agency: InsurancePort, msgids: Msgids, credential: Credential, person: Person
) -> Account:
    """What the record says, and 2001: whether a fund pays for a visit today."""
    if not same_person(person, credential):
        return Account(AccountAnswer.PERSON_DIFFERS)  # and nothing of the other one
    about = f"{mask_name(person.name)}: " + (", ".join(map(_about, person.schemes)) or "no insurance")
    scheme = person.scheme()
    if scheme is None:
        halted = any(_is_suspended(scheme) for scheme in person.schemes)
        return Account(AccountAnswer.SUSPENDED if halted else AccountAnswer.NOT_INSURED, about)
    today = utc_now().astimezone(zoneinfo.ZoneInfo(config.terminal.time_zone)).date()
    case = Identified(person, scheme, credential, by_card=True).case
    match await agency.entitlement(msgids.take_for("2001"), case, OUTPATIENT, today):
        case Refused(code=code, peer_text=text):
            refusal = _refusal("2001", code, text, credential, person.psn_no)
            return Account(AccountAnswer.REFUSED, f"{about}; {refusal}")
        case Unknown(why=why):
            return Account(AccountAnswer.NO_ANSWER, f"{about}; 2001: {why}")
        case Done(entitlement) if not entitlement.entitled:
            reason = _shown(entitlement.text, credential, person.psn_no)
            return Account(AccountAnswer.NOT_ENTITLED, f"{about}; {reason}".rstrip("; "))
        case Done():
            return Account(AccountAnswer.IN_ORDER, about)


def _is_suspended(scheme: Scheme) -> bool:
    return scheme.state == "2" or (scheme.state == "1" and scheme.suspended_on is not None)


def _about(scheme: Scheme) -> str:
    """One insurance: type, place, state; `suspended` counts from its date, whatever the state says."""
    state = "suspended" if _is_suspended(scheme) else _STATES.get(scheme.state, f"state {scheme.state}")
    since = f" since {scheme.suspended_on}" if scheme.suspended_on is not None else ""
    return f"{scheme.insutype} at {scheme.insured_place} {state}{since}"


def _refusal(infno: str, code: str, text: str, credential: Credential, *secrets: str) -> str:
    return f"{infno}: {code} {_shown(text, credential, *secrets)}".rstrip()


def _shown(text: str, credential: Credential, *secrets: str) -> str:
    """A peer's words on one line, short, with nothing in them that this card has said."""
    known = (credential.number, credential.card_sn, credential.name, credential.cert_no, *secrets)
    line = " ".join(redact_text(text, [secret for secret in known if secret]).split())
    return "".join(sign for sign in line if sign.isprintable())[:PEER_TEXT_MAX_CHARS]
