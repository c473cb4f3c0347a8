"""The agency's books: identities to the cent, exact reversals, nothing lost by a kill."""

from __future__ import annotations

import signal
import subprocess
import sys

from kiosk.sandbox.agency import AgencyStore, Sums
from kiosk.sandbox.persons import PERSONS


async def test_an_answer_obeys_the_published_identities_to_the_cent(window):
    await window.up_to("upload")
    output = (await window.pre_settle())["output"]
    info = {
        name: round(value * 100)
        for name, value in output["setlinfo"].items()
        if isinstance(value, float | int)
    }
    assert info["medfee_sumamt"] == (
        info["fulamt_ownpay_amt"] + info["overlmt_selfpay"] + info["preselfpay_amt"] + info["inscp_scp_amt"]
    )
    assert info["medfee_sumamt"] == info["fund_pay_sumamt"] + info["psn_part_amt"] + info["hosp_part_amt"]
    assert info["psn_part_amt"] == info["acct_pay"] + info["psn_cash_pay"] + info["acct_mulaid_pay"]
    assert sum(round(row["fund_payamt"] * 100) for row in output["setldetail"]) == (
        info["fund_pay_sumamt"] + info["acct_pay"] + info["hosp_part_amt"]
    )
    assert info["balc"] == 54230 - info["acct_pay"]


async def test_pre_settling_moves_nothing(window):
    await window.up_to("pre_settle")
    assert window.store.balance_fen("zhang") == 54230
    assert window.store.tallies("zhang") == {}
    assert window.store.sums() == Sums()


async def test_a_settlement_counts_for_the_year_and_its_reversal_takes_exactly_that_back(window):
    await window.up_to("settle")
    assert window.store.tallies("zhang")["310", "2026", "pooled"] == 42
    assert window.store.sums() == Sums(1, 8640, 4200, 3000, 0, 1440, 0)
    await window.reverse("2207A")
    assert window.store.tallies("zhang") == {}
    assert window.store.balance_fen("zhang") == 54230
    assert window.store.sums() == Sums()


async def test_a_deductible_is_paid_once_a_year(window):
    window.who = "liu"
    deductibles = []
    for batch in ("B1", "B2"):
        window.batch = batch
        await window.register(insutype="390")
        await window.describe()
        await window.upload()
        money = {"insutype": "390", "medfee_sumamt": 67.8}
        answer = await window.pre_settle(**money)
        deductibles.append(answer["output"]["setlinfo"]["act_pay_dedc"])
        parts = {"fulamt_ownpay_amt": 0, "overlmt_selfpay": 0, "preselfpay_amt": 2.79, "inscp_scp_amt": 65.01}
        assert (await window.settle(**money, **parts))["infcode"] == 0
    assert deductibles == [50, 0]


async def test_a_changed_account_changes_the_split_between_preview_and_settlement(window):
    await window.up_to("pre_settle")
    window.store.set_balance_fen("zhang", 500)
    answer = await window.settle()
    assert answer["output"]["setlinfo"]["psn_cash_pay"] == 39.4


async def test_received_counts_a_transaction_whatever_its_variant_letter(window):
    await window.up_to("settle")
    assert (window.store.received("2207"), window.store.received("2207A")) == (1, 1)


async def test_no_credential_lies_in_the_books(tmp_path):
    store = AgencyStore(tmp_path / "agency.db")
    digits, token = store.issue_code("zhang"), store.issue_token("zhang")
    assert store.use_code(digits).id == "zhang"
    assert store.person_of_token(token).id == "zhang"
    store.close()
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert digits.encode() not in written
    assert token.encode() not in written


def test_every_code_is_28_digits_with_issuer_mark_and_province():
    store = AgencyStore(":memory:")
    for person in PERSONS:
        digits = store.issue_code(person.id)
        assert (len(digits), digits[:3], digits[22:]) == (28, "424", "990000")
        assert digits.isdecimal()


KILLED = """
import os, signal, sys
from kiosk.sandbox.agency import AgencyStore
store = AgencyStore(sys.argv[1])
with store.transaction():
    store.set_balance_fen("zhang", 100)
with store.transaction():
    store.set_balance_fen("chen", 100)
    print("ready", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_loses_nothing_that_was_committed_and_keeps_nothing_that_was_not(tmp_path):
    path = tmp_path / "agency.db"
    command = [sys.executable, "-c", KILLED, str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "ready\n"), ended.stderr
    store = AgencyStore(path)
    assert store.balance_fen("zhang") == 100
    assert store.balance_fen("chen") == 276000
    store.close()


async def test_books_outlive_the_process_that_wrote_them(tmp_path):
    first = AgencyStore(tmp_path / "agency.db")
    digits = first.issue_code("zhang")
    first.set_balance_fen("zhang", 777)
    first.close()
    second = AgencyStore(tmp_path / "agency.db")
    assert second.balance_fen("zhang") == 777
    assert second.use_code(digits).id == "zhang"
    second.close()
