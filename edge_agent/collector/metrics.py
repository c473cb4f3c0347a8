"""The fleet in OpenMetrics text. Base units, `_total` for counters; no patient, no transaction as label."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from edge_agent.collector.store import Store

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def render(store: Store, now: datetime) -> str:
    """All metrics of one moment."""
    devices, streams, totals = store.devices(), store.streams(), store.totals()
    health = {device["device"]: _streams_of(device) for device in devices}
    lines = [
        *_family("collector_devices", "Terminals ever seen.", [({}, len(devices))]),
        *_family(
            "collector_device_online",
            "1 while the terminal's link is up.",
            (({"device": each["device"]}, int(bool(each["online"]))) for each in devices),
        ),
        *_family(
            "collector_device_silence_seconds",
            "Since the last message of the terminal.",
            (({"device": each["device"]}, _age_s(each["last_seen"], now)) for each in devices),
        ),
        *_family(
            "collector_stream_watermark",
            "Newest entry with everything before it, chain checked.",
            ((_labels(each), each["watermark"]) for each in streams),
        ),
        *_family(
            "collector_stream_missing_entries",
            "Entries known to be missing between the watermark and the newest one seen.",
            ((_labels(each), each["highest"] - each["watermark"]) for each in streams),
        ),
        *_family(
            "collector_stream_held",
            "1 while the stream waits for a person because its chain does not hold.",
            ((_labels(each), int(each["held_reason"] is not None)) for each in streams),
        ),
        *_family(
            "collector_oldest_unacked_age_seconds",
            "By the terminal's own last report: the oldest entry that is not here.",
            (
                ({"device": device, "stream": str(each.get("stream"))}, each["oldest_unacked_age_s"])
                for device, reports in health.items()
                for each in reports
                if isinstance(each.get("oldest_unacked_age_s"), int | float)
            ),
        ),
        *_family("collector_gaps", "Stretches of entries that will not come.", [({}, len(store.gaps()))]),
        *_family("collector_entries", "Entries taken in.", [({}, totals["entries"])], "counter"),
        *_family("collector_poison_entries", "Entries of no use.", [({}, totals["poison"])], "counter"),
        *_family("collector_quarantined", "Payloads put aside.", [({}, totals["quarantined"])], "counter"),
        "# EOF\n",
    ]
    return "\n".join(lines)


def _family(
    name: str, help_text: str, samples: Iterable[tuple[dict[str, str], float]], kind: str = "gauge"
) -> list[str]:
    suffix = "_total" if kind == "counter" else ""
    lines = [f"# TYPE {name} {kind}", f"# HELP {name} {help_text}"]
    for labels, value in samples:
        inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{suffix}{{{inner}}} {value}" if inner else f"{name}{suffix} {value}")
    return lines


def _labels(stream: dict[str, Any]) -> dict[str, str]:
    return {"device": stream["device"], "stream": stream["stream"], "epoch": stream["epoch"]}


def _streams_of(device: dict[str, Any]) -> list[dict[str, Any]]:
    """The streams of a terminal's last health report; whatever is not one is left out."""
    reports = json.loads(device["health"] or "{}").get("streams", [])
    return [each for each in reports if isinstance(each, dict)] if isinstance(reports, list) else []


def _age_s(text: str, now: datetime) -> float:
    return round(max(0.0, (now.astimezone(UTC) - datetime.fromisoformat(text)).total_seconds()), 3)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
