"""Every wait and limit of a settlement, with its name and unit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """How long to wait, how often to repeat, what to offer. From the configuration and the area profile."""

    answer_delay_max_s: float = 60.0  # the longest a peer may take to apply an unanswered request
    repeat_pause_first_s: float = 2.0  # before an undo is repeated the first time
    repeat_pause_max_s: float = 60.0  # pauses double up to here
    staff_after_repeats: int = 5  # then a person is told as well; the repeating goes on
    forward_repeats_max: int = 3  # how often a keyed step forward is repeated before it is undone
    lease_ttl_s: int = 180
    lease_hold_max_s: float = 600.0  # a patient who reads this long gives the bill free
    pay_valid_s: int = 240  # how long the code can be paid
    poll_first_s: float = 2.0  # between questions to the gateway while the code is young
    poll_later_s: float = 3.0  # and after that
    poll_first_for_s: float = 30.0  # how long a code is young
    shown_codes: bool = True  # whether the hospital's gateway charges codes that patients show
    charge_wait_s: float = 60.0  # how long a phone may ask for its password, or an answer be missing
    charge_poll_s: float = 5.0  # between questions to the gateway meanwhile
    reverse_after_s: float = 15.0  # a channel reverses a charge no sooner (hospital interface, §4.2)

    def poll_s(self, gone_s: float) -> float:
        """The pause before the next question about a code that has been on the screen for `gone_s`."""
        return self.poll_first_s if gone_s < self.poll_first_for_s else self.poll_later_s

    def pause_s(self, tries: int) -> float:
        """The pause before repeat number `tries`, counted from 1."""
        return min(self.repeat_pause_first_s * float(2 ** min(tries - 1, 16)), self.repeat_pause_max_s)


DEFAULT = Policy()
