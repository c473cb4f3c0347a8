"""How a PSAM is spoken to, as templates that an installer adapts to the module a region hands out.

What is public of it is one worked exchange of 3DES modules: select the application, load a key diversified
for this card (BF DE), encrypt (80 FA). The modules of 3.0 cards (SM4) are assumed to be spoken to alike;
which key opens the holder's file, under which usage and version, must come with the module.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hw.card.authentication.algorithm import Algorithm

FIELDS = {
    "issuer": 8,  # first diversification: the region's six digits and "sx", as text
    "card": 8,  # second diversification: the last eight bytes of the answer to reset
    "challenge": 8,  # the card's own, which makes the process key
    "source": 8,  # random bytes of the terminal
    "cryptogram": 8,  # what the module made of the source
}
"""What may stand in braces, and how many bytes it is."""

COMMAND_MAX_BYTES = 5 + 255
COMMANDS_MAX = 8

_PART = re.compile(r"\{([a-z_]+)\}|((?:[0-9A-Fa-f]{2})+)")
_HEADER_BYTES = 5


@dataclass(frozen=True, slots=True)
class PsamProfile:
    """One kind of module: what to say to it, and what to bring the card.

    Commands are hexadecimal with fields of `FIELDS` in braces. The answer to the module's last command
    begins with the cryptogram. Raises ValueError for a template that is no command.
    """

    algorithm: str  # of the cards it is for: "01" 3DES, "02" SSF33, "03" SM4
    module: tuple[str, ...]
    card: str = "0082000A10{cryptogram}{source}"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9A-F]{2}", self.algorithm):
            raise ValueError("algorithm: two hexadecimal digits are needed")
        if not 1 <= len(self.module) <= COMMANDS_MAX:
            raise ValueError(f"module: 1 to {COMMANDS_MAX} commands are needed")
        known = frozenset(FIELDS) - {"cryptogram"}
        for command in self.module:
            _check("module", command, known)
        _check("card", self.card, frozenset(FIELDS))


def filled(template: str, fields: Mapping[str, bytes]) -> bytes:
    """The command a template stands for."""
    return b"".join(fields[name] if name else bytes.fromhex(raw) for name, raw in _PART.findall(template))


def _check(key: str, template: str, known: frozenset[str]) -> None:
    if _PART.sub("", template):
        raise ValueError(f"{key}: {template}: pairs of hexadecimal digits and {{fields}} are needed")
    for name, _ in _PART.findall(template):
        if name and name not in known:
            raise ValueError(f"{key}: {template}: unknown field {name}; one of {', '.join(sorted(known))}")
    command = filled(template, {name: bytes(FIELDS[name]) for name in known})
    if not 4 <= len(command) <= COMMAND_MAX_BYTES:
        raise ValueError(f"{key}: {template}: 4 to {COMMAND_MAX_BYTES} bytes are needed")
    data_bytes = len(command) - _HEADER_BYTES
    if data_bytes > 0 and command[4] not in (data_bytes, data_bytes - 1):  # Le may end it
        raise ValueError(f"{key}: {template}: the length says {command[4]}, the data are {data_bytes} bytes")


TDES_MODULE = PsamProfile(
    Algorithm.TDES,
    (
        "00A4040006D15600000590",
        "BFDE480A18{card}{issuer}{challenge}",
        "80FA000008{source}",
    ),
)
"""Usage 48: diversified twice, MAC and encryption; key version 0A is assumed: a module's own may differ."""

SM4_MODULE = PsamProfile(
    Algorithm.SM4,
    (
        "00A404000F7378332E73682EC9E7BBE1B1A3D5CF",
        "00A4040006D15600000590",
        "BFDE480A18{card}{issuer}{challenge}",
        "80FA000008{source}",
    ),
)
"""As above after the environment of SM4, whose name is assumed: sx1 is that of 3DES, sx2 that of SSF33."""

MODULES = (TDES_MODULE, SM4_MODULE)
