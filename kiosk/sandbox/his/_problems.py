"""The closed list of refusals (hospital interface, §2.5) and the body they travel in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Kind:
    status: int
    retry: str  # never, after, query
    zh: str  # at most 40 hanzi
    en: str


CODES: dict[str, _Kind] = {
    "BAD_REQUEST": _Kind(400, "never", "请求格式不对", "the request is not as the document says"),
    "PATIENT_NOT_FOUND": _Kind(404, "never", "没有这份档案", "no such patient record"),
    "BILL_NOT_FOUND": _Kind(404, "never", "没有这张单子", "no such bill"),
    "ATTEMPT_NOT_FOUND": _Kind(404, "query", "没有见过这次结算", "this attempt was never seen; not final"),
    "IDEMPOTENCY_MISMATCH": _Kind(422, "never", "同一编号，内容不同", "this key was used with another body"),
    "DEADLINE_PASSED": _Kind(409, "after", "请求已过期", "the deadline was over before the work began"),
    "MAINTENANCE": _Kind(503, "after", "系统维护中", "under maintenance, nothing was done"),
    "INTERNAL": _Kind(500, "query", "系统内部错误", "internal error"),
    "BILL_LEASED": _Kind(409, "after", "单子正在别处办理", "the bill is leased elsewhere"),
    "BILL_CHANGED": _Kind(412, "never", "单子有变动，请重新查看", "the bill has another version now"),
    "BILL_SETTLED": _Kind(409, "never", "单子已付清", "the bill is settled"),
    "BILL_UNKNOWN_ATTEMPT": _Kind(
        409, "after", "单子有一笔付款正在核实", "an attempt on this bill is still open"
    ),
    "BILL_EXPIRED": _Kind(409, "never", "单子已过期", "the bill is no longer valid"),
    "BILL_NOT_COMBINABLE": _Kind(
        409, "never", "这些单子不能一起结算", "these bills cannot be settled together"
    ),
    "LEASE_UNKNOWN": _Kind(404, "never", "没有这个占用", "no such lease"),
    "LEASE_EXPIRED": _Kind(409, "never", "占用已到期", "the lease is over"),
    "LEASE_FENCED": _Kind(409, "never", "占用已被取代", "a newer lease holds these bills"),
    "AMOUNT_MISMATCH": _Kind(409, "never", "金额与单子不符", "the amount is not the bills' total"),
    "TENDER_SUM_MISMATCH": _Kind(409, "never", "各项支付之和不符", "the tenders do not sum to the total"),
    "SPLIT_MISMATCH": _Kind(409, "never", "支付与医保分解不符", "the tenders are not the insurance split"),
    "GATE_BLOCKED": _Kind(409, "never", "这张单子需要人工处理", "a gate blocks this bill here"),
    "CONSENT_REQUIRED": _Kind(409, "never", "还有项目未经同意", "an item still needs the patient's consent"),
    "CONSENT_CHANGED": _Kind(409, "never", "同意内容有变动", "what needs consent has changed"),
    "ATTEMPT_CANCELLED": _Kind(409, "never", "这次结算已取消", "the attempt is cancelled"),
    "NOT_REVERSIBLE": _Kind(409, "never", "这笔结算不能撤销", "this settlement cannot be reversed here"),
    "REVERSE_MISMATCH": _Kind(
        409, "never", "医保撤销与结算不符", "the insurance reversal is not of this one"
    ),
    "REFUND_CHANGED": _Kind(409, "never", "退费内容有变动", "the refund due has changed or is taken"),
    "REFUND_EXCEEDS": _Kind(409, "never", "退费超过可退金额", "more than may go back"),
    "DAY_OPEN": _Kind(409, "after", "当日账目未结", "the day is not closed yet"),
}


class Problem(Exception):
    """A refusal without effect: it ends the transaction, and nothing of it is kept.

    `why` names what exactly did not fit, in English, for the integrator's eyes; never person data.
    """

    def __init__(self, code: str, why: str = "", *, effect: str = "none") -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.status = CODES[code].status
        self.why = why
        self.effect = effect

    def body(self, ref: str) -> dict[str, object]:
        """The problem body of §2.1; `ref` is the request's own id, so that both logs can be joined."""
        kind = CODES[self.code]
        body: dict[str, object] = {
            "type": f"urn:ki:problem:{self.code}",
            "status": kind.status,
            "code": self.code,
            "effect": self.effect,
            "retry": kind.retry,
            "detail_zh": kind.zh,
            "detail_en": f"{kind.en}: {self.why}" if self.why else kind.en,
            "ref": ref,
        }
        if kind.retry == "after":
            body["retry_after_s"] = 2
        return body
