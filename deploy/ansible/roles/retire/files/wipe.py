"""Overwrites everything below some folders once, deletes it, fills the free space, and looks what is left.

NIST SP 800-88 calls this "clear". Flash keeps blocks that no write reaches: what must not survive a
laboratory is on an encrypted partition, or the medium is destroyed as well.

python3 - --free-max-bytes N FOLDER... ; prints one JSON object. Standard library only.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import sys
from pathlib import Path

BLOCK_BYTES = 1 << 20


def overwrite(path: Path) -> int:
    """Random bytes over all of a file, down to the medium, then away with it; its size."""
    size = path.stat().st_size
    with path.open("r+b", buffering=0) as file:
        left = size
        while left > 0:
            left -= file.write(os.urandom(min(BLOCK_BYTES, left)))
        os.fsync(file.fileno())
    path.unlink()
    return size


def wipe(folder: Path) -> tuple[int, int]:
    """(files, bytes) below a folder, gone now. The folder itself stays; links are removed, never followed."""
    files = size = 0
    for top, folders, names in os.walk(folder, topdown=False):
        for name in (*names, *folders):
            path = Path(top, name)
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                path.unlink()
            elif path.is_dir():
                path.rmdir()
            else:
                size += overwrite(path)
                files += 1
    return files, size


def fill_free_space(folder: Path, max_bytes: int) -> int:
    """Zeros until the partition is full or `max_bytes` are written, then deleted; how many."""
    path, written, zeros = folder / "wipe.fill", 0, bytes(BLOCK_BYTES)
    with path.open("wb", buffering=0) as file:
        try:
            while written < max_bytes:
                written += file.write(zeros[: max_bytes - written])
        except OSError as exc:
            if exc.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
        os.fsync(file.fileno())
    path.unlink()
    return written


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--free-max-bytes", type=int, required=True)
    parser.add_argument("folders", nargs="+", type=Path)
    options = parser.parse_args(arguments)
    there = [folder for folder in options.folders if folder.is_dir()]
    counts = [wipe(folder) for folder in there]
    # One fill for each partition, not for each folder.
    partitions = {folder.stat().st_dev: folder for folder in there}
    filled = sum(fill_free_space(folder, options.free_max_bytes) for folder in partitions.values())
    left = [str(path) for folder in there for path in folder.rglob("*")]
    record = {
        "method": "random bytes over every file once, zeros over free space once (NIST SP 800-88 clear)",
        "folders": [str(folder) for folder in there],
        "files": sum(files for files, _ in counts),
        "bytes": sum(size for _, size in counts),
        "free_space_bytes": filled,
        "left": left,
    }
    print(json.dumps(record))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
