"""How basic medical insurance splits a bill: what the sandbox's agency computes.

Pure functions over a policy. A policy is either a region's TOML file (`load_policy`, resolved for one
person and visit by `plan_for`) or the short form of a worked example (`cases`); both become a `Plan`,
and `settle` applies it. The terminal never uses this room: it believes the agency and only checks that
the amounts hold together. Source: benefit model, §3; rounding half up, once per line part and fund row.
"""

from kiosk.sandbox.benefits.engine import Counted, Facts, Settled, SoFar, settle
from kiosk.sandbox.benefits.items import Item, ItemDirectory, load_items, share_line
from kiosk.sandbox.benefits.plan import Plan
from kiosk.sandbox.benefits.policy import Policy, load_policy
from kiosk.sandbox.benefits.resolve import Insured, NoBenefit, plan_for

__all__ = [
    "Counted",
    "Facts",
    "Insured",
    "Item",
    "ItemDirectory",
    "NoBenefit",
    "Plan",
    "Policy",
    "Settled",
    "SoFar",
    "load_items",
    "load_policy",
    "plan_for",
    "settle",
    "share_line",
]
