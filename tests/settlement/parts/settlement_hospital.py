"""The hospital on loopback: the sandbox's agency, HIS and wallet with their books, faults and manners."""

from __future__ import annotations

import datetime as dt
import itertools
import time
import zoneinfo
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from kiosk import assets
from kiosk.domain.bill import Bill
from kiosk.hospital.port import TenderKind
from kiosk.insurance import load_profile
from kiosk.sandbox.agency.app import agency_app
from kiosk.sandbox.agency.manners import DEVIATIONS, Manners
from kiosk.sandbox.agency.store import AgencyStore
from kiosk.sandbox.faults import FaultPlan
from kiosk.sandbox.his.app import his_app
from kiosk.sandbox.his.store import HisStore
from kiosk.sandbox.persons import PERSONS, bills
from kiosk.sandbox.wallet import WalletStore, wallet_app

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
DELAY_S = 0.15
"""The agency's longest delay here."""

SECRET = "not a secret"
PHONE_KINDS = frozenset({TenderKind.WECHAT, TenderKind.ALIPAY, TenderKind.UNIONPAY, TenderKind.AGGREGATE})
_PEERS = {
    "agency": ("ec.query",),
    "his": ("lease", "renew", "release", "begin", "commit", "cancel"),
    "wallet": ("create", "charge_code", "query", "close", "refund", "refund_query"),
}


def area_file(folder: Path, name: str) -> Path:
    """A shipped area profile with a delay that a test can wait for."""
    shipped = load_profile(assets.path("profiles", f"{name}.toml")).area.answer_delay_max_s
    text = assets.path("profiles", f"{name}.toml").read_text(encoding="utf-8")
    line = f"answer_delay_max_s = {shipped:g}"
    assert line in text, f"{name}: the delay stands elsewhere now"
    made = folder / f"{name}.toml"
    made.write_text(text.replace(line, f"answer_delay_max_s = {DELAY_S}"), encoding="utf-8")
    return made


@dataclass
class Hospital:
    """The three peers with their books, their manners and their faults."""

    folder: Path
    area: Path
    agency: AgencyStore
    his: HisStore
    wallet: WalletStore
    faults: dict[str, FaultPlan]
    manners: Manners
    urls: dict[str, str] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def plan(self, operation: str, fault: str, times: int = 1, seconds: float = 0.0, code: str = "") -> None:
        """Meet the next requests of an operation with a fault, at the peer that serves it."""
        self.faults[self.peer(operation)].plan(operation, fault, times, seconds=seconds, code=code)

    def peer(self, operation: str) -> str:
        """Who serves an operation of the fault plans."""
        if operation[:4].isdigit() or operation == "ec.query":
            return "agency"
        if operation in _PEERS["wallet"]:
            return "wallet"
        return "his"

    def received(self, operation: str) -> int:
        """Requests that came to the door of the peer, the lost ones included."""
        return self.faults[self.peer(operation)].received(operation)

    def bill_states(self) -> dict[str, str]:
        """Every bill of the hospital with its state."""
        return self.his.bill_states()

    def bill_of(self, person_id: str, number: int = 0) -> Bill:
        """A fresh open bill of a person: the `number`th of their visit, under names of its own."""
        return self._open_bill(person_id, number, next(self._numbers))

    def bills_of_one_visit(self, person_id: str) -> tuple[Bill, ...]:
        """All open bills of a fresh visit."""
        n = next(self._numbers)
        count = len(bills(person_id, dt.datetime.now(ZONE).date()))
        return tuple(self._open_bill(person_id, number, n) for number in range(count))

    def bill_that_does_not_add_up(self, person_id: str) -> Bill:
        """A bill whose total is not that of its lines."""
        return self._open_bill(person_id, 0, next(self._numbers), more_fen=100)

    def _open_bill(self, person_id: str, number: int, n: int, more_fen: int = 0) -> Bill:
        made = bills(person_id, dt.datetime.now(ZONE).date())[number]
        visit = replace(made.visit, ipt_otp_no=f"{made.visit.ipt_otp_no}N{n}")
        lines = tuple(replace(line, line_id=f"{line.line_id}N{n}") for line in made.lines)
        consents = tuple(
            replace(
                one,
                consent_id=f"{one.consent_id}N{n}",
                line_ids=tuple(f"{line_id}N{n}" for line_id in one.line_ids),
            )
            for one in made.consents_due
        )
        bill = replace(
            made,
            bill_id=f"{made.bill_id}N{n}",
            visit=visit,
            lines=lines,
            consents_due=consents,
            combine_group=visit.ipt_otp_no,
            total_fen=made.total_fen + more_fen,
        )
        self.his.add_bill(bill)
        return bill

    def standing(self, attempt: str) -> list[Any]:
        """The agency's settlements of an attempt that have not been undone."""
        return [row for row in self.agency.settlements() if row.batch == attempt and row.stands]

    def open_visits(self) -> int:
        """Visits at the agency that nobody has taken back and that have no settlement."""
        rows = self.agency.rows(
            "SELECT 1 FROM visit WHERE NOT revoked AND mdtrt_id NOT IN (SELECT mdtrt_id FROM settlement)"
        )
        return len(rows)

    def paid_fen(self, attempt: str) -> int:
        """What the phone has paid for an attempt and not got back."""
        rows = [row for row in self.wallet.orders() if row["order"] == attempt and row["paid_at"]]
        return sum(row["amount_fen"] - row["returned_fen"] for row in rows)

    def sums(self) -> dict[str, int]:
        """What each book says was collected, as net sums in fen."""
        agency, his, wallet = self.agency.sums(), self.his.sums(), self.wallet.sums()
        tenders = his.by_tender_fen
        return {
            "agency cash": agency.cash_fen,
            "agency fund": agency.fund_fen,
            "agency account": agency.account_fen + agency.family_fen,
            "his total": his.total_fen,
            "his fund": tenders.get("fund", 0),
            "his account": tenders.get("account", 0) + tenders.get("family_account", 0),
            "his cash": sum(fen for kind, fen in tenders.items() if kind in PHONE_KINDS),
            "wallet": wallet["net_fen"],
        }


@dataclass
class Clock:
    """The hospital's wall clock, seconds: real time, and what a test lets pass besides."""

    ahead_s: float = 0.0
    stopped_s: float | None = None

    def __call__(self) -> float:
        return (time.time() if self.stopped_s is None else self.stopped_s) + self.ahead_s

    def stop(self) -> None:
        """Time stands still at the hospital: nothing lapses there, however slow this machine is."""
        self.stopped_s = time.time()

    def pass_s(self, seconds: float) -> None:
        """Time goes by."""
        self.ahead_s += seconds


@asynccontextmanager
async def open_hospital(folder: Path, area: str, clock: Clock) -> AsyncIterator[Hospital]:
    """The hospital, listening on loopback."""
    made = _new_hospital(folder, area, clock)
    async with AsyncExitStack() as stack:
        for peer, app in _apps(made).items():
            made.urls[peer] = await _serve(stack, app)
        yield made
        for plan in made.faults.values():
            plan.release()
    for store in (made.agency, made.his, made.wallet):
        store.close()


def _new_hospital(folder: Path, area: str, clock: Clock) -> Hospital:
    folder.mkdir(parents=True, exist_ok=True)
    made = Hospital(
        folder,
        area_file(folder, area),
        AgencyStore(folder / "agency.db"),
        HisStore(folder / "his.db", clock=clock),
        WalletStore(folder / "wallet.db"),
        {peer: FaultPlan(DEVIATIONS if peer == "agency" else ()) for peer in _PEERS},
        Manners(),
    )
    _register_patients(made)
    return made


def _apps(made: Hospital) -> dict[str, web.Application]:
    agency = agency_app(
        made.agency,
        made.faults["agency"],
        load_profile(made.area),
        manners=made.manners,
        gateway_secret=SECRET,
    )
    return {
        "agency": agency,
        "his": his_app(made.his, faults=made.faults["his"]),
        "wallet": wallet_app(made.wallet, made.faults["wallet"]),
    }


def _register_patients(hospital: Hospital) -> None:
    for person in PERSONS:
        scheme = next((s for s in person.schemes if s.usable), person.schemes[0])
        hospital.his.add_patient(
            person.patient_id,
            person.name,
            psn_no=person.psn_no,
            cert_no=person.cert_no,
            insured_place=scheme.insured_place,
            insutype=scheme.insutype,
        )


async def _serve(stack: AsyncExitStack, app: web.Application) -> str:
    server = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await server.setup()
    stack.push_async_callback(server.cleanup)
    await web.TCPSite(server, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{server.addresses[0][1]}"


@dataclass
class Phone:
    """The patient's phone: pays every order that appears, while `pays`."""

    hospital: Hospital
    pays: bool = True

    async def serve(self) -> None:
        """Look at the wallet whenever an order was made."""
        plan, seen = self.hospital.faults["wallet"], 0
        while True:
            await plan.wait_handled("create", seen + 1, limit_s=600.0)
            seen = plan.handled("create")
            if self.pays:
                self.pay()

    def pay(self) -> bool:
        """Pay the newest order that waits."""
        order = self.hospital.wallet.newest_waiting()
        return order is not None and self.hospital.wallet.approve(order)
