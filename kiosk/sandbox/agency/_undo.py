"""Undoing and asking: 2208, 2601, 5203."""

from __future__ import annotations

import sqlite3

import msgspec

from kiosk.domain.split import Split
from kiosk.insurance.operations import base_infno
from kiosk.sandbox.agency import _ledger
from kiosk.sandbox.agency._desk import Desk, Output
from kiosk.sandbox.agency._message import Message, Refuse
from kiosk.sandbox.agency._people import identity
from kiosk.sandbox.agency._settle import answer, person_of
from kiosk.sandbox.agency._visits import revoke_batch, revoke_mdtrt

NO_SUCH_TRANSACTION = "原交易不存在，无此交易"
NO_SUCH_SETTLEMENT = "结算信息不存在，无此结算"


def undo(desk: Desk, message: Message) -> Output:
    """2208: the whole settlement back. A second one is refused."""
    desk.visit(message)
    found = desk.store.rows(
        "SELECT * FROM settlement WHERE setl_id = ? AND mdtrt_id = ?",
        message.text("setl_id"),
        message.text("mdtrt_id"),
    )
    if not found:
        raise Refuse(NO_SUCH_SETTLEMENT)
    if found[0]["undone_by"]:
        raise Refuse("该结算已撤销，不能重复撤销")
    _ledger.unbook(desk.store, found[0], "2208", desk.stamp())
    split = msgspec.json.decode(found[0]["split"], type=Split)
    own_fen, _ = _ledger.balances(desk.store, found[0]["psn_no"])
    negative = desk.profile.money.refund_sign == "negative"
    output = answer(desk, split, _about(found[0]), sign=-1 if negative else 1)
    info = output["setlinfo"][0] if isinstance(output["setlinfo"], list) else output["setlinfo"]
    info["balc"] = type(info["balc"])(own_fen).scaleb(-2)
    info["setl_time"] = desk.stamp()
    if desk.manners.has("refund_nulls"):
        info.update({"psn_part_amt": None, "hosp_part_amt": None, "acct_mulaid_pay": None})
    if desk.manners.has("cash_misspelt"):
        info["pdn_cash_pay"] = info.pop("psn_cash_pay")
    return output


def reverse(desk: Desk, message: Message) -> Output:
    """2601: nothing of the named message stands any more. It may be repeated."""
    desk.insured(message)
    wanted = message.text("omsgid")
    found = desk.store.rows(
        "SELECT * FROM message WHERE msgid = ? AND base = ? AND psn_no = ? AND taken = 1",
        wanted,
        base_infno(message.text("oinfno")),
        message.text("psn_no"),
    )
    if not found:
        raise Refuse(NO_SUCH_TRANSACTION)
    original = found[0]
    match original["base"]:
        case "2207":
            _reverse_settlement(desk, wanted)
        case "2206":
            desk.store.write(
                "DELETE FROM presettled WHERE mdtrt_id = ? AND batch = ?",
                original["mdtrt_id"],
                original["batch"],
            )
        case "2204":
            revoke_batch(desk, original["mdtrt_id"], original["batch"])
        case "2201":
            revoke_batch(desk, original["mdtrt_id"], "0000")
            revoke_mdtrt(desk, original["mdtrt_id"])
        case "2203":
            desk.store.write("UPDATE visit SET described = 0 WHERE mdtrt_id = ?", original["mdtrt_id"])
        case base:
            raise Refuse(f"交易{base}不支持冲正")
    return {}


def _reverse_settlement(desk: Desk, msgid: str) -> None:
    found = desk.store.rows("SELECT * FROM settlement WHERE msgid = ?", msgid)
    if found and not found[0]["undone_by"]:
        _ledger.unbook(desk.store, found[0], "2601", desk.stamp())


def settlement(desk: Desk, message: Message) -> Output:
    """5203 by `setl_id`, or where the area can be asked without it, all settlements of the visit."""
    desk.insured(message)
    setl_id = message.text("setl_id")
    if not setl_id and desk.profile.area.find_settlement == "none":
        raise Refuse("setl_id不能为空")
    found = desk.store.rows(
        "SELECT * FROM settlement WHERE psn_no = ? AND mdtrt_id = ? AND (? = '' OR setl_id = ?)"
        " ORDER BY rowid",
        message.text("psn_no"),
        message.text("mdtrt_id"),
        setl_id,
        setl_id,
    )
    if not found:
        raise Refuse(NO_SUCH_SETTLEMENT)
    answers = [_as_5203(desk, row) for row in found]
    if len(answers) == 1:
        return answers[0]
    return {"setlinfo": [one["setlinfo"] for one in answers], "setldetail": []}


def _as_5203(desk: Desk, row: sqlite3.Row) -> Output:
    """5203 has names of its own, and neither own part nor hospital share."""
    output = answer(desk, msgspec.json.decode(row["split"], type=Split), _about(row))
    info = output["setlinfo"][0] if isinstance(output["setlinfo"], list) else output["setlinfo"]
    cash = info.pop("psn_cash_pay")
    info.update({"cash_payamt": cash, "psn_pay": cash, "refd_setl_flag": "1" if row["undone_by"] else "0"})
    del info["psn_part_amt"], info["hosp_part_amt"]
    return {"setlinfo": info, "setldetail": output["setldetail"]}


def _about(row: sqlite3.Row) -> Output:
    return {
        "mdtrt_id": row["mdtrt_id"],
        "setl_id": row["setl_id"],
        **identity(person_of(row)),
        "insutype": row["insutype"],
        "setl_time": row["settled_at"],
        "med_type": row["med_type"],
        "medins_setl_id": row["msgid"],
    }
