"""Hosts that really boot: systemd-nspawn machines on overlays of one Debian root, in a network of their own.

    def test_something(fleet_of):            # fixture of conftest.py: boots in parallel, cleans up
        fleet = fleet_of("k1", "k2", "k3")   # 10.77.0.11, .12, .13; the controller is 10.77.0.1
        k1 = fleet["k1"]
        k1.ssh("systemctl is-active ssh")    # over the network, as user ops through sudo; .stdout
        k1.inside("ip a")                    # past the network, from the machine underneath
        k1.power_cut(); k1.start()           # SIGKILL; then the same disk boots again
        k1.unplug(); k1.plug()               # the network cable
        k1.root / "etc/hostname"             # its disk, seen from outside
        play = fleet.playbook("site.yml", groups={"self_service": ["k1", "k2"]}, variables={"x": 1})
        assert play.ok and play.changed("k1") == 0, play.output
        fleet.start_process(["mosquitto"])   # a process on the controller, inside the fleet's network

`power_cut` kills every process at once; what had reached the page cache survives, as on a disk that was
told to sync. Nothing of this listens on the machine's own network, and everything ends with the fixture.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from booted_host import COMMAND_MAX_S, STOP_MAX_S, Host
from playbook import Play, run_playbook

__all__ = ["CONTROLLER", "Fleet", "Host", "why_not"]

CONTROLLER = "10.77.0.1"
_SSH_OPTIONS = (
    *("-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR"),
    *("-o", "ConnectTimeout=5", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3"),
)


def why_not() -> str | None:
    """Why no host can boot on this machine; None when it can."""
    if os.geteuid() != 0:
        return "booting hosts needs root"
    for program in ("systemd-nspawn", "mmdebstrap", "nsenter", "ip", "ssh", "ssh-keygen"):
        if shutil.which(program) is None:
            return f"not installed: {program}"
    mounts = Path("/proc/self/mounts").read_text(encoding="ascii")
    if "name=systemd" not in mounts and " cgroup2 " not in mounts:
        return "no cgroups are mounted here, so systemd cannot boot in a container"
    if "overlay" not in Path("/proc/filesystems").read_text(encoding="ascii"):
        return "this kernel has no overlay file system"
    return None


class Fleet:
    """Hosts, the network between them, and the controller that plays playbooks on them."""

    def __init__(self, folder: Path, base: Path, names: Sequence[str]) -> None:
        self.folder, self.base = folder, base
        self.key = folder / "ssh-key"
        self.known_hosts = folder / "known-hosts"
        self.shared: dict[Path, str] = {}
        """Folders of this machine that hosts started from now on see read-only: outside -> inside."""
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True)
        self.known_hosts.touch()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._network = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"],
            stdout=subprocess.PIPE,
        )
        assert self._network.stdout is not None
        assert self._network.stdout.readline() == b"up\n", "no network namespace"
        self.run(["ip", "link", "add", "fleet", "type", "bridge"])
        self.run(["ip", "address", "add", f"{CONTROLLER}/24", "dev", "fleet"])
        self.run(["ip", "link", "set", "fleet", "up"])
        self.hosts = {name: Host(self, name, number) for number, name in enumerate(names, 1)}
        for host in self.hosts.values():
            host.make()

    def __getitem__(self, name: str) -> Host:
        return self.hosts[name]

    def start(self) -> None:
        """Boot all, side by side."""
        with ThreadPoolExecutor(len(self.hosts)) as pool:
            list(pool.map(Host.start, self.hosts.values()))

    @property
    def ssh_options(self) -> list[str]:
        return [*_SSH_OPTIONS, "-i", str(self.key), "-o", f"UserKnownHostsFile={self.known_hosts}"]

    def run(
        self,
        argv: Sequence[str],
        *,
        check: bool = True,
        timeout_s: float = COMMAND_MAX_S,
        text: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """A command on the controller, inside the fleet's network."""
        return subprocess.run(
            self.entered(argv), input=text, capture_output=True, text=True, timeout=timeout_s, check=check
        )

    def entered(self, argv: Sequence[str]) -> list[str]:
        """The same command, as run from outside the fleet's network."""
        return ["nsenter", f"--net=/proc/{self._network.pid}/ns/net", *argv]

    def start_process(
        self,
        argv: Sequence[str],
        *,
        environment: dict[str, str] | None = None,
        output: int | object = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """A process on the controller that runs until it ends, or the fleet does."""
        process = subprocess.Popen(
            self.entered(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,  # type: ignore[call-overload]
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        self._processes.append(process)
        return process

    def playbook(self, name: str, **options: object) -> Play:
        """Play `deploy/ansible/<name>`; the options are those of `playbook.run_playbook`."""
        return run_playbook(self, name, **options)  # type: ignore[arg-type]

    def close(self) -> None:
        for host in self.hosts.values():
            host.close()
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait(STOP_MAX_S)
        self._network.kill()
        self._network.wait(STOP_MAX_S)
