"""Booted hosts with the guard and a first release on them, and how the tests play a playbook there."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from booted import Fleet, Host
from playbook import Play
from played import Played
from releases import bundle_of

FIRST = Path(__file__).with_name("first_release.yml")
ANSWER_MAX_S = 300


class Hospital(Played):
    """The hosts, who may sign for them, and the last report."""

    def __init__(self, fleet: Fleet, groups: Mapping[str, Sequence[str]]) -> None:
        super().__init__(fleet)
        self.groups = groups
        self.own: dict[str, dict[str, Any]] = {}
        """Variables of single hosts, for all playbooks."""

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
        own = {
            "release_health_tries": 2,
            "release_health_pause_s": 1,
            "guard_services": ["kiosk.service"],
            "guard_agent_ack": "",
            "guard_visit_group": "root",
        }
        return self.play_reported(
            name, version, own | variables, groups=self.groups, host_variables=host_variables or self.own
        )

    def version(self, name: str) -> str:
        """Which stand-in runs there."""
        return self.fleet[name].inside("cat /run/kiosk-version").stdout.strip()


def tail(play: Play) -> str:
    """The end of what was said, for an assertion."""
    return play.output[-4000:]
