"""What an inventory must hold before anything changes: the filter behind role `preflight`."""

from __future__ import annotations

import pytest
import yaml
from ansible_filter import load_filter
from playbook import ANSIBLE

inventory_faults = load_filter("preflight", "inventory_faults").inventory_faults


def terminal(device: str, block: object, **more: object) -> dict[str, object]:
    return {
        "site": "east",
        "device": device,
        "place": "lobby",
        "institution_code": "H99010000001",
        "msgid_block": block,
        **more,
    }


def faults(**terminals: dict[str, object]) -> list[str]:
    return list(inventory_faults(terminals, {"self_service": list(terminals)}))


def test_disjoint_blocks_are_sound():
    assert faults(a=terminal("A", [100, 119]), b=terminal("B", [120, 139])) == []


@pytest.mark.parametrize("other", [[119, 140], [90, 100], [105, 110], [0, 9999], [100, 119]])
def test_an_overlap_names_both_terminals_and_both_blocks(other):
    (fault,) = faults(a=terminal("A", [100, 119]), b=terminal("B", other))
    assert fault == f"a and b: msgid_block [100, 119] overlaps [{other[0]}, {other[1]}]"


def test_two_institutions_may_use_the_same_numbers():
    other = terminal("B", [100, 119], institution_code="H99020000001")
    assert faults(a=terminal("A", [100, 119]), b=other) == []


@pytest.mark.parametrize(
    "block", [None, [5], [9, 5], [-1, 5], [0, 10_000], ["1", "5"], [True, 5], "1-5", [1, 2, 3]]
)
def test_a_block_that_is_none_is_refused(block):
    (fault,) = faults(a=terminal("A", block))
    assert fault.startswith("a: msgid_block: [first, last]")


def test_a_terminal_without_identity_needs_no_block():
    assert inventory_faults({"l": terminal("L", None)}, {"price_inquiry": ["l"]}) == []


def test_a_terminal_has_exactly_one_role():
    (fault,) = inventory_faults({"a": terminal("A", [1, 2])}, {})
    assert fault == "a: must be in one of self_service, bedside, price_inquiry, is in none"
    (fault,) = inventory_faults({"a": terminal("A", [1, 2])}, {"self_service": ["a"], "price_inquiry": ["a"]})
    assert fault.endswith("is in self_service, price_inquiry")


def test_two_terminals_cannot_be_the_same_device():
    (fault,) = faults(a=terminal("A", [1, 2]), b=terminal("A", [3, 4]))
    assert fault == "a and b: both are east/A"


def test_the_firewall_takes_addresses_and_no_names():
    peer = {"name": "his", "address": "his.example", "port": 443}
    (fault,) = faults(a=terminal("A", [1, 2], firewall_outbound=[peer]))
    assert fault == "a: firewall_outbound: 'his.example' is no address"


def test_the_example_inventory_is_sound():
    inventory = yaml.safe_load((ANSIBLE / "inventories/example/hosts.yml").read_text(encoding="utf-8"))
    everything = yaml.safe_load(
        (ANSIBLE / "inventories/example/group_vars/all/main.yml").read_text(encoding="utf-8")
    )
    groups = inventory["all"]["children"]["terminals"]["children"]
    members = {name: list((group or {}).get("hosts") or {}) for name, group in groups.items()}
    hosts = {
        host: {**everything, **variables}
        for group in groups.values()
        for host, variables in ((group or {}).get("hosts") or {}).items()
    }
    assert hosts
    assert inventory_faults(hosts, members) == []
