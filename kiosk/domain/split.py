"""Who pays what, as the agency says it, and the identities it must obey.

The terminal never computes a split. It checks that the returned one holds
together to the cent (insurance interface, §6) and explains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class FundRow:
    """One `setldetail` row. The list also holds account and hospital share: never sum it as fund."""

    fund_pay_type: str
    name: str
    paid_fen: int
    in_scope_fen: int


@dataclass(frozen=True, slots=True)
class LineShare:
    """What 2204 says of one fee line."""

    line_id: str
    amount_fen: int
    item_class: str  # 01 甲, 02 乙, 03 丙
    selfpay_ratio: Decimal
    own_fen: int  # fulamt_ownpay_amt
    over_limit_fen: int
    pre_self_fen: int
    in_scope_fen: int
    price_limit: Decimal | None

    def holds(self) -> bool:
        """I6: the four parts are the line."""
        parts = self.own_fen + self.over_limit_fen + self.pre_self_fen + self.in_scope_fen
        return parts == self.amount_fen


@dataclass(frozen=True, slots=True)
class Split:
    """`setlinfo` in fen, as returned by 2206A and 2207A. Amounts as named by the interface."""

    total_fen: int  # medfee_sumamt
    own_fen: int  # fulamt_ownpay_amt
    over_limit_fen: int  # overlmt_selfpay
    pre_self_fen: int  # preselfpay_amt
    in_scope_fen: int  # inscp_scp_amt
    deductible_fen: int  # act_pay_dedc
    pooled_fen: int  # hifp_pay
    civil_fen: int  # cvlserv_pay
    enterprise_fen: int  # hifes_pay
    serious_fen: int  # hifmi_pay
    large_fen: int  # hifob_pay
    aid_fen: int  # maf_pay
    other_fen: int  # oth_pay
    fund_fen: int  # fund_pay_sumamt, without the personal account
    person_fen: int  # psn_part_amt
    account_fen: int  # acct_pay
    family_fen: int  # acct_mulaid_pay
    cash_fen: int  # psn_cash_pay
    hospital_fen: int  # hosp_part_amt
    balance_fen: int  # balc, after this payment
    pooled_ratio: Decimal  # pool_prop_selfpay: a ratio of the fund, not an amount
    rows: tuple[FundRow, ...] = ()

    def faults(self) -> tuple[str, ...]:
        """The identities that do not hold, by their names in the reference; empty when all do.

        The adapter has already taken the account out of the fund where an area counts it in
        (`fund_includes_account`), and the family account out of `account_fen` where it is inside.
        """
        checks = {
            "I1": self.total_fen
            == self.own_fen + self.over_limit_fen + self.pre_self_fen + self.in_scope_fen,
            "I2": self.total_fen == self.fund_fen + self.person_fen + self.hospital_fen,
            "I3": self.person_fen == self.account_fen + self.family_fen + self.cash_fen,
            "I4": self.fund_fen
            == self.pooled_fen
            + self.civil_fen
            + self.enterprise_fen
            + self.serious_fen
            + self.large_fen
            + self.aid_fen
            + self.other_fen,
            "I5": not self.rows
            or sum(row.paid_fen for row in self.rows)
            == self.fund_fen + self.account_fen + self.family_fen + self.hospital_fen,
            "sign": min(self.cash_fen, self.account_fen, self.family_fen, self.fund_fen) >= 0,
        }
        return tuple(name for name, holds in checks.items() if not holds)

    @classmethod
    def self_paid(cls, total_fen: int) -> Split:
        """A bill outside insurance: the person pays all of it."""
        return cls(
            total_fen=total_fen,
            own_fen=total_fen,
            over_limit_fen=0,
            pre_self_fen=0,
            in_scope_fen=0,
            deductible_fen=0,
            pooled_fen=0,
            civil_fen=0,
            enterprise_fen=0,
            serious_fen=0,
            large_fen=0,
            aid_fen=0,
            other_fen=0,
            fund_fen=0,
            person_fen=total_fen,
            account_fen=0,
            family_fen=0,
            cash_fen=total_fen,
            hospital_fen=0,
            balance_fen=0,
            pooled_ratio=Decimal(0),
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of "why does the fund not pay this": a label key, an amount, the lines behind it."""

    key: str  # shared, own, pre_self, over_limit, deductible
    amount_fen: int
    line_ids: tuple[str, ...] = ()


def reasons(split: Split, lines: tuple[LineShare, ...]) -> tuple[Reason, ...]:
    """The person's part, divided only by what the agency returned; the rows sum to `person_fen`.

    The in-scope rest is by subtraction, and the deductible is taken out of it. Rows of nothing are left out.
    """
    rest = split.person_fen - split.own_fen - split.over_limit_fen - split.pre_self_fen
    deductible = min(split.deductible_fen, max(rest, 0))
    rows = (
        Reason("deductible", deductible),
        Reason("shared", rest - deductible),
        Reason("own", split.own_fen, tuple(s.line_id for s in lines if s.own_fen)),
        Reason("pre_self", split.pre_self_fen, tuple(s.line_id for s in lines if s.pre_self_fen)),
        Reason("over_limit", split.over_limit_fen, tuple(s.line_id for s in lines if s.over_limit_fen)),
    )
    return tuple(row for row in rows if row.amount_fen)
