"""What stands under `input`, from the product's own data (insurance interface, §3)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from kiosk.domain.bill import Bill, BillLine, Visit
from kiosk.domain.money import yuan
from kiosk.domain.person import Credential, CredentialKind
from kiosk.domain.split import Split
from kiosk.insurance._envelope import DATE_TIME
from kiosk.insurance.port import Case
from kiosk.insurance.profile import CodeForm, Profile

_RESIDENT_ID = "01"  # psn_cert_type
_BY_ITEM = "01"  # psn_setlway
_VALID = "1"


class Requests:
    """Builds the inputs of one area: times in its zone, extension and account flag as it wants them."""

    def __init__(self, profile: Profile) -> None:
        self._zone: ZoneInfo = profile.area.zone
        self._extension: dict[str, Any] = {profile.envelope.extension: "{}"}
        self._account = "1" if profile.money.use_account else "0"

    def time(self, at: dt.datetime) -> str:
        """A time on the wire."""
        return at.astimezone(self._zone).strftime(DATE_TIME)

    def person(self, credential: Credential, code_as: CodeForm, with_name: bool) -> dict[str, Any]:
        """1101."""
        is_code = credential.kind is CredentialKind.CODE
        by_id = is_code and code_as == "id_and_token"
        named = with_name and is_code and credential.cert_no is not None
        return {
            **certificate(credential, code_as),
            "card_sn": (credential.number if by_id else credential.card_sn) or "",
            "begntime": "",
            "psn_cert_type": _RESIDENT_ID if named else "",
            "certno": credential.cert_no if named else "",
            "psn_name": (credential.name or "") if named else "",
        }

    def entitlement(self, case: Case, med_type: str, day: dt.date, fixmedins_code: str) -> dict[str, Any]:
        """2001."""
        return {
            "psn_no": case.psn_no,
            "insutype": case.insutype,
            "fixmedins_code": fixmedins_code,
            "med_type": med_type,
            "begntime": f"{day} 00:00:00",
            "endtime": f"{day} 23:59:59",
        }

    def register(self, case: Case, credential: Credential, code_as: CodeForm, visit: Visit) -> dict[str, Any]:
        """2201."""
        return {
            "psn_no": case.psn_no,
            "insutype": case.insutype,
            "begntime": self.time(visit.begin_at),
            **certificate(credential, code_as),
            "ipt_otp_no": visit.ipt_otp_no,
            "atddr_no": visit.doctor_no,
            "dr_name": visit.doctor_name,
            "dept_code": visit.dept_code,
            "dept_name": visit.dept_name,
            "caty": visit.caty,
        }

    def describe(self, case: Case, visit: Visit) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """2203: visit and diagnoses."""
        about = {
            "mdtrt_id": case.mdtrt_id,
            "psn_no": case.psn_no,
            "med_type": visit.med_type,
            "begntime": self.time(visit.begin_at),
            "main_cond_dscr": visit.main_condition,
            "dise_codg": visit.disease_code,
            "dise_name": visit.disease_name,
            **self._extension,
        }
        diagnoses = [
            {
                "diag_type": found.kind,
                "diag_srt_no": found.number,
                "diag_code": found.code,
                "diag_name": found.name,
                "diag_dept": found.dept,
                "dise_dor_no": found.doctor_no,
                "dise_dor_name": found.doctor_name,
                "diag_time": self.time(found.at),
                "vali_flag": _VALID,
                "maindiag_flag": "1" if found.main else "0",
            }
            for found in visit.diagnoses
        ]
        return about, diagnoses

    def line(self, case: Case, batch: str, visit: Visit, line: BillLine) -> dict[str, Any]:
        """2204, one line."""
        return {
            "feedetl_sn": line.line_id,
            "mdtrt_id": case.mdtrt_id,
            "psn_no": case.psn_no,
            "chrg_bchno": batch,
            "dise_codg": visit.disease_code,
            "rxno": line.rx_no,
            "rx_circ_flag": "0",
            "fee_ocur_time": self.time(line.at),
            "med_list_codg": line.med_list_codg,
            "medins_list_codg": line.medins_list_codg,
            "det_item_fee_sumamt": yuan(line.amount_fen),
            "cnt": line.quantity,
            "pric": line.unit_price,
            "sin_dos_dscr": line.dose,
            "used_frqu_dscr": line.frequency,
            "prd_days": line.days,
            "medc_way_dscr": line.route,
            "bilg_dept_codg": line.dept_code,
            "bilg_dept_name": line.dept_name,
            "bilg_dr_codg": line.doctor_no,
            "bilg_dr_name": line.doctor_name,
            "hosp_appr_flag": line.approved,
            **self._extension,
        }

    def lines(self, case: Case, batch: str, bills: tuple[Bill, ...]) -> list[dict[str, Any]]:
        """2204: the lines of all bills of the batch."""
        return [self.line(case, batch, bill.visit, line) for bill in bills for line in bill.lines]

    def pre_settle(
        self, case: Case, credential: Credential, code_as: CodeForm, batch: str, total_fen: int, med_type: str
    ) -> dict[str, Any]:
        """2206, and the part that 2207 shares with it."""
        return {
            "psn_no": case.psn_no,
            **certificate(credential, code_as),
            "med_type": med_type,
            "medfee_sumamt": yuan(total_fen),
            "psn_setlway": _BY_ITEM,
            "mdtrt_id": case.mdtrt_id,
            "chrg_bchno": batch,
            "acct_used_flag": self._account,
            "insutype": case.insutype,
            **self._extension,
        }

    def settle(
        self, case: Case, credential: Credential, code_as: CodeForm, batch: str, split: Split, med_type: str
    ) -> dict[str, Any]:
        """2207: 2206's fields and the four policy parts again."""
        return {
            **self.pre_settle(case, credential, code_as, batch, split.total_fen, med_type),
            "invono": "",
            "fulamt_ownpay_amt": yuan(split.own_fen),
            "overlmt_selfpay": yuan(split.over_limit_fen),
            "preselfpay_amt": yuan(split.pre_self_fen),
            "inscp_scp_amt": yuan(split.in_scope_fen),
        }


def certificate(credential: Credential, code_as: CodeForm) -> dict[str, str]:
    """`mdtrt_cert_type` and `mdtrt_cert_no`; an electronic credential as the area names it (§7.2)."""
    if credential.kind is CredentialKind.CODE and code_as == "id_and_token":
        return {"mdtrt_cert_type": CredentialKind.ID_CARD.value, "mdtrt_cert_no": credential.cert_no or ""}
    return {"mdtrt_cert_type": credential.kind.value, "mdtrt_cert_no": credential.number}


def secrets_of(credential: Credential | None, case: Case | None) -> tuple[str, ...]:
    """What must never be written down of a call, wherever a peer repeats it."""
    found: list[str | None] = []
    if credential is not None:
        found += [credential.number, credential.card_sn, credential.name, credential.cert_no]
    if case is not None:
        found.append(case.psn_no)
    return tuple(value for value in found if value)
