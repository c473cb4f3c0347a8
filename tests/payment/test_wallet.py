"""The wallet itself: races, kills, and the page that a person opens."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kiosk.domain.attempt import AttemptId, RefundId, new_attempt_id, new_refund_id
from kiosk.domain.outcome import Done
from kiosk.payment.port import Order, PaymentState
from kiosk.sandbox.wallet import WalletStore

ATTEMPT = AttemptId("ab" * 13)
ORDER = Order(ATTEMPT, 1440, "门诊 <费用> & 药", 180)


async def test_a_closing_that_races_the_phone_ends_in_one_truth_for_both(gateway: Any) -> None:
    ends = set()
    for _ in range(40):
        attempt = new_attempt_id()
        await gateway.client.create(Order(attempt, 100, "x", 180))
        closed, paid = await asyncio.gather(
            gateway.client.close(attempt), asyncio.to_thread(gateway.store.approve, attempt)
        )
        assert isinstance(closed, Done)
        assert closed.value.state is (PaymentState.PAID if paid else PaymentState.CLOSED)
        assert await gateway.client.query(attempt) == closed
        ends.add(paid)
    sums = gateway.store.sums()
    assert sums["paid_fen"] == 100 * sums["payments"]
    assert ends  # which of the two wins is the scheduler's; both ends are right


async def test_fifty_equal_orders_at_once_are_one_order(gateway: Any) -> None:
    answers = await asyncio.gather(*(gateway.client.create(ORDER) for _ in range(50)))
    assert len(set(answers)) == 1
    assert isinstance(answers[0], Done)
    assert len(gateway.store.orders()) == 1


async def test_refunds_at_once_never_give_back_more_than_was_paid(gateway: Any) -> None:
    await gateway.client.create(ORDER)
    gateway.store.approve(ATTEMPT)
    outcomes = await asyncio.gather(
        *(gateway.client.refund(new_refund_id(), ATTEMPT, 500) for _ in range(20))
    )
    assert sum(isinstance(outcome, Done) for outcome in outcomes) == 2
    assert gateway.store.sums()["net_fen"] == 440


def test_two_phones_pay_one_order_once(tmp_path: Path) -> None:
    store = WalletStore(tmp_path / "wallet.db")
    for number in range(20):
        name = f"order-{number}"
        store.create(name, 100, "x", 180)
        start = threading.Barrier(4)
        paid: list[bool] = []

        def pay(name: str = name, start: threading.Barrier = start, paid: list[bool] = paid) -> None:
            start.wait(10)
            paid.append(store.approve(name))

        phones = [threading.Thread(target=pay) for _ in range(4)]
        for phone in phones:
            phone.start()
        for phone in phones:
            phone.join(10)
        assert sorted(paid) == [False, False, False, True]
    assert store.sums()["paid_fen"] == 2_000
    store.close()


KILLED = """
import os, sys
from pathlib import Path
from kiosk.sandbox.wallet import WalletStore
store = WalletStore(Path(sys.argv[1]))
for number in range(1_000_000):
    name = f"order-{number}"
    store.create(name, 100, "x", 180)
    store.approve(name)
    store.refund(f"refund-{number}", name, 40)
    print(number, flush=True)
"""


def test_what_was_answered_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    path = tmp_path / "wallet.db"
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for _ in range(20):
        child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    told = [int(line) for line in child.stdout.read().split()]
    child.wait(10)
    last = max(told, default=19)
    store = WalletStore(path)
    for number in range(last + 1):
        order = store.order(f"order-{number}")
        assert (order.state, order.returned_fen) == ("refunded", 40)
    assert store.sums()["payments"] >= last + 1
    store.close()


def test_books_that_are_opened_again_go_on(tmp_path: Path) -> None:
    first = WalletStore(tmp_path / "wallet.db")
    first.create(ATTEMPT, 1440, "x", 180)
    first.approve(ATTEMPT)
    first.close()
    second = WalletStore(tmp_path / "wallet.db")
    assert second.order(ATTEMPT).state == "paid"
    second.refund(RefundId("cd" * 13), ATTEMPT, 1440)
    assert second.sums()["net_fen"] == 0
    assert [row["order"] for row in second.orders()] == [ATTEMPT]
    second.close()


async def _page(url: str, do: str = "") -> str:
    async with aiohttp.ClientSession() as phone:
        sent = phone.post(url, data={"do": do}) if do else phone.get(url)
        async with sent as answer:
            assert answer.status == 200
            return await answer.text()


@pytest.mark.parametrize(("do", "state", "says"), [("pay", "paid", "已付款"), ("no", "closed", "没有扣钱")])
async def test_a_person_decides_on_the_page_behind_the_code(
    gateway: Any, do: str, state: str, says: str
) -> None:
    code = await gateway.client.create(ORDER)
    url = code.value.text
    shown = await _page(url)
    assert "¥14.40" in shown
    assert "门诊 &lt;费用&gt; &amp; 药" in shown
    assert "src=" not in shown
    assert "href=" not in shown
    assert says in await _page(url, do)
    assert gateway.store.order(ATTEMPT).state == state
    assert "<button" not in await _page(url)


async def test_a_page_that_is_open_too_long_takes_nothing(gateway: Any) -> None:
    url = (await gateway.client.create(ORDER)).value.text
    gateway.clock.pass_s(181)
    assert "付款时间已过" in await _page(url, "pay")
    assert gateway.store.sums()["paid_fen"] == 0


async def test_a_code_that_is_none_of_ours_says_so(gateway: Any) -> None:
    assert "No such order" in await _page(f"{gateway.url}phone/other")
    assert "No such order" in await _page(f"{gateway.url}phone/other", "pay")


async def test_the_code_does_not_give_the_order_s_number_away(gateway: Any) -> None:
    assert ATTEMPT not in (await gateway.client.create(ORDER)).value.text


def test_the_newest_order_that_can_be_paid_is_the_one_a_phone_sees(tmp_path: Path) -> None:
    store = WalletStore(tmp_path / "wallet.db")
    assert store.newest_waiting() is None
    for name in ("order-1", "order-2", "order-3"):
        store.create(name, 100, "x", 180)
    store.decline("order-3")
    assert store.newest_waiting() == "order-2"
    assert store.approve("order-2")
    assert store.newest_waiting() == "order-1"
    store.close()


async def test_a_change_without_its_key_is_refused(gateway: Any) -> None:
    async with aiohttp.ClientSession() as session:
        body = {"amount_fen": 1, "subject": "x", "valid_s": 60}
        async with session.put(f"{gateway.url}pay/v1/orders/{ATTEMPT}", json=body) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "BAD_REQUEST")
    assert gateway.store.orders() == []
