"""03b: the code that was shown is another kind. The camera goes on looking."""

from __future__ import annotations

from kiosk.journeys.views import WrongCode
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.i18n import tr
from kiosk.ui.widgets.camera import Preview

_PAY_CODES = frozenset({"wechat_pay", "alipay", "unionpay", "other_payment"})


class WrongCodePage(Page):
    """Says what kind of code it was and how to get at the right one. Blames nobody."""

    MOCKUP = "03b_wrong_code"
    preview: Preview | None = None

    def group(self, view: WrongCode) -> str:
        """pay, expired or other."""
        if view.kind in _PAY_CODES:
            return "pay"
        return "expired" if view.kind == "expired" else "other"

    def words(self, view: WrongCode, key: str) -> str:
        """head, sub or hint of this kind of code."""
        own = {"head": "wrong.head", "sub": "wrong.sub", "hint": "scan.wrong"}
        group = self.group(view)
        return tr(own[key] if group == "pay" else f"wrong.{group}.{key}")

    def on_shown(self) -> None:
        """The camera window lives only while it is seen."""
        self.ids.camera.start(self.preview)

    def on_hidden(self) -> None:
        """The last frame is forgotten with the screen."""
        self.ids.camera.stop()


load_kv(__file__)
