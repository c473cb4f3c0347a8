"""No trace of a person: not in logs, not in failures, not in the command's output unless asked for."""

import datetime as dt
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from hw.card import CardInserted, CardReader, CardReading, CardRemoved, Readers, ReadResult
from hw.card.command import diagnose_command, read_command
from hw.card.diagnose import diagnose
from hw.card.slip import slip
from hw.card.virtual import CardPerson, VirtualReader, invent

PERSON = invent(11, name="测试丁")


def secrets_of(person: CardPerson) -> list[str]:
    texts = [person.id_number, person.name, person.card_no, person.serial]
    on_card = [person.id_number.encode(), person.name.encode("gb18030"), person.card_no.encode()]
    return texts + [form for raw in on_card for form in (raw.hex(), raw.hex().upper(), str(list(raw))[1:-1])]


@pytest.mark.clause("S3-8.1.12", "S0-1.9")
@pytest.mark.parametrize("profile", ["plain", "by_number", "wrong_length", "removed_midway", "short_answer"])
def test_the_trace_of_a_read_shows_headers_and_nobody(
    virtual: VirtualReader,
    read: Callable[[], ReadResult],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    profile: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    virtual.insert(PERSON, profile)
    result = read()
    out, err = capfd.readouterr()
    trace = caplog.text + repr(result) + out + err
    assert "00b20100 -> " in trace
    assert [secret for secret in secrets_of(PERSON) if secret in trace] == []


@pytest.mark.clause("S3-8.1.12")
def test_the_service_keeps_no_log_of_a_person(virtual: VirtualReader, read: Callable[[], ReadResult]) -> None:
    virtual.insert(PERSON)
    assert isinstance(read(), CardReading)
    logs = (virtual.directory / "pcscd.log").read_text() + (virtual.directory / "inside.log").read_text()
    assert [secret for secret in secrets_of(PERSON) if secret in logs] == []


@pytest.mark.clause("S0-1.9")
def test_the_command_masks_a_person_unless_asked_not_to(
    virtual: VirtualReader, capsys: pytest.CaptureFixture[str]
) -> None:
    virtual.insert(PERSON)
    for as_json in (True, False):
        assert read_command(None, as_json, show_person=False) == 0
        masked = capsys.readouterr().out
        assert [secret for secret in secrets_of(PERSON) if secret in masked] == []
        assert PERSON.id_number[6:14] not in masked
    assert read_command(None, as_json=True, show_person=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["id_number"], shown["name"]) == (PERSON.id_number, PERSON.name)


@pytest.mark.clause("S3-8.1.12", "S0-1.9")
@pytest.mark.parametrize("profile", ["plain", "expired", "wrong_check", "cut_name"])
def test_a_diagnosis_and_its_slip_name_nobody(
    virtual: VirtualReader, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, profile: str
) -> None:
    caplog.set_level(logging.DEBUG)
    virtual.insert(PERSON, profile)
    for as_json in (True, False):
        diagnose_command(as_json, times=2)
    document = slip(diagnose(times=1), at=dt.datetime(2026, 11, 20), terminal="K07")
    told = capsys.readouterr().out + repr(document) + caplog.text
    assert "steadiness" in told or "application" in told
    assert [secret for secret in secrets_of(PERSON) if secret in told] == []


@pytest.mark.clause("S3-8.1.12")
def test_the_news_of_a_card_names_nobody(virtual: VirtualReader, news: Any) -> None:
    reader = CardReader(readers=Readers(contact="*00 00"))
    reader.start(news.told)
    virtual.insert(PERSON)
    news.next(CardInserted)
    virtual.remove()
    news.next(CardRemoved)
    reader.close()
    assert [secret for secret in secrets_of(PERSON) if secret in repr(news.seen)] == []
