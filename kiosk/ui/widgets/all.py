"""Importing this registers every widget with Kivy's factory, so that kv files can name them."""

from kiosk.ui.widgets import (
    basics,
    box,
    buttons,
    camera,
    codes,
    frame,
    journey,
    keys,
    lists,
    nextstep,
    notices,
    split,
    touch,
)

__all__ = [
    "basics",
    "box",
    "buttons",
    "camera",
    "codes",
    "frame",
    "journey",
    "keys",
    "lists",
    "nextstep",
    "notices",
    "split",
    "touch",
]
