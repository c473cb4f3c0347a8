"""From playbooks and an inventory to a signed source, which terminals fetch and play on themselves."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk_bundle.archive import pack
from kiosk_bundle.bundle import FORMAT
from kiosk_bundle.errors import BundleError

SOURCE = "source.tar"
PLAYBOOKS = ("ansible.cfg", "pull.yml", "pull_release.yml", "notice.yml", "roles")
ENCRYPTED = b"$ANSIBLE_VAULT"


def write_source(
    ansible: Path,
    inventory: Path,
    target: Path,
    key: Ed25519PrivateKey,
    *,
    serial: int,
    bundles: Sequence[Path] = (),
) -> None:
    """Pack the playbooks of `ansible` and `inventory` into the folder `target` and sign them; an older source
    there is replaced, unless its number is as high. `bundles` are laid beside them. Raises BundleError.

    Files that `ansible-vault` has encrypted stay here: terminals do not know its password.
    """
    if (there := serial_of(target)) >= serial:
        raise BundleError(f"{target}: number {there} is there already; terminals take higher ones alone")
    unfinished = target.with_name(f".{target.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="source-") as name:
        content = Path(name)
        for part in PLAYBOOKS:
            _take(ansible / part, content / part)
        _take(inventory, content / "inventory")
        payload = pack(content, unfinished / SOURCE)
    manifest = {"format": FORMAT, "serial": serial, "payloads": {SOURCE: payload.as_json()}}
    raw = json.dumps(manifest, indent=1, sort_keys=True).encode()
    (unfinished / "manifest.sig").write_bytes(key.sign(raw))
    (unfinished / "manifest.json").write_bytes(raw)
    for bundle in bundles:
        shutil.copytree(bundle, unfinished / "bundles" / bundle.name)
    shutil.rmtree(target, ignore_errors=True)
    unfinished.rename(target)


def serial_of(target: Path) -> int:
    """The number of the source at `target`; 0 when none is there. Raises BundleError."""
    try:
        return int(json.loads((target / "manifest.json").read_bytes())["serial"])
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise BundleError(f"{target}: what is there is no source: {exc}") from exc


def _take(path: Path, target: Path) -> None:
    """One file or folder, without what must not be read by others."""
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if not file.is_file() or "__pycache__" in file.parts:
            continue
        data = file.read_bytes()
        if data.startswith(ENCRYPTED):
            continue
        if b"PRIVATE KEY" in data or b"!vault" in data or file.name == "vault.yml":
            raise BundleError(f"{file}: a secret does not belong into a source; encrypt the file as a whole")
        place = target / file.relative_to(path) if path.is_dir() else target
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
