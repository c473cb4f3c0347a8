"""What is wrong with an inventory, said before anything on any terminal changes."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

ROLES = ("self_service", "bedside", "price_inquiry")
MSGID_MAX = 9999  # the agency's number has four digits


def inventory_faults(
    terminals: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Sequence[str]]
) -> list[str]:
    """Sentences, one a fault; none is a sound inventory. `terminals`: host -> its variables."""
    faults = []
    for host, variables in terminals.items():
        faults += _roles_of(host, groups)
        faults += [f"{host}: no {key}" for key in ("site", "device", "place") if not variables.get(key)]
        if host not in groups.get("price_inquiry", ()):
            faults += _block(host, variables.get("msgid_block"))
    return faults + _same_device(terminals) + _overlaps(terminals) + _addresses(terminals)


def _roles_of(host: str, groups: Mapping[str, Sequence[str]]) -> list[str]:
    found = [role for role in ROLES if host in groups.get(role, ())]
    if len(found) == 1:
        return []
    return [f"{host}: must be in one of {', '.join(ROLES)}, is in {', '.join(found) or 'none'}"]


def _block(host: str, block: Any) -> list[str]:
    if _is_block(block):
        return []
    return [f"{host}: msgid_block: [first, last] with 0 <= first <= last <= {MSGID_MAX}, not {block!r}"]


def _is_block(block: Any) -> bool:
    if not isinstance(block, Sequence) or isinstance(block, str) or len(block) != 2:
        return False
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in block):
        return False
    return bool(0 <= block[0] <= block[1] <= MSGID_MAX)


def _same_device(terminals: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [
        f"{one} and {other}: both are {terminals[one]['site']}/{terminals[one]['device']}"
        for one, other in combinations(terminals, 2)
        if _place(terminals[one]) == _place(terminals[other]) and all(_place(terminals[one]))
    ]


def _place(variables: Mapping[str, Any]) -> tuple[Any, Any]:
    return variables.get("site"), variables.get("device")


def _overlaps(terminals: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Two terminals of one institution that would give the agency the same message number."""
    with_block = [host for host in terminals if _is_block(terminals[host].get("msgid_block"))]
    faults = []
    for one, other in combinations(with_block, 2):
        if terminals[one].get("institution_code") != terminals[other].get("institution_code"):
            continue
        (first, last), (first_too, last_too) = (terminals[host]["msgid_block"] for host in (one, other))
        if first <= last_too and first_too <= last:
            faults.append(
                f"{one} and {other}: msgid_block [{first}, {last}] overlaps [{first_too}, {last_too}]"
            )
    return faults


def _addresses(terminals: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The firewall knows addresses, no names: a name server that lies must not open it."""
    faults = []
    for host, variables in terminals.items():
        for peer in variables.get("firewall_outbound", ()):
            try:
                ipaddress.ip_network(str(peer.get("address")))
            except ValueError:
                faults.append(f"{host}: firewall_outbound: {peer.get('address')!r} is no address")
    return faults


class FilterModule:
    """How Ansible finds the filter."""

    def filters(self) -> dict[str, Any]:
        return {"inventory_faults": inventory_faults}
