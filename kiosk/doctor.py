"""`kiosk doctor`: every device, peer, file and clock of a terminal, one row each.

It looks and asks; it never moves money, and it leaves the journal as it is.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from kiosk.config import KioskConfig
from kiosk.settings import SettingsError, load

State: TypeAlias = Literal["ok", "warn", "fail"]

ASK_MAX_S = 3.0
CLOCK_WARN_S = 5.0
DISK_WARN_BYTES = 512 * 1024 * 1024
CERTIFICATE_WARN_DAYS = 30
CATALOGUE_WARN_DAYS = 31


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at."""

    what: str
    state: State
    reason: str = ""
    remedy: str = ""


def doctor_command(config_path: Path, *, as_json: bool) -> int:
    """All rows. 0 nothing fails, 1 something does, 2 the configuration is refused."""
    try:
        config = load(config_path, KioskConfig)
    except SettingsError as exc:
        print(f"kiosk: error: {exc}", file=sys.stderr)
        return 2
    rows = [*_devices(config), *_files(config), *asyncio.run(_peers(config))]
    if as_json:
        print(json.dumps([asdict(row) for row in rows], ensure_ascii=False))
    else:
        for row in rows:
            print(f"{row.state:5} {row.what:18} {row.reason}" + (f"  -> {row.remedy}" if row.remedy else ""))
    return 1 if any(row.state == "fail" for row in rows) else 0


def _devices(config: KioskConfig) -> Iterator[Row]:
    if config.terminal.role == "price_inquiry":
        return
    if config.card.enabled:
        yield from _card(config)
    yield _camera(config)
    yield _printer(config)
    if config.printer.driver == "cups":
        yield _spool(Path("/var/spool/cups"))


def _card(config: KioskConfig) -> Iterator[Row]:
    from hw.card.diagnose import diagnose
    from hw.card.staff_texts import STAFF_TEXTS
    from kiosk.fittings import readers

    for row in diagnose(readers=readers(config.card), times=1).rows:
        if row.check in ("service", "reader"):
            state: State = "fail" if row.status == "fail" else "warn" if row.status == "warn" else "ok"
            reason = ": ".join(part for part in (row.code, row.detail) if part)
            yield Row(f"card {row.check}", state, reason, STAFF_TEXTS[row.remedy].en if row.remedy else "")


def _camera(config: KioskConfig) -> Row:
    given = config.camera.device or config.camera.video
    if not config.camera.enabled or given is None:
        return Row("camera", "warn", "none configured", "patients without a card cannot show a code")
    if str(given).startswith(("http:", "picamera2:")):
        return Row("camera", "ok", f"{str(given).partition(':')[0]}; seen only when it is opened")
    path = Path(given)
    if not path.exists():
        return Row("camera", "fail", f"{path} is not there", "plug it in, or name it in [camera]")
    if not os.access(path, os.R_OK):
        return Row("camera", "fail", f"{path} may not be read", "put the service user into the group video")
    return Row("camera", "ok", str(path))


_PRINTER_REMEDIES = {
    ("escpos", "NOT_CONNECTED"): "plug it in; look at [printer] device",
    ("cups", "NOT_CONNECTED"): "start the print service; look at [printer] queue",
    ("", "STOPPED"): "let the queue go on: cupsenable and cupsaccept with its name",
    ("", "PAPER_JAM"): "take the paper out",
    ("", "PAPER_OUT"): "put in paper",
    ("", "COVER_OPEN"): "close the cover",
}
"""By driver and fault; without a driver for any."""


def _printer(config: KioskConfig) -> Row:
    from hw.printer.port import PrinterFault, PrinterOk
    from kiosk.fittings import make_printer

    try:
        printer = make_printer(config.printer)
    except SettingsError as exc:
        return Row("printer", "fail", str(exc), "see [printer] in the configuration")
    if printer is None:
        return Row("printer", "warn", "none configured", "patients get their papers by phone only")
    match printer.state():
        case PrinterOk(paper_low=True):
            return Row("printer", "warn", "paper low", "put in paper")
        case PrinterOk(toner_low=True):
            return Row("printer", "warn", "toner low", "change the toner")
        case PrinterOk():
            section = config.printer
            return Row("printer", "ok", f"{section.driver} {section.device or section.queue or ''}".strip())
        case PrinterFault(codes=codes):
            remedy = _PRINTER_REMEDIES.get((config.printer.driver, codes[0])) or _PRINTER_REMEDIES.get(
                ("", codes[0]), "look at the printer"
            )
            return Row("printer", "fail", ", ".join(codes), remedy)
        case _:
            return Row("printer", "warn", "does not answer", "look at the printer; it may print all the same")


def _spool(path: Path) -> Row:
    """Papers that the print service spools on a disk are printed again after a power cut, unmarked."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    below = [(Path(point), kind) for point, kind in mounts if path.is_relative_to(point)]
    kind = max(below, key=lambda one: len(one[0].parts))[1] if below else ""
    if kind == "tmpfs":
        return Row("print spool", "ok", "in memory")
    return Row("print spool", "fail", f"{path} survives a power cut", "put RequestRoot on a tmpfs")


def _files(config: KioskConfig) -> Iterator[Row]:
    if config.journal is not None:
        yield from _journal(config)
    yield _catalogue(config)
    for name in ("hospital", "payment", "insurance"):
        section = getattr(config, name)
        if section.cert_file is not None:
            yield _certificate(name, section.cert_file)


def _journal(config: KioskConfig) -> Iterator[Row]:
    from kiosk.build import seal_key
    from kiosk.journal import verify
    from kiosk.journal.errors import JournalError

    assert config.journal is not None, "asked only for terminals with a journal"
    path = config.journal.path
    try:
        seal_key(config.journal.hospital_seal_file)
        yield Row("hospital seal", "ok")
    except SettingsError as exc:
        yield Row("hospital seal", "fail", str(exc), "ask the hospital for its public seal key")
    if not path.exists():
        yield Row("journal", "warn", "not begun yet")
        return
    try:
        report = verify(path)
    except JournalError as exc:
        yield Row("journal", "fail", str(exc), "keep the file, replace the disk, call the maker")
        return
    state: State = "ok" if report.ok else "fail"
    yield Row(
        "journal", state, f"{report.entries} entries", "" if report.ok else "keep the file; do not delete it"
    )
    free = shutil.disk_usage(path.parent).free
    low = free < DISK_WARN_BYTES
    yield Row("disk", "warn" if low else "ok", f"{free // 2**20} MiB free", "make room" if low else "")


def _catalogue(config: KioskConfig) -> Row:
    from kiosk.catalogue import Catalogue, CatalogueError

    if config.catalogue.path is None:
        return Row("price list", "warn", "none configured", "price inquiry is off")
    try:
        with Catalogue(config.catalogue.path) as catalogue:
            age_days = (dt.date.today() - catalogue.meta.as_of).days
    except CatalogueError as exc:
        return Row("price list", "fail", str(exc), "import and approve one")
    if age_days > CATALOGUE_WARN_DAYS:
        return Row("price list", "warn", f"{age_days} days old", "import a newer one")
    return Row("price list", "ok", f"of {catalogue.meta.as_of}, {catalogue.meta.rows} rows")


def _certificate(name: str, path: Path) -> Row:
    from cryptography import x509

    try:
        ends = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as exc:
        return Row(f"{name} certificate", "fail", f"{path}: {exc}", "enrol the terminal again")
    days = (ends - dt.datetime.now(dt.UTC)).days
    if days < 0:
        return Row(f"{name} certificate", "fail", "expired", "enrol the terminal again")
    state: State = "warn" if days < CERTIFICATE_WARN_DAYS else "ok"
    return Row(f"{name} certificate", state, f"{days} days left", "renew it" if state == "warn" else "")


async def _peers(config: KioskConfig) -> list[Row]:
    if config.terminal.role == "price_inquiry":
        return []
    return [
        await _hospital(config),
        await _clock(config),
        await _reachable("insurance", config.insurance.url),
        await _reachable("payment", config.payment.url),
    ]


async def _hospital(config: KioskConfig) -> Row:
    from kiosk.certificates import tls
    from kiosk.domain.outcome import Done, Refused
    from kiosk.hospital.client import HospitalClient

    client = HospitalClient(config.hospital.url, _name(config), tls=tls(config.hospital))
    try:
        outcome = await client.health()
    finally:
        await client.close()
    match outcome:
        case Done(health):
            return Row("hospital", "ok" if health.state == "ok" else "warn", health.state)
        case Refused(code=code):
            return Row("hospital", "fail", code, "is this terminal's certificate known there?")
        case _:
            return Row("hospital", "fail", outcome.why, "check the address, the network, the certificate")


async def _clock(config: KioskConfig) -> Row:
    """This machine's clock beside the hospital's: deadlines and papers hang on it."""
    import aiohttp

    from kiosk.certificates import tls

    url = config.hospital.url.rstrip("/") + "/ki/v1/health"
    context = tls(config.hospital)
    timeout = aiohttp.ClientTimeout(total=ASK_MAX_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, ssl=True if context is None else context) as answer,
        ):
            theirs = dt.datetime.fromisoformat(answer.headers["X-Server-Time"])
    except (aiohttp.ClientError, OSError, TimeoutError, KeyError, ValueError):
        return Row("clock", "warn", "nothing to compare it with", "look at time synchronisation")
    off_s = abs((dt.datetime.now(dt.UTC) - theirs).total_seconds())
    if off_s > CLOCK_WARN_S:
        return Row("clock", "warn", f"{off_s:.0f} s off the hospital's", "look at time synchronisation")
    return Row("clock", "ok", "with the hospital's")


async def _reachable(what: str, url: str) -> Row:
    """Only whether it listens: a question to the agency would use up a message number."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, port), ASK_MAX_S)
    except (OSError, TimeoutError) as exc:
        return Row(what, "fail", str(exc) or "timeout", "check the address and the firewall")
    writer.close()
    return Row(what, "ok", f"{parts.hostname}:{port}")


def _name(config: KioskConfig) -> str:
    return f"{config.terminal.site}/{config.terminal.device}"
