"""The national interface, spoken by the terminal itself through the hospital's front server.

Three arms and nothing else: `infcode` 0 is Done, any other parsed `infcode` is Refused with the agency's
text, and everything that is no believable answer is Unknown. How a message travels is `_caller`'s
business; here every operation of the port is turned into its input and its answer.
"""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Awaitable, Callable

from kiosk.domain.bill import Bill
from kiosk.domain.outcome import Done, Outcome, Refused
from kiosk.domain.person import Credential, CredentialKind, Person
from kiosk.domain.split import LineShare, Split
from kiosk.exchange import NoReply
from kiosk.insurance import _answers, _codes
from kiosk.insurance._caller import REFUSED, Caller, Refusal, Result
from kiosk.insurance._envelope import Answer, AnswerError, Terminal
from kiosk.insurance._requests import Requests, secrets_of
from kiosk.insurance._transport import Wire
from kiosk.insurance.operations import OPERATIONS, base_infno
from kiosk.insurance.port import (
    CARD_LOST,
    Accepted,
    CannotAsk,
    Case,
    CodeIdentity,
    Entitlement,
    Found,
    NotThere,
    PreSettled,
    Registered,
    Reversed,
    Settlement,
)
from kiosk.insurance.profile import Profile, matches


class InsuranceClient:
    """`InsurancePort` over HTTP for one area and one terminal.

    Args:
        profile: the area's conventions.
        terminal: who asks.
        url: scheme and host of the front server, without a path.
        code_url: the same for the exchange of electronic credentials; `url` when empty.
        spare_msgid: gives a msgid for the client's own sign-ins, already on disk when it returns. Without
            it the client signs in only when `sign_in` is called.
        gateway_secret: for an `x-tif` gateway.
        tls: the client certificate's context.
        now: the wall clock, with a zone.
    """

    def __init__(
        self,
        profile: Profile,
        terminal: Terminal,
        url: str,
        *,
        code_url: str = "",
        spare_msgid: Callable[[], Awaitable[str]] | None = None,
        gateway_secret: str = "",
        tls: ssl.SSLContext | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self.profile = profile
        self._terminal = terminal
        self._now = now
        self._wire = Wire(profile.transport, gateway_secret, tls)
        self._code_url = (code_url or url).rstrip("/") + profile.transport.code_path
        self._requests = Requests(profile)
        endpoint = url.rstrip("/") + profile.transport.path
        self._caller = Caller(profile, terminal, endpoint, self._wire, spare_msgid, now)

    async def close(self) -> None:
        """Close connections and forget the sign-in."""
        self._caller.forget()
        await self._wire.close()

    def infno(self, operation: str) -> str:
        """The transaction number that this area uses for a logical operation."""
        return self.profile.operation(operation).infno

    async def sign_in(self, msgid: str) -> Outcome[Accepted]:
        """9001; keeps `sign_no` in memory for the business day."""
        return _as_accepted(await self._caller.sign_in(msgid))

    async def sign_out(self, msgid: str) -> Outcome[Accepted]:
        """9002. Signed out already, or never in: done without a call."""
        return _as_accepted(await self._caller.sign_out(msgid))

    # Person

    async def exchange_code(self, digits: str, business: str) -> Outcome[CodeIdentity]:
        """ec.query, once: the first try uses a code up. What is no such code never leaves the terminal."""
        if not _codes.is_code(digits):
            return Refused(_codes.UNKNOWN_CODE, "not 28 digits of the national form")
        body = _codes.request(self.profile, self._terminal, digits, business)
        reply = await self._wire.post(self._code_url, body, int(self._now().timestamp()))
        if isinstance(reply, NoReply):
            return self._caller.unknown(reply.why)
        outcome = _codes.answer(self.profile, reply.body)
        if isinstance(outcome, AnswerError):
            return self._caller.unknown(str(outcome))
        return outcome

    async def person(self, msgid: str, credential: Credential) -> Outcome[Person]:
        """1101; a refusal that says so is the code of a lost card."""
        op = self.profile.op.person
        content = self._caller.under("person", self._requests.person(credential, op.code_as, op.with_name))
        answer = await self._caller.call("person", msgid, content, "", secrets_of(credential, None))
        outcome = self._caller.read(
            answer, lambda a: _answers.person(a.output, self.profile.answer_node("person"))
        )
        by_card = credential.kind is CredentialKind.CARD
        if isinstance(outcome, Refused) and by_card and matches(op.lost_texts, outcome.peer_text):
            return Refused(CARD_LOST, outcome.peer_text)
        return outcome

    async def entitlement(self, msgid: str, case: Case, med_type: str, day: dt.date) -> Outcome[Entitlement]:
        """2001; an area that leaves it out decides at pre-settlement."""
        if self.profile.order.entitlement == "left_out":
            return Done(Entitlement(True))
        fields = self._requests.entitlement(case, med_type, day, self._terminal.fixmedins_code)
        answer = await self._call("entitlement", msgid, self._caller.under("entitlement", fields), case)
        node = self.profile.answer_node("entitlement")
        return self._caller.read(answer, lambda found: _answers.entitlement(found.output, node))

    # The visit and its lines

    async def register(
        self, msgid: str, case: Case, credential: Credential, bill: Bill
    ) -> Outcome[Registered]:
        """2201, never repeated."""
        code_as = self.profile.op.register.code_as
        fields = self._requests.register(case, credential, code_as, bill.visit)
        secrets = secrets_of(credential, case)
        answer = await self._caller.call(
            "register", msgid, self._caller.under("register", fields), case.insured_place, secrets
        )
        node, number = self.profile.answer_node("register"), bill.visit.ipt_otp_no
        return self._caller.read(answer, lambda found: _answers.registered(found.output, node, case, number))

    async def describe(self, msgid: str, case: Case, bill: Bill) -> Outcome[Accepted]:
        """2203A, never repeated; nothing to do where the area leaves it out."""
        if self.profile.order.describe == "left_out":
            return Done(Accepted())
        about, diagnoses = self._requests.describe(case, bill.visit)
        content = {**self._caller.under("describe", about), "diseinfo": diagnoses}
        return self._caller.read(await self._call("describe", msgid, content, case), _accepted)

    async def upload(
        self, msgid: str, case: Case, batch: str, bills: tuple[Bill, ...]
    ) -> Outcome[tuple[LineShare, ...]]:
        """2204, never repeated. More lines than one message takes are refused here, nothing sent."""
        lines = self._requests.lines(case, batch, bills)
        line_ids = tuple(line["feedetl_sn"] for line in lines)
        if not 0 < len(lines) <= self.profile.op.upload.lines_max:
            return Refused(
                REFUSED, f"{len(lines)} lines, 1 to {self.profile.op.upload.lines_max} in one 2204"
            )
        if len(set(line_ids)) != len(line_ids):
            return Refused(REFUSED, "two lines with one number")
        answer = await self._call("upload", msgid, self._caller.under("upload", lines), case)
        node = self.profile.answer_node("upload")
        return self._caller.read(answer, lambda found: _answers.line_shares(found.output, node, line_ids))

    async def revoke_lines(self, msgid: str, case: Case, batch: str) -> Outcome[Accepted]:
        """2205 of one batch."""
        fields = {"mdtrt_id": case.mdtrt_id, "chrg_bchno": batch, "psn_no": case.psn_no}
        content = self._caller.under("revoke_lines", fields)
        return self._caller.read(await self._call("revoke_lines", msgid, content, case), _accepted)

    async def revoke_visit(self, msgid: str, case: Case, ipt_otp_no: str) -> Outcome[Accepted]:
        """2202."""
        fields = {"psn_no": case.psn_no, "mdtrt_id": case.mdtrt_id, "ipt_otp_no": ipt_otp_no}
        content = self._caller.under("revoke_visit", fields)
        return self._caller.read(await self._call("revoke_visit", msgid, content, case), _accepted)

    # Settling

    async def pre_settle(
        self, msgid: str, case: Case, credential: Credential, batch: str, total_fen: int, med_type: str
    ) -> Outcome[PreSettled]:
        """2206A, never repeated."""
        code_as = self.profile.op.pre_settle.code_as
        fields = self._requests.pre_settle(case, credential, code_as, batch, total_fen, med_type)
        secrets = secrets_of(credential, case)
        answer = await self._caller.call(
            "pre_settle", msgid, self._caller.under("pre_settle", fields), case.insured_place, secrets
        )
        return self._caller.read(answer, lambda found: _answers.pre_settled(found.output, self.profile, case))

    async def settle(
        self, msgid: str, case: Case, credential: Credential, batch: str, split: Split, med_type: str
    ) -> Outcome[Settlement]:
        """2207A, never repeated."""
        code_as = self.profile.op.settle.code_as
        fields = self._requests.settle(case, credential, code_as, batch, split, med_type)
        secrets = secrets_of(credential, case)
        answer = await self._caller.call(
            "settle", msgid, self._caller.under("settle", fields), case.insured_place, secrets
        )
        return self._caller.read(
            answer, lambda found: _answers.settled(found.output, self.profile, case, msgid)
        )

    async def find_settlement(self, msgid: str, case: Case, settle_msgid: str) -> Outcome[Found]:
        """What became of a 2207 whose answer is missing, as far as the area can say."""
        if self.profile.area.find_settlement == "none":
            return Done(CannotAsk())
        answer = await self._ask_settlement(msgid, case, "")
        if isinstance(answer, NotThere):
            return Done(answer)
        return self._caller.read(
            answer, lambda found: _answers.found_by_msgid(found.output, self.profile, case, settle_msgid)
        )

    async def settlement(self, msgid: str, case: Case, setl_id: str) -> Outcome[Settlement | NotThere]:
        """5203 by `setl_id`."""
        answer = await self._ask_settlement(msgid, case, setl_id)
        if isinstance(answer, NotThere):
            return Done(answer)
        return self._caller.read(
            answer, lambda found: _answers.found_by_id(found.output, self.profile, case, setl_id)
        )

    async def visits(self, msgid: str, case: Case, first: dt.date, last: dt.date) -> Outcome[tuple[str, ...]]:
        """5201."""
        fields = {
            "psn_no": case.psn_no,
            "begntime": f"{first} 00:00:00",
            "endtime": f"{last} 23:59:59",
            "med_type": self.profile.op.visits.med_type,
            "mdtrt_id": case.mdtrt_id,
        }
        answer = await self._call("visits", msgid, self._caller.under("visits", fields), case)
        return self._caller.read(
            answer, lambda a: _answers.visits(a.output, self.profile.answer_node("visits"))
        )

    # Undoing

    async def reverse(self, msgid: str, case: Case, omsgid: str, oinfno: str) -> Outcome[Reversed]:
        """2601. `oinfno` may be an operation's name, its usual number or the area's own number."""
        fields = {"psn_no": case.psn_no, "omsgid": omsgid, "oinfno": self._area_infno(oinfno)}
        answer = await self._call("reverse", msgid, self._caller.under("reverse", fields), case)
        if isinstance(answer, Refusal) and matches(self.profile.op.reverse.none_texts, answer.text):
            return Done(Reversed(no_such=True))
        return self._caller.read(answer, lambda found: Reversed(at=found.at))

    async def undo(self, msgid: str, case: Case, setl_id: str) -> Outcome[Reversed]:
        """2208; after an unknown answer ask `settlement` before repeating."""
        fields = {"setl_id": setl_id, "mdtrt_id": case.mdtrt_id, "psn_no": case.psn_no}
        answer = await self._call("undo", msgid, self._caller.under("undo", fields), case)
        return self._caller.read(answer, lambda found: _answers.undone(found.output, self.profile, case))

    async def _call(self, operation: str, msgid: str, content: dict[str, object], case: Case) -> Result:
        """A transaction that carries no credential."""
        return await self._caller.call(operation, msgid, content, case.insured_place, secrets_of(None, case))

    async def _ask_settlement(self, msgid: str, case: Case, setl_id: str) -> Result | NotThere:
        """5203. A refusal that says "no such settlement" is an answer."""
        fields = {"psn_no": case.psn_no, "setl_id": setl_id, "mdtrt_id": case.mdtrt_id}
        result = await self._call("settlement", msgid, self._caller.under("settlement", fields), case)
        if isinstance(result, Refusal) and matches(self.profile.op.settlement.none_texts, result.text):
            return NotThere()
        return result

    def _area_infno(self, wanted: str) -> str:
        """The area's own number for an operation named by its name, its usual number or a variant."""
        for name, operation in OPERATIONS.items():
            if wanted == name or base_infno(wanted) == base_infno(operation.infno):
                return self.infno(name)
        return wanted


def _accepted(answer: Answer) -> Accepted:
    """A transaction whose answer says nothing but "done"."""
    return Accepted()


def _as_accepted(outcome: Outcome[None]) -> Outcome[Accepted]:
    return Done(Accepted()) if isinstance(outcome, Done) else outcome
