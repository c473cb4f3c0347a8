"""Which cipher a card was issued with, as the card itself says it."""

from enum import StrEnum

from hw.card.item import Version


class Algorithm(StrEnum):
    """算法标识, the third field of what goes to an HSM."""

    TDES = "01"
    SSF33 = "02"
    SM4 = "03"


_MARK = bytes.fromhex("9F0C038601")
"""Issuer's data in the answer to the application's selection: tag 86, one byte, the algorithm."""


def algorithm_in(selection: bytes, version: Version) -> str:
    """The algorithm named by the answer to SELECT; by default that of the card's generation.

    A code no table knows is given as it stands: a module or an HSM may know it.
    """
    _, mark, rest = selection.partition(_MARK)
    if mark and rest:
        return f"{rest[0]:02X}"
    return Algorithm.SM4 if version >= Version.V3 else Algorithm.TDES
