"""The terminal's own configuration file: what `kiosk run --config F` reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class TerminalSection:
    """Who and where this terminal is. `msgid_block`: its own numbers within the institution."""

    site: str
    device: str  # short name, as on papers: K07
    institution_code: str  # fixmedins_code, 12 characters
    hospital: str
    hospital_en: str
    place: str
    time_zone: str = "Asia/Shanghai"
    environment: Literal["production", "demo"] = "production"
    role: Literal["self_service", "price_inquiry"] = "self_service"
    language: Literal["zh", "en"] = "zh"
    msgid_block: tuple[int, int] | None = None
    desk_window: str = "1"
    help_phone: str = ""
    complaint_phone: str = ""
    price_phone: str = ""
    place_names: dict[str, str] = field(default_factory=dict)  # insured places by code, for people
    notice_file: Path | None = None  # what the hospital tells everybody, on the home screen
    visit_lock: Path | None = None  # held while somebody is there, so that no release comes under them


@dataclass(frozen=True, slots=True)
class ScreenSection:
    """The panel and how long it waits for people."""

    width_px: int = 1080
    height_px: int = 1920
    idle_after_s: float = 60.0
    idle_warn_s: float = 20.0
    finish_after_s: float = 20.0
    fullscreen: bool = True


@dataclass(frozen=True, slots=True)
class PeerSection:
    """A peer's address and the files that prove who speaks. Certificates are required in production."""

    url: str = ""
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class PaymentSection:
    """The payment gateway. `shown_codes`: it can charge a code that the patient shows to the camera."""

    url: str = ""
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    shown_codes: bool = True


@dataclass(frozen=True, slots=True)
class InsuranceSection:
    """The agency. `profile`: a file of assets/profiles or a path of its own."""

    profile: str = ""
    url: str = ""
    ec_url: str = ""
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    sign_secret_file: Path | None = None


@dataclass(frozen=True, slots=True)
class JournalSection:
    """The log. `hospital_seal_file`: the hospital's public key (X25519, raw, 32 bytes).

    `acked_file`: where the agent leaves the collector's acknowledgement; what it covers is deleted
    after `keep_days`. Without it nothing is ever deleted.
    """

    path: Path
    hospital_seal_file: Path
    wake_socket: Path | None = None
    reserve_bytes: int = 16 * 1024 * 1024
    acked_file: Path | None = None
    keep_days: int = 30


@dataclass(frozen=True, slots=True)
class SettlementSection:
    """The waits of the money machine; see `kiosk.settlement.policy`. The agency's delay is in its profile."""

    repeat_pause_first_s: float = 2.0
    repeat_pause_max_s: float = 60.0
    staff_after_repeats: int = 5
    lease_ttl_s: int = 180
    lease_hold_max_s: float = 600.0
    pay_valid_s: int = 240


@dataclass(frozen=True, slots=True)
class CardSection:
    """The card readers, by role: patterns of their PC/SC names. With none, the only reader there is.

    `psam_profile`: how to speak to the security module, a TOML file, where it is not one of the two known
    ways. `power_cycle`: switching a hung reader off and on; `power_port` as under /sys/bus/usb/devices.
    """

    enabled: bool = True
    contact: str | None = None
    contactless: str | None = None
    psam: str | None = None
    psam_profile: Path | None = None
    power_cycle: Literal["never", "authorized", "uhubctl"] = "never"
    power_port: str | None = None
    silent_warn_s: float = 1.5


@dataclass(frozen=True, slots=True)
class CardSecuritySection:
    """The region's card-authentication service (HSM), which opens 3.0 cards; empty where there is none."""

    url: str = ""
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    answer_max_s: float = 3.0


@dataclass(frozen=True, slots=True)
class CameraSection:
    """Where codes are seen: a camera (V4L2, CSI, on the net), or a video file that plays in a loop."""

    enabled: bool = True
    device: str | None = None
    video: Path | None = None


@dataclass(frozen=True, slots=True)
class PrinterSection:
    """The printer: `escpos` at an address, `cups` for a ward printer's sheets, `pdf` into a folder.

    `papers`: the file that remembers across a power cut which papers were on their way.
    """

    driver: Literal["none", "pdf", "escpos", "cups"] = "none"
    folder: Path | None = None
    device: str | None = None
    queue: str | None = None
    paper: Literal["A4", "A5"] = "A4"
    papers: Path | None = None


@dataclass(frozen=True, slots=True)
class CatalogueSection:
    """The price list, and what is said beside it."""

    path: Path | None = None
    source: str = ""
    fund_ratio: dict[str, Decimal] = field(default_factory=dict)  # employee, resident: for estimates


@dataclass(frozen=True, slots=True)
class KioskConfig:
    """All of it. A price-inquiry terminal needs only `terminal` and `catalogue`."""

    terminal: TerminalSection
    screen: ScreenSection = ScreenSection()
    hospital: PeerSection = PeerSection()
    payment: PaymentSection = PaymentSection()
    insurance: InsuranceSection = InsuranceSection()
    journal: JournalSection | None = None
    settlement: SettlementSection = SettlementSection()
    card: CardSection = CardSection()
    card_security: CardSecuritySection = CardSecuritySection()
    camera: CameraSection = CameraSection()
    printer: PrinterSection = PrinterSection()
    catalogue: CatalogueSection = CatalogueSection()

    def __post_init__(self) -> None:
        """Rules between keys. Raises ValueError, which the loader turns into a named refusal."""
        if self.terminal.role == "price_inquiry":
            return
        if self.journal is None:
            raise ValueError("journal: a terminal that settles has one")
        for name, url in self._urls().items():
            if not url:
                raise ValueError(f"{name}: missing")
        if self.terminal.environment == "production":
            self._production()

    def _urls(self) -> dict[str, str]:
        return {
            "hospital.url": self.hospital.url,
            "payment.url": self.payment.url,
            "insurance.url": self.insurance.url,
        }

    def _production(self) -> None:
        """Production speaks to real peers over https with a certificate, and to nobody on this machine."""
        if self.terminal.msgid_block is None:
            raise ValueError("terminal.msgid_block: missing; every terminal has its own numbers")
        if self.terminal.institution_code[1:3] == "99":
            raise ValueError("terminal.institution_code: regions 99xxxx are the demo's")
        for name, url in self._urls().items():
            if not url.startswith("https://"):
                raise ValueError(f"{name}: production takes https only")
            host = url.split("/")[2].rsplit(":", 1)[0].strip("[]")
            if host == "localhost" or host.startswith("127.") or host == "::1":
                raise ValueError(f"{name}: production refuses this machine as a peer")
        for name, section in (
            ("hospital", self.hospital),
            ("payment", self.payment),
            ("insurance", self.insurance),
        ):
            if section.cert_file is None or section.key_file is None or section.ca_file is None:
                raise ValueError(f"{name}.cert_file, key_file, ca_file: needed in production")
