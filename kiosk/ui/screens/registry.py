"""Which screen shows which view. Screens are imported when they are first needed."""

from __future__ import annotations

import importlib
from typing import Any

from kiosk.journeys import views
from kiosk.ui.screens.base import Page, Tell

_FOLDERS: dict[type, tuple[str, str]] = {
    views.Attract: ("attract", "AttractPage"),
    views.Home: ("home", "HomePage"),
    views.Identify: ("identify", "IdentifyPage"),
    views.Who: ("is_this_you", "IsThisYouPage"),
    views.Bills: ("open_bills", "OpenBillsPage"),
    views.WhoPays: ("who_pays", "WhoPaysPage"),
    views.WhyLine: ("why_line", "WhyLinePage"),
    views.Pay: ("pay_qr", "PayQrPage"),
    views.PayByCode: ("pay_by_code", "PayByCodePage"),
    views.Settling: ("settling", "SettlingPage"),
    views.Finished: ("done", "DonePage"),
    views.WrongCode: ("wrong_code", "WrongCodePage"),
    views.CardNeedsCode: ("card_needs_code", "CardNeedsCodePage"),
    views.BankCard: ("bank_card", "BankCardPage"),
    views.Consent: ("consent", "ConsentPage"),
    views.BeingChecked: ("unknown", "UnknownPage"),
    views.NotPossible: ("refused", "RefusedPage"),
    views.NetworkDown: ("network_down", "NetworkDownPage"),
    views.DeviceTrouble: ("device_trouble", "DeviceTroublePage"),
    views.StaffWindow: ("staff_window", "StaffWindowPage"),
    views.PriceSearch: ("price_search", "PriceSearchPage"),
    views.PriceItem: ("price_item", "PriceItemPage"),
    views.RefundOffer: ("refund", "RefundPage"),
    views.NothingToRefund: ("nothing_to_refund", "NothingToRefundPage"),
}


def kinds() -> tuple[type, ...]:
    """Every kind of view that has a screen."""
    return tuple(_FOLDERS)


def page_class(kind: type, landscape: bool = False) -> type[Page]:
    """The screen of a kind of view. Raises KeyError for a view that has none."""
    folder, name = _FOLDERS[kind]
    module = importlib.import_module(f"kiosk.ui.screens.{folder}.screen")
    if landscape and hasattr(module, f"{name}Landscape"):
        name = f"{name}Landscape"
    found: type[Page] = getattr(module, name)
    return found


def build(view: views.View, tell: Tell, landscape: bool = False, **kwargs: Any) -> Page:
    """A new screen that shows `view`."""
    return page_class(type(view.content), landscape)(view, tell, **kwargs)
