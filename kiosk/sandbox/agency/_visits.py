"""Visits and fee lines: 2201, 2202, 2203, 2204, 2205, 5201."""

from __future__ import annotations

from typing import Any

import msgspec

from kiosk.domain.money import MoneyError, fen, line_amount_fen, to_decimal, yuan
from kiosk.domain.split import LineShare
from kiosk.sandbox.agency._desk import Desk, Output
from kiosk.sandbox.agency._message import Message, Refuse
from kiosk.sandbox.agency._people import why_not_entitled
from kiosk.sandbox.benefits import share_line

ALL_BATCHES = "0000"
_NO_CEILING = 999999
_TURNED_SELF_PAY = "2"  # hosp_appr_flag


def register(desk: Desk, message: Message) -> Output:
    """2201. One unfinished registration for each of the hospital's visit numbers.

    A visit whose settlement was made, or made and undone by 2208, is finished; one that was never settled,
    or reversed as unanswered, has to be revoked first.
    """
    person = desk.holder(message)
    desk.scheme(person, message, message.text("insutype"))
    number = message.text("ipt_otp_no")
    same = desk.store.rows(
        "SELECT mdtrt_id FROM visit WHERE ipt_otp_no = ? AND psn_no = ? AND revoked = 0"
        " AND mdtrt_id NOT IN (SELECT mdtrt_id FROM settlement WHERE undone_by != '2601')",
        number,
        person.psn_no,
    )
    if same:
        raise Refuse("该就诊号已登记且未结束，不能重复登记")
    mdtrt_id = desk.number("visit")
    desk.store.write(
        "INSERT INTO visit VALUES (?, ?, ?, ?, ?, '', '', 0, 0, ?)",
        mdtrt_id,
        person.psn_no,
        message.text("insutype"),
        message.insured_place,
        number,
        message.text("begntime"),
    )
    answer = {"mdtrt_id": mdtrt_id, "psn_no": person.psn_no, "ipt_otp_no": number}
    return {desk.profile.answer_node("register"): answer}


def revoke_visit(desk: Desk, message: Message) -> Output:
    """2202. Repeating it changes nothing."""
    visit = desk.visit(message)
    if visit["ipt_otp_no"] != message.text("ipt_otp_no"):
        raise Refuse("就诊号与登记不符")
    if desk.store.open_lines(visit["mdtrt_id"]):
        raise Refuse("存在未结算费用明细，请先撤销明细")
    revoke_mdtrt(desk, visit["mdtrt_id"])
    return {}


def revoke_mdtrt(desk: Desk, mdtrt_id: str) -> None:
    """The visit is as if never registered. Raises Refuse while a settlement stands."""
    standing = "SELECT 1 FROM settlement WHERE mdtrt_id = ? AND undone_by = ''"
    if desk.store.rows(standing, mdtrt_id):
        raise Refuse("存在有效结算，不能撤销登记")
    desk.store.write("UPDATE visit SET revoked = 1 WHERE mdtrt_id = ?", mdtrt_id)


def describe(desk: Desk, message: Message) -> Output:
    """2203."""
    visit = desk.open_visit(message)
    if not message.diagnoses:
        raise Refuse("诊断信息不能为空")
    reason = why_not_entitled(desk, message, visit["insutype"], message.text("med_type"))
    if reason:
        raise Refuse(reason)
    desk.store.write(
        "UPDATE visit SET described = 1, med_type = ?, disease = ? WHERE mdtrt_id = ?",
        message.text("med_type"),
        message.text("dise_codg"),
        visit["mdtrt_id"],
    )
    return {}


def upload(desk: Desk, message: Message) -> Output:
    """2204: every line of the batch, or none."""
    visit = desk.open_visit(message)
    if desk.profile.order.describe == "required" and not visit["described"]:
        raise Refuse("请先上传就诊信息")
    lines: list[dict[str, Any]] = message.node if isinstance(message.node, list) else [message.node]
    if len(lines) > desk.profile.op.upload.lines_max:
        raise Refuse("单次上传明细超过上限")
    about = {(line["mdtrt_id"], line["psn_no"], line["chrg_bchno"]) for line in lines}
    if len(about) != 1:
        raise Refuse("明细的就诊ID、人员编号、批次号不一致")
    _check_new(desk, visit["mdtrt_id"], [str(line["feedetl_sn"]) for line in lines])
    batch = str(lines[0]["chrg_bchno"])
    return {
        desk.profile.answer_node("upload"): [_take(desk, visit["mdtrt_id"], batch, line) for line in lines]
    }


def _check_new(desk: Desk, mdtrt_id: str, numbers: list[str]) -> None:
    known = desk.store.rows("SELECT feedetl_sn FROM line WHERE mdtrt_id = ? AND state != 'revoked'", mdtrt_id)
    if len(set(numbers)) != len(numbers) or {row["feedetl_sn"] for row in known} & set(numbers):
        raise Refuse("费用明细流水号重复")


def _take(desk: Desk, mdtrt_id: str, batch: str, line: dict[str, Any]) -> Output:
    try:
        quantity, price = to_decimal(line["cnt"]), to_decimal(line["pric"])
        if fen(line["det_item_fee_sumamt"]) != line_amount_fen(quantity, price) or quantity <= 0 or price < 0:
            raise Refuse("明细项目费用总额不等于数量乘单价")
    except MoneyError as exc:
        raise Refuse("明细金额不正确") from exc
    item = desk.rules.items.by_code.get(str(line["med_list_codg"]))
    approved = str(line["hosp_appr_flag"]) != _TURNED_SELF_PAY
    share = share_line(str(line["feedetl_sn"]), quantity, price, item if approved else None)
    desk.store.write(
        "INSERT INTO line VALUES (?, ?, ?, 'open', ?, ?)",
        mdtrt_id,
        batch,
        share.line_id,
        int(item is None or item.account_pays),
        msgspec.json.encode(share).decode(),
    )
    return _line_answer(desk, share, item.fee_category if item else "14", quantity, price)


def _line_answer(desk: Desk, share: LineShare, category: str, quantity: Any, price: Any) -> Output:
    item_class = share.item_class
    if desk.manners.has("class_one_digit"):
        item_class = item_class.lstrip("0")
    return {
        "feedetl_sn": share.line_id,
        "det_item_fee_sumamt": yuan(share.amount_fen),
        "cnt": quantity,
        "pric": price,
        "pric_uplmt_amt": _NO_CEILING if share.price_limit is None else share.price_limit,
        "selfpay_prop": share.selfpay_ratio,
        "fulamt_ownpay_amt": yuan(share.own_fen),
        "overlmt_amt": yuan(share.over_limit_fen),
        "preselfpay_amt": yuan(share.pre_self_fen),
        "inscp_scp_amt": yuan(share.in_scope_fen),
        "chrgitm_lv": item_class,
        "med_chrgitm_type": category,
        "bas_medn_flag": "0",
        "hi_nego_drug_flag": "0",
        "list_sp_item_flag": None,
        "lmt_used_flag": "0",
        "drt_reim_flag": "0",
        "memo": None,
    }


def revoke_lines(desk: Desk, message: Message) -> Output:
    """2205: one batch or all that is not settled. Repeating it changes nothing."""
    visit = desk.visit(message)
    revoke_batch(desk, visit["mdtrt_id"], message.text("chrg_bchno"))
    return {}


def revoke_batch(desk: Desk, mdtrt_id: str, batch: str) -> None:
    """The batch's lines are as if never uploaded. Raises Refuse when they are settled."""
    settled = "SELECT 1 FROM line WHERE mdtrt_id = ? AND batch = ? AND state = 'settled'"
    if desk.store.rows(settled, mdtrt_id, batch):
        raise Refuse("费用已结算，不能撤销")
    every = int(batch == ALL_BATCHES)
    desk.store.write(
        "UPDATE line SET state = 'revoked' WHERE state = 'open' AND mdtrt_id = ? AND (? OR batch = ?)",
        mdtrt_id,
        every,
        batch,
    )
    desk.store.write("DELETE FROM presettled WHERE mdtrt_id = ? AND (? OR batch = ?)", mdtrt_id, every, batch)


def visits(desk: Desk, message: Message) -> Output:
    """5201."""
    person = desk.insured(message)
    found = desk.store.rows(
        "SELECT * FROM visit WHERE psn_no = ? AND revoked = 0 AND begun_at BETWEEN ? AND ? ORDER BY rowid",
        person.psn_no,
        message.text("begntime"),
        message.text("endtime"),
    )
    wanted, kind = message.text("mdtrt_id"), message.text("med_type")
    return {
        desk.profile.answer_node("visits"): [
            {
                "mdtrt_id": row["mdtrt_id"],
                "psn_no": row["psn_no"],
                "insutype": row["insutype"],
                "begntime": row["begun_at"],
                "endtime": None,
                "med_type": row["med_type"],
                "ipt_otp_no": row["ipt_otp_no"],
            }
            for row in found
            if wanted in ("", row["mdtrt_id"]) and row["med_type"] in ("", kind)
        ]
    }
