"""Which reader is for what: contact cards, contactless cards, the security module.

Chosen by configuration, never "the first one": the order in which PC/SC names readers is the order in which
they were plugged in, and a terminal often has a slot for a security module that always holds a chip.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from hw.card.failure import CardError, Code


class Role(StrEnum):
    CONTACT = "contact"
    CONTACTLESS = "contactless"
    PSAM = "psam"


@dataclass(frozen=True, slots=True)
class Readers:
    """The pattern of a PC/SC reader name for each role; None where the terminal has no such reader.

    `*` stands for anything and `?` for one character; brackets stand for themselves, since names hold them,
    and upper and lower case are one. A pattern with neither matches as a part of the name: the slot number
    at its end changes when a reader is plugged in again. With no pattern for cards at all, the only reader
    that is no security module's is the one; with several of those none is.
    """

    contact: str | None = None
    contactless: str | None = None
    psam: str | None = None

    def __str__(self) -> str:
        given = ((role, self.pattern(role)) for role in Role)
        return ", ".join(f"{role} {pattern}" for role, pattern in given if pattern is not None)

    def pattern(self, role: Role) -> str | None:
        return {Role.CONTACT: self.contact, Role.CONTACTLESS: self.contactless, Role.PSAM: self.psam}[role]


THE_ONLY_READER = Readers()
"""Nothing is configured: a terminal with one reader needs no more."""


def matching(names: Sequence[str], pattern: str) -> tuple[str, ...]:
    """The names that fit a pattern; only the very name, where it is one."""
    if pattern in names:
        return (pattern,)
    glob = pattern.casefold().replace("[", "[[]")
    if not any(wild in glob for wild in "*?"):
        glob = f"*{glob}*"
    return tuple(name for name in names if fnmatchcase(name.casefold(), glob))


def find(names: Sequence[str], pattern: str | None, role: Role) -> str | None:
    """The reader of one role; None when it is not there. READER_NOT_CHOSEN when several fit."""
    found = matching(names, pattern) if pattern is not None else ()
    if len(found) > 1:
        raise CardError(Code.READER_NOT_CHOSEN, item=f"{role}: {', '.join(found)}")
    return found[0] if found else None


def for_patients(names: Sequence[str], readers: Readers) -> tuple[str, ...]:
    """The readers that may hold a patient's card, contact before contactless; none, one or two.

    Raises READER_NOT_CHOSEN, with the readers in `item`: several fit one role, one fits two roles, or several
    are there and the configuration names none.
    """
    if readers.contact is None and readers.contactless is None:
        free = tuple(name for name in unassigned(names, readers) if not is_security_module(name))
        if len(free) > 1:
            raise CardError(Code.READER_NOT_CHOSEN, item=", ".join(free))
        return free
    psam = matching(names, readers.psam) if readers.psam is not None else ()
    chosen: list[str] = []
    for role in (Role.CONTACT, Role.CONTACTLESS):
        name = find(names, readers.pattern(role), role)
        if name is None:
            continue
        if name in chosen or name in psam:
            raise CardError(Code.READER_NOT_CHOSEN, item=f"{name} for two roles")
        chosen.append(name)
    return tuple(chosen)


def unassigned(names: Sequence[str], readers: Readers) -> tuple[str, ...]:
    """The readers that fit no role; nobody looks into them."""
    patterns = [pattern for role in Role if (pattern := readers.pattern(role)) is not None]
    taken = {name for pattern in patterns for name in matching(names, pattern)}
    return tuple(name for name in names if name not in taken)


def is_security_module(name: str) -> bool:
    """Whether a reader's name says that its slot is for a security module: "... SAM 00 02"."""
    return re.search(r"(?i)\bP?SAM\b", name) is not None
