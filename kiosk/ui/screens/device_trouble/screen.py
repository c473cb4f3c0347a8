"""17: a device is out of work. Payment is not affected; what else there is."""

from __future__ import annotations

from kiosk.journeys.views import DeviceTrouble
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.i18n import tr

_GROUPS = {"printer": "nopaper", "card_reader": "noreader", "camera": "nocamera", "identity": "noidentity"}
_ICONS = {"printer": "print", "card_reader": "card", "camera": "cam", "identity": "cam"}


class DeviceTroublePage(Page):
    """Known before money moves: the patient chooses to go on or to use another terminal."""

    MOCKUP = "17_out_of_paper"

    def words(self, view: DeviceTrouble, key: str) -> str:
        """A text for the device that is out."""
        return tr(f"{_GROUPS[view.device]}.{key}", time=view.told_at)

    def icon(self, view: DeviceTrouble) -> str:
        """The device's sign."""
        return _ICONS[view.device]

    def goes_on(self, view: DeviceTrouble) -> bool:
        """Whether anything can still be done here."""
        return view.device != "identity"


load_kv(__file__)
