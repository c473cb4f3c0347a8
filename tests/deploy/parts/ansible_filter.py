"""Loads the filter plugin of a role as an ordinary module."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from playbook import ANSIBLE


def load_filter(role: str, module: str) -> ModuleType:
    """`roles/<role>/filter_plugins/<module>.py`."""
    path = ANSIBLE / "roles" / role / "filter_plugins" / f"{module}.py"
    spec = importlib.util.spec_from_file_location(module, path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found
