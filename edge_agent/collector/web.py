"""The collector's page: transactions, terminals, metrics. Loopback only, reading only."""

from __future__ import annotations

import asyncio
import html
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from edge_agent.collector.metrics import CONTENT_TYPE, render
from edge_agent.collector.store import AMOUNTS, Store

DB = web.AppKey("db", str)
PAGE_ROWS_MAX = 200
_START_WAIT_MAX_S = 10.0

_STYLE = """
body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b2733}
table{border-collapse:collapse;width:100%;margin:0 0 2rem}
th,td{padding:.4rem .6rem;border-bottom:1px solid #d5dde5;text-align:left}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.held{color:#a8201a;font-weight:bold}
"""


def application(db: str) -> web.Application:
    """`/` for people, `/metrics` for the monitoring, `/api/transactions` and `/api/devices` for programs."""
    app = web.Application()
    app[DB] = db
    app.router.add_get("/", _page)
    app.router.add_get("/metrics", _metrics)
    app.router.add_get("/api/transactions", _transactions)
    app.router.add_get("/api/devices", _devices)
    return app


class WebThread:
    """The page in a thread of its own, so that a slow reader never holds up the ingest."""

    def __init__(self, db: str, host: str, port: int) -> None:
        self._db = db
        self._host = host
        self._asked_port = port
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self.port = 0
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def start(self) -> None:
        """Returns when the page can be asked. Raises OSError when the port is taken."""
        self._thread.start()
        if not self._ready.wait(_START_WAIT_MAX_S):
            raise OSError(f"the page did not start within {_START_WAIT_MAX_S} s")
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_WAIT_MAX_S)

    def _run(self) -> None:
        runner = web.AppRunner(application(self._db), handle_signals=False, access_log=None)
        try:
            self._loop.run_until_complete(self._serve(runner))
        except OSError as exc:
            self._failure = exc
            return
        finally:
            self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _serve(self, runner: web.AppRunner) -> None:
        await runner.setup()
        await web.TCPSite(runner, self._host, self._asked_port).start()
        self.port = int(runner.addresses[0][1])


async def _metrics(request: web.Request) -> web.Response:
    with closing(Store(request.app[DB], read_only=True)) as store:
        text = render(store, datetime.now(UTC))
    return web.Response(body=text.encode(), headers={"Content-Type": CONTENT_TYPE})


async def _transactions(request: web.Request) -> web.Response:
    with closing(Store(request.app[DB], read_only=True)) as store:
        return web.json_response({"transactions": store.transactions(request.query.get("device"))})


async def _devices(request: web.Request) -> web.Response:
    with closing(Store(request.app[DB], read_only=True)) as store:
        fields = {"devices": store.devices(), "streams": store.streams(), "gaps": store.gaps()}
    return web.json_response(fields)


async def _page(request: web.Request) -> web.Response:
    with closing(Store(request.app[DB], read_only=True)) as store:
        transactions = store.transactions(limit=PAGE_ROWS_MAX)
        devices, streams, totals = store.devices(), store.streams(), store.totals()
    money = [name.removesuffix("_fen") for name in AMOUNTS]
    body = (
        "<h1>Transactions</h1>"
        + _table(
            ["opened", "terminal", "settlement", "last event", "outcome"],
            money,
            [
                (
                    [t["opened_at"], t["device"], t["settlement"], t["last_kind"], t["outcome"] or ""],
                    [_yuan(t[name]) for name in AMOUNTS],
                )
                for t in transactions
            ],
        )
        + "<h1>Terminals</h1>"
        + _table(
            ["terminal", "link", "last message"],
            [],
            [([d["device"], "up" if d["online"] else "down", d["last_seen"]], []) for d in devices],
        )
        + "<h1>Journals</h1>"
        + _table(
            ["terminal", "stream", "epoch", "held"],
            ["complete to", "missing"],
            [
                (
                    [s["device"], s["stream"], s["epoch"], s["held_reason"] or ""],
                    [str(s["watermark"]), str(s["highest"] - s["watermark"])],
                )
                for s in streams
            ],
        )
        + f"<p>{totals['entries']} entries, {totals['poison']} of no use,"
        f" {totals['quarantined']} payloads put aside.</p>"
    )
    text = (
        "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=5>"
        f"<title>Collector</title><style>{_STYLE}</style><body>{body}</body></html>"
    )
    return web.Response(text=text, content_type="text/html")


def _table(words: Sequence[str], numbers: Sequence[str], rows: Sequence[tuple[list[str], list[str]]]) -> str:
    head = "".join(f"<th>{each}" for each in words) + "".join(f"<th class=n>{each}" for each in numbers)
    lines = (
        "<tr>"
        + "".join(f"<td>{html.escape(each)}" for each in left)
        + "".join(f"<td class=n>{html.escape(each)}" for each in right)
        for left, right in rows
    )
    return f"<table><tr>{head}{''.join(lines)}</table>"


def _yuan(fen: Any) -> str:
    if fen is None:
        return ""
    sign, amount = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{amount // 100}.{amount % 100:02}"
