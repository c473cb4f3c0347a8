"""What the agency goes by: institutions, policies by insured place and scheme, the directory of items."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk import assets
from kiosk.sandbox.benefits import ItemDirectory, Policy, load_items, load_policy


@dataclass(frozen=True, slots=True)
class Institution:
    """A designated institution. Its code begins with H9 and a region that does not exist."""

    code: str  # fixmedins_code
    name: str
    level: str  # 1 to 3
    region: str


INSTITUTIONS: tuple[Institution, ...] = (
    Institution("H99010000001", "示例医院", "3", "990100"),
    Institution("H99020000001", "远山医院", "2", "990200"),
)
"""The sandbox's hospitals; production refuses to speak for them."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Policies keyed by (insured place, insutype). One directory serves the example province."""

    policies: dict[tuple[str, str], Policy]
    items: ItemDirectory


def load_rulebook() -> Rulebook:
    """The policies that ship with the sandbox. Raises SettingsError."""
    files = ("990100-employee", "990100-resident", "990200-employee")
    policies = [load_policy(assets.path("policies", f"{name}.toml")) for name in files]
    return Rulebook(
        {(policy.region.admdvs, policy.region.insutype): policy for policy in policies},
        load_items(assets.path("policies", "990100-items.toml")),
    )
