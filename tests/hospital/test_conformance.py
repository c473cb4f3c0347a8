"""The suite passes a sound hospital, finds every planted defect, and says clearly what it could not try."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from kiosk.hospital.command import conformance_command
from kiosk.hospital.conformance import Fixtures, Report, Unusable, run_conformance
from kiosk.sandbox.his import DEFECTS, HisStore, his_app

FOUND_BY = {
    "no_tombstone": "C13",
    "begun_not_locked": "C09",
    "fencing_ignored": "C06d",
    "liveness_ignored": "C06e",
    "old_lease_accepted": "C06c",
    "old_holder_accepted": "C06",
    "expiry_ignored": "C06b",
    "version_ignored": "C07",
    "no_digest": "C02",
    "replay_books_again": "C01",
    "deadline_ignored": "C16",
    "sum_unchecked": "C15",
    "split_unchecked": "C15b",
    "cancel_undoes_commit": "C14",
    "commit_after_cancel": "C12",
    "begin_after_cancel": "C13",
    "answer_before_disk": "C19",
    "two_leases": "C04",
    "lease_for_ever": "C05",
    "settled_leased_again": "C03",
    "cancel_keeps_lease": "C11",
    "amount_unchecked": "C08",
    "commit_needs_lease": "C10",
    "refund_twice": "C29",
    "refund_exceeds": "C30",
    "pages_shift": "C27",
    "ledger_out_of_order": "C28",
}
RUNS_AT_ONCE = 6
ROUNDS = 6  # of the race; the full number runs against the sound hospital


@asynccontextmanager
async def serving(path: Path, defect: str | None = None, *, test: bool = True) -> AsyncIterator[str]:
    store = HisStore(path, defect=defect)
    async with TestServer(his_app(store, test_resources=test), host="127.0.0.1") as server:
        yield str(server.make_url("/")).rstrip("/")
    store.close()


def failed_ids(report: Report) -> set[str]:
    return {check.id for check in report.checks if check.ok is False}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """One run per planted defect, a few at a time: most of a run is waiting for leases to end."""
    folder = tmp_path_factory.mktemp("defects")

    async def run_all() -> dict[str, Report]:
        gate = asyncio.Semaphore(RUNS_AT_ONCE)

        async def one(defect: str) -> tuple[str, Report]:
            async with gate, serving(folder / f"{defect}.db", defect) as url:
                return defect, await run_conformance(url, rounds=ROUNDS)

        return dict(await asyncio.gather(*(one(defect) for defect in DEFECTS)))

    return asyncio.run(run_all())


async def test_a_sound_hospital_passes_every_check(tmp_path: Path) -> None:
    async with serving(tmp_path / "his.db") as url:
        report = await run_conformance(url)
    assert (report.failed, report.not_run) == (0, 0), report.text()
    assert report.passed >= 28


async def test_a_sound_hospital_passes_again_and_again(tmp_path: Path) -> None:
    """Each run has the hospital end its day early; by the fourth, two days ahead were over."""
    async with serving(tmp_path / "his.db") as url:
        reports = [await run_conformance(url, rounds=ROUNDS) for _ in range(4)]
    assert [report.failed for report in reports] == [0, 0, 0, 0], reports[-1].text()


@pytest.mark.parametrize("defect", sorted(DEFECTS))
def test_every_planted_defect_is_found_by_its_own_check(reports: dict[str, Report], defect: str) -> None:
    assert FOUND_BY[defect] in failed_ids(reports[defect]), reports[defect].text()


def test_most_defects_leave_most_checks_green(reports: dict[str, Report]) -> None:
    narrow = [defect for defect, report in reports.items() if len(failed_ids(report)) <= 4]
    assert len(narrow) >= len(reports) * 2 // 3, {d: sorted(failed_ids(r)) for d, r in reports.items()}


async def test_a_hospital_without_test_resources_is_checked_with_its_own_bills(tmp_path: Path) -> None:
    async with serving(tmp_path / "his.db") as url, aiohttp.ClientSession() as session:
        made = await session.post(f"{url}/ki/v1/test/bills", json={"count": 120})
        given = await made.json()
    file = tmp_path / "fixtures.toml"
    names = ", ".join(f'"{bill["id"]}"' for bill in given["bills"])
    file.write_text(f'patient_id = "{given["patient_id"]}"\nbills = [{names}]\n')
    async with serving(tmp_path / "his.db", test=False) as url:
        report = await run_conformance(url, fixtures=Fixtures.load(file))
        assert report.failed == 0, report.text()
        skipped = {check.id: check.detail for check in report.checks if check.ok is None}
        assert set(skipped) == {"C17", "C18", "C19", "C20", "C24", "C24b", "C27", "C32"}
        assert all("test_" in why for why in skipped.values())
        poor = await run_conformance(url, fixtures=Fixtures(given["patient_id"], ()))
    assert poor.failed == 0, poor.text()
    assert any("no open bill is left" in check.detail for check in poor.checks)


async def test_what_is_no_hospital_is_unusable() -> None:
    with pytest.raises(Unusable, match="no answer"):
        await run_conformance("http://127.0.0.1:9")


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts a hospital that is really killed and brought back; gives its address."""
    running: list[subprocess.Popen[str]] = []

    def start(*more: str) -> str:
        command = [sys.executable, "-m", "kiosk.sandbox.his", "--dir", str(tmp_path / "his"), "--supervised"]
        process = subprocess.Popen([*command, *more], stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        return str(json.loads(process.stdout.readline())["url"])

    yield start
    for process in running:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=200)
        assert process.returncode == 0
        assert process.stdout is not None
        process.stdout.close()


async def test_a_hospital_really_killed_keeps_what_it_answered(supervised) -> None:
    report = await run_conformance(supervised(), rounds=ROUNDS)
    assert (report.failed, report.not_run) == (0, 0), report.text()


async def test_a_hospital_that_answers_before_it_writes_is_found_by_a_real_kill(supervised) -> None:
    report = await run_conformance(supervised("--defect", "answer_before_disk"), rounds=ROUNDS)
    assert "C19" in failed_ids(report), report.text()


async def test_the_command_prints_the_report_as_json(tmp_path: Path, capsys) -> None:
    async with serving(tmp_path / "his.db") as url:
        code = await asyncio.to_thread(conformance_command, url, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert set(told) == {"checks", "passed", "failed", "not_run"}
    assert set(told["checks"][0]) == {"id", "title", "ok", "detail", "ms"}
    assert told["passed"] == len(told["checks"])


async def test_a_run_that_finds_a_defect_fails_and_names_the_check(tmp_path: Path, capsys) -> None:
    async with serving(tmp_path / "his.db", "sum_unchecked") as url:
        code = await asyncio.to_thread(conformance_command, url)
    out = capsys.readouterr().out
    assert code == 1
    assert "FAIL C15   tenders that do not sum to the total are refused" in out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"url": "his.example"}, "his.example"),
        ({"url": "http://127.0.0.1:9"}, "no answer"),
        ({"url": "https://127.0.0.1:9", "ca": Path("ca.pem")}, "go together"),
        ({"url": "http://127.0.0.1:9", "fixtures": Path("/nonexistent/f.toml")}, "f.toml"),
    ],
)
def test_a_run_that_cannot_be_is_bad_usage(arguments, named: str, capsys) -> None:
    assert conformance_command(as_json=True, **arguments) == 2
    assert named in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["", "bills = []", 'patient_id = "P"\nbills = [1]', "patient_id = 1\nbills = []"]
)
def test_fixtures_of_another_shape_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "f.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"f\.toml"):
        Fixtures.load(file)
