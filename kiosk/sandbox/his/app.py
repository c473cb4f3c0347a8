"""The hospital interface served over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from kiosk.sandbox.faults import FaultPlan, fault_middleware
from kiosk.sandbox.his import _changes
from kiosk.sandbox.his._handlers import CODE, LIMITS, ROUTES, SIGNAL, HisLimits
from kiosk.sandbox.his._headers import PUBLIC, STORE, problem_answer, stamp
from kiosk.sandbox.his._problems import Problem
from kiosk.sandbox.his._testing import add_test_resources, carried_fault, death_middleware
from kiosk.sandbox.his.store import HisStore

BODY_MAX_BYTES = 1 << 20


def his_app(
    store: HisStore,
    *,
    limits: HisLimits | None = None,
    faults: FaultPlan | None = None,
    fixmedins_code: str = "H99010000001",
    test_resources: bool = True,
    die: Callable[[], None] | None = None,
) -> web.Application:
    """The application that serves `store` under `/ki/v1`.

    Args:
        faults: what goes wrong, planned from outside (demo and tests).
        test_resources: serve `/test/...` and obey `X-Test-Fault`, as the conformance suite needs it.
        die: ends this process at once, for the faults `die_after` and `die_before`. Without it the books
            alone are closed and opened again, which to a terminal is the same.
    """
    plan = faults or FaultPlan()
    middlewares = [fault_middleware(plan, _operation_of, fault_of=carried_fault if test_resources else None)]
    if test_resources:
        middlewares.insert(0, death_middleware(die or store.crash))
    app = web.Application(middlewares=[*middlewares, _problems], client_max_size=BODY_MAX_BYTES)
    app[STORE] = store
    app[LIMITS] = limits or HisLimits()
    app[CODE] = fixmedins_code
    app[SIGNAL] = _changes.Signal(store)
    app.on_response_prepare.append(stamp)
    app.on_startup.append(_start_signal)
    app.on_shutdown.append(_stop_signal)
    for method, path, handler in ROUTES:
        app.router.add_route(method, "/ki/v1" + path, handler, name=handler.__name__)
    if test_resources:
        add_test_resources(app.router)
    return app


async def _start_signal(app: web.Application) -> None:
    app[SIGNAL].start()


async def _stop_signal(app: web.Application) -> None:
    app[SIGNAL].stop()


async def _operation_of(request: web.Request) -> str | None:
    name = request.match_info.route.name
    return None if name in (None, "health", "openapi") or name.startswith("test") else name


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        name = request.match_info.route.name
        if request.app[STORE].health == "down" and name not in PUBLIC:
            raise Problem("MAINTENANCE")
        return await handler(request)
    except Problem as problem:
        return problem_answer(request, problem)
