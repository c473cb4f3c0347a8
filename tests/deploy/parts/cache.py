"""What is dear to make and the same in every run: kept in the user's cache."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """`$XDG_CACHE_HOME/hospital-terminal/<name>`, found or made now; it outlives a run.

    `make` makes a folder that does not exist yet; what it fails to finish is not kept. Several runs may ask
    at once: one makes it, the others wait.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hospital-terminal"
    cache.mkdir(parents=True, exist_ok=True)
    folder, part = cache / name, cache / f"{name}.part"
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            shutil.rmtree(part, ignore_errors=True)  # of a run that was killed
            try:
                make(part)
                part.rename(folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    return folder
