"""The region's card-authentication service: an HSM that knows the issuer's keys, behind HTTP.

Two transactions: 1903 computes the proofs that open a 3.0 card, 1904 says whether a card is valid and where
its holder is insured. Its keys are those of the box's own virtual cards, made when the box starts.
"""

from kiosk.sandbox.hsm.app import CardOffice, hsm_app

__all__ = ["CardOffice", "hsm_app"]
