"""Each code a peer may use becomes one of ours, with a money phrase that is true before any payment."""

from __future__ import annotations

import pytest

from hw.card import failure as card
from hw.printer import port as printer
from hw.scanner import port as scanner
from hw.scanner.classify import CodeKind
from kiosk.domain import messages
from kiosk.domain.messages import GENERAL, Message, Peer, classify, given_back, not_printed
from kiosk.journeys.texts import shipped

TABLES = {
    Peer.HOSPITAL: messages.HOSPITAL,
    Peer.AGENCY: messages.AGENCY,
    Peer.GATEWAY: messages.GATEWAY,
    Peer.CARD: messages.CARD,
    Peer.SCANNER: messages.SCANNER,
    Peer.PRINTER: messages.PRINTER,
}
ALL = [(peer, code) for peer, table in TABLES.items() for code in table]


@pytest.mark.parametrize(("peer", "code"), ALL, ids=lambda value: str(value))
def test_what_a_peers_code_becomes_is_in_the_table_and_agrees_with_its_money_phrase(peer, code):
    told = classify(peer, code)
    row = shipped().codes[told.code]
    assert not row.phrases or told.phrase in row.phrases


@pytest.mark.parametrize(("peer", "code"), ALL, ids=lambda value: str(value))
def test_what_is_told_leaves_nothing_to_fill_but_the_code_itself(peer, code):
    text = shipped().codes[classify(peer, code).code].text
    assert "{" not in text.fill(code="SE-01").zh


@pytest.mark.parametrize("peer", list(Peer))
def test_a_code_nobody_expected_becomes_the_peers_general_one(peer):
    assert classify(peer, "surprise").code == GENERAL[peer]
    assert GENERAL[peer] in shipped().codes


def test_an_unexpected_refusal_of_the_agency_is_told_with_no_money_taken():
    assert classify(Peer.AGENCY, "-99") == Message("SE-01", "M0")


def test_every_failure_of_the_card_room_has_a_text():
    assert {code.value for code in card.Code} <= set(messages.CARD)


def test_every_failure_and_every_wrong_kind_of_code_of_the_scanner_has_a_text():
    told = set(messages.SCANNER)
    assert {failure.value for failure in scanner.Failure} <= told
    assert {kind.value for kind in CodeKind} - {"insurance"} <= told


def test_every_fault_of_a_printer_has_a_text():
    assert {fault.value for fault in printer.Fault} <= set(messages.PRINTER)


@pytest.mark.clause("S3-8.1.9")
def test_a_bill_somebody_else_is_paying_is_never_called_untouched():
    assert classify(Peer.HOSPITAL, "BILL_UNKNOWN_ATTEMPT") == Message("LK-02", "M1b")
    assert classify(Peer.HOSPITAL, "BILL_SETTLED") == Message("LK-04", "M2")
    assert classify(Peer.HOSPITAL, "BILL_LEASED") == Message("LK-01", "M0")


@pytest.mark.parametrize("code", ["SE-01", "SE-02", "AM-01", "FB-01", "GT-04"])
def test_after_a_payment_no_text_says_that_nothing_was_taken(code):
    told = given_back(code)
    row = shipped().codes[told.code]
    assert told.phrase == "M3"
    assert "没有扣款" not in row.text.zh
    assert "原路退回" in row.text.zh


@pytest.mark.parametrize("failure", ["PAPER_OUT", "CUTTER_JAMMED", "OFFLINE", ""])
def test_a_print_that_failed_never_shakes_the_settlement(failure):
    told = not_printed(failure)
    assert told.phrase == "M2"
    assert "没有扣款" not in shipped().codes[told.code].text.zh


def test_no_peer_table_changes_while_the_program_runs():
    before = {peer: dict(table) for peer, table in TABLES.items()}
    for peer in Peer:
        classify(peer, "surprise")
    assert before == TABLES
