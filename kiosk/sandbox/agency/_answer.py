"""Answers on the wire: envelope, and the deviations that the agency's manners ask for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from aiohttp import web

from kiosk.sandbox.agency.manners import Manners

_NUMBERS = msgspec.json.Encoder(decimal_format="number")
_STRINGS = msgspec.json.Encoder(decimal_format="string")


def done(manners: Manners, area: str, serial: int, now: dt.datetime, output: dict[str, Any]) -> web.Response:
    """infcode 0."""
    text = None if manners.has("err_msg_null") else "成功"
    return _respond(manners, _envelope(manners, area, serial, now, 0, text), output)


def failed(manners: Manners, area: str, serial: int, now: dt.datetime, text: str) -> web.Response:
    """infcode -1."""
    return _respond(manners, _envelope(manners, area, serial, now, -1, text), {})


def _envelope(
    manners: Manners, area: str, serial: int, now: dt.datetime, code: int, text: str | None
) -> dict[str, Any]:
    stamp = f"{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03d}"
    return {
        "infcode": str(code) if manners.has("infcode_as_string") else code,
        "inf_refmsgid": f"{area}{now:%Y%m%d%H%M%S}{serial:010d}",
        "refmsg_time": stamp,
        "respond_time": stamp,
        "err_msg": text,
        "warn_msg": None,
    }


def _respond(manners: Manners, envelope: dict[str, Any], output: dict[str, Any]) -> web.Response:
    encoder = _STRINGS if manners.has("amounts_as_strings") else _NUMBERS
    if manners.has("extra_keys"):
        envelope["local_trace"] = {"node": 7}
        output = {**output, "local_extra": [1, 2]}
        if isinstance(output.get("setlinfo"), dict):
            output["setlinfo"] = {**output["setlinfo"], "hifdm_pay": None, "dedc_std": "0", "psn_pay": {}}
    if manners.has("idetinfo_beside") and "idetinfo" in output:
        envelope["idetinfo"] = output.pop("idetinfo")
    if output or not manners.has("output_absent"):
        as_string = manners.has("output_as_string")
        envelope["output"] = encoder.encode(output).decode() if as_string else output
    return web.Response(body=encoder.encode(envelope), content_type="application/json", charset="utf-8")
