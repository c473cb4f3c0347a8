"""All of the hospital in one process: four servers, their books, the persons, and the table page's hand."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

from aiohttp import web

from hw.card.virtual.keys import IssuerKeys
from hw.card.virtual.pcscd import VirtualReader
from hw.card.virtual.person import CardPerson
from kiosk.insurance import Profile, load_profile, profile_path
from kiosk.sandbox.agency.app import agency_app
from kiosk.sandbox.agency.manners import DEVIATIONS
from kiosk.sandbox.agency.store import AgencyStore
from kiosk.sandbox.config import SandboxSection
from kiosk.sandbox.faults import FaultPlan
from kiosk.sandbox.his._handlers import HisLimits
from kiosk.sandbox.his.app import his_app
from kiosk.sandbox.his.store import HisStore
from kiosk.sandbox.hsm import CardOffice, hsm_app
from kiosk.sandbox.link import Link
from kiosk.sandbox.persons import BY_ID, PERSONS, InventedPerson, bills
from kiosk.sandbox.wallet import WalletStore, wallet_app
from kiosk.sandbox.wallet.charges import BALANCE_FEN


@dataclass(frozen=True, slots=True)
class Urls:
    """Where everything listens: loopback alone. What is not running is empty."""

    agency: str
    his: str
    wallet: str
    table: str
    hsm: str = ""
    pcsc_socket: str = ""
    mqtt: str = ""
    collector: str = ""


Control: TypeAlias = Callable[["Box"], web.Application]
"""Makes the control port's application of a box."""


class Box:
    """A hospital. `start` serves it, `close` ends all that it started."""

    def __init__(self, config: SandboxSection, control: Control) -> None:
        self.config = config
        self._control = control
        self.profile = area(config.profile)
        config.folder.mkdir(parents=True, exist_ok=True)
        self.agency = AgencyStore(config.folder / "agency.db")
        self.his = HisStore(config.folder / "his.db")
        self.wallet = WalletStore(config.folder / "wallet.db")
        self.faults = {
            "agency": FaultPlan(DEVIATIONS),
            "his": FaultPlan(),
            "wallet": FaultPlan(),
            "hsm": FaultPlan(),
        }
        self.office = CardOffice()
        self.reader: VirtualReader | None = None
        self.card_in = ""
        self.link: Link | None = None
        self.urls = Urls("", "", "", "")
        self._stack = AsyncExitStack()

    def today(self) -> dt.date:
        """The hospital's day."""
        return dt.datetime.now(zoneinfo.ZoneInfo(self.profile.area.time_zone)).date()

    async def start(self) -> Urls:
        """Seed, listen, and say where. Idempotent for the books: a second start finds them as they were."""
        self._seed()
        config = self.config
        his_limits = HisLimits(answer_delay_max_s=config.his_answer_delay_max_s)
        agency = await self._serve(
            agency_app(self.agency, self.faults["agency"], self.profile), config.agency_port
        )
        his = await self._serve(
            his_app(
                self.his,
                limits=his_limits,
                faults=self.faults["his"],
                fixmedins_code=config.institution_code,
            ),
            config.his_port,
        )
        wallet = await self._serve(wallet_app(self.wallet, self.faults["wallet"]), config.wallet_port)
        if config.card_reader:
            self.reader = VirtualReader().start()
            self._stack.callback(self.reader.close)
        keys = self.reader.issuer_keys() if self.reader else IssuerKeys.fresh()
        hsm = await self._serve(hsm_app(keys, self.office, self.faults["hsm"]), config.hsm_port)
        if config.broker:
            self.link = Link(config.folder / "link")
            self._stack.callback(self.link.close)  # before the start: a half-started link is ended too
            self.link.start()
        table = await self._serve(self._control(self), config.table_port)
        self.urls = Urls(
            agency=agency,
            his=his,
            wallet=wallet,
            table=table,
            hsm=hsm,
            pcsc_socket=str(self.reader.socket_path) if self.reader else "",
            mqtt=self.link.broker if self.link else "",
            collector=self.link.collector if self.link else "",
        )
        return self.urls

    async def _serve(self, app: web.Application, port: int) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        host, chosen = runner.addresses[0][:2]
        return f"http://{host}:{chosen}"

    async def close(self) -> None:
        """End servers and processes; the books stay."""
        await self._stack.aclose()
        self.agency.close()
        self.his.close()
        self.wallet.close()

    def _seed(self) -> None:
        """The persons and their open bills of today."""
        known = self.his.bill_states()
        for person in PERSONS:
            scheme = next((s for s in person.schemes if s.usable), person.schemes[0])
            self.his.add_patient(
                person.patient_id,
                person.name,
                psn_no=person.psn_no,
                cert_no=person.cert_no,
                card_sn=person.card.card_id if person.card else "",
                sex=person.sex,
                birth_date=person.birth_date,
                insured_place=scheme.insured_place,
                insutype=scheme.insutype,
            )
            for bill in bills(person.id, self.today()):
                if bill.bill_id not in known:
                    self.his.add_bill(bill)

    def insert_card(self, person_id: str, profile: str = "plain") -> None:
        """Put a person's card into the virtual reader."""
        assert self.reader is not None, "the box has no reader"
        self.reader.insert(card_of(BY_ID[person_id]), profile)
        self.card_in = person_id

    def remove_card(self) -> None:
        """Pull the card."""
        assert self.reader is not None, "the box has no reader"
        self.reader.remove()
        self.card_in = ""

    def show_code(self, person_id: str) -> str:
        """A fresh insurance code of a person: 28 digits, and where the camera is a film, a film of it."""
        digits = self.agency.issue_code(person_id)
        if self.config.code_film is not None:
            film(self.config.code_film, digits)
        return digits

    def show_pay_code(
        self,
        person_id: str,
        channel: str = "wechat",
        *,
        password: bool = False,
        balance_fen: int = BALANCE_FEN,
    ) -> str:
        """A fresh payment code on a person's phone, held up where the camera is a film."""
        code = self.wallet.pay_code(person_id, channel, password=password, balance_fen=balance_fen)
        if self.config.code_film is not None:
            film(self.config.code_film, code)
        return code

    def sums(self) -> dict[str, object]:
        """The three books in one look."""
        return {
            "agency": asdict(self.agency.sums()),
            "his": asdict(self.his.sums()),
            "wallet": self.wallet.sums(),
        }


def film(path: Path, text: str) -> None:
    """Render a phone that shows `text`, or an empty lobby, to the film that a camera reads."""
    from hw.scanner.film import Scene, render_film

    render_film(path, [Scene(0.4), Scene(3.0, text)] if text else [Scene(1.0)])


def card_of(person: InventedPerson) -> CardPerson:
    """The card in the person's pocket."""
    card = person.card
    assert card is not None, f"{person.id} has no card"
    return CardPerson(
        name=person.name,
        id_number=person.cert_no,
        sex=person.sex,
        region=card.card_id[:6],
        card_no=card.card_no,
        ssc_version=card.version,
        issued_on=f"{card.issued_on:%Y%m%d}",
        expires_on=f"{card.expires_on:%Y%m%d}",
        serial=card.card_id[16:],
        ethnic_group=person.ethnicity,
    )


def area(name: str) -> Profile:
    """A shipped profile by its name, or a file."""
    own = Path(name)
    return load_profile(own if own.suffix == ".toml" else profile_path(name))
