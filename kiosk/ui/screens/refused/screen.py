"""14: it cannot be done here. What happened, did money move, what is still possible, a code for staff.

The text of the code may itself say what became of the money; that sentence is taken out of
the lead, because the money strip below says it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from kiosk.journeys.views import NotPossible
from kiosk.ui.screens.base import LandscapePage, Page, load_kv
from kiosk.ui.text import i18n
from kiosk.ui.text.i18n import tr

_HEADS = {
    "ref.head": ("SE-01", "EN", "AC", "GT", "ST", "AM", "MW", "FB-01"),
    "ref.head.pay": ("PY",),
    "ref.head.id": ("ID", "PX", "CD", "QR"),
    "ref.head.elsewhere": ("LK",),
    "ref.head.undone": ("SE", "CS", "NT"),
}
"""Titles by code or by group of codes; a whole code comes before its group."""
_AGAIN = frozenset({"SE-02", "SE-05", "LK-03", "PY-02", "PY-03", "PY-05", "PY-07", "NT-01", "NT-03"})
"""Where doing it once more is the sensible next step."""
_GAP = "…"


@dataclass(frozen=True, slots=True)
class Strip:
    """What the money strip says."""

    tone: str
    icon: str
    text: str
    sub: str


class _Filled(dict[str, str]):
    """Places of a text that this view cannot fill are left visibly open."""

    def __missing__(self, key: str) -> str:
        return _GAP


def lead(view: NotPossible) -> str:
    """The code's own text without its sentence about money."""
    key = f"code.{view.code}"
    text = tr(key if i18n.has(key) else "ref.unknown")
    text = text.format_map(_Filled(code=view.code))
    if view.phrase:
        text = re.sub("还?" + re.escape(tr(f"phrase.{view.phrase}")), "", text)
    if i18n.language() != "zh":
        return " ".join(text.split())
    return "。\n".join(text.strip().split("。")).strip()  # a sentence a line


def head(view: NotPossible) -> str:
    """The title, by who said no."""
    group = view.code.partition("-")[0]
    for wanted in (view.code, group):
        for key, codes in _HEADS.items():
            if wanted in codes:
                return tr(key)
    return tr("ref.head.other")


def strip(view: NotPossible) -> Strip | None:
    """Did money move? None where the phrase says nothing about it."""
    match view.phrase:
        case "":
            return None
        case "M0":
            return Strip("ok", "shield", tr("money.none"), tr("money.none.sub"))
        case "M3":
            return Strip("ok", "refund", _plain("M3"), tr("money.back.sub"))
        case "M1" | "M1b":
            return Strip("warn", "lock", _plain(view.phrase), tr("money.check.sub"))
        case phrase:
            return Strip("info", "info", _plain(phrase), "")


def _plain(phrase: str) -> str:
    return tr(f"phrase.{phrase}").rstrip("。.")


class _Refused:
    """What both layouts say."""

    MOCKUP: ClassVar[str] = "14_refused"
    stop: int

    def head(self, view: NotPossible) -> str:
        """For the layout: see `head`."""
        return head(view)

    def lead(self, view: NotPossible) -> str:
        """For the layout: see `lead`."""
        return lead(view)

    def strip(self, view: NotPossible) -> Strip:
        """For the layout: see `strip`."""
        return strip(view) or Strip("ok", "shield", "", "")

    def second(self, view: NotPossible) -> tuple[str, str, str]:
        """The second thing that can be done: icon, words, and a line below."""
        if view.code in _AGAIN:
            key, icon = "ref.again", "refresh"
        elif self.stop <= 1:
            key, icon = "ref.try", "refresh"
        else:
            key, icon = "ref.2", "clock"
        return icon, tr(key), tr(f"{key}.s" if key != "ref.2" else "ref.2s")


class RefusedPage(_Refused, Page):
    """Never a dead end: the window, another time, or another way."""


class RefusedPageLandscape(_Refused, LandscapePage):
    """The lobby's terminal moves no money: what happened, and the way back."""


load_kv(__file__)
