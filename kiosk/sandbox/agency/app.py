"""The agency as an HTTP application: one URL for all transactions, one for electronic credentials."""

from __future__ import annotations

import datetime as dt
import hmac
import json
from collections.abc import Callable

from aiohttp import web

from kiosk.insurance._transport import gateway_signature
from kiosk.insurance.operations import base_infno
from kiosk.insurance.profile import Profile
from kiosk.sandbox.agency import _answer, _people, _settle, _undo, _visits
from kiosk.sandbox.agency._desk import Desk, Handler, Output
from kiosk.sandbox.agency._message import Message, Refuse, infno_of, read
from kiosk.sandbox.agency.manners import Manners
from kiosk.sandbox.agency.rules import INSTITUTIONS, Institution, Rulebook, load_rulebook
from kiosk.sandbox.agency.store import AgencyStore
from kiosk.sandbox.faults import DEVIATION, Fault, FaultPlan, fault_middleware

CODE_OPERATION = "ec.query"
WRONG_CODE = 500159
"""What the middle platform answers to a code it does not know (insurance interface, §7.1)."""

_MAX_BODY_BYTES = 4 << 20

HANDLERS: dict[str, Handler] = {
    "sign_in": _people.sign_in,
    "sign_out": _people.sign_out,
    "person": _people.person,
    "entitlement": _people.entitlement,
    "register": _visits.register,
    "revoke_visit": _visits.revoke_visit,
    "describe": _visits.describe,
    "upload": _visits.upload,
    "revoke_lines": _visits.revoke_lines,
    "pre_settle": _settle.pre_settle,
    "settle": _settle.settle_batch,
    "undo": _undo.undo,
    "reverse": _undo.reverse,
    "visits": _visits.visits,
    "settlement": _undo.settlement,
}


def agency_app(
    store: AgencyStore,
    faults: FaultPlan,
    profile: Profile,
    *,
    manners: Manners | None = None,
    rules: Rulebook | None = None,
    institutions: tuple[Institution, ...] = INSTITUTIONS,
    gateway_secret: str = "",
    now: Callable[[], dt.datetime] | None = None,
) -> web.Application:
    """One area's agency.

    Args:
        store: its books; they may outlive the application.
        faults: what the network does to it; operations are "2207" (never "2207A") and "ec.query".
        profile: the area, whose paths, numbers, nodes and conventions it speaks and demands.
        manners: deviations of its answers, may be changed while it runs.
        gateway_secret: checked where the profile's gateway is `x-tif`.
        now: the wall clock, `store.now` when absent.
    """
    agency = _Agency(
        Desk(store, profile, manners or Manners(), rules or load_rulebook(), institutions, now or store.now),
        gateway_secret,
    )
    app = web.Application(
        middlewares=[fault_middleware(faults, agency.operation_of, agency.refusal_of)],
        client_max_size=_MAX_BODY_BYTES,
    )
    app.router.add_post(profile.transport.path, agency.transact)
    app.router.add_post(profile.transport.code_path, agency.exchange_code)
    return app


class _Agency:
    """The two endpoints."""

    def __init__(self, desk: Desk, gateway_secret: str) -> None:
        self._desk = desk
        self._secret = gateway_secret

    async def operation_of(self, request: web.Request) -> str | None:
        """For the fault plan. The variant letter is left out, so that a plan holds in every area."""
        if request.path == self._desk.profile.transport.code_path:
            return CODE_OPERATION
        return base_infno(infno_of(await request.read())) or None

    async def refusal_of(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """A planned refusal, in the agency's own form."""
        text = fault.text or "演示用的拒绝"
        if request.path == self._desk.profile.transport.code_path:
            return _code_failed(text)
        return self._failed(self._desk, text)

    async def transact(self, request: web.Request) -> web.Response:
        """All transactions."""
        body = await request.read()
        desk = self._desk.answering(request.get(DEVIATION))
        try:
            self._check_gateway(request)
            message = read(body, desk.profile, desk.institutions)
            if message.operation != "sign_in":
                _people.check_signed_in(desk, message.sign_no)
            output = self._process(desk, message)
        except Refuse as exc:
            return self._failed(desk, str(exc))
        return _answer.done(
            desk.manners, desk.profile.area.admdvs, desk.store.serial("answer"), desk.local(), output
        )

    async def exchange_code(self, request: web.Request) -> web.Response:
        """ec.query: a code becomes an identity once."""
        try:
            self._check_gateway(request)
            raw = json.loads(await request.read())
            digits = str(raw["data"]["ecQrCode"])
        except (Refuse, ValueError, KeyError, TypeError):
            return _code_failed("请求不正确")
        with self._desk.store.transaction():
            person = self._desk.store.use_code(digits)
            if isinstance(person, str):
                return _code_failed(person)
            data = {
                "idNo": person.cert_no,
                "idType": "01",
                "userName": person.name,
                "ecToken": self._desk.store.issue_token(person.id),
                "insuOrg": person.region,
                "ecIndexNo": f"{self._desk.store.serial('index'):032x}",
            }
        return web.json_response({"code": 0, "message": "成功", "data": json.dumps(data, ensure_ascii=False)})

    def _process(self, desk: Desk, message: Message) -> Output:
        """One message, at most once: its id is used up whether it is granted or refused."""
        refusal: Refuse | None = None
        output: Output = {}
        with desk.store.transaction():
            if desk.store.rows("SELECT 1 FROM message WHERE msgid = ?", message.msgid):
                raise Refuse("报文重复，msgid已使用")
            try:
                with desk.store.attempt():
                    output = HANDLERS[message.operation](desk, message)
            except Refuse as exc:
                refusal = exc
            self._note(message, output, taken=refusal is None)
        if refusal is not None:
            raise refusal
        return output

    def _note(self, message: Message, output: Output, taken: bool) -> None:
        fields = message.fields
        mdtrt_id = str(fields.get("mdtrt_id") or "")
        if message.operation == "register" and taken:
            mdtrt_id = output[self._desk.profile.answer_node("register")]["mdtrt_id"]
        self._desk.store.write(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?)",
            message.msgid,
            message.base,
            message.text("psn_no"),
            mdtrt_id,
            message.text("chrg_bchno"),
            int(taken),
            self._desk.stamp(),
        )

    def _check_gateway(self, request: web.Request) -> None:
        """Headers of an `x-tif` gateway (insurance interface, §2.1). Raises Refuse."""
        transport = self._desk.profile.transport
        if transport.gateway == "none":
            return
        headers = request.headers
        try:
            epoch_s = int(headers["x-tif-timestamp"])
            signature = gateway_signature(self._secret, epoch_s, headers["x-tif-nonce"])
        except (KeyError, ValueError) as exc:
            raise Refuse("网关签名缺失") from exc
        given = headers.get("x-tif-signature", "")
        if headers.get("x-tif-paasid") != transport.gateway_paasid or not hmac.compare_digest(
            given, signature
        ):
            raise Refuse("网关签名不正确")

    def _failed(self, desk: Desk, text: str) -> web.Response:
        return _answer.failed(
            desk.manners, desk.profile.area.admdvs, desk.store.serial("answer"), desk.local(), text
        )


def _code_failed(text: str) -> web.Response:
    return web.json_response({"code": WRONG_CODE, "success": False, "message": text})
