"""`kiosk benefits check CASES.json [--policy FILE.toml] [--json]`."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path

from kiosk.sandbox.benefits.cases import Case, CaseError, compute, read_cases
from kiosk.sandbox.benefits.policy import load_policy
from kiosk.settings import SettingsError

DONE, FAILED, BAD_INPUT = 0, 1, 2


def benefits_command(cases: Path, policy: Path | None, as_json: bool) -> int:
    """Compute every case of a file and compare it with what it expects.

    Prints `{id: {field: "amount"}}` or one readable line a case. A case with a `policy` of its own is
    computed by that; the others by the file `policy`.

    Returns:
        0 every expectation met, 1 one is not, 2 a file cannot be used.
    """
    try:
        region = load_policy(policy) if policy is not None else None
        read = read_cases(cases)
        found = {case.id: compute(case, region) for case in read}
    except (CaseError, SettingsError) as exc:
        print(f"kiosk: error: {exc}", file=sys.stderr)
        return BAD_INPUT
    differences = {case.id: _differences(case, found[case.id]) for case in read}
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for case in read:
            print(_line(case, found[case.id], differences[case.id]))
    return FAILED if any(differences.values()) else DONE


def _differences(case: Case, found: dict[str, str]) -> list[str]:
    return [
        f"{name}: {found.get(name, 'no such amount')}, expected {wanted}"
        for name, wanted in case.expect.items()
        if name not in found or Decimal(found[name]) != wanted
    ]


def _line(case: Case, found: dict[str, str], differences: list[str]) -> str:
    if differences:
        return f"{case.id}: differs: {'; '.join(differences)}"
    shown = case.expect or ("fund_pay_sumamt", "acct_pay", "psn_cash_pay")
    return f"{case.id}: " + ", ".join(f"{name} {found[name]}" for name in shown)
