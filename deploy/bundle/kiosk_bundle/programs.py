"""Programs that the maker calls: pip, compilers, Debian's tools."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from kiosk_bundle.errors import BundleError

WAIT_MAX_S = 900
SAID_MAX_CHARS = 500


def run(
    command: Sequence[str | Path],
    failed: str,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What the program printed. Raises BundleError: what `failed`, and the end of what the program said."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            umask=0o022,
            capture_output=True,
            text=True,
            timeout=WAIT_MAX_S,
            check=False,
        )
    except FileNotFoundError as exc:
        raise BundleError(f"{failed}: {command[0]} is not there") from exc
    except subprocess.TimeoutExpired as exc:
        raise BundleError(f"{failed}: {command[0]} had not ended after {WAIT_MAX_S} s") from exc
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-SAID_MAX_CHARS:] or f"exit {done.returncode}"
        raise BundleError(f"{failed}: {said}")
    return done.stdout


def pip(
    verb: str, words: Sequence[str | Path], failed: str, environment: Mapping[str, str] | None = None
) -> None:
    """One command of the pip beside this Python. Raises BundleError."""
    run([sys.executable, "-m", "pip", verb, "--quiet", *words], failed, environment=environment)
