"""Card, reader, service, network or account: what a diagnosis tells apart, measures and prints."""

import datetime as dt
import json
from pathlib import Path

import pytest

from hw.card import CardReading, Readers
from hw.card.account import ACCOUNT, Account, AccountAnswer
from hw.card.command import diagnose_command
from hw.card.diagnose import Diagnosis, Status, diagnose
from hw.card.remedies import Fault
from hw.card.slip import slip
from hw.card.virtual import VirtualReader, invent
from hw.card.virtual.card import VirtualCard
from hw.card.virtual.scripted import ScriptedScard
from hw.printer.document import Columns, Cut, Text

Printed = pytest.CaptureFixture[str]
BOTH = Readers(contact="*00 00", contactless="*00 01")
FIRST, SECOND = VirtualReader.reader_name(0), VirtualReader.reader_name(1)
AT = dt.datetime(2026, 11, 20, 9, 30)
COMMANDS = 17  # of a full read of a 2.0 card


def test_a_good_card_is_measured_over_all_its_reads(virtual: VirtualReader) -> None:
    virtual.insert(invent(1))
    measured = diagnose(times=4).measured
    assert measured is not None
    assert (measured.reads, measured.failed, measured.error_percent) == (4, 0, 0.0)
    assert measured.commands == 4 * COMMANDS
    assert (measured.commands_repeated, measured.commands_unanswered, measured.attempts_repeated) == (0, 0, 0)
    assert measured.command_median_ms is not None
    assert measured.command_worst_ms is not None
    assert 0 < measured.command_median_ms <= measured.command_worst_ms
    assert measured.read_median_ms is not None
    assert measured.read_worst_ms is not None
    assert measured.command_worst_ms < measured.read_worst_ms
    assert (measured.version, str(measured.expires_on)) == ("2.00", "2099-12-31")


def test_a_slow_card_shows_in_the_time_of_its_commands(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "slow")
    measured = diagnose(times=1).measured
    assert measured is not None
    assert measured.command_median_ms is not None
    assert measured.command_median_ms >= 20


def test_commands_that_are_sent_again_are_counted() -> None:
    binding = ScriptedScard()
    binding.dictated["SCardTransmit"] = [0, 0, 0x80100068]
    measured = diagnose(times=2, scard=binding).measured
    assert measured is not None
    assert (measured.failed, measured.attempts_repeated, measured.commands_unanswered) == (0, 1, 1)
    assert measured.commands == 2 * COMMANDS + 3


def test_reads_that_fail_now_and_then_are_an_error_rate_and_a_worn_card() -> None:
    binding = ScriptedScard()
    binding.dictated["SCardConnect"] = [0x80100066] * 3  # mute, as long as one read tries
    diagnosis = diagnose(times=4, scard=binding)
    assert diagnosis.measured is not None
    assert (diagnosis.measured.failed, diagnosis.measured.error_percent) == (1, 25.0)
    row = next(row for row in diagnosis.rows if row.check == "steadiness")
    assert (row.status, row.code, row.remedy) == (Status.WARN, "card_mute", "turn_and_clean_card")
    assert (diagnosis.fault, diagnosis.passed) == (Fault.CARD, True)


def test_a_silent_card_is_not_asked_a_hundred_times(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "silent")
    diagnosis = diagnose(times=100, read_max_s=0.2)
    virtual.remove()
    assert diagnosis.measured is not None
    assert (diagnosis.measured.reads, diagnosis.measured.error_percent) == (2, 100.0)


def test_readers_are_told_by_the_terminals_configuration(virtual: VirtualReader) -> None:
    virtual.insert(invent(1))
    row = diagnose(readers=Readers(contact="*00 00"), times=1).rows[1]
    assert (row.check, row.status, row.detail) == ("reader", Status.OK, f"{FIRST}; not used: {SECOND}")


def test_a_configured_reader_that_is_not_there_is_told_beside_the_one_that_is(virtual: VirtualReader) -> None:
    virtual.insert(invent(1))
    diagnosis = diagnose(readers=Readers(contact="*00 00", contactless="ACME*"), times=1)
    row = next(row for row in diagnosis.rows if row.status is Status.WARN)
    assert (row.check, row.code, row.detail) == ("reader", "no_reader", "contactless: none fits ACME*")
    assert (diagnosis.fault, diagnosis.passed) == (Fault.READER, True)


def test_a_reader_that_a_kernel_driver_holds_is_named_with_it(virtual: VirtualReader, tmp_path: Path) -> None:
    (tmp_path / "pn533_usb").mkdir()
    virtual.restart_pcscd(readers=False)
    assert diagnose(usb_drivers=tmp_path).rows[-1].remedy == "plug_in_reader", "the driver holds nothing"
    (tmp_path / "pn533_usb" / "1-1.3:1.0").symlink_to(tmp_path)
    diagnosis = diagnose(usb_drivers=tmp_path)
    row = diagnosis.rows[-1]
    assert (row.check, row.status, row.code, row.remedy) == (
        "reader",
        Status.FAIL,
        "no_reader",
        "free_reader",
    )
    assert (row.detail, diagnosis.fault) == ("pn533_usb 1-1.3", Fault.READER)


def test_readers_that_nobody_chose_are_the_fault_in_a_terminal(virtual: VirtualReader) -> None:
    virtual.insert(invent(1))
    diagnosis = diagnose(readers=Readers())
    last = diagnosis.rows[-1]
    assert (last.check, last.code, last.remedy) == ("reader", "reader_not_chosen", "name_reader")
    assert last.detail == f"{FIRST}, {SECOND}"
    assert diagnosis.fault is Fault.READER


def test_hands_find_the_reader_with_the_card_but_do_not_choose_between_two(
    virtual: VirtualReader, capsys: Printed
) -> None:
    virtual.insert(invent(1), slot=1)
    assert diagnose(times=1).passed
    virtual.insert(invent(2), slot=0)
    assert diagnose(times=1).rows[-1].code == "reader_not_chosen"
    assert diagnose("00 01", times=1).passed


@pytest.mark.clause("S1-H.5")
@pytest.mark.parametrize(
    ("answer", "status", "remedy", "fault"),
    [
        (AccountAnswer.IN_ORDER, Status.OK, None, None),
        (AccountAnswer.SUSPENDED, Status.FAIL, "ask_insurance_office", Fault.ACCOUNT),
        (AccountAnswer.REPORTED_LOST, Status.FAIL, "cancel_loss_report", Fault.ACCOUNT),
        (AccountAnswer.REFUSED, Status.FAIL, "tell_refusal", Fault.ACCOUNT),
        (AccountAnswer.TERMINAL_REFUSED, Status.FAIL, "check_terminal_at_agency", Fault.NETWORK),
        (AccountAnswer.NO_ANSWER, Status.FAIL, "check_network", Fault.NETWORK),
        (AccountAnswer.TERMINAL_RUNS, Status.SKIP, "stop_terminal", None),
    ],
)
def test_with_a_good_card_the_agency_tells_account_and_network_apart(
    virtual: VirtualReader, answer: AccountAnswer, status: Status, remedy: str | None, fault: Fault | None
) -> None:
    virtual.insert(invent(1))
    asked: list[CardReading] = []

    def ask(reading: CardReading) -> Account:
        asked.append(reading)
        return Account(answer, "as the agency says")

    diagnosis = diagnose(times=2, account=ask)
    row = diagnosis.rows[-1]
    assert (row.check, row.status, row.remedy, diagnosis.fault) == ("account", status, remedy, fault)
    assert (row.code, row.detail) == (answer if remedy else None, "as the agency says")
    assert diagnosis.passed == (status is not Status.FAIL)
    assert [reading.id_number for reading in asked] == [invent(1).id_number]


def nobody_to_ask_about(reading: CardReading) -> Account:
    raise AssertionError("there is nobody to ask about")


def test_nobody_is_asked_about_a_card_that_keeps_its_holder(virtual: VirtualReader) -> None:
    virtual.insert(invent(1, ssc_version="3.00"))
    row = diagnose(times=1, account=nobody_to_ask_about).rows[-1]
    assert (row.status, row.code) == (Status.SKIP, "no_credential")


def test_nobody_is_asked_about_a_card_that_does_not_say_the_same_twice() -> None:
    class Misreading(ScriptedScard):
        def SCardConnect(self, context: int, reader: str, share: int, protocols: int, /):
            self.card = VirtualCard(invent(2 * self.calls.count("SCardConnect") + 1))
            return super().SCardConnect(context, reader, share, protocols)

    binding = Misreading()
    row = diagnose(times=2, account=nobody_to_ask_about, scard=binding).rows[-1]
    assert (row.status, row.code) == (Status.SKIP, "no_credential")


def test_without_a_configuration_the_account_row_says_what_it_needs(virtual: VirtualReader) -> None:
    virtual.insert(invent(1))
    row = diagnose(times=1).rows[-1]
    assert (row.status, row.code, row.remedy) == (Status.SKIP, "no_configuration", "give_configuration")


def test_every_answer_has_its_place_in_the_table() -> None:
    assert set(ACCOUNT) == set(AccountAnswer)


def words_of(diagnosis: Diagnosis) -> str:
    document = slip(diagnosis, at=AT, terminal="K07")
    assert document.paper == "80mm"
    assert isinstance(document.lines[-1], Cut)
    parts: list[str] = []
    for line in document.lines:
        if isinstance(line, Text):
            parts.append(line.text)
        elif isinstance(line, Columns):
            parts.append(f"{line.left} {line.right}")
    return "\n".join(parts)


@pytest.mark.clause("S1-H.5")
def test_a_slip_says_result_measures_and_remedy_in_both_languages(virtual: VirtualReader) -> None:
    virtual.insert(invent(1), "expired")
    words = words_of(diagnose(times=2))
    assert "终端 K07 2026-11-20 09:30" in words
    assert "结论：卡片" in words
    assert "Result: card" in words
    assert "卡已过有效期：请持卡人换卡" in words
    assert "the card has expired: its holder should renew it" in words
    assert "读卡次数 reads 2/2" in words
    assert "规范版本 version 2.00" in words
    assert "有效期至 valid until 2020-12-31" in words


def test_a_slip_without_a_card_says_where_it_ended(virtual: VirtualReader) -> None:
    virtual.kill_pcscd()
    words = words_of(diagnose())
    assert "结论：读卡服务" in words
    assert "systemctl start pcscd.socket" in words


def test_the_command_prints_a_slip_when_asked(virtual: VirtualReader, capsys: Printed) -> None:
    virtual.insert(invent(1))
    printed: list[Diagnosis] = []

    def print_slip(diagnosis: Diagnosis) -> str:
        printed.append(diagnosis)
        return ""

    assert diagnose_command(as_json=True, times=2, print_slip=print_slip) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["measured"]["reads"] == 2
    assert told["measured"]["error_percent"] == 0.0
    assert told["measured"]["expires_on"] == "2099-12-31"
    assert len(printed) == 1


def test_a_slip_that_did_not_come_out_is_a_failure(virtual: VirtualReader, capsys: Printed) -> None:
    virtual.insert(invent(1))
    assert diagnose_command(as_json=False, times=1, print_slip=lambda _: "PAPER_OUT") == 1
    printed = capsys.readouterr()
    assert printed.err == "slip: PAPER_OUT\n"
    assert "command_median_ms" in printed.out


@pytest.mark.parametrize("times", [0, 101])
def test_a_number_of_reads_that_makes_no_sense_is_bad_input(capsys: Printed, times: int) -> None:
    assert diagnose_command(as_json=True, times=times) == 2
    assert "--times" in capsys.readouterr().err


def test_a_slip_of_a_bad_card_names_the_card(virtual: VirtualReader) -> None:
    for profile in ("bank", "junk_atr", "wrong_check"):
        virtual.insert(invent(1), profile)
        diagnosis = diagnose(times=1)
        assert diagnosis.fault is Fault.CARD
        assert "结论：卡片" in words_of(diagnosis)
