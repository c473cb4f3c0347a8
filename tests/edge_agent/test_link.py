"""The connection itself: full jitter between attempts, and nothing without the right certificates."""

from __future__ import annotations

import ipaddress
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge_agent import link as link_module
from edge_agent.link import Hooks, Link, Note, Session
from edge_agent.settings import Mqtt


def make_link(mqtt, hooks=None, clock=None, subscriptions=("t/#",)):
    events = []
    hooks = hooks or Hooks(
        up=lambda: events.append("up"),
        down=lambda reason: events.append(f"down {reason}"),
        message=lambda message: events.append(message.payload),
        confirmed=lambda mid: events.append(("confirmed", mid)),
    )
    session = Session("tester", durable=False, subscriptions=subscriptions)
    return Link(mqtt, session, hooks, *([] if clock is None else [clock])), events


class Key:
    """A key and the certificate that somebody gave it."""

    def __init__(self, directory, name, issuer=None):
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
        self.cert_path, self.key_path = directory / f"{name}.crt", directory / f"{name}.key"
        self.cert_path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        self.key_path.write_bytes(
            self.private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.key_path.chmod(0o600)


@pytest.fixture
def secure(tmp_path, tls_broker):
    """A broker that asks for a certificate of the hospital's authority, and a terminal that has one."""
    authority, stranger = Key(tmp_path, "ca"), Key(tmp_path, "stranger")
    server, terminal = Key(tmp_path, "server", authority), Key(tmp_path, "terminal", authority)
    foreign = Key(tmp_path, "foreign", stranger)
    broker = tls_broker(
        f"cafile {authority.cert_path}\ncertfile {server.cert_path}\nkeyfile {server.key_path}\n"
        "require_certificate true\nuse_identity_as_username true"
    )

    def mqtt(ca=authority, own=terminal):
        return Mqtt(
            "127.0.0.1", broker.port, ca.cert_path, own.cert_path, own.key_path,
            retry_base_s=0.05, retry_max_s=0.1, start_jitter_max_s=0,
        )  # fmt: skip

    mqtt.stranger, mqtt.foreign = stranger, foreign
    return mqtt


def test_messages_pass_with_certificates_of_one_authority(secure, until):
    link, events = make_link(secure())
    until(lambda: link.step(0.05) == [] and "up" in events)
    link.publish(Note("t/1", b"x" * 300_000))
    until(lambda: link.step(0.05) == [] and b"x" * 300_000 in events, "a message of many TLS records")
    link.close()


@pytest.mark.clause("S3-10.1.3")
@pytest.mark.parametrize("wrong", ["broker of a strange authority", "terminal of a strange authority"])
def test_nothing_passes_with_certificates_of_two_authorities(secure, until, wrong):
    mqtt = secure(ca=secure.stranger) if "broker" in wrong else secure(own=secure.foreign)
    link, events = make_link(mqtt)
    until(lambda: link.step(0.05) == [] and link.attempts >= 3)
    assert events == []
    link.close()


def attempt_times_s(seed, count=9):
    """When a link without a broker tries, on a clock that moves by quarters of a second."""
    random.seed(seed)
    mqtt = Mqtt("127.0.0.1", 1, retry_base_s=2.0, retry_max_s=60.0, start_jitter_max_s=5.0)
    now_s, times = 0.0, []
    link, _ = make_link(mqtt, clock=lambda: now_s)
    while len(times) < count:
        before = link.attempts
        link.step(0)
        if link.attempts > before:
            times.append(now_s)
        now_s += 0.25
    return times


def test_attempts_without_a_broker_spread_over_a_growing_time(monkeypatch):
    def refuse(*_):
        raise ConnectionRefusedError

    monkeypatch.setattr(link_module.select, "select", lambda *_: ([], [], []))
    monkeypatch.setattr(link_module.paho.Client, "connect", refuse)
    terminals = [attempt_times_s(seed) for seed in range(40)]
    firsts = {times[0] for times in terminals}
    assert max(firsts) <= 5.25
    assert len(firsts) > 10, "after a power cut they do not all knock at once"
    pauses = [after - before for times in terminals for before, after in pairwise(times)]
    assert 30 < max(pauses) <= 60.25


def test_a_message_handed_over_without_a_connection_is_refused():
    link, _ = make_link(Mqtt("127.0.0.1", 1, start_jitter_max_s=100.0))
    with pytest.raises(ConnectionError):
        link.publish(Note("t", b"x"))


def test_a_broker_that_goes_away_is_noticed_and_found_again(broker, until):
    mqtt = Mqtt("127.0.0.1", broker.port, retry_base_s=0.05, retry_max_s=0.1, start_jitter_max_s=0)
    link, events = make_link(mqtt)
    until(lambda: link.step(0.05) == [] and events == ["up"])
    broker.end()
    until(lambda: link.step(0.05) == [] and len(events) == 2)
    assert events[1].startswith("down")
    broker.start()
    until(lambda: link.step(0.05) == [] and events[2:] == ["up"])
    mid = link.publish(Note("t/2", b"again"))
    until(lambda: link.step(0.05) == [] and {b"again", ("confirmed", mid)} <= set(events[3:]))
    link.close()
