"""What can go wrong between a reader and a card, as a closed set of codes.

A card that gave less than hoped is not a failure: see `hw.card.reading`. The words a patient sees hang on the
codes and live elsewhere.
"""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Why there is no reading (reference: card, §5; the row numbers stand behind)."""

    NO_SERVICE = "no_service"  # 1-3: no PC/SC service, or it died under us
    SERVICE_REFUSED = "service_refused"  # 5: not allowed, or its contexts are used up
    NO_READER = "no_reader"  # 4: none plugged in, or none of that name
    READER_NOT_CHOSEN = "reader_not_chosen"  # several readers, and the configuration does not tell them apart
    READER_GONE = "reader_gone"  # 6: unplugged while in use
    READER_FAULT = "reader_fault"  # 7, 30: wedged, or an answer PC/SC should never give
    NO_CARD = "no_card"  # 8
    CARD_REMOVED = "card_removed"  # 9, 10: pulled or swapped while being read
    CARD_RESET = "card_reset"  # 11: another program reset it, again and again
    CARD_BUSY = "card_busy"  # 12: another program holds it
    CARD_MUTE = "card_mute"  # 13: in the slot, no answer to power; often upside down
    PROTOCOL = "protocol"  # 14, 20: not a processor card that speaks T=0 or T=1
    TRANSMIT_FAILED = "transmit_failed"  # 7, 18: a command was not answered in full, the card is still there
    TIMEOUT = "timeout"  # 17: silent card; the watchdog gave up
    CANCELLED = "cancelled"  # our own side called the read off
    NOT_A_SOCIAL_SECURITY_CARD = "not_a_social_security_card"  # 19: bank card, old hospital card
    CARD_BLOCKED = "card_blocked"  # 25: application blocked or locked for good
    CARD_BLANK = "card_blank"  # 29: no person on it yet
    NEEDS_AUTHENTICATION = "needs_authentication"  # 24: not even the free items were given
    FILE_MISSING = "file_missing"  # 23
    BAD_DATA = "bad_data"  # 26, 29: records that contradict their own form
    UNEXPECTED_STATUS = "unexpected_status"  # a status word no rule here expects
    NO_SECURITY_MODULE = "no_security_module"  # no PSAM where the pattern says, or more than one reader
    SECURITY_MODULE_FAULT = "security_module_fault"  # PSAM or HSM answers that it cannot help with this card
    SECURITY_SERVICE_SILENT = "security_service_silent"  # the HSM's service gave no answer, or nonsense
    AUTHENTICATION_REFUSED = "authentication_refused"  # 24: the card did not take the answer (63xx)
    AUTHENTICATION_LOCKED = "authentication_locked"  # the card's key for reading is locked (6983)
    AUTHENTICATION_HELD = "authentication_held"  # not tried: another refusal could lock a card's key
    CARD_NOT_GENUINE = "card_not_genuine"  # it could not prove itself to the HSM


@dataclass(frozen=True, slots=True)
class CardFailure:
    """One failed attempt to read a card. Holds no data of the person."""

    code: Code
    hresult: int | None = None  # PC/SC result, 32 bits unsigned
    sw: int | None = None  # status word of the card
    item: str | None = None  # the file, item or readers concerned: "EF06", "id_number", "contact: ACME 00 00"


class CardError(Exception):
    """Carries a `CardFailure` up to the door of this room; it never leaves it."""

    def __init__(
        self, code: Code, *, hresult: int | None = None, sw: int | None = None, item: str | None = None
    ) -> None:
        self.failure = CardFailure(code, hresult, sw, item)
        super().__init__(code.value)

    @property
    def code(self) -> Code:
        return self.failure.code
