"""`kiosk run`: the terminal. The UI on the main thread, the core on its own, a camera in a child process."""

from __future__ import annotations

import logging
import signal
import sys
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from hw.scanner.port import source_for
from hw.scanner.process import Scanner
from kiosk.build import utc_now
from kiosk.config import CameraSection, KioskConfig
from kiosk.core import Core
from kiosk.logs import log_to_stdout
from kiosk.service import ServiceManager
from kiosk.settings import SettingsError, load
from kiosk.ui.app import run_ui
from kiosk.ui.config import WindowPlan
from kiosk.ui.inbox import ViewInbox

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)


def run_command(config_path: Path, started: Callable[[Core], None] | None = None) -> int:
    """Run until the window is closed or a signal comes. 0 ended, 1 failed, 2 the configuration is refused."""
    log_to_stdout()
    try:
        config = load(config_path, KioskConfig)
        return _run(config, started)
    except SettingsError as exc:
        print(f"kiosk: error: {exc}", file=sys.stderr)
        return 2


def _run(config: KioskConfig, started: Callable[[Core], None] | None) -> int:
    zone = zoneinfo.ZoneInfo(config.terminal.time_zone)
    inbox = ViewInbox()
    failures: list[BaseException] = []

    def failed(exc: BaseException) -> None:
        failures.append(exc)
        inbox.close()

    scanner = _scanner(config.camera) if config.terminal.role != "price_inquiry" else None
    core = Core(
        config,
        inbox.put,
        scanner=scanner,
        failed=failed,
        screen_lives=inbox.is_drawing,
        manager=ServiceManager(),
    )
    _end_on_signal(inbox)
    core.start()
    if started is not None:
        started(core)
    try:
        run_ui(
            inbox,
            core.tell,
            role=config.terminal.role,
            language=config.terminal.language,
            plan=WindowPlan(
                width_px=config.screen.width_px,
                height_px=config.screen.height_px,
                fullscreen=config.screen.fullscreen,
            ),
            preview=_Frames(scanner) if scanner is not None else None,
            clock=lambda: utc_now().astimezone(zone),
        )
    finally:
        core.stop()
    if failures and isinstance(failures[0], SettingsError):
        raise failures[0]
    return 1 if failures else 0


def _scanner(section: CameraSection) -> Scanner | None:
    path = section.device or section.video
    if not section.enabled or path is None:
        return None
    try:
        return Scanner(source_for(str(path)))
    except ValueError as exc:
        raise SettingsError(f"[camera] device: {exc}") from exc


class _Frames:
    """The scanner's preview as the screen takes it: newest picture, or nothing newer."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._seen = 0

    def newest(self) -> NDArray[np.uint8] | None:
        """RGB rows from the top; None when there is none newer."""
        import numpy as np

        picture = self._scanner.preview(self._seen)
        if picture is None:
            return None
        self._seen = picture.sequence
        return np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3)


def _end_on_signal(inbox: ViewInbox) -> None:
    def end(_: int, __: FrameType | None) -> None:
        inbox.close()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
