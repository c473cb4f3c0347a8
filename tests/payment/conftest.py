"""A wallet behind a real HTTP server on loopback, and the terminal's client of it."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kiosk.payment._transport import GatewayLimits
from kiosk.payment.client import GatewayClient
from kiosk.sandbox.faults import FaultPlan
from kiosk.sandbox.wallet import WalletStore, wallet_app

LIMITS = GatewayLimits(connect_s=5, read_s=5, change_s=5, answer_delay_max_s=7)


@dataclass
class Clock:
    """The wallet's clock, moved by the test."""

    now: dt.datetime = field(default_factory=lambda: dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC))

    def pass_s(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)

    def __call__(self) -> dt.datetime:
        return self.now


@dataclass
class Gateway:
    """Both ends and the rudeness between them."""

    client: GatewayClient
    store: WalletStore
    faults: FaultPlan
    clock: Clock
    url: str

    def impatient(self, seconds: float) -> GatewayClient:
        """A client that waits for an answer no longer than this."""
        limits = GatewayLimits(
            connect_s=5, read_s=seconds, change_s=seconds, page_s=seconds, answer_delay_max_s=7
        )
        return GatewayClient(self.url, "a/1", limits=limits)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    clock, faults = Clock(), FaultPlan()
    store = WalletStore(tmp_path / "wallet.db", clock)
    async with TestServer(wallet_app(store, faults), host="127.0.0.1") as server:
        url = str(server.make_url("/"))
        async with GatewayClient(url, "a/1", limits=LIMITS) as client:
            yield Gateway(client, store, faults, clock, url)
        faults.release()
    store.close()


class Certificates:
    """A throw-away authority with one certificate for each side."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        authority = self._write("ca", None)
        for name in ("gateway", "terminal"):
            self._write(name, authority)

    def server_side(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self._file("ca.pem"))
        context.load_cert_chain(self._file("gateway.pem"), self._file("gateway.key"))
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client_side(self, *, with_own: bool) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._file("ca.pem"))
        if with_own:
            context.load_cert_chain(self._file("terminal.pem"), self._file("terminal.key"))
        return context

    def _file(self, name: str) -> str:
        return str(self._folder / name)

    def _write(
        self, name: str, authority: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None
    ) -> tuple[x509.Name, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer, signer = authority or (subject, key)
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        )
        certificate = builder.sign(signer, hashes.SHA256())
        pem = serialization.Encoding.PEM
        (self._folder / f"{name}.pem").write_bytes(certificate.public_bytes(pem))
        (self._folder / f"{name}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        return subject, key


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)
