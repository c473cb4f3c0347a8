"""Transactions 1903 and 1904 as `hw.card.authentication.service` asks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from aiohttp import web

from hw.card.authentication.algorithm import Algorithm
from hw.card.virtual.keys import IssuerKeys, cryptogram
from kiosk.sandbox.faults import Fault, FaultPlan, fault_middleware
from kiosk.sandbox.persons import PERSONS, InventedPerson

BODY_MAX_BYTES = 16 * 1024

_Block = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Fa-f]{16}$")]
_Region = Annotated[str, msgspec.Meta(pattern=r"^99[0-9]{4}$")]


class _Question(msgspec.Struct):
    aab301: _Region
    aaz507: Annotated[str, msgspec.Meta(pattern=r"^([0-9A-Fa-f]{2}){1,15}$")]
    aaa254: str
    aaz501: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-F]{32}$")]
    aaa311: _Block
    aaa312: _Block
    aaa313: _Block
    aaa314: _Block


class _Holder(msgspec.Struct):
    aab301: _Region
    aac002: str
    aaz500: str
    aaz501: str
    aac003: str


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """The service answers no."""

    code: int
    text: str


class CardOffice:
    """Who holds which card, and which cards are reported lost (挂失)."""

    def __init__(self, persons: Iterable[InventedPerson] = PERSONS) -> None:
        self._holders = {person.card.card_id: person for person in persons if person.card is not None}
        self._lost: set[str] = set()

    def report_lost(self, card_id: str) -> None:
        """From now on the card is refused."""
        self._lost.add(card_id)

    def insured_place(self, asked: _Holder) -> str:
        """Where the holder of the card is insured. Raises Refusal."""
        person = self._holders.get(asked.aaz501)
        if person is None or person.card is None:
            raise Refusal(-3, "没有此卡")
        if asked.aaz501 in self._lost:
            raise Refusal(-4, "卡已挂失")
        if (asked.aac002, asked.aac003, asked.aaz500) != (person.cert_no, person.name, person.card.card_no):
            raise Refusal(-5, "人卡不符")
        return person.region


def hsm_app(keys: IssuerKeys, office: CardOffice, faults: FaultPlan | None = None) -> web.Application:
    """The application. Operations for faults: 1903, 1904."""
    app = web.Application(
        middlewares=[fault_middleware(faults or FaultPlan(), _operation_of, _refused)],
        client_max_size=BODY_MAX_BYTES,
    )

    async def prove(request: web.Request) -> web.Response:
        return await _answered(request, lambda raw: _proofs(keys, raw))

    async def standing(request: web.Request) -> web.Response:
        return await _answered(
            request, lambda raw: {"aab301": office.insured_place(msgspec.json.decode(raw, type=_Holder))}
        )

    app.router.add_post("/1903", prove)
    app.router.add_post("/1904", standing)
    return app


def _proofs(keys: IssuerKeys, raw: bytes) -> dict[str, str]:
    asked = msgspec.json.decode(raw, type=_Question)
    if asked.aaa254 not in (Algorithm.TDES, Algorithm.SM4):
        raise Refusal(-2, "算法不支持")
    if asked.aaz501[:6] != asked.aab301:
        raise Refusal(-1, "卡识别码与区划不符")
    card = keys.of_card(Algorithm(asked.aaa254), asked.aab301, bytes.fromhex(asked.aaz507))
    told = {}
    for name, key, factor, source in (
        ("aaa315", card.internal, asked.aaa311, asked.aaa312),
        ("aaa316", card.read, asked.aaa313, asked.aaa314),
    ):
        proof = cryptogram(card.algorithm, key, bytes.fromhex(factor), bytes.fromhex(source))
        told[name] = proof.hex().upper() + source.upper()
    return told


async def _answered(request: web.Request, compute: Callable[[bytes], dict[str, str]]) -> web.Response:
    try:
        output = compute(await request.read())
    except Refusal as refusal:
        return _no(refusal.code, refusal.text)
    except msgspec.MsgspecError as error:
        return _no(-1, str(error))
    return web.json_response({"errorcode": "0", "errormsg": "", "output": output})


def _no(code: int, text: str) -> web.Response:
    return web.json_response({"errorcode": str(code), "errormsg": text, "output": {}})


async def _operation_of(request: web.Request) -> str | None:
    return request.path.lstrip("/") or None


async def _refused(request: web.Request, fault: Fault) -> web.StreamResponse:
    return _no(-9, fault.text or "演示用的拒绝")
