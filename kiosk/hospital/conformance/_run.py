"""The run: which checks, in which order, and what is told of them."""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass
from typing import Any

from kiosk.hospital.conformance import _attempts, _back, _books, _broken, _leases
from kiosk.hospital.conformance._api import Api
from kiosk.hospital.conformance._bench import Bench, Fixtures
from kiosk.hospital.conformance._check import CHECKS, CannotRun, Check, Failed

ROUNDS = 40  # of the race between commit and cancel
BESIDE_MAX = 16  # checks running at once
CHECK_MAX_S = 60.0

assert all((_attempts, _back, _books, _broken, _leases)), "importing them lists their checks"


class Unusable(Exception):
    """There is no hospital interface at this address; the text says what was seen."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`ok` None: the check could not run here, `detail` says what is missing."""

    id: str
    title: str
    ok: bool | None
    detail: str
    ms: int


@dataclass(frozen=True, slots=True)
class Report:
    """All checks, in the order of their numbers."""

    checks: tuple[CheckResult, ...]

    @property
    def passed(self) -> int:
        return sum(check.ok is True for check in self.checks)

    @property
    def failed(self) -> int:
        return sum(check.ok is False for check in self.checks)

    @property
    def not_run(self) -> int:
        return sum(check.ok is None for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        return {
            "checks": [
                {"id": c.id, "title": c.title, "ok": c.ok, "detail": c.detail, "ms": c.ms}
                for c in self.checks
            ],
            "passed": self.passed,
            "failed": self.failed,
            "not_run": self.not_run,
        }

    def text(self) -> str:
        """One line per check, then the sum."""
        words = {True: "ok  ", False: "FAIL", None: "-   "}
        rows = [
            f"{words[c.ok]} {c.id:<5} {c.title}" + (f"\n           {c.detail}" if c.detail else "")
            for c in self.checks
        ]
        rows.append(f"{self.passed} passed, {self.failed} failed, {self.not_run} not run")
        return "\n".join(rows)


async def run_conformance(
    url: str,
    *,
    fixtures: Fixtures | None = None,
    tls: ssl.SSLContext | None = None,
    rounds: int = ROUNDS,
) -> Report:
    """Run every check against the hospital at `url` (without `/ki/v1`).

    Raises Unusable when there is no hospital interface. A check that breaks on an answer of an impossible
    shape has failed.
    """
    api = Api(url, tls)
    try:
        reply = await api.call("GET", "/capabilities")
        features = reply.body.get("features")
        if not reply.done or not isinstance(features, list):
            raise Unusable(f"{url}/ki/v1/capabilities: {reply.seen()}")
        bench = Bench(api, frozenset(str(name) for name in features), rounds, fixtures)
        results = await _run_all(bench)
    finally:
        await api.close()
    return Report(tuple(sorted(results, key=lambda result: (len(result.id[:3]), result.id))))


async def _run_all(bench: Bench) -> list[CheckResult]:
    gate = asyncio.Semaphore(BESIDE_MAX)

    async def beside(check: Check) -> CheckResult:
        async with gate:
            return await _run(check, bench)

    results = list(await asyncio.gather(*(beside(check) for check in CHECKS if check.phase == 0)))
    for phase in (1, 2):
        for check in CHECKS:
            if check.phase == phase:
                results.append(await _run(check, bench))
    return results


async def _run(check: Check, bench: Bench) -> CheckResult:
    started = time.perf_counter()
    ok: bool | None = True
    detail = ""
    try:
        bench.needs(check.feature)
        async with asyncio.timeout(CHECK_MAX_S):
            await check.body(bench)
    except CannotRun as exc:
        ok, detail = None, str(exc)
    except Failed as exc:
        ok, detail = False, str(exc)
    except TimeoutError:
        ok, detail = False, f"not ended within {CHECK_MAX_S:g} s"
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OSError) as exc:
        ok, detail = False, f"an answer of an impossible shape: {type(exc).__name__} {exc}"
    return CheckResult(check.id, check.title, ok, detail, round((time.perf_counter() - started) * 1000))
