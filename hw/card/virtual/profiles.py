"""How virtual cards behave, apart from whose they are: the cards a terminal meets, good and bad.

Row numbers are those of reference card, §5.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from operator import xor

Records = dict[str, bytes]
"""Records by item name: tag, length, value."""


def _with_check(atr: bytes) -> bytes:
    return atr + bytes([reduce(xor, atr[1:])])


_HISTORICAL = bytes.fromhex("00995A5A0186990000000000FF")
CONTACT_ATR = bytes.fromhex("3B6D0000") + _HISTORICAL
"""T=0 and 13 historical bytes (chip, operating system, card maker, serial number), with a maker nobody is."""

CONTACTLESS_ATR = _with_check(bytes.fromhex("3B848001") + b"SSSE")
"""As PC/SC makes one up for a contactless card: T=0 and T=1 are both named, and T=1 is what gets chosen."""

T1_ATR = _with_check(bytes.fromhex("3B8401") + b"SSSE")


@dataclass(frozen=True, slots=True)
class Profile:
    """One way to behave. Commands are counted from 1."""

    about: str
    atr: bytes = CONTACT_ATR
    select_sw: int = 0x9000  # answer to the selection of the application
    by_tag: bool = True  # knows READ RECORD by tag
    strict_t0: bool = False  # announces every answer with 61xx, as on readers that pass TPDUs
    delay_s: float = 0.0  # before each answer
    silent_at: int | None = None  # from this command on it never answers
    removed_at: int | None = None  # it leaves the reader instead of answering this command
    short_at: int | None = None  # answers this command with a single byte
    missing_file: int | None = None
    protects: bool | None = None  # holder behind authentication; as 3.0 cards do when None
    hides: frozenset[str] = frozenset({"card_no"})  # items of EF05 that go with the holder
    algorithm: str = ""  # that of the card's generation when empty
    names_algorithm: bool = True  # says it in the answer to the selection
    tells_tries: bool = True  # answers VERIFY without data by the tries left
    spoil: Callable[[Records], Records] = field(default=lambda records: records)


def _replaced(item: str, record: str) -> Callable[[Records], Records]:
    return lambda records: {**records, item: bytes.fromhex(record)}


def _without(*items: str) -> Callable[[Records], Records]:
    return lambda records: {name: record for name, record in records.items() if name not in items}


def _blank(records: Records) -> Records:
    holder = (
        "id_number",
        "name",
        "name_extension",
        "sex",
        "ethnic_group",
        "birth_region",
        "born_on",
        "card_no",
    )
    return {
        name: record[:2] + bytes(len(record) - 2) if name in holder else record
        for name, record in records.items()
    }


def _wrong_check(records: Records) -> Records:
    record = records["id_number"]
    wrong = b"1" if record[-1:] == b"0" else b"0"
    return {**records, "id_number": record[:-1] + wrong}


# 14 characters and the first two bytes of a four-byte one: the field is full.
_CUT_NAME = "091E" + "B2E2CAD4" * 7 + "8139"
# A lead byte followed by a byte that cannot be second.
_ILLEGAL_NAME = "091E" + "B201B201" + "00" * 26

PROFILES = {
    "plain": Profile("a good card of its version"),
    "strict_t0": Profile("61xx and 6Cxx, as on a TPDU reader (21)", strict_t0=True),
    "contactless": Profile("T=0 and T=1 in its ATR (16)", atr=CONTACTLESS_ATR),
    "t1_only": Profile("T=1 alone in its ATR (15)", atr=T1_ATR),
    "by_number": Profile("reads records by number only", by_tag=False),
    "open": Profile("a 3.0 card without protection", protects=False),
    "hides_dates": Profile(
        "a 3.0 card that keeps dates and issuer too",
        hides=frozenset({"card_no", "issuer", "issued_on", "expires_on"}),
    ),
    "hides_all": Profile(
        "a 3.0 card that keeps even its identifier",
        hides=frozenset({"card_id", "version", "card_no"}),
    ),
    "tdes": Profile("a 3.0 card with 3DES keys", algorithm="01"),
    "ssf33": Profile("a 3.0 card of an algorithm this product has no module for", algorithm="02"),
    "no_algorithm": Profile("does not name its algorithm", names_algorithm=False),
    "close_about_tries": Profile("does not tell how many tries are left", tells_tries=False),
    "bank": Profile("a bank card (19)", select_sw=0x6A82),
    "alien": Profile("another operating system (19)", select_sw=0x6E00),
    "blocked": Profile("application blocked (25)", select_sw=0x6283),
    "silent": Profile("never answers its first command (17)", silent_at=1),
    "silent_midway": Profile("stops answering in the holder file (17)", silent_at=12),
    "slow": Profile("20 ms for each answer", delay_s=0.02),
    "removed_midway": Profile("pulled while being read (9)", removed_at=8),
    "short_answer": Profile("one byte for an answer (18)", short_at=5),
    "junk_atr": Profile("an ATR that is none (14)", atr=bytes.fromhex("1234567890")),
    "no_holder_file": Profile("EF06 missing (23)", missing_file=0xEF06),
    "wrong_tag": Profile("another record than asked for (26)", spoil=_replaced("sex", "550131")),
    "wrong_length": Profile("a length past the end (26)", spoil=_replaced("id_number", "087F3939")),
    "cut_name": Profile("half a character at the end (27)", spoil=_replaced("name", _CUT_NAME)),
    "illegal_name": Profile("bytes that are no text (27)", spoil=_replaced("name", _ILLEGAL_NAME)),
    "no_name": Profile("no name record", spoil=_without("name")),
    "no_extension": Profile("a 2.0 card without 4E (22)", spoil=_without("name_extension")),
    "no_dates": Profile("dates all F (28)", spoil=_replaced("expires_on", "0604FFFFFFFF")),
    "expired": Profile("valid until 2020 (28)", spoil=_replaced("expires_on", "060420201231")),
    "wrong_check": Profile("identity number with a wrong check character (29)", spoil=_wrong_check),
    "blank": Profile("no person on it yet (29)", spoil=_blank),
}
