"""DF01, public data of the holder: addresses, telephone, nationality. Cards give it after the PIN alone.

Lengths are those of 2.0 (reference: card, §1.2); on 1.0 the same tags mean other things, so it is not read.
"""

from dataclasses import dataclass, fields

from hw.card.apdu import OK, Channel, exchange
from hw.card.coding import DIGITS, GB_TEXT, TEXT, Value
from hw.card.failure import CardError, Code
from hw.card.item import File, Item, Version
from hw.card.item_reader import ItemReader

PUBLIC_APPLICATION = bytes.fromhex("D15600000500")

PUBLIC_FILES = (
    File(
        "DF01EF05",
        0xEF05,
        (  # tag  item                      bytes  coding  since
            Item(0x20, "household_kind", 2, TEXT, Version.V2),
            Item(0x21, "household_address", 80, GB_TEXT, Version.V2),
        ),
    ),
    File(
        "DF01EF06",
        0xEF06,
        (
            Item(0x23, "address", 80, GB_TEXT, Version.V2),
            Item(0x24, "address_region", 3, DIGITS, Version.V2),  # or the postcode: sources differ
            Item(0x28, "telephone", 15, TEXT, Version.V2),
        ),
    ),
    File("DF01EF0A", 0xEF0A, (Item(0x37, "nationality", 3, TEXT, Version.V2),)),
)

VECTORS = (
    ("household_kind", "3130", "10"),
    ("household_address", "B2E2CAD4C2B7D2BBBAC5" + "00" * 70, "测试路一号"),
    ("address", "B2E2CAD4C2B7B6FEBAC5" + "20" * 70, "测试路二号"),
    ("address", "FF" * 80, None),
    ("address_region", "990101", "990101"),
    ("telephone", "303030302D303030303030303000", "0000-00000000"),
    ("nationality", "434E00", "CN"),
)
"""Item, bytes on the card in hexadecimal, value."""


@dataclass(frozen=True, slots=True, repr=False)
class PublicData:
    """What DF01 says of the holder; None where the card has nothing. Person data, like the reading itself."""

    household_kind: Value = None
    household_address: Value = None
    address: Value = None
    address_region: Value = None
    telephone: Value = None
    nationality: Value = None


def read_public(channel: Channel, version: Version) -> PublicData:
    """Read DF01 with the application selected and the PIN verified. Empty on a 1.0 card.

    Raises CardError, NEEDS_AUTHENTICATION when the card still keeps everything.
    """
    if version < Version.V2:
        return PublicData()
    _, sw = exchange(channel, b"\x00\xa4\x04\x00" + bytes([len(PUBLIC_APPLICATION)]) + PUBLIC_APPLICATION)
    if sw != OK:
        raise CardError(Code.FILE_MISSING, sw=sw, item="DF01")
    reader = ItemReader(channel)
    for file in PUBLIC_FILES:
        try:
            reader.read(file.of(version))
        except CardError as error:
            if error.code is not Code.FILE_MISSING:  # a region need not have each of them
                raise
    values = reader.values()
    if reader.protected and not values:
        raise CardError(Code.NEEDS_AUTHENTICATION, item="DF01")
    return PublicData(**{item.name: values.get(item.name) for item in fields(PublicData)})
