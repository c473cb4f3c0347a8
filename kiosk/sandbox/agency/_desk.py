"""What every handler needs: books, rules, the person a message is about."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from kiosk.domain.person import CredentialKind, Scheme
from kiosk.insurance.profile import Profile
from kiosk.sandbox.agency._message import Message, Refuse
from kiosk.sandbox.agency.manners import Manners
from kiosk.sandbox.agency.rules import Institution, Rulebook
from kiosk.sandbox.agency.store import AgencyStore
from kiosk.sandbox.persons import BY_PSN_NO, PERSONS, InventedPerson

Output: TypeAlias = dict[str, Any]
Handler: TypeAlias = Callable[["Desk", Message], Output]

_DATE_TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Desk:
    """One area's agency at work."""

    store: AgencyStore
    profile: Profile
    manners: Manners
    rules: Rulebook
    institutions: tuple[Institution, ...]
    now: Callable[[], dt.datetime]

    def answering(self, deviation: str | None) -> Desk:
        """This desk, for a message whose answer is to deviate in one more way."""
        return self if deviation is None else replace(self, manners=self.manners.and_also(deviation))

    def local(self) -> dt.datetime:
        """The wall clock in the area's zone."""
        return self.now().astimezone(self.profile.area.zone)

    def stamp(self) -> str:
        """Now, as it stands in answers."""
        return self.local().strftime(_DATE_TIME)

    def number(self, series: str) -> str:
        """A number that the agency issues: area and twelve digits."""
        return f"{self.profile.area.admdvs}{self.store.serial(series):012d}"

    def insured(self, message: Message) -> InventedPerson:
        """The person a `psn_no` names, insured where the envelope says. Raises Refuse."""
        person = BY_PSN_NO.get(message.text("psn_no"))
        if person is None:
            raise Refuse("人员编号不存在")
        if message.insured_place not in {scheme.insured_place for scheme in person.schemes}:
            raise Refuse("参保地医保区划与人员不符")
        return person

    def scheme(self, person: InventedPerson, message: Message, insutype: str) -> Scheme:
        """The usable scheme of a type at the insured place. Raises Refuse."""
        for scheme in person.schemes:
            if scheme.insutype == insutype and scheme.insured_place == message.insured_place:
                if not scheme.usable:
                    raise Refuse("参保状态不正常，不能享受医保待遇")
                return scheme
        raise Refuse("险种与参保信息不符")

    def by_credential(self, message: Message) -> InventedPerson:
        """Who shows this card, number or token. Raises Refuse."""
        number, card_sn = message.text("mdtrt_cert_no"), message.text("card_sn")
        match message.text("mdtrt_cert_type"):
            case CredentialKind.CODE.value:
                found = self.store.person_of_token(number)
            case CredentialKind.ID_CARD.value:
                found = next((one for one in PERSONS if one.cert_no == number), None)
                if card_sn and self.store.person_of_token(card_sn) is not found:
                    raise Refuse("电子凭证令牌无效")  # an area that names a code by id number and token
            case _:
                found = next((one for one in PERSONS if one.card and one.card.card_no == number), None)
                if message.operation == "person" and found and found.card and found.card.card_id != card_sn:
                    raise Refuse("卡识别码不正确")
        if found is None:
            raise Refuse("就诊凭证无效")
        return found

    def holder(self, message: Message) -> InventedPerson:
        """The person named, who must be the one whose credential is shown. Raises Refuse."""
        person = self.insured(message)
        if self.by_credential(message) is not person:
            raise Refuse("就诊凭证与人员不符")
        return person

    def visit(self, message: Message) -> sqlite3.Row:
        """The visit that a message names, the person's own. Raises Refuse."""
        found = self.store.rows("SELECT * FROM visit WHERE mdtrt_id = ?", message.text("mdtrt_id"))
        if not found or found[0]["psn_no"] != message.text("psn_no"):
            raise Refuse("就诊信息不存在")
        return found[0]

    def open_visit(self, message: Message) -> sqlite3.Row:
        """The same, and it has not been revoked. Raises Refuse."""
        visit = self.visit(message)
        if visit["revoked"]:
            raise Refuse("就诊信息已撤销")
        return visit
