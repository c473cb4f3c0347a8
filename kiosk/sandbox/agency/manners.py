"""Deviations that real answers show, to be switched on while the agency runs (insurance interface, §1.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Deviation: TypeAlias = Literal[
    "amounts_as_strings",
    "infcode_as_string",
    "output_as_string",
    "output_absent",  # of transactions that answer nothing
    "setlinfo_as_list",
    "idetinfo_beside",  # beside `output` in 1101
    "extra_keys",
    "err_msg_null",
    "refund_nulls",  # required amounts null in 2208
    "cash_misspelt",  # pdn_cash_pay in 2208
    "echo_missing",  # medins_setl_id left out
    "echo_wrong",  # medins_setl_id of another message
    "class_one_digit",  # chrgitm_lv 1, 2, 3
]
DEVIATIONS: tuple[str, ...] = get_args(Deviation)


@dataclass(slots=True)
class Manners:
    """How this agency answers today."""

    on: set[Deviation] = field(default_factory=set)

    def has(self, deviation: Deviation) -> bool:
        """Whether answers deviate in this way."""
        return deviation in self.on

    def and_also(self, deviation: str) -> Manners:
        """These manners and one more; a word that is none of DEVIATIONS changes nothing."""
        return Manners(self.on | {name for name in get_args(Deviation) if name == deviation})
