"""`python -m bench [--quick] [NAME...]`: run the benchmarks one after the other and say what was reached.

Each runs as a process of its own, alone. What they print is collected in `bench/results.json` with the
facts of the machine. A figure that is not reached is a result, not a failure: the exit code is 1 only
when a benchmark broke, took too long, or printed nothing at the place of a goal; 2 for an unknown name.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench._goals import GOALS, NoFigure, figure, shown

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results.json"

QUICK_WAIT_MAX_S = 300.0
FULL_WAIT_MAX_S = 2400.0
END_WAIT_MAX_S = 10.0
ERROR_LINES_MAX = 15
BUSY_LOAD_PER_CORE = 0.5
"""Above this before a benchmark starts, its figures are of a machine that does other things too."""


def names() -> list[str]:
    """The benchmarks: modules of this folder without an underscore."""
    return sorted(path.stem for path in HERE.glob("[!_]*.py"))


def machine() -> dict[str, Any]:
    """What the figures are figures of."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "load_1_min": round(os.getloadavg()[0], 2),
    }


def run(name: str, *, quick: bool) -> dict[str, Any]:
    """One benchmark: what it printed, or why there is nothing."""
    command = [sys.executable, str(HERE / f"{name}.py"), *(["--quick"] if quick else [])]
    wait_max_s = QUICK_WAIT_MAX_S if quick else FULL_WAIT_MAX_S
    load = round(os.getloadavg()[0], 2)
    began_s = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, errors = process.communicate(timeout=wait_max_s)
            broken = ""
        except subprocess.TimeoutExpired:
            said, errors = _end(process)
            broken = f"longer than {wait_max_s:.0f} s"
    row = {"bench": name, "load_1_min": load, "took_s": round(time.monotonic() - began_s, 1)}
    printed = None if broken else _object(said)
    if printed is not None:
        return row | {"printed": printed}
    last = "\n".join(errors.splitlines()[-ERROR_LINES_MAX:])
    return row | {"broken": broken or f"exit code {process.returncode} and no JSON", "stderr": last}


def _end(process: subprocess.Popen[str]) -> tuple[str, str]:
    """End the benchmark with everything that it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        os.killpg(process.pid, how)
        try:
            return process.communicate(timeout=END_WAIT_MAX_S)
        except subprocess.TimeoutExpired:
            continue
    return "", "it does not end"


def _object(said: str) -> dict[str, Any] | None:
    try:
        printed = json.loads(said)
    except ValueError:
        return None
    return printed if isinstance(printed, dict) else None


def judged(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The goals of one benchmark, each with its figure and whether it is reached."""
    rows = []
    for goal in GOALS:
        if goal.bench != row["bench"] or "printed" not in row or "skipped" in row["printed"]:
            continue
        entry: dict[str, Any] = {"what": goal.what, "reach": goal.reach}
        try:
            value = figure(row["printed"], goal.path)
            entry |= {"figure": value, "unit": goal.unit, "reached": goal.reached(value)}
        except NoFigure as exc:
            entry |= {"missing": str(exc)}
        rows.append(entry)
    return rows


def told(row: dict[str, Any]) -> list[str]:
    """The lines of the table for one benchmark."""
    name = row["bench"]
    if "broken" in row:
        return [f"{name}  BROKEN: {row['broken']}", *(f"    {line}" for line in row["stderr"].splitlines())]
    printed = row["printed"]
    if "skipped" in printed:
        return [f"{name}  SKIPPED: {printed['skipped']}"]
    lines = [
        f"{name}  ({row['took_s']:.0f} s)",
        f"    against: {_reference(printed)}",
        f"    ratio: {_ratio(printed)}",
    ]
    for goal in row["goals"]:
        if "missing" in goal:
            lines.append(f"    {goal['what']:44}NO FIGURE at {goal['missing']}")
            continue
        value = f"{shown(goal['figure'])} {goal['unit']}".rstrip()
        verdict = "reached" if goal["reached"] else "NOT REACHED"
        lines.append(f"    {goal['what']:44}{value:>16}   {goal['reach']:16} {verdict}")
    if not row["goals"]:
        lines.append(f"    no goal is set for it; it says: {printed.get('reach', '-')}")
    return lines


def _reference(printed: dict[str, Any]) -> str:
    reference = printed.get("reference", "-")
    return str(reference.get("name", "-") if isinstance(reference, dict) else reference)


def _ratio(printed: dict[str, Any]) -> str:
    ratio = printed.get("ratio", "-")
    if not isinstance(ratio, dict):
        return f"{ratio} {printed.get('ratio_of', '')}".rstrip()
    return ", ".join(f"{name} {value}" for name, value in ratio.items())


def failed(rows: Sequence[dict[str, Any]]) -> bool:
    """Whether something could not be measured."""
    return any("broken" in row or any("missing" in goal for goal in row["goals"]) for row in rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, tell, write down."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small samples: does it run, is it far off")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - set(names()))
    if unknown:
        print(
            f"bench: error: no benchmark {', '.join(unknown)}; there are {', '.join(names())}",
            file=sys.stderr,
        )
        return 2
    facts = machine()
    print(", ".join(f"{name} {value}" for name, value in facts.items()), flush=True)
    rows = []
    for name in chosen.names or names():
        row = run(name, quick=chosen.quick)
        row["goals"] = judged(row)
        rows.append(row)
        print("\n".join(["", *told(row)]), flush=True)
        if row["load_1_min"] > BUSY_LOAD_PER_CORE * (os.cpu_count() or 1):
            print(f"    the machine was busy before it began: load {row['load_1_min']}", flush=True)
    RESULTS.write_text(
        json.dumps({"machine": facts, "quick": chosen.quick, "benches": rows}, ensure_ascii=False, indent=1)
        + "\n",
        encoding="utf-8",
    )
    reached = [goal["reached"] for row in rows for goal in row["goals"] if "reached" in goal]
    print(f"\n{sum(reached)} of {len(reached)} figures reached; written to {RESULTS.relative_to(ROOT)}")
    return 1 if failed(rows) else 0


if __name__ == "__main__":
    sys.exit(main())
