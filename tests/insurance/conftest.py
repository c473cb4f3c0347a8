"""A terminal's client before a real agency on loopback, and before a peer that answers as told."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from kiosk.domain.attempt import new_attempt_id
from kiosk.domain.bill import Bill
from kiosk.domain.outcome import Done
from kiosk.domain.person import Credential, CredentialKind, Person
from kiosk.domain.split import LineShare, Split
from kiosk.insurance import MsgidClock, Profile, Terminal, load_profile, profile_path
from kiosk.insurance.client import InsuranceClient
from kiosk.insurance.port import Case, Settlement
from kiosk.sandbox.agency import INSTITUTIONS, AgencyStore, Manners, agency_app
from kiosk.sandbox.faults import FaultPlan
from kiosk.sandbox.persons import BY_ID, bills

SECRET = "gateway secret of a test"
DAY = dt.date(2026, 11, 21)


class Clock:
    """A wall clock that a test moves."""

    def __init__(self) -> None:
        self.at = dt.datetime(2026, 11, 21, 2, 15, tzinfo=dt.UTC)  # 10:15 in the area

    def __call__(self) -> dt.datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += dt.timedelta(**by)


@dataclass
class Counter:
    """One patient's way through the transactions, as far as a test wants to go."""

    client: InsuranceClient
    store: AgencyStore
    faults: FaultPlan
    manners: Manners
    profile: Profile
    clock: Clock
    msgids: MsgidClock
    who: str
    terminal: Terminal
    last: str | None = None
    case: Case = field(default_factory=lambda: Case("", "", ""))
    credential: Credential = field(default_factory=lambda: Credential(CredentialKind.CODE, ""))
    batch: str = field(default_factory=new_attempt_id)
    split: Split | None = None

    @property
    def day(self) -> dt.date:
        return DAY

    @property
    def bills(self) -> tuple[Bill, ...]:
        return bills(self.who, DAY)

    @property
    def total_fen(self) -> int:
        return sum(bill.total_fen for bill in self.bills)

    async def msgid(self) -> str:
        self.last = self.msgids.next(self.clock(), self.last)
        return self.last

    async def identified(self) -> Person:
        """Show the code, be recognised."""
        shown = await self.client.exchange_code(self.store.issue_code(self.who), "01301")
        assert isinstance(shown, Done), shown
        self.credential = shown.value.credential
        found = await self.client.person(await self.msgid(), self.credential)
        assert isinstance(found, Done), found
        scheme = found.value.scheme()
        if scheme is not None:
            self.case = Case(found.value.psn_no, scheme.insured_place, scheme.insutype)
        return found.value

    async def registered(self) -> str:
        await self.identified()
        made = await self.client.register(await self.msgid(), self.case, self.credential, self.bills[0])
        assert isinstance(made, Done), made
        self.case = replace(self.case, mdtrt_id=made.value.mdtrt_id)
        described = await self.client.describe(await self.msgid(), self.case, self.bills[0])
        assert isinstance(described, Done), described
        return made.value.mdtrt_id

    async def uploaded(self) -> tuple[LineShare, ...]:
        await self.registered()
        shares = await self.client.upload(await self.msgid(), self.case, self.batch, self.bills)
        assert isinstance(shares, Done), shares
        return shares.value

    async def pre_settled(self) -> Split:
        await self.uploaded()
        found = await self.client.pre_settle(
            await self.msgid(), self.case, self.credential, self.batch, self.total_fen, "11"
        )
        assert isinstance(found, Done), found
        self.split = found.value.split
        return self.split

    async def settle(self, msgid: str | None = None):
        """2207 as it comes, whatever the arm."""
        assert self.split is not None
        return await self.client.settle(
            msgid or await self.msgid(), self.case, self.credential, self.batch, self.split, "11"
        )

    async def settled(self) -> Settlement:
        await self.pre_settled()
        found = await self.settle()
        assert isinstance(found, Done), found
        return found.value


def example_terminal(region: str) -> Terminal:
    hospital = next(one for one in INSTITUTIONS if one.region == region)
    return Terminal(
        fixmedins_code=hospital.code,
        fixmedins_name=hospital.name,
        device_no="KIOSK-A01",
        operator_no="KIOSKA01",
        operator_name="自助机A01",
        mac="00-00-5E-00-53-01",
        ip="192.0.2.1",
    )


OpenCounter = Callable[..., Awaitable[Counter]]


@pytest.fixture
async def open_counter() -> AsyncIterator[OpenCounter]:
    """Starts an agency and a client before it: `await open_counter("zhang", profile=...)`."""
    async with AsyncExitStack() as stack:

        async def start(
            who: str = "zhang",
            area: str = "990100",
            profile: Profile | None = None,
            agency_profile: Profile | None = None,
            signs_in_alone: bool = True,
            secret: str = SECRET,
        ) -> Counter:
            profile = profile or load_profile(profile_path(area))
            clock, manners, faults = Clock(), Manners(), FaultPlan()
            store = AgencyStore(":memory:", now=clock)
            stack.callback(store.close)
            app = agency_app(store, faults, agency_profile or profile, manners=manners, gateway_secret=SECRET)
            server = await stack.enter_async_context(TestServer(app, host="127.0.0.1"))
            terminal = example_terminal(profile.area.admdvs)
            counter: Counter

            async def spare() -> str:
                return await counter.msgid()

            client = InsuranceClient(
                profile,
                terminal,
                str(server.make_url("/")),
                spare_msgid=spare if signs_in_alone else None,
                gateway_secret=secret,
                now=clock,
            )
            stack.push_async_callback(client.close)
            msgids = MsgidClock(terminal.fixmedins_code, (120, 129), profile.area.zone)
            counter = Counter(client, store, faults, manners, profile, clock, msgids, who, terminal)
            return counter

        yield start


@dataclass
class Oracle:
    """A peer that answers every transaction with the same bytes, sign-in excepted."""

    client: InsuranceClient
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)

    async def msgid(self) -> str:
        return f"H9901000000120261121101500{len(self.requests):04d}"


@pytest.fixture
async def oracle() -> AsyncIterator[Oracle]:
    profile = load_profile(profile_path("990100"))
    made: Oracle

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        if b'"infno":"9001"' in body:
            output = {"signinoutb": {"sign_no": "1", "sign_time": "2026-11-21 10:15:00"}}
            return web.json_response({"infcode": 0, "output": output})
        made.requests.append(body)
        return web.Response(
            body=made.body, status=made.status, headers=made.headers, content_type="application/json"
        )

    app = web.Application(client_max_size=4 << 20)
    app.router.add_post("/{path:.*}", answer)
    async with TestServer(app, host="127.0.0.1") as server:

        async def spare() -> str:
            return await made.msgid()

        client = InsuranceClient(
            profile, example_terminal("990100"), str(server.make_url("/")), spare_msgid=spare, now=Clock()
        )
        made = Oracle(client)
        yield made
        await client.close()


@pytest.fixture
def card_of() -> Callable[[str], Credential]:
    """The credential that a person's card gives."""

    def of(person_id: str) -> Credential:
        card = BY_ID[person_id].card
        assert card is not None
        return Credential(CredentialKind.CARD, card.card_no, card.card_id, BY_ID[person_id].name)

    return of


@pytest.fixture
def impatient() -> Profile:
    """The first area, its answers awaited for a moment only."""
    profile = load_profile(profile_path("990100"))
    return replace(profile, transport=replace(profile.transport, read_timeout_s=0.2))


@pytest.fixture
async def nowhere() -> AsyncIterator[InsuranceClient]:
    """A client whose peer is not there: the port was free a moment ago."""
    async with TestServer(web.Application(), host="127.0.0.1") as server:
        url = str(server.make_url("/"))
    client = InsuranceClient(load_profile(profile_path("990100")), example_terminal("990100"), url)
    yield client
    await client.close()
