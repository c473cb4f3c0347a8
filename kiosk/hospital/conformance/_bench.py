"""What every check works with: bills to spend, and terminals to spend them at."""

from __future__ import annotations

import asyncio
import json
import secrets
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.hospital.conformance._api import Api, Reply, new_key
from kiosk.hospital.conformance._check import CannotRun, Failed, expect

RESTART_MAX_S = 30.0  # a killed hospital must answer again within this


@dataclass(frozen=True, slots=True)
class TestBill:
    """An open bill that the suite may settle."""

    __test__ = False  # not a test, whatever its name begins with

    id: str
    version: int
    total_fen: int
    patient_id: str

    def at(self) -> dict[str, Any]:
        return {"id": self.id, "version": self.version}


@dataclass(frozen=True, slots=True)
class Fixtures:
    """What a hospital without `/test` gives instead: open bills of one invented patient, one visit each.

    File (TOML or JSON): `patient_id = "..."`, `bills = ["...", ...]`. A full run spends about 120 bills; with
    fewer, the checks that find none left are reported as not run.
    """

    patient_id: str
    bills: tuple[str, ...]

    @classmethod
    def load(cls, path: Path) -> Fixtures:
        """Raises ValueError, naming the key, or OSError."""
        text = path.read_text("utf-8")
        given = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        if not isinstance(given, dict) or set(given) != {"patient_id", "bills"}:
            raise ValueError(f"{path}: exactly patient_id and bills are expected")
        patient_id, bills = given["patient_id"], given["bills"]
        if not isinstance(patient_id, str) or not isinstance(bills, list):
            raise ValueError(f"{path}: patient_id is a text, bills a list of texts")
        if not all(isinstance(bill, str) for bill in bills):
            raise ValueError(f"{path}: bills is a list of texts")
        return cls(patient_id, tuple(bills))


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as its terminal has it."""

    lease_id: str
    token: int
    bills: tuple[TestBill, ...]


class Terminal:
    """One terminal of the suite: the requests of the interface in their plain form."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.bench = bench
        self.name = name

    async def lease(self, *bills: TestBill, ttl_s: int = 60, key: str = "") -> Reply:
        body = {"bills": [bill.at() for bill in bills], "ttl_s": ttl_s, "session": "conformance"}
        return await self.bench.api.call("POST", "/leases", body, terminal=self.name, key=key or new_key())

    async def held(self, *bills: TestBill, ttl_s: int = 60) -> Held:
        """A lease that must be given."""
        reply = await self.lease(*bills, ttl_s=ttl_s)
        expect(reply.done, f"a free bill was not leased: {reply.seen()}")
        return Held(str(reply.body["lease_id"]), int(reply.body["fencing_token"]), bills)

    def begin_body(self, held: Held, **other: Any) -> dict[str, Any]:
        return {
            "lease_id": held.lease_id,
            "fencing_token": held.token,
            "bills": [bill.at() for bill in held.bills],
            "total_fen": sum(bill.total_fen for bill in held.bills),
            "mode": "self_pay",
            **other,
        }

    async def begin(self, held: Held, attempt: str = "", **other: Any) -> Reply:
        attempt = attempt or new_key()
        return await self.change("PUT", f"/settlements/{attempt}", attempt, self.begin_body(held, **other))

    async def begun(self, bill: TestBill, *, ttl_s: int = 60, **other: Any) -> str:
        """An attempt that has begun; its id."""
        attempt = new_key()
        reply = await self.begin(await self.held(bill, ttl_s=ttl_s), attempt, **other)
        expect(reply.done, f"begin of a leased bill: {reply.seen()}")
        return attempt

    async def commit(self, attempt: str, fen: int, *, fault: str = "", **other: Any) -> Reply:
        path, body = f"/settlements/{attempt}:commit", commit_body(attempt, fen, **other)
        reply = await self.change("POST", path, attempt, body, fault=fault)
        if reply.done:
            self.bench.note_committed(attempt, reply)
        return reply

    async def settled(self, bill: TestBill) -> tuple[str, Reply]:
        """A committed attempt: its id and the answer."""
        attempt = await self.begun(bill)
        reply = await self.commit(attempt, bill.total_fen)
        expect(reply.done and reply.body.get("receipt_no"), f"commit of a begun attempt: {reply.seen()}")
        return attempt, reply

    async def cancel(self, attempt: str) -> Reply:
        reply = await self.change(
            "POST", f"/settlements/{attempt}:cancel", attempt, {"reason": "conformance"}
        )
        if reply.done and reply.body.get("state") == "cancelled":
            self.bench.cancelled.add(attempt)
        return reply

    async def attempt(self, attempt: str) -> Reply:
        return await self.bench.api.call("GET", f"/settlements/{attempt}", terminal=self.name)

    async def change(
        self, method: str, path: str, key: str, body: dict[str, Any] | None = None, *, fault: str = ""
    ) -> Reply:
        return await self.bench.api.call(method, path, body, terminal=self.name, key=key, fault=fault)


def commit_body(attempt: str, fen: int, **other: Any) -> dict[str, Any]:
    """A self-pay commit by one phone payment."""
    tender = {"kind": "wechat", "amount_fen": fen, "out_trade_no": attempt, "channel_no": "conformance"}
    return {"insurance": None, "tenders": [tender], **other}


@dataclass
class Bench:
    """One run against one hospital."""

    api: Api
    features: frozenset[str]
    rounds: int
    fixtures: Fixtures | None = None
    committed: dict[str, str] = field(default_factory=dict)  # attempt: receipt
    cancelled: set[str] = field(default_factory=set)
    days: set[str] = field(default_factory=set)  # business days with entries of ours
    _spent: int = 0
    _stock: list[TestBill] = field(default_factory=list)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def terminal(self) -> Terminal:
        """A terminal of its own, so that checks running beside each other never meet."""
        return Terminal(self, f"conformance/t{secrets.token_hex(4)}")

    def needs(self, feature: str) -> None:
        if feature not in self.features:
            raise CannotRun(f"the hospital does not declare {feature}")

    async def bill(self) -> TestBill:
        """An open bill that no other check has."""
        async with self._lock:
            if not self._stock:
                self._stock = await self._more()
            return self._stock.pop()

    async def _more(self) -> list[TestBill]:
        if self.fixtures is None:
            self.needs("test_resources")
            return await self.new_patient(40)
        if self._spent >= len(self.fixtures.bills):
            raise CannotRun("no open bill is left in the fixtures")
        name = self.fixtures.bills[self._spent]
        self._spent += 1
        reply = await self.api.call("GET", f"/bills/{name}")
        if not reply.done or reply.body.get("state") != "open":
            raise CannotRun(f"fixture {name} is no open bill: {reply.seen()}")
        given = reply.body
        return [TestBill(name, given["bill_version"], given["total_fen"], given["patient_id"])]

    async def new_patient(self, count: int) -> list[TestBill]:
        """So many open bills of one patient nobody else in this run uses."""
        self.needs("test_resources")
        reply = await self.api.call("POST", "/test/bills", {"count": count})
        if not reply.done:
            raise CannotRun(f"POST /test/bills: {reply.seen()}")
        patient_id = str(reply.body["patient_id"])
        return [
            TestBill(bill["id"], bill["version"], bill["total_fen"], patient_id)
            for bill in reply.body["bills"]
        ]

    def note_committed(self, attempt: str, reply: Reply) -> None:
        """Remember what the ledger must show at the end."""
        self.committed[attempt] = str(reply.body.get("receipt_no", ""))
        day = reply.body.get("ledger_date") or str(reply.headers.get("X-Server-Time", ""))[:10]
        self.days.add(str(day))

    async def entries(self, day: str) -> list[dict[str, Any]]:
        """The ledger of a day, all pages."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            reply = await self.api.call("GET", f"/ledger?date={day}{cursor}")
            if not reply.done:
                raise Failed(f"ledger of {day}: {reply.seen()}")
            found += reply.body["entries"]
            if not reply.body["next_cursor"]:
                return found
            cursor = f"&cursor={reply.body['next_cursor']}"

    async def until_up(self) -> None:
        """Wait until a killed hospital answers again."""
        loop = asyncio.get_running_loop()
        until = loop.time() + RESTART_MAX_S
        while loop.time() < until:
            if (await self.api.call("GET", "/health")).done:
                return
            await asyncio.sleep(0.05)
        raise Failed(f"the hospital did not come back within {RESTART_MAX_S:g} s")


async def lease_over(ttl_s: int) -> None:
    """Wait until a lease of `ttl_s` is over for certain."""
    await asyncio.sleep(ttl_s + 0.15)
