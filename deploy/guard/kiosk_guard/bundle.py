"""A bundle becomes a release on this terminal: believed first, unpacked after.

The manifest is signed (Ed25519); it names the digest of the payload and of every file in it. Nothing is
unpacked before signature and digest are right, and a file that the manifest does not name is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from kiosk_guard.disk import sync_folder, write_durably
from kiosk_guard.places import VERSION, GuardError, Places
from kiosk_guard.state import COMPLETE, is_complete, read_state
from kiosk_guard.system import architecture, run

FORMAT = 1
PAYLOAD = "release.tar"
MANIFEST_MAX_BYTES = 4 * 1024 * 1024
SIGNATURE_BYTES = 64
FILES_MAX = 20_000
VERIFY_WAIT_MAX_S = 30.0
INSTALL_WAIT_MAX_S = 1200.0
ROOM_FACTOR = 4
"""Free space wanted, in payloads: the wheels, and what they hold (measured: 2.8 times as much)."""

SPARE_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a signed bundle says of itself."""

    version: str
    arch: str
    sha256: str
    size_bytes: int
    files: dict[str, str]
    """Path in the payload, and the SHA-256 of its bytes."""

    executable: frozenset[str]


def read_manifest(bundle: Path, signer: Path) -> tuple[Manifest, bytes]:
    """The manifest of a bundle and its very bytes, after its signature was found right. Raises GuardError."""
    raw = believed(bundle, signer)
    try:
        return _manifest(json.loads(raw)), raw
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise GuardError(f"{bundle / 'manifest.json'}: {type(exc).__name__}: {exc}") from exc


def believed(bundle: Path, signer: Path) -> bytes:
    """The very bytes of `manifest.json`, after `manifest.sig` was found right. Raises GuardError."""
    path, signature = bundle / "manifest.json", bundle / "manifest.sig"
    try:
        raw = path.read_bytes() if path.stat().st_size <= MANIFEST_MAX_BYTES else None
        signed = signature.stat().st_size == SIGNATURE_BYTES
        signer.stat()
    except OSError as exc:
        raise GuardError(f"{exc.filename}: {exc.strerror}") from exc
    if raw is None or not signed:
        raise GuardError(f"{bundle}: manifest or signature has an impossible size")
    try:
        key: list[str | Path] = ["-pubin", "-inkey", signer, "-rawin", "-in", path, "-sigfile", signature]
        run(["openssl", "pkeyutl", "-verify", *key], VERIFY_WAIT_MAX_S)
    except GuardError as exc:
        raise GuardError(f"{bundle}: the signature is not right: {exc}") from exc
    return raw


def _manifest(found: dict[str, Any]) -> Manifest:
    if found["format"] != FORMAT:
        raise ValueError(f"format {found['format']!r}, not {FORMAT}")
    if not VERSION.fullmatch(found["version"]):
        raise ValueError(f"{found['version']!r} is no version")
    return payload_of(found, PAYLOAD, found["version"], found["arch"])


def payload_of(found: dict[str, Any], name: str, version: str, arch: str) -> Manifest:
    """What a believed manifest says of its payload `name`. Raises ValueError, KeyError, TypeError and
    AttributeError for one that says it wrongly."""
    payload = found["payloads"][name]
    files = {str(name): str(digest) for name, digest in payload["files"].items()}
    for path in map(PurePosixPath, files):
        if path.is_absolute() or ".." in path.parts or str(path) == COMPLETE:
            raise ValueError(f"{str(path)!r} may not be in a release")
    executable = frozenset(map(str, payload["executable"]))
    return Manifest(version, arch, payload["sha256"], int(payload["size_bytes"]), files, executable)


def install(bundle: Path, places: Places) -> tuple[str, bool]:
    """Put the release of `bundle` beside the others. Its version, and whether anything was done.

    Raises GuardError; then nothing of it stays, and what runs is not touched.
    """
    manifest, raw = read_manifest(bundle, places.signer)
    here = architecture()
    if manifest.arch not in (here, "all"):
        raise GuardError(f"{bundle}: made for {manifest.arch}, this is {here}")
    folder = places.folder(manifest.version)
    if is_complete(places, manifest.version):
        if (folder / COMPLETE).read_bytes() != raw:
            raise GuardError(f"another release {manifest.version} is here already")
        return manifest.version, False
    places.releases.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    free = shutil.disk_usage(places.releases).free
    wanted = manifest.size_bytes * ROOM_FACTOR + SPARE_BYTES
    if free < wanted:
        raise GuardError(f"{places.releases}: {free >> 20} MiB free, {wanted >> 20} MiB are needed")
    try:
        unpack(bundle / PAYLOAD, manifest, folder)
        _make_venv(folder)
        os.sync()
        write_durably(folder / COMPLETE, raw)
        sync_folder(places.releases)
    except (GuardError, OSError, tarfile.TarError) as exc:
        shutil.rmtree(folder, ignore_errors=True)
        raise GuardError(f"{bundle}: not installed: {exc}") from exc
    return manifest.version, True


def unpack(payload: Path, manifest: Manifest, folder: Path) -> None:
    """The files of a payload in `folder`, which is made. Raises GuardError, OSError, tarfile.TarError; then
    some of them may be there."""
    with payload.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != manifest.sha256:
            raise GuardError(f"{payload.name} is not what was signed")
        file.seek(0)
        folder.mkdir(mode=0o755)
        left = dict(manifest.files)
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for count, member in enumerate(archive):
                if count >= FILES_MAX:
                    raise GuardError(f"{payload.name} holds more than {FILES_MAX} files")
                content = archive.extractfile(member) if member.isfile() else None
                digest = left.pop(member.name, None)
                if content is None or digest is None:
                    raise GuardError(f"{member.name!r} is not in the manifest")
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                if _copy(content, target) != digest:
                    raise GuardError(f"{member.name} is not what was signed")
                target.chmod(0o755 if member.name in manifest.executable else 0o644)
        if left:
            raise GuardError(f"{sorted(left)[0]} is missing")


def _copy(source: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _make_venv(folder: Path) -> None:
    """The release's own Python environment, from its wheels alone, by their digests. The wheels go after."""
    wheels, lock = folder / "wheels", folder / "requirements.lock"
    if not wheels.is_dir():
        return
    venv = folder / "venv"
    temporary = folder / ".tmp"  # beside it: /tmp is memory on a terminal
    temporary.mkdir()
    environment = {"TMPDIR": str(temporary)}
    run(["/usr/bin/python3", "-m", "venv", venv], INSTALL_WAIT_MAX_S, environment=environment)
    options = ["--no-index", "--no-deps", "--require-hashes", "--no-cache-dir", "--disable-pip-version-check"]
    pip: list[str | Path] = [venv / "bin/python", "-m", "pip", "install", "--quiet", *options]
    run([*pip, "--find-links", wheels, "--requirement", lock], INSTALL_WAIT_MAX_S, environment=environment)
    shutil.rmtree(wheels)
    shutil.rmtree(temporary)


def prune(places: Places) -> list[str]:
    """Take away releases that nobody needs: neither current, good nor previous, beyond the newest few."""
    state = read_state(places)
    needed = {state.current, state.good, state.previous} - {None}
    by_age = sorted(places.releases.glob("*"), key=lambda path: path.stat().st_mtime, reverse=True)
    gone = []
    for path in [path for path in by_age if path.name not in needed][
        max(0, places.releases_kept - len(needed)) :
    ]:
        (path / COMPLETE).unlink(missing_ok=True)  # first: a half deleted one must not look whole
        sync_folder(path)
        shutil.rmtree(path, ignore_errors=True)
        gone.append(path.name)
    return gone
