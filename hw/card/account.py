"""What the insurance agency says of the holder of a good card, as a closed set of answers.

The insurance is on no card, and this room asks nobody: whoever runs a diagnosis may bring a way to ask.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from hw.card.reading import CardReading
from hw.card.remedies import Fault


class AccountAnswer(StrEnum):
    """The agency's answer, or why there is none."""

    IN_ORDER = "in_order"
    SUSPENDED = "suspended"  # every scheme of the person, or the only one
    NOT_INSURED = "not_insured"  # ended, or never begun
    NOT_ENTITLED = "not_entitled"  # insured, but no fund pays for a visit here today
    REPORTED_LOST = "reported_lost"  # 挂失
    PERSON_DIFFERS = "person_differs"  # card and agency name two persons
    REFUSED = "refused"  # in words that mean none of these
    TERMINAL_REFUSED = "terminal_refused"  # the sign-in: the card was not asked about
    NO_ANSWER = "no_answer"  # the network, or the agency
    # Not asked:
    NO_CONFIGURATION = "no_configuration"  # which agency, as whom, with which message numbers
    NO_AGENCY = "no_agency"  # this terminal settles nothing
    NO_CREDENTIAL = "no_credential"  # the card keeps its holder, or does not say the same twice
    TERMINAL_RUNS = "terminal_runs"  # message numbers are its own
    OTHER_USER = "other_user"  # the files that hold them are another user's
    NOT_READY = "not_ready"  # a key or the journal cannot be used


@dataclass(frozen=True, slots=True)
class Account:
    """One answer. `detail` names the holder masked at most, and holds no credential."""

    answer: AccountAnswer
    detail: str = ""


AskAccount: TypeAlias = Callable[[CardReading], Account]
"""Asks the agency whether the holder is insured. Blocks for a bounded time, and does not raise."""

ACCOUNT: dict[AccountAnswer, tuple[Fault | None, str | None]] = {
    AccountAnswer.IN_ORDER: (None, None),
    AccountAnswer.SUSPENDED: (Fault.ACCOUNT, "ask_insurance_office"),
    AccountAnswer.NOT_INSURED: (Fault.ACCOUNT, "ask_insurance_office"),
    AccountAnswer.NOT_ENTITLED: (Fault.ACCOUNT, "ask_insurance_office"),
    AccountAnswer.REPORTED_LOST: (Fault.ACCOUNT, "cancel_loss_report"),
    AccountAnswer.PERSON_DIFFERS: (Fault.ACCOUNT, "correct_person"),
    AccountAnswer.REFUSED: (Fault.ACCOUNT, "tell_refusal"),
    AccountAnswer.TERMINAL_REFUSED: (Fault.NETWORK, "check_terminal_at_agency"),
    AccountAnswer.NO_ANSWER: (Fault.NETWORK, "check_network"),
    AccountAnswer.NO_CONFIGURATION: (None, "give_configuration"),
    AccountAnswer.NO_AGENCY: (None, "ask_agency"),
    AccountAnswer.NO_CREDENTIAL: (None, "ask_agency"),
    AccountAnswer.TERMINAL_RUNS: (None, "stop_terminal"),
    AccountAnswer.OTHER_USER: (None, "be_terminal_user"),
    AccountAnswer.NOT_READY: (None, "run_doctor"),
}
"""Where to look and what to do. No remedy: all is well. A remedy and no fault: nobody was asked."""
