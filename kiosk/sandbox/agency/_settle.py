"""Pre-settling and settling: 2206, 2207, and the shape of their answers."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from kiosk.domain.money import yuan
from kiosk.domain.split import LineShare, Split
from kiosk.sandbox.agency import _ledger
from kiosk.sandbox.agency._desk import Desk, Output
from kiosk.sandbox.agency._message import Message, Refuse
from kiosk.sandbox.agency._people import identity
from kiosk.sandbox.benefits import Facts, Insured, NoBenefit, Settled, plan_for, settle
from kiosk.sandbox.persons import BY_PSN_NO, InventedPerson


def pre_settle(desk: Desk, message: Message) -> Output:
    """2206: the split of the batch as it stands now. Nothing moves."""
    person, visit, settled, _ = _compute(desk, message)
    desk.store.write(
        "INSERT OR REPLACE INTO presettled VALUES (?, ?, ?, ?)",
        visit["mdtrt_id"],
        message.text("chrg_bchno"),
        message.text("insutype"),
        _certificate(message),
    )
    about = _about(person, visit, message, setl_id=None, setl_time=None)
    return answer(desk, settled.split, about)


def settle_batch(desk: Desk, message: Message) -> Output:
    """2207: what 2206 promised, booked. Everything that 2206 was told must be told again."""
    batch = message.text("chrg_bchno")
    if desk.store.rows(
        "SELECT 1 FROM settlement WHERE mdtrt_id = ? AND batch = ? AND undone_by = ''",
        message.text("mdtrt_id"),
        batch,
    ):
        raise Refuse("该批次已结算，不能重复结算")
    visit = desk.open_visit(message)
    promised = desk.store.rows(
        "SELECT * FROM presettled WHERE mdtrt_id = ? AND batch = ?", visit["mdtrt_id"], batch
    )
    if not promised:
        raise Refuse("请先预结算")
    if promised[0]["insutype"] != message.text("insutype"):
        raise Refuse("险种与预结算不一致")
    if promised[0]["certificate"] != _certificate(message):
        raise Refuse("就诊凭证与预结算不一致")
    person, visit, settled, period = _compute(desk, message)
    split = settled.split
    told = tuple(
        message.fen(name)
        for name in ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
    )
    if told != (split.own_fen, split.over_limit_fen, split.pre_self_fen, split.in_scope_fen):
        raise Refuse("费用分割金额与明细不一致")
    setl_id, stamp = desk.number("settlement"), desk.stamp()
    day = desk.local().date()
    _ledger.book(desk.store, person.psn_no, message.text("insutype"), period, day, split, settled.counted)
    desk.store.write(
        "UPDATE line SET state = 'settled' WHERE mdtrt_id = ? AND batch = ? AND state = 'open'",
        visit["mdtrt_id"],
        batch,
    )
    desk.store.write(
        "INSERT INTO settlement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '')",
        setl_id,
        message.msgid,
        visit["mdtrt_id"],
        batch,
        person.psn_no,
        message.text("insutype"),
        message.insured_place,
        message.text("med_type"),
        stamp,
        msgspec.json.encode(split).decode(),
        msgspec.json.encode(settled.counted).decode(),
        period,
    )
    about = _about(person, visit, message, setl_id=setl_id, setl_time=stamp)
    return answer(desk, split, about)


def _compute(desk: Desk, message: Message) -> tuple[InventedPerson, sqlite3.Row, Settled, str]:
    """The split of the open lines of a batch for the person as insured now. Raises Refuse."""
    person = desk.holder(message)
    visit = desk.open_visit(message)
    insutype, med_type, batch = (message.text(name) for name in ("insutype", "med_type", "chrg_bchno"))
    if insutype != visit["insutype"]:
        raise Refuse("险种与登记不一致")
    if visit["med_type"] not in ("", med_type):
        raise Refuse("医疗类别与就诊信息不一致")
    scheme = desk.scheme(person, message, insutype)
    rows = desk.store.rows(
        "SELECT * FROM line WHERE mdtrt_id = ? AND batch = ? AND state = 'open'", visit["mdtrt_id"], batch
    )
    if not rows:
        raise Refuse("该批次没有费用明细")
    day = desk.local().date()
    remote = person.remote if scheme.insured_place != desk.profile.area.admdvs else None
    who = Insured(
        day=day,
        med_type=med_type,
        psn_type=scheme.psn_type,
        level=message.institution.level,
        disease=visit["disease"],
        age=person.age_on(day),
        remote=remote,
        civil_servant=person.civil_servant,
        groups=person.groups,
    )
    policy = desk.rules.policies.get((scheme.insured_place, insutype))
    plan = plan_for(policy, who) if policy else NoBenefit("no policy")
    if isinstance(plan, NoBenefit):
        raise Refuse("没有对应的医保待遇")
    period = _ledger.period_of(plan.period_unit, day)
    facts = _facts(desk, message, rows, person, insutype, period)
    return person, visit, settle(plan, facts), period


def _facts(
    desk: Desk, message: Message, rows: list[sqlite3.Row], person: InventedPerson, insutype: str, period: str
) -> Facts:
    shares = [msgspec.json.decode(row["share"], type=LineShare) for row in rows]
    total = sum(share.amount_fen for share in shares)
    if total != message.fen("medfee_sumamt"):
        raise Refuse("医疗费总额与明细合计不一致")
    closed = sum(share.own_fen for share, row in zip(shares, rows, strict=True) if not row["account_pays"])
    own_fen, family_fen = _ledger.balances(desk.store, person.psn_no)
    use = message.text("acct_used_flag") == "1"
    return Facts(
        total=yuan(total),
        own=yuan(sum(share.own_fen for share in shares)),
        own_without_account=yuan(closed),
        over_limit=yuan(sum(share.over_limit_fen for share in shares)),
        pre_self=yuan(sum(share.pre_self_fen for share in shares)),
        account=yuan(own_fen if use else 0),
        family=(yuan(family_fen if use else 0),),
        so_far=_ledger.so_far(desk.store, person.psn_no, insutype, period, desk.local().date()),
        insutype=insutype,
    )


def _certificate(message: Message) -> str:
    """Who it was, as 2206 and 2207 must agree on it: the person behind the credential, not the credential."""
    return f"{message.text('mdtrt_cert_type')}:{message.text('psn_no')}"


def _about(
    person: InventedPerson, visit: sqlite3.Row, message: Message, setl_id: str | None, setl_time: str | None
) -> Output:
    return {
        "mdtrt_id": visit["mdtrt_id"],
        "setl_id": setl_id,
        **identity(person),
        "insutype": visit["insutype"],
        "setl_time": setl_time,
        "mdtrt_cert_type": message.text("mdtrt_cert_type"),
        "med_type": message.text("med_type"),
        "medins_setl_id": message.msgid,
    }


def answer(desk: Desk, split: Split, about: dict[str, Any], *, sign: int = 1) -> Output:
    """`setlinfo` and `setldetail` in the area's conventions; `sign` -1 turns a refund's amounts round."""
    money = desk.profile.money
    account = split.account_fen + (split.family_fen if money.acct_pay_includes_mulaid else 0)
    fund = split.fund_fen + (account if money.fund_includes_account else 0)
    amounts = {
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
        "fund_pay_sumamt": fund,
        "psn_part_amt": split.cash_fen if money.fund_includes_account else split.person_fen,
        "acct_pay": account,
        "psn_cash_pay": split.cash_fen,
        "hosp_part_amt": split.hospital_fen,
        "acct_mulaid_pay": split.family_fen,
    }
    info = {
        **about,
        **{name: yuan(sign * value) for name, value in amounts.items()},
        "pool_prop_selfpay": split.pooled_ratio,
        "balc": yuan(split.balance_fen),
        "clr_optins": desk.profile.area.admdvs,
        "clr_way": None,
        "clr_type": "11",
    }
    details = [
        {
            "fund_pay_type": row.fund_pay_type,
            "inscp_scp_amt": yuan(sign * row.in_scope_fen),
            "crt_payb_lmt_amt": None,
            "fund_payamt": yuan(sign * row.paid_fen),
            "fund_pay_type_name": row.name,
            "setl_proc_info": None,
        }
        for row in split.rows
    ]
    if desk.manners.has("echo_missing"):
        del info["medins_setl_id"]
    elif desk.manners.has("echo_wrong"):
        info["medins_setl_id"] = str(info["medins_setl_id"])[:-4] + "0000"
    return {"setlinfo": [info] if desk.manners.has("setlinfo_as_list") else info, "setldetail": details}


def person_of(row: sqlite3.Row) -> InventedPerson:
    """Whose settlement this is."""
    return BY_PSN_NO[row["psn_no"]]
