"""EF05: who issued the card, to what specification, and how long it is valid (reference: card, §1.2)."""

from datetime import date

from hw.card.coding import DATE, DIGITS, PACKED, TEXT
from hw.card.item import File, Item, Version

EF05 = File(
    "EF05",
    0xEF05,
    (  # tag  item             bytes  coding
        Item(0x01, "card_id", 16, PACKED, needed=True),
        Item(0x02, "card_class", 1, TEXT),
        Item(0x03, "version", 4, TEXT),
        Item(0x04, "issuer", 12, DIGITS),
        Item(0x05, "issued_on", 4, DATE),
        Item(0x06, "expires_on", 4, DATE),
        Item(0x07, "card_no", 9, TEXT),
    ),
)
"""The first six digits of `card_id` are the region that issued the card."""

VECTORS = (
    ("card_id", "990101D156000005000000000000001F", "990101D156000005000000000000001F"),
    ("card_id", "FF" * 16, None),
    ("card_class", "31", "1"),
    ("version", "322E3030", "2.00"),
    ("issuer", "991100000000" + "FF" * 6, "991100000000"),
    ("issued_on", "20210304", date(2021, 3, 4)),
    ("expires_on", "FFFFFFFF", None),
    ("card_no", "593030303130303146", "Y0001001F"),
    ("card_no", "00" * 9, None),
)
"""Item, bytes on the card in hexadecimal, value; tests run them in both directions."""


VERSIONS = {"1.00": Version.V1, "2.00": Version.V2, "3.00": Version.V3}
"""What item 03 can say."""


def version_of(text: str) -> Version:
    """The generation named by item 03.

    Unknown texts are read like the nearest generation: a new card must not leave its holder with nothing.
    """
    nearest = {"1": Version.V1, "2": Version.V2}.get(text[:1], Version.V3)
    return VERSIONS.get(text, nearest if text[:1].isdigit() else Version.V2)
