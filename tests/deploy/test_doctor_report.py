"""What the filters behind `doctor.yml` make of the terminals' answers."""

from __future__ import annotations

import json

from ansible_filter import load_filter

doctor = load_filter("doctor", "doctor_report")

SERVICES = {"stdout_lines": ["1.4.0", "kiosk.service active", "edge-agent.service active"]}


def rows(*states: tuple[str, str]) -> dict[str, str]:
    found = [{"what": what, "state": state, "reason": "", "remedy": "look"} for what, state in states]
    return {"stdout": json.dumps(found)}


def report(services: object, answer: object, accepted: tuple[str, ...] = ()) -> dict[str, object]:
    return doctor.doctor_report({"k1": {"services": services, "doctor": answer}}, accepted)["k1"]


def test_a_warning_is_no_failure():
    one = report(SERVICES, rows(("card service", "ok"), ("printer", "warn")))
    assert (one["state"], one["release"], one["failing"]) == ("ok", "1.4.0", [])


def test_a_failing_row_fails_the_terminal_unless_it_is_accepted():
    answer = rows(("hospital", "fail"), ("journal", "ok"))
    assert report(SERVICES, answer)["failing"] == ["hospital"]
    assert report(SERVICES, answer, ("hospital",))["state"] == "ok"


def test_a_service_that_does_not_run_fails_the_terminal():
    down = {"stdout_lines": ["1.4.0", "kiosk.service failed"]}
    one = report(down, rows(("journal", "ok")))
    assert (one["state"], one["failing"]) == ("fail", ["kiosk.service"])


def test_a_doctor_that_cannot_speak_is_a_failure_with_its_last_words():
    one = report(SERVICES, {"stdout": "", "stderr": "kiosk: error: kiosk.toml: missing"})
    assert one["failing"] == ["doctor"]
    assert "kiosk.toml: missing" in one["rows"][-1]["reason"]


def test_a_terminal_that_cannot_be_reached_is_neither_well_nor_ill():
    assert report({"unreachable": True}, {"unreachable": True})["state"] == "unreachable"
    assert doctor.doctor_report({"k1": {}})["k1"]["state"] == "unreachable"


def test_a_person_reads_one_line_a_terminal_and_one_for_each_trouble():
    looked = {"k1": {"services": SERVICES, "doctor": rows(("printer", "warn"), ("journal", "ok"))}, "a1": {}}
    lines = doctor.doctor_lines(doctor.doctor_report(looked))
    assert [line.split()[0] for line in lines] == ["a1", "k1", "warn"]
    assert lines[-1].strip() == "warn  printer:  -> look"
