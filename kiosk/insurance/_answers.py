"""From an answer's `output` to what the port promises. Every function raises AnswerError."""

from __future__ import annotations

from decimal import Decimal

from kiosk.domain.person import Person, Scheme
from kiosk.domain.split import LineShare
from kiosk.insurance._envelope import AnswerError
from kiosk.insurance._messages import (
    BaseInfo,
    InsuInfo,
    LineResult,
    Registered,
    SetlDetail,
    SetlInfo,
    SignIn,
    TrtInfo,
    Visit,
)
from kiosk.insurance._read import (
    amount,
    date,
    decimal,
    moment,
    nodes,
    one,
    optional_nodes,
    required,
    same,
    text,
)
from kiosk.insurance._split import refunded_split, settled_split
from kiosk.insurance.port import Case, Entitlement, NotThere, PreSettled, Reversed, Settlement
from kiosk.insurance.port import Registered as RegisteredVisit
from kiosk.insurance.profile import Profile

_NO_CEILING = Decimal(999999)  # pric_uplmt_amt
_NORMAL = "1"  # psn_insu_stas, trt_enjymnt_flag
_REFUNDED = "1"  # refd_setl_flag


def sign_no(output: bytes, node: str) -> str:
    """9001."""
    return required(one(output, node, SignIn).sign_no, "sign_no")


def person(output: bytes, node: str) -> Person:
    """1101. `idetinfo` is not used, so it may lie anywhere."""
    base = one(output, node, BaseInfo)
    age = decimal(base.age, "age")
    return Person(
        psn_no=required(base.psn_no, "psn_no"),
        cert_type=text(base.psn_cert_type),
        cert_no=required(base.certno, "certno"),
        name=required(base.psn_name, "psn_name"),
        sex=text(base.gend),
        birth_date=date(base.brdy),
        age=None if age is None else int(age),
        schemes=tuple(_scheme(row) for row in optional_nodes(output, "insuinfo", InsuInfo)),
    )


def _scheme(row: InsuInfo) -> Scheme:
    return Scheme(
        insutype=required(row.insutype, "insutype"),
        psn_type=required(row.psn_type, "psn_type"),
        # Not a required field: an area that leaves it out says "suspended" by its date, or in 2001.
        state=text(row.psn_insu_stas) or _NORMAL,
        suspended_on=date(row.paus_insu_date),
        insured_place=required(row.insuplc_admdvs, "insuplc_admdvs"),
        balance_fen=amount(row.balc, "balc", default=0),
        employer=text(row.emp_name),
    )


def entitlement(output: bytes, node: str) -> Entitlement:
    """2001: entitled when any fund pays; otherwise the first reason given."""
    rows = optional_nodes(output, node, TrtInfo)
    if any(text(row.trt_enjymnt_flag) == _NORMAL for row in rows):
        return Entitlement(True)
    return Entitlement(False, next((text(row.trt_chk_rslt) for row in rows if text(row.trt_chk_rslt)), ""))


def registered(output: bytes, node: str, case: Case, ipt_otp_no: str) -> RegisteredVisit:
    """2201."""
    found = one(output, node, Registered)
    same(found.psn_no, case.psn_no, "psn_no")
    same(found.ipt_otp_no, ipt_otp_no, "ipt_otp_no")
    return RegisteredVisit(required(found.mdtrt_id, "mdtrt_id"))


def line_shares(output: bytes, node: str, line_ids: tuple[str, ...]) -> tuple[LineShare, ...]:
    """2204: one share for every line that was sent, in the order sent."""
    shares = {share.line_id: share for share in map(_line_share, nodes(output, node, LineResult))}
    missing = [line_id for line_id in line_ids if line_id not in shares]
    if missing:
        raise AnswerError(f"{node}: {len(missing)} of {len(line_ids)} lines missing")
    return tuple(shares[line_id] for line_id in line_ids)


def _line_share(row: LineResult) -> LineShare:
    ceiling = decimal(row.pric_uplmt_amt, "pric_uplmt_amt")
    total = amount(row.det_item_fee_sumamt, "det_item_fee_sumamt")
    own = amount(row.fulamt_ownpay_amt, "fulamt_ownpay_amt", default=0)
    over = amount(row.overlmt_amt, "overlmt_amt", default=0)
    pre = amount(row.preselfpay_amt, "preselfpay_amt", default=0)
    return LineShare(
        line_id=required(row.feedetl_sn, "feedetl_sn"),
        amount_fen=total,
        item_class=required(row.chrgitm_lv, "chrgitm_lv").zfill(2),  # some areas send 1, 2, 3
        selfpay_ratio=decimal(row.selfpay_prop, "selfpay_prop") or Decimal(0),
        own_fen=own,
        over_limit_fen=over,
        pre_self_fen=pre,
        in_scope_fen=amount(row.inscp_scp_amt, "inscp_scp_amt", default=total - own - over - pre),
        price_limit=None if ceiling is None or ceiling >= _NO_CEILING else ceiling,
    )


def pre_settled(output: bytes, profile: Profile, case: Case) -> PreSettled:
    """2206."""
    info = one(output, profile.answer_node("pre_settle"), SetlInfo)
    _about(info, case)
    return PreSettled(settled_split(info, _details(output), profile.money))


def settled(output: bytes, profile: Profile, case: Case, msgid: str) -> Settlement:
    """2207. Its `medins_setl_id` must be our own msgid where the area sends it."""
    info = one(output, profile.answer_node("settle"), SetlInfo)
    _about(info, case)
    same(info.medins_setl_id, msgid, "medins_setl_id")
    return _settlement(info, _details(output), profile, msgid)


def found_by_msgid(output: bytes, profile: Profile, case: Case, msgid: str) -> Settlement | NotThere:
    """5203 without a `setl_id`: the settlement whose `medins_setl_id` is ours, among those of the visit."""
    rows = optional_nodes(output, profile.answer_node("settlement"), SetlInfo)
    return _pick(rows, [row for row in rows if text(row.medins_setl_id) == msgid], output, profile, case)


def found_by_id(output: bytes, profile: Profile, case: Case, setl_id: str) -> Settlement | NotThere:
    """5203 by `setl_id`."""
    rows = optional_nodes(output, profile.answer_node("settlement"), SetlInfo)
    return _pick(rows, [row for row in rows if text(row.setl_id) == setl_id], output, profile, case)


def undone(output: bytes, profile: Profile, case: Case) -> Reversed:
    """2208: what came back, as positive amounts.

    The settlement is undone whatever the amounts look like; amounts that do not hold are left out.
    """
    rows = optional_nodes(output, profile.answer_node("undo"), SetlInfo)
    if not rows:
        return Reversed()
    same(rows[0].mdtrt_id, case.mdtrt_id, "mdtrt_id")
    try:
        split = refunded_split(rows[0], _details(output), profile.money)
    except AnswerError:
        split = None
    return Reversed(at=text(rows[0].setl_time), split=split if split and not split.faults() else None)


def visits(output: bytes, node: str) -> tuple[str, ...]:
    """5201."""
    return tuple(required(row.mdtrt_id, "mdtrt_id") for row in optional_nodes(output, node, Visit))


def _pick(
    rows: list[SetlInfo], ours: list[SetlInfo], output: bytes, profile: Profile, case: Case
) -> Settlement | NotThere:
    """Ours among the visit's. A negative sibling with the same number, or a flag, says that it is undone."""
    standing = [row for row in ours if amount(row.medfee_sumamt, "medfee_sumamt") >= 0]
    if not standing:
        return NotThere()
    info = standing[0]
    _about(info, case)
    # setldetail belongs to a single settlement; with several rows nobody says to which.
    details = _details(output) if len(rows) == 1 else []
    refunded = text(info.refd_setl_flag) == _REFUNDED or len(standing) < len(ours)
    return _settlement(info, details, profile, text(info.medins_setl_id), refunded)


def _settlement(
    info: SetlInfo, details: list[SetlDetail], profile: Profile, msgid: str, refunded: bool = False
) -> Settlement:
    return Settlement(
        setl_id=required(info.setl_id, "setl_id"),
        mdtrt_id=required(info.mdtrt_id, "mdtrt_id"),
        msgid=msgid,
        settled_at=moment(info.setl_time, profile.area.zone, "setl_time"),
        split=settled_split(info, details, profile.money),
        refunded=refunded,
    )


def _about(info: SetlInfo, case: Case) -> None:
    """The echoes that say whose answer this is."""
    same(required(info.mdtrt_id, "mdtrt_id"), case.mdtrt_id, "mdtrt_id")
    same(info.psn_no, case.psn_no, "psn_no")


def _details(output: bytes) -> list[SetlDetail]:
    return optional_nodes(output, "setldetail", SetlDetail)
