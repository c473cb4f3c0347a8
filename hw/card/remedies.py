"""For each failure, where to look and what to do."""

from enum import StrEnum

from hw.card.failure import Code


class Fault(StrEnum):
    """Where to look first (requirements: S1-H.5, "card/reader/network/account")."""

    SERVICE = "service"
    READER = "reader"
    CARD = "card"
    NETWORK = "network"
    ACCOUNT = "account"


REMEDIES: dict[Code, tuple[Fault, str]] = {
    Code.NO_SERVICE: (Fault.SERVICE, "start_service"),
    Code.SERVICE_REFUSED: (Fault.SERVICE, "allow_user"),
    Code.NO_READER: (Fault.READER, "plug_in_reader"),
    Code.READER_NOT_CHOSEN: (Fault.READER, "name_reader"),
    Code.READER_GONE: (Fault.READER, "plug_in_reader"),
    Code.READER_FAULT: (Fault.READER, "replug_reader"),
    Code.NO_CARD: (Fault.CARD, "insert_card"),
    Code.CARD_REMOVED: (Fault.CARD, "leave_card_in"),
    Code.CARD_RESET: (Fault.SERVICE, "stop_other_program"),
    Code.CARD_BUSY: (Fault.SERVICE, "stop_other_program"),
    Code.CARD_MUTE: (Fault.CARD, "turn_and_clean_card"),
    Code.PROTOCOL: (Fault.CARD, "turn_and_clean_card"),
    Code.TRANSMIT_FAILED: (Fault.CARD, "turn_and_clean_card"),
    Code.TIMEOUT: (Fault.CARD, "try_another_card"),
    Code.CANCELLED: (Fault.SERVICE, "try_again"),
    Code.NOT_A_SOCIAL_SECURITY_CARD: (Fault.CARD, "use_social_security_card"),
    Code.CARD_BLOCKED: (Fault.CARD, "ask_card_office"),
    Code.CARD_BLANK: (Fault.CARD, "ask_card_office"),
    Code.NEEDS_AUTHENTICATION: (Fault.CARD, "use_electronic_code"),
    Code.NO_SECURITY_MODULE: (Fault.READER, "seat_security_module"),
    Code.SECURITY_MODULE_FAULT: (Fault.SERVICE, "check_security_module"),
    Code.SECURITY_SERVICE_SILENT: (Fault.NETWORK, "check_security_service"),
    Code.AUTHENTICATION_REFUSED: (Fault.CARD, "check_security_module"),
    Code.AUTHENTICATION_LOCKED: (Fault.CARD, "ask_card_office"),
    Code.AUTHENTICATION_HELD: (Fault.SERVICE, "check_security_module"),
    Code.CARD_NOT_GENUINE: (Fault.CARD, "ask_card_office"),
    Code.FILE_MISSING: (Fault.CARD, "ask_card_office"),
    Code.BAD_DATA: (Fault.CARD, "ask_card_office"),
    Code.UNEXPECTED_STATUS: (Fault.CARD, "ask_card_office"),
}
"""The words for each remedy stand in `staff_texts`."""
