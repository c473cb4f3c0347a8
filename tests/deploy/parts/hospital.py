"""An invented hospital as an inventory: a terminal that settles, one in the lobby, the hospital's machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from booted import CONTROLLER, Fleet, Host
from hospital_keys import HospitalKeys
from playbook import Play

GROUPS = {
    "self_service": ["k1"],
    "price_inquiry": ["l1"],
    "terminals": ["k1", "l1"],
    "collectors": ["c1"],
}

_NAMES = {"hospital": "示例医院", "hospital_en": "Example Hospital"}

# Nobody listens there: these tests are about the machine, not about a visit.
_PEERS = {
    "hospital": {"url": f"http://{CONTROLLER}:1"},
    "payment": {"url": f"http://{CONTROLLER}:2"},
    "insurance": {"url": f"http://{CONTROLLER}:3", "profile": "990100"},
}

_PRINTER = {"driver": "pdf", "folder": "/var/lib/hospital-kiosk/journal/printed"}


def host_variables() -> dict[str, dict[str, Any]]:
    """Of each machine; k1 has a read-only root and a state partition."""
    return {
        "k1": {
            "device": "K1",
            "place": "门诊一楼",
            "msgid_block": [100, 119],
            "read_only_root_enabled": True,
            "terminal_kiosk_settings": {"terminal": _NAMES, "printer": _PRINTER, **_PEERS},
        },
        "l1": {
            "device": "L1",
            "place": "大厅",
            "terminal_services": ["kiosk.service"],
            "terminal_kiosk_settings": {"terminal": _NAMES},
        },
    }


def variables(fleet: Fleet, keys: HospitalKeys) -> dict[str, Any]:
    """Of the whole hospital: a bench, so that it may use an invented institution and peers without TLS."""
    broker = fleet["c1"].address
    return {
        **keys.variables,
        "site": "east",
        "institution_code": "H99010000001",
        "terminal_environment": "demo",
        "terminal_session": "offscreen",
        "terminal_agent_settings": {"mqtt": {"host": broker, "start_jitter_max_s": 0.1, "retry_max_s": 2.0}},
        "collector_environment": "production",
        "firewall_controllers": [CONTROLLER],
        "firewall_outbound": [{"name": "broker", "address": broker, "port": 8883}],
    }


class Hospital:
    """The machines that there are of it, and what the first run of the playbooks said."""

    partition: Path
    collector: Play
    site: Play

    def __init__(
        self,
        fleet: Fleet,
        keys: HospitalKeys,
        extra: Mapping[str, Any],
        own: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.fleet, self.keys, self._extra, self._own = fleet, keys, extra, own
        self._groups = {
            group: there
            for group, names in GROUPS.items()
            if (there := [n for n in names if n in fleet.hosts])
        }

    @property
    def k1(self) -> Host:
        return self.fleet["k1"]

    @property
    def l1(self) -> Host:
        return self.fleet["l1"]

    @property
    def c1(self) -> Host:
        return self.fleet["c1"]

    def play(self, name: str, **options: Any) -> Play:
        """Play a playbook; `variables` come over those of the hospital."""
        over = options.pop("variables", {})
        more = {**variables(self.fleet, self.keys), **self._extra, **over}
        options.setdefault("host_variables", self._own)
        return self.fleet.playbook(name, groups=self._groups, variables=more, **options)


def wait_for(host: Host, condition: str, deadline_s: int = 60) -> bool:
    """Whether a shell condition comes true on a host."""
    loop = f"until {condition}; do sleep 0.3; done"
    return host.inside(f"timeout {deadline_s} sh -c '{loop}'", check=False).returncode == 0
