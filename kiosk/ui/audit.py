"""`kiosk ui audit`: the rules of the design, checked on the live widgets of every screen.

Targets and gaps are judged in millimetres of the panel, text against the box it lies in
and the ground behind it. The rules are those of the design (§3 sizes, §4 grammar, §6) and
of the checklist for touch interfaces; each finding names the rule that it breaks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

KEY_MM = 20.0
TARGET_MM = 16.0
GAP_MM = 2.0
PAY_CODE_MM = 60.0
CODE_MM = 44.0
CHOICES_MAX = 7
TEXT_CONTRAST = 4.5
SIGN_CONTRAST = 3.0
WIDOW_EM = 2.6
ROUNDING_MM = 0.13
"""Half a pixel of the drawn panel: sizes are whole pixels."""
SLACK_PX = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule."""

    rule: str
    what: str


def audit(root: Any, width: int, height: int, language: str = "zh") -> list[Finding]:
    """Every broken rule of one laid-out screen. `root` is a `Root` box."""
    boxes = list(_walk(root))
    rules = (
        _targets(boxes, width, height),
        _gaps(boxes),
        _one_primary(boxes),
        _choices(boxes),
        _overflow(boxes, width, height),
        _text(boxes, width, language),
        _contrast(boxes),
        _codes(boxes),
    )
    return [finding for findings in rules for finding in findings]


def _walk(box: Any) -> Iterator[Any]:
    """The boxes that are shown, parents before children."""
    yield box
    for child in box.boxes():
        yield from _walk(child)


def _name(box: Any) -> str:
    for child in _walk(box):
        text = getattr(child, "text", "") or getattr(child, "value", "")
        if text:
            return f"{type(box).__name__} {str(text)[:24]!r}"
    return type(box).__name__


def _is_target(box: Any) -> bool:
    from kiosk.ui.widgets.frame import DockPlace
    from kiosk.ui.widgets.touch import Tap

    return isinstance(box, Tap) and not (isinstance(box, DockPlace) and not box.available)


def _targets(boxes: Iterable[Any], width: int, height: int) -> Iterator[Finding]:
    from kiosk.ui import theme

    density = theme.current().px_per_mm
    for box in filter(_is_target, boxes):
        need = KEY_MM if box.is_key else TARGET_MM
        wide, tall = box.width / density, box.height / density
        if min(wide, tall) < need - ROUNDING_MM:
            yield Finding("target_small", f"{_name(box)}: {wide:.1f} x {tall:.1f} mm, {need:.0f} needed")
        if box.x < 0 or box.y < 0 or box.right > width or box.top > height:
            yield Finding("target_off_screen", _name(box))


def _gaps(boxes: Iterable[Any]) -> Iterator[Finding]:
    from kiosk.ui import theme
    from kiosk.ui.widgets.lists import TapRow

    density = theme.current().px_per_mm
    for one, other in combinations(filter(_is_target, boxes), 2):
        apart_x = max(other.x - one.right, one.x - other.right)
        apart_y = max(other.y - one.top, one.y - other.top)
        if apart_x < 0 and apart_y < 0:
            yield Finding("targets_overlap", f"{_name(one)} | {_name(other)}")
        elif max(apart_x, apart_y) / density < GAP_MM - ROUNDING_MM:
            if isinstance(one, TapRow) and isinstance(other, TapRow):
                continue  # rows of one list share their hairline
            gap = max(apart_x, apart_y) / density
            yield Finding("gap_small", f"{gap:.1f} mm between {_name(one)} and {_name(other)}")


def _one_primary(boxes: Iterable[Any]) -> Iterator[Finding]:
    filled = [box for box in boxes if _is_target(box) and box.is_primary and box.enabled]
    if len(filled) > 1:
        yield Finding("more_than_one_primary", ", ".join(_name(box) for box in filled))


def _choices(boxes: Iterable[Any]) -> Iterator[Finding]:
    from kiosk.ui.widgets.frame import DockPlace

    groups: Counter[int] = Counter()
    for box in filter(_is_target, boxes):
        if not box.is_key and not isinstance(box, DockPlace):
            groups[id(box.parent)] += 1
    for count in groups.values():
        if count > CHOICES_MAX:
            yield Finding("too_many_choices", f"{count} in one group")


def _overflow(boxes: Iterable[Any], width: int, height: int) -> Iterator[Finding]:
    """Nothing lies outside the box it belongs to, nor outside the screen."""
    from kiosk.ui.widgets.flex import Layers

    for box in boxes:
        if (
            box.x < -SLACK_PX
            or box.right > width + SLACK_PX
            or box.y < -SLACK_PX
            or box.top > height + SLACK_PX
        ):
            yield Finding("off_screen", _name(box))
        parent = box.parent
        if not hasattr(parent, "boxes") or isinstance(parent, Layers):
            continue
        outside = (
            box.x < parent.x - SLACK_PX
            or box.right > parent.right + SLACK_PX
            or box.y < parent.y - SLACK_PX
            or box.top > parent.top + SLACK_PX
        )
        if outside:
            yield Finding("box_overflows", f"{_name(box)} in {type(parent).__name__}")


def _text(boxes: Iterable[Any], width: int, language: str) -> Iterator[Finding]:
    from kiosk.ui import theme
    from kiosk.ui.text import setting
    from kiosk.ui.widgets.basics import Amount, Words

    smallest = theme.current().type_px("small")
    for box in boxes:
        if isinstance(box, Amount) and box.natural(int(box.width))[0] > box.width + SLACK_PX:
            yield Finding("text_overflows", f"Amount {box.fen}")
        if not isinstance(box, Words) or not box.text:
            continue
        size_px, line_px, lines = box.setting(int(box.width))
        if size_px < smallest:
            yield Finding("text_small", f"{_name(box)}: {size_px} px")
        widest = max(setting.width(line, size_px, box.bold) for line in lines)
        if widest > box.width + SLACK_PX or line_px * len(lines) > box.height + SLACK_PX:
            yield Finding("text_overflows", _name(box))
        last_px = setting.width(lines[-1], size_px, box.bold)
        if language == "zh" and len(lines) > 1 and last_px < WIDOW_EM * size_px:
            yield Finding("widow", f"{_name(box)}: last line {lines[-1]!r}")


def _contrast(boxes: Iterable[Any]) -> Iterator[Finding]:
    from kiosk.ui import theme
    from kiosk.ui.widgets.basics import Amount, Icon, Words

    look = theme.current()
    for box in boxes:
        if not isinstance(box, (Words, Amount, Icon)):
            continue
        if isinstance(box, Words) and not box.text:
            continue
        ground = _ground_of(box)
        ratio = contrast(look.colour(box.role), look.colour(ground))
        need = SIGN_CONTRAST if isinstance(box, Icon) else TEXT_CONTRAST
        if ratio < need:
            yield Finding("contrast", f"{_name(box)}: {box.role} on {ground} is {ratio:.2f}, {need} needed")


def _ground_of(box: Any) -> str:
    from kiosk.ui.widgets.basics import Ground, IconPlate

    if isinstance(box, IconPlate):
        return str(box.ground)
    above = box.parent
    while above is not None:
        if isinstance(above, Ground) and not above.clear:
            return str(above.role)
        above = getattr(above, "parent", None) if hasattr(above, "boxes") else None
    return "paper"


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Contrast ratio of two colours (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: tuple[float, ...]) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _codes(boxes: Iterable[Any]) -> Iterator[Finding]:
    from kiosk.ui import theme
    from kiosk.ui.widgets.codes import QrCard

    density = theme.current().px_per_mm
    for box in boxes:
        if isinstance(box, QrCard) and box.text:
            need = PAY_CODE_MM if "pay" in box.text else CODE_MM
            side_mm = min(box.width, box.height) / density
            if side_mm < need - ROUNDING_MM:
                yield Finding("code_small", f"{side_mm:.0f} mm, {need:.0f} needed")


def audit_command(as_json: bool = False) -> int:
    """Audit every screen of both roles in both languages and three themes; exit 0 clean, 1 findings."""
    from kiosk.ui import shots

    rows: list[dict[str, str]] = []
    screens = 0
    for role in shots.ROLES:
        width, height = shots.LANDSCAPE if role == "price_inquiry" else shots.PORTRAIT
        for language in shots.LANGUAGES:
            for mode in shots.MODES:
                for name, page in shots.mounted(role, language, mode):
                    screens += 1
                    for finding in audit(page, width, height, language):
                        place = {"screen": name, "role": role, "language": language, "mode": mode}
                        rows.append(place | asdict(finding))
    if as_json:
        print(json.dumps({"screens": screens, "violations": rows}, ensure_ascii=False))
    else:
        for row in rows:
            print("{role} {language} {mode} {screen}: {rule}: {what}".format(**row))
        print(f"{screens} screens, {len(rows)} violations")
    return 1 if rows else 0
