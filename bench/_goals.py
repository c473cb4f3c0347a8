"""What each benchmark is to reach (design, §8), and where its figure stands in what the benchmark prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure: `at_most` or `at_least` (a number), or `empty` (a list of what went wrong).

    `path` leads to it through the printed object, keys separated by `/`.
    """

    bench: str
    what: str
    path: str
    at_most: float | None = None
    at_least: float | None = None
    unit: str = ""

    @property
    def reach(self) -> str:
        """For the table: `<= 1.05 x`."""
        if self.at_most is not None:
            return f"<= {self.at_most:g} {self.unit}".rstrip()
        if self.at_least is not None:
            return f">= {self.at_least:g} {self.unit}".rstrip()
        return "none"

    def reached(self, figure: Any) -> bool:
        """Whether a figure is good enough."""
        if self.at_most is not None:
            return bool(figure <= self.at_most)
        if self.at_least is not None:
            return bool(figure >= self.at_least)
        return not figure


X = "x"  # times the reference

GOALS = (
    Goal("card_read", "full read, times raw calls", "ratio", at_most=1.05, unit=X),
    Goal(
        "card_events", "event behind a bare watcher, median", "figures/lag_median_ms", at_most=0.2, unit="ms"
    ),
    Goal("card_events", "events missed", "figures/missed", at_most=0),
    Goal(
        "card_events", "back after the service's restart, worst", "figures/back_max_s", at_most=0.5, unit="s"
    ),
    Goal("card_soak", "cards missed in 1,000", "figures/missed", at_most=0),
    Goal("card_soak", "reads of good cards that failed", "figures/reads_failed", at_most=0),
    Goal("card_soak", "threads left behind", "figures/threads_growth", at_most=0),
    Goal("card_soak", "files left behind", "figures/files_growth", at_most=0),
    Goal("card_soak", "contexts lost", "figures/contexts_lost", at_most=0),
    Goal("card_soak", "memory growth", "figures/memory_growth_kib", at_most=2048, unit="KiB"),
    Goal(
        "card_soak",
        "caller free after a silent card, worst",
        "figures/freed_late_worst_ms",
        at_most=100,
        unit="ms",
    ),
    Goal("scanner", "frame with a code, CPU", "ratio/code_frame_cpu", at_most=0.8, unit=X),
    Goal("scanner", "idle frame behind the gate, CPU", "ratio/idle_frame_cpu", at_most=0.4, unit=X),
    Goal("scanner", "worst attempt", "worst_attempt_ms", at_most=60, unit="ms"),
    Goal("scanner", "wrong texts", "wrong_texts", at_most=0),
    Goal("catalogue", "any query, p99", "figures/all_queries/p99_ms", at_most=5, unit="ms"),
    Goal("catalogue", "trigram's own queries", "ratio/to_trigram_page_median", at_most=1, unit=X),
    Goal("catalogue", "queries that differ from the scan", "figures/queries_that_differ_from_scan"),
    Goal("journal", "durable append, rate", "ratio", at_least=0.9, unit=X),
    Goal("receipt", "commit to subscriber, p50", "figures/p50_ms", at_most=5, unit="ms"),
    Goal("receipt", "commit to subscriber, p99", "figures/p99_ms", at_most=20, unit="ms"),
    Goal("receipt", "agent idle, CPU", "figures/agent_idle_cpu_percent", at_most=0.1, unit="%"),
    Goal("receipt", "agent's memory", "figures/agent_rss_mib", at_most=40, unit="MiB"),
    Goal("simulate", "runs with the whole world", "figures/runs_per_s", at_least=1500, unit="runs/s"),
    Goal("simulate", "violations", "figures/violations"),
    Goal("simulate", "violations in schedules of two faults", "figures/schedule_violations"),
    Goal("simulate", "mutations not found", "figures/mutations_not_found"),
    Goal("scanner_streams", "simulated streams read, share", "decoded_share", at_least=0.974),
    Goal("scanner_streams", "time to the reading, mean", "mean_s", at_most=0.45, unit="s"),
    Goal("scanner_streams", "nominal streams, mean", "nominal_s", at_most=0.3, unit="s"),
    Goal("scanner_streams", "combined faults, mean", "combo_s", at_most=1.0, unit="s"),
    Goal("scanner_streams", "worst attempt", "figures/ours/cpu_max_ms", at_most=60, unit="ms"),
    Goal("scanner_streams", "wrong texts", "wrong_texts", at_most=0),
    Goal("scanner_photos", "photographs read rightly", "right_percent", at_least=99, unit="%"),
    Goal("scanner_photos", "wrong texts", "wrong_texts", at_most=0),
    Goal("scanner_photos", "texts where no code is", "false_positives", at_most=0),
    Goal("scanner_soak", "threads grown", "figures/threads_grown", at_most=0),
    Goal("scanner_soak", "handles grown", "figures/handles_grown", at_most=0),
    Goal("scanner_soak", "memory grown", "figures/memory_grown_mib", at_most=8, unit="MiB"),
    Goal("scanner_stills", "wrong texts", "wrong_texts", at_most=0),
    Goal("scanner_stills", "codes told twice", "twice", at_most=0),
    Goal("scanner_stills", "codes read, times zxing-cpp", "ratio/read_by_zxing_cpp", at_least=1.5, unit=X),
    Goal("fuzz_scanner", "crashes", "crashes", at_most=0),
    Goal("fuzz_scanner", "hangs", "hangs", at_most=0),
    Goal("fuzz_scanner", "wrong texts", "wrong_texts", at_most=0),
    Goal("fuzz_card", "inputs that end untyped", "figures/untyped"),
    Goal("ui_first_frame", "first frame, beside Chromium", "ratio/first_frame", at_most=0.6, unit=X),
    Goal("ui_first_frame", "memory with all screens built", "ratio/pss", at_most=0.5, unit=X),
    *(
        goal
        for panel in ("portrait", "landscape")
        for goal in (
            Goal("ui_tap", f"{panel}: tap to pixel, median", f"ratio/{panel}/median_ms", at_most=1, unit=X),
            Goal("ui_tap", f"{panel}: tap to pixel, p95", f"ratio/{panel}/p95_ms", at_most=1, unit=X),
            Goal("ui_tap", f"{panel}: taps lost", f"figures/{panel}/terminal/lost", at_most=0),
            Goal(
                "ui_tap",
                f"{panel}: screen change, p95",
                f"figures/{panel}/screen_change_ms/p95",
                at_most=50,
                unit="ms",
            ),
            Goal(
                "ui_tap",
                f"{panel}: idle, CPU",
                f"figures/{panel}/idle_terminal/cpu_percent",
                at_most=0.1,
                unit="%",
            ),
        )
    ),
)


class NoFigure(Exception):
    """The benchmark prints nothing at a goal's place: it was changed, and the goal was not."""


def figure(printed: Mapping[str, Any], path: str) -> Any:
    """What stands at `path`. Raises NoFigure."""
    found: Any = printed
    for key in path.split("/"):
        if not isinstance(found, Mapping) or key not in found:
            raise NoFigure(path)
        found = found[key]
    return found


def shown(value: Any) -> str:
    """A figure for people: numbers short, lists by their length."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return str(len(value)) if value else "0"
    return (
        f"{value:,.4g}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )
