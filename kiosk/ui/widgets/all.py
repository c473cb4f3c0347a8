"""Importing this makes every widget known to kv files.

What the first screen needs is imported; the rest is when a layout first names it.
"""

from kivy.factory import Factory

from kiosk.ui.widgets import basics, box, buttons, flex, frame, journey, notices, touch

LATER = {
    "camera": ("CameraWindow",),
    "codes": ("CountdownRing", "QrCard"),
    "keys": ("Field", "LetterKeys"),
    "lists": ("FactRow", "Row", "TapRow"),
    "nextstep": ("NextStep",),
    "split": ("LegendRow", "SplitBar", "Swatch"),
}
"""Module to widgets."""

for _module, _names in LATER.items():
    for _name in _names:
        Factory.register(_name, module=f"kiosk.ui.widgets.{_module}")

__all__ = ["basics", "box", "buttons", "flex", "frame", "journey", "notices", "touch"]
