"""Making a 3.0 card trust this terminal, so that it gives its holder.

Without a driver from here such a card gives its free items, and the reading says that it needs
authentication. `PsamAuthenticator` asks a security module in a slot of its own, `HsmAuthenticator` the
region's service over the network (`CardSecurityService`). Neither holds a key. Each holds back from a card
that refused, because a card locks its key after a few refusals.
"""

from hw.card.authentication.algorithm import Algorithm
from hw.card.authentication.hsm import HsmAuthenticator
from hw.card.authentication.psam import PsamAuthenticator
from hw.card.authentication.psam_profile import MODULES, SM4_MODULE, TDES_MODULE, PsamProfile
from hw.card.authentication.service import (
    CardSecurityService,
    Declined,
    InsuredPlace,
    Proofs,
    Silent,
    Standing,
)

__all__ = [
    "MODULES",
    "SM4_MODULE",
    "TDES_MODULE",
    "Algorithm",
    "CardSecurityService",
    "Declined",
    "HsmAuthenticator",
    "InsuredPlace",
    "Proofs",
    "PsamAuthenticator",
    "PsamProfile",
    "Silent",
    "Standing",
]
