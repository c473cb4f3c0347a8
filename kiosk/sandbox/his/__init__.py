"""The hospital's billing system of the sandbox: its books on disk, served as the OpenAPI document says.

Slow and rude on request (faults), wrong on request (planted defects), and otherwise a HIS as it should be.
"""

from kiosk.sandbox.his._bodies import make_bill
from kiosk.sandbox.his._handlers import HisLimits
from kiosk.sandbox.his.app import his_app
from kiosk.sandbox.his.defects import DEFECTS
from kiosk.sandbox.his.store import HisError, HisStore, Sums

__all__ = ["DEFECTS", "HisError", "HisLimits", "HisStore", "Sums", "his_app", "make_bill"]
