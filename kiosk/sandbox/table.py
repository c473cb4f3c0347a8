"""The table page: everything that lies on the table before the terminal, for a person to pick up.

Cards to insert, phones to hold up, payments to approve, answers to lose, and the
three books side by side. One page, no external resource, works without a mouse
wheel and in any browser of the last ten years.
"""

from __future__ import annotations

import html
from string import Template

from kiosk.sandbox.box import Box
from kiosk.sandbox.persons import PERSONS, InventedPerson

_SCHEME = {"310": "职工医保 employee", "390": "居民医保 resident"}

LOSABLE = (
    ("agency", "2207", "lost_after", "", "丢失 2207 的回答（已结算） · lose the answer of 2207, settled"),
    ("agency", "2207", "lost_before", "", "丢失 2207（没到医保） · lose 2207 on its way"),
    ("agency", "2206", "refuse", "", "医保拒绝 2206 · agency refuses 2206"),
    ("his", "commit", "lost_after", "", "丢失入账的回答 · lose the answer of commit"),
    ("wallet", "charge_code", "lost_after", "", "丢失扣款的回答 · lose the answer of the charge"),
    ("wallet", "close", "lost_after", "", "丢失关单的回答 · lose the answer of close"),
    ("agency", "2207", "deviate", "amounts_as_strings", "2207 的金额写成文字 · amounts of 2207 as strings"),
    ("agency", "2208", "bad_gateway_after", "", "2208 已撤销但回答 502 · 2208 done, answer 502"),
)
"""What the page offers for the next message: peer, operation, fault, its code, the button's words."""

_PAGE = Template("""<!doctype html>
<html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>桌面 · The table</title>
<style>
 :root { --paper:#F6F2E9; --sheet:#fff; --ink:#14252B; --ink2:#46565B; --accent:#0A6A61; --line:#DED7C9; }
 body { margin:0; background:var(--paper); color:var(--ink); font:17px/1.5 "Noto Sans SC",sans-serif; }
 main { max-width:1080px; margin:0 auto; padding:28px 24px 60px; }
 h1 { font-size:30px; margin:0 0 4px } h2 { font-size:21px; margin:34px 0 12px }
 p { margin:0 0 12px; color:var(--ink2) }
 section.people { display:grid; grid-template-columns:repeat(auto-fill,minmax(240px,1fr)); gap:14px }
 .sheet { background:var(--sheet); border-radius:18px; padding:16px 18px; box-shadow:0 3px 14px #14252B14 }
 .sheet b { font-size:20px } .sheet small { display:block; color:var(--ink2); margin-bottom:10px }
 button { font:inherit; border:2px solid var(--accent); color:var(--accent); background:none;
   border-radius:12px; padding:8px 12px; margin:0 6px 6px 0; cursor:pointer }
 button.main { background:var(--accent); color:#fff } button:active { opacity:.7 }
 pre { background:var(--sheet); border-radius:18px; padding:16px 18px; overflow:auto; font-size:14px }
 #said { position:sticky; bottom:0; background:var(--ink); color:#fff; padding:10px 18px;
   border-radius:12px; min-height:1.5em }
</style>
<main>
<h1>桌面 · The table</h1>
<p>终端前的一切：卡、手机、网络的脾气。所有人都是虚构的。 · Cards, phones and the network's moods.
   Nobody here exists.</p>
<h2>谁来 · Who comes</h2><section class="people">$people</section>
<h2>付款 · Payment</h2>
<button class="main" onclick="post('pay')">手机付款 · Approve the newest payment</button>
<button onclick="post('pay',{decline:true})">拒绝付款 · Decline it</button>
<button onclick="post('refund-due')">医院同意退费 · Declare a refund due</button>
<h2>下一次 · Next time</h2>$faults
<button onclick="post('fault/clear')">都恢复正常 · All polite again</button>
<h2>账 · The books</h2><pre id="books">…</pre>
<div id="said"></div>
</main>
<script>
 const said = document.getElementById('said'), books = document.getElementById('books');
 async function post(path, values) {
   const answer = await fetch('/' + path, {method:'POST', body:JSON.stringify(values || {})});
   said.textContent = path + ': ' + JSON.stringify(await answer.json()); look();
 }
 async function look() {
   const answer = await fetch('/ledgers'); books.textContent = JSON.stringify(await answer.json(), null, 1);
 }
 look(); setInterval(look, 3000);
</script></html>
""")


def page(box: Box) -> str:
    """The page as it is now."""
    people = "".join(_person(person, has_reader=box.reader is not None) for person in PERSONS)
    faults = "".join(
        f'<button onclick=\'post("fault",{{peer:"{peer}",operation:"{operation}",'
        f'fault:"{fault}",code:"{code}"}})\'>{html.escape(text)}</button>'
        for peer, operation, fault, code, text in LOSABLE
    )
    return _PAGE.substitute(people=people, faults=faults)


def _person(person: InventedPerson, *, has_reader: bool) -> str:
    who = f"{{person:'{person.id}'}}"
    locked = f"{{person:'{person.id}',password:true}}"
    buttons = [
        _button("code/show", who, "医保码 · Code"),
        _button("pay-code/show", who, "付款码 · Pay code"),
        _button("pay-code/show", locked, "付款码（要密码） · Pay code, password"),
    ]
    if person.card is not None and has_reader:
        buttons.insert(0, _button("card/insert", who, "插卡 · Card", main=True))
        buttons.insert(1, _button("card/remove", "{}", "拔卡 · Out"))
    scheme = _SCHEME.get(person.schemes[0].insutype, person.schemes[0].insutype)
    return (
        f"<div class=sheet><b>{html.escape(person.name)}</b>"
        f"<small>{person.id} · {scheme}</small>{''.join(buttons)}</div>"
    )


def _button(path: str, values: str, text: str, *, main: bool = False) -> str:
    kind = " class=main" if main else ""
    return f"<button{kind} onclick=\"post('{path}',{values})\">{text}</button>"
