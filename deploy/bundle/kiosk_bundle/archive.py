"""Tar files that are the same for the same content: sorted, without owners and times."""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import dataclass
from pathlib import Path

from kiosk_bundle.errors import BundleError


@dataclass(frozen=True, slots=True)
class Payload:
    """One tar file of a bundle, as the manifest tells of it."""

    sha256: str
    size_bytes: int
    files: dict[str, str]
    """Path in the tar, and the SHA-256 of its bytes."""

    executable: list[str]

    def as_json(self) -> dict[str, object]:
        return {
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "executable": self.executable,
            "files": self.files,
        }


def sha256_of(path: Path) -> str:
    """Of the bytes of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack(folder: Path, target: Path) -> Payload:
    """All files below `folder` in `target`. Raises BundleError for a link or a special file."""
    files: dict[str, str] = {}
    executable = []
    with tarfile.open(target, "w:", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                continue
            if path.is_symlink() or not path.is_file():
                raise BundleError(f"{path}: only plain files belong into a bundle")
            name = path.relative_to(folder).as_posix()
            runs = bool(path.stat().st_mode & 0o100)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = path.stat().st_size, 0o755 if runs else 0o644
            with path.open("rb") as content:
                archive.addfile(entry, content)
            files[name] = sha256_of(path)
            if runs:
                executable.append(name)
    return Payload(sha256_of(target), target.stat().st_size, files, executable)
