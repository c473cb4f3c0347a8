"""The words of a scenario: screens by the names of their pictures, and what can be said of each."""

from __future__ import annotations

import dataclasses
from typing import Any

from kiosk.journeys import views

SCREENS: dict[str, type[Any]] = {
    "01 attract": views.Attract,
    "02 home": views.Home,
    "03 identify": views.Identify,
    "03b wrong code": views.WrongCode,
    "04a card needs code": views.CardNeedsCode,
    "04b bank card": views.BankCard,
    "05 is this you": views.Who,
    "06 open bills": views.Bills,
    "07 who pays": views.WhoPays,
    "08 why line": views.WhyLine,
    "09 consent": views.Consent,
    "10 pay": views.Pay,
    "11 settling": views.Settling,
    "12 done": views.Finished,
    "13 being checked": views.BeingChecked,
    "14 refused": views.NotPossible,
    "16 network down": views.NetworkDown,
    "17 device trouble": views.DeviceTrouble,
    "18 price search": views.PriceSearch,
    "19 price item": views.PriceItem,
    "26 refund": views.RefundOffer,
    "26 nothing to refund": views.NothingToRefund,
}

AMOUNTS = {
    "total": "total_fen",
    "fund": "fund_fen",
    "account": "account_fen",
    "family": "family_fen",
    "hospital": "hospital_fen",
    "you": "cash_fen",
    "amount": "amount_fen",
    "balance": "balance_fen",
    "chosen": "chosen_fen",
    "returned": "returned_fen",
}
"""A word and an amount in yuan: `you 14.40`."""

COUNTS = {"papers": "papers", "found": "found", "lines": "chosen_lines"}
"""A word and a number: `papers 2`."""

FLAGS = {"reference": "reference", "card": "card", "camera": "camera", "printed": "printed"}
"""One word for something that is there: `reference`."""

TEXTS = {"typed": "typed"}
"""A word and a text: `typed AMXL`."""

PHRASES = ("M0", "M1", "M1b", "M2", "M3")

PEERS = {
    "his": frozenset({"lease", "begin", "commit", "cancel", "refund_begin", "refund_commit"}),
    "wallet": frozenset({"create", "query", "close", "refund"}),
}
"""Operations whose answers can be lost, by peer; the agency's are numbers."""

PAPERS = {
    "statement": "Statement",
    "list": "ItemisedList",
    "slip": "BeingChecked",
    "refund slip": "RefundSlip",
}
"""Papers as the journal names them."""

OUTCOMES = {
    "settled": ("settlement.ended", "settled"),
    "not settled": ("settlement.ended", "not_settled"),
    "refunded": ("undo.ended", "settled"),
}
"""How an attempt can end: the kind of its last entry, and the outcome in it."""


def shows(screen: str, attribute: str) -> bool:
    """Whether the view behind a screen has such a value."""
    return attribute in {field.name for field in dataclasses.fields(SCREENS[screen])}


def screen_name(kind: type[Any]) -> str:
    """The name of a view's screen, as scenarios say it."""
    return next((name for name, one in SCREENS.items() if one is kind), kind.__name__)
