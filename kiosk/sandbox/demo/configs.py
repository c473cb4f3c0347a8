"""The three configuration files of a demo, as text: the very keys that a hospital writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from kiosk.sandbox.demo.folder import ANSWER_DELAY_MAX_S, NOTE, Folder

SITE, DEVICE = "demo", "K07"
INSTITUTION = "H99010000001"
PANEL_PX = (1080, 1920)
"""The panel of a terminal, drawn off screen."""
DESKTOP_PX = (540, 960)
"""The same at half its size, for a desktop."""


@dataclass(frozen=True, slots=True)
class Peers:
    """Where the box listens, as its first line says."""

    agency: str
    his: str
    wallet: str
    table: str
    hsm: str
    pcsc_socket: str
    mqtt: str
    collector: str


def sandbox_text(folder: Folder) -> str:
    """`sandbox.toml`: everything that can be started, on any free port of loopback."""
    return _toml(
        {
            "sandbox": {
                "folder": folder.sandbox,
                "profile": folder.profile,
                "institution_code": INSTITUTION,
                "his_answer_delay_max_s": ANSWER_DELAY_MAX_S,
                "card_reader": True,
                "broker": True,
                "code_film": folder.film,
            }
        }
    )


def kiosk_text(folder: Folder, peers: Peers, seal: Path, wake: Path, *, on_desktop: bool) -> str:
    """`kiosk.toml`: an ordinary terminal, but for `environment = "demo"`."""
    width_px, height_px = DESKTOP_PX if on_desktop else PANEL_PX
    return _toml(
        {
            "terminal": {
                "site": SITE,
                "device": DEVICE,
                "institution_code": INSTITUTION,
                "hospital": "示例医院",
                "hospital_en": "Example Hospital",
                "place": "门诊楼 1 层，7 号机",
                "environment": "demo",
                "msgid_block": [1, 9],
                "help_phone": "0990-100-001",
                "complaint_phone": "0990-100-002",
                "price_phone": "0990-100-003",
            },
            "terminal.place_names": {"990100": "示例市", "990200": "邻省市"},
            "screen": {"width_px": width_px, "height_px": height_px, "fullscreen": False},
            "hospital": {"url": peers.his},
            "payment": {"url": peers.wallet},
            "insurance": {"profile": folder.profile, "url": peers.agency, "ec_url": peers.agency},
            "journal": {"path": folder.journal, "hospital_seal_file": seal, "wake_socket": wake},
            "settlement": {"repeat_pause_first_s": 1.0},
            "card": {"contact": "*00 00"},
            "card_security": {"url": peers.hsm},
            "camera": {"video": folder.film},
            "printer": {"driver": "pdf", "folder": folder.receipts, "papers": folder.papers},
            "catalogue": {"path": folder.catalogue, "source": "示例医院价格表"},
            "catalogue.fund_ratio": {"employee": "0.6", "resident": "0.5"},
        }
    )


def agent_text(folder: Folder, peers: Peers, root: str, wake: Path) -> str:
    """`agent.toml`: the link of this terminal."""
    host, _, port = peers.mqtt.rpartition(":")
    return _toml(
        {
            "": {"environment": "demo"},
            "place": {"site": SITE, "device": DEVICE, "root": root},
            "files": {"journal": folder.journal, "wake": wake, "state": folder.agent_state},
            "mqtt": {"host": host, "port": int(port), "start_jitter_max_s": 0.1, "retry_base_s": 0.5},
        }
    )


def _toml(tables: dict[str, dict[str, object]]) -> str:
    """Tables of plain values. JSON's strings, numbers and lists are TOML's too."""
    lines = [NOTE]
    for name, values in tables.items():
        if name:
            lines += ["", f"[{name}]"]
        lines += [f"{key} = {_value(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
