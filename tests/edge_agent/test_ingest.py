"""The collector's judgement: what is taken in, what is asked for again, what waits for a person."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from edge_agent.collector.ingest import Ingest, Message
from edge_agent.collector.store import Store
from edge_agent.wire import pack_batch, pack_note
from kiosk.journal import GENESIS, Journal, Mark, Retention, Row, entry_hash

TOPIC = "hospital/main/kiosk-a01/"
DEVICE = "main/kiosk-a01"


@pytest.fixture
def store(db):
    store = Store(db)
    yield store
    store.close()


@pytest.fixture
def ingest(store):
    return Ingest(store, "hospital", terminals_max=3, quarantine_rows_max=5)


@pytest.fixture
def journal(tmp_path):
    with Journal.open(tmp_path / "journal" / "journal.db", hospital_seal=None, reserve_bytes=4096) as journal:
        yield journal


def write(journal, count, kind="count.made"):
    return [row(journal.append(kind, {"n": n})) for n in range(count)]


def row(entry):
    return Row(entry.seq, entry.header, entry.body, entry.hash)


def chain(*entries, epoch="0123456789abcdef", stream="kiosk", start=1, prev=GENESIS):
    """Rows of a made-up journal: (kind, settlement, body bytes) each, properly chained."""
    rows = []
    for seq, (kind, settlement, body) in enumerate(entries, start):
        fields = {
            "at": "2026-03-01T08:00:00.000Z", "epoch": epoch, "key": None, "kind": kind, "seq": seq,
            "settlement": settlement, "stream": stream, "v": 1,
        }  # fmt: skip
        header = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
        prev = entry_hash(prev, header, body)
        rows.append(Row(seq, header, body, prev))
    return rows


def send(ingest, rows, topic=TOPIC):
    replies = ingest.take([Message(topic + "journal", pack_batch(rows))])
    return replies[0].ack if replies else None


def tell(ingest, leaf, payload, device="kiosk-a01"):
    return ingest.take([Message(f"hospital/main/{device}/{leaf}", payload)])


def only_stream(store):
    (stream,) = store.streams()
    return stream


def test_the_acknowledgement_names_the_last_entry_of_an_unbroken_chain(ingest, journal, store):
    rows = write(journal, 5)
    ack = send(ingest, rows)
    assert (ack.epoch, ack.seq, ack.hash, ack.resend) == (journal.epoch, 5, rows[4].hash, False)
    assert store.totals()["entries"] == 5


def test_what_comes_again_changes_nothing_and_is_acknowledged_again(ingest, journal, store):
    rows = write(journal, 5)
    first = send(ingest, rows)
    assert send(ingest, rows) == first
    assert send(ingest, rows[:2]) == first
    assert store.totals()["entries"] == 5


def test_what_comes_too_early_is_asked_for_in_order(ingest, journal, store):
    rows = write(journal, 6)
    send(ingest, rows[:2])
    ack = send(ingest, rows[4:])
    assert (ack.seq, ack.resend) == (2, True)
    assert (only_stream(store)["watermark"], only_stream(store)["highest"]) == (2, 6)
    assert send(ingest, rows[2:]).seq == 6


def test_terminals_and_epochs_do_not_mix(ingest, store):
    a, b = (chain(("count.made", None, b"{}"), epoch=epoch * 16) for epoch in "ab")
    send(ingest, a)
    send(ingest, b)
    send(ingest, a, "hospital/main/kiosk-a02/")
    assert [(s["device"], s["epoch"][0], s["watermark"]) for s in store.streams()] == [
        ("main/kiosk-a01", "a", 1),
        ("main/kiosk-a01", "b", 1),
        ("main/kiosk-a02", "a", 1),
    ]


@pytest.mark.clause("S1-C.1")
@pytest.mark.parametrize("field", ["header", "body", "hash"])
def test_a_changed_entry_holds_its_stream_and_nothing_after_it_is_taken(ingest, journal, store, field):
    rows = write(journal, 5)
    changed = bytearray(getattr(rows[2], field))
    at = changed.index(b"count") if field == "header" else len(changed) - 1
    changed[at] ^= 1
    forged = rows[2]._replace(**{field: bytes(changed)})
    ack = send(ingest, [*rows[:2], forged, *rows[3:]])
    assert (ack.seq, ack.resend) == (2, False)
    assert only_stream(store)["held_reason"] == "entry 3: the chain does not hold"
    assert send(ingest, rows[2:]).seq == 2, "not even the right ones, until a person has looked"
    assert store.quarantined()[0]["device"] == DEVICE


def test_an_entry_that_contradicts_a_known_one_holds_the_stream(ingest, store):
    send(ingest, chain(("count.made", None, b"{}"), ("count.made", None, b"{}")))
    send(ingest, chain(("count.made", None, b'{"restored":"image"}')))
    assert only_stream(store)["held_reason"] == "entry 1: another entry than the one known"


def test_an_entry_of_another_stream_with_the_same_epoch_holds_it(ingest, store):
    (first,) = chain(("count.made", None, b"{}"))
    send(ingest, [first])
    send(ingest, chain(("count.made", None, b"{}"), stream="agent", start=2, prev=first.hash))
    assert only_stream(store)["held_reason"] == "entry 2: stream agent, not kiosk"


def test_a_released_stream_goes_on_with_the_right_entry(ingest, journal, store):
    rows = write(journal, 3)
    send(ingest, [rows[0], rows[1]._replace(body=b"{}")])
    assert not store.release(DEVICE, "0" * 16, skip=False, now="2026")
    assert store.release(DEVICE, journal.epoch, skip=False, now="2026")
    assert send(ingest, rows[1:]).seq == 3


def test_a_damaged_entry_can_be_given_up_and_the_gap_stays_on_record(ingest, journal, store):
    rows = write(journal, 4)
    damaged = rows[1]._replace(body=b"damaged on the disk")
    send(ingest, [rows[0], damaged])
    assert store.release(DEVICE, journal.epoch, skip=True, now="2026")
    assert send(ingest, rows[2:]).seq == 4
    (gap,) = store.gaps()
    assert (gap["first_seq"], gap["last_seq"]) == (2, 2)


@pytest.mark.parametrize(
    "body", [b"not JSON", b"[1]", b"\xff\xfe", b'{"total_fen":1.5}', b'{"total_fen":"8"}']
)
def test_an_entry_of_no_use_is_kept_put_aside_and_passed(ingest, store, body):
    rows = chain(
        ("settlement.begun", "a", b"{}"),
        ("settlement.settled", "a", body),
        ("settlement.ended", "a", b'{"outcome":"settled"}'),
    )
    assert send(ingest, rows).seq == 3
    assert store.totals() == {"entries": 3, "poison": 1, "quarantined": 1}
    assert store.transactions()[0]["outcome"] == "settled"


@pytest.mark.parametrize(
    "payload",
    [b"", b"noise", pack_batch([Row(1, b"{}", b"{}", bytes(32))])[:-3], b"KJB1\xff\xff\xff\xff"],
)
def test_a_payload_that_cannot_be_read_is_put_aside_whole(ingest, store, payload):
    assert tell(ingest, "journal", payload) == []
    (aside,) = store.quarantined()
    assert (aside["topic"], aside["payload_bytes"]) == (TOPIC + "journal", len(payload))


@pytest.mark.parametrize(
    "header",
    [
        b"{}", b"[]", b"\xff", b'{"seq":1}',
        b'{"at":"yesterday","epoch":"e","key":null,"kind":"k","seq":1,"settlement":null,"stream":"s","v":1}',
        b'{"at":"2026-03-01T08:00:00Z","epoch":"e","key":null,"kind":"k","seq":0,"settlement":null,"stream":"s","v":1}',
        b'{"at":"2026-03-01T08:00:00Z","epoch":"e","key":null,"kind":"k","seq":1e3,"settlement":null,"stream":"s","v":1}',
    ],
)  # fmt: skip
def test_a_header_that_is_none_is_put_aside_and_its_neighbours_are_taken(ingest, journal, store, header):
    rows = write(journal, 2)
    send(ingest, [rows[0], Row(9, header, b"{}", bytes(32)), rows[1]])
    assert only_stream(store)["watermark"] == 2
    assert store.totals()["quarantined"] == 1


def test_headers_with_members_of_a_later_release_are_kept_verbatim(ingest, store):
    header = (
        b'{"at":"2031-03-01T08:00:00.000Z","colour":"red","epoch":"0123456789abcdef","key":null,'
        b'"kind":"never.heard","seq":1,"settlement":null,"stream":"kiosk","v":7}'
    )
    later = Row(1, header, b'{"x":1}', entry_hash(GENESIS, header, b'{"x":1}'))
    assert send(ingest, [later]).seq == 1
    (kept,) = store._database.rows("SELECT header, body FROM entry")
    assert kept == {"header": later.header, "body": later.body}


def test_a_stream_pruned_before_this_database_began_starts_where_its_birth_says(ingest, journal, store):
    rows = write(journal, 6)
    mark = Mark(journal.epoch, 3, rows[2].hash)
    assert journal.prune(mark, Retention(default_days=-1)).through_seq == 3
    offer = {"stream": "kiosk", "epoch": journal.epoch, "first_seq": 4, "first_prev": rows[2].hash.hex()}
    assert send(ingest, rows[3:]).resend
    tell(ingest, "birth", pack_note({"v": 1, "bdseq": 1, "streams": [{"stream": "x"}, offer]}))
    assert send(ingest, rows[3:]).seq == 6
    (gap,) = store.gaps()
    assert (gap["first_seq"], gap["last_seq"], gap["reason"]) == (1, 3, "pruned at the terminal")


def test_a_settlement_becomes_one_transaction_with_its_amounts_and_outcome(ingest, store):
    amounts = {"total_fen": 8640, "fund_fen": 5200, "account_fen": 2000, "cash_fen": 1440, "hospital_fen": 0}
    rows = chain(
        ("visit.started", None, b"{}"),
        ("settlement.begun", "5e71", b'{"total_fen":1}'),
        ("settlement.settled", "5e71", json.dumps(amounts).encode()),
        ("settlement.ended", "5e71", b'{"outcome":"settled"}'),
    )
    send(ingest, rows)
    send(ingest, rows)
    (transaction,) = store.transactions()
    assert transaction["device"] == DEVICE
    assert {name: transaction[name] for name in amounts} == amounts
    assert (transaction["last_kind"], transaction["outcome"]) == ("settlement.ended", "settled")


def test_a_settlement_that_only_began_has_no_amounts_yet(ingest, store):
    send(ingest, chain(("settlement.begun", "5e71", b'{"total_fen":8640}')))
    assert (store.transactions()[0]["total_fen"], store.transactions()[0]["outcome"]) == (None, None)


def test_a_late_will_of_an_older_connection_is_left_aside(ingest, store):
    tell(ingest, "state", pack_note({"v": 1, "online": True, "bdseq": 7}))
    tell(ingest, "state", pack_note({"v": 1, "online": False, "bdseq": 6}))
    assert store.devices()[0]["online"] == 1
    tell(ingest, "state", pack_note({"v": 1, "online": False, "bdseq": 7}))
    assert store.devices()[0]["online"] == 0


@pytest.mark.parametrize(
    ("leaf", "payload"),
    [
        ("state", b'{"online":"yes"}'),
        ("state", b'{"online":true,"bdseq":-1}'),
        ("birth", b'{"bdseq":"x"}'),
        ("health", b"\xff"),
        ("cmd_result", b"{}"),
    ],
)
def test_a_note_with_wrong_fields_is_put_aside(ingest, store, leaf, payload):
    tell(ingest, leaf, payload)
    assert store.totals()["quarantined"] == 1


def test_more_terminals_than_configured_are_not_let_in(ingest, store):
    for n in range(5):
        tell(ingest, "health", b"{}", device=f"kiosk-{n}")
    assert len(store.devices()) == 3
    assert store.totals()["quarantined"] == 2


def test_the_quarantine_is_bounded_and_goes_on_counting(ingest, store):
    for _ in range(9):
        tell(ingest, "journal", b"noise")
    assert (len(store.quarantined()), store.totals()["quarantined"]) == (5, 9)


def test_a_batch_of_messages_is_one_commit_or_none(ingest, journal, store, monkeypatch):
    rows = write(journal, 2)

    def fail(*arguments):
        raise OSError("pulled out in the middle")

    monkeypatch.setattr(store, "keep_health", fail)
    messages = [Message(TOPIC + "journal", pack_batch(rows)), Message(TOPIC + "health", b"{}")]
    with pytest.raises(OSError, match="middle"):
        ingest.take(messages)
    assert store.totals()["entries"] == 0
    monkeypatch.undo()
    assert ingest.take(messages)[0].ack.seq == 2


def test_replacing_fields_of_a_stream_leaves_the_others(store):
    with store.transaction():
        stream = store.begin_stream(DEVICE, "0" * 16, "kiosk")
        store.move_stream(replace(stream, watermark=3, highest=4, watermark_hash=b"\1" * 32))
    assert store.stream(DEVICE, "0" * 16) == replace(
        stream, watermark=3, highest=4, watermark_hash=b"\1" * 32
    )
