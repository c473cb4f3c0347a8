"""The agency alone, spoken to in raw messages, so that its rules are shown without the terminal's client."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from kiosk.insurance import Profile, load_profile, profile_path
from kiosk.sandbox.agency import DEVIATIONS, AgencyStore, Manners, agency_app
from kiosk.sandbox.faults import FaultPlan
from kiosk.sandbox.persons import BY_ID, bills

DAY = dt.date(2026, 11, 21)
CODE = "H99010000001"


@dataclass
class Window:
    """One person's business at the agency, message by message. `edit` changes the envelope before it goes."""

    store: AgencyStore
    profile: Profile
    url: str
    session: aiohttp.ClientSession
    faults: FaultPlan
    at: dt.datetime = dt.datetime(2026, 11, 21, 2, 15, tzinfo=dt.UTC)
    sign_no: str = ""
    who: str = "zhang"
    mdtrt_id: str = ""
    batch: str = "B1"
    count: int = 0
    msgids: dict[str, str] = field(default_factory=dict)

    def now(self) -> dt.datetime:
        return self.at

    @property
    def person(self):
        return BY_ID[self.who]

    def msgid(self) -> str:
        self.count += 1
        return f"{CODE}20261121101500{self.count:04d}"

    def envelope(self, infno: str, content: dict[str, Any], **changed: Any) -> dict[str, Any]:
        made = {
            "infno": infno, "msgid": self.msgid(), "mdtrtarea_admvs": "990100", "insuplc_admdvs": "990100",
            "recer_sys_code": "YBXT", "dev_no": "K1", "dev_safe_info": "", "cainfo": "", "signtype": "SM3",
            "infver": "V1.0", "opter_type": "2", "opter": "OP1", "opter_name": "自助机",
            "inf_time": "2026-11-21 10:15:00", "fixmedins_code": CODE, "fixmedins_name": "示例医院",
            "sign_no": self.sign_no, "input": content, **changed,
        }  # fmt: skip
        self.msgids[infno] = made["msgid"]
        return made

    async def post(self, envelope: dict[str, Any]) -> dict[str, Any]:
        async with self.session.post(self.url, data=json.dumps(envelope).encode()) as answer:
            assert answer.status == 200
            return await answer.json()

    async def send(self, infno: str, content: dict[str, Any], **changed: Any) -> dict[str, Any]:
        return await self.post(self.envelope(infno, content, **changed))

    async def sign_in(self) -> None:
        answer = await self.send("9001", {"signIn": {"opter_no": "OP1", "mac": "m", "ip": "i"}})
        self.sign_no = answer["output"]["signinoutb"]["sign_no"]

    # The chain; each takes changed fields of its own node.

    def certificate(self) -> dict[str, str]:
        return {"mdtrt_cert_type": "02", "mdtrt_cert_no": self.person.cert_no}

    async def register(self, **changed: Any) -> dict[str, Any]:
        visit = bills(self.who, DAY)[0].visit
        data = {
            "psn_no": self.person.psn_no, "insutype": "310", "begntime": "2026-11-21 09:00:00",
            **self.certificate(), "ipt_otp_no": visit.ipt_otp_no, "atddr_no": "D1", "dr_name": "李医生",
            "dept_code": "0305", "dept_name": "内分泌科", "caty": "A03", **changed,
        }  # fmt: skip
        answer = await self.send("2201", {"data": data})
        if str(answer["infcode"]) == "0":
            self.mdtrt_id = answer["output"]["data"]["mdtrt_id"]
        return answer

    async def describe(self, **changed: Any) -> dict[str, Any]:
        about = {
            "mdtrt_id": self.mdtrt_id, "psn_no": self.person.psn_no, "med_type": "11",
            "begntime": "2026-11-21 09:00:00", "exp_content": "{}", **changed,
        }  # fmt: skip
        diagnosis = {
            "diag_type": "1", "diag_srt_no": 1, "diag_code": "E11.900", "diag_name": "2 型糖尿病",
            "diag_dept": "内分泌科", "dise_dor_no": "D1", "dise_dor_name": "李医生",
            "diag_time": "2026-11-21 09:10:00", "vali_flag": "1",
        }  # fmt: skip
        return await self.send("2203A", {"mdtrtinfo": about, "diseinfo": [diagnosis]})

    def lines(self, **changed: Any) -> list[dict[str, Any]]:
        return [
            {
                "feedetl_sn": line.line_id, "mdtrt_id": self.mdtrt_id, "psn_no": self.person.psn_no,
                "chrg_bchno": self.batch, "rx_circ_flag": "0", "fee_ocur_time": "2026-11-21 09:40:00",
                "med_list_codg": line.med_list_codg, "medins_list_codg": line.medins_list_codg,
                "det_item_fee_sumamt": line.amount_fen / 100, "cnt": int(line.quantity),
                "pric": float(line.unit_price), "bilg_dept_codg": "0305", "bilg_dept_name": "内分泌科",
                "bilg_dr_codg": "D1", "bilg_dr_name": "李医生", "hosp_appr_flag": "1",
                "exp_content": "{}", **changed,
            }
            for bill in bills(self.who, DAY)
            for line in bill.lines
        ]  # fmt: skip

    async def upload(self, **changed: Any) -> dict[str, Any]:
        return await self.send("2204", {"feedetail": self.lines(**changed)})

    def money(self, **changed: Any) -> dict[str, Any]:
        return {
            "psn_no": self.person.psn_no, **self.certificate(), "med_type": "11", "medfee_sumamt": 86.40,
            "psn_setlway": "01", "mdtrt_id": self.mdtrt_id, "chrg_bchno": self.batch, "acct_used_flag": "1",
            "insutype": "310", "exp_content": "{}", **changed,
        }  # fmt: skip

    async def pre_settle(self, **changed: Any) -> dict[str, Any]:
        return await self.send("2206A", {"data": self.money(**changed)})

    async def settle(self, **changed: Any) -> dict[str, Any]:
        parts = {"fulamt_ownpay_amt": 10, "overlmt_selfpay": 2, "preselfpay_amt": 4.4, "inscp_scp_amt": 70}
        return await self.send("2207A", {"data": self.money(**{**parts, "invono": "", **changed})})

    async def undo(self, setl_id: str) -> dict[str, Any]:
        data = {"setl_id": setl_id, "mdtrt_id": self.mdtrt_id, "psn_no": self.person.psn_no}
        return await self.send("2208", {"data": data})

    async def reverse(self, infno: str, omsgid: str | None = None) -> dict[str, Any]:
        data = {"psn_no": self.person.psn_no, "omsgid": omsgid or self.msgids[infno], "oinfno": infno}
        return await self.send("2601", {"data": data})

    async def up_to(self, step: str) -> None:
        """Take every step before and with this one."""
        for name in ("register", "describe", "upload", "pre_settle", "settle"):
            answer = await getattr(self, name)()
            assert answer["infcode"] == 0, (name, answer["err_msg"])
            if name == step:
                return


@pytest.fixture
async def window() -> AsyncIterator[Window]:
    """A window that has signed in."""
    profile, faults = load_profile(profile_path("990100")), FaultPlan(DEVIATIONS)
    made: Window
    store = AgencyStore(":memory:", now=lambda: made.at)
    app = agency_app(store, faults, profile, manners=Manners())
    async with TestServer(app, host="127.0.0.1") as server, aiohttp.ClientSession() as session:
        made = Window(store, profile, str(server.make_url(profile.transport.path)), session, faults)
        await made.sign_in()
        yield made
    store.close()
