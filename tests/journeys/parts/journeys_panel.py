"""What stands before a patient, without a screen: views are collected, touches are told, devices are hands.

The journeys, the runner, the journal and the peers behind them are the real ones.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import zoneinfo
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from journeys_hands import HandReader, HandScanner, Tray, card_of
from settlement_hospital import Hospital
from settlement_terminal import Terminal as Till

from kiosk.domain.receipt import Issuer
from kiosk.journeys import texts
from kiosk.journeys.desk import Desk, Moved, Patience
from kiosk.journeys.devices import Devices
from kiosk.journeys.intents import Intent
from kiosk.journeys.lobby import Day
from kiosk.journeys.price import Prices, open_catalogue
from kiosk.journeys.terminal import Terminal
from kiosk.journeys.views import Attract, Bills, Header, Home, Pay, View, Who, WhoPays
from kiosk.settlement.runner import Attempt

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
SEEN_MAX_S = 120.0
T = TypeVar("T")


class _Going(dict[str, Any]):
    """The terminal's attempts on their way, each also kept for the test."""

    def __init__(self, kept: list[Attempt], taken_up: asyncio.Event) -> None:
        self._kept = kept
        self._taken_up = taken_up

    def __setitem__(self, name: str, going: Any) -> None:
        self._kept.append(going[0])
        self._taken_up.set()
        super().__setitem__(name, going)


class Panel:
    """One terminal with its patient."""

    def __init__(
        self,
        hospital: Hospital,
        till: Till,
        *,
        patience: Patience | None = None,
        catalogue: Path | None = None,
        printer: Any = None,
    ) -> None:
        self.hospital = hospital
        self.till = till
        self.views: list[View] = []
        self.reader = HandReader()
        self.scanner = HandScanner()
        self.tray = printer or Tray()
        self._new = asyncio.Event()
        self.desk = Desk(
            self._emit,
            Header("示例医院", "门诊一楼"),
            "zh",
            patience or Patience(60.0, 20.0),
            lambda: dt.datetime.now(ZONE),
        )
        self.terminal = Terminal(
            desk=self.desk,
            devices=Devices(self.reader, self.scanner),  # type: ignore[arg-type]
            bench=till.bench,
            issuer=issuer(),
            wording=texts.shipped(),
            zone=ZONE,
            now=lambda: dt.datetime.now(dt.UTC),
            prices=Prices(self.desk, open_catalogue(catalogue), catalogue),
            printer=self.tray,
            desk_window="4",
            finish_after_s=0.3,
        )
        self.attempts: list[Attempt] = []
        self.taken_up = asyncio.Event()
        self.terminal.going = _Going(self.attempts, self.taken_up)
        self.day = Day(self.terminal)
        self._task: asyncio.Task[None] | None = None

    def _emit(self, view: View) -> None:
        self.views.append(view)
        self._new.set()

    def open(self) -> None:
        """Begin to serve."""
        self.terminal.devices.start(asyncio.get_running_loop(), self.desk.post)
        self._task = asyncio.get_running_loop().create_task(self.day.serve())

    async def close(self) -> None:
        """Stop serving, and what is under way with it."""
        assert self._task is not None
        tasks = [self._task, *(task for _, task in self.terminal.going.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def now(self) -> View:
        """What is shown."""
        return self.views[-1]

    async def see(self, kind: type[T], like: Callable[[T], bool] = lambda _: True) -> T:
        """Wait until a screen of this kind is shown, now or next."""
        view = await self.see_view(lambda view: isinstance(view.content, kind) and like(view.content))
        assert isinstance(view.content, kind)
        return view.content

    async def see_view(self, like: Callable[[View], bool]) -> View:
        """Wait until what is shown is like this."""
        end_s = asyncio.get_running_loop().time() + SEEN_MAX_S
        while not (self.views and like(self.now)):
            assert self._task is not None
            assert not self._task.done(), f"the terminal has ended: {self._task}"
            self._new.clear()
            try:
                await asyncio.wait_for(self._new.wait(), end_s - asyncio.get_running_loop().time())
            except TimeoutError:
                raise AssertionError(f"not seen; shown were {self.kinds()}, now {self.now}") from None
        return self.now

    def touch(self, name: str, arg: str = "", *, view: int | None = None) -> None:
        """Touch what is shown now, or what a view showed before."""
        self.desk.post(Intent(name, arg, self.now.number if view is None else view))

    def nudge(self) -> None:
        """Something happens that means nothing."""
        self.desk.post(Moved(""))

    async def ended(self) -> None:
        """Every attempt has its outcome."""
        async with asyncio.timeout(SEEN_MAX_S):
            for attempt in self.attempts:
                if not attempt.stopped:
                    await attempt.ended.wait()

    async def see_more_attempts(self, count: int) -> None:
        """Wait until the terminal has taken up so many attempts, again ones included."""
        async with asyncio.timeout(SEEN_MAX_S):
            while len(self.attempts) < count:
                self.taken_up.clear()
                await self.taken_up.wait()

    async def failed(self) -> Any:
        """Wait until the terminal ends by fault: the fault."""
        assert self._task is not None
        done, _ = await asyncio.wait([self._task], timeout=SEEN_MAX_S)
        assert done, "it serves on"
        return self._task.exception()

    def kinds(self) -> list[str]:
        """The kinds of screens that were shown, each once in a row."""
        names = [type(view.content).__name__ for view in self.views]
        return [name for n, name in enumerate(names) if n == 0 or names[n - 1] != name]


def issuer() -> Issuer:
    """Who hands out the papers."""
    return Issuer(
        hospital="示例医院",
        hospital_en="Example Hospital",
        institution_code="H99010000001",
        site="990100",
        terminal="K01",
        place="门诊一楼",
        help_phone="000-00000001",
        complaint_phone="000-00000002",
        price_phone="000-00000003",
    )


async def identified(panel: Panel, person_id: str) -> None:
    """The patient puts in their card and says "that is me"."""
    await panel.see(Attract)
    panel.reader.insert(card_of(person_id))
    await panel.see(Who)
    panel.touch("yes")


async def at_the_split(panel: Panel, person_id: str) -> WhoPays:
    """On to who pays what."""
    await identified(panel, person_id)
    await panel.see(Bills, lambda view: not view.busy)
    panel.touch("next")
    return await panel.see(WhoPays, lambda view: not view.busy)


async def at_the_code(panel: Panel, person_id: str) -> Pay:
    """On to the code that the phone pays."""
    await at_the_split(panel, person_id)
    panel.touch("pay")
    return await panel.see(Pay)


async def home_again(panel: Panel) -> None:
    """The card is out and the next patient may come; nothing is left of this one."""
    if panel.terminal.devices.card_in:
        panel.reader.remove()
    await panel.see_view(lambda view: isinstance(view.content, Attract | Home))
    if isinstance(panel.now.content, Home):
        panel.touch("back")
        await panel.see(Attract)
    await panel.ended()
    assert all(attempt.live is None for attempt in panel.attempts)
    assert not panel.scanner.looking
