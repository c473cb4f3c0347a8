"""The collector's page and metrics: what the hospital's staff and monitoring see."""

from __future__ import annotations

import json
import re
import urllib.request
from datetime import UTC, datetime

import pytest

from edge_agent.collector.metrics import render
from edge_agent.collector.store import Store
from edge_agent.collector.web import WebThread
from kiosk.journal import GENESIS, Row, read_entry

NOW = "2026-03-01T08:00:00.000Z"
DEVICE = "main/kiosk-a01"


def entry(seq, kind, settlement):
    header = {
        "at": NOW, "epoch": "0123456789abcdef", "key": None, "kind": kind, "seq": seq,
        "settlement": settlement, "stream": "kiosk", "v": 1,
    }  # fmt: skip
    return read_entry(Row(seq, json.dumps(header).encode(), b"{}", bytes(32)))


@pytest.fixture
def filled(db):
    """One terminal with two settlements, one of them with a name made to break a page."""
    store = Store(db)
    amounts = {"total_fen": 8640, "cash_fen": 1440, "account_fen": 2000, "fund_fen": 5205, "hospital_fen": -5}
    with store.transaction():
        store.device_seen(DEVICE, NOW)
        store.keep_state(DEVICE, 1, True)
        report = {"stream": "kiosk", "oldest_unacked_age_s": 7.5}
        store.keep_health(DEVICE, json.dumps({"streams": [report, "odd", {"stream": "x"}]}), NOW)
        stream = store.begin_stream(DEVICE, "0123456789abcdef", "kiosk")
        store.project(DEVICE, entry(1, "settlement.settled", "5e71"), amounts, "settled")
        store.project(DEVICE, entry(2, "settlement.begun", "<script>alert(1)</script>"), {}, None)
        store.hold_stream(stream, "entry 3: the chain does not hold", 3, GENESIS, NOW)
        store.quarantine(DEVICE, "t", "noise", b"x", NOW, 10)
    store.close()
    return db


@pytest.fixture
def get(filled):
    web = WebThread(filled, "127.0.0.1", 0)
    web.start()

    def fetch(path):
        with urllib.request.urlopen(f"http://127.0.0.1:{web.port}{path}", timeout=200) as answer:
            return answer.headers["Content-Type"], answer.read().decode()

    yield fetch
    web.stop()


def test_the_page_shows_transactions_in_yuan_and_escapes_what_terminals_say(get):
    kind, text = get("/")
    assert kind.startswith("text/html")
    assert "86.40" in text
    assert "-0.05" in text
    assert "<script>" not in text
    assert "entry 3: the chain does not hold" in text


def test_programs_get_transactions_in_integer_fen(get):
    _, text = get("/api/transactions")
    settled = [t for t in json.loads(text)["transactions"] if t["settlement"] == "5e71"]
    assert [(t["total_fen"], t["cash_fen"], t["outcome"]) for t in settled] == [(8640, 1440, "settled")]
    assert json.loads(get("/api/transactions?device=none")[1]) == {"transactions": []}


def test_metrics_are_openmetrics_text(get):
    kind, text = get("/metrics")
    assert kind.startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")
    sample = re.compile(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.]+')
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines
    assert [line for line in lines if not sample.fullmatch(line)] == []


@pytest.mark.clause("S3-9.2.3", "S0-6.21a")
def test_metrics_tell_what_waits_what_is_missing_and_what_is_held(filled):
    store = Store(filled, read_only=True)
    text = render(store, datetime(2026, 3, 1, 8, 1, tzinfo=UTC))
    store.close()
    labels = 'device="main/kiosk-a01",stream="kiosk",epoch="0123456789abcdef"'
    for line in (
        "collector_devices 1",
        'collector_device_online{device="main/kiosk-a01"} 1',
        'collector_device_silence_seconds{device="main/kiosk-a01"} 60.0',
        f"collector_stream_watermark{{{labels}}} 0",
        f"collector_stream_held{{{labels}}} 1",
        'collector_oldest_unacked_age_seconds{device="main/kiosk-a01",stream="kiosk"} 7.5',
        "collector_quarantined_total 1",
    ):
        assert line in text.splitlines()


def test_a_taken_port_is_said_at_the_start(db):
    first = WebThread(db, "127.0.0.1", 0)
    first.start()
    with pytest.raises(OSError, match="in use"):
        WebThread(db, "127.0.0.1", first.port).start()
    first.stop()
