"""Whether the release that runs is well: its own check, its units, an answer from the collector."""

from __future__ import annotations

import json
from pathlib import Path

from kiosk_guard import units
from kiosk_guard.places import GuardError, Places
from kiosk_guard.state import Trial
from kiosk_guard.system import run

ROWS_MAX = 200


def own_check(places: Places) -> list[str]:
    """What the `health` program of the current release finds failing. Raises GuardError when it says nothing.

    It prints rows as `kiosk doctor --json` does; its exit code is not asked.
    """
    program = places.current / "health"
    if not program.exists():
        raise GuardError(f"{program} is not there")
    said = run(["/bin/sh", "-c", '"$0" || [ $? -eq 1 ]', program], places.health_wait_max_s)
    try:
        rows = json.loads(said)
        failing = [str(row["what"]) for row in rows if row["state"] == "fail"]
    except (ValueError, KeyError, TypeError) as exc:
        raise GuardError(f"{program} says nothing that can be read: {exc}") from exc
    if len(rows) > ROWS_MAX:
        raise GuardError(f"{program} says more than {ROWS_MAX} rows")
    return failing


def baseline(places: Places) -> tuple[str, ...]:
    """What fails before a switch: a printer without paper is not the new release's fault.

    A check that does not even run is no excuse for the new one, so it counts as finding nothing.
    """
    try:
        return tuple(own_check(places))
    except GuardError:
        return ()


def acknowledged(path: Path | None) -> str:
    """What the collector acknowledged last of the agent's own stream; "" when it never did."""
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:1000]
    except OSError:
        return ""


def failing(places: Places, trial: Trial | None) -> list[str]:
    """What is wrong now and was not before the switch. Empty: well.

    The agent writes an entry of its own at each start. So an acknowledgement that differs from the one before
    the switch has gone all the way: new agent, broker, collector, and back.
    """
    found = []
    try:
        before = trial.failing if trial is not None else ()
        found += [what for what in own_check(places) if what not in before]
    except GuardError as exc:
        found.append(f"health: {exc}")
    try:
        found += units.failing(places)
    except GuardError as exc:
        found.append(f"units: {exc}")
    if trial is not None and places.agent_ack is not None and "agent" not in trial.failing:
        ack = acknowledged(places.agent_ack)
        if not ack or ack == trial.ack:
            found.append("agent: the collector has not answered since the switch")
    return found
