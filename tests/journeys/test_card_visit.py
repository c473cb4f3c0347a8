"""A visit with a card, from the first screen to the last."""

from __future__ import annotations

import pytest
from journeys_hands import card_of

from kiosk.journeys.views import Attract, Bills, Finished, Pay, Who, WhoPays


@pytest.mark.clause("S1-A.4a", "S1-K.1")
async def test_a_card_visit_goes_from_the_card_to_the_receipt(hospital, panel, phone, till):
    first, second = hospital.bills_of_one_visit("zhang")
    await panel.see(Attract)
    panel.reader.insert(card_of("zhang"))
    who = await panel.see(Who)
    assert who.name == "张*国"
    panel.touch("yes")
    bills = await panel.see(Bills)
    assert [row.bill_id for row in bills.rows if row.chosen] == [first.bill_id, second.bill_id]
    panel.touch("next")
    split = await panel.see(WhoPays, lambda view: not view.busy)
    assert (split.total_fen, split.fund_fen, split.account_fen, split.cash_fen) == (8640, 4200, 3000, 1440)
    panel.touch("pay")
    code = await panel.see(Pay)
    assert code.cash_fen == 1440
    assert code.code_text.startswith("http://127.0.0.1")
    assert phone.pay()
    done = await panel.see(Finished)
    assert (done.cash_fen, done.papers, done.card_in) == (1440, 2, True)
    panel.reader.remove()
    await panel.see(Attract)
    await panel.ended()
    assert hospital.sums()["his total"] == 8640
    assert till.agrees_with(hospital)
    assert panel.attempts[0].live is None
