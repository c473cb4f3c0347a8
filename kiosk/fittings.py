"""From a configuration to the devices of a terminal: card readers, printer, and the memory of papers.

Everything that can be refused here is refused at the start, with file and key.
"""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from pathlib import Path

from hw.card import CardAuthenticator, CardReader, PowerSettings, PowerSwitch, Readers
from hw.card.authentication import (
    MODULES,
    CardSecurityService,
    HsmAuthenticator,
    PsamAuthenticator,
    PsamProfile,
)
from hw.printer.port import Printer
from hw.printer.queue import PaperQueue, QueueError
from kiosk import assets
from kiosk.certificates import tls
from kiosk.config import CardSection, KioskConfig, PrinterSection
from kiosk.settings import SettingsError, load

log = logging.getLogger(__name__)


def card_reader(config: KioskConfig) -> CardReader:
    """The card readers as configured, with what opens 3.0 cards. Raises SettingsError."""
    section, power = config.card, None
    if section.power_cycle != "never":
        power = PowerSwitch(PowerSettings(section.power_cycle, section.power_port))
    return CardReader(
        readers=readers(section),
        authenticator=_authenticator(config),
        power=power,
        silent_warn_s=section.silent_warn_s,
    )


def readers(section: CardSection) -> Readers:
    """Which reader is for what."""
    return Readers(section.contact, section.contactless, section.psam)


def _authenticator(config: KioskConfig) -> CardAuthenticator | None:
    """The HSM where there is one, else the security module, else nothing."""
    section, service = config.card, config.card_security
    if service.url:
        try:
            client = CardSecurityService(service.url, tls=tls(service), answer_max_s=service.answer_max_s)
        except ValueError as exc:
            raise SettingsError(f"[card_security] url: {exc}") from exc
        return HsmAuthenticator(client)
    if section.psam is None:
        return None
    if section.psam_profile is None:
        return PsamAuthenticator(section.psam, MODULES)
    return PsamAuthenticator(section.psam, (load(section.psam_profile, PsamProfile),))


def make_printer(section: PrinterSection) -> Printer | None:
    """The configured printer. Raises SettingsError."""
    match section.driver:
        case "pdf":
            from hw.printer.pdf import PdfPrinter

            if section.folder is None:
                raise SettingsError("[printer] folder: missing for the driver pdf")
            section.folder.mkdir(parents=True, exist_ok=True)
            return PdfPrinter(section.folder, *_paper_fonts())
        case "escpos":
            from hw.printer.connect import connector
            from hw.printer.escpos import EscPosPrinter

            if section.device is None:
                raise SettingsError("[printer] device: missing for the driver escpos")
            try:
                return EscPosPrinter(connector(section.device))
            except ValueError as exc:
                raise SettingsError(f"[printer] device: {exc}") from exc
        case "cups":
            from hw.printer.cups import CupsPrinter

            if section.queue is None:
                raise SettingsError("[printer] queue: missing for the driver cups")
            try:
                return CupsPrinter(section.queue, *_paper_fonts(), section.paper)
            except ValueError as exc:
                raise SettingsError(f"[printer] queue: {exc}") from exc
        case _:
            return None


def _paper_fonts() -> tuple[Path, Path]:
    """The faces that papers are drawn with: regular and bold."""
    fonts = assets.path("fonts")
    return fonts / "NotoSansMonoSC-Regular.otf", fonts / "NotoSansMonoSC-Bold.otf"


def paper_queue(section: PrinterSection, stack: AsyncExitStack) -> PaperQueue | None:
    """The memory of papers; a terminal without it prints all the same, so a fault is only logged."""
    if section.papers is None:
        return None
    try:
        papers = PaperQueue(section.papers)
    except QueueError as exc:
        log.error("no memory of papers: %s", exc)
        return None
    stack.callback(papers.close)
    return papers
