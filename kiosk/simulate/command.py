"""`kiosk simulate`: run the money machine against its faults, and say what broke."""

from __future__ import annotations

import json

from kiosk.simulate.mutations import MUTATIONS
from kiosk.simulate.run import VARIANTS, Summary, by_seed, exhaustively


def simulate_command(
    runs: int, seed: int, mutation: str | None, *, schedules: int | None, as_json: bool
) -> int:
    """Seeded runs, and every schedule of at most `schedules` faults. Exit 0 clean, 1 broken, 2 usage."""
    if mutation is not None and mutation not in MUTATIONS:
        print(f"kiosk simulate: unknown mutation {mutation}; one of {', '.join(MUTATIONS)}")
        return 2
    parts = {"seeded": by_seed(runs, seed, mutation)} if runs else {}
    if schedules is not None:
        parts |= {variant: exhaustively(variant, schedules, mutation) for variant in VARIANTS}
    result = _result(parts)
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        _print(result)
    return 1 if result["violations"] else 0


def _result(parts: dict[str, Summary]) -> dict[str, object]:
    runs = sum(part.runs for part in parts.values())
    elapsed_s = sum(part.elapsed_s for part in parts.values())
    found = [
        {"replay": v.replay, "variant": v.variant, "names": list(v.names)}
        for part in parts.values()
        for v in part.violations
    ]
    first = next((p.first_violation_run for p in parts.values() if p.first_violation_run), None)
    return {
        "runs": runs,
        "violations": found,
        "runs_per_s": round(runs / elapsed_s) if elapsed_s else 0,
        "first_violation_run": first,
        "schedules": {name: part.runs for name, part in parts.items() if name != "seeded"},
    }


def _print(result: dict[str, object]) -> None:
    print(f"{result['runs']} runs, {result['runs_per_s']} a second")
    violations = result["violations"]
    assert isinstance(violations, list), "violations are a list"
    for violation in violations:
        print(f"  {violation['variant']}: {', '.join(violation['names'])}   [{violation['replay']}]")
    if not violations:
        print("no violation")
