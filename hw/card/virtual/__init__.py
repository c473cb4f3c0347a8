"""A social-security card that is only a program, in a reader behind a real PC/SC service.

For tests, the demo and benchmarks: cards of invented people in every mood a terminal meets, put in and
pulled out of a private `pcscd` that nobody outside can reach. No production code imports this.
"""

from hw.card.virtual.card import VirtualCard
from hw.card.virtual.keys import IssuerKeys
from hw.card.virtual.pcscd import VirtualReader, VirtualReaderHand, VirtualReaderUnavailable
from hw.card.virtual.person import CardPerson, invent
from hw.card.virtual.profiles import PROFILES, Profile
from hw.card.virtual.psam import VirtualPsam
from hw.card.virtual.vpcd import VirtualSlot

__all__ = [
    "PROFILES",
    "CardPerson",
    "IssuerKeys",
    "Profile",
    "VirtualCard",
    "VirtualPsam",
    "VirtualReader",
    "VirtualReaderHand",
    "VirtualReaderUnavailable",
    "VirtualSlot",
    "invent",
]
