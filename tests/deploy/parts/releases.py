"""Small releases for tests: a whole bundle by the product's own maker, with a stand-in for the kiosk inside.

The stand-in has the contract of a real release (units, `health`, manifest) and starts in no time.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
for part in ("guard", "bundle"):
    sys.path.append(str(DEPLOY / part))

from kiosk_bundle import Release, write_bundle  # noqa: E402

WELL = '#!/bin/sh\necho \'[{"what": "disk", "state": "ok"}]\'\n'
ILL = '#!/bin/sh\necho \'[{"what": "disk", "state": "ok"}, {"what": "printer", "state": "fail"}]\'\nexit 1\n'

SERVICE = """[Unit]
Description=Stand-in for the kiosk, release {version}
[Service]
Type=exec
ExecStartPre={before}
ExecStart=/bin/sh -c 'echo {version} >/run/kiosk-version; exec sleep infinity'
"""


class Signer:
    """A key made for one run; `private` and `public` are its files."""

    def __init__(self, folder: Path) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.private, self.public = folder / "signer.pem", folder / "signer.pub"
        self.private.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        self.private.chmod(0o400)
        self.public.write_bytes(
            self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )


def content_of(
    folder: Path,
    version: str,
    *,
    health: str = WELL,
    before: str = "/bin/true",
    files: Mapping[str, str] | None = None,
) -> Path:
    """The files of a small release: its service, its health check, and programs of your own by name."""
    (folder / "units").mkdir(parents=True)
    unit = SERVICE.format(version=version, before=before)
    (folder / "units/kiosk.service").write_text(unit, encoding="utf-8")
    for name, text in {"health": health, **(files or {})}.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def bundle_of(
    folder: Path,
    signer: Signer,
    version: str,
    *,
    layout: int = 1,
    health: str = WELL,
    before: str = "/bin/true",
    files: Mapping[str, str] | None = None,
) -> Path:
    """A signed bundle of a small release, below `folder`."""
    content = content_of(folder / f"content-{version}", version, health=health, before=before, files=files)
    target = folder / f"bundle-{version}"
    write_bundle(content, target, Release(version, "all", layout), signer.key)
    return target


def systemctl_stub(folder: Path) -> Path:
    """A `systemctl` for tests without systemd: notes its words in `calls`, says what stands in `shown`.

    It fails when one of its words stands in the file `fails`.
    """
    folder.mkdir()
    program = folder / "systemctl"
    program.write_text(
        f"""#!/bin/sh
cd {folder}
echo "$@" >>calls
[ "$1" != show ] || cat shown
[ ! -e fails ] || for word; do [ "$word" != "$(cat fails)" ] || exit 1; done
""",
        encoding="utf-8",
    )
    program.chmod(0o755)
    (folder / "shown").write_text("ActiveState=active\nNRestarts=0\nConditionResult=yes\n", encoding="utf-8")
    return program
