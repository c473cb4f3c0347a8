"""A power cut before any change that the guard makes of the disk."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

import pytest


class PowerCut(BaseException):
    """Nothing catches it."""


class Cutter:
    """Lets `left` changes of the disk, and calls of systemd by `caller`, happen; then none any more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, caller: ModuleType) -> None:
        self.left: int | None = None
        for owner, name in (
            (Path, "replace"),
            (Path, "unlink"),
            (Path, "symlink_to"),
            (os, "fsync"),
            (caller, "systemctl"),
        ):
            monkeypatch.setattr(owner, name, self._counted(getattr(owner, name)))

    def _counted(self, real):  # type: ignore[no-untyped-def]
        def counted(*args, **kwargs):  # type: ignore[no-untyped-def]
            if self.left is not None:
                if self.left == 0:
                    raise PowerCut
                self.left -= 1
            return real(*args, **kwargs)

        return counted
