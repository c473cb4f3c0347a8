"""What `kiosk doctor` and systemd said on each terminal, as one report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def doctor_report(
    looked: Mapping[str, Mapping[str, Any]], accepted: Sequence[str] = ()
) -> dict[str, dict[str, Any]]:
    """Host -> {state: ok|fail|unreachable, release, rows, failing}. `looked`: host -> registered results."""
    return {host: _one(results, accepted) for host, results in looked.items()}


def _one(results: Mapping[str, Any], accepted: Sequence[str]) -> dict[str, Any]:
    doctor, services = results.get("doctor") or {}, results.get("services") or {}
    if doctor.get("unreachable") or services.get("unreachable") or not doctor:
        return {"state": "unreachable", "release": None, "rows": [], "failing": []}
    rows = [*_services(services), *_rows(doctor)]
    failing = [row["what"] for row in rows if row["state"] == "fail" and row["what"] not in accepted]
    release = (services.get("stdout_lines") or [""])[0]
    return {"state": "fail" if failing else "ok", "release": release, "rows": rows, "failing": failing}


def _services(services: Mapping[str, Any]) -> list[dict[str, str]]:
    """From the second line on: unit and its state, one a line."""
    rows = []
    for line in (services.get("stdout_lines") or [])[1:]:
        unit, _, state = line.partition(" ")
        rows.append(
            {
                "what": unit,
                "state": "ok" if state == "active" else "fail",
                "reason": state,
                "remedy": "" if state == "active" else f"journalctl -u {unit}",
            }
        )
    return rows


def _rows(doctor: Mapping[str, Any]) -> list[dict[str, str]]:
    try:
        rows = json.loads(doctor.get("stdout") or "")
    except ValueError:
        said = (doctor.get("stderr") or doctor.get("msg") or "nothing").strip()[-300:]
        return [{"what": "doctor", "state": "fail", "reason": said, "remedy": "look at the configuration"}]
    return list(rows)


def doctor_lines(report: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The report for a person: one line a terminal, and one for each thing that is not well."""
    lines = []
    for host in sorted(report):
        one = report[host]
        lines.append(f"{host:16} {one['state']:12} {one['release'] or '-'}")
        for row in one["rows"]:
            if row["state"] != "ok":
                remedy = f" -> {row['remedy']}" if row["remedy"] else ""
                lines.append(f"{'':16} {row['state']:5} {row['what']}: {row['reason']}{remedy}")
    return lines


class FilterModule:
    """How Ansible finds the filters."""

    def filters(self) -> dict[str, Any]:
        return {"doctor_report": doctor_report, "doctor_lines": doctor_lines}
