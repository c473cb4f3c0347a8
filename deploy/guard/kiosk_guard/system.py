"""systemd, the machine's clock, and programs with a time limit."""

from __future__ import annotations

import logging
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from kiosk_guard.places import GuardError

log = logging.getLogger(__name__)

SYSTEMCTL_WAIT_MAX_S = 180.0
OUTPUT_MAX_CHARS = 2000

GUARD_UNIT = "hospital-guard.service"
TRIAL_UNIT = "hospital-trial.service"


_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def architecture() -> str:
    """Debian's word for what this machine is, as bundles use it."""
    return _ARCHITECTURES.get(platform.machine(), platform.machine())


def boot_id() -> str:
    """Another text after each start of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def now_s() -> float:
    """Seconds since the machine's start, sleep included. Nobody can set it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def run(
    command: Sequence[str | Path],
    wait_max_s: float,
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Its standard output. `environment` comes on top of ours. Raises GuardError when it fails, is missing or
    takes longer."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=wait_max_s,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise GuardError(f"{name} took more than {wait_max_s:.0f} s") from exc
    except OSError as exc:
        raise GuardError(f"{name}: {exc.strerror}") from exc
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-OUTPUT_MAX_CHARS:]
        raise GuardError(f"{name} ended with {done.returncode}: {said}")
    return done.stdout


def systemctl(*words: str) -> str:
    """Raises GuardError."""
    found = shutil.which("systemctl")
    if found is None:
        raise GuardError("systemctl is not there")
    return run([found, *words], SYSTEMCTL_WAIT_MAX_S)


def start_anew() -> bool:
    """Ask for a start of the whole machine. False: it cannot, and the log says why."""
    try:
        systemctl("--no-block", "reboot")
    except GuardError as exc:
        log.error("%s", exc)
        return False
    return True
