"""What is inside a bundle, as CycloneDX 1.5: name, version, digest, licence, package URL of every part.

Written from the files themselves, so it cannot name anything else than what is shipped.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packaging.utils import parse_wheel_filename

from kiosk_bundle.archive import sha256_of
from kiosk_bundle.bundle import Release
from kiosk_bundle.debs import Deb
from kiosk_bundle.wheels import licence_of

_NAMESPACE = uuid.UUID("7d1c1f5e-6c0f-4b57-9a38-0f6f6f1c0a11")


def make_sbom(
    release: Release, wheels: Sequence[Path], debs: Sequence[Deb], built: Collection[str] = ()
) -> dict[str, Any]:
    """The document. Its serial number follows from release and content: the same bundle says the same.

    `built`: names of wheels that no index has, so nobody looks there for their digests.
    """
    components = [*(_of_wheel(wheel, built) for wheel in wheels), *map(_of_deb, debs)]
    digests = "".join(part["hashes"][0]["content"] for part in components)
    serial = uuid.uuid5(_NAMESPACE, f"{release.version} {release.arch} {digests}")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "hospital-terminal",
                "name": "hospital-terminal",
                "version": release.version,
                "properties": [{"name": "architecture", "value": release.arch}],
            }
        },
        "components": components,
    }


def _of_wheel(path: Path, built: Collection[str]) -> dict[str, Any]:
    name, version, _, _ = parse_wheel_filename(path.name)
    purl = f"pkg:pypi/{name}@{quote(str(version))}"
    licence = licence_of(path)
    said: dict[str, Any] = {"licenses": [{"license": {"name": licence}}]} if licence else {}
    if name in built:
        said["properties"] = [{"name": "built", "value": "from its source by the maker of the bundle"}]
    return _component(name, str(version), purl, path) | said


def _of_deb(deb: Deb) -> dict[str, Any]:
    purl = f"pkg:deb/debian/{quote(deb.name)}@{quote(deb.version)}?arch={deb.arch}"
    return _component(deb.name, deb.version, purl, deb.path)


def _component(name: str, version: str, purl: str, path: Path) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": sha256_of(path)}],
    }
