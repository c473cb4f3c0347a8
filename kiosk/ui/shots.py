"""`kiosk ui shots`: every screen as a picture, with the sample views."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiosk.ui.stage import Stage
from kiosk.ui.theme.tokens import DESIGN_WIDTH, Form, Mode

LANGUAGES = ("zh", "en")
MODES: tuple[Mode, ...] = ("light", "dark", "contrast")
ROLES = ("self_service", "price_inquiry")

PORTRAIT = (1080, 1920)
LANDSCAPE = (1280, 800)
"""Panels that the roles are drawn on."""

_stage: Stage | None = None


def stage() -> Stage:
    """The one stage of this process."""
    global _stage
    if _stage is None:
        _stage = Stage()
    return _stage


class StillFrame:
    """A camera that sees one picture: a hand with a phone."""

    def __init__(self) -> None:
        self._given = False

    def newest(self) -> NDArray[np.uint8] | None:
        """The picture, as a camera sees it: not mirrored. Once: nothing is newer."""
        if self._given:
            return None
        self._given = True
        from kiosk.ui import theme
        from kiosk.ui.theme import drawings

        frame: NDArray[np.uint8] = drawings.picture("hand", 936, 684, theme.current())[:, ::-1, :3]
        return np.ascontiguousarray(frame)


def mounted(role: str, language: str, mode: Mode, panel: tuple[int, int] | None = None) -> Iterator[Any]:
    """Each screen of a role on the stage, one after the other, as (name, page).

    The caller looks at it (pixels, widgets) before asking for the next.
    """
    on = stage()
    from kiosk.ui import samples, theme
    from kiosk.ui.screens import registry
    from kiosk.ui.text import i18n
    from kiosk.ui.theme import tokens

    landscape = role == "price_inquiry"
    form: Form = "lobby" if landscape else "kiosk"
    width, height = panel or (LANDSCAPE if landscape else PORTRAIT)
    before = i18n.language()
    i18n.use(language)
    theme.use(tokens.make(mode, form, width))
    try:
        for name, view in samples.samples(language, role).items():
            page = registry.build(view, lambda _: None, landscape, clock=lambda: samples.NOW)
            if hasattr(page, "preview"):
                page.preview = StillFrame()
            page.set_clock(samples.NOW)
            on.mount(page, width, height)
            page.on_shown()
            on.settle()
            yield name, page
            page.on_hidden()
        if not landscape:
            yield from _idle(on, language, width, height)
    finally:
        on.clear()
        i18n.use(before)
        theme.use(tokens.make("light", "kiosk", DESIGN_WIDTH["kiosk"]))


def _idle(on: Stage, language: str, width: int, height: int) -> Iterator[Any]:
    """The dialog above the bills, with 18 of 20 seconds left."""
    from dataclasses import replace

    from kiosk.ui import samples
    from kiosk.ui.screens import registry
    from kiosk.ui.screens.idle.screen import IdleDialog

    view = samples.samples(language)["06_open_bills"]
    page = registry.build(view, lambda _: None, clock=lambda: samples.NOW)
    page.set_clock(samples.NOW)
    on.mount(page, width, height)
    dialog = IdleDialog(replace(view, idle_left_s=20), lambda _: None)
    dialog.stop()
    dialog.fit(width, height)
    on.add(dialog)
    dialog.left_s = 18
    on.settle()
    yield "15_idle", dialog


def shots_command(
    out: Path,
    role: str | None = None,
    lang: str | None = None,
    mode: str | None = None,
    as_json: bool = False,
) -> int:
    """Render every screen to `out/<role>_<language>_<mode>/<name>.png`; exit 0 done, 2 bad usage.

    Without a role, language or mode: both roles, both languages, the light theme.
    """
    roles = (role,) if role else ROLES
    languages = (lang,) if lang else LANGUAGES
    wanted = mode or "light"
    if role not in (None, *ROLES) or lang not in (None, *LANGUAGES) or wanted not in MODES:
        print(
            f"kiosk ui shots: --role {'|'.join(ROLES)} --lang {'|'.join(LANGUAGES)} --mode {'|'.join(MODES)}"
        )
        return 2
    written: list[str] = []
    for one_role in roles:
        for language in languages:
            folder = Path(out) / f"{one_role}_{language}_{wanted}"
            for name, _ in mounted(one_role, language, wanted):
                path = folder / f"{name}.png"
                stage().save(path)
                written.append(str(path))
    print(json.dumps({"shots": written}) if as_json else "\n".join(written))
    return 0
