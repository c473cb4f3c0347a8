"""What is to be seen: one frozen value per screen, ready to draw.

Amounts are integer fen. Names and numbers of persons arrive masked. Texts that
belong to the product are keys of the locale (`tr(key)`); texts that come from
the hospital or the agency are plain strings. No view holds a credential.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

from kiosk.journeys.pay_views import Pay as Pay
from kiosk.journeys.pay_views import PayByCode as PayByCode
from kiosk.journeys.price_views import PriceItem as PriceItem
from kiosk.journeys.price_views import PriceRow as PriceRow
from kiosk.journeys.price_views import PriceSearch as PriceSearch
from kiosk.journeys.trouble_views import BeingChecked as BeingChecked
from kiosk.journeys.trouble_views import DeviceTrouble as DeviceTrouble
from kiosk.journeys.trouble_views import NetworkDown as NetworkDown
from kiosk.journeys.trouble_views import NotPossible as NotPossible
from kiosk.journeys.trouble_views import StaffWindow as StaffWindow


@dataclass(frozen=True, slots=True)
class Dock:
    """Which of the five helpers apply. One that does not leaves its place empty; nothing moves up."""

    back: bool = True
    home: bool = True
    help: bool = False  # calling a person from here: its place stays empty until it exists
    display: bool = False  # large print: its place stays empty until it exists
    language: bool = True


@dataclass(frozen=True, slots=True)
class Attract:
    """01."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A dated message of the hospital, e.g. a maintenance window."""

    title: str
    text: str
    title_en: str = ""
    text_en: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """02. A tile whose function is not built is left out, not greyed."""

    refunds: bool = True
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Identify:
    """03. The camera window shows the preview by itself; `hint`: what would help (hw.scanner.hint)."""

    camera: bool
    card: bool
    hint: str = ""
    busy: bool = False  # a card or code was seen and is being read
    quiet: bool = False  # the card that is being read does not answer: pulling it is no harm
    for_refund: bool = False


@dataclass(frozen=True, slots=True)
class WrongCode:
    """03b. `kind`: wechat_pay, alipay, unionpay, other, expired."""

    kind: str


@dataclass(frozen=True, slots=True)
class CardNeedsCode:
    """04a. A 3.0 card whose holder data a plain reader may not read."""

    code: str  # C-… staff code


@dataclass(frozen=True, slots=True)
class BankCard:
    """04b, and any card that is not a social-security card."""

    code: str


@dataclass(frozen=True, slots=True)
class Who:
    """05."""

    name: str  # masked
    sex: str  # 1 male, 2 female
    age: int | None
    id_number: str  # masked
    place: str
    insutype: str  # 310, 390
    psn_type: str
    entitled: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    """One fee line on 06. `mark`: "", own, pre_self, over_limit."""

    name: str
    quantity: str
    amount_fen: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class BillRow:
    """One bill on 06."""

    bill_id: str
    title: str
    dept: str
    doctor: str
    at: dt.datetime
    amount_fen: int
    chosen: bool
    lines: tuple[LineRow, ...]
    off_code: str = ""  # a gate's code when it cannot be settled here
    kind: str = "medicine"  # medicine, service: the icon and the title key


@dataclass(frozen=True, slots=True)
class Bills:
    """06. An empty list is a good answer too: nothing to pay."""

    rows: tuple[BillRow, ...]
    chosen_fen: int
    chosen_lines: int
    busy: bool = False  # "next" was touched, the agency is being asked


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One row of "why does the fund not pay": key shared, own, pre_self, over_limit, deductible."""

    key: str
    amount_fen: int
    item: str = ""  # the item's name when there is one
    items: int = 0  # how many lines stand behind it
    quantity: str = ""
    item_fen: int = 0  # what the item costs in all
    base_fen: int = 0  # shared: in scope; over_limit: what insurance counts
    ratio_percent: str = ""  # shared: the fund's share; pre_self: the person's first share


@dataclass(frozen=True, slots=True)
class WhoPays:
    """07, the heart."""

    total_fen: int
    fund_fen: int
    account_fen: int
    family_fen: int
    hospital_fen: int
    cash_fen: int
    balance_fen: int  # of the account, after this payment
    person_fen: int
    reasons: tuple[ReasonRow, ...]
    insured: bool = True
    busy: bool = False  # "pay" was touched, the code to pay is being made


@dataclass(frozen=True, slots=True)
class WhyLine:
    """08. The reason one touch deeper, worked out with the numbers of the agency."""

    reason: ReasonRow
    spec: str
    unit: str
    unit_price: str
    fund_percent: str
    source: str
    source_date: str


@dataclass(frozen=True, slots=True)
class ConsentItem:
    """An item outside the fund."""

    name: str
    detail: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Consent:
    """09. Agree or refuse, with the version of the text that was shown."""

    items: tuple[ConsentItem, ...]
    amount_fen: int
    version: str


@dataclass(frozen=True, slots=True)
class Settling:
    """11. `now`: 0 payment received, 1 agency, 2 hospital, 3 printing."""

    now: int
    total_fen: int
    fund_fen: int
    account_fen: int
    cash_fen: int
    paid_at: str = ""


@dataclass(frozen=True, slots=True)
class NextStepRow:
    """Where to go."""

    what: str
    where: str
    window: str
    time: str


@dataclass(frozen=True, slots=True)
class Finished:
    """12. `card_in`: the card is still in the reader. `papers`: how many are printed, 0 with `paper_off`."""

    cash_fen: int
    balance_fen: int
    insured: bool
    name: str
    steps: tuple[NextStepRow, ...]
    papers: int
    paper_off: bool
    card_in: bool
    invoice_qr: str
    lookup_qr: str
    leave_s: int
    refund: bool = False


@dataclass(frozen=True, slots=True)
class RefundOffer:
    """26. Whole settlements only: what goes back where it came from."""

    refund_due_id: str
    title: str
    reason: str
    fund_fen: int
    account_fen: int
    cash_fen: int
    channel: str
    balance_after_fen: int | None
    busy: bool = False


@dataclass(frozen=True, slots=True)
class NothingToRefund:
    """Asked for a refund, and the hospital declares none due."""


Content: TypeAlias = (
    Attract
    | Home
    | Identify
    | WrongCode
    | CardNeedsCode
    | BankCard
    | Who
    | Bills
    | WhoPays
    | WhyLine
    | Consent
    | Pay
    | PayByCode
    | Settling
    | Finished
    | BeingChecked
    | NotPossible
    | NetworkDown
    | DeviceTrouble
    | StaffWindow
    | PriceSearch
    | PriceItem
    | RefundOffer
    | NothingToRefund
)


@dataclass(frozen=True, slots=True)
class Header:
    """The top of every screen."""

    hospital: str
    place: str


@dataclass(frozen=True, slots=True)
class View:
    """All of what is to be seen now. `number` grows by one with each view."""

    number: int
    content: Content
    header: Header
    dock: Dock
    language: str  # zh, en
    stop: int = 0  # 1-5 on the line with stops; 0: no line
    idle_left_s: int = 0  # > 0: the "are you still there" dialog lies above, counting down from here
    seen_at: dt.datetime | None = None
