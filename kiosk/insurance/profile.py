"""What differs from area to area, as data: `assets/profiles/<admdvs>.toml`.

One logical operation is one method of the port; a profile maps it to transaction number, node names,
credential form, spelling and money conventions. Only values that are built are accepted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kiosk import assets, settings

CodeForm: TypeAlias = Literal["token", "id_and_token"]
"""How an electronic credential is named: 01 + ecToken, or 02 + id number with ecToken as card_sn (§7.2)."""


@dataclass(frozen=True, slots=True)
class Area:
    """Where the hospital is, and how its agency answers."""

    admdvs: str  # mdtrtarea_admvs of every envelope
    time_zone: str  # of business days, msgids and times on the wire
    answer_delay_max_s: float  # after this an unanswered request is asked for, never re-sent
    find_settlement: Literal["5203_no_setl_id", "none"]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d{6}", self.admdvs):
            raise ValueError("admdvs: six digits are needed")
        if self.answer_delay_max_s <= 0:
            raise ValueError("answer_delay_max_s: more than 0 is needed")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as exc:
            raise ValueError(f"time_zone: {self.time_zone} is no zone") from exc

    @property
    def zone(self) -> ZoneInfo:
        """`time_zone` as a zone."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class Transport:
    """How a request travels. The host is the hospital's and stands in the terminal's settings."""

    path: str
    code_path: str  # of the service that exchanges electronic credentials
    connect_timeout_s: float
    read_timeout_s: float
    answer_max_bytes: int
    gateway: Literal["none", "x-tif"]  # headers of §2.1
    gateway_paasid: str = ""

    def __post_init__(self) -> None:
        if min(self.connect_timeout_s, self.read_timeout_s) <= 0:
            raise ValueError("connect_timeout_s, read_timeout_s: more than 0 is needed")
        if not 0 < self.answer_max_bytes <= ANSWER_MAX_BYTES:
            raise ValueError(f"answer_max_bytes: 1 to {ANSWER_MAX_BYTES}")
        if (self.gateway == "x-tif") != bool(self.gateway_paasid):
            raise ValueError("gateway_paasid: needed with gateway x-tif, and only there")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an area issues or spells its own way (§1.1, §1.2)."""

    recer_sys_code: str
    infver: str
    signtype: str
    input_as: Literal["object", "string"]
    extension: Literal["exp_content", "expContent"]  # spelling that is sent; both are understood
    amounts_as: Literal["number", "string"]
    duplicate_texts: tuple[str, ...]  # a refusal that says: this msgid was here before
    extra: dict[str, str] = field(default_factory=dict)  # further fields of every envelope

    def __post_init__(self) -> None:
        _check_patterns("duplicate_texts", self.duplicate_texts)


@dataclass(frozen=True, slots=True)
class Sign:
    """The life of a `sign_no`: regular expressions on the text that refuses a lost or expired one."""

    expired_texts: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_patterns("expired_texts", self.expired_texts)


@dataclass(frozen=True, slots=True)
class Code:
    """The exchange of an electronic credential: who asks, and what a refusal's text means."""

    org_id: Literal["fixmedins_code", "admdvs"]
    expired_texts: tuple[str, ...]
    used_texts: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_patterns("expired_texts", self.expired_texts)
        _check_patterns("used_texts", self.used_texts)


@dataclass(frozen=True, slots=True)
class Op:
    """One transaction: its number, and its nodes where they differ from the national ones."""

    infno: str
    node: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class OpWithCredential(Op):
    """A transaction that carries the patient's credential."""

    code_as: CodeForm = "token"


@dataclass(frozen=True, slots=True)
class OpPerson(OpWithCredential):
    """1101; some provinces also want name and id number beside a token.

    `lost_texts`: the texts of a refusal that mean "this card is reported lost" (挂失).
    """

    with_name: bool = False
    lost_texts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_patterns("lost_texts", self.lost_texts)


@dataclass(frozen=True, slots=True)
class OpUpload(Op):
    """2204; a message takes about a hundred lines."""

    lines_max: int = 100


@dataclass(frozen=True, slots=True)
class OpVisits(Op):
    """5201 asks for one kind of visit."""

    med_type: str = "11"


@dataclass(frozen=True, slots=True)
class OpAsk(Op):
    """2601 and 5203: the texts of a refusal that mean "there is no such transaction"."""

    none_texts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_patterns("none_texts", self.none_texts)


@dataclass(frozen=True, slots=True)
class Ops:
    """A transaction for every operation of the port."""

    sign_in: Op
    sign_out: Op
    person: OpPerson
    entitlement: Op
    register: OpWithCredential
    revoke_visit: Op
    describe: Op
    upload: OpUpload
    revoke_lines: Op
    pre_settle: OpWithCredential
    settle: OpWithCredential
    undo: Op
    reverse: OpAsk
    visits: OpVisits
    settlement: OpAsk


@dataclass(frozen=True, slots=True)
class Money:
    """How an area's amounts are to be read (§6)."""

    fund_includes_account: bool  # fund_pay_sumamt holds acct_pay
    acct_pay_includes_mulaid: bool
    refund_sign: Literal["negative", "positive"]  # of the amounts that 2208 answers with
    use_account: bool  # acct_used_flag


@dataclass(frozen=True, slots=True)
class Order:
    """Steps that an area leaves out."""

    entitlement: Literal["asked", "left_out"]
    describe: Literal["required", "left_out"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One area's file."""

    area: Area
    transport: Transport
    envelope: Envelope
    sign: Sign
    code: Code
    op: Ops
    money: Money
    order: Order

    def __post_init__(self) -> None:
        for name, (_, answer) in NODES.items():
            if self.operation(name).answer and not answer:
                raise ValueError(f"op.{name}: answer: this transaction has none")

    def operation(self, name: str) -> Op:
        """The transaction of a logical operation."""
        found: Op = getattr(self.op, name)
        return found

    def node(self, name: str) -> str:
        """The node under `input`."""
        return self.operation(name).node or NODES[name][0]

    def answer_node(self, name: str) -> str:
        """The node under `output`; empty when the transaction has none."""
        return self.operation(name).answer or NODES[name][1]


ANSWER_MAX_BYTES = 1 << 20
"""No larger answer is parsed anywhere in the product."""

NODES: dict[str, tuple[str, str]] = {
    "sign_in": ("signIn", "signinoutb"),
    "sign_out": ("signOut", ""),
    "person": ("data", "baseinfo"),
    "entitlement": ("data", "trtinfo"),
    "register": ("data", "data"),
    "revoke_visit": ("data", ""),
    "describe": ("mdtrtinfo", ""),
    "upload": ("feedetail", "result"),
    "revoke_lines": ("data", ""),
    "pre_settle": ("data", "setlinfo"),
    "settle": ("data", "setlinfo"),
    "undo": ("data", "setlinfo"),
    "reverse": ("data", ""),
    "visits": ("data", "mdtrtinfo"),
    "settlement": ("data", "setlinfo"),
}
"""National node names under `input` and `output` (§3)."""


def load_profile(path: Path) -> Profile:
    """Read one area's file. Raises SettingsError that names file and key."""
    return settings.load(path, Profile, env={})


def profile_path(name: str) -> Path:
    """Where the profile `990100` of a terminal's settings lies."""
    return assets.path("profiles", f"{name}.toml")


def matches(patterns: tuple[str, ...], text: str) -> bool:
    """Whether a peer's text says one of these things."""
    return any(re.search(pattern, text) for pattern in patterns)


def _check_patterns(name: str, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as exc:
            raise ValueError(f"{name}: {pattern!r} is no regular expression: {exc}") from exc
