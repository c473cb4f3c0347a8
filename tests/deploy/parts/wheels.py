"""The wheels that a collector installs: the own one, and what it needs in the versions of the lock file."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cache import kept
from release_folder import REPOSITORY

_NEEDED = ("aiohttp", "cryptography", "msgspec", "paho-mqtt", "psycopg[binary]", "tzdata")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+==[^\s;\\]+)", re.MULTILINE)


def collector_wheels(folder: Path, own: Path) -> Path:
    """`folder/wheels`; what comes from the package index is kept in the cache. Raises CalledProcessError."""
    pins = "\n".join(_PINNED.findall((REPOSITORY / "requirements.lock").read_text(encoding="utf-8")))
    digest = hashlib.sha256(repr((_NEEDED, pins)).encode()).hexdigest()
    cached = kept(f"collector-{digest[:12]}", lambda target: _download(target, pins))
    wheels = folder / "wheels"
    shutil.copytree(cached, wheels)
    shutil.copy(own, wheels)
    return wheels


def _download(target: Path, pins: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write(pins)
        constraints.flush()
        argv = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:"]
        argv += ["--dest", str(target), "--constraint", constraints.name, *_NEEDED]
        subprocess.run(argv, check=True)
