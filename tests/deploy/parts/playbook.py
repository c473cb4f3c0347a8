"""Plays a playbook of `deploy/ansible` on booted hosts over SSH, and reads what became of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from booted import Fleet

ANSIBLE = Path(__file__).resolve().parents[3] / "deploy" / "ansible"
PLAY_MAX_S = 1800

_RECAP = re.compile(r"^(\S+)\s+: (ok=\d+.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Play:
    """How it ended. `counts[host]` has ok, changed, unreachable, failed, skipped, rescued, ignored."""

    exit_code: int
    output: str
    counts: Mapping[str, Mapping[str, int]]

    @property
    def ok(self) -> bool:
        return self.exit_code == 0

    def changed(self, host: str) -> int:
        return self.counts[host]["changed"]


def run_playbook(
    fleet: Fleet,
    name: str,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    host_variables: Mapping[str, Mapping[str, Any]] | None = None,
    variables: Mapping[str, Any] | None = None,
    limit: str | None = None,
    arguments: Sequence[str] = (),
    timeout_s: float = PLAY_MAX_S,
) -> Play:
    """`groups`: group -> hosts; `variables`: stronger than all others. Raises TimeoutExpired."""
    inventory = fleet.folder / "inventory.json"
    inventory.write_text(json.dumps(_inventory(fleet, groups or {}, host_variables or {})), encoding="utf-8")
    argv = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(inventory)]
    if variables:
        argv += ["--extra-vars", json.dumps(dict(variables))]
    if limit:
        argv += ["--limit", limit]
    done = subprocess.run(
        fleet.entered([*argv, *arguments, str(ANSIBLE / name)]),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        cwd=ANSIBLE,
        env={**os.environ, **_environment(fleet)},
    )
    output = done.stdout + done.stderr
    return Play(done.returncode, output, _counts(output))


def _inventory(
    fleet: Fleet, groups: Mapping[str, Sequence[str]], host_variables: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    hosts = {
        name: {"ansible_host": host.address, **host_variables.get(name, {})}
        for name, host in fleet.hosts.items()
    }
    inventory: dict[str, Any] = {
        "all": {
            "hosts": hosts,
            "vars": {
                "ansible_user": "ops",
                "ansible_python_interpreter": "/usr/bin/python3",
                "ansible_ssh_private_key_file": str(fleet.key),
                "ansible_ssh_common_args": " ".join(fleet.ssh_options),
            },
        }
    }
    for group, names in groups.items():
        inventory[group] = {"hosts": {name: {} for name in names}}
    return inventory


def _environment(fleet: Fleet) -> dict[str, str]:
    return {
        "ANSIBLE_HOME": str(fleet.folder / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(fleet.folder / "cp"),
        "ANSIBLE_FORKS": "6",
        "LC_ALL": "C.UTF-8",
    }


def _counts(output: str) -> dict[str, dict[str, int]]:
    found = {}
    for host, counts in _RECAP.findall(output):
        found[host] = {key: int(value) for key, value in (pair.split("=") for pair in counts.split())}
    return found
