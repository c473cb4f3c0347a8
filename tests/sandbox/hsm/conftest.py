"""The sandbox's HSM on a real port, and virtual cards of the same issuer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from hw.card.apdu import OneByOne
from hw.card.authentication import CardSecurityService
from hw.card.virtual import IssuerKeys, VirtualCard, VirtualReader, VirtualReaderUnavailable
from kiosk.sandbox.faults import FaultPlan
from kiosk.sandbox.hsm import CardOffice, hsm_app


class Direct(OneByOne):
    """A card without a reader between."""

    def __init__(self, card: VirtualCard) -> None:
        self.card = card

    def transmit(self, command: bytes) -> bytes:
        return self.card.answer(command) or b""


@dataclass
class Region:
    """Issuer, card office and HSM of one region."""

    url: str = ""
    keys: IssuerKeys = field(default_factory=IssuerKeys.fresh)
    office: CardOffice = field(default_factory=CardOffice)
    faults: FaultPlan = field(default_factory=FaultPlan)

    def service(self, answer_max_s: float = 10.0) -> CardSecurityService:
        return CardSecurityService(self.url, answer_max_s=answer_max_s)

    def insert(self, card: VirtualCard) -> Direct:
        return Direct(card)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Region], Awaitable[None]]]:
    """Serve a region's HSM on a port of its own until the test ends."""
    runners = []

    async def start(region: Region) -> None:
        app = hsm_app(region.keys, region.office, region.faults)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        region.url = f"http://{host}:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def region(serve: Callable[[Region], Awaitable[None]]) -> Region:
    region = Region()
    await serve(region)
    return region


@pytest.fixture
def reader() -> Iterator[VirtualReader]:
    """A real pcscd with virtual cards, for this test alone."""
    try:
        virtual = VirtualReader().start()
    except VirtualReaderUnavailable as missing:
        pytest.skip(f"no virtual reader: {missing}")
    virtual.serve_this_process()
    yield virtual
    virtual.close()


@pytest.fixture
async def region_of_reader(reader: VirtualReader, serve: Callable[[Region], Awaitable[None]]) -> Region:
    """The HSM of the issuer whose cards the reader gets."""
    region = Region(keys=reader.issuer_keys())
    await serve(region)
    return region
