"""The terminal's day: recover what was open, then one patient after the other."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable

from hw.printer.port import PrinterFault, PrinterOk
from hw.printer.queue import QueueError
from kiosk.domain.messages import Message
from kiosk.domain.outcome import Done, Refused, Unknown
from kiosk.hospital.port import Health
from kiosk.journal import JournalBroken, JournalFull
from kiosk.journeys import price, printing, trouble
from kiosk.journeys.desk import CardIn, Leave
from kiosk.journeys.identify import Identified, identify
from kiosk.journeys.intents import Intent
from kiosk.journeys.notice import read_notice
from kiosk.journeys.refund import refund
from kiosk.journeys.settle import settle_bills
from kiosk.journeys.settled import checked_slip, is_unknown
from kiosk.journeys.terminal import Terminal
from kiosk.journeys.views import Attract, Dock, Home, NetworkDown
from kiosk.settlement import runner

log = logging.getLogger(__name__)

RECOVERY_HOLD_MAX_S = 20.0
"""How long open attempts may hold up the first patient; they go on after it all the same."""

KEEP_AGAIN_S = 30.0

_BARE = Dock(back=False, home=False)
_AT_HOME = Dock(back=True)


def _leave_it() -> None:
    """Nothing to tidy up."""


class Day:
    """One terminal in service. `serve` ends only by cancellation.

    `tidy` is called once a day, with nobody there: the journal lets go of what the hospital has.
    """

    def __init__(self, terminal: Terminal, tidy: Callable[[], None] = _leave_it) -> None:
        self._t = terminal
        self._tidy = tidy
        self._tidied_on: dt.date | None = None
        self._signed_in_on: dt.date | None = None

    async def serve(self) -> None:
        """Recover, then serve. Raises when the journal has to be opened anew: the next start goes on."""
        await self._take_up()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep())
            while True:
                self._tidy_once_a_day()
                await self._one_patient()

    async def _sign_in(self) -> None:
        """9001, once per business day; without it the agency answers nothing else."""
        today = self._t.local_now().date()
        if self._signed_in_on == today:
            return
        outcome = await self._t.bench.ports.insurance.sign_in(self._t.bench.msgids.take_for("9001"))
        match outcome:
            case Done():
                self._signed_in_on = today
            case Refused(code=code, peer_text=text):
                log.error("sign-in refused: %s %s", code, text)
            case Unknown(why=why):
                log.warning("sign-in unanswered: %s", why)

    async def _take_up(self) -> None:
        """The start: signed in, and what an earlier process left open on its way."""
        try:
            await self._sign_in()
        except JournalFull as exc:
            log.error("not signed in: %s", exc)
        await self._recover()
        await self._slips_of_a_power_cut()

    async def _slips_of_a_power_cut(self) -> None:
        """A slip that may not have come out, for an outcome that is still not known; the rest is given up."""
        t = self._t
        if t.papers is None or t.printer is None:
            return
        for job in printing.left_over(t.papers):
            attempt = t.going[job.settlement][0] if job.settlement in t.going else None
            if attempt is None or not is_unknown(attempt):
                printing.give_up(t.papers, job)
                continue
            compose = t.composer(checked_slip(t, attempt, ""))
            try:
                await asyncio.to_thread(t.papers.print, job.number, t.printer, compose)
            except QueueError as exc:
                log.error("the slip of %s stays unprinted: %s", job.settlement[:8], exc)

    async def _keep(self) -> None:
        """Stay signed in, and take up again what a full disk has cut short. Raises JournalBroken."""
        t = self._t
        while True:
            await asyncio.sleep(KEEP_AGAIN_S)
            broken = next((e for e in t.stopped.values() if isinstance(e, JournalBroken)), None)
            if broken is not None:
                raise broken
            try:
                await self._sign_in()
            except JournalFull as exc:
                log.error("not signed in: %s", exc)
            again, t.stopped = set(t.stopped), {}
            for attempt, task in runner.recover(t.bench, among=again):
                t.keep(attempt, task)

    def _tidy_once_a_day(self) -> None:
        today = self._t.local_now().date()
        if self._tidied_on != today and not self._t.going:
            self._tidied_on = today
            self._tidy()

    async def _recover(self) -> None:
        """What an earlier process left open goes to its outcome before the first patient, if it is quick."""
        going = runner.recover(self._t.bench)
        for attempt, task in going:
            self._t.keep(attempt, task)
        if going:
            await asyncio.wait([task for _, task in going], timeout=RECOVERY_HOLD_MAX_S)

    async def _one_patient(self) -> None:
        """From the attract screen until the patient has gone; whatever was known of them goes too."""
        t = self._t
        t.desk.fresh_start()
        t.desk.show(Attract(), dock=_BARE)
        try:
            begun = await self._somebody()
            if not t.visit_lock.take():
                await self._no_payments()  # a new release is being put on, this moment
                return
            match begun:
                case Intent(name="start"):
                    await self._home()
                case Intent(name="price"):
                    await price.ask_price(t.prices)
                case CardIn():
                    await self._settle()
        except Leave as leave:
            log.info("visit left: %s", leave.why)
        except JournalFull as exc:  # from before any money: an attempt has its own way of stopping
            log.error("visit stopped: %s", exc)
            await self._no_payments()
        finally:
            t.visit_lock.give_back()

    async def _somebody(self) -> Intent | CardIn:
        """Wait for a touch that means something, or a card."""
        while True:
            match await self._t.desk.next(idle=False):
                case (Intent(name="start" | "price") | CardIn()) as begun:
                    return begun
                case _:
                    pass

    async def _no_payments(self) -> None:
        try:
            await self._t.tell(Message("JR-01", "M0"))
        except Leave as leave:
            log.info("visit left: %s", leave.why)

    async def _home(self) -> None:
        t = self._t
        while True:
            t.desk.show(Home(notice=read_notice(t.notice_file, t.now())), dock=_AT_HOME)
            try:
                match await t.desk.next():
                    case Intent(name="settle") | CardIn():
                        await self._settle()
                        return
                    case Intent(name="price"):
                        await price.ask_price(t.prices)
                    case Intent(name="refunds"):
                        if await self._peers_answer():
                            await refund(t, await identify(t, for_refund=True))
                        return
                    case _:
                        pass
            except Leave as leave:
                at_home = isinstance(t.desk.view and t.desk.view.content, Home)
                if leave.why == "idle" or (leave.why == "back" and at_home):
                    raise  # else: home is here, and so is the way back from anything else

    async def _settle(self) -> None:
        """A visit: who, then what."""
        if not await self._peers_answer() or not await self._devices_serve():
            return
        who: Identified = await identify(self._t)
        await settle_bills(self._t, who)

    async def _devices_serve(self) -> bool:
        """17, before money moves: what is out of work here, and whether the patient goes on without it."""
        return await self._papers_or_phone() and await self._card_or_code()

    async def _papers_or_phone(self) -> bool:
        """Without a printer the papers come by phone, or from the next terminal."""
        t = self._t
        state = await asyncio.to_thread(t.printer.state) if t.printer is not None else None
        if isinstance(state, PrinterOk) and state.paper_low:
            trouble.out_of_work(t, "paper", ("PAPER_LOW",))  # staff come before it has run out
        elif isinstance(state, PrinterOk):
            trouble.at_work(t, "paper")
        if not isinstance(state, PrinterFault):
            trouble.at_work(t, "printer")
            return True
        return await trouble.go_on_without(t, "printer", map(str, state.codes))

    async def _card_or_code(self) -> bool:
        """Without a card reader it is the code; without both, nobody can say here who they are."""
        t = self._t
        if t.devices.card_way:
            trouble.at_work(t, "card_reader", "identity")
            return True
        if t.devices.reader is None:
            return True  # a terminal that never had one: 03 offers the code alone
        device = "card_reader" if t.devices.code_way else "identity"
        return await trouble.go_on_without(t, device, (t.devices.reader_fault or "no_reader",))

    async def _peers_answer(self) -> bool:
        """Before any hope is raised: the hospital answers, and the agency has signed us in (16)."""
        t = self._t
        await self._sign_in()
        health = await t.bench.ports.hospital.health()
        up = isinstance(health, Done) and isinstance(health.value, Health) and health.value.state != "down"
        if up and self._signed_in_on is not None:
            return True
        since = t.local_now().strftime("%H:%M")
        t.desk.show(NetworkDown(since, "FB-01" if up else "FB-02"))
        while True:
            match await t.desk.next():
                case Intent(name="price"):
                    await price.ask_price(t.prices)
                    return False
                case Intent(name="desk"):
                    await t.to_the_window()
                case Intent(name="finish"):
                    return False
                case _:
                    pass
