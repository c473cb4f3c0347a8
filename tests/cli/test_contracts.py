"""What scripts rely on: the JSON of each command is what its schema says, and the exit code is right."""

from __future__ import annotations

import contextlib
import json
import secrets
from pathlib import Path

import pytest
import qrcode
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge_agent.collector.store import Store
from hw.card.virtual import VirtualReader, VirtualReaderUnavailable, invent
from kiosk.journal import Journal

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT.parent / "shared" / "data" / "benefit_examples.json"
CASES = Path(__file__).with_name("cases.json")
LIST = ROOT / "assets" / "catalogue" / "demo.csv"

INSURANCE_CODE = "4241234567890123456789990000"


def test_a_simulation_of_the_product_finds_no_violation(run, faults):
    ended = run("kiosk", "simulate", "--runs", "50", "--schedules", "0", "--json")
    assert faults("simulate", ended.value) == []
    assert (ended.code, ended.value["violations"]) == (0, [])
    assert ended.value["runs"] == 50 + len(ended.value["schedules"])


def test_a_printed_violation_replays_exactly(run, faults):
    ended = run("kiosk", "simulate", "--runs", "200", "--mutate", "refund_twice", "--json")
    assert faults("simulate", ended.value) == []
    assert ended.code == 1
    first = ended.value["violations"][0]
    again = run("kiosk", "simulate", *first["replay"].split(), "--mutate", "refund_twice", "--json")
    assert again.value["violations"] == [first]


def test_the_published_examples_of_the_benefit_engine_come_out_right(run, faults):
    if not EXAMPLES.exists():
        pytest.skip("shared data is not here: ../shared/data/benefit_examples.json")
    ended = run("kiosk", "benefits", "check", EXAMPLES, "--json")
    assert faults("benefits_check", ended.value) == []
    assert ended.code == 0


def test_a_case_file_is_computed_and_a_wrong_expectation_ends_with_1(run, faults, tmp_path):
    ended = run("kiosk", "benefits", "check", CASES, "--json")
    assert faults("benefits_check", ended.value) == []
    assert (ended.code, ended.value["clinic"]["psn_cash_pay"]) == (0, "36.00")
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    cases[0]["expect"]["psn_cash_pay"] = "35.99"
    wrong = tmp_path / "cases.json"
    wrong.write_text(json.dumps(cases))
    assert run("kiosk", "benefits", "check", wrong).code == 1


def test_a_picture_with_a_code_is_read_and_a_broken_one_has_an_error(run, faults, tmp_path):
    picture, broken = tmp_path / "code.png", tmp_path / "broken.png"
    qrcode.make(INSURANCE_CODE).save(picture)
    broken.write_bytes(b"no picture")
    ended = run("kiosk", "scan", picture, "--json")
    assert faults("scan", ended.value) == []
    assert (ended.code, ended.value[0]["texts"]) == (0, [INSURANCE_CODE])
    both = run("kiosk", "scan", picture, broken, "--json")
    assert faults("scan", both.value) == []
    assert (both.code, both.value[1]["error"]) == (1, "NOT_A_PICTURE")


def test_a_price_list_goes_live_by_two_persons(run, faults, tmp_path):
    db = tmp_path / "list.db"
    imported = run("kiosk", "catalogue", "import", LIST, "--db", db, "--maker", "ann", "--json")
    assert (imported.code, faults("catalogue_import", imported.value)) == (0, [])
    difference = run("kiosk", "catalogue", "diff", "--db", db, "--json")
    assert (difference.code, faults("catalogue_diff", difference.value)) == (0, [])
    assert difference.value["counts"]["added"] == imported.value["rows"]
    alone = run("kiosk", "catalogue", "approve", "--db", db, "--checker", "ann", "--json")
    assert (alone.code, faults("refusal", alone.value)) == (1, [])
    approved = run("kiosk", "catalogue", "approve", "--db", db, "--checker", "bo", "--json")
    assert (approved.code, faults("catalogue_approve", approved.value)) == (0, [])
    found = run("kiosk", "catalogue", "search", "--db", db, "阿莫西林", "--limit", "3", "--json")
    assert (found.code, faults("catalogue_search", found.value)) == (0, [])
    assert 0 < len(found.value["hits"]) <= 3
    assert all("阿莫西林" in hit["name"] for hit in found.value["hits"])


def test_a_list_with_a_bad_row_is_refused_as_a_whole_and_the_row_is_named(run, faults, tmp_path):
    lines = LIST.read_text(encoding="utf-8").splitlines()
    bad = tmp_path / "bad.csv"
    bad.write_text("\n".join([*lines[:3], "only,three,cells"]), encoding="utf-8")
    ended = run("kiosk", "catalogue", "import", bad, "--db", tmp_path / "list.db", "--json")
    assert (ended.code, faults("refusal", ended.value)) == (2, [])
    assert ended.value["rows"][0]["line"] == 4


@pytest.fixture
def journal(tmp_path):
    """A fresh journal with one settlement that holds something sealed."""
    path = tmp_path / "journal" / "journal.db"
    with Journal.open(path, hospital_seal=X25519PrivateKey.generate().public_key()) as journal:
        journal.append("terminal.started", {"release": "0"})
        journal.append("settlement.started", {"total_fen": 8640}, settlement="a1", sealed={"name": "测试甲"})
    return path


def test_a_journal_is_verified_shown_and_exported_without_what_is_sealed(run, faults, journal):
    verified = run("kiosk", "journal", "verify", journal, "--json")
    assert (verified.code, faults("journal_verify", verified.value)) == (0, [])
    assert verified.value["ok"] is True
    shown = run("kiosk", "journal", "show", journal, "--json")
    assert (shown.code, [fault for line in shown.lines for fault in faults("journal_show", line)]) == (0, [])
    assert shown.lines[-1]["body"] == {"total_fen": 8640, "sealed": "«sealed»"}
    exported = run("kiosk", "journal", "export", journal, "--json")
    assert [fault for line in exported.lines for fault in faults("journal_export", line)] == []
    assert len(exported.lines) == verified.value["entries"]
    assert "测试甲" not in shown.out + exported.out


def test_a_journal_that_was_changed_ends_with_1_and_the_entry_is_named(run, faults, journal):
    data = journal.read_bytes()
    assert data.count(b'"total_fen":8640') == 1
    journal.write_bytes(data.replace(b'"total_fen":8640', b'"total_fen":8641'))
    ended = run("kiosk", "journal", "verify", journal, "--json")
    assert (ended.code, faults("journal_verify", ended.value)) == (1, [])
    assert [fault["seq"] for fault in ended.value["faults"]] == [2]


def test_no_journal_is_a_refusal(run, faults, tmp_path):
    ended = run("kiosk", "journal", "verify", tmp_path / "missing.db", "--json")
    assert (ended.code, faults("refusal", ended.value)) == (2, [])


def test_without_the_card_service_the_diagnosis_says_so(run, faults, tmp_path):
    nowhere = {"PCSCLITE_CSOCK_NAME": str(tmp_path / "no-service")}
    ended = run("kiosk", "card", "diagnose", "--json", env=nowhere)
    assert (ended.code, faults("card_diagnose", ended.value)) == (1, [])
    assert (ended.value["fault"], ended.value["rows"][-1]["code"]) == ("service", "no_service")
    read = run("kiosk", "card", "read", "--json", env=nowhere)
    assert (read.code, faults("card_read_failed", read.value)) == (1, [])


def test_a_card_is_read_masked(run, faults):
    person = invent(3)
    try:
        reader = VirtualReader().start()
    except VirtualReaderUnavailable as exc:
        pytest.skip(f"no virtual card reader here: {exc}")
    with contextlib.closing(reader):
        reader.insert(person)
        ended = run("kiosk", "card", "read", "--json", env=reader.env())
    assert (ended.code, faults("card_read", ended.value)) == (0, [])
    assert person.id_number not in ended.out


def test_a_pin_that_nobody_types_is_not_tried(run, faults):
    try:
        reader = VirtualReader().start()
    except VirtualReaderUnavailable as exc:
        pytest.skip(f"no virtual card reader here: {exc}")
    with contextlib.closing(reader):
        reader.insert(invent(3), pin=f"{secrets.randbelow(10**6):06d}")
        ended = run("kiosk", "card", "pin", "--json", env=reader.env())
    assert (ended.code, faults("card_pin", ended.value)) == (1, []), ended.err
    assert (ended.value["result"], ended.value["reason"]) == ("not_tried", "given_up")


def test_a_demo_ends_well_and_says_what_every_book_says(run, faults, tmp_path):
    scenario = ROOT / "assets" / "demo" / "scenarios" / "1_card_visit.scenario"
    ended = run("kiosk", "demo", "--headless", "--scenario", scenario, "--out", tmp_path / "demo", "--json")
    assert (ended.code, faults("demo", ended.value)) == (0, []), ended.err
    assert ended.value == json.loads((tmp_path / "demo" / "summary.json").read_text(encoding="utf-8"))
    assert (
        len({json.dumps(ended.value["sums"][book]) for book in ("journal", "agency", "his", "collector")})
        == 1
    )


def test_the_doctor_finds_nothing_failing_at_a_terminal_of_the_sandbox(
    run, serving, faults, terminal_file, tmp_path
):
    sandbox = tmp_path / "sandbox.toml"
    sandbox.write_text(f'[sandbox]\nfolder = "{tmp_path}/sandbox"\n')
    with serving("kiosk", "sandbox", "--config", sandbox) as urls:
        assert faults("sandbox", urls) == []
        config = terminal_file(urls, card="enabled = false")
        well = run("kiosk", "doctor", "--config", config, "--json")
        assert (well.code, faults("doctor", well.value)) == (0, [])
        states = {row["what"]: row["state"] for row in well.value}
        assert {states[peer] for peer in ("hospital", "insurance", "payment", "clock")} == {"ok"}
    gone = run("kiosk", "doctor", "--config", config, "--json")
    assert (gone.code, faults("doctor", gone.value)) == (1, [])
    assert "fail" in {row["state"] for row in gone.value if row["what"] == "hospital"}
    assert all(row["remedy"] for row in gone.value if row["state"] == "fail")


def test_the_sandbox_passes_the_suite_and_a_planted_defect_is_found(run, serving, faults, tmp_path):
    server = ("kiosk.sandbox.his", "--dir", tmp_path / "sound", "--supervised")
    with serving(*server) as sound:
        ended = run("kiosk", "hospital", "conformance", "--url", sound["url"], "--json")
    assert (ended.code, faults("conformance", ended.value)) == (0, [])
    assert (ended.value["failed"], ended.value["not_run"]) == (0, 0)
    server = ("kiosk.sandbox.his", "--dir", tmp_path / "wrong", "--supervised", "--defect", "no_tombstone")
    with serving(*server) as wrong:
        ended = run("kiosk", "hospital", "conformance", "--url", wrong["url"], "--json")
    assert (ended.code, faults("conformance", ended.value)) == (1, [])
    assert ended.value["failed"] > 0


@pytest.fixture
def collected(tmp_path):
    """A collector's database with one row of everything."""
    path = tmp_path / "collector.db"
    with Journal.open(tmp_path / "kiosk" / "journal.db", hospital_seal=None) as journal:
        entry = journal.append("settlement.started", {"total_fen": 8640}, settlement="a1")
    store = Store(path)
    now = "2026-11-21T00:00:00Z"
    with store.transaction():
        store.device_seen("s/K01", now)
        stream = store.begin_stream("s/K01", "e1", "kiosk")
        store.add_gap(stream, 2, "given up", now)
        store.project("s/K01", entry, {"total_fen": 8640}, None)
        store.quarantine(None, "hospital/x", "nonsense", b"?", now, 10)
    store.close()
    return path


@pytest.mark.parametrize("what", ["devices", "transactions", "streams", "gaps", "quarantine"])
def test_the_collector_reports_what_was_asked(run, faults, collected, what):
    ended = run("edge-agent", "report", what, "--db", collected, "--json")
    assert (ended.code, faults("edge_agent_report", ended.value)) == (0, [])
    assert len(ended.value[what]) == 1


def test_a_stream_that_is_not_held_cannot_be_released(run, faults, tmp_path):
    db = tmp_path / "collector.db"
    Store(db).close()
    ended = run("edge-agent", "release", "--db", db, "--device", "s/K01", "--epoch", "e", "--json")
    assert (ended.code, faults("refusal", ended.value)) == (1, [])


def test_a_held_stream_is_released_by_a_person(run, faults, tmp_path):
    db = tmp_path / "collector.db"
    store = Store(db)
    with store.transaction():
        stream = store.begin_stream("s/K01", "e1", "kiosk")
        store.hold_stream(stream, "hash differs", 3, b"?", "2026-11-21T00:00:00Z")
    store.close()
    ended = run("edge-agent", "release", "--db", db, "--device", "s/K01", "--epoch", "e1", "--json")
    assert (ended.code, faults("edge_agent_release", ended.value)) == (0, [])
    assert ended.value["released"][0]["epoch"] == "e1"


def test_the_screens_of_a_role_are_drawn(run, faults, tmp_path):
    ended = run("kiosk", "ui", "shots", "--role", "price_inquiry", "--out", tmp_path, "--json")
    assert (ended.code, faults("ui_shots", ended.value)) == (0, [])
    assert all(Path(path).stat().st_size > 1000 for path in ended.value["shots"])


@pytest.mark.clause("S3-8.2.3.4")
def test_no_screen_breaks_a_rule_of_the_design(run, faults):
    """Of both roles, in both languages and all themes."""
    ended = run("kiosk", "ui", "audit", "--json")
    assert ended.value["violations"] == []
    assert (ended.code, faults("ui_audit", ended.value)) == (0, [])
    assert ended.value["screens"] > 100
