"""The window in which patients see their own phone before the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from kivy.properties import BooleanProperty, OptionProperty, StringProperty

from kiosk.ui import theme
from kiosk.ui.theme import textures
from kiosk.ui.widgets import paint
from kiosk.ui.widgets.box import Box, Size
from kiosk.ui.widgets.flex import Layers
from kiosk.ui.widgets.notices import Chip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PREVIEW_FPS_MAX = 15
CORNER = 28
BRACKET = 64
BRACKET_HALF_W = 210
BRACKET_TOP = 284
BRACKET_BOTTOM = 174


class Preview(Protocol):
    """Where frames come from: the camera's process, by shared memory."""

    def newest(self) -> NDArray[np.uint8] | None:
        """The newest frame, RGB rows (height, width, 3) from the top; None when there is none newer."""


class _Glass(Box):
    """The picture itself. One texture is reused for all frames: a new one per frame would pile up."""

    mirrored = BooleanProperty(True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._texture: Texture | None = None

    def natural(self, room_px: int) -> Size:
        return room_px, 0

    def put(self, frame: NDArray[np.uint8]) -> None:
        """Show a frame."""
        height, width = frame.shape[:2]
        if self._texture is None or self._texture.size != (width, height):
            self._texture = Texture.create(size=(width, height), colorfmt="rgb")
            self._texture.blit_buffer(frame.tobytes(), colorfmt="rgb", bufferfmt="ubyte")
            self.repaint()
        else:
            self._texture.blit_buffer(frame.tobytes(), colorfmt="rgb", bufferfmt="ubyte")
            self.canvas.ask_update()
            self.damaged()

    def drop(self) -> None:
        """Forget the last frame: it may show a code or a face."""
        self._texture = None
        self.repaint()

    def paint(self) -> None:
        look = theme.current()
        self.canvas.before.clear()
        with self.canvas.before:
            paint.fill(self.x, self.y, self.width, self.height, look.px(CORNER), "cam")
            if self._texture is not None:
                Color(1, 1, 1, 1)
                Rectangle(texture=self._texture, pos=self.pos, size=self.size, tex_coords=self._cover())
                _round_off(self)

    def _cover(self) -> tuple[float, ...]:
        """Texture coordinates that fill the box: cropped evenly, mirrored, first row on top."""
        assert self._texture is not None
        wide = self.width / self.height
        have = self._texture.width / self._texture.height
        cut_x = max(0.0, (1 - wide / have) / 2)
        cut_y = max(0.0, (1 - have / wide) / 2)
        left, right = (1 - cut_x, cut_x) if self.mirrored else (cut_x, 1 - cut_x)
        top, bottom = cut_y, 1 - cut_y  # rows were sent from the top: row 0 has coordinate 0
        return (left, bottom, right, bottom, right, top, left, top)


def _round_off(box: Box) -> None:
    """Round the corners of a picture by painting the sheet's colour over them."""
    from kivy.graphics import BorderImage

    radius = theme.current().px(CORNER)
    paint.colour("sheet")
    BorderImage(texture=textures.corners(radius), border=[radius + 1] * 4, pos=box.pos, size=box.size)


class _Brackets(Box):
    """Four corners where the code should be."""

    role = StringProperty("onCam")
    repaints = ("role",)

    def paint(self) -> None:
        px = theme.current().px
        half_w, above, below, leg = px(BRACKET_HALF_W), px(BRACKET_TOP), px(BRACKET_BOTTOM), px(BRACKET)
        margin = px(8)
        width, height = 2 * (half_w + margin), above + below + 2 * margin
        texture = textures.brackets(width, height, margin, leg, px(10))
        x = int(self.center_x) - width // 2
        y = int(self.center_y) - below - margin
        self.canvas.before.clear()
        with self.canvas.before:
            paint.image(texture, x, y, self.role)


class _HintPlace(Box):
    """The hint over the lower edge, never over the code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.chip = Chip(pad=[28, 10, 28, 10], radius=22, type="body")
        self.add_widget(self.chip)

    def arrange(self) -> None:
        width, height = self.chip.size_in(int(self.width))
        x = int(self.center_x) - width // 2
        self.chip.place(x, int(self.y) + theme.current().px(24) + height, width, height)


class CameraWindow(Layers):
    """Preview at no more than 15 frames a second, only while it is before the patient.

    `state`: searching (white corners), seen (a hint and white corners), read (corners in
    accent), wrong (a hint that this is another kind of code).
    """

    hint = StringProperty("")
    state = OptionProperty("searching", options=["searching", "seen", "read", "wrong"])

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("h", 684)
        super().__init__(**kwargs)
        self.preview: Preview | None = None
        self._glass = _Glass()
        self._brackets = _Brackets()
        self._hint = _HintPlace()
        for box in (self._glass, self._brackets, self._hint):
            self.add_widget(box)
        self._clock = Clock.create_trigger(self._take, 1 / PREVIEW_FPS_MAX, interval=True)
        self.fbind("hint", self._dress)
        self.fbind("state", self._dress)
        self._dress()

    def _dress(self, *_: Any) -> None:
        chip = self._hint.chip
        chip.text, chip.shown = self.hint, bool(self.hint)
        chip.tone = "warn" if self.state == "wrong" else "plain"
        chip.icon = "alert" if self.state == "wrong" else "check"
        self._brackets.role = "accent" if self.state == "read" else "onCam"

    def start(self, preview: Preview | None) -> None:
        """Show frames from now on."""
        self.preview = preview
        self._take()
        self._clock()

    def stop(self) -> None:
        """No more frames, and the last one is forgotten."""
        self._clock.cancel()
        self.preview = None
        self._glass.drop()

    def _take(self, *_: Any) -> None:
        frame = self.preview.newest() if self.preview else None
        if frame is not None:
            self._glass.put(frame)
