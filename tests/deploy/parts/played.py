"""What the hospitals of these tests share: hosts, who may sign for them, playbooks and what those report."""

from __future__ import annotations

import json
from typing import Any

from booted import Fleet, Host
from playbook import Play
from releases import Signer


class Played:
    """Hosts on which playbooks are played, and the last report of a wave."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.signer = Signer(fleet.folder)
        self.report: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Host:
        return self.fleet[name]

    def play_reported(self, name: str, version: str, variables: dict[str, Any], **options: Any) -> Play:
        """Play a playbook with small waits; the report of its wave is kept.

        A variable that is None keeps its default. `options` are those of `Fleet.playbook`.
        """
        report = self.fleet.folder / "report.json"
        report.unlink(missing_ok=True)
        bundle = self.fleet.folder / f"bundle-{version}"
        own = {
            "release_version": version,
            "release_bundle": str(bundle) if bundle.exists() else "",
            "release_drain_wait_max_s": 1,
            "release_soak_s": 1,
            "wave_ward": "ward_a",
            "wave_report_file": str(report),
            "guard_archive": str(self.fleet.folder / "guard.pyz"),
            "guard_signer": str(self.signer.public),
        }
        given = {key: value for key, value in (own | variables).items() if value is not None}
        play = self.fleet.playbook(name, variables=given, **options)
        self.report = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        return play

    def outcomes(self) -> dict[str, str]:
        """What became of each terminal in the last wave."""
        return {row["terminal"]: row["outcome"] for row in self.report["terminals"]}

    def runs(self) -> dict[str, str | None]:
        """What each terminal ran after it."""
        return {row["terminal"]: row["after"] for row in self.report["terminals"]}

    def guard(self, name: str, words: str) -> dict[str, Any]:
        """What `kiosk-guard` answers on a host, asked past the network."""
        return dict(json.loads(self[name].inside(f"kiosk-guard {words}", check=False).stdout))
