"""One pull: fetch the signed source, believe it, play it on this terminal. One JSON object on stdout.

`outcome`   changed, unchanged; absent (no source is there), busy (a patient is: come again)      exit 0
            refused (not signed, older, not whole), failed (nothing changed), back (changed, not well, and
            as before again), stuck (that could not be done: look), held (this source was taken
            back, and is not tried again)                                                          exit 1

Settings and firewall are looked at first without changing anything. Only when something is to change, and
nobody stands there, they change: with a copy of what was before, which comes back unless the terminal is well
afterwards. Then a release on trial, in the guard's own way. Debian's own Python and Ansible.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, "/opt/hospital-kiosk/guard.pyz")

from kiosk_guard import health, units
from kiosk_guard.command import SETTINGS as GUARD_SETTINGS
from kiosk_guard.disk import write_durably
from kiosk_guard.drain import drained
from kiosk_guard.kept import forget, keep, opened_root, put_back
from kiosk_guard.places import GuardError, Places, read_places
from kiosk_guard.source import Known, Source, fetch
from kiosk_guard.state import read_state
from kiosk_guard.system import architecture, systemctl

SETTINGS = Path("/etc/hospital-kiosk/pull.json")
WORK = Path("/run/hospital-pull")
SETTINGS_PLAY_MAX_S = 1800.0
RELEASE_PLAY_MAX_S = 4 * 3600.0
MOUNT_MAX_S = 60.0
TRIES_MAX = 3
"""So often a source that was cut off in the middle (a lost power) begins again."""

SAID_MAX_CHARACTERS = 2000
GOOD = ("changed", "unchanged", "absent", "busy")
_RECAP = re.compile(r" : ok=\d+ +changed=(\d+) ")
_SAID = re.compile(r"^(?:fatal|ERROR|\[ERROR).*(?:\n(?!\n|TASK|PLAY).*)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Memory:
    """What this terminal remembers of pulls; on disk in `pulled.json`, and shown by `kiosk-guard status`."""

    serial: int = 0
    digest: str = ""
    tries: int = 0
    """Of this source: begun, and not ended well."""

    wrong: str = ""
    """Why this source was taken back."""

    outcome: str = ""
    why: str = ""
    at: str = ""


class Pull:
    """One pull, from the source to the outcome."""

    def __init__(self, settings: dict[str, Any], places: Places) -> None:
        self.settings, self.places = settings, places
        self.before = places.root / "before-pull"
        self.memory = self._remembered()
        self.files = [
            places.settings.with_name(name)
            for name in ("kiosk.toml", "edge-agent.toml", "session.env", "notice.json")
        ]
        self.files += [Path(f"/etc/systemd/system/{name}.d/50-network.conf") for name in places.services]
        self.files.append(Path("/etc/nftables.conf"))

    def run(self) -> Memory:
        """What became of it, also on disk."""
        try:
            with self._mounted():
                outcome, why = self._end_what_was_cut_off() or self._pull()
        except (GuardError, OSError) as exc:
            outcome, why = "stuck", str(exc)
        if outcome in ("changed", "unchanged"):
            self._note(tries=0, wrong="")
        at = datetime.now(UTC).isoformat(timespec="seconds")
        self._note(outcome=outcome, why=why[-SAID_MAX_CHARACTERS:], at=at)
        return self.memory

    @contextmanager
    def _mounted(self) -> Iterator[None]:
        """A stick or a share that fstab names, for as long as this lasts. None there is an absent source."""
        place = str(Path(self.settings["source"]).parent)
        code, said = _run(["mount", place], MOUNT_MAX_S) if self.settings["mounted"] else (1, "")
        if said:
            print(said, file=sys.stderr)
        try:
            yield
        finally:
            if code == 0:
                _run(["umount", "--lazy", place], MOUNT_MAX_S)

    def _end_what_was_cut_off(self) -> tuple[str, str] | None:
        """A pull before this one that did not come to its end: as before it again."""
        if self.before.exists():
            with drained(self.places, self.settings["drain_wait_max_s"]) as busy:
                if busy:
                    return "busy", busy
                self._put_back()
                self._note(wrong="cut off before it was well")
        return None

    def _pull(self) -> tuple[str, str]:
        known = Known(self.memory.serial, self.memory.digest) if self.memory.serial else None
        try:
            source = fetch(Path(self.settings["source"]), Path(self.settings["signer"]), WORK, known)
        except (GuardError, OSError) as exc:
            return "refused", str(exc)
        if source is None:
            return "absent", f"{self.settings['source']} holds no source"
        if source.known != known:
            self.memory = Memory(source.known.serial, source.known.digest)
            self._note()  # before anything is played: from here on nothing older is believed
        if self.memory.tries >= TRIES_MAX:
            return "held", self.memory.wrong or f"cut off {self.memory.tries} times"
        try:
            wanted = self._play(source, "pull.yml", SETTINGS_PLAY_MAX_S, look=True)
            release = json.loads((WORK / "release.json").read_bytes())["version"]
        except (GuardError, OSError, ValueError, KeyError) as exc:
            return "failed", str(exc)
        outcome, why = "unchanged", ""
        if wanted:
            outcome, why = self._settings(source)
        if outcome in ("changed", "unchanged") and release:
            state = read_state(self.places)
            if not state.current == state.good == release:
                return self._release(source)
        return outcome, why

    def _settings(self, source: Source) -> tuple[str, str]:
        """Settings, firewall and notice, while nobody begins a visit."""
        with drained(self.places, self.settings["drain_wait_max_s"]) as busy:
            if busy:
                return "busy", busy
            self._note(tries=self.memory.tries + 1)
            ill_before = health.failing(self.places, None)
            keep(self.files, self.before)
            try:
                with opened_root():
                    self._play(source, "pull.yml", SETTINGS_PLAY_MAX_S)
                self._wait_until_well([*ill_before, *self.settings["accept"]])
            except (GuardError, OSError) as exc:
                self._note(tries=TRIES_MAX, wrong=str(exc))
                self._put_back()
                return "back", str(exc)
            forget(self.before)
            self._note(tries=0, wrong="")
        return "changed", ""

    def _release(self, source: Source) -> tuple[str, str]:
        """A release on trial. The playbook drains, soaks, confirms or goes back, and writes what it did."""
        tries = self.memory.tries
        self._note(tries=tries + 1)
        said = WORK / "release.json"
        said.unlink()
        try:
            self._play(source, "pull_release.yml", RELEASE_PLAY_MAX_S)
            told = json.loads(said.read_bytes())
            outcome, why = str(told["outcome"]), str(told["why"])
        except (GuardError, OSError, ValueError, KeyError) as exc:
            outcome, why = "failed", str(exc)
        if outcome in ("busy", "failed"):
            self._note(tries=tries)
        elif outcome == "back":
            self._note(tries=TRIES_MAX, wrong=why)
        return outcome, why

    def _play(self, source: Source, playbook: str, max_s: float, *, look: bool = False) -> int:
        """Play it on this terminal alone; how much changed, or would. Raises GuardError."""
        given = {
            "ansible_connection": "local",
            "ansible_become": False,
            "ansible_user": "root",
            "ansible_python_interpreter": "/usr/bin/python3",
            "pull_architecture": architecture(),
            "pull_bundles": f"{self.settings['source']}/bundles",
            "pull_release_file": str(WORK / "release.json"),
        }
        host = self.settings["host"]
        argv = ["/usr/bin/ansible-playbook", "--inventory", "inventory", "--limit", host]
        argv += ["--extra-vars", json.dumps(given), *(["--check"] if look else []), playbook]
        environment = {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin"),
            "HOME": str(WORK),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANSIBLE_HOME": str(WORK / "ansible"),
            "ANSIBLE_LOCAL_TEMP": str(WORK / "ansible/local"),
            "ANSIBLE_REMOTE_TEMP": str(WORK / "ansible/remote"),
            "ANSIBLE_NOCOLOR": "1",
        }
        code, said = _run(argv, max_s, cwd=source.folder, environment=environment)
        print(said, file=sys.stderr)
        counted = _RECAP.search(said)
        if code != 0 or counted is None:
            faults = _SAID.findall(said)
            raise GuardError(f"{playbook}: {faults[-1] if faults else said.strip() or f'exit {code}'}")
        return int(counted[1])

    def _wait_until_well(self, accepted: list[str]) -> None:
        for _ in range(self.settings["health_tries"]):
            ill = [what for what in health.failing(self.places, None) if what not in accepted]
            if not ill:
                return
            time.sleep(self.settings["health_pause_s"])
        raise GuardError("; ".join(ill))

    def _put_back(self) -> None:
        """Everything as it was before the pull, and the programs with it. Raises GuardError, OSError."""
        with opened_root():
            changed = put_back(self.files, self.before)
        if changed:
            systemctl("daemon-reload")
            systemctl("reload-or-restart", "nftables.service")
            units.restart(self.places)
        forget(self.before)

    def _remembered(self) -> Memory:
        """Nothing when it was never written. Raises GuardError: without it an old source could come back."""
        try:
            return Memory(**json.loads(self.places.pulled.read_bytes()))
        except FileNotFoundError:
            return Memory()
        except (ValueError, TypeError) as exc:
            raise GuardError(f"{self.places.pulled}: {exc}") from exc

    def _note(self, **news: Any) -> None:
        self.memory = replace(self.memory, **news)
        write_durably(self.places.pulled, json.dumps(asdict(self.memory), ensure_ascii=False).encode())


def _run(
    argv: list[str], max_s: float, *, cwd: Path | None = None, environment: dict[str, str] | None = None
) -> tuple[int, str]:
    """Its exit code and all that it said. Raises GuardError when it is missing or takes longer."""
    try:
        done = subprocess.run(
            argv, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=max_s, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise GuardError(f"{argv[0]}: {exc}") from exc
    return done.returncode, done.stdout


def main() -> int:
    """Exit 0 or 1, as the outcome says; 2 for settings that cannot be read."""
    try:
        places = read_places(GUARD_SETTINGS)
        with (places.root / ".pull.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            memory = Pull(json.loads(SETTINGS.read_bytes()), places).run()
    except (GuardError, OSError, ValueError) as exc:
        print(json.dumps({"outcome": "failed", "why": str(exc)}, ensure_ascii=False))
        return 2
    print(json.dumps(asdict(memory), ensure_ascii=False))
    return 0 if memory.outcome in GOOD else 1


if __name__ == "__main__":
    sys.exit(main())
