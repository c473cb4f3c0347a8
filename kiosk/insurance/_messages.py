"""The answers as typed structs. Unknown keys are ignored, required ones have no default.

A key that some code base sends as null has one even if the tables call it required.
"""

from __future__ import annotations

import msgspec

from kiosk.insurance._read import NULL, Amount, Text


class SignIn(msgspec.Struct):
    """9001."""

    sign_no: Text
    sign_time: Text = None


class BaseInfo(msgspec.Struct):
    """1101, the person."""

    psn_no: Text
    certno: Text
    psn_name: Text
    psn_cert_type: Text = None
    gend: Text = None
    brdy: Text = None
    age: Amount = NULL


class InsuInfo(msgspec.Struct):
    """1101, one scheme of the person."""

    insutype: Text
    psn_type: Text
    insuplc_admdvs: Text
    balc: Amount = NULL
    psn_insu_stas: Text = None
    paus_insu_date: Text = None
    emp_name: Text = None


class TrtInfo(msgspec.Struct):
    """2001, one kind of fund."""

    trt_enjymnt_flag: Text
    trt_chk_type: Text = None
    trt_chk_rslt: Text = None


class Registered(msgspec.Struct):
    """2201."""

    mdtrt_id: Text
    psn_no: Text = None
    ipt_otp_no: Text = None


class LineResult(msgspec.Struct):
    """2204, one fee line."""

    feedetl_sn: Text
    det_item_fee_sumamt: Amount
    chrgitm_lv: Text
    pric_uplmt_amt: Amount = NULL
    selfpay_prop: Amount = NULL
    fulamt_ownpay_amt: Amount = NULL
    overlmt_amt: Amount = NULL
    preselfpay_amt: Amount = NULL
    inscp_scp_amt: Amount = NULL


class SetlInfo(msgspec.Struct):
    """2206, 2207, 2208 and 5203: one shape, of which each fills another part."""

    mdtrt_id: Text
    medfee_sumamt: Amount
    setl_id: Text = None
    psn_no: Text = None
    setl_time: Text = None
    medins_setl_id: Text = None
    refd_setl_flag: Text = None
    fulamt_ownpay_amt: Amount = NULL
    overlmt_selfpay: Amount = NULL
    preselfpay_amt: Amount = NULL
    inscp_scp_amt: Amount = NULL
    act_pay_dedc: Amount = NULL
    hifp_pay: Amount = NULL
    pool_prop_selfpay: Amount = NULL
    cvlserv_pay: Amount = NULL
    hifes_pay: Amount = NULL
    hifmi_pay: Amount = NULL
    hifob_pay: Amount = NULL
    hifdm_pay: Amount = NULL
    maf_pay: Amount = NULL
    oth_pay: Amount = NULL
    fund_pay_sumamt: Amount = NULL
    psn_part_amt: Amount = NULL
    acct_pay: Amount = NULL
    acct_mulaid_pay: Amount = NULL
    psn_cash_pay: Amount = NULL
    pdn_cash_pay: Amount = NULL
    cash_payamt: Amount = NULL
    hosp_part_amt: Amount = NULL
    balc: Amount = NULL


class SetlDetail(msgspec.Struct):
    """`setldetail`, one fund."""

    fund_pay_type: Text
    fund_payamt: Amount
    fund_pay_type_name: Text = None
    inscp_scp_amt: Amount = NULL


class Visit(msgspec.Struct):
    """5201, one visit."""

    mdtrt_id: Text


class CodeAnswer(msgspec.Struct):
    """ec.query; `data` is often JSON in a string."""

    code: Text
    message: Text = None
    data: msgspec.Raw = NULL


class CodeData(msgspec.Struct, rename={"id_no": "idNo", "user_name": "userName", "ec_token": "ecToken",
                                       "insu_org": "insuOrg"}):  # fmt: skip
    """The identity behind an electronic credential."""

    id_no: Text
    user_name: Text
    ec_token: Text
    insu_org: Text = None
