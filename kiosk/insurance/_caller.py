"""One transaction: envelope, sign-in, exchange, and which of the three arms the answer is.

A message goes out once. The one exception: an answer that refuses it for its sign-in says that it was not
taken in, so after signing in again it goes once more, under the same msgid.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from kiosk.domain.outcome import Done, Outcome, Refused, Unknown
from kiosk.exchange import NoReply
from kiosk.insurance import _answers
from kiosk.insurance._envelope import Answer, AnswerError, Terminal, decode, encode
from kiosk.insurance._transport import Reply, Wire
from kiosk.insurance.profile import Profile, matches
from kiosk.insurance.redact import redact_text

T = TypeVar("T")

_log = logging.getLogger("kiosk.insurance")

REFUSED = "SE-01"
"""The agency refused (wording, §4, behaviour 9)."""

NO_NETWORK = "FB-01"
"""No sign-in could be had, so nothing was sent (wording, §4, behaviour 24)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A parsed refusal. The text is as it came and may name a person: `read` redacts it."""

    text: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


Result: TypeAlias = Answer | Refusal | Refused | Unknown
"""What `Caller.call` returns: `Refused` is made here only when nothing was sent."""


@dataclass(frozen=True, slots=True)
class _SignIn:
    """A `sign_no` and the business day it is good for. Memory only."""

    sign_no: str = field(repr=False)
    day: dt.date = dt.date.min


class Caller:
    """Sends transactions of one area for one terminal."""

    def __init__(
        self,
        profile: Profile,
        terminal: Terminal,
        url: str,
        wire: Wire,
        spare_msgid: Callable[[], Awaitable[str]] | None,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._profile = profile
        self._terminal = terminal
        self._url = url
        self._wire = wire
        self._spare_msgid = spare_msgid
        self._now = now
        self._signed: _SignIn | None = None
        self._signing = asyncio.Lock()

    async def call(
        self,
        operation: str,
        msgid: str,
        content: dict[str, Any],
        insured_place: str = "",
        secrets: tuple[str, ...] = (),
    ) -> Result:
        """Send one message, signing in first where that is needed."""
        signed = await self._ensure_signed()
        if not isinstance(signed, Done):
            return _not_sent(signed)
        sign_no = signed.value.sign_no
        result = await self._exchange(operation, msgid, content, insured_place, sign_no, secrets)
        if not self._lost_sign_in(result):
            return result
        self._forget(sign_no)
        signed = await self._ensure_signed()
        if not isinstance(signed, Done):
            return result
        return await self._exchange(operation, msgid, content, insured_place, signed.value.sign_no, secrets)

    def read(self, result: Result, parse: Callable[[Answer], T]) -> Outcome[T]:
        """The port's outcome. An answer that says 0 but makes no sense is unknown."""
        match result:
            case Answer():
                try:
                    return Done(parse(result))
                except AnswerError as exc:
                    return self.unknown(str(exc))
            case Refusal(text=text, secrets=secrets):
                return Refused(REFUSED, redact_text(text, secrets))
            case Refused() | Unknown():
                return result

    def unknown(self, why: str) -> Unknown:
        """Nobody here knows; asking makes sense after the area's declared longest delay."""
        return Unknown(self._profile.area.answer_delay_max_s, why)

    async def sign_in(self, msgid: str) -> Outcome[None]:
        """9001."""
        async with self._signing:
            signed = await self._sign_in(msgid)
        return Done(None) if isinstance(signed, Done) else signed

    async def sign_out(self, msgid: str) -> Outcome[None]:
        """9002. Not signed in: done without a call."""
        if self._signed is None:
            return Done(None)
        sign_no = self._signed.sign_no
        content = self.under("sign_out", {"sign_no": sign_no, "opter_no": self._terminal.operator_no})
        result = await self._exchange("sign_out", msgid, content, "", sign_no, ())
        if isinstance(result, Answer):
            self._forget(sign_no)
        return self.read(result, lambda answer: None)

    def forget(self) -> None:
        """Drop the sign-in without a call."""
        self._signed = None

    def under(self, operation: str, fields: object) -> dict[str, Any]:
        """`input` with the operation's own node."""
        return {self._profile.node(operation): fields}

    async def _ensure_signed(self) -> Outcome[_SignIn]:
        async with self._signing:
            if self._signed is not None and self._signed.day == self._business_day():
                return Done(self._signed)
            if self._spare_msgid is None:
                return Refused(REFUSED, "not signed in")
            return await self._sign_in(await self._spare_msgid())

    async def _sign_in(self, msgid: str) -> Outcome[_SignIn]:
        fields = {
            "opter_no": self._terminal.operator_no,
            "mac": self._terminal.mac,
            "ip": self._terminal.ip,
        }
        day = self._business_day()
        result = await self._exchange("sign_in", msgid, self.under("sign_in", fields), "", "", ())
        node = self._profile.answer_node("sign_in")
        signed = self.read(result, lambda answer: _SignIn(_answers.sign_no(answer.output, node), day))
        if isinstance(signed, Done):
            self._signed = signed.value
        return signed

    def _lost_sign_in(self, result: Result) -> bool:
        return isinstance(result, Refusal) and matches(self._profile.sign.expired_texts, result.text)

    def _forget(self, sign_no: str) -> None:
        """Another call may have signed in again meanwhile: only the lost one is dropped."""
        if self._signed is not None and self._signed.sign_no == sign_no:
            self._signed = None

    def _business_day(self) -> dt.date:
        return self._now().astimezone(self._profile.area.zone).date()

    async def _exchange(
        self,
        operation: str,
        msgid: str,
        content: dict[str, Any],
        insured_place: str,
        sign_no: str,
        secrets: tuple[str, ...],
    ) -> Result:
        infno, now, started = self._profile.operation(operation).infno, self._now(), time.monotonic()
        body = encode(
            self._profile,
            self._terminal,
            infno=infno,
            msgid=msgid,
            sign_no=sign_no,
            insured_place=insured_place,
            content=content,
            now=now,
        )
        reply = await self._wire.post(self._url, body, int(now.timestamp()))
        result = self._classify(reply, secrets)
        self._note(infno, msgid, result, time.monotonic() - started)
        return result

    def _classify(self, reply: Reply | NoReply, secrets: tuple[str, ...]) -> Result:
        if isinstance(reply, NoReply):
            return self.unknown(reply.why)
        try:
            answer = decode(reply.body)
        except AnswerError as exc:
            return self.unknown(f"http {reply.status}: {exc}")
        if not answer.done:
            if matches(self._profile.envelope.duplicate_texts, answer.text):
                # Sent once and called a duplicate: somewhere on the way it was doubled, and the first one
                # may have been granted.
                return self.unknown("called a duplicate")
            return Refusal(answer.text, secrets)
        if reply.status >= 300:
            return self.unknown(f"http {reply.status} with infcode 0")
        return answer

    def _note(self, infno: str, msgid: str, result: Result, took_s: float) -> None:
        """One log line a call: what staff need to ask the agency about it.

        A peer's own text may name a person whom nobody here can recognise, so it goes with the outcome
        (and into the sealed journal), never into a log.
        """
        facts: dict[str, object] = {
            "infno": infno,
            "msgid": msgid,
            "arm": type(result).__name__.lower(),
            "ms": int(took_s * 1000),
        }
        if isinstance(result, Unknown):
            facts["why"] = result.why
        if isinstance(result, Answer) and result.warning:
            facts["warned"] = True
        _log.info("insurance call", extra={"facts": facts})


def _not_sent(failed: Refused | Unknown) -> Refused:
    """No sign-in, so the message itself never left: nothing changed for certain."""
    match failed:
        case Refused():
            return Refused(failed.code, f"sign-in: {failed.peer_text}")
        case Unknown():
            return Refused(NO_NETWORK, f"sign-in: {failed.why}")
