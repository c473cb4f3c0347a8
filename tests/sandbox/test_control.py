"""What a person at the table page can plan is met by the next message; nonsense is refused by name."""

from __future__ import annotations

import aiohttp
import pytest

from kiosk.sandbox.box import Box
from kiosk.sandbox.config import SandboxSection
from kiosk.sandbox.control import control_app


@pytest.fixture
async def box(tmp_path):
    """A hospital without devices and broker."""
    made = Box(SandboxSection(folder=tmp_path), control_app)
    await made.start()
    yield made
    await made.close()


async def plan(box: Box, **fault: object) -> tuple[int, dict[str, str]]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{box.urls.table}/fault", json=fault) as answer,
    ):
        return answer.status, await answer.json()


async def test_an_answer_spelled_otherwise_is_planned_for_one_transaction(box):
    status, _ = await plan(
        box, peer="agency", operation="2207", fault="deviate", code="amounts_as_strings", times=2
    )
    assert status == 200
    assert box.faults["agency"].planned() == {"2207": (("deviate", 2),)}


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"peer": "agency", "operation": "2207", "fault": "deviate", "code": "in_latin"}, "in_latin"),
        ({"peer": "his", "operation": "commit", "fault": "deviate", "code": "err_msg_null"}, "err_msg_null"),
        ({"peer": "bank", "operation": "2207", "fault": "refuse"}, "bank"),
    ],
)
async def test_what_no_peer_can_do_is_refused_by_name(box, fault, named):
    status, said = await plan(box, **fault)
    assert status == 400
    assert named in said["error"]


async def test_a_payment_code_is_held_up_by_a_known_person_only(box):
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{box.urls.table}/pay-code/show", json={"person": "zhang"}) as answer:
            code = (await answer.json())["code"]
        async with session.post(f"{box.urls.table}/pay-code/show", json={"person": "nobody"}) as answer:
            assert answer.status == 400
    assert len(code) == 18
    assert 10 <= int(code[:2]) <= 15


async def test_everything_on_the_page_can_be_planned(box):
    from kiosk.sandbox.table import LOSABLE

    for peer, operation, fault, code, _ in LOSABLE:
        assert (await plan(box, peer=peer, operation=operation, fault=fault, code=code))[0] == 200
