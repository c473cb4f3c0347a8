"""What is to be seen while the patient pays: our code for their phone, or their phone's code for our camera.

The code that the patient shows is in neither: it is a credential.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pay:
    """10. `code_text` is what the QR holds. `left_s` counts down on the screen by itself from `seen_at`."""

    cash_fen: int
    code_text: str
    left_s: int
    whole_s: int
    desk: str  # the staffed window, which takes cash and cards
    can_show: bool = False  # the phone's own code can be scanned instead, once for each order
    refused: str = ""  # the code (PY-…) that says why a shown code was not taken


@dataclass(frozen=True, slots=True)
class PayByCode:
    """10b. The camera looks for the phone's code, or the phone has to do the rest.

    `stage`: show; asking, the code is with the gateway; password, the phone asks for it; checking, the
    gateway is asked what became of it; ending, it is being taken back.
    """

    cash_fen: int
    stage: str
    hint: str = ""  # what would help the camera: closer ...
    wrong: str = ""  # the code (PY-…) that says what kind of code was shown instead
