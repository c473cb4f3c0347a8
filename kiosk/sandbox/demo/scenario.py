"""A journey as a file that a technician can read: who comes, what they do, what must be seen.

One step a line: a verb, then columns that are two blanks or more apart; `#` begins a remark. Every word is
known or refused, with the file and the line.

    person   zhang  employee, account 542.30
    bill     药品  60.40
    insert   card of zhang
    see      07 who pays  total 86.40, you 14.40
    tap      pay
    lose     answer of 2207
    pay      14.40
    wait     until settled
    then     settled once, paid 14.40, ledgers agree
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.money import MoneyError, fen
from kiosk.sandbox.demo._verbs import known_person, one_or_two, split, step
from kiosk.sandbox.demo.steps import ScenarioError, Step

FILE_MAX_BYTES = 64 * 1024
STEPS_MAX = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One step and where it stands."""

    number: int
    text: str
    step: Step


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Who comes, and what the reader of the file should know of them."""

    id: str
    insutype: str = ""
    account_fen: int | None = None


@dataclass(frozen=True, slots=True)
class BillLine:
    """A bill that must be open before anything happens."""

    title: str
    total_fen: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole file."""

    path: Path
    person: PersonLine | None
    bills: tuple[BillLine, ...]
    lines: tuple[Line, ...]

    @property
    def name(self) -> str:
        """The file's name without its end."""
        return self.path.stem


def load(path: Path) -> Scenario:
    """Read a file. Raises ScenarioError."""
    try:
        if path.stat().st_size > FILE_MAX_BYTES:
            raise ScenarioError(f"{path}: larger than {FILE_MAX_BYTES} bytes")
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise ScenarioError(f"{path}: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise ScenarioError(f"{path}: not UTF-8") from exc
    return parse(text, path)


def parse(text: str, path: Path) -> Scenario:
    """The scenario in `text`; `path` is for messages. Raises ScenarioError."""
    person: PersonLine | None = None
    bills: list[BillLine] = []
    lines: list[Line] = []
    for number, raw in enumerate(text.splitlines(), 1):
        content = raw.replace("\t", "  ").partition("#")[0].strip()
        if not content:
            continue
        verb, _, rest = content.partition(" ")
        columns = [column for column in re.split(r"\s{2,}", rest.strip()) if column]
        try:
            match verb:
                case "person":
                    if person is not None:
                        raise ScenarioError("one person is enough")
                    person = _person(columns)
                case "bill":
                    bills.append(_bill(columns))
                case _:
                    lines.append(Line(number, " ".join(content.split()), step(verb, columns)))
        except (ScenarioError, MoneyError) as exc:
            raise ScenarioError(f"{path}:{number}: {exc}") from exc
    if not lines:
        raise ScenarioError(f"{path}: nothing happens in it")
    if len(lines) > STEPS_MAX:
        raise ScenarioError(f"{path}: more than {STEPS_MAX} steps")
    if bills and person is None:
        raise ScenarioError(f"{path}: a bill of nobody")
    return Scenario(path, person, tuple(bills), tuple(lines))


def _person(columns: list[str]) -> PersonLine:
    name, told = one_or_two(columns, "person NAME  employee, account 0.00")
    known_person(name)
    insutype, account_fen = "", None
    for word in split(told):
        match word.split():
            case ["employee"]:
                insutype = "310"
            case ["resident"]:
                insutype = "390"
            case ["account", amount]:
                account_fen = fen(amount)
            case _:
                raise ScenarioError(f"{word!r} says nothing of a person; employee, resident, account 0.00")
    return PersonLine(name, insutype, account_fen)


def _bill(columns: list[str]) -> BillLine:
    if len(columns) != 2:
        raise ScenarioError("bill TITLE  0.00")
    return BillLine(columns[0], fen(columns[1]))
