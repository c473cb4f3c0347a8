"""How a scenario file is read: every word is known, or refused with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.sandbox.demo.scenario import load, parse
from kiosk.sandbox.demo.steps import (
    Declare,
    Fact,
    Fault,
    Insert,
    PayOrder,
    ScenarioError,
    See,
    Show,
    Step,
    Then,
    Touch,
    Type,
    WaitUntil,
)

FILE = Path("visit.scenario")


def step(text: str) -> Step:
    """The one step of a file."""
    (line,) = parse(text, FILE).lines
    return line.step


def test_columns_are_two_blanks_or_a_tab_apart() -> None:
    wide = step("see       07 who pays     total 86.40, you 14.40")
    assert wide == step("see 07 who pays\ttotal 86.40, you 14.40")
    assert wide == See("07 who pays", (Fact("amount", "total_fen", 8640), Fact("amount", "cash_fen", 1440)))


def test_head_and_steps_of_a_visit() -> None:
    scenario = parse(
        "# a remark\n\nperson zhang  employee, account 542.30\nbill 药品  60.40\ninsert card of zhang\n", FILE
    )
    assert scenario.name == "visit"
    assert scenario.person is not None
    assert (scenario.person.insutype, scenario.person.account_fen) == ("310", 54230)
    assert [(bill.title, bill.total_fen) for bill in scenario.bills] == [("药品", 6040)]
    assert [(line.number, line.step) for line in scenario.lines] == [(5, Insert("zhang"))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("show code of chen", Show("chen")),
        ("tap yes", Touch("yes")),
        ("tap item 1", Touch("item", "1")),
        ("type AMXL", Type("AMXL")),
        ("lose answer of 2207", Fault("agency", "2207", "lost_after")),
        ("lose request 2207", Fault("agency", "2207", "lost_before")),
        ("lose answer of his commit", Fault("his", "commit", "lost_after")),
        ("refuse wallet create", Fault("wallet", "create", "refuse")),
        ("pay 14.40", PayOrder(1440)),
        ('declare refund due "没有做"', Declare("没有做")),
        ("wait until not settled", WaitUntil("not settled")),
        ("then settled once, told M1", Then((Fact("flag", "settled once"), Fact("phrase", "told", "M1")))),
        ('see 05 is this you  "张, 国"', See("05 is this you", (Fact("readable", "张, 国"),))),
        ("see 14 refused  SE-01, M0", See("14 refused", (Fact("code", "code", "SE-01"),
                                                         Fact("phrase", "phrase", "M0")))),
    ],
)  # fmt: skip
def test_each_step_as_it_is_written(text: str, expected: Step) -> None:
    assert step(text) == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("tpa yes", "did you mean 'tap'"),
        ("see 07 who pay", "did you mean '07 who pays'"),
        ("see 12 done  fund 1.00", "shows no 'fund 1.00'"),
        ("see 12 done  papres 2", "did you mean 'papers'"),
        ('see 12 done  "open', "quotation mark"),
        ("insert card of zang", "did you mean 'zhang'"),
        ("insert bank card of zhang", "insert card of NAME"),
        ("pay 14.405", "fraction of a fen"),
        ("pay much", "not an amount"),
        ("lose answer of commit", "name the peer"),
        ("lose answer of his comit", "did you mean 'commit'"),
        ("type amxl", "type LETTERS"),
        ("wait 60 s", "wait until settled"),
        ("wait until settle", "did you mean 'settled'"),
        ("then settled twice", "did you mean 'settled once'"),
        ("person zhang  rich", "says nothing of a person"),
        ("remove everything", "remove card"),
    ],
)
def test_an_unknown_word_is_refused_with_file_and_line(text: str, named: str) -> None:
    with pytest.raises(ScenarioError, match=r"visit\.scenario:2: ") as caught:
        parse(f"see 01 attract\n{text}\n", FILE)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("# nothing\n", "nothing happens"),
        ("bill 药品  1.00\ntap yes\n", "a bill of nobody"),
        ("person zhang\nperson chen\ntap yes\n", "one person"),
        ("tap yes\n" * 201, "more than 200 steps"),
    ],
)
def test_a_file_that_is_no_visit_is_refused(text: str, named: str) -> None:
    with pytest.raises(ScenarioError, match=named):
        parse(text, FILE)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        load(tmp_path / "none.scenario")
    (tmp_path / "binary.scenario").write_bytes(b"tap \xff\xfe")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        load(tmp_path / "binary.scenario")
    (tmp_path / "large.scenario").write_text("#" * 70_000)
    with pytest.raises(ScenarioError, match="larger than"):
        load(tmp_path / "large.scenario")
