"""The client of the card-authentication service against servers that behave in every way servers do."""

import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hw.card.authentication import CardSecurityService, Declined, Proofs, Silent
from hw.card.authentication._https import ANSWER_MAX_BYTES
from hw.card.formats import HsmAnswer, HsmQuestion

QUESTION = HsmQuestion(
    region="990101",
    historical="00995A5A0186990000000000FF",
    algorithm="03",
    card_id="990101D1560000050000000000000001",
    internal_factor="11" * 8,
    internal_source="22" * 8,
    external_factor="33" * 8,
    external_source="44" * 8,
)
PROOFS = {"aaa315": "AB" * 8 + "22" * 8, "aaa316": "CD" * 8 + "44" * 8}
WAIT_MAX_S = 60.0

Speak = Callable[[socket.socket], None]


def message(body: bytes, head: str = "HTTP/1.1 200 OK", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"{head}\r\nContent-Length: {size}\r\n\r\n".encode() + body


def answer(**fields: object) -> bytes:
    return message(json.dumps({"errorcode": "0", "errormsg": "", "output": PROOFS, **fields}).encode())


class Server:
    """Answers one connection after another in the way it was told to; keeps what it was asked."""

    def __init__(self, speak: Speak, tls: ssl.SSLContext | None = None) -> None:
        self._speak, self._tls = speak, tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.asked: list[bytes] = []
        self.done = threading.Event()
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._socket.getsockname()[1]}/hsm"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return  # closed
            try:
                with link, self._tls.wrap_socket(link, server_side=True) if self._tls else link as channel:
                    self.asked.append(self._request(channel))
                    self._speak(channel)
            except OSError:
                continue  # the client has hung up, or was refused

    def _request(self, channel: socket.socket) -> bytes:
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += channel.recv(4096)
        head, _, body = raw.partition(b"\r\n\r\n")
        size = int(head.lower().split(b"content-length:")[1].split()[0])
        while len(body) < size:
            body += channel.recv(4096)
        return head + b"\n" + body

    def close(self) -> None:
        if self.done.is_set():
            return
        self.done.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(WAIT_MAX_S)


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(speak: Speak | bytes, tls: ssl.SSLContext | None = None) -> Server:
        told = speak if callable(speak) else lambda channel: channel.sendall(speak)
        servers.append(Server(told, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def prove(server: Server, answer_max_s: float = WAIT_MAX_S) -> Proofs:
    return CardSecurityService(server.url, answer_max_s=answer_max_s).prove(QUESTION)


def test_the_question_goes_out_under_its_field_codes_and_the_proofs_come_back(
    serve: Callable[..., Server],
) -> None:
    server = serve(answer())
    assert prove(server) == HsmAnswer(PROOFS["aaa315"], PROOFS["aaa316"])
    head, _, body = server.asked[0].partition(b"\n{")
    assert head.startswith(b"POST /hsm/1903 HTTP/1.1")
    assert json.loads(b"{" + body) == {
        "aab301": "990101",
        "aaz507": "00995A5A0186990000000000FF",
        "aaa254": "03",
        "aaz501": "990101D1560000050000000000000001",
        "aaa311": "11" * 8,
        "aaa312": "22" * 8,
        "aaa313": "33" * 8,
        "aaa314": "44" * 8,
    }


def test_a_negative_code_is_a_refusal_with_the_services_words(serve: Callable[..., Server]) -> None:
    assert prove(serve(answer(errorcode="-7", errormsg="没有权限"))) == Declined("-7", "没有权限")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (message(b"<html>"), "not JSON"),
        (message(b"[" * 50_000), "not JSON"),
        (message(b"\xff\xfe"), "not JSON"),
        (message(b"[]"), "not an answer"),
        (message(b"{}"), "no errorcode"),
        (answer(errorcode=None), "no errorcode"),
        (answer(output=None), "no output"),
        (answer(output={}), "no proof in internal"),
        (answer(output={**PROOFS, "aaa316": "CD" * 15}), "no proof in external"),
        (answer(output={**PROOFS, "aaa315": "XY" * 16}), "no proof in internal"),
        (answer(output={**PROOFS, "aaa315": 12}), "no proof in internal"),
        (message(b"", "HTTP/1.1 500 Oh"), "http 500"),
        (message(b"", "HTTP/1.1 302 Found\r\nLocation: /other"), "http 302"),
        (message(b"{" + b" " * ANSWER_MAX_BYTES), "too large"),
        (message(answer().partition(b"\r\n\r\n")[2][:40], length=400), "truncated"),
        (b"", "RemoteDisconnected"),
        (b"SSH-2.0-x\r\n", "BadStatusLine"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, "LineTooLong"),
    ],
)
def test_an_answer_that_makes_no_sense_is_silence(
    serve: Callable[..., Server], told: bytes, why: str
) -> None:
    assert prove(serve(told)) == Silent(why)


def test_nobody_listening_is_silence(serve: Callable[..., Server]) -> None:
    server = serve(b"")
    server.close()
    assert prove(server) == Silent("ConnectionRefusedError")


def test_a_server_that_says_nothing_is_given_up_at_the_deadline(serve: Callable[..., Server]) -> None:
    server: list[Server] = []
    server.append(serve(lambda channel: server[0].done.wait(WAIT_MAX_S) and None))
    assert prove(server[0], answer_max_s=0.2) == Silent("deadline")


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_server_that_drips_cannot_stretch_the_deadline(serve: Callable[..., Server], start: bytes) -> None:
    server: list[Server] = []

    def drip(channel: socket.socket) -> None:
        channel.sendall(start)
        while not server[0].done.wait(0.01):
            channel.sendall(b"H")

    server.append(serve(drip))
    assert prove(server[0], answer_max_s=0.5) == Silent("deadline")


@pytest.mark.parametrize(
    "url",
    [
        "http://hsm.example/cards",
        "https://hsm.example/cards",
        "ftp://127.0.0.1/",
        "127.0.0.1",
        "http://127.0.0.1/?a=b",
        "http://user@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
    ],
)
def test_an_address_that_would_bare_the_card_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|loopback|[Pp]ort"):
        CardSecurityService(url)


class Key:
    """A key and the certificate that somebody gave it, made for one test."""

    def __init__(self, directory: Path, name: str, issuer: "Key | None" = None) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if issuer is None else issuer.certificate.subject)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        )
        if issuer is not None:
            address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        self.certificate = builder.sign((issuer or self).private, hashes.SHA256())
        self.cert, self.key = directory / f"{name}.crt", directory / f"{name}.key"
        self.cert.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        self.key.write_bytes(
            self.private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


def context(purpose: ssl.Purpose, authority: Key, own: Key | None) -> ssl.SSLContext:
    made = ssl.create_default_context(purpose, cafile=str(authority.cert))
    if purpose is ssl.Purpose.CLIENT_AUTH:
        made.verify_mode = ssl.CERT_REQUIRED
    if own is not None:
        made.load_cert_chain(own.cert, own.key)
    return made


def test_only_the_hospitals_own_service_and_terminals_speak_to_each_other(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    authority, stranger = Key(tmp_path, "ca"), Key(tmp_path, "stranger")
    server = Key(tmp_path, "server", authority)
    terminal, foreign = Key(tmp_path, "terminal", authority), Key(tmp_path, "foreign", stranger)
    running = serve(answer(), context(ssl.Purpose.CLIENT_AUTH, authority, server))

    def ask(trusts: Key, shows: Key | None) -> Proofs:
        tls = context(ssl.Purpose.SERVER_AUTH, trusts, shows)
        return CardSecurityService(running.url, tls=tls, answer_max_s=WAIT_MAX_S).prove(QUESTION)

    assert isinstance(ask(authority, terminal), HsmAnswer)
    assert isinstance(ask(stranger, terminal), Silent), "a server that nobody trusts"
    assert isinstance(ask(authority, foreign), Silent), "a terminal that nobody knows"
    assert isinstance(ask(authority, None), Silent), "a terminal without a certificate"
    assert len(running.asked) == 1


def test_a_server_that_stops_in_the_handshake_cannot_stretch_the_deadline(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    authority = Key(tmp_path, "ca")
    stuck = socket.create_server(("127.0.0.1", 0))
    try:
        tls = context(ssl.Purpose.SERVER_AUTH, authority, None)
        url = f"https://127.0.0.1:{stuck.getsockname()[1]}/hsm"
        told = CardSecurityService(url, tls=tls, answer_max_s=0.3).prove(QUESTION)
    finally:
        stuck.close()
    assert isinstance(told, Silent)
