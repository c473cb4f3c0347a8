"""The sandbox's insurance agency: the other side of the national interface, on loopback.

It validates what the real platform validates (envelope, required fields, order, code lists, message ids
used once), splits bills by the benefit policy, keeps accounts and the year's accumulations, and undoes
them exactly. `AgencyStore` holds its books in SQLite with every commit on disk, so a kill loses nothing
that was answered; `agency_app` serves one area by its profile, quirks included; `Manners` switches on the
further deviations that real answers show (insurance interface, §1.2). Faults of the network come from
`kiosk.sandbox.faults`; there an operation is a transaction number without its variant letter ("2207",
also where the area says 2207A), or "ec.query".
"""

from kiosk.sandbox.agency.app import agency_app
from kiosk.sandbox.agency.manners import DEVIATIONS, Manners
from kiosk.sandbox.agency.rules import INSTITUTIONS, Institution, Rulebook, load_rulebook
from kiosk.sandbox.agency.store import AgencyStore, SettlementRow, Sums

__all__ = [
    "DEVIATIONS",
    "INSTITUTIONS",
    "AgencyStore",
    "Institution",
    "Manners",
    "Rulebook",
    "SettlementRow",
    "Sums",
    "agency_app",
    "load_rulebook",
]
