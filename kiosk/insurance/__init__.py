"""Client of the national medical-insurance interface: envelope, messages, area profiles.

`InsurancePort` says what the terminal needs, `OPERATIONS` what may be repeated, `MsgidClock` makes the
names of messages, a `Profile` holds what differs between areas. `client.InsuranceClient` speaks it over
HTTP; it is imported from there, so that rooms which only name the port do not load an HTTP library.
Sources: insurance interface, §1 to §9.
"""

from kiosk.insurance._envelope import Terminal
from kiosk.insurance.msgid import MsgidClock, MsgidError
from kiosk.insurance.operations import OPERATIONS, Operation, RepeatClass
from kiosk.insurance.port import InsurancePort
from kiosk.insurance.profile import Profile, load_profile, profile_path
from kiosk.insurance.redact import redact, redact_text

__all__ = [
    "OPERATIONS",
    "InsurancePort",
    "MsgidClock",
    "MsgidError",
    "Operation",
    "Profile",
    "RepeatClass",
    "Terminal",
    "load_profile",
    "profile_path",
    "redact",
    "redact_text",
]
