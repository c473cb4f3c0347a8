"""From a configuration to the parts of a terminal: clients, journal, printer, waits.

Everything that can be refused here is refused at the start, with file and key.
"""

from __future__ import annotations

import datetime as dt
import logging
import socket
import urllib.parse
import uuid
import zoneinfo
from contextlib import AsyncExitStack
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from kiosk.certificates import tls
from kiosk.config import InsuranceSection, JournalSection, KioskConfig
from kiosk.domain.receipt import Issuer
from kiosk.fittings import card_reader, make_printer, paper_queue
from kiosk.hospital.client import HospitalClient
from kiosk.insurance import MsgidClock, Profile, load_profile, profile_path
from kiosk.insurance import Terminal as Asker
from kiosk.insurance.client import InsuranceClient
from kiosk.journal import Journal, JournalError, Retention, read_mark
from kiosk.journeys import texts
from kiosk.journeys.desk import Desk
from kiosk.journeys.devices import CodeScanner, Devices
from kiosk.journeys.price import Prices, open_catalogue
from kiosk.journeys.terminal import Terminal
from kiosk.journeys.visit_lock import VisitLock
from kiosk.payment.client import GatewayClient
from kiosk.settings import SettingsError
from kiosk.settlement.calls import Ports
from kiosk.settlement.msgids import ASKED, Msgids
from kiosk.settlement.policy import Policy
from kiosk.settlement.runner import Bench

log = logging.getLogger(__name__)

DEMO_BLOCK = (1, 9)
"""Message numbers of a demo terminal without a block of its own."""


def utc_now() -> dt.datetime:
    """The wall clock, aware."""
    return dt.datetime.now(dt.UTC)


def make_terminal(
    config: KioskConfig,
    prices: Prices,
    scanner: CodeScanner | None,
    zone: dt.tzinfo,
    stack: AsyncExitStack,
) -> Terminal:
    assert config.journal is not None, "the configuration has checked it"
    journal = open_journal(config.journal, stack)
    profile = area_profile(config.insurance)
    msgids = message_numbers(config, profile, journal)
    ports = _ports(config, profile, msgids, stack)
    bench = Bench(journal, ports, msgids, policy(config, profile))
    return Terminal(
        desk=prices.desk,
        devices=Devices(card_reader(config) if config.card.enabled else None, scanner),
        bench=bench,
        issuer=issuer(config),
        wording=texts.shipped(),
        zone=zone,
        now=utc_now,
        prices=prices,
        printer=make_printer(config.printer),
        papers=paper_queue(config.printer, stack),
        visit_lock=VisitLock(config.terminal.visit_lock),
        notice_file=config.terminal.notice_file,
        price_source=config.catalogue.source,
        place_names=config.terminal.place_names,
        desk_window=config.terminal.desk_window,
        finish_after_s=config.screen.finish_after_s,
    )


def open_journal(section: JournalSection, stack: AsyncExitStack) -> Journal:
    """The journal as its one writer, until `stack` is closed. Raises SettingsError and JournalError."""
    journal = Journal.open(
        section.path,
        hospital_seal=seal_key(section.hospital_seal_file),
        wake=section.wake_socket,
        reserve_bytes=section.reserve_bytes,
    )
    stack.callback(journal.close)
    return journal


def message_numbers(config: KioskConfig, profile: Profile, journal: Journal) -> Msgids:
    """This terminal's message numbers. Raises MsgidError for a block or a code that cannot be right."""
    block = config.terminal.msgid_block or DEMO_BLOCK
    clock = MsgidClock(config.terminal.institution_code, block, zoneinfo.ZoneInfo(profile.area.time_zone))
    return Msgids(journal, clock, utc_now)


def _ports(config: KioskConfig, profile: Profile, msgids: Msgids, stack: AsyncExitStack) -> Ports:
    name = f"{config.terminal.site}/{config.terminal.device}"
    hospital = HospitalClient(config.hospital.url, name, tls=tls(config.hospital))
    payment = GatewayClient(config.payment.url, name, tls=tls(config.payment))
    for close in (hospital.close, payment.close_connections):
        stack.push_async_callback(close)
    insurance = agency_client(config, profile, msgids, stack)
    return Ports(insurance, hospital, payment, profile.money.fund_includes_account)


def agency_client(
    config: KioskConfig, profile: Profile, msgids: Msgids, stack: AsyncExitStack
) -> InsuranceClient:
    """The agency, spoken to by this terminal until `stack` is closed. Raises SettingsError."""

    async def spare_msgid() -> str:
        return msgids.take_for("9001")

    agency = InsuranceClient(
        profile,
        asker(config),
        config.insurance.url,
        code_url=config.insurance.ec_url,
        spare_msgid=spare_msgid,
        gateway_secret=_secret(config.insurance.sign_secret_file),
        tls=tls(config.insurance),
    )
    stack.push_async_callback(agency.close)
    return agency


def _secret(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise SettingsError(f"{path}: {exc.strerror}") from exc


def seal_key(path: Path) -> X25519PublicKey:
    """The hospital's public key. Raises SettingsError when it is missing or no key."""
    try:
        return X25519PublicKey.from_public_bytes(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise SettingsError(f"{path}: the hospital's seal key cannot be read: {exc}") from exc


def area_profile(section: InsuranceSection) -> Profile:
    """A shipped profile by its name, or a file of its own. Raises SettingsError."""
    if not section.profile:
        raise SettingsError("[insurance] profile: missing")
    own = Path(section.profile)
    return load_profile(own if own.suffix == ".toml" else profile_path(section.profile))


def policy(config: KioskConfig, profile: Profile) -> Policy:
    """The waits of the money machine: the area's longest delay, the terminal's pauses."""
    s = config.settlement
    return Policy(
        answer_delay_max_s=profile.area.answer_delay_max_s,
        repeat_pause_first_s=s.repeat_pause_first_s,
        repeat_pause_max_s=s.repeat_pause_max_s,
        staff_after_repeats=s.staff_after_repeats,
        lease_ttl_s=s.lease_ttl_s,
        lease_hold_max_s=s.lease_hold_max_s,
        pay_valid_s=s.pay_valid_s,
        shown_codes=config.payment.shown_codes,
    )


def asker(config: KioskConfig) -> Asker:
    """How this terminal names itself to the agency."""
    terminal = config.terminal
    return Asker(
        fixmedins_code=terminal.institution_code,
        fixmedins_name=terminal.hospital,
        device_no=terminal.device,
        operator_no=terminal.device,
        operator_name=terminal.place,
        mac=":".join(f"{octet:02X}" for octet in uuid.getnode().to_bytes(6, "big")),
        ip=_own_address(config.insurance.url),
    )


def _own_address(url: str) -> str:
    """This machine's address on the way to a peer. A datagram socket only looks it up; nothing is sent."""
    host = urllib.parse.urlsplit(url).hostname or "127.0.0.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def issuer(config: KioskConfig) -> Issuer:
    """Who hands out the papers."""
    terminal = config.terminal
    return Issuer(
        hospital=terminal.hospital,
        hospital_en=terminal.hospital_en,
        institution_code=terminal.institution_code,
        site=terminal.site,
        terminal=terminal.device,
        place=terminal.place,
        help_phone=terminal.help_phone,
        complaint_phone=terminal.complaint_phone,
        price_phone=terminal.price_phone,
    )


def prune(journal: Journal, config: KioskConfig) -> None:
    """Delete what the collector has and nobody needs here any more. Keeps the newest message number."""
    section = config.journal
    if section is None or section.acked_file is None:
        return
    mark = read_mark(section.acked_file)
    if mark is None:
        return
    keep = Retention(section.keep_days, keep_last_of=frozenset({ASKED}))
    try:
        while journal.prune(mark, keep).entries:
            pass
    except JournalError as exc:
        log.error("journal not pruned: %s", exc)


def make_prices(config: KioskConfig, desk: Desk) -> Prices:
    path = config.catalogue.path
    return Prices(desk, open_catalogue(path), path, config.catalogue.fund_ratio)
