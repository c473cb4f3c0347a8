"""The thread `core`: one asyncio loop that owns journeys, runner, journal and the wires to the peers.

Between it and the screen go only frozen values: views out, intents in. It
starts from one configuration and one set of devices, and ends when asked to.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import zoneinfo
from collections.abc import Callable
from contextlib import AsyncExitStack

from kiosk.build import make_prices, make_terminal, prune, utc_now
from kiosk.config import KioskConfig
from kiosk.journeys.desk import Desk, Patience
from kiosk.journeys.devices import CodeScanner
from kiosk.journeys.intents import Intent
from kiosk.journeys.lobby import Day
from kiosk.journeys.price import lobby
from kiosk.journeys.views import Header, View
from kiosk.service import ServiceManager

log = logging.getLogger(__name__)

STOP_WAIT_MAX_S = 5.0
READY_LOOK_S = 0.5


class Core:
    """The terminal without its screen. `start` returns at once; `failed` hears if it ends by fault.

    `screen_lives` says whether the screen's thread has turned since it was last asked; `manager` hears of it.
    """

    def __init__(
        self,
        config: KioskConfig,
        emit: Callable[[View], None],
        *,
        scanner: CodeScanner | None,
        failed: Callable[[BaseException], None],
        screen_lives: Callable[[], bool] = lambda: True,
        manager: ServiceManager | None = None,
    ) -> None:
        self._config = config
        self._emit = emit
        self._scanner = scanner
        self._failed = failed
        self._screen_lives = screen_lives
        self._manager = manager or ServiceManager({})
        self._loop: asyncio.AbstractEventLoop | None = None
        self._serving: asyncio.Task[None] | None = None
        self._desk: Desk | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="core", daemon=True)

    def start(self) -> None:
        """Begin. The first view follows."""
        self._thread.start()

    def tell(self, intent: Intent) -> None:
        """A touch, from any thread."""
        loop, desk = self._loop, self._desk
        if loop is not None and desk is not None and not loop.is_closed():
            loop.call_soon_threadsafe(desk.post, intent)

    def stop(self) -> None:
        """End the journeys, close journal and wires. What is open goes on at the next start."""
        loop, serving = self._loop, self._serving
        if loop is not None and serving is not None and not loop.is_closed():
            loop.call_soon_threadsafe(serving.cancel)
        self._thread.join(STOP_WAIT_MAX_S)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except asyncio.CancelledError:
            pass
        except BaseException as exc:
            log.exception("the core has ended")
            self._failed(exc)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._serving = asyncio.current_task()
        beating = asyncio.create_task(self._beat()) if self._manager.listens else None
        try:
            async with AsyncExitStack() as stack:
                await self._serve(stack)
        finally:
            if beating is not None:
                beating.cancel()

    async def _beat(self) -> None:
        """Ready when the screen draws; alive while both threads turn: this one asks, the screen answers."""
        is_ready = False
        while not is_ready or self._manager.beat_s is not None:
            lives = self._screen_lives()
            if lives and not is_ready:
                self._manager.ready()
                is_ready = True
            elif lives:
                self._manager.alive()
            await asyncio.sleep((is_ready and self._manager.beat_s) or READY_LOOK_S)

    async def _serve(self, stack: AsyncExitStack) -> None:
        config = self._config
        zone = zoneinfo.ZoneInfo(config.terminal.time_zone)
        self._desk = Desk(
            self._emit,
            Header(config.terminal.hospital, config.terminal.place),
            config.terminal.language,
            Patience(config.screen.idle_after_s, config.screen.idle_warn_s),
            lambda: utc_now().astimezone(zone),
        )
        prices = make_prices(config, self._desk)
        if config.terminal.role == "price_inquiry":
            await lobby(prices)
        terminal = make_terminal(config, prices, self._scanner, zone, stack)
        terminal.devices.start(asyncio.get_running_loop(), self._desk.post)
        stack.callback(terminal.devices.close)
        await Day(terminal, lambda: prune(terminal.bench.journal, config)).serve()
