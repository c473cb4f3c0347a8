"""The region's HSM answers for this terminal, over the network: two steps around one question.

Step 1 asks the card for its proof and for challenges, the service computes over them, step 2 compares the
card's proof and brings it the terminal's. The keys never leave the HSM, and the holder is not named to it.
"""

from hw.card.application import Exchange
from hw.card.atr import historical_bytes
from hw.card.authentication import _card
from hw.card.authentication._caution import Caution
from hw.card.authentication.service import CardSecurityService, Declined, Silent
from hw.card.failure import CardFailure, Code
from hw.card.formats import HsmAnswer, HsmQuestion
from hw.card.issuer import version_of
from hw.card.reading import CardReading

_PROOF_BYTES = 8


class HsmAuthenticator:
    """A `CardAuthenticator` that asks `service`."""

    def __init__(self, service: CardSecurityService) -> None:
        self._service = service
        self._caution = Caution()

    def authenticate(self, exchange: Exchange, reading: CardReading) -> CardFailure | None:
        """See `CardAuthenticator`. A service that does not answer leaves the card as it was."""
        if held := self._caution.held(reading):
            return held
        question, card_proof = ask_card(exchange, reading)
        match self._service.prove(question):
            case HsmAnswer() as answer:
                if wrong := doubt(answer, card_proof):
                    return wrong
                proof = _card.EXTERNAL_AUTHENTICATE + bytes.fromhex(answer.external)
                return self._caution.note(reading, _card.present(exchange, proof))
            case Declined(code=code):
                return CardFailure(Code.SECURITY_MODULE_FAULT, item=f"errorcode {code}")
            case Silent(why=why):
                return CardFailure(Code.SECURITY_SERVICE_SILENT, item=why)


def ask_card(exchange: Exchange, reading: CardReading) -> tuple[HsmQuestion, bytes]:
    """Step 1: what to ask the HSM, and the card's own proof to compare its answer with. Raises CardError."""
    algorithm = _card.algorithm_of(exchange, version_of(reading.version or ""))
    internal_source = _card.challenge(exchange)
    internal_factor = _card.challenge(exchange)
    proof = _card.internal_proof(exchange, internal_factor, internal_source)
    external_source = _card.challenge(exchange)
    external_factor = _card.challenge(exchange)  # the last one: the card computes over it
    question = HsmQuestion(
        region=reading.region,
        historical=historical_bytes(reading.atr).hex().upper(),
        algorithm=algorithm,
        card_id=reading.card_id,
        internal_factor=internal_factor.hex().upper(),
        internal_source=internal_source.hex().upper(),
        external_factor=external_factor.hex().upper(),
        external_source=external_source.hex().upper(),
    )
    return question, proof


def doubt(answer: HsmAnswer, card_proof: bytes) -> CardFailure | None:
    """Why step 2 must not be taken: the card is not whom the HSM knows, or there is no proof for it."""
    if bytes.fromhex(answer.internal)[:_PROOF_BYTES] != card_proof[:_PROOF_BYTES]:
        return CardFailure(Code.CARD_NOT_GENUINE)
    if not answer.external:
        return CardFailure(Code.SECURITY_MODULE_FAULT, item="aaa316")
    return None
