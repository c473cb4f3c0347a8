"""`setlinfo` to a `Split`: an area's conventions taken out, nothing computed that the agency did not say.

Traps of the insurance interface, §6: the fund that holds the account, the account that may hold the
family's, refunds with negative amounts and nulls, 5203's own names for cash and own part.
"""

from __future__ import annotations

from decimal import Decimal

from kiosk.domain.split import FundRow, Split
from kiosk.insurance._envelope import AnswerError
from kiosk.insurance._messages import SetlDetail, SetlInfo
from kiosk.insurance._read import Amount, amount, decimal, text
from kiosk.insurance.profile import Money

_BY_HOSPITAL = "999996"  # fund_pay_type


def settled_split(info: SetlInfo, details: list[SetlDetail], money: Money) -> Split:
    """A split of 2206, 2207 or 5203. Raises AnswerError when an amount that decides is missing."""
    return _split(info, details, money, sign=1)


def refunded_split(info: SetlInfo, details: list[SetlDetail], money: Money) -> Split:
    """What 2208 says came back, as positive amounts. Raises AnswerError."""
    return _split(info, details, money, sign=-1 if money.refund_sign == "negative" else 1)


def _split(info: SetlInfo, details: list[SetlDetail], money: Money, sign: int) -> Split:
    def needed(name: str) -> int:
        return sign * amount(getattr(info, name), name)

    def given(name: str) -> int:
        return sign * amount(getattr(info, name), name, default=0)

    details_read = tuple(_row(detail, sign) for detail in details)
    total = needed("medfee_sumamt")
    paid_by_account, family = needed("acct_pay"), given("acct_mulaid_pay")
    account = paid_by_account - family if money.acct_pay_includes_mulaid else paid_by_account
    fund = needed("fund_pay_sumamt") - (paid_by_account if money.fund_includes_account else 0)
    cash = sign * _cash(info)
    # Where the fund holds the account nobody says what psn_part_amt holds; I2 still checks the sum.
    told = None if money.fund_includes_account else decimal(info.psn_part_amt, "psn_part_amt")
    person = account + family + cash if told is None else given("psn_part_amt")
    hospital = given("hosp_part_amt")
    if decimal(info.hosp_part_amt, "hosp_part_amt") is None:
        hospital = sum(row.paid_fen for row in details_read if row.fund_pay_type == _BY_HOSPITAL)
    return Split(
        total_fen=total,
        own_fen=needed("fulamt_ownpay_amt"),
        over_limit_fen=needed("overlmt_selfpay"),
        pre_self_fen=needed("preselfpay_amt"),
        in_scope_fen=needed("inscp_scp_amt"),
        deductible_fen=given("act_pay_dedc"),
        pooled_fen=needed("hifp_pay"),
        civil_fen=given("cvlserv_pay"),
        enterprise_fen=given("hifes_pay"),
        serious_fen=given("hifmi_pay"),
        large_fen=given("hifob_pay"),
        aid_fen=given("maf_pay"),
        other_fen=given("oth_pay") + given("hifdm_pay"),
        fund_fen=fund,
        person_fen=person,
        account_fen=account,
        family_fen=family,
        cash_fen=cash,
        hospital_fen=hospital,
        balance_fen=amount(info.balc, "balc", default=0),
        pooled_ratio=decimal(info.pool_prop_selfpay, "pool_prop_selfpay") or Decimal(0),
        rows=details_read,
    )


def _cash(info: SetlInfo) -> int:
    """Cash under one of its three names: 2206 and 2207, the misspelt one of 2208, 5203."""
    for name in ("psn_cash_pay", "pdn_cash_pay", "cash_payamt"):
        raw: Amount = getattr(info, name)
        if decimal(raw, name) is not None:
            return amount(raw, name)
    raise AnswerError("psn_cash_pay: missing")


def _row(detail: SetlDetail, sign: int) -> FundRow:
    return FundRow(
        fund_pay_type=text(detail.fund_pay_type),
        name=text(detail.fund_pay_type_name),
        paid_fen=sign * amount(detail.fund_payamt, "fund_payamt", default=0),
        in_scope_fen=sign * amount(detail.inscp_scp_amt, "inscp_scp_amt", default=0),
    )
