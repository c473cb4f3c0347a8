"""Throw-away keys of a hospital: an authority that signs machines, and a seal key."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey


@dataclass(frozen=True, slots=True)
class HospitalKeys:
    ca: Path
    ca_key: Path
    seal: Path

    @property
    def variables(self) -> dict[str, str]:
        """What the playbooks take of them."""
        return {
            "terminal_ca_file": str(self.ca),
            "terminal_seal_file": str(self.seal),
            "collector_ca_file": str(self.ca),
            "certificate_ca_file": str(self.ca),
            "certificate_ca_key_file": str(self.ca_key),
        }


def make_hospital_keys(folder: Path) -> HospitalKeys:
    folder.mkdir(parents=True, exist_ok=True)
    keys = HospitalKeys(folder / "ca.pem", folder / "ca.key", folder / "hospital-seal.pub")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"),
            *(
                "-days",
                "2",
                "-subj",
                "/CN=authority of a test",
                "-keyout",
                str(keys.ca_key),
                "-out",
                str(keys.ca),
            ),
            *("-addext", "keyUsage=critical,keyCertSign"),
        ],
        check=True,
        capture_output=True,
    )
    keys.seal.write_bytes(X25519PrivateKey.generate().public_key().public_bytes_raw())
    return keys


def make_client(keys: HospitalKeys, folder: Path, name: str) -> None:
    """A certificate for a client: `folder/<name>.crt` and `.key`; the first one's authority is `ca.pem`."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "ca.pem").exists():
        (folder / "ca.pem").write_bytes(keys.ca.read_bytes())
    _sign(keys, folder / name, name)


def make_server(keys: HospitalKeys, folder: Path, address: str) -> None:
    """A certificate for the server at an IP address: `folder/server.crt` and `.key`."""
    _sign(keys, folder / "server", "broker", "-addext", f"subjectAltName=IP:{address}")


def _sign(keys: HospitalKeys, stem: Path, subject: str, *asked: str) -> None:
    request = subprocess.run(
        [
            *("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"),
            *("-subj", f"/CN={subject}", "-keyout", f"{stem}.key", *asked),
        ],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        [
            *("openssl", "x509", "-req", "-CA", str(keys.ca), "-CAkey", str(keys.ca_key), "-days", "2"),
            *("-copy_extensions", "copyall", "-out", f"{stem}.crt"),
        ],
        input=request.stdout,
        check=True,
        capture_output=True,
    )
