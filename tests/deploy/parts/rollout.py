"""Booted hosts with the guard and a first release on them, and how the tests play a playbook there."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from booted import Fleet, Host
from playbook import Play
from releases import Signer, bundle_of

FIRST = Path(__file__).with_name("first_release.yml")
ANSWER_MAX_S = 300


class Hospital:
    """The hosts, who may sign for them, and the last report."""

    def __init__(self, fleet: Fleet, groups: Mapping[str, Sequence[str]]) -> None:
        self.fleet, self.groups = fleet, groups
        self.signer = Signer(fleet.folder)
        self.report: dict[str, Any] = {}
        self.own: dict[str, dict[str, Any]] = {}
        """Variables of single hosts, for all playbooks."""

    def __getitem__(self, name: str) -> Host:
        return self.fleet[name]

    def begin(self, **options: Any) -> None:
        """Guard and release 1.0 on all hosts; `options` are those of `bundle_of`."""
        for host in self.fleet.hosts.values():
            self.wait_for(host)
        self.bundle("1.0", **options)
        play = self.play(str(FIRST), "1.0", release_soak_s=300)  # which is for waves alone
        assert play.ok, tail(play)

    def wait_for(self, host: Host) -> None:
        """Until it answers over the network: a loaded machine starts its hosts slowly."""
        deadline = time.monotonic() + ANSWER_MAX_S
        while (said := host.ssh("true", check=False)).returncode != 0:
            assert time.monotonic() < deadline, f"{host.name}: {said.stderr}\n{host.console()}"
            threading.Event().wait(0.5)

    def bundle(self, version: str, **options: Any) -> Path:
        return bundle_of(self.fleet.folder, self.signer, version, **options)

    def play(
        self,
        name: str,
        version: str,
        host_variables: Mapping[str, Mapping[str, Any]] | None = None,
        **variables: Any,
    ) -> Play:
        """Play a playbook with small waits; its report is kept. None: a variable keeps its default."""
        report = self.fleet.folder / "report.json"
        report.unlink(missing_ok=True)
        bundle = self.fleet.folder / f"bundle-{version}"
        own = {
            "release_version": version,
            "release_bundle": str(bundle) if bundle.exists() else "",
            "release_drain_wait_max_s": 1,
            "release_health_tries": 2,
            "release_health_pause_s": 1,
            "release_soak_s": 1,
            "wave_ward": "ward_a",
            "wave_report_file": str(report),
            "guard_archive": str(self.fleet.folder / "guard.pyz"),
            "guard_signer": str(self.signer.public),
            "guard_services": ["kiosk.service"],
            "guard_agent_ack": "",
            "guard_visit_group": "root",
        }
        given = {key: value for key, value in (own | variables).items() if value is not None}
        play = self.fleet.playbook(
            name, groups=self.groups, variables=given, host_variables=host_variables or self.own
        )
        self.report = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        return play

    def outcomes(self) -> dict[str, str]:
        return {row["terminal"]: row["outcome"] for row in self.report["terminals"]}

    def runs(self) -> dict[str, str | None]:
        return {row["terminal"]: row["after"] for row in self.report["terminals"]}

    def guard(self, name: str, words: str) -> dict[str, Any]:
        """What `kiosk-guard` answers on a host, asked past the network."""
        return dict(json.loads(self.fleet[name].inside(f"kiosk-guard {words}", check=False).stdout))

    def version(self, name: str) -> str:
        """Which stand-in runs there."""
        return self.fleet[name].inside("cat /run/kiosk-version").stdout.strip()


def tail(play: Play) -> str:
    """The end of what was said, for an assertion."""
    return play.output[-4000:]
