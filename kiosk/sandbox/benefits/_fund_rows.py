"""`setldetail`: which fund paid what. The list also holds account and hospital share (I5)."""

from __future__ import annotations

from kiosk.domain.split import FundRow, Split

_EMPLOYEE = "310"

_POOLED = {"310": ("310100", "职工基本医疗保险统筹基金"), "390": ("390100", "城乡居民基本医疗保险基金")}


def fund_rows(split: Split, insutype: str) -> tuple[FundRow, ...]:
    """The rows of a split, those of nothing left out. Codes: insurance interface, §5, fund_pay_type."""
    pooled_code, pooled_name = _POOLED.get(insutype, _POOLED[_EMPLOYEE])
    candidates = (
        (pooled_code, pooled_name, split.pooled_fen),
        ("320100", "公务员医疗补助", split.civil_fen),
        ("330100", "职工大额医疗费用补助", split.large_fen),
        ("390200", "城乡居民大病医疗保险", split.serious_fen),
        ("370100", "企业补充医疗保险", split.enterprise_fen),
        ("610100", "医疗救助基金", split.aid_fen),
        ("999997", "其他基金", split.other_fen),
        ("310200", "职工基本医疗保险个人账户", split.account_fen),
        ("310201", "个人账户家庭共济", split.family_fen),
        ("999996", "医院负担", split.hospital_fen),
    )
    return tuple(FundRow(code, name, paid, split.in_scope_fen) for code, name, paid in candidates if paid)
