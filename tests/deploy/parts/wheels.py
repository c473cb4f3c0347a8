"""The wheels that a collector installs: the own one, and what it needs in the versions of the lock file."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from debian_root import cache_folder
from release_folder import REPOSITORY

_NEEDED = ("aiohttp", "cryptography", "msgspec", "paho-mqtt", "psycopg[binary]", "tzdata")
_PINNED = re.compile(r"^([A-Za-z0-9._-]+==[^\s;\\]+)", re.MULTILINE)


def collector_wheels(folder: Path, own: Path) -> Path:
    """`folder/wheels`; what comes from the package index is kept in the cache. Raises CalledProcessError."""
    pins = "\n".join(_PINNED.findall((REPOSITORY / "requirements.lock").read_text(encoding="utf-8")))
    cached = cache_folder() / f"collector-{hashlib.sha256(repr((_NEEDED, pins)).encode()).hexdigest()[:12]}"
    if not cached.is_dir():
        constraints = folder / "constraints.txt"
        constraints.write_text(pins, encoding="utf-8")
        part = cached.with_suffix(".part")
        argv = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--only-binary",
            ":all:",
            "--dest",
            str(part),
        ]
        subprocess.run([*argv, "--constraint", str(constraints), *_NEEDED], check=True)
        part.rename(cached)
    wheels = folder / "wheels"
    shutil.copytree(cached, wheels)
    shutil.copy(own, wheels)
    return wheels
