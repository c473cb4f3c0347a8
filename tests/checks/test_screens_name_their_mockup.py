"""Each screen says which picture it must stand beside, or that none was drawn."""

from __future__ import annotations

import ast
import re

import pytest

PICTURES = "mockups/png"
_NAME = re.compile(r"\d\d[a-z]?_[a-z_]+")


def mockups(source: str) -> list[str]:
    """The values of `MOCKUP` in a screen's module or classes."""
    found = []
    for node in ast.walk(ast.parse(source)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            named = any(isinstance(target, ast.Name) and target.id == "MOCKUP" for target in targets)
            if named and isinstance(node.value.value, str):
                found.append(node.value.value)
    return found


def faults(source: str) -> list[str]:
    """Why a screen's file does not name its picture. `none: <reason>` is a name too."""
    named = mockups(source)
    if not named:
        return ["no MOCKUP"]
    return [
        f"not a picture's name: {name!r}"
        for name in named
        if not (_NAME.fullmatch(name) or re.fullmatch(r"none: \S.+", name))
    ]


@pytest.fixture
def screens(files):
    """The `screen.py` of each screen."""
    return [path for path in files("kiosk/ui/screens", suffixes=(".py",)) if path.name == "screen.py"]


def test_each_screen_names_its_mockup(root, screens):
    wrong = [
        f"{path.relative_to(root)}: {fault}"
        for path in screens
        for fault in faults(path.read_text(encoding="utf-8"))
    ]
    assert screens
    assert not wrong, "\n".join(wrong)


def test_each_named_mockup_is_a_picture(root, screens):
    pictures = root.parent / "shared" / PICTURES
    if not pictures.is_dir():
        pytest.skip(f"the pictures (../shared/{PICTURES}) are not beside this checkout")
    for path in screens:
        for name in mockups(path.read_text(encoding="utf-8")):
            if not name.startswith("none: "):
                assert (pictures / f"{name}.png").exists(), f"{path.relative_to(root)}: {name}"


@pytest.mark.parametrize(
    "planted",
    [
        "class Page: ...",
        "MOCKUP = ''",
        "MOCKUP = 7",
        "MOCKUP = 'who pays'",
        "MOCKUP = 'none: '",
        "MOCKUP = 'none'",
    ],
)
def test_a_planted_screen_without_a_picture_is_found(planted):
    assert faults(planted)


@pytest.mark.parametrize(
    "fine", ["MOCKUP = '07_who_pays'", "class P:\n    MOCKUP: ClassVar[str] = 'none: as 12, for refunds'"]
)
def test_a_screen_that_names_its_picture_is_fine(fine):
    assert not faults(fine)
