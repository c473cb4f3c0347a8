"""What every request carries besides its body, and what every answer does (hospital interface, §2.1)."""

from __future__ import annotations

import hashlib
import re

from aiohttp import web

from kiosk.sandbox.his._books import epoch
from kiosk.sandbox.his._engine import Keyed
from kiosk.sandbox.his._problems import Problem
from kiosk.sandbox.his.store import HisStore

KEY = re.compile(r"[0-9A-Za-z-]{26,36}")
TERMINAL = re.compile(r"[0-9A-Za-z._-]{1,32}/[0-9A-Za-z._-]{1,32}")
PAGE_MAX = 200
PUBLIC = {"capabilities", "health", "openapi"}
"""Answered without asking who is there."""

STORE = web.AppKey("store", HisStore)


def terminal_of(request: web.Request) -> str:
    """`X-Terminal`: site/device."""
    name = request.headers.get("X-Terminal", "")
    if not TERMINAL.fullmatch(name):
        raise Problem("BAD_REQUEST", "X-Terminal is site/device")
    return name


async def keyed_of(request: web.Request, operation: str, own_key: str = "") -> Keyed:
    """What makes this change repeatable. `own_key`: the id in the path, which the key must be.

    The digest is over path and body alone: a repeated request has a new deadline and a new request id.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        raise Problem("BAD_REQUEST", "Idempotency-Key is 26 to 36 letters and digits")
    if own_key and key != own_key:
        raise Problem("BAD_REQUEST", "Idempotency-Key is the id in the path")
    deadline = request.headers.get("X-Deadline")
    if deadline is None:
        raise Problem("BAD_REQUEST", "a change needs X-Deadline")
    digest = hashlib.sha256(request.path_qs.encode() + b"\n" + await request.read()).hexdigest()
    return Keyed(operation, key, digest, epoch(deadline))


def limit_of(request: web.Request) -> int:
    text = request.query.get("limit", str(PAGE_MAX))
    if not text.isdecimal() or not 1 <= int(text) <= PAGE_MAX:
        raise Problem("BAD_REQUEST", f"limit is 1 to {PAGE_MAX}")
    return int(text)


async def stamp(request: web.Request, answer: web.StreamResponse) -> None:
    """Every answer tells the hospital's time, so that terminals can make deadlines without a right clock."""
    answer.headers["X-Server-Time"] = request.app[STORE].now_text()
    if "X-Request-Id" in request.headers:
        answer.headers["X-Request-Id"] = request.headers["X-Request-Id"][:64]


def problem_answer(request: web.Request, problem: Problem) -> web.Response:
    ref = request.headers.get("X-Request-Id", "")[:64]
    return web.json_response(
        problem.body(ref), status=problem.status, content_type="application/problem+json"
    )
