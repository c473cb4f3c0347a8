"""Keys on glass: letters in alphabet order, because few elderly people know QWERTY."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.properties import BooleanProperty, NumericProperty, StringProperty

from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.basics import Ground, Icon, Words
from kiosk.ui.widgets.flex import Beside, Column, Spacer
from kiosk.ui.widgets.touch import Tap

CARET_S = 0.5
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Key(Tap, Ground, Beside):
    """One key. Acts on release; no guard, for a double letter is meant."""

    value = StringProperty("")
    is_key = True

    def __init__(self, text: str = "", icon: str = "", function: bool = False, **kwargs: Any) -> None:
        super().__init__(
            role="sunk" if function else "sheet",
            radius=20,
            lifted=True,
            justify="center",
            grow=1,
            guard_s=0,
            **kwargs,
        )
        self._function = function
        if icon:
            self.add_widget(Icon(name=icon, size_u=52))
        else:
            self.add_widget(Words(text=text, bold=True, type="small" if function else "h2"))

    def _show_press(self, *_: Any) -> None:
        self.role = "asoft" if self.pressed else "sunk" if self._function else "sheet"
        self.lifted = not self.pressed


class LetterKeys(Column):
    """A to Z, clear and delete. Dispatches `on_key` with a letter, "clear" or "del"."""

    __events__ = ("on_key",)

    columns = NumericProperty(7)
    key_h = NumericProperty(100)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(gap=12, **kwargs)
        self.fbind("key_h", self._size)
        keys = [Key(letter, value=letter) for letter in LETTERS]
        keys.append(Key(tr("key.clear"), value="clear", function=True))
        keys.append(Key(icon="del", value="del", function=True))
        for start in range(0, len(keys), int(self.columns)):
            row = Beside(gap=12, align="stretch", h=self.key_h)
            for key in keys[start : start + int(self.columns)]:
                key.bind(on_tap=lambda touched: self.dispatch("on_key", touched.value))
                row.add_widget(key)
            self.add_widget(row)

    def _size(self, *_: Any) -> None:
        for row in self.children:
            row.h = self.key_h

    def on_key(self, value: str) -> None:
        """Default: nothing; the layout tells it."""


class Caret(Ground):
    """The blinking bar after what was typed."""

    blinking = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(w=5, h=64, radius=2, role="accent", **kwargs)
        self._visible = True
        self._clock = Clock.create_trigger(self._blink, CARET_S, interval=True)
        self.fbind("blinking", self._set)

    def _set(self, *_: Any) -> None:
        if self.blinking:
            self._clock()
        else:
            self._clock.cancel()
            self._visible = True

    def _blink(self, *_: Any) -> None:
        if self.get_root_window() is not None:
            self._visible = not self._visible
            self.repaint()

    def paint(self) -> None:
        if self._visible:
            super().paint()
        else:
            self.canvas.before.clear()


class _PageKey(Tap, Ground, Beside):
    def __init__(self, icon: str, **kwargs: Any) -> None:
        super().__init__(w=88, h=88, radius=20, role="sunk", justify="center", **kwargs)
        self._icon = Icon(name=icon, size_u=44, stroke=2.4)
        self.add_widget(self._icon)
        self.fbind("enabled", self._show_press)

    def _show_press(self, *_: Any) -> None:
        self.role = "asoft" if self.pressed else "sunk" if self.enabled else "off"
        self._icon.role = "ink" if self.enabled else "offink"


class Pager(Beside):
    """Two keys that turn the pages of a list. Dispatches `on_page` with previous or next."""

    __events__ = ("on_page",)

    first = NumericProperty(0)
    rows = NumericProperty(1)
    found = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(gap=12, **kwargs)
        self._previous, self._next = _PageKey("back"), _PageKey("next")
        self._previous.bind(on_tap=lambda _: self.dispatch("on_page", "previous"))
        self._next.bind(on_tap=lambda _: self.dispatch("on_page", "next"))
        self.add_widget(self._previous)
        self.add_widget(self._next)
        for name in ("first", "rows", "found"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self.shown = self.found > self.rows
        self._previous.enabled = self.first > 0
        self._next.enabled = self.first + self.rows < self.found

    def on_page(self, way: str) -> None:
        """Default: nothing; the layout tells it."""


class Field(Ground, Beside):
    """What is being typed. No text input of the toolkit: the keys of the screen are the only ones."""

    text = StringProperty("")
    note = StringProperty("")
    icon = StringProperty("search")
    blinking = BooleanProperty(False)
    first = NumericProperty(0)
    rows = NumericProperty(1)
    found = NumericProperty(0)
    """Which of the found rows are shown; with more than one page, two keys turn them."""

    __events__ = ("on_turn",)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("h", 128)
        super().__init__(
            role="sheet", border=4, border_role="accent", radius=28, pad=[32, 0, 20, 0], gap=24, **kwargs
        )
        self._icon = Icon(size_u=60)
        self._words = Words(type="h1", bold=True)
        self._caret = Caret()
        self._note = Words(type="small", role="ink2")
        self._pager = Pager()
        self._pager.bind(on_page=lambda _, way: self.dispatch("on_turn", way))
        for box in (self._icon, self._words, self._caret, Spacer(), self._note, self._pager):
            self.add_widget(box)
        for name in ("text", "note", "icon", "blinking", "first", "rows", "found"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self._icon.name, self._words.text, self._note.text = self.icon, self.text, self.note
        self._words.shown = bool(self.text)
        self._caret.blinking = self.blinking
        self._pager.first, self._pager.rows, self._pager.found = self.first, self.rows, self.found

    def on_turn(self, way: str) -> None:
        """Default: nothing; the layout tells it."""
