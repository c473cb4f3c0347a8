"""`python -m bench` judges by the goals of the design, and tells a broken benchmark from a slow product."""

from __future__ import annotations

import json

import pytest

from bench import __main__ as runner
from bench._goals import GOALS


def test_every_goal_belongs_to_a_benchmark_that_exists():
    assert {goal.bench for goal in GOALS} <= set(runner.names())


@pytest.fixture
def benches(tmp_path, monkeypatch):
    """A folder of benchmarks of one's own: `benches(name=source)`; then what the runner made of them."""
    monkeypatch.setattr(runner, "HERE", tmp_path)
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    monkeypatch.setattr(runner, "RESULTS", tmp_path / "results.json")

    def run(**sources: str) -> tuple[int, dict[str, dict[str, object]]]:
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        code = runner.main(["--quick"])
        rows = json.loads(runner.RESULTS.read_text(encoding="utf-8"))["benches"]
        return code, {row["bench"]: row for row in rows}

    return run


def test_a_figure_that_is_not_reached_is_a_result_and_no_failure(benches, capsys):
    code, rows = benches(journal='print(\'{"name": "journal", "reference": "r", "ratio": 0.5}\')')
    assert code == 0
    assert [goal["reached"] for goal in rows["journal"]["goals"]] == [False]
    assert "NOT REACHED" in capsys.readouterr().out


def test_a_figure_at_its_limit_is_reached(benches):
    code, rows = benches(journal='print(\'{"name": "journal", "reference": "r", "ratio": 0.9}\')')
    assert (code, rows["journal"]["goals"][0]["reached"]) == (0, True)


def test_a_benchmark_that_breaks_is_named_and_the_others_go_on(benches, capsys):
    code, rows = benches(
        a_broken="raise SystemExit('no such device')",
        journal='print(\'{"name": "journal", "reference": "r", "ratio": 1.0}\')',
    )
    assert code == 1
    assert "no JSON" in rows["a_broken"]["broken"]
    assert rows["journal"]["goals"][0]["reached"] is True
    assert "no such device" in capsys.readouterr().out


def test_a_benchmark_that_does_not_end_is_ended_with_what_it_started(benches, monkeypatch):
    monkeypatch.setattr(runner, "QUICK_WAIT_MAX_S", 0.5)
    code, rows = benches(stuck="import subprocess; subprocess.run(['sleep', '60'])")
    assert code == 1
    assert rows["stuck"]["broken"].startswith("longer than")
    assert rows["stuck"]["took_s"] < 10


def test_a_benchmark_that_has_nothing_to_measure_says_so_and_is_no_failure(benches, capsys):
    code, rows = benches(journal='print(\'{"name": "journal", "skipped": "no disk named"}\')')
    assert (code, rows["journal"]["goals"]) == (0, [])
    assert "journal  SKIPPED: no disk named" in capsys.readouterr().out


def test_a_goal_whose_figure_is_gone_is_a_failure(benches):
    code, rows = benches(journal='print(\'{"name": "journal", "reference": "r"}\')')
    assert (code, rows["journal"]["goals"][0]["missing"]) == (1, "ratio")


def test_an_unknown_benchmark_is_bad_usage(capsys):
    assert runner.main(["no_such_bench"]) == 2
    assert "there are" in capsys.readouterr().err
