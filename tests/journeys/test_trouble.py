"""Peers away, a disk that is full, a question of prices with nothing else working: said, and served on."""

from __future__ import annotations

import pytest
from journeys_hands import card_of
from journeys_panel import Panel, at_the_code, at_the_split, home_again, identified

from hw.printer.port import Fault, PrinterFault, PrinterUnknown
from kiosk.catalogue.build import approve, import_files
from kiosk.journal import Journal, JournalBroken, JournalFull
from kiosk.journeys import lobby
from kiosk.journeys.desk import Patience
from kiosk.journeys.views import (
    Attract,
    BeingChecked,
    Bills,
    DeviceTrouble,
    Finished,
    Home,
    NetworkDown,
    NotPossible,
    Pay,
    PriceItem,
    PriceSearch,
    Who,
    WhoPays,
)

PRICES = """#as_of: 2026-11-20
#complaint: 000-8800
code,kind,name,spec,unit,class,price_fen,preself_ratio
X1,medicine,阿司匹林肠溶片,100 毫克,盒,甲,420,0
X2,medicine,阿莫西林胶囊,0.25 克,盒,甲,980,0
"""


@pytest.mark.clause("S1-O.4", "S1-A.5d")
async def test_a_hospital_that_is_down_is_said_before_anybody_is_asked_who_they_are(hospital, panel):
    hospital.his.set_health("down")
    await panel.see(Attract)
    panel.touch("start")
    await panel.see(Home)
    panel.touch("settle")
    assert (await panel.see(NetworkDown)).code == "FB-02"
    assert not panel.scanner.looking
    hospital.his.set_health("ok")
    panel.touch("finish")
    await panel.see_view(lambda view: isinstance(view.content, Home | Attract))


async def test_an_agency_that_does_not_sign_in_is_said_and_asked_again_at_the_next_visit(hospital, till):
    hospital.plan("9001", "lost_before", times=2)
    panel = Panel(hospital, till)
    panel.open()
    await panel.see(Attract)
    panel.touch("start")
    await panel.see(Home)
    panel.touch("settle")
    assert (await panel.see(NetworkDown)).code == "FB-01"
    panel.touch("finish")
    await home_again(panel)
    await identified(panel, "zhang")
    await panel.see(Bills)
    await panel.close()


@pytest.mark.clause("S3-6.3.1", "S2-I.3")
async def test_prices_are_told_without_any_peer(hospital, till, tmp_path):
    source, database = tmp_path / "prices.csv", tmp_path / "prices.db"
    source.write_text(PRICES, encoding="utf-8")
    import_files([source], database, "one")
    approve(database, "two")
    hospital.his.set_health("down")
    panel = Panel(hospital, till, catalogue=database)
    panel.open()
    await panel.see(Attract)
    panel.touch("price")
    await panel.see(PriceSearch)
    for letter in "AS":
        panel.touch("key", letter)
    hits = await panel.see(PriceSearch, lambda view: view.typed == "AS")
    panel.touch("item", hits.rows[0].code)
    assert (await panel.see(PriceItem)).row.price_fen == hits.rows[0].price_fen
    panel.touch("again")
    await panel.see(PriceSearch)
    panel.touch("home")
    await panel.see(Attract)
    await panel.close()


async def test_without_a_price_list_the_counter_is_named(panel):
    await panel.see(Attract)
    panel.touch("price")
    assert (await panel.see(NotPossible)).code == "CT-01"


@pytest.fixture
def disk(monkeypatch):
    """A journal that can be made to refuse every commit."""

    class Disk:
        error: type[Exception] | None = None

    def append_many(self, items):
        if Disk.error is not None:
            raise Disk.error(self.path, "no space left on device")
        return write(self, items)

    write = Journal.append_many
    monkeypatch.setattr(Journal, "append_many", append_many)
    return Disk


async def test_a_full_journal_takes_no_payments_and_serves_on(hospital, panel, disk, till):
    hospital.bill_of("zhang")
    await identified(panel, "zhang")
    await panel.see(Bills, lambda view: not view.busy)
    disk.error = JournalFull
    panel.touch("next")
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == ("JR-01", "M0")
    panel.touch("finish")
    await home_again(panel)
    panel.reader.insert(_card())
    told = await panel.see(NotPossible)
    assert told.code == "JR-01", "already who somebody is could not be asked"
    panel.touch("finish")
    await home_again(panel)
    assert hospital.received("lease") == 0
    disk.error = None
    panel.reader.insert(_card())
    panel.touch("yes")
    assert not any(hospital.sums().values())


def _card():
    from journeys_hands import card_of

    return card_of("zhang")


async def test_a_journal_that_fills_while_money_moves_tells_what_is_true_and_goes_on_with_room(
    hospital, panel, phone, disk, till, monkeypatch
):
    monkeypatch.setattr(lobby, "KEEP_AGAIN_S", 0.2)
    hospital.bill_of("zhang")
    await at_the_code(panel, "zhang")
    disk.error = JournalFull
    assert phone.pay()
    checked = await panel.see(BeingChecked)
    assert checked.phrase == "M1b", "the payment is not in the journal, so nobody can say it is proven"
    panel.touch("finish")
    await panel.see(Attract)
    assert panel.attempts[0].live is None
    disk.error = None
    await panel.see_more_attempts(2)
    await home_again(panel)
    assert hospital.wallet.sums()["net_fen"] == 0
    assert hospital.received("2207") == 0
    assert till.agrees_with(hospital)


async def test_a_journal_that_fills_before_money_tells_that_nothing_was_taken(hospital, panel, disk):
    hospital.bill_of("zhang")
    await at_the_split(panel, "zhang")
    disk.error = JournalFull
    panel.touch("pay")
    told = await panel.see(NotPossible)
    assert (told.code, told.phrase) == ("JR-01", "M0")
    panel.touch("finish")
    await panel.see(Attract)


async def test_a_broken_disk_ends_the_process_so_that_the_next_start_finds_out(
    hospital, till, disk, monkeypatch, phone
):
    monkeypatch.setattr(lobby, "KEEP_AGAIN_S", 0.05)
    panel = Panel(hospital, till, patience=Patience(60, 20))
    panel.open()
    hospital.bill_of("zhang")
    await at_the_split(panel, "zhang")
    panel.touch("pay")
    await panel.see(Pay)
    disk.error = JournalBroken
    assert phone.pay()
    assert {type(error) for error in (await panel.failed()).exceptions} == {JournalBroken}
    disk.error = None
    await panel.close()


async def test_a_print_that_cannot_be_journalled_undoes_nothing(hospital, panel, disk, till):
    hospital.bill_of("chen")
    await at_the_split(panel, "chen")
    write = panel.tray.print

    def full_from_here(document, copy=0):
        disk.error = JournalFull
        return write(document, copy)

    panel.tray.print = full_from_here
    panel.touch("pay")
    assert (await panel.see(Finished)).papers == 2
    disk.error = None
    await home_again(panel)
    assert till.agrees_with(hospital)


async def test_a_slow_agency_keeps_the_screen_alive(hospital, panel):
    hospital.bill_of("zhang")
    hospital.plan("2206", "delay_s", seconds=60)
    await identified(panel, "zhang")
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("next")
    await panel.see(Bills, lambda view: view.busy)
    panel.touch("language")
    await panel.see_view(lambda view: view.language == "en")
    await hospital.faults["agency"].wait_handled("2206", 1)
    hospital.faults["agency"].release()
    await panel.see(WhoPays)


async def test_a_printer_without_paper_is_said_before_anybody_is_asked_who_they_are(hospital, panel, till):
    hospital.bill_of("zhang")
    panel.tray.condition = PrinterFault((Fault.PAPER_OUT,))
    await panel.see(Attract)
    panel.reader.insert(card_of("zhang"))
    told = await panel.see(DeviceTrouble)
    assert (told.device, told.code) == ("printer", "PR-13")
    panel.touch("go_on")
    await panel.see(Who)
    assert [entry.data["codes"] for entry in till.journal.entries(kind="device.trouble")] == [["PAPER_OUT"]]


async def test_a_patient_who_wants_paper_goes_to_the_next_terminal_with_nothing_begun(hospital, panel, till):
    panel.tray.condition = PrinterFault((Fault.PAPER_OUT,))
    await panel.see(Attract)
    panel.touch("start")
    await panel.see(Home)
    panel.touch("settle")
    await panel.see(DeviceTrouble)
    panel.touch("other")
    await home_again(panel)
    assert list(till.journal.entries(kind="settlement.started")) == []


async def test_a_printer_that_does_not_answer_holds_nobody_up(hospital, panel):
    panel.tray.condition = PrinterUnknown()
    await identified(panel, "zhang")
    await panel.see(Bills)
