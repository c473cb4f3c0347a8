"""Buttons, links, tiles and choices."""

from __future__ import annotations

from typing import Any

from kivy.properties import BooleanProperty, NumericProperty, OptionProperty, StringProperty

from kiosk.ui.widgets.basics import Ground, Icon, IconPlate, Words
from kiosk.ui.widgets.flex import Beside, Column, Spacer
from kiosk.ui.widgets.touch import Tap

_BUTTON_LOOKS = {
    # kind: ground, ground when pressed, ink, border
    "primary": ("accent", "press", "onaccent", ""),
    "secondary": ("sheet", "asoft", "ink", "edge"),
    "danger": ("sheet", "badsoft", "bad", "bad"),
    "quiet": ("sunk", "asoft", "ink", ""),
    "off": ("off", "off", "offink", ""),
}


class PressButton(Tap, Ground, Beside):
    """A button that says what will happen. One `primary` per screen.

    `icon` follows the words, `lead` stands before them. An off button shows its reason
    as its text; a busy one says what it is doing and cannot be pressed again.
    """

    text = StringProperty("")
    kind = OptionProperty("primary", options=[*_BUTTON_LOOKS])
    icon = StringProperty("")
    lead = StringProperty("")
    busy_text = StringProperty("")
    type = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pad", [20, 12, 20, 12])
        kwargs.setdefault("gap", 20)
        kwargs.setdefault("justify", "center")
        kwargs.setdefault("min_h", 128)
        kwargs.setdefault("radius", 28)
        super().__init__(**kwargs)
        self._lead = Icon(size_u=52, stroke=2)
        self._words = Words(bold=True, type="h2", line_height=1.25, align="center")
        self._icon = Icon(size_u=48, stroke=2.4)
        for box in (self._lead, self._words, self._icon):
            self.add_widget(box)
        for name in ("text", "kind", "icon", "lead", "busy_text", "type", "enabled"):
            self.fbind(name, self._dress)
        self._dress()

    @property
    def is_primary(self) -> bool:
        """Whether this is the screen's one filled button."""
        return bool(self.kind == "primary")

    def answers(self) -> bool:
        """A busy button does not act a second time."""
        return bool(self.enabled and not self.busy_text)

    def _look(self) -> tuple[str, str, str, str]:
        return _BUTTON_LOOKS["off" if not self.enabled and not self.busy_text else self.kind]

    def _dress(self, *_: Any) -> None:
        ground, pressed, ink, edge = self._look()
        self.role = pressed if self.pressed else ground
        self.border = 3 if edge else 0
        self.border_role = edge or "line"
        self._words.text = self.busy_text or self.text
        self._words.type = self.type or "h2"
        for box in (self._lead, self._words, self._icon):
            box.role = ink
        self._lead.name, self._lead.shown = self.lead, bool(self.lead)
        self._icon.name = self.icon
        self._icon.shown = bool(self.icon) and not self.busy_text

    def _show_press(self, *_: Any) -> None:
        look = self._look()
        self.role = look[1] if self.pressed else look[0]


class Link(Tap, Ground, Beside):
    """A way aside: icon, words, chevron. `plain` is white with a thin border."""

    text = StringProperty("")
    icon = StringProperty("")
    icon_u = NumericProperty(52)
    plain = BooleanProperty(False)
    chevron = BooleanProperty(True)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pad", [32, 12, 32, 12])
        kwargs.setdefault("gap", 20)
        kwargs.setdefault("min_h", 104)
        kwargs.setdefault("radius", 28)
        super().__init__(**kwargs)
        self._icon = Icon(size_u=52)
        self._words = Words(bold=True, grow=1, line_height=1.4)
        self._next = Icon(name="next", size_u=44, stroke=2.4)
        for box in (self._icon, self._words, self._next):
            self.add_widget(box)
        for name in ("text", "icon", "icon_u", "plain", "chevron"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        ink = "ink" if self.plain else "onsoft"
        self.border = 3 if self.plain else 0
        self._icon.name, self._icon.size_u, self._icon.shown = self.icon, self.icon_u, bool(self.icon)
        self._words.text = self.text
        self._next.shown = self.chevron
        for box in (self._icon, self._words, self._next):
            box.role = ink
        self._show_press()

    def _show_press(self, *_: Any) -> None:
        self.role = "line" if self.pressed else ("sheet" if self.plain else "asoft")


class Tile(Tap, Ground, Column):
    """A way into a journey. `hero` is the one that most people came for; `off` says why it is off."""

    text = StringProperty("")
    sub = StringProperty("")
    icon = StringProperty("")
    hero = BooleanProperty(False)
    off_reason = StringProperty("")
    """Set: the tile is off, and this is the reason in words."""
    text_type = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pad", [36, 32, 36, 32])
        kwargs.setdefault("justify", "between")
        super().__init__(**kwargs)
        self._plate = IconPlate(size_u=56)
        self._arrow = Icon(name="arrow", size_u=72, stroke=2.2)
        top = Beside()
        for box in (self._plate, Spacer(), self._arrow):
            top.add_widget(box)
        self._head = Words(bold=True, line_height=1.25)
        self._sub = Words(line_height=1.35)
        bottom = Column(gap=4)
        bottom.add_widget(self._head)
        bottom.add_widget(self._sub)
        self.add_widget(top)
        self.add_widget(bottom)
        for name in ("text", "sub", "icon", "hero", "off_reason", "text_type"):
            self.fbind(name, self._dress)
        self._dress()

    @property
    def is_primary(self) -> bool:
        """A hero tile is its screen's one filled target."""
        return bool(self.hero)

    def _dress(self, *_: Any) -> None:
        off = bool(self.off_reason)
        self.enabled = not off
        ink = "offink" if off else "onaccent" if self.hero else "ink"
        second = "offink" if off else "onaccent" if self.hero else "ink2"
        self._head.text, self._head.role = self.text, ink
        self._head.type = self.text_type or ("display" if self.hero else "h2")
        self._sub.text, self._sub.role = self.off_reason or self.sub, second
        self._sub.type, self._sub.bold = ("body" if self.hero else "small"), off
        self._plate.name = self.icon
        self._plate.ground = "sheet" if off else "onaccent" if self.hero else "asoft"
        self._plate.role = "offink" if off else "accent" if self.hero else "onsoft"
        side, radius, icon_u = (112, 34, 72) if self.hero else (92, 28, 56)
        self._plate.side, self._plate.radius, self._plate.size_u = side, radius, icon_u
        self._arrow.shown, self._arrow.role = self.hero, ink
        self.lifted = not off
        self._show_press()

    def _show_press(self, *_: Any) -> None:
        if self.off_reason:
            self.role = "off"
        elif self.hero:
            self.role = "press" if self.pressed else "accent"
        else:
            self.role = "asoft" if self.pressed else "sheet"


class SlimTile(Tap, Ground, Beside):
    """A tile of one line with a chevron."""

    text = StringProperty("")
    sub = StringProperty("")
    icon = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pad", [36, 24, 36, 24])
        kwargs.setdefault("gap", 28)
        kwargs.setdefault("lifted", True)
        super().__init__(**kwargs)
        self._plate = IconPlate(size_u=56)
        self._head = Words(bold=True, type="h2", line_height=1.25)
        self._sub = Words(type="small", role="ink2", line_height=1.35)
        texts = Column(gap=4, grow=1)
        texts.add_widget(self._head)
        texts.add_widget(self._sub)
        self.add_widget(self._plate)
        self.add_widget(texts)
        self.add_widget(Icon(name="next", size_u=44, stroke=2.4))
        for name in ("text", "sub", "icon"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self._head.text, self._sub.text, self._plate.name = self.text, self.sub, self.icon
        self._sub.shown = bool(self.sub)

    def _show_press(self, *_: Any) -> None:
        self.role = "asoft" if self.pressed else "sheet"


class TickBox(Ground, Beside):
    """The sign of a choice; the row around it is the target."""

    on = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(w=64, h=64, radius=18, justify="center", **kwargs)
        self._check = Icon(name="check", size_u=44, stroke=3.2, role="onaccent")
        self.add_widget(self._check)
        self.fbind("on", self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self._check.shown = self.on
        self.role = "accent" if self.on else "sheet"
        self.border, self.border_role = (0, "accent") if self.on else (5, "edge")
        self.renew()


class Choice(Tap, Ground, Beside):
    """One answer of a segmented choice."""

    text = StringProperty("")
    on = BooleanProperty(False)
    checked = BooleanProperty(False)
    """Shows a check when on: for decisions, not for filters."""
    value = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("pad", [12, 4, 12, 4])
        kwargs.setdefault("min_h", 88)
        super().__init__(radius=22, justify="center", gap=14, grow=1, **kwargs)
        self._check = Icon(name="check", size_u=40, stroke=2.8, role="onsoft")
        self._words = Words(align="center")
        self.add_widget(self._check)
        self.add_widget(self._words)
        for name in ("text", "on", "checked"):
            self.fbind(name, self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        self._words.text, self._words.bold = self.text, self.on
        self._words.role = "onsoft" if self.on else "ink"
        self._check.shown = self.on and self.checked
        self.border, self.border_role = (3, "accent") if self.on else (0, "line")
        self._show_press()
        self.renew()

    def _show_press(self, *_: Any) -> None:
        self.role = "asoft" if self.pressed else ("sheet" if self.on else "sunk")


class Segmented(Ground, Beside):
    """A row of choices, one on. `options` is a sequence of (value, words)."""

    __events__ = ("on_choose",)

    value = StringProperty("")
    checked = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(role="sunk", radius=28, pad=[8, 8, 8, 8], gap=12, **kwargs)
        self.fbind("value", self._mark)

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """The choices as (value, words)."""
        return tuple((choice.value, choice.text) for choice in self.boxes())

    @options.setter
    def options(self, options: tuple[tuple[str, str], ...]) -> None:
        if options == self.options:
            return
        self.clear_widgets()
        for value, text in options:
            choice = Choice(value=value, text=text, checked=self.checked)
            choice.bind(on_tap=lambda touched: self.dispatch("on_choose", touched.value))
            self.add_widget(choice)
        self._mark()

    def _mark(self, *_: Any) -> None:
        for choice in self.boxes():
            choice.on = choice.value == self.value

    def on_choose(self, value: str) -> None:
        """Default: nothing; the layout binds what the choice says."""
