"""What of the hospital in a box is started, and where it keeps its books."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SandboxSection:
    """`profile`: the area. Ports of 0 are any free ones."""

    folder: Path = Path("var/sandbox")
    profile: str = "990100"
    institution_code: str = "H99010000001"
    agency_port: int = 0
    his_port: int = 0
    wallet_port: int = 0
    hsm_port: int = 0
    table_port: int = 0
    his_answer_delay_max_s: int = 60
    card_reader: bool = False  # a virtual reader behind a real pcscd
    broker: bool = False  # mosquitto and the collector
    code_film: Path | None = None  # where "show a code" puts its film, for a terminal whose camera it is


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """The file that `kiosk sandbox --config F` reads."""

    sandbox: SandboxSection = SandboxSection()
