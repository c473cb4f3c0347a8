"""One booted machine of a fleet: its life, its network, and what happens on it."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compiled import lay_compiled

if TYPE_CHECKING:
    from booted import Fleet

BOOT_MAX_S = 300
COMMAND_MAX_S = 300
STOP_MAX_S = 30

_REBOOTED = 133  # how systemd-nspawn ends when what is inside asked for a reboot

_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CGROUPS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))

# In one control group for all, a service that is stopped on one host would wait for the processes of the
# same service on all others.
_IN_ITS_OWN_GROUP = """own=$0
for tree in /sys/fs/cgroup /sys/fs/cgroup/unified; do
  [ ! -e "$tree/cgroup.procs" ] || { mkdir -p "$tree/$own" && echo $$ >"$tree/$own/cgroup.procs"; }
done
exec "$@"
"""


class Host:
    """One machine: its disk outlives `power_cut` and `shut_down`, until the fleet is closed."""

    def __init__(self, fleet: Fleet, name: str, number: int) -> None:
        self.name = name
        self.address = f"10.77.0.{10 + number}"
        self._fleet = fleet
        self._folder = fleet.folder / name
        self.root = self._folder / "root"
        self._process: subprocess.Popen[bytes] | None = None
        self._cable = f"vb-{name}"
        self._partitions: dict[str, Path] = {}
        self._groups: list[str] = []

    # Its life

    def make(self) -> None:
        """Disk, name, address, and a key of its own. It does not run yet."""
        for part in ("upper", "work", "root"):
            (self._folder / part).mkdir(parents=True)
        layers = (
            f"lowerdir={self._fleet.base},upperdir={self._folder / 'upper'},workdir={self._folder / 'work'}"
        )
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(self.root)], check=True)
        lay_compiled(self.root, self._fleet.base)
        self.write("etc/hostname", f"{self.name}\n")
        self.write("etc/hosts", f"127.0.0.1 localhost\n{self.address} {self.name}\n")
        self.write(
            "etc/systemd/network/10-fleet.network",
            f"[Match]\nName=host0\n[Network]\nAddress={self.address}/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n",
        )
        links = ["systemctl", f"--root={self.root}", "enable", "-q", "systemd-networkd", "ssh"]
        subprocess.run(links, check=True, capture_output=True)
        key = self.root / "etc/ssh/ssh_host_ed25519_key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        subprocess.run(["chroot", str(self.root), "useradd", "-m", "-s", "/bin/bash", "ops"], check=True)
        self.write("etc/sudoers.d/ops", "ops ALL=(ALL) NOPASSWD: ALL\n", mode=0o440)
        self.write("var/lib/ops.pub", self._fleet.key.with_suffix(".pub").read_text(encoding="ascii"))
        self.write("etc/ssh/sshd_config.d/ops.conf", "AuthorizedKeysFile /var/lib/%u.pub\nUseDNS no\n")
        public = key.with_suffix(".pub").read_text(encoding="ascii").split()
        with self._fleet.known_hosts.open("a", encoding="ascii") as known:
            known.write(f"{self.address} {public[0]} {public[1]}\n")

    def add_partition(self, inside: str) -> Path:
        """A disk of its own below `inside` from the next start on, writable though the root may not be."""
        folder = self._folder / f"partition{len(self._partitions)}"
        folder.mkdir()
        self._partitions[inside] = folder
        return folder

    def start(self, *, timeout_s: float = BOOT_MAX_S) -> None:
        """Boot, and return when its systemd has started everything. Raises TimeoutError with its console."""
        assert self._process is None, f"{self.name} runs already"
        # After a power cut the kernel may not have taken the old cable away yet.
        self._fleet.run(["ip", "link", "delete", self._cable], check=False)
        bell = self._folder / "ready"
        bell.unlink(missing_ok=True)
        binds = [f"--bind-ro={outside}:{inside}" for outside, inside in self._fleet.shared.items()]
        binds += [f"--bind={outside}:{inside}" for inside, outside in self._partitions.items()]
        self._groups.append(f"{self._fleet.folder.name}-{self.name}-{len(self._groups)}")
        argv = [
            *("sh", "-c", _IN_ITS_OWN_GROUP, self._groups[-1]),
            *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--notify-ready=yes"),
            *("--boot", "--console=pipe", "--link-journal=no", "--resolv-conf=off", "--timezone=off"),
            *(f"--directory={self.root}", f"--machine={self.name}", "--network-bridge=fleet", *binds),
        ]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, self._console.open("ab") as console:
            ready.bind(str(bell))
            ready.settimeout(timeout_s)
            self._process = self._fleet.start_process(
                argv, environment={"NOTIFY_SOCKET": str(bell)}, output=console
            )
            try:
                while b"READY=1" not in ready.recv(4096):
                    pass
            except TimeoutError:
                self.power_cut()
                tail = self._console.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise TimeoutError(f"{self.name} did not boot in {timeout_s} s:\n{tail}") from None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def power_cut(self) -> None:
        """Every process of it dies at once, none is asked.

        Its first process is killed, and the kernel ends all others of its name space; the death of
        systemd-nspawn alone would leave them running.
        """
        if self._process is None:
            return
        if (leader := self._leader()) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(leader, signal.SIGKILL)
        try:
            self._process.wait(STOP_MAX_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_MAX_S)
        self._process = None

    def shut_down(self) -> None:
        """In order, as `systemctl poweroff`; a host that does not end is cut off."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_MAX_S)
            self._process = None
        except subprocess.TimeoutExpired:
            self.power_cut()

    def keep_on(self) -> None:
        """From now on it boots again after a reboot of its own, as a real machine does."""
        threading.Thread(target=self._boot_after_reboots, daemon=True).start()

    def _boot_after_reboots(self) -> None:
        while (process := self._process) is not None and process.wait() == _REBOOTED:
            self._process = None
            self.start()

    def wait_until_off(self, timeout_s: float = BOOT_MAX_S) -> None:
        """For a host that switches itself off, or reboots and is not kept on: `start` it."""
        assert self._process is not None
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            jobs = self.inside("systemctl list-jobs; ps -eo pid,stat,args", check=False).stdout
            raise TimeoutError(f"{self.name} is still on after {timeout_s} s:\n{jobs}") from None
        self._process = None

    # Its network

    def unplug(self) -> None:
        self._fleet.run(["ip", "link", "set", self._cable, "down"])

    def plug(self) -> None:
        self._fleet.run(["ip", "link", "set", self._cable, "up"])

    # What happens on it

    def ssh(
        self, command: str, *, check: bool = True, timeout_s: float = COMMAND_MAX_S, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run as root over the network. `check`: a failure is an AssertionError with what it said."""
        remote = f"sudo -n sh -c {shlex.quote(command)}"
        argv = ["ssh", *self._fleet.ssh_options, f"ops@{self.address}", remote]
        return self._done(self._fleet.run(argv, timeout_s=timeout_s, text=text, check=False), command, check)

    def inside(
        self, command: str, *, check: bool = True, timeout_s: float = COMMAND_MAX_S
    ) -> subprocess.CompletedProcess[str]:
        """Run as root from underneath, also when its network is gone; with nothing of our environment."""
        enter = ["nsenter", "-t", str(self._pid()), "-m", "-u", "-i", "-n", "-p"]
        argv = [*enter, "env", "-i", _PATH, "sh", "-c", command]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=timeout_s, check=False)
        return self._done(done, command, check)

    def networked(self, argv: Sequence[str]) -> list[str]:
        """The same command, as run on the controller's disk, before this host's network and loopback."""
        return ["nsenter", "-t", str(self._pid()), "-n", *argv]

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        """A file on its disk, by its path without the leading slash."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)

    def console(self) -> str:
        """Everything that it said while booting, from all boots."""
        return self._console.read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        self.power_cut()
        self._leave_groups()
        subprocess.run(["umount", "--lazy", str(self.root)], check=False, capture_output=True)

    def _leave_groups(self) -> None:
        for tree in _CGROUPS:
            for group in self._groups:
                for folder, _, _ in os.walk(tree / group, topdown=False):
                    Path(folder).rmdir()

    @property
    def _console(self) -> Path:
        return self._folder / "console"

    def _leader(self) -> int | None:
        """The process that is number 1 inside; None when there is none (any more)."""
        assert self._process is not None, f"{self.name} is off"
        try:
            children = (
                Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            )
        except FileNotFoundError:
            return None
        return int(children[0]) if children else None

    def _pid(self) -> int:
        leader = self._leader()
        assert leader is not None, f"{self.name} is off"
        return leader

    def _done(
        self, done: subprocess.CompletedProcess[str], command: str, check: bool
    ) -> subprocess.CompletedProcess[str]:
        assert not check or done.returncode == 0, (
            f"{self.name}: {command}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done
