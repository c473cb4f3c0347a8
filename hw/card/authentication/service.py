"""The card-authentication service of a region: an HSM behind HTTP that knows the issuers' keys.

Two transactions, JSON both ways, the field codes of the national card interface (reference: card, §1.6):

    POST <url>/1903   aab301 region, aaz507 historical bytes, aaa254 algorithm, aaz501 card_id,
                      aaa311 and aaa312 factor and source of the card's proof, aaa313 and aaa314 of the
                      terminal's
                      -> output: aaa315, aaa316 proofs, each 8 bytes and the 8 they were computed over
    POST <url>/1904   aab301 region, aac002 id_number, aaz500 card_no, aaz501 card_id, aac003 name
                      -> output: aab301 the region that insures this person by this card

    answer: {"errorcode": "0", "errormsg": "", "output": {...}}; a negative errorcode is a refusal

Regions wrap these fields in XML, SOAP or JSON of their own; this is the plain one, for a hospital's front
server to translate. Neither transaction changes anything, so an unknown outcome costs the patient nothing.
"""

import json
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from hw.card.authentication._https import NoAnswer, post
from hw.card.formats import FormatError, HsmAnswer, HsmQuestion, encode
from hw.card.reading import CardReading

ANSWER_MAX_S = 3.0
"""Within a reader's watchdog (5 s), and longer than a healthy service needs (tens of milliseconds)."""


@dataclass(frozen=True, slots=True)
class InsuredPlace:
    """The card is valid and the person's; `region` is where they are insured."""

    region: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The service answered no."""

    code: str
    text: str  # the service's own, for staff


@dataclass(frozen=True, slots=True)
class Silent:
    """No answer, or none that can be believed. Nobody knows; nothing has changed there."""

    why: str


Proofs: TypeAlias = HsmAnswer | Declined | Silent
Standing: TypeAlias = InsuredPlace | Declined | Silent


class CardSecurityService:
    """Client of the service. Blocks; belongs to whichever thread asks, and keeps no connection.

    `tls` presents the terminal's certificate and trusts the hospital's authority alone; without it only a
    service on this machine is spoken to. Raises ValueError for another address. Nothing is logged.
    """

    def __init__(
        self, url: str, *, tls: ssl.SSLContext | None = None, answer_max_s: float = ANSWER_MAX_S
    ) -> None:
        self._url = urlsplit(url.rstrip("/"))
        # Reading the port raises ValueError by itself where it is no number of a port.
        if not self._url.hostname or self._url.port == 0 or self._url.query or self._url.username:
            raise ValueError("the service's address must be a scheme, a host and a path")
        if self._url.scheme != ("http" if tls is None else "https"):
            raise ValueError("the service's address must begin with https, and needs certificate files")
        if tls is None and not _is_loopback(self._url):
            raise ValueError("without certificate files only a service on loopback is spoken to")
        self._tls = tls
        self._answer_max_s = answer_max_s

    def prove(self, question: HsmQuestion) -> Proofs:
        """1903: both proofs for a card."""
        asked = {
            "aab301": question.region,
            "aaz507": question.historical,
            "aaa254": question.algorithm,
            "aaz501": question.card_id,
            "aaa311": question.internal_factor,
            "aaa312": question.internal_source,
            "aaa313": question.external_factor,
            "aaa314": question.external_source,
        }
        told = self._ask("1903", asked)
        return proofs_in(told) if isinstance(told, dict) else told

    def standing(self, reading: CardReading) -> Standing:
        """1904: whether the card is valid, and where its holder is insured. For readings with a holder."""
        asked = {
            "aab301": reading.region,
            "aac002": reading.id_number or "",
            "aaz500": reading.card_no or "",
            "aaz501": reading.card_id,
            "aac003": reading.name or "",
        }
        told = self._ask("1904", asked)
        if not isinstance(told, dict):
            return told
        region = _text(told, "aab301")
        if not (len(region) == 6 and region.isascii() and region.isdecimal()):
            return Silent("no region in aab301")
        return InsuredPlace(region)

    def _ask(self, transaction: str, asked: dict[str, str]) -> dict[str, object] | Declined | Silent:
        body = json.dumps(asked, ensure_ascii=False).encode()
        path = f"{self._url.path}/{transaction}"
        try:
            status, raw = post(self._url, path, body, tls=self._tls, answer_max_s=self._answer_max_s)
        except NoAnswer as error:
            return Silent(str(error))
        return understood(status, raw)


def understood(status: int, raw: bytes) -> dict[str, object] | Declined | Silent:
    """The output in an answer, or the arm it belongs to."""
    if status != 200:
        return Silent(f"http {status}")
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        return Silent("not JSON")
    if not isinstance(answer, dict):
        return Silent("not an answer")
    try:
        code = int(str(answer.get("errorcode")))
    except ValueError:
        return Silent("no errorcode")
    if code < 0:
        return Declined(str(code), _text(answer, "errormsg"))
    output = answer.get("output")
    return output if isinstance(output, dict) else Silent("no output")


def proofs_in(output: dict[str, object]) -> HsmAnswer | Silent:
    """Both proofs of 1903, if they have the form of proofs."""
    proofs = HsmAnswer(_text(output, "aaa315").upper(), _text(output, "aaa316").upper())
    try:
        encode(proofs)
    except FormatError as error:
        return Silent(f"no proof in {error.item}")
    return proofs


def _text(answer: dict[str, object], key: str) -> str:
    value = answer.get(key)
    return value.strip() if isinstance(value, str) else ""


def _is_loopback(url: SplitResult) -> bool:
    try:
        return ip_address(url.hostname or "").is_loopback
    except ValueError:
        return url.hostname == "localhost"
