"""EF06: the holder of the card (reference: card, §1.2).

Read by tag, never by record number: numbers differ between card versions.
"""

from datetime import date

from hw.card.coding import DATE, DIGITS, NAME, TEXT, BadValue
from hw.card.item import File, Item, Version

EF06 = File(
    "EF06",
    0xEF06,
    (  # tag  item               bytes  coding       since
        Item(0x08, "id_number", 18, TEXT, needed=True),
        Item(0x09, "name", 30, NAME, needed=True),
        Item(0x4E, "name_extension", 20, NAME, Version.V2),
        Item(0x0A, "sex", 1, TEXT),
        Item(0x0B, "ethnic_group", 1, DIGITS),
        Item(0x0C, "birth_region", 3, DIGITS),
        Item(0x0D, "born_on", 4, DATE),
    ),
)

VECTORS = (
    ("id_number", "39393031303131393930303130313030314B".replace("4B", "58"), "99010119900101001X"),
    ("name", "B2E2CAD4D2BB" + "00" * 24, b"\xb2\xe2\xca\xd4\xd2\xbb"),
    ("name_extension", "00" * 20, b""),
    ("sex", "32", "2"),
    ("ethnic_group", "01", "01"),
    ("birth_region", "990101", "990101"),
    ("born_on", "19900101", date(1990, 1, 1)),
    ("born_on", "00000000", None),
)
"""Item, bytes on the card in hexadecimal, value; tests run them in both directions."""


def join_name(name: bytes, extension: bytes) -> tuple[str | None, bool]:
    """The holder's name from both fields, and whether it was cut off by the end of the last one.

    GB 18030, because rare characters need its four-byte forms (GBK stops at two). A name that ends in the
    middle of a character is given up to there; bytes that are no text at all raise BadValue, so nobody ever
    sees mojibake.
    """
    raw = name + extension
    try:
        return raw.decode("gb18030").strip() or None, False
    except UnicodeDecodeError as error:
        if error.reason != "incomplete multibyte sequence":
            raise BadValue from None
        return raw[: error.start].decode("gb18030").strip() or None, True


def split_name(name: str) -> tuple[bytes, bytes]:
    """The bytes of a name for items 09 and 4E. Raises BadValue for a name of more than 50 bytes."""
    raw = name.encode("gb18030")
    if len(raw) > 50:
        raise BadValue
    return raw[:30], raw[30:]
