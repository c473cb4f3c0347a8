"""From the port's types to the bodies a terminal sends.

Equal arguments make equal bytes: a repeated call must carry the same body under the same key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kiosk.domain.bill import BillRef
from kiosk.domain.split import Split
from kiosk.hospital.port import (
    ConsentDecision,
    InsuranceResult,
    InsuranceReversal,
    Lease,
    RefundDue,
    Tender,
)


def body(value: Mapping[str, Any]) -> bytes:
    """JSON in one spelling: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def resolve(psn_no: str, insured_place: str) -> bytes:
    return body({"by": {"psn_no": psn_no}, "insuplc_admdvs": insured_place})


def _bills_at(bills: tuple[BillRef, ...]) -> list[dict[str, Any]]:
    return [{"id": bill.bill_id, "version": bill.version} for bill in bills]


def lease(bills: tuple[BillRef, ...], ttl_s: int, session: str) -> bytes:
    return body({"bills": _bills_at(bills), "ttl_s": ttl_s, "session": session})


def begin(lease: Lease, bills: tuple[BillRef, ...], insured: bool, split: Split) -> bytes:
    planned = {
        "fund": split.fund_fen,
        "account": split.account_fen,
        "family_account": split.family_fen,
        "hospital": split.hospital_fen,
        "cash": split.cash_fen,
    }
    return body(
        {
            "lease_id": lease.lease_id,
            "fencing_token": lease.fencing_token,
            "bills": _bills_at(bills),
            "total_fen": sum(bill.total_fen for bill in bills),
            "mode": "insured" if insured else "self_pay",
            "planned_tenders": [{"kind": kind, "amount_fen": fen} for kind, fen in planned.items() if fen],
        }
    )


def tender(given: Tender) -> dict[str, Any]:
    return {
        "kind": given.kind.value,
        "amount_fen": given.amount_fen,
        "out_trade_no": given.out_trade_no,
        "channel_no": given.channel_no,
        "paid_at": given.paid_at,
    }


def commit(insurance: InsuranceResult | None, tenders: tuple[Tender, ...]) -> bytes:
    return body(
        {
            "insurance": _insurance(insurance) if insurance else None,
            "tenders": [tender(one) for one in tenders],
        }
    )


def _insurance(given: InsuranceResult) -> dict[str, Any]:
    return {
        "infno": given.infno,
        "msgid": given.msgid,
        "setl_id": given.setl_id,
        "mdtrt_id": given.mdtrt_id,
        "setl_time": given.setl_time,
        "setlinfo": _setlinfo(given.split),
        "setldetail": [
            {
                "fund_pay_type": row.fund_pay_type,
                "fund_pay_type_name": row.name,
                "fund_payamt_fen": row.paid_fen,
                "inscp_scp_amt_fen": row.in_scope_fen,
            }
            for row in given.split.rows
        ],
        "fund_includes_account": given.fund_includes_account,
        "pre_settle_digest": given.pre_settle_digest,
    }


def _setlinfo(split: Split) -> dict[str, Any]:
    return {
        "medfee_sumamt_fen": split.total_fen,
        "fulamt_ownpay_amt_fen": split.own_fen,
        "overlmt_selfpay_fen": split.over_limit_fen,
        "preselfpay_amt_fen": split.pre_self_fen,
        "inscp_scp_amt_fen": split.in_scope_fen,
        "act_pay_dedc_fen": split.deductible_fen,
        "hifp_pay_fen": split.pooled_fen,
        "cvlserv_pay_fen": split.civil_fen,
        "hifes_pay_fen": split.enterprise_fen,
        "hifmi_pay_fen": split.serious_fen,
        "hifob_pay_fen": split.large_fen,
        "maf_pay_fen": split.aid_fen,
        "oth_pay_fen": split.other_fen,
        "fund_pay_sumamt_fen": split.fund_fen,
        "psn_part_amt_fen": split.person_fen,
        "acct_pay_fen": split.account_fen,
        "acct_mulaid_pay_fen": split.family_fen,
        "psn_cash_pay_fen": split.cash_fen,
        "hosp_part_amt_fen": split.hospital_fen,
        "balc_fen": split.balance_fen,
        "pool_prop_selfpay": f"{split.pooled_ratio:f}",
    }


def reason(text: str) -> bytes:
    return body({"reason": text})


def renew(fencing_token: int) -> bytes:
    return body({"fencing_token": fencing_token})


def refund_begin(due: RefundDue) -> bytes:
    return body(
        {
            "refund_due_id": due.refund_due_id,
            "version": due.version,
            "amount_fen": sum(one.amount_fen for one in due.tenders),
            "tenders": [tender(one) for one in due.tenders],
        }
    )


def refund_commit(reversal: InsuranceReversal | None, tenders: tuple[Tender, ...]) -> bytes:
    undone = reversal and {
        "infno": reversal.infno,
        "setl_id": reversal.setl_id,
        "omsgid": reversal.omsgid,
        "at": reversal.at,
    }
    return body({"insurance_reversal": undone, "tenders": [tender(one) for one in tenders]})


def consent(visit_no: str, decision: ConsentDecision) -> bytes:
    return body(
        {
            "consent_id": decision.consent_id,
            "visit_no": visit_no,
            "version": decision.version,
            "line_ids": list(decision.line_ids),
            "decision": decision.decision,
            "relation": decision.relation,
            "method": decision.method,
        }
    )
