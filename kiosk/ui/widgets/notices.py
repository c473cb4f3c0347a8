"""What is told beside the matter: chips, class marks, banners, the money strip, badges."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, OptionProperty, StringProperty

from kiosk.ui import theme
from kiosk.ui.widgets.basics import Amount, Ground, Icon, IconPlate, Words
from kiosk.ui.widgets.flex import Beside, Column

TONES = {
    "ok": ("oksoft", "ok"),
    "info": ("asoft", "onsoft"),
    "warn": ("warnsoft", "warn"),
    "bad": ("badsoft", "bad"),
    "neutral": ("sunk", "ink"),
    "acct": ("acctsoft", "ink"),
    "you": ("yousoft", "you"),
    "plain": ("sheet", "ink"),
}
"""Tone to ground and ink."""


def contrast_border() -> int:
    """In high contrast the soft grounds are black: a border in the ink's colour takes their place."""
    return 3 if theme.current().mode == "contrast" else 0


class Chip(Ground, Beside):
    """A word of status with its sign; colour never alone."""

    text = StringProperty("")
    icon = StringProperty("")
    tone = OptionProperty("neutral", options=[*TONES])
    type = ObjectProperty("small")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pad", [18, 6, 18, 6])
        kwargs.setdefault("radius", 16)
        super().__init__(gap=12, **kwargs)
        self._icon = Icon(size_u=32, stroke=2.4)
        self._words = Words(bold=True)
        self.add_widget(self._icon)
        self.add_widget(self._words)
        for name in ("text", "icon", "tone", "type"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self.role, ink = TONES[self.tone]
        self.border, self.border_role = contrast_border(), ink
        self._icon.name, self._icon.shown, self._icon.role = self.icon, bool(self.icon), ink
        self._words.text, self._words.type, self._words.role = self.text, self.type, ink


class Mark(Ground, Beside):
    """An outlined word: 甲类, 乙类, 自费, 先付. `own` is what the fund does not pay."""

    text = StringProperty("")
    own = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(pad=[15, 5, 15, 5], radius=12, border=3, justify="center", **kwargs)
        self._words = Words(type="small", bold=True)
        self.add_widget(self._words)
        self.fbind("text", self._dress)
        self.fbind("own", self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self._words.text = self.text
        self._words.role = self.border_role = "you" if self.own else "ink2"
        self.shown = bool(self.text)


class Banner(Ground, Beside):
    """A message of the house: never closable, never moves content after the screen is shown."""

    text = StringProperty("")
    sub = StringProperty("")
    icon = StringProperty("")
    tone = OptionProperty("neutral", options=[*TONES])
    icon_u = NumericProperty(52)
    text_type = ObjectProperty("body")
    sub_type = ObjectProperty("small")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pad", [32, 24, 32, 24])
        kwargs.setdefault("gap", 24)
        kwargs.setdefault("radius", 28)
        super().__init__(**kwargs)
        self._icon = Icon()
        self._head = Words(bold=True)
        self._sub = Words()
        texts = Column(grow=1)
        texts.add_widget(self._head)
        texts.add_widget(self._sub)
        self.add_widget(self._icon)
        self.add_widget(texts)
        for name in ("text", "sub", "icon", "tone", "icon_u", "text_type", "sub_type"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self.role, ink = TONES[self.tone]
        self.border, self.border_role = contrast_border(), ink
        self._icon.name, self._icon.size_u = self.icon, self.icon_u
        self._icon.shown = bool(self.icon)
        self._head.text, self._head.type, self._head.shown = self.text, self.text_type, bool(self.text)
        self._sub.text, self._sub.type, self._sub.shown = self.sub, self.sub_type, bool(self.sub)
        for box in (self._icon, self._head, self._sub):
            box.role = ink


class MoneyStrip(Ground, Beside):
    """Did money move? The same strip in the same place on every screen of trouble.

    ok: nothing was taken; info: not started; warn: being checked, with the amount;
    bad: the payment did not come about.
    """

    text = StringProperty("")
    sub = StringProperty("")
    icon = StringProperty("shield")
    tone = OptionProperty("ok", options=["ok", "info", "warn", "bad"])
    fen = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pad", [36, 24, 36, 24])
        super().__init__(gap=24, radius=28, **kwargs)
        self._icon = Icon(size_u=64)
        self._head = Words(type="h2", bold=True, line_height=1.3)
        self._sub = Words(line_height=1.35)
        self._amount = Amount(type="display")
        texts = Column(grow=1)
        texts.add_widget(self._head)
        texts.add_widget(self._sub)
        for box in (self._icon, texts, self._amount):
            self.add_widget(box)
        for name in ("text", "sub", "icon", "tone", "fen"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self.role, ink = TONES[self.tone]
        self.border, self.border_role = contrast_border(), ink
        self._icon.name = self.icon
        self._head.text, self._sub.text = self.text, self.sub
        self._sub.shown = bool(self.sub)
        self._amount.fen, self._amount.shown = self.fen, bool(self.fen)
        for box in (self._icon, self._head, self._sub, self._amount):
            box.role = ink


class Badge(IconPlate):
    """The large sign beside the title of a screen that is not as hoped, or done."""

    tone = OptionProperty("ok", options=[*TONES])
    repaints = (*IconPlate.repaints, "tone")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("side", 168)
        kwargs.setdefault("radius", 56)
        kwargs.setdefault("size_u", 104)
        kwargs.setdefault("stroke", 1.8)
        super().__init__(**kwargs)
        self.fbind("tone", self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self.ground, self.role = TONES[self.tone]
