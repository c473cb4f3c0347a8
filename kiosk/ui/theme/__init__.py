"""Colours, sizes and shapes by name, from the one token file `assets/theme/tokens.json`.

Widgets ask for a role ("you", "accent") or a size token ("h2"), never for a colour or a
number of pixels; so dark, high contrast, other panels and other dpi are a different
`Theme`, not different screens.
"""

from kiosk.ui.theme.tokens import Form, Mode, Rgba, Theme, current, use

__all__ = ["Form", "Mode", "Rgba", "Theme", "current", "use"]
