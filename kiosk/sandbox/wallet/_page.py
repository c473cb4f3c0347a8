"""The page behind a code, as a person sees it on a phone: how much, for what, pay or not."""

from __future__ import annotations

import html
from string import Template

from kiosk.domain.money import yuan_text
from kiosk.sandbox.wallet._books import WAITING, StoredOrder

_SAYS = {
    "waiting": "请确认付款 · Please confirm",
    "expired": "付款时间已过，没有扣钱 · Too late to pay; nothing was taken",
    "paid": "已付款 · Paid",
    "closed": "订单已关闭，没有扣钱 · Closed; nothing was taken",
    "refunded": "已原路退回 · Returned to you",
}

_BUTTONS = """<form method="post"><button name="do" value="pay" class="main">付款 · Pay</button>
<button name="do" value="no">不付 · Do not pay</button></form>"""

_PAGE = Template("""<!doctype html>
<html lang="zh"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>演示钱包 · Demo wallet</title>
<style>
 body { margin: 0; background: #F6F2E9; color: #14252B; text-align: center;
   font: 18px/1.5 "Noto Sans CJK SC", "Noto Sans SC", sans-serif }
 main { max-width: 420px; margin: 0 auto; padding: 56px 24px }
 .yuan { font-size: 58px; font-weight: 700; color: #AB4504; margin: 18px 0 4px }
 small { color: #46565B; display: block; margin-bottom: 34px }
 button { font: inherit; width: 100%; min-height: 64px; margin: 0 0 14px; border-radius: 16px;
   border: 2px solid #0A6A61; color: #0A6A61; background: #fff }
 button.main { background: #0A6A61; color: #fff; font-weight: 700 }
</style></head>
<body><main><b>$says</b><div class="yuan">$yuan</div><small>$subject</small>$buttons
<small>演示，不动真钱 · A demonstration; no real money moves</small></main></body></html>""")


def page(order: StoredOrder | None) -> str:
    """HTML of the page. No order: the code is none of ours."""
    if order is None:
        return _PAGE.substitute(says="没有这笔订单 · No such order", yuan="", subject="", buttons="")
    open_still = order.state == WAITING and not order.expired
    says = "expired" if order.state == WAITING and order.expired else order.state
    return _PAGE.substitute(
        says=_SAYS[says],
        yuan=f"¥{yuan_text(order.amount_fen)}" if order.amount_fen else "",
        subject=html.escape(order.subject),
        buttons=_BUTTONS if open_still else "",
    )
