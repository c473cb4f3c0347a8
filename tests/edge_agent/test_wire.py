"""The formats between agent and collector: whole or refused, never half understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.wire import (
    BATCH_MAX_BYTES,
    Ack,
    WireError,
    check_name,
    pack_ack,
    pack_batch,
    split_topic,
    unpack_ack,
    unpack_batch,
    unpack_note,
)
from kiosk.journal import GENESIS, Row

rows = st.builds(
    Row, st.just(0), st.binary(max_size=80), st.binary(max_size=80), st.binary(min_size=32, max_size=32)
)


@given(st.lists(rows, min_size=1, max_size=8))
def test_a_batch_comes_out_as_it_went_in(entries):
    assert [tuple(frame) for frame in unpack_batch(pack_batch(entries))] == [row[1:] for row in entries]


@given(st.lists(rows, min_size=1, max_size=3), st.data())
def test_a_batch_cut_off_anywhere_is_refused_whole(entries, data):
    payload = pack_batch(entries)
    at = data.draw(st.integers(0, len(payload) - 1))
    with pytest.raises(WireError):
        unpack_batch(payload[:at])


@given(st.binary(max_size=300))
def test_noise_is_refused_with_a_text(noise):
    with pytest.raises(WireError):
        unpack_batch(b"KJB1" + noise + b"!")
    with pytest.raises(WireError):
        unpack_batch(noise)


@pytest.mark.parametrize(
    "payload",
    [
        b"KJB1\0\0\0\0",
        b"KJB1\xff\xff\xff\xff",
        b"KJB1\0\0\0\1\xff\xff\xff\xff" + bytes(90),
        pack_batch([Row(1, b"h", b"b", bytes(32))]) + b"\0",
        b"KJB1" + bytes(BATCH_MAX_BYTES),
    ],
    ids=["no entries", "four milliards", "a length beyond the end", "bytes left over", "too large"],
)
def test_a_batch_with_impossible_numbers_is_refused(payload):
    with pytest.raises(WireError):
        unpack_batch(payload)


@given(st.integers(1, 2**60), st.binary(min_size=32, max_size=32), st.booleans())
def test_an_acknowledgement_comes_out_as_it_went_in(seq, digest, resend):
    ack = Ack("0123456789abcdef", seq, digest, resend)
    assert unpack_ack(pack_ack(ack)) == ack


@pytest.mark.parametrize(
    "change",
    [
        (b'"seq":7', b'"seq":-7'),
        (b'"seq":7', b'"seq":7.0'),
        (b'"seq":7', b'"seq":true'),
        (b'"seq":7', b'"seq":0'),
        (b'"seq":7', b'"sek":7'),
        (b"0123456789abcdef", b"0123456789ABCDEF"),
        (b'"resend":false', b'"resend":0'),
        (b'"hash":"01', b'"hash":"0x'),
        (b'"hash":"01', b'"hash":"'),
    ],
)
def test_an_acknowledgement_with_a_wrong_field_is_refused(change):
    payload = pack_ack(Ack("0123456789abcdef", 7, b"\1" * 32)).replace(*change)
    with pytest.raises(WireError):
        unpack_ack(payload)


def test_the_acknowledgement_of_nothing_names_the_genesis():
    ack = Ack("0123456789abcdef", 0, GENESIS, resend=True)
    assert unpack_ack(pack_ack(ack)) == ack


@pytest.mark.parametrize(
    "payload", [b"", b"[1]", b"nul", b"\xff", b"[" * 60_000, b'"' + b"x" * 70_000 + b'"']
)
def test_a_note_is_a_json_object_of_bounded_size(payload):
    with pytest.raises(WireError):
        unpack_note(payload)


def test_a_topic_is_split_into_site_device_and_leaf():
    assert split_topic("a/b/main/kiosk-a01/journal", "a/b") == ("main", "kiosk-a01", "journal")


@pytest.mark.parametrize(
    "topic",
    ["main/k/journal", "hospital/main/journal", "hospital/a/b/c/d", "hospital//k/journal", "hospital/a/+/x"],
)
def test_another_topic_is_refused(topic):
    with pytest.raises(WireError):
        split_topic(topic, "hospital")


@pytest.mark.parametrize("name", ["", "a/b", "+", "#", "a b", "机", "x" * 65])
def test_a_name_that_mqtt_would_read_otherwise_is_refused(name):
    with pytest.raises(ValueError, match="device"):
        check_name(name, "device")
