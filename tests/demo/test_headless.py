"""The demo on a machine without a display: five visits on real parts, and what they leave."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from kiosk.sandbox.demo import credential_sweep_paths
from kiosk.sandbox.persons import PERSONS

pytestmark = pytest.mark.timeout(600)


def paper(path: Path) -> str:
    """The text of a PDF, blanks as one."""
    text = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    )
    return " ".join(text.stdout.split())


def test_every_step_holds_and_five_ledgers_agree(run: Any) -> None:
    assert run.code == 0, run.stderr[-2000:] + run.stdout[-2000:]
    summary = run.summary
    assert summary["ok"]
    assert summary["equal"]
    assert [visit["held"] for visit in summary["visits"]] == [True] * 5
    assert summary["sums"]["journal"] == summary["sums"]["collector"] == summary["sums"]["his"]
    assert summary["sums"]["journal"] == summary["sums"]["agency"]
    assert summary["sums"]["wallet"] == {"cash_fen": summary["sums"]["journal"]["cash_fen"]}
    assert summary["sums"]["journal"]["total_fen"] == 8640 + 3500 + 6780


def test_stdout_is_one_json_value_for_machines(run: Any) -> None:
    assert json.loads(run.stdout) == run.summary


def test_the_card_visit_pays_what_its_screen_says(run: Any) -> None:
    visit = run.visit("1_card_visit")
    assert visit["person"] == "张*国"
    assert visit["amounts"] == {
        "total_fen": 8640,
        "fund_fen": 4200,
        "account_fen": 3000,
        "cash_fen": 1440,
        "hospital_fen": 0,
    }
    statement = next(name for name in visit["receipts"] if name.startswith("statement"))
    text = paper(run.out / "receipts" / statement)
    assert "费用总额 Total fee 86.40" in text
    assert "统筹基金 Pooled fund 42.00" in text
    assert "个人账户 Personal account 30.00" in text
    assert "个人现金 Paid by you today 14.40" in text
    assert "张*国" in text
    itemised = next(name for name in visit["receipts"] if name.startswith("list"))
    assert "86.40" in paper(run.out / "receipts" / itemised)


def test_the_code_visit_goes_through_the_camera(run: Any) -> None:
    visit = run.visit("2_code_visit")
    assert visit["screens"][:5] == ["01 attract", "02 home", "03 identify", "05 is this you", "06 open bills"]
    assert visit["amounts"]["cash_fen"] == 0
    assert visit["outcome"] == "settled"


@pytest.mark.clause("S2-U.3", "S1-O.2")
def test_a_lost_answer_is_told_as_unknown_and_then_adopted(run: Any) -> None:
    visit = run.visit("3_lost_answer")
    assert "13 being checked" in visit["screens"]
    assert visit["told"] == ["M1", "M2"]
    assert visit["outcome"] == "settled"
    (slip,) = visit["receipts"]
    assert "已付款，正在核实，请勿重复付款" in paper(run.out / "receipts" / slip)


def test_a_price_is_found_by_its_initials_and_nothing_is_begun(run: Any) -> None:
    visit = run.visit("4_price_inquiry")
    assert visit["person"] == ""
    assert visit["attempts"] == []
    assert "19 price item" in visit["screens"]


def test_a_refund_goes_back_whole(run: Any) -> None:
    settlement, refund = run.visit("5_refund")["attempts"]
    assert (settlement["kind"], refund["kind"]) == ("settlement", "refund")
    assert refund["amounts"] == settlement["amounts"]
    assert refund["told"] == ["M3"]
    name = next(name for name in run.visit("5_refund")["receipts"] if name.startswith("refund"))
    assert "304.00" in paper(run.out / "receipts" / name)


def test_every_screen_passed_has_its_picture(run: Any) -> None:
    summary = run.summary
    shots = sorted(path.name for path in (run.out / "shots").glob("*.png"))
    assert shots == summary["shots"]
    folders = {name.split("_", 1)[1].removesuffix(".png") for name in shots}
    assert {"who_pays", "pay_qr", "settling", "done", "unknown", "consent", "price_item", "refund"} <= folders
    assert all((run.out / "shots" / name).read_bytes().startswith(b"\x89PNG") for name in shots)


def test_the_last_code_shown_is_not_kept(run: Any) -> None:
    assert run.code == 0
    assert not (run.out / "code.avi").exists()


def test_only_the_hospitals_own_books_know_the_persons(run: Any) -> None:
    needles = [
        needle.encode()
        for one in PERSONS
        for needle in (one.name, one.cert_no, one.psn_no, one.card.card_no if one.card else one.cert_no)
    ]
    files = [
        file
        for place in credential_sweep_paths(run.out)
        for file in ([place] if place.is_file() else place.rglob("*"))
        if file.is_file()
    ]
    assert any(file.name == "kiosk.db" for file in files)
    assert any(file.name == "collector.db" for file in files)
    leaks = [file for file in files if any(needle in file.read_bytes() for needle in needles)]
    assert leaks == []
