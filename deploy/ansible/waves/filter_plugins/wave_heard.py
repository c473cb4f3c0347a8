"""Whether the hospital hears what its terminals say of themselves, from what the collector reports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

SERVICES = ("kiosk.service", "edge-agent.service")
SAID_MAX_CHARS = 300


def wave_not_asked(terminal: Mapping[str, Any], collectors: Iterable[str], release: str) -> str:
    """Why the collector is not asked for a terminal, in words; "" when it is.

    `release`: what is to be heard, "" in a play that does not ask.
    """
    if not release:
        return "not asked: left out of this play"
    if not list(collectors):
        return "not asked: no collector in the inventory"
    services = terminal.get("guard_services") or terminal.get("terminal_services") or SERVICES
    return "" if "edge-agent.service" in services else "not asked: no agent on it"


def wave_asked_for(
    terminals: Iterable[Mapping[str, Any]], collectors: Iterable[str], release: str
) -> list[Mapping[str, Any]]:
    """Those of the terminals for which the collector is asked."""
    there = list(collectors)
    return [terminal for terminal in terminals if not wave_not_asked(terminal, there, release)]


def wave_silence(told: Mapping[str, Any]) -> str:
    """Why the collector's report says nothing; "" when it does."""
    try:
        _devices(told.get("stdout"))
    except (ValueError, TypeError, KeyError):
        said = str(told.get("stderr") or told.get("stdout") or told.get("msg") or "it says nothing").strip()
        return f"the collector cannot be asked: {said[-SAID_MAX_CHARS:]}"
    return ""


def wave_unheard(
    told: Mapping[str, Any], before: str, terminals: Iterable[Mapping[str, Any]], release: str
) -> dict[str, str]:
    """Terminals of which the collector has not heard what it must since `before` (its report then), and why.

    `release`: the one that must have started, or `any`. Nothing compares two clocks: what was heard before is
    no answer, but for a terminal that was on trial with the release already when the plan looked at it.
    """
    if silence := wave_silence(told):
        return {terminal["inventory_hostname"]: silence for terminal in terminals}
    now, then = _devices(told["stdout"]), _devices(before)
    found = {}
    for terminal in terminals:
        device = f"{terminal.get('site')}/{terminal.get('device')}"
        is_new = (terminal.get("release_status") or {}).get("current") != release
        if why := _missing(now.get(device), then.get(device, {}), release, is_new):
            found[terminal["inventory_hostname"]] = f"the collector: {why}"
    return found


def _missing(now: Mapping[str, Any] | None, then: Mapping[str, Any], release: str, is_new: bool) -> str:
    if now is None or now["birth_at"] is None:
        return "it was never heard"
    if is_new and now["birth_at"] == then.get("birth_at"):
        return "nothing was heard of a start since the switch"
    if release not in ("any", now["release"]):
        return f"a start of {now['release']} was heard, not of {release}"
    if now["online"] is False:
        return "its link is down"
    if now["missing_entries"]:
        return f"{now['missing_entries']} entries that it had at its start have not arrived"
    acknowledged = ("acked_stream", "acked_seq", "acked_at")
    if is_new and [now[key] for key in acknowledged] == [then.get(key) for key in acknowledged]:
        return "nothing that it sent since the switch was acknowledged"
    return "; ".join(fault for fault in now["faults"] if fault not in then.get("faults", []))


def _devices(report: Any) -> dict[str, Mapping[str, Any]]:
    return {row["device"]: row for row in json.loads(report)["devices"]}


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        return {
            "wave_asked_for": wave_asked_for,
            "wave_not_asked": wave_not_asked,
            "wave_silence": wave_silence,
            "wave_unheard": wave_unheard,
        }
