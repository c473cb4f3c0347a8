"""A screen of the terminal as a web page: the same boxes, words and colours, for the browser to draw.

Made from the live widgets, so that the reference shows what the product shows. The primary button changes its
colour on press, as the product's does.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from kiosk import assets


def page(root: Any, width: int, height: int) -> str:
    """The HTML of a laid-out screen."""
    from kiosk.ui import theme

    look = theme.current()
    parts = [
        f"<!doctype html><meta charset=utf-8><style>@font-face{{font-family:T;src:url({_font('Regular')})}}"
        f"@font-face{{font-family:T;font-weight:700;src:url({_font('Bold')})}}"
        f"body{{margin:0;background:{_css(look.colour('paper'))};width:{width}px;height:{height}px;"
        "overflow:hidden;font-family:T;user-select:none}div,span,img{position:absolute;white-space:nowrap}</style>"
    ]
    _walk(root, height, parts)
    parts.append(
        "<script>for(const b of document.querySelectorAll('[data-press]')){const c=b.style.background;"
        "b.onpointerdown=()=>b.style.background=b.dataset.press;"
        "onpointerup=()=>b.style.background=c}</script>"
    )
    return "".join(parts)


def _font(weight: str) -> str:
    return assets.path("fonts", f"NotoSansSC-{weight}.otf").resolve().as_uri()


def _css(colour: tuple[float, ...]) -> str:
    red, green, blue = (round(part * 255) for part in colour[:3])
    return f"rgb({red},{green},{blue})"


def _place(box: Any, height: int) -> str:
    left, top = int(box.x), height - int(box.top)
    return f"left:{left}px;top:{top}px;width:{int(box.width)}px;height:{int(box.height)}px"


def _walk(box: Any, height: int, out: list[str]) -> None:
    from kiosk.ui import theme
    from kiosk.ui.widgets.basics import Amount, Ground, Icon, IconPlate, Words
    from kiosk.ui.widgets.split import SplitBar, Swatch

    look = theme.current()
    place = _place(box, height)
    if isinstance(box, Ground) and not box.clear:
        style = f"{place};background:{_css(look.colour(box.role))};border-radius:{look.px(box.radius)}px"
        if box.lifted:
            style += ";box-shadow:0 4px 20px #14252B14"
        if box.border:
            edge = _css(look.colour(box.border_role))
            style += f";box-sizing:border-box;border:{look.px(box.border)}px solid {edge}"
        primary = bool(getattr(box, "is_primary", False))
        press = f" data-press='{_css(look.colour('press'))}'" if primary else ""
        out.append(f"<div{press} style='{style}'></div>")
    if isinstance(box, Words) and box.text:
        size, line, lines = box.setting(int(box.width))
        text = "<br>".join(html.escape(part) for part in lines)
        weight = 700 if box.bold else 400
        out.append(
            f"<span style='{place};pointer-events:none;text-align:{box.align};"
            f"color:{_css(look.colour(box.role))};font:{weight} {size}px/{line}px T'>{text}</span>"
        )
    elif isinstance(box, Amount):
        size = look.type_px(box.type)
        out.append(
            f"<span style='{place};color:{_css(look.colour(box.role))};"
            f"font:700 {size}px/{int(box.height)}px T'>"
            f"<i style='font-style:normal;font-size:{0.6 if box.mega else 0.74}em'>¥</i>"
            f"{box.fen / 100:,.2f}</span>"
        )
    elif isinstance(box, SplitBar):
        for part, x, width in box.segments():
            ground = _css(look.colour(part.payer))
            out.append(
                f"<div style='left:{int(box.x) + x}px;top:{height - int(box.top)}px;width:{width}px;"
                f"height:{int(box.height)}px;background:{ground};border-radius:8px'></div>"
            )
    elif isinstance(box, Swatch):
        out.append(
            f"<div style='{place};background:{_css(look.colour(box.payer))};border-radius:16px'></div>"
        )
    elif isinstance(box, Icon) and box.name:
        if isinstance(box, IconPlate):
            ground = _css(look.colour(box.ground))
            out.append(
                f"<div style='{place};background:{ground};border-radius:{look.px(box.radius)}px'></div>"
            )
        icon: Path = assets.path("icons", f"{box.name}.svg")
        side = look.px(box.size_u)
        left = int(box.center_x) - side // 2
        top = height - int(box.center_y) - side // 2
        out.append(
            f"<img style='pointer-events:none;left:{left}px;top:{top}px' width={side} height={side} "
            f"src='{icon.resolve().as_uri()}'>"
        )
    for child in box.boxes():
        _walk(child, height, out)
