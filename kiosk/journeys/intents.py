"""What a person touched. The screen says this and nothing else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Intent:
    """One touch. `view` is the number of the view it was made on: a touch on an older view is ignored.

    Names and arguments, by screen:
      every screen   back, home, help, language (dock); touched (any touch: keeps the visit awake)
      attract        start; price
      home           settle; price; refunds
      identify       -            (card and code arrive by themselves); desk
      wrong_code, card_needs_code, bank_card   show_code; desk
      who            yes; no
      bills          toggle(bill_id); next
      split          pay; later; reason(key)
      why            done
      consent        agree; refuse
      pay            show_code; leave        (do not pay now)
      pay by code    scan_ours; leave
      done, unknown, refused      finish; print
      staff window                finish
      idle           stay; leave
      network_down   price; desk
      device         go_on; other
      price          key(letter or digit or "del" or "clear"); kind(all|medicine|service|supply); item(code);
                     page(next|previous)
      price_item     scheme(employee|resident|none); again
      refund         go; later
    """

    name: str
    arg: str = ""
    view: int = 0
