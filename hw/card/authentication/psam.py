"""A PSAM in a slot of its own answers for this terminal: no network, no key outside the module.

The card gives a challenge, the module computes over it with keys it never gives away, the card is brought the
result. Which of the slots holds the module is said by a pattern, never guessed.
"""

import secrets
from collections.abc import Sequence

from hw.card import _pcsc as pcsc
from hw.card import apdu
from hw.card.application import Exchange
from hw.card.atr import historical_bytes
from hw.card.authentication import _card
from hw.card.authentication._caution import Caution
from hw.card.authentication.psam_profile import FIELDS, MODULES, PsamProfile, filled
from hw.card.failure import CardError, CardFailure, Code
from hw.card.issuer import version_of
from hw.card.reading import CardReading
from hw.card.roles import Role, find
from hw.card.transport import Pcsc

_NOT_THERE = frozenset(
    {
        *(Code.NO_READER, Code.READER_NOT_CHOSEN, Code.READER_GONE),
        *(Code.NO_CARD, Code.CARD_REMOVED, Code.CARD_MUTE, Code.PROTOCOL),
    }
)


class PsamAuthenticator:
    """A `CardAuthenticator` with a module in the reader that `reader` names (a pattern of `hw.card.roles`).

    `profiles` are the kinds of module that may sit there; the card's algorithm chooses among them.
    """

    def __init__(
        self,
        reader: str,
        profiles: Sequence[PsamProfile] = MODULES,
        *,
        scard: pcsc.Scard | None = None,
    ) -> None:
        self._reader = reader
        self._profiles = {profile.algorithm: profile for profile in profiles}
        self._scard = scard
        self._caution = Caution()

    def authenticate(self, exchange: Exchange, reading: CardReading) -> CardFailure | None:
        """See `CardAuthenticator`. What is wrong with the module is a failure of its own, not the card's."""
        if held := self._caution.held(reading):
            return held
        algorithm = _card.algorithm_of(exchange, version_of(reading.version or ""))
        profile = self._profiles.get(algorithm)
        if profile is None:
            return CardFailure(Code.SECURITY_MODULE_FAULT, item=f"algorithm {algorithm}")
        fields = {
            "issuer": reading.region.encode("ascii") + b"sx",
            "card": historical_bytes(reading.atr)[-8:].rjust(8, b"\x00"),
            "challenge": _card.challenge(exchange),
            "source": secrets.token_bytes(FIELDS["source"]),
        }
        try:
            fields["cryptogram"] = self._ask_module(profile, fields)
        except CardError as error:
            return _of_module(error.failure)
        return self._caution.note(reading, _card.present(exchange, filled(profile.card, fields)))

    def _ask_module(self, profile: PsamProfile, fields: dict[str, bytes]) -> bytes:
        """What the module makes of the fields. Raises CardError."""
        with Pcsc(self._scard) as service:
            reader = find(service.readers(), self._reader, Role.PSAM)
            if reader is None:
                raise CardError(Code.NO_READER, item=self._reader)
            with service.connect(reader) as module:
                module.reset_when_done = True
                channel = apdu.traced(module)
                data = b""
                for template in profile.module:
                    data, sw = apdu.exchange(channel, filled(template, fields))
                    if sw != apdu.OK and sw >> 8 != 0x61:
                        raise CardError(Code.SECURITY_MODULE_FAULT, sw=sw, item=template[:8])
        if len(data) < FIELDS["cryptogram"]:
            raise CardError(Code.SECURITY_MODULE_FAULT, item="cryptogram")
        return data[: FIELDS["cryptogram"]]


def _of_module(failure: CardFailure) -> CardFailure:
    """A failure between us and the module, as what it is to the card's reading."""
    code = Code.NO_SECURITY_MODULE if failure.code in _NOT_THERE else Code.SECURITY_MODULE_FAULT
    return CardFailure(code, failure.hresult, failure.sw, failure.item)
