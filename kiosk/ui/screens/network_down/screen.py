"""16: the link is down. What still works is large, what does not says so."""

from __future__ import annotations

from kiosk.journeys.views import NetworkDown
from kiosk.ui.screens.base import Page, load_kv
from kiosk.ui.text.i18n import tr

HOSPITAL_DOWN = "FB-02"


class NetworkDownPage(Page):
    """Insurance or the hospital's own system does not answer; prices are on this machine."""

    MOCKUP = "16_network_down"
    DOCK_HERE = "home"

    def head(self, view: NetworkDown) -> str:
        """Which link it is."""
        return tr("net.head.his" if view.code == HOSPITAL_DOWN else "net.head")

    def sub(self, view: NetworkDown) -> str:
        """Since when, and what to do."""
        return tr("net.sub.his" if view.code == HOSPITAL_DOWN else "net.sub", since=view.since)


load_kv(__file__)
