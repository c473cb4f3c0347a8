"""Mutual TLS: who shows no certificate of the hospital's own authority is not heard, and not told more."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.domain.outcome import Done, Unknown
from kiosk.hospital.client import HospitalClient, client_tls
from kiosk.sandbox.his import HisStore, his_app


@dataclass
class Files:
    """One authority, and a certificate with its key for each name."""

    folder: Path
    ca_name: x509.Name
    ca_key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, folder: Path) -> Files:
        key, name = ec.generate_private_key(ec.SECP256R1()), named("authority")
        made = cls(folder, name, key)
        made.write("ca", name, key, is_ca=True)
        return made

    def issue(self, name: str) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        self.write(name, named(name), key)
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def write(
        self, file: str, name: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_ca: bool = False
    ) -> None:
        now = dt.datetime.now(dt.UTC)
        loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.ca_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([loopback]), critical=False)
            .sign(self.ca_key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        (self.folder / f"{file}.pem").write_bytes(certificate.public_bytes(pem))
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (self.folder / f"{file}.key").write_bytes(private)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files.make(tmp_path)


@pytest.fixture
async def url(files: Files) -> AsyncIterator[str]:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(*files.issue("his"))
    server_side.load_verify_locations(files.folder / "ca.pem")
    server_side.verify_mode = ssl.CERT_REQUIRED
    store = HisStore()
    server = TestServer(his_app(store), host="127.0.0.1", scheme="https")
    await server.start_server(ssl=server_side)
    yield str(server.make_url("/")).rstrip("/")
    await server.close()
    store.close()


async def test_a_terminal_with_a_certificate_is_heard(files: Files, url: str) -> None:
    tls = client_tls(files.folder / "ca.pem", *files.issue("terminal"))
    async with HospitalClient(url, "s01/kiosk-a01", tls=tls) as client:
        assert isinstance(await client.capabilities(), Done)


async def test_a_terminal_without_a_certificate_hears_nothing(files: Files, url: str) -> None:
    tls = ssl.create_default_context(cafile=str(files.folder / "ca.pem"))
    async with HospitalClient(url, "s01/kiosk-a01", tls=tls) as client:
        assert isinstance(await client.capabilities(), Unknown)


async def test_a_hospital_of_another_authority_is_not_believed(
    files: Files, url: str, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Files.make(tmp_path / "other")
    tls = client_tls(other.folder / "ca.pem", *files.issue("terminal"))
    async with HospitalClient(url, "s01/kiosk-a01", tls=tls) as client:
        assert isinstance(await client.capabilities(), Unknown)


def test_a_missing_key_file_is_an_error_that_can_be_told(files: Files) -> None:
    with pytest.raises(OSError):
        client_tls(files.folder / "ca.pem", files.folder / "none.pem", files.folder / "none.key")
