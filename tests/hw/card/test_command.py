"""`kiosk card read` and `kiosk card diagnose`, as scripts see them."""

import json

import pytest

from hw.card import Code
from hw.card.account import ACCOUNT
from hw.card.command import diagnose_command, read_command
from hw.card.diagnose import Status, diagnose
from hw.card.remedies import REMEDIES, Fault
from hw.card.staff_texts import FAULTS, STAFF_TEXTS
from hw.card.virtual import VirtualReader, invent

Printed = pytest.CaptureFixture[str]


def test_a_reading_is_typed_fields_as_json(virtual: VirtualReader, capsys: Printed) -> None:
    virtual.insert(invent(1))
    assert read_command("Virtual PCD", as_json=True, show_person=True) == 0
    fields = json.loads(capsys.readouterr().out)
    assert fields["ok"] is True
    assert fields["version"] == "2.00"
    assert fields["card_id"] == "990101D1560000050000000000000001"
    assert (fields["issued_on"], fields["born_on"]) == ("2021-03-04", "1950-03-07")
    assert (fields["needs_authentication"], fields["warnings"], fields["protected"]) == (False, [], [])


def test_a_protected_card_is_read_and_says_so(virtual: VirtualReader, capsys: Printed) -> None:
    virtual.insert(invent(1, ssc_version="3.00"))
    assert read_command(None, as_json=True, show_person=False) == 0
    fields = json.loads(capsys.readouterr().out)
    assert (fields["ok"], fields["needs_authentication"], fields["region"]) == (True, True, "990101")


def test_a_failure_is_a_code_as_json(virtual: VirtualReader, capsys: Printed) -> None:
    virtual.insert(invent(1), "bank")
    assert read_command(None, as_json=True, show_person=False) == 1
    failure = json.loads(capsys.readouterr().out)
    assert failure == {
        "ok": False,
        "code": "not_a_social_security_card",
        "hresult": None,
        "sw": "6A82",
        "item": None,
    }


def test_a_failure_in_words_says_what_to_do(virtual: VirtualReader, capsys: Printed) -> None:
    assert read_command(None, as_json=False, show_person=False) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == ["card: no_card", "      " + STAFF_TEXTS["insert_card"].en]


def test_an_empty_reader_name_is_bad_input(capsys: Printed) -> None:
    assert read_command(" ", as_json=True, show_person=False) == 2
    assert "--reader" in capsys.readouterr().err


@pytest.mark.clause("S1-H.5")
def test_a_good_card_passes_every_check(virtual: VirtualReader, capsys: Printed) -> None:
    virtual.insert(invent(1))
    assert diagnose_command(as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["fault"]) == (True, None)
    assert [(row["check"], row["status"]) for row in told["rows"]] == [
        ("service", "ok"),
        ("reader", "ok"),
        ("card", "ok"),
        ("application", "ok"),
        ("validity", "ok"),
        ("steadiness", "ok"),
        ("account", "skip"),
    ]


@pytest.mark.clause("S1-H.5", "S1-O.1")
@pytest.mark.parametrize(
    ("profile", "check", "status", "code", "remedy", "fault"),
    [
        ("bank", "application", "fail", "not_a_social_security_card", "use_social_security_card", "card"),
        ("wrong_check", "application", "fail", "bad_data", "ask_card_office", "card"),
        ("junk_atr", "application", "fail", "protocol", "turn_and_clean_card", "card"),
        ("expired", "validity", "warn", "expired", "renew_card", "card"),
        ("cut_name", "validity", "warn", "name_cut", "ask_card_office", "card"),
    ],
)
def test_a_bad_card_is_named_as_the_fault(
    virtual: VirtualReader, profile: str, check: str, status: str, code: str, remedy: str, fault: str
) -> None:
    virtual.insert(invent(1), profile)
    diagnosis = diagnose()
    row = next(row for row in diagnosis.rows if row.status is not Status.OK)
    assert (row.check, row.status, row.code, row.remedy) == (check, status, code, remedy)
    assert (diagnosis.fault, diagnosis.passed) == (fault, status == "warn")


def test_a_protected_card_is_a_warning_with_another_way(virtual: VirtualReader) -> None:
    virtual.insert(invent(1, ssc_version="3.00"))
    diagnosis = diagnose()
    row = next(row for row in diagnosis.rows if row.check == "application")
    assert (row.status, row.code, row.remedy) == ("warn", "needs_authentication", "use_electronic_code")
    assert (diagnosis.passed, diagnosis.fault) == (True, None)


def test_a_silent_card_does_not_hold_up_the_diagnosis(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "silent")
    diagnosis = diagnose(read_max_s=0.1)
    virtual.remove()
    assert (diagnosis.rows[-1].code, diagnosis.fault) == ("timeout", "card")


@pytest.mark.parametrize(
    ("state", "check", "code", "fault"),
    [
        ("dead", "service", "no_service", "service"),
        ("no readers", "reader", "no_reader", "reader"),
        ("no card", "card", "no_card", "card"),
    ],
)
def test_the_lowest_thing_that_fails_is_the_fault(
    virtual: VirtualReader, state: str, check: str, code: str, fault: str
) -> None:
    if state == "dead":
        virtual.kill_pcscd()
    elif state == "no readers":
        virtual.restart_pcscd(readers=False)
    diagnosis = diagnose()
    last = diagnosis.rows[-1]
    assert (last.check, last.status, last.code, diagnosis.fault) == (check, Status.FAIL, code, fault)


def test_a_diagnosis_in_words_has_a_remedy_under_each_row_that_needs_one(
    virtual: VirtualReader, capsys: Printed
) -> None:
    virtual.insert(invent(1), "expired")
    assert diagnose_command(as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    warned = next(number for number, line in enumerate(lines) if line.startswith("warn"))
    assert lines[warned].split() == ["warn", "validity", "expired"]
    assert lines[warned + 1].strip() == STAFF_TEXTS["renew_card"].en


def test_every_code_has_a_remedy_and_every_remedy_its_words() -> None:
    assert set(REMEDIES) == set(Code)
    elsewhere = {"renew_card", "free_reader"} | {remedy for _, remedy in ACCOUNT.values() if remedy}
    assert {remedy for _, remedy in REMEDIES.values()} | elsewhere == set(STAFF_TEXTS)
    assert all(text.zh and text.en for text in STAFF_TEXTS.values())
    assert {fault.value for fault in Fault} | {"none"} == set(FAULTS)
