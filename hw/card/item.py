"""Files of the social-security application as tables of items."""

from dataclasses import dataclass, field
from enum import IntEnum

from hw.card.coding import Coding


class Version(IntEnum):
    """Generation of the card specification."""

    V1 = 1
    V2 = 2
    V3 = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One record: tag, length, value."""

    tag: int
    name: str
    size: int  # bytes of the value
    coding: Coding
    since: Version = Version.V1
    needed: bool = False  # a card without it cannot be used here
    read_by_tag: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """READ RECORD by tag, asking for exactly the record: a card need not say how long it is (6Cxx)."""
        object.__setattr__(self, "read_by_tag", bytes((0x00, 0xB2, self.tag, 0x00, self.size + 2)))


@dataclass(frozen=True, slots=True)
class File:
    """One elementary file under the application."""

    name: str
    identifier: int
    items: tuple[Item, ...]

    def of(self, version: Version) -> "FilePlan":
        """What to ask a card of `version` for."""
        return FilePlan(self, tuple(item for item in self.items if item.since <= version))


@dataclass(frozen=True, slots=True)
class FilePlan:
    """The items of a file on cards of one version, in the order of their numbers, and how to get them."""

    file: File
    items: tuple[Item, ...]
    select: bytes = field(init=False, repr=False)
    commands: tuple[bytes, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """SELECT under the current application, then READ RECORD for each item."""
        select = b"\x00\xa4\x02\x00\x02" + self.file.identifier.to_bytes(2, "big")
        object.__setattr__(self, "select", select)
        object.__setattr__(self, "commands", (select, *(item.read_by_tag for item in self.items)))
