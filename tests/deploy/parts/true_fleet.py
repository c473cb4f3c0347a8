"""Terminals of the product itself on blank machines, and the hospital that they belong to."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from booted import CONTROLLER, Fleet
from hospital import wait_for
from hospital_keys import HospitalKeys
from other_side import AGENCY, BROKER, HIS, INSTITUTION, WALLET, OtherSide
from playbook import Play
from played import Played
from release_folder import REPOSITORY
from true_bundles import true_bundle

from edge_agent.collector.store import Store
from kiosk import assets
from kiosk.catalogue.build import approve, import_files

GROUPS = {
    "self_service": ["k1", "k2"],
    "terminals": ["k1", "k2"],
    "canary": ["k1"],
    "ward_a": ["k1", "k2"],
}

PLAY_MAX_S = 1800.0  # wheels and packages of two machines at once: a slow controller needs a good part of it

_DRIVER = Path("usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_READER = Path("etc/reader.conf.d/vpcd")
_FILM = "/srv/camera"
_HAND, _HAND_PORT = "/srv/hand", 4711
_CURRENT = "/opt/hospital-kiosk/current/venv/bin"
_CONFIG = "/etc/hospital-kiosk/kiosk.toml"
_AS_KIOSK = f"setpriv --reuid=kiosk --regid=kiosk --init-groups {_CURRENT}/kiosk"
_HAND_UNIT = f"""[Service]
ExecStart=
ExecStart={_CURRENT}/python {_HAND}/touched.py {_CONFIG} {_HAND_PORT}
"""


class TrueHospital(Played):
    """k1, the canary, has a closed root; k2, in a ward, gets a hand before its glass when asked."""

    def __init__(self, fleet: Fleet, keys: HospitalKeys) -> None:
        super().__init__(fleet)
        self.keys = keys
        for host in fleet.hosts.values():
            for path in (_DRIVER, _READER):  # of the reader, as a maker's own driver would come
                (host.root / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(Path("/") / path, host.root / path)
        self.partition = fleet["k1"].add_partition("/state")
        self.other_side = OtherSide(fleet, keys)
        self.other_side.at_the_table("code/hide")  # an empty lobby before the cameras
        self.prices = fleet.folder / "prices.db"
        import_files([assets.path("catalogue", "demo.csv")], self.prices, "one person")
        approve(self.prices, "another person")
        fleet.shared[self.other_side.film.parent] = _FILM
        fleet.shared[self._hand()] = _HAND

    # Playbooks

    def bundle(self, version: str, *, packages: bool = False) -> Path:
        return true_bundle(self.fleet.folder, self.signer, version, self.fleet.base, packages=packages)

    def play(self, name: str, version: str, **over: Any) -> Play:
        """Play a playbook for a release, with the small waits of a test; the report of a wave is kept."""
        return self.play_reported(
            name,
            version,
            self._variables() | over,
            groups=GROUPS,
            host_variables=_host_variables(),
            timeout_s=PLAY_MAX_S,
        )

    def _variables(self) -> dict[str, Any]:
        return {
            **self.keys.variables,
            "site": "east",
            "institution_code": INSTITUTION,
            "terminal_environment": "demo",
            "terminal_session": "offscreen",
            "terminal_price_list": str(self.prices),
            "terminal_agent_settings": {
                "mqtt": {"host": CONTROLLER, "start_jitter_max_s": 0.1, "retry_max_s": 2.0}
            },
            "firewall_controllers": [CONTROLLER],
            "firewall_outbound": [
                {"name": name, "address": CONTROLLER, "port": port}
                for name, port in (("agency", AGENCY), ("his", HIS), ("wallet", WALLET), ("broker", BROKER))
            ],
        }

    # What a terminal says

    def rows(self, name: str) -> dict[str, tuple[str, str]]:
        """What `kiosk doctor` says on a terminal: row, and its state and reason."""
        said = self[name].inside(f"{_AS_KIOSK} doctor --json --config {_CONFIG}", check=False)
        return {row["what"]: (row["state"], row["reason"]) for row in json.loads(said.stdout)}

    def ill(self, name: str) -> dict[str, tuple[str, str]]:
        """The rows that are not ok."""
        return {what: row for what, row in self.rows(name).items() if row[0] != "ok"}

    def open_settlements(self, name: str) -> str:
        return str(self.guard(name, "status")["open"])

    def journal(self, name: str) -> dict[str, Any]:
        """`kiosk journal verify` on a terminal, as its user."""
        path = "/var/lib/hospital-kiosk/journal/journal.db"
        said = self[name].inside(f"{_AS_KIOSK} journal verify --json {path}")
        return dict(json.loads(said.stdout))

    def born(self, name: str) -> str:
        """Which release a terminal's last birth at the collector names."""
        with closing(Store(str(self.other_side.database), read_only=True)) as store:
            birth = store.birth(f"east/{name.upper()}")
        return "" if birth is None else str(birth["release"])

    def all_delivered(self, name: str) -> bool:
        """Whether the collector has every entry of both streams of a terminal."""
        streams = [
            one for one in self.other_side.devices()["streams"] if one["device"] == f"east/{name.upper()}"
        ]
        heads = {one["epoch"]: one["watermark"] for one in streams}
        journal = self.journal(name)
        return len(streams) == 2 and heads.get(journal["epoch"]) == journal["head_seq"]

    def settled(self) -> list[str]:
        """The outcomes of all settlements that the collector knows."""
        return [str(one["outcome"]) for one in self.other_side.transactions()]

    # A hand before the glass

    def touch(self, name: str) -> None:
        """From now on `tell` drives this terminal: the same program in the same unit, with a hand in it."""
        host = self[name]
        host.inside("mkdir -p /run/systemd/system/kiosk.service.d")
        host.inside(f"cat >/run/systemd/system/kiosk.service.d/hand.conf <<'END'\n{_HAND_UNIT}END\n")
        host.inside("systemctl daemon-reload && systemctl restart kiosk.service")
        reach = f'bash -c "</dev/tcp/127.0.0.1/{_HAND_PORT}" 2>/dev/null'
        assert wait_for(host, reach), self.log(name)

    def tell(self, name: str, *words: str) -> None:
        """`see 07 who pays`, `tap pay`: one after the other. AssertionError: what was shown instead."""
        for word in words:
            said = self[name].inside(f"python3 {_HAND}/tell.py {_HAND_PORT} '{word}'", check=False)
            assert said.stdout == "ok", f"{word}: {said.stdout}{said.stderr}\n{self.log(name)}"

    def log(self, name: str) -> str:
        """The end of what its programs and its card service have said."""
        units = ("kiosk", "edge-agent", "pcscd.socket", "pcscd")
        said = "; ".join(f"journalctl --no-pager -n 40 -u {unit}" for unit in units)
        return self[name].inside(said, check=False).stdout

    def _hand(self) -> Path:
        """What the hand is made of; nothing else of the checkout, so that a release must hold its own."""
        folder = self.fleet.folder / "hand"
        sandbox = REPOSITORY / "kiosk/sandbox"
        shutil.copytree(sandbox, folder / "kiosk/sandbox", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("touched.py", "tell.py"):
            shutil.copy(Path(__file__).with_name("programs") / name, folder)
        return folder


def _host_variables() -> Mapping[str, Mapping[str, Any]]:
    """Of each terminal. Its peers are a hospital in a box, so it is a bench: http, invented institution."""
    peer = f"http://{CONTROLLER}:"
    settings = {
        "terminal": {"hospital": "示例医院", "hospital_en": "Example Hospital"},
        "hospital": {"url": f"{peer}{HIS}"},
        "payment": {"url": f"{peer}{WALLET}"},
        "insurance": {"url": f"{peer}{AGENCY}", "ec_url": f"{peer}{AGENCY}", "profile": "990100"},
        "settlement": {"repeat_pause_first_s": 1.0, "repeat_pause_max_s": 2.0},
        "card": {"contact": "*00 00"},
        "camera": {"video": f"{_FILM}/film.avi"},
        "printer": {"driver": "pdf", "folder": "/var/lib/hospital-kiosk/journal/printed"},
    }
    return {
        name: {
            "device": name.upper(),
            "place": "门诊一楼",
            "msgid_block": [first, first + 19],
            "read_only_root_enabled": name == "k1",
            "terminal_kiosk_settings": settings,
        }
        for name, first in (("k1", 100), ("k2", 120))
    }


def within(limit_s: float, holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold in time."""
    deadline = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(0.3)
    return True
