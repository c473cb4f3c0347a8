"""The frame that all screens share, and how a screen is loaded and told what to show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from kivy.lang import Builder
from kivy.properties import NumericProperty, ObjectProperty, VariableListProperty
from kivy.uix.widget import Widget

from kiosk.journeys.intents import Intent
from kiosk.journeys.views import View
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets import all as _all_widgets  # noqa: F401 - kv files name them
from kiosk.ui.widgets.box import Box
from kiosk.ui.widgets.flex import Beside, Column, Root
from kiosk.ui.widgets.frame import Actions, Dock, Header
from kiosk.ui.widgets.journey import Stepper

Tell: TypeAlias = Callable[[Intent], None]
Clock: TypeAlias = Callable[[], dt.datetime]

STOPS = ("step.id", "step.bill", "step.split", "step.pay", "step.done")


def local_now() -> dt.datetime:
    """The wall clock of this machine."""
    return dt.datetime.now().astimezone()


def load_kv(module_file: str) -> None:
    """Load the `screen.kv` beside a `screen.py`."""
    Builder.load_file(str(Path(module_file).with_name("screen.kv")))


class Page(Root):
    """A portrait screen: header, the line with stops, content, actions, dock.

    Widgets that the kv rule adds go into the content, an `Actions` into its own place.
    `view` is the content of the last `View`; setting it brings every binding up to date.
    """

    MOCKUP: ClassVar[str] = ""
    """The picture that this screen has to stand beside."""
    DOCK_HERE: ClassVar[str] = ""
    """The dock's place that this screen is, if any."""

    view = ObjectProperty(None, rebind=True)
    """`rebind`, because a view is a plain value: without it `root.view.name` would never follow."""
    main_gap = NumericProperty(24)
    main_pad = VariableListProperty([48, 0, 48, 0])

    def __init__(self, view: View, tell: Tell, clock: Clock | None = None, **kwargs: Any) -> None:
        self._tell = tell
        self._clock = clock or local_now
        self.number = view.number
        self.seen_at = view.seen_at
        self.stop = view.stop
        self._framed = False
        self.main = Column(pad=[48, 0, 48, 0], gap=24, grow=1)
        self._actions: Actions | None = None
        super().__init__(view=view.content, **kwargs)
        self.header = self._make_header()
        self.stepper = Stepper(names=tuple(tr(key) for key in STOPS))
        self.dock = self._make_dock()
        self.dock.bind(on_place=lambda _, name: self.tell(name))
        self._framed = True
        self._frame()
        self.fbind("main_gap", self._fit_main)
        self.fbind("main_pad", self._fit_main)
        self._fit_main()
        self.show(view)

    def _make_header(self) -> Header:
        return Header()

    def _make_dock(self) -> Dock:
        return Dock(here=self.DOCK_HERE)

    def _frame(self) -> None:
        for box in (self.header, self.stepper, self.main, self._actions, self.dock):
            if box is not None:
                super().add_widget(box)

    def _fit_main(self, *_: Any) -> None:
        self.main.gap, self.main.pad = self.main_gap, self.main_pad

    def add_widget(self, widget: Widget, *args: Any, **kwargs: Any) -> None:
        if self._framed:
            super().add_widget(widget, *args, **kwargs)
        elif isinstance(widget, Actions):
            self._actions = widget
        else:
            self.main.add_widget(widget)

    def show(self, view: View) -> None:
        """Bring the screen up to date with a newer view of the same kind."""
        self.number = view.number
        self.seen_at = view.seen_at
        self.stop = view.stop
        self.view = view.content
        self.header.hospital, self.header.place_name = view.header.hospital, view.header.place
        self.stepper.shown = view.stop > 0
        self.stepper.now = view.stop
        self.dock.places = view.dock

    def age_s(self) -> float:
        """Seconds since the view was made: a screen in another language goes on counting, not anew."""
        if self.seen_at is None:
            return 0.0
        return max(0.0, (self._clock() - self.seen_at).total_seconds())

    def set_clock(self, now: dt.datetime) -> None:
        """The wall-clock time in the header. On a new day the word "today" means another one."""
        before, self.header.now = self.header.now, now
        if before is None or before.date() != now.date():
            self.property("view").dispatch(self)

    def now(self) -> dt.datetime | None:
        """The time in the header, once it is known."""
        now: dt.datetime | None = self.header.now if self._framed else None
        return now

    def tell(self, name: str, arg: str = "") -> None:
        """Say what was touched, and on which view."""
        self._tell(Intent(name, arg, self.number))

    def on_shown(self) -> None:
        """Called when the screen comes before the patient."""

    def on_hidden(self) -> None:
        """Called when it goes: stop what moves."""


class OfPage(Box):
    """A part of a layout that two forms of a screen share; `page.view` in its rules follows newer views."""

    page = ObjectProperty(None, allownone=True, rebind=True)


class LandscapePage(Page):
    """A landscape screen of the lobby: the dock is a rail on the left, the rest beside it."""

    def _make_header(self) -> Header:
        return Header(h=120, note=tr("price.noid"))

    def _make_dock(self) -> Dock:
        return Dock(rail=True, here=self.DOCK_HERE)

    def _frame(self) -> None:
        column = Column(grow=1)
        for box in (self.header, self.main, self._actions):
            if box is not None:
                column.add_widget(box)
        row = Beside(grow=1, align="stretch")
        row.add_widget(self.dock)
        row.add_widget(column)
        super().add_widget(row)
