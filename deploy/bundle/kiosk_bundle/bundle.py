"""From a folder with the content of a release to a signed bundle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kiosk_bundle.archive import Payload, pack, sha256_of
from kiosk_bundle.errors import BundleError

FORMAT = 1
RELEASE, SYSTEM, SBOM = "release.tar", "system.tar", "sbom.cdx.json"


@dataclass(frozen=True, slots=True)
class Release:
    """What a bundle says of itself."""

    version: str
    arch: str
    """`amd64`, `arm64`, or `all` for one without compiled parts."""

    layout: int = 1
    """Number of the layout of data that the release writes. Another one than before needs `migrate`."""


def read_key(path: Path) -> Ed25519PrivateKey:
    """The signer's private key, PEM without a passphrase, readable by its owner alone. Raises BundleError."""
    try:
        if path.stat().st_mode & 0o077:
            raise BundleError(f"{path}: others may read it; chmod 0400")
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as exc:
        raise BundleError(f"{path}: cannot be used as a key: {exc}") from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise BundleError(f"{path}: not an Ed25519 key; make one: openssl genpkey -algorithm ed25519")
    return key


def write_bundle(
    content: Path,
    target: Path,
    release: Release,
    key: Ed25519PrivateKey,
    *,
    system: Path | None = None,
    sbom: dict[str, Any] | None = None,
) -> None:
    """Pack `content` (and `system`) into the folder `target` and sign it. Raises BundleError.

    `target` must not hold a bundle yet: a published one is never written over.
    """
    if (target / "manifest.json").exists():
        raise BundleError(f"{target}: there is a bundle already; a release is published once")
    target.mkdir(parents=True, exist_ok=True)
    (content / "VERSION").write_text(f"{release.version}\n", encoding="utf-8")
    payloads: dict[str, Payload] = {RELEASE: pack(content, target / RELEASE)}
    if system is not None:
        payloads[SYSTEM] = pack(system, target / SYSTEM)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": release.version,
        "arch": release.arch,
        "layout": release.layout,
        "payloads": {name: payload.as_json() for name, payload in payloads.items()},
    }
    if sbom is not None:
        (target / SBOM).write_text(json.dumps(sbom, indent=1, ensure_ascii=False), encoding="utf-8")
        manifest["sbom_sha256"] = sha256_of(target / SBOM)
    raw = json.dumps(manifest, indent=1, sort_keys=True).encode()
    (target / "manifest.sig").write_bytes(key.sign(raw))
    (target / "manifest.json").write_bytes(raw)
