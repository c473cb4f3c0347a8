"""How each step is written: the verb, and what may follow it. Unknown words are refused."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from kiosk.domain.money import fen
from kiosk.sandbox.demo import words
from kiosk.sandbox.demo.steps import (
    Declare,
    Fact,
    Fault,
    Hide,
    Insert,
    PayOrder,
    Remove,
    ScenarioError,
    See,
    Show,
    Step,
    Then,
    Touch,
    Type,
    WaitUntil,
)
from kiosk.sandbox.persons import BY_ID


def step(verb: str, columns: list[str]) -> Step:
    """The step of a line. Raises ScenarioError, MoneyError."""
    make = _VERBS.get(verb)
    if make is None:
        raise ScenarioError(f"{verb!r} is no step{hint(verb, (*_VERBS, 'person', 'bill'))}")
    return make(columns)


def hint(word: str, known: tuple[str, ...]) -> str:
    """What an unknown word may have meant."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; one of {', '.join(known)}"


def known_person(name: str) -> str:
    """The name again. Raises ScenarioError when the sandbox has nobody of it."""
    if name not in BY_ID:
        raise ScenarioError(f"no person {name!r}{hint(name, tuple(BY_ID))}")
    return name


def one_or_two(columns: list[str], usage: str) -> tuple[str, str]:
    """A column and perhaps a second one."""
    if not 1 <= len(columns) <= 2:
        raise ScenarioError(usage)
    return columns[0], columns[1] if len(columns) == 2 else ""


def split(told: str) -> list[str]:
    """Words between commas; a comma in quotes is part of its text. Raises ScenarioError."""
    if told.count('"') % 2:
        raise ScenarioError("a quotation mark is missing")
    parts = re.findall(r'(?:"[^"]*"|[^,"])+', told)
    return [part.strip() for part in parts if part.strip()]


def _only(columns: list[str], pattern: str, usage: str) -> re.Match[str]:
    found = re.fullmatch(pattern, " ".join(columns))
    if found is None:
        raise ScenarioError(f"expected: {usage}")
    return found


def _insert(columns: list[str]) -> Step:
    name = known_person(_only(columns, r"card of (\w+)", "insert card of NAME")[1])
    if BY_ID[name].card is None:
        raise ScenarioError(f"{name} has no card")
    return Insert(name)


def _remove(columns: list[str]) -> Step:
    _only(columns, "card", "remove card")
    return Remove()


def _show(columns: list[str]) -> Step:
    return Show(known_person(_only(columns, r"code of (\w+)", "show code of NAME")[1]))


def _hide(columns: list[str]) -> Step:
    _only(columns, "code", "hide code")
    return Hide()


def _see(columns: list[str]) -> Step:
    screen, told = one_or_two(columns, "see SCREEN  what, is on it")
    if screen not in words.SCREENS:
        raise ScenarioError(f"no screen {screen!r}{hint(screen, tuple(words.SCREENS))}")
    return See(screen, tuple(_seen(screen, word) for word in split(told)))


def _seen(screen: str, word: str) -> Fact:
    """One thing that can be said of a screen, checked against what its view holds."""
    fact = _said(word)
    if fact.kind != "readable" and not words.shows(screen, fact.name):
        raise ScenarioError(f"{screen!r} shows no {word!r}")
    return fact


def _said(word: str) -> Fact:
    if len(word) > 2 and word[0] == word[-1] == '"':
        return Fact("readable", word[1:-1])
    if word in words.PHRASES:
        return Fact("phrase", "phrase", word)
    if word in words.FLAGS:
        return Fact("flag", words.FLAGS[word])
    if re.fullmatch(r"[A-Z]{1,2}-\d\d", word):
        return Fact("code", "code", word)
    match word.split():
        case [name, amount] if name in words.AMOUNTS:
            return Fact("amount", words.AMOUNTS[name], fen(amount))
        case [name, number] if name in words.COUNTS and number.isdigit():
            return Fact("count", words.COUNTS[name], int(number))
        case [name, text] if name in words.TEXTS:
            return Fact("text", words.TEXTS[name], text)
    known = (*words.AMOUNTS, *words.COUNTS, *words.FLAGS, *words.TEXTS, *words.PHRASES, '"a text"')
    raise ScenarioError(f"{word!r} says nothing of a screen{hint(word.split()[0], known)}")


def _tap(columns: list[str]) -> Step:
    found = _only(columns, r"([a-z_]+)(?: (\S+))?", "tap INTENT [ARGUMENT]")
    return Touch(found[1], found[2] or "")


def _type(columns: list[str]) -> Step:
    return Type(_only(columns, r"([A-Z]{1,20})", "type LETTERS")[1])


def _lose(columns: list[str]) -> Step:
    usage = "lose answer of 2207 | lose request 2207 | lose answer of his commit"
    found = _only(columns, r"(answer of|request) (?:(his|wallet) )?(\w+)", usage)
    peer, operation = _peer(found[2], found[3])
    return Fault(peer, operation, "lost_after" if found[1] == "answer of" else "lost_before")


def _refuse(columns: list[str]) -> Step:
    found = _only(columns, r"(?:(his|wallet) )?(\w+)", "refuse 2206 | refuse his commit")
    peer, operation = _peer(found[1], found[2])
    return Fault(peer, operation, "refuse")


def _peer(named: str | None, operation: str) -> tuple[str, str]:
    if named is None:
        if re.fullmatch(r"\d{4}", operation) is None:
            raise ScenarioError(f"{operation!r} is no number of the agency; name the peer, his or wallet")
        return "agency", operation
    if operation not in words.PEERS[named]:
        raise ScenarioError(f"{named} has no {operation!r}{hint(operation, tuple(words.PEERS[named]))}")
    return named, operation


def _pay(columns: list[str]) -> Step:
    return PayOrder(fen(_only(columns, r"(\S+)", "pay 0.00")[1]))


def _declare(columns: list[str]) -> Step:
    return Declare(_only(columns, r'refund due "([^"]+)"', 'declare refund due "why"')[1])


def _wait(columns: list[str]) -> Step:
    outcome = _only(columns, r"until ([a-z ]+)", "wait until settled")[1]
    if outcome not in words.OUTCOMES:
        raise ScenarioError(f"nothing ends {outcome!r}{hint(outcome, tuple(words.OUTCOMES))}")
    return WaitUntil(outcome)


def _then(columns: list[str]) -> Step:
    facts = tuple(_booked(word) for word in split(", ".join(columns)))
    if not facts:
        raise ScenarioError("then what?")
    return Then(facts)


_ENDS = ("settled once", "refunded once", "not settled", "nothing begun", "ledgers agree")


def _booked(word: str) -> Fact:
    """One thing that the books can be asked for."""
    if word in _ENDS:
        return Fact("flag", word)
    match word.split(maxsplit=1):
        case ["paid" | "returned" as name, amount]:
            return Fact("amount", name, fen(amount))
        case ["told", phrase] if phrase in words.PHRASES:
            return Fact("phrase", "told", phrase)
        case ["printed", paper] if paper in words.PAPERS:
            return Fact("text", "printed", words.PAPERS[paper])
    known = (*_ENDS, "paid 0.00", "returned 0.00", "told M1", *(f"printed {p}" for p in words.PAPERS))
    raise ScenarioError(f"{word!r} says nothing of the books{hint(word, known)}")


_VERBS: dict[str, Callable[[list[str]], Step]] = {
    "insert": _insert,
    "remove": _remove,
    "show": _show,
    "hide": _hide,
    "see": _see,
    "tap": _tap,
    "type": _type,
    "lose": _lose,
    "refuse": _refuse,
    "pay": _pay,
    "declare": _declare,
    "wait": _wait,
    "then": _then,
}
