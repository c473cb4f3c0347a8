"""The token file as one value, scaled to the panel.

Everything in a layout is given in design units: pixels of the drawn panel (1080 wide
portrait, 1920 wide in the lobby). `Theme.px` turns units into whole pixels of the real one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from kiosk import assets

Mode = Literal["light", "dark", "contrast"]
Form = Literal["kiosk", "lobby", "tablet"]
Payer = Literal["fund", "acct", "you", "hosp", "into"]
"""Who pays. `into` is no payer: it is what enters the shared sum, on the explanation of one line."""
Rgba: TypeAlias = tuple[float, float, float, float]

DESIGN_WIDTH: Mapping[Form, int] = {"kiosk": 1080, "lobby": 1920, "tablet": 1280}
"""Width in design units of the panel that each form was drawn for: portrait kiosk and
landscape lobby terminal of 21.5 inch, bedside tablet of 10.1."""
_SIZES_OF: Mapping[Form, str] = {"kiosk": "kiosk", "lobby": "kiosk", "tablet": "tablet"}
"""The lobby terminal is read at a kiosk's distance, with a kiosk's sizes."""


@lru_cache(maxsize=1)
def _tokens() -> dict[str, Any]:
    text = assets.path("theme", "tokens.json").read_text(encoding="utf-8")
    tokens: dict[str, Any] = json.loads(text)
    return tokens


def _rgba(hex_colour: str) -> Rgba:
    """`#RRGGBB` or `#RRGGBBAA` to four floats from 0 to 1."""
    parts = [int(hex_colour[i : i + 2], 16) / 255 for i in range(1, len(hex_colour), 2)]
    red, green, blue = parts[:3]
    return (red, green, blue, parts[3] if len(parts) == 4 else 1.0)


@dataclass(frozen=True, slots=True)
class Theme:
    """One look on one panel.

    `scale` is panel pixels per design unit; `px_per_mm` is the panel's real density and
    is used by the audit, which judges targets in millimetres.
    """

    mode: Mode
    form: Form
    scale: float
    px_per_mm: float
    colours: Mapping[str, Rgba]
    type_units: Mapping[str, int]

    def colour(self, role: str) -> Rgba:
        """RGBA of a role. An unknown role is an error in the layout (KeyError)."""
        return self.colours[role]

    def px(self, units: float) -> int:
        """Design units to whole pixels of this panel."""
        return round(units * self.scale)

    def type_px(self, size: str | float) -> int:
        """Pixels of a type token ("h1") or of a size in design units."""
        units = self.type_units[size] if isinstance(size, str) else size
        return max(1, round(units * self.scale))


def make(mode: Mode, form: Form, panel_width_px: int, px_per_mm: float | None = None) -> Theme:
    """Build the theme of a panel.

    `px_per_mm` defaults to the density of the drawn panel scaled with its width, that is
    to the same physical size.
    """
    tokens = _tokens()
    scale = panel_width_px / DESIGN_WIDTH[form]
    return Theme(
        mode=mode,
        form=form,
        scale=scale,
        px_per_mm=px_per_mm or tokens["px_per_mm"][_SIZES_OF[form]] * scale,
        colours={name: _rgba(value) for name, value in tokens["colour"][mode].items()},
        type_units=tokens["type_px"][_SIZES_OF[form]],
    )


_current: Theme | None = None


def use(theme: Theme) -> None:
    """Make `theme` the one that widgets draw with from now on."""
    global _current
    _current = theme


def current() -> Theme:
    """The theme in use; the portrait kiosk in light colours until told otherwise."""
    global _current
    if _current is None:
        _current = make("light", "kiosk", DESIGN_WIDTH["kiosk"])
    return _current
