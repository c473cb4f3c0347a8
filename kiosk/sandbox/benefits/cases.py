"""Worked examples: the case files of `kiosk benefits check` (benefit model, §5)."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from kiosk.domain.money import MoneyError, round_fen, yuan
from kiosk.sandbox.benefits._case_fields import CaseError, amount, exact, known_keys, number
from kiosk.sandbox.benefits._case_plan import plan_of
from kiosk.sandbox.benefits.engine import Facts, Settled, SoFar, settle
from kiosk.sandbox.benefits.plan import Plan, check_ratio
from kiosk.sandbox.benefits.policy import Policy, Remote
from kiosk.sandbox.benefits.resolve import Insured, NoBenefit, plan_for

__all__ = ["Case", "CaseError", "compute", "read_cases"]

_MAX_FILE_BYTES = 16 << 20
_MAX_CASES = 100_000

_INPUT_KEYS = frozenset(
    {
        "total", "own", "over", "pre", "classb", "acct", "mutual", "dedc_paid", "fund_cum", "fee_cum",
        "scope_cum", "cata_cum", "period_used", "age",
    }
)  # fmt: skip
_SELECTORS = frozenset(
    {"day", "med_type", "psn_type", "level", "disease", "stay_number", "remote", "civil_servant", "groups"}
)
"""Further keys of `input` when a region's policy file decides: they choose the benefit."""


@dataclass(frozen=True, slots=True)
class Case:
    """One worked example as read. Without a `policy` a region's policy file computes it."""

    id: str
    policy: dict[str, Any] | None
    input: dict[str, Any]
    expect: dict[str, Decimal]


def read_cases(path: Path) -> tuple[Case, ...]:
    """Read a case file. Raises CaseError."""
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise CaseError(f"{path}: larger than {_MAX_FILE_BYTES} bytes")
        raw = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as exc:
        raise CaseError(f"{path}: {exc.strerror or exc}") from exc
    except (ValueError, RecursionError) as exc:
        raise CaseError(f"{path}: not JSON: {exc}") from exc
    if not isinstance(raw, list) or len(raw) > _MAX_CASES:
        raise CaseError(f"{path}: a list of at most {_MAX_CASES} cases is needed")
    cases = tuple(_case(item, f"{path}: case {position}") for position, item in enumerate(raw, 1))
    if len({case.id for case in cases}) != len(cases):
        raise CaseError(f"{path}: two cases with one id")
    return cases


def compute(case: Case, policy: Policy | None = None) -> dict[str, str]:
    """The amounts of one case, by the interface's names, in yuan with two decimals.

    A case's own `policy` decides; a case without one is computed by the region's. Raises CaseError.
    """
    where = f"{case.id}: input"
    if case.policy is not None:
        known_keys(case.input, _INPUT_KEYS, where)
        plan, insutype = plan_of(case.policy, case.input, f"{case.id}: policy"), "310"
    elif policy is not None:
        known_keys(case.input, _INPUT_KEYS | _SELECTORS, where)
        plan, insutype = _region_plan(policy, case.input, where), policy.region.insutype
    else:
        raise CaseError(f"{case.id}: no policy of its own, and no policy file was given")
    try:
        return _amounts(settle(plan, _facts(case.input, where, insutype)))
    except (MoneyError, ValueError) as exc:
        raise CaseError(f"{case.id}: {exc}") from exc


def _amounts(settled: Settled) -> dict[str, str]:
    """The interface's amount names, plus `cata_base` and `acct_left`."""
    split = settled.split
    in_fen = {
        "medfee_sumamt": split.total_fen,
        "fulamt_ownpay_amt": split.own_fen,
        "overlmt_selfpay": split.over_limit_fen,
        "preselfpay_amt": split.pre_self_fen,
        "inscp_scp_amt": split.in_scope_fen,
        "act_pay_dedc": split.deductible_fen,
        "hifp_pay": split.pooled_fen,
        "cvlserv_pay": split.civil_fen,
        "hifes_pay": split.enterprise_fen,
        "hifmi_pay": split.serious_fen,
        "hifob_pay": split.large_fen,
        "maf_pay": split.aid_fen,
        "oth_pay": split.other_fen,
        "fund_pay_sumamt": split.fund_fen,
        "psn_part_amt": split.person_fen,
        "acct_pay": split.account_fen,
        "acct_mulaid_pay": split.family_fen,
        "psn_cash_pay": split.cash_fen,
        "hosp_part_amt": split.hospital_fen,
        "cata_base": round_fen(settled.catastrophic_base),
        "acct_left": split.balance_fen,
    }
    return {name: str(yuan(value)) for name, value in in_fen.items()}


def _facts(given: dict[str, Any], where: str, insutype: str) -> Facts:
    if "total" not in given:
        raise CaseError(f"{where}: total: missing")
    pre = exact(given, "pre", where)
    rows = given.get("classb", [])
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        raise CaseError(f"{where}: classb: a list of [amount, ratio] is needed")
    for fee, ratio in rows:
        share = number(ratio, f"{where}: classb")
        check_ratio(share, "classb")
        pre += yuan(round_fen(number(fee, f"{where}: classb") * share))
    return Facts(
        total=exact(given, "total", where),
        own=exact(given, "own", where),
        over_limit=exact(given, "over", where),
        pre_self=pre,
        account=exact(given, "acct", where),
        family=(exact(given, "mutual", where),),
        so_far=SoFar(
            deductible=amount(given, "dedc_paid", where),
            in_scope=amount(given, "scope_cum", where),
            pooled=amount(given, "fund_cum", where),
            fee=amount(given, "fee_cum", where),
            catastrophic_base=amount(given, "cata_cum", where),
            period=amount(given, "period_used", where),
        ),
        insutype=insutype,
    )


def _region_plan(policy: Policy, given: dict[str, Any], where: str) -> Plan:
    remote: Remote | None = given.get("remote")
    if remote is not None and remote not in get_args(Remote):
        raise CaseError(f"{where}: remote: one of {', '.join(get_args(Remote))} is needed")
    try:
        day = dt.date.fromisoformat(str(given.get("day", policy.region.valid[0])))
    except ValueError as exc:
        raise CaseError(f"{where}: day: {exc}") from exc
    who = Insured(
        day=day,
        med_type=str(given.get("med_type", "11")),
        psn_type=str(given.get("psn_type", "")),
        level=str(given.get("level", "")),
        disease=str(given.get("disease", "")),
        stay_number=max(1, int(amount({"stay_number": 1, **given}, "stay_number", where))),
        age=int(amount(given, "age", where)),
        remote=remote,
        civil_servant=given.get("civil_servant") is True,
        groups=tuple(map(str, given.get("groups", ()))),
    )
    plan = plan_for(policy, who)
    if isinstance(plan, NoBenefit):
        raise CaseError(f"{where}: {plan.why}")
    return plan


def _case(raw: Any, where: str) -> Case:
    if not isinstance(raw, dict) or not isinstance(raw.get("id"), str):
        raise CaseError(f"{where}: a case with an id is needed")
    where = f"{where} ({raw['id']})"
    policy, given, expect = raw.get("policy"), raw.get("input"), raw.get("expect", {})
    if not isinstance(given, dict) or not isinstance(expect, dict):
        raise CaseError(f"{where}: input and expect must be objects")
    if policy is not None and not isinstance(policy, dict):
        raise CaseError(f"{where}: policy must be an object")
    wanted = {name: number(value, f"{where}: expect: {name}") for name, value in expect.items()}
    return Case(raw["id"], policy, given, wanted)
