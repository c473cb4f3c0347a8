"""A closed ward: one terminal with a read-only root that nobody reaches, and the share it fetches from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from booted import CONTROLLER, Fleet, Host
from hospital_keys import HospitalKeys
from playbook import ANSIBLE, Play
from releases import Signer, bundle_of

# isort: split
from kiosk_bundle.source import write_source

SHARE, SOURCE = "/srv/share", "/srv/source/terminals"
PULL_MAX_S = 300

# Ill when its settings say so: what a terminal with a wrong address is. And one that takes its time.
HEALTH = """#!/bin/sh
if grep -q slow /etc/hospital-kiosk/kiosk.toml; then touch /run/asked; exec sleep infinity; fi
state=ok
! grep -q wrong /etc/hospital-kiosk/kiosk.toml || state=fail
echo "[{\\"what\\": \\"hospital\\", \\"state\\": \\"$state\\"}]"
"""


class Ward:
    """Its terminal `k1`, who signs for it, and what the inventory says of it."""

    def __init__(self, fleet: Fleet, keys: HospitalKeys) -> None:
        self.fleet, self.keys = fleet, keys
        self.signer = Signer(fleet.folder)
        self.share = fleet.folder / "share"
        self.share.mkdir()
        fleet.shared[self.share] = SHARE
        self.serial = 0
        self.said: dict[str, Any] = {}

    @property
    def k1(self) -> Host:
        return self.fleet["k1"]

    def settings(self, **changes: Any) -> dict[str, Any]:
        """What the inventory says; `changes` come over it."""
        return {
            "site": "east",
            "institution_code": "H99010000001",
            "device": "K1",
            "place": "住院楼三层",
            "msgid_block": [100, 119],
            "terminal_services": ["kiosk.service"],
            "terminal_environment": "demo",
            "terminal_session": "offscreen",
            "terminal_kiosk_settings": {"terminal": {"desk_window": "3"}},
            "firewall_controllers": [],
            "firewall_outbound": [{"name": "broker", "address": CONTROLLER, "port": 8883}],
            "release_version": "1.0",
            "release_drain_wait_max_s": 1,
            "release_health_tries": 2,
            "release_health_pause_s": 1,
            "release_soak_s": 1,
            "pull_source": SOURCE,
            "pull_source_device": SHARE,
            "pull_source_type": "none",
            "pull_source_options": "bind,ro",
            "pull_calendar": "yearly",  # the tests pull when they want to
            "pull_drain_wait_max_s": 1,
            "pull_health_tries": 2,
            "pull_health_pause_s": 1,
            **changes,
        }

    def set_up(self) -> Play:
        """On the bench, by the controller: a blank machine becomes a terminal that fetches by itself."""
        own = {
            **self.settings(firewall_controllers=[CONTROLLER]),
            **self.keys.variables,
            "guard_signer": str(self.signer.public),
            "guard_archive": str(self.fleet.folder / "guard.pyz"),
            "guard_visit_group": "kiosk",
            "release_bundle": str(self.bundle("1.0")),
            "vault_insurance_sign_secret": "known to the controller alone",
            "read_only_root_enabled": True,
        }
        groups = {"self_service": ["k1"], "terminals": ["k1"]}
        return self.fleet.playbook("site.yml", groups=groups, variables=own)

    def bundle(self, version: str, **options: Any) -> Path:
        return bundle_of(self.fleet.folder, self.signer, version, **{"health": HEALTH, **options})

    def publish(
        self,
        *,
        signer: Signer | None = None,
        serial: int | None = None,
        bundle: Path | None = None,
        **changes: Any,
    ) -> None:
        """Lay a source onto the share, the next one unless its number is said."""
        inventory = self.fleet.folder / "inventory"
        inventory.mkdir(exist_ok=True)
        hosts = {"self_service": {"hosts": {"k1": self.settings(**changes)}}}
        told = {"all": {"children": {"terminals": {"children": hosts}}}}
        (inventory / "hosts.yml").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        number = serial or self.serial + 1
        self.serial = max(self.serial, number)
        target = self.share / "terminals"
        shutil.rmtree(target, ignore_errors=True)
        write_source(ANSIBLE, inventory, target, (signer or self.signer).key, serial=number)
        if bundle is not None:
            name = bundle.name.replace("bundle-", "hospital-kiosk-")
            shutil.copytree(bundle, target / "bundles" / f"{name}-all")

    def pull(self) -> str:
        """As the timer does; the outcome. `said` is what the guard tells of it."""
        self.k1.inside("systemctl start hospital-pull.service", check=False, timeout_s=PULL_MAX_S)
        self.said = json.loads(self.k1.inside("kiosk-guard status").stdout)
        return str(self.said["pull"]["outcome"])

    @property
    def why(self) -> str:
        return str(self.said["pull"]["why"])

    @property
    def log(self) -> str:
        """What the pulls said, for an assertion."""
        return self.k1.inside("journalctl --no-pager -u hospital-pull -n 120", check=False).stdout[-6000:]

    def failed(self) -> bool:
        """Whether systemd shows the last pull as failed."""
        return (
            self.k1.inside("systemctl is-failed hospital-pull.service", check=False).stdout.strip()
            == "failed"
        )

    def file(self, name: str) -> str:
        return self.k1.inside(f"cat {name}").stdout
