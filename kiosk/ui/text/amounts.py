"""Shares and times in the words a neighbour would use."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation

from kiosk.ui.text import i18n
from kiosk.ui.text.i18n import tr

_TENTHS = "零一二三四五六七八九"


def share_words(percent: str) -> str:
    """A share for the public: `60` is 六成 and `85` 八成五 in Chinese, `60 %` in English.

    Anything that is no whole number of twentieths keeps its percent sign.
    """
    try:
        value = Decimal(percent)
    except InvalidOperation:
        return percent
    plain = f"{value.normalize():f}"
    if i18n.language() != "zh":
        return f"{plain} %"
    tenths, rest = divmod(value, 10)
    if 0 < value < 100 and tenths >= 1 and rest in (0, 5):
        return tr("share.tenths", n=_TENTHS[int(tenths)]) + ("五" if rest else "")
    return f"{plain}%"


def percent_words(percent: str) -> str:
    """The exact share: `10%`, `10 %`."""
    return f"{percent}%" if i18n.language() == "zh" else f"{percent} %"


def rest_percent(percent: str) -> str:
    """What is left of a hundred."""
    return f"{(Decimal(100) - Decimal(percent)).normalize():f}"


def when_words(at: dt.datetime, now: dt.datetime | None) -> str:
    """`今天 9:40`, or the date where it was not today."""
    time = f"{at.hour}:{at.minute:02d}"
    if now is not None and at.date() == now.date():
        return tr("when.today", time=time)
    return tr("when.day", month=tr(f"month.{at.month}"), day=at.day, time=time)


def time_words(text: str) -> str:
    """The time of day of an ISO instant; anything else as it came."""
    try:
        return f"{dt.datetime.fromisoformat(text):%H:%M:%S}"
    except ValueError:
        return text


def date_words(text: str) -> str:
    """`1 月 1 日` of an ISO date; anything else as it came."""
    try:
        day = dt.date.fromisoformat(text[:10])
    except ValueError:
        return text
    return tr("date.day", month=tr(f"month.{day.month}"), number=day.month, day=day.day, year=day.year)


def as_of_words(text: str, now: dt.datetime | None) -> str:
    """`今天 06:00` or the date, of an ISO instant or date."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) <= 10:
        return date_words(text)
    if now is not None and at.date() == now.date():
        return tr("when.today", time=f"{at:%H:%M}")
    return date_words(text)
