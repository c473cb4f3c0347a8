"""The account row of `kiosk card diagnose`: a real card service, and the agency of the hospital in a box."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from hw.card import CardReading
from hw.card.account import Account, AccountAnswer
from hw.card.reading import build
from hw.card.staff_texts import STAFF_TEXTS
from hw.card.virtual.pcscd import VirtualReader, VirtualReaderUnavailable
from kiosk.account_check import ask_account
from kiosk.config import KioskConfig
from kiosk.journal import Journal, verify
from kiosk.sandbox.box import card_of
from kiosk.sandbox.persons import BY_ID
from kiosk.settings import load
from kiosk.settlement.msgids import ASKED


@dataclass
class Stopped:
    """A terminal that was once begun and does not run, with a card reader and its hospital."""

    config: Path
    reader: VirtualReader
    control: str
    agency_db: Path
    run: object

    @property
    def journal(self) -> Path:
        return self.config.with_name("journal") / "journal.db"

    def put_in(self, person: str) -> None:
        self.reader.insert(card_of(BY_ID[person]))

    def next_time(self, operation: str, fault: str, text: str = "") -> None:
        wish = {"peer": "agency", "operation": operation, "fault": fault, "text": text}
        request = urllib.request.Request(f"{self.control}/fault", json.dumps(wish).encode(), method="POST")
        urllib.request.urlopen(request, timeout=200).close()

    def diagnose(self, *more: object):
        """The command's end, and its last row."""
        words = ("kiosk", "card", "diagnose", "--json", "--times", 1, "--config", self.config, *more)
        ended = self.run(*words, env=self.reader.env())
        row = ended.value["rows"][-1]
        assert row["check"] == "account", ended.out
        return ended, row

    def asked(self) -> list[tuple[str, str]]:
        """What was asked of the agency: number of the message's kind, message number."""
        with contextlib.closing(sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True)) as db:
            bodies = [json.loads(body) for (body,) in db.execute("SELECT body FROM entry ORDER BY seq")]
        return [(body["infno"], body["msgid"]) for body in bodies if "infno" in body]

    def sign_ins(self) -> int:
        """How often the agency was spoken to: nothing goes there without one."""
        with contextlib.closing(sqlite3.connect(f"file:{self.agency_db}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM sign_in").fetchone()[0]


@pytest.fixture(scope="module")
def hospital(serving, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hospital")
    config = folder / "sandbox.toml"
    config.write_text(f'[sandbox]\nfolder = "{folder}"\n')
    with serving("kiosk", "sandbox", "--config", config) as urls:
        yield folder, urls


@pytest.fixture(scope="module")
def reader():
    try:
        reader = VirtualReader().start()
    except VirtualReaderUnavailable as exc:
        pytest.skip(f"no virtual card reader here: {exc}")
    with contextlib.closing(reader):
        yield reader


@pytest.fixture
def terminal(hospital, reader, run, terminal_file):
    folder, urls = hospital
    config = terminal_file(urls, card='contact = "*00 00"')
    seal = X25519PublicKey.from_public_bytes(config.with_name("seal.pub").read_bytes())
    terminal = Stopped(config, reader, urls["table"], folder / "agency.db", run)
    with Journal.open(terminal.journal, hospital_seal=seal, reserve_bytes=4096) as journal:
        journal.append("terminal.started", {"release": "0"})
    yield terminal
    reader.remove()


@pytest.mark.clause("S1-H.5")
def test_the_agency_is_asked_about_the_holder_and_names_him_masked(terminal, faults):
    terminal.put_in("zhang")
    ended, row = terminal.diagnose()
    assert (ended.code, ended.value["fault"], faults("card_diagnose", ended.value)) == (0, None, [])
    assert (row["status"], row["code"], row["detail"]) == ("ok", None, "张*国: 310 at 990100 normal")
    assert [infno for infno, _ in terminal.asked()] == ["9001", "1101", "2001"]


def test_no_credential_is_left_anywhere(terminal):
    person = BY_ID["zhang"]
    terminal.put_in("zhang")
    terminal.next_time("1101", "refuse", f"{person.name} {person.cert_no} {person.card.card_no} 不可用")
    ended, row = terminal.diagnose("--print")
    assert row["detail"] == "1101: SE-01 *** *** *** 不可用"
    assert terminal.diagnose("--print")[1]["status"] == "ok"
    secrets = (person.name, person.cert_no, person.psn_no, person.card.card_no, person.card.card_id)
    for path in (path for path in terminal.config.parent.rglob("*") if path.is_file()):
        assert not [secret for secret in secrets if secret.encode() in path.read_bytes()], path
    assert not [secret for secret in secrets if secret in ended.out + ended.err]


@pytest.mark.clause("S1-H.5", "S2-H.1")
@pytest.mark.parametrize(
    ("person", "code", "detail"),
    [
        ("wang", "suspended", "王*军: 310 at 990100 suspended since 2020-09-01"),
        ("zhao", "not_entitled", "赵*山: 310 at 990200 normal; 未办理异地就医备案"),
    ],
)
def test_an_insurance_that_does_not_work_is_the_accounts_fault(terminal, person, code, detail):
    terminal.put_in(person)
    ended, row = terminal.diagnose()
    assert (ended.code, ended.value["fault"]) == (1, "account")
    assert (row["status"], row["code"], row["detail"]) == ("fail", code, detail)


@pytest.mark.clause("S1-H.5", "S0-5.4")
@pytest.mark.parametrize(
    ("infno", "text", "code", "detail", "fault"),
    [
        ("1101", "该卡已挂失", "reported_lost", "1101: AC-01 该卡已挂失", "account"),
        ("1101", "卡状态异常", "refused", "1101: SE-01 卡状态异常", "account"),
        ("2001", "系统维护", "refused", "张*国: 310 at 990100 normal; 2001: SE-01 系统维护", "account"),
        ("9001", "机构未开通", "terminal_refused", "9001: SE-01 机构未开通", "network"),
    ],
)
def test_a_refusal_is_told_with_its_code_and_the_agencys_words(terminal, infno, text, code, detail, fault):
    terminal.put_in("zhang")
    terminal.next_time(infno, "refuse", text)
    ended, row = terminal.diagnose()
    assert (ended.code, ended.value["fault"]) == (1, fault)
    assert (row["status"], row["code"], row["detail"]) == ("fail", code, detail)


@pytest.mark.parametrize("infno", ["9001", "1101", "2001"])
def test_an_answer_that_does_not_come_is_the_networks_fault_and_not_the_accounts(terminal, infno):
    terminal.put_in("zhang")
    terminal.next_time(infno, "lost_after")
    ended, row = terminal.diagnose()
    assert (ended.code, ended.value["fault"]) == (1, "network")
    assert (row["status"], row["code"], row["remedy"]) == ("fail", "no_answer", "check_network")
    assert infno in row["detail"]


def test_a_card_of_another_person_than_the_agencys_says_nothing_of_the_other(terminal):
    own, other = card_of(BY_ID["zhang"]), BY_ID["chen"]
    mixed = {**own.to_fields(), "card_no": other.card.card_no, "serial": other.card.card_id[16:]}
    terminal.reader.insert(type(own).from_fields(mixed))
    ended, row = terminal.diagnose()
    assert (ended.code, ended.value["fault"]) == (1, "account")
    assert (row["code"], row["remedy"], row["detail"]) == ("person_differs", "correct_person", "")


def test_while_the_terminal_runs_nothing_is_written_and_nobody_is_asked(terminal):
    terminal.put_in("zhang")
    before = terminal.sign_ins()
    with Journal.open(terminal.journal, hospital_seal=None, reserve_bytes=4096):
        written = {path: path.read_bytes() for path in terminal.journal.parent.iterdir()}
        ended, row = terminal.diagnose()
        after = {path: path.read_bytes() for path in terminal.journal.parent.iterdir()}
    assert (ended.code, ended.value["fault"]) == (0, None)
    assert (row["status"], row["code"], row["remedy"]) == ("skip", "terminal_runs", "stop_terminal")
    assert after == written
    assert terminal.sign_ins() == before


def test_message_numbers_go_on_where_the_last_writer_ended(terminal):
    terminal.put_in("zhang")
    for _ in range(2):
        terminal.diagnose()
    numbers = [msgid[12:] for _, msgid in terminal.asked()]
    assert len(numbers) == 6
    assert numbers == sorted(set(numbers))
    assert all(120 <= int(number[-4:]) <= 129 for number in numbers)
    assert verify(terminal.journal).ok
    with Journal.open(terminal.journal, hospital_seal=None, reserve_bytes=4096) as journal:
        newest = journal.last(ASKED)
    assert newest is not None, "the terminal finds the newest one at its next start"
    assert newest.data["msgid"][12:] == numbers[-1]


def test_a_card_that_keeps_its_holder_is_not_asked_about(terminal):
    terminal.put_in("liu")
    ended, row = terminal.diagnose()
    assert (ended.code, row["status"], row["code"]) == (0, "skip", "no_credential")
    assert terminal.asked() == []


def test_a_terminal_without_a_journal_yet_does_not_get_one(terminal):
    terminal.put_in("zhang")
    for path in terminal.journal.parent.iterdir():
        path.unlink()
    ended, row = terminal.diagnose()
    assert (ended.code, row["status"], row["code"]) == (0, "skip", "not_ready")
    assert str(terminal.journal) in row["detail"]
    assert list(terminal.journal.parent.iterdir()) == []


def test_a_seal_that_cannot_be_read_keeps_from_asking_and_is_named(terminal):
    terminal.put_in("zhang")
    terminal.config.with_name("seal.pub").unlink()
    ended, row = terminal.diagnose()
    assert (ended.code, row["status"], row["code"], row["remedy"]) == (0, "skip", "not_ready", "run_doctor")
    assert "seal.pub" in row["detail"]


def test_another_user_than_the_terminals_leaves_its_journal_alone(terminal, monkeypatch):
    """Root's files beside the journal would keep the terminal from writing it."""
    monkeypatch.setattr("os.geteuid", lambda: terminal.journal.stat().st_uid + 1)
    written = {path: path.read_bytes() for path in terminal.journal.parent.iterdir()}
    said = ask_account(load(terminal.config, KioskConfig), reading_of("zhang"))
    assert said == Account(AccountAnswer.OTHER_USER)
    assert {path: path.read_bytes() for path in terminal.journal.parent.iterdir()} == written


def reading_of(person: str) -> CardReading:
    """What the person's card says, without a card."""
    card = card_of(BY_ID[person])
    values = {"card_id": card.card_id, "card_no": card.card_no, "version": card.ssc_version}
    return build({**values, "id_number": card.id_number, "name": card.name.encode("gb18030")})


def test_a_terminal_that_settles_nothing_asks_nobody(terminal):
    terminal.put_in("zhang")
    begin = terminal.config.read_text(encoding="utf-8").partition("msgid_block")[0]
    terminal.config.write_text(
        f'{begin}role = "price_inquiry"\n[card]\ncontact = "*00 00"\n', encoding="utf-8"
    )
    assert terminal.diagnose()[1]["code"] == "no_agency"


def test_in_words_the_row_has_its_remedy_under_it(terminal, run):
    terminal.put_in("wang")
    words = ("kiosk", "card", "diagnose", "--times", 1, "--config", terminal.config)
    lines = run(*words, env=terminal.reader.env()).out.splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith("fail  account"))
    assert "suspended 王*军" in lines[row]
    assert lines[row + 1].strip() == STAFF_TEXTS["ask_insurance_office"].en
