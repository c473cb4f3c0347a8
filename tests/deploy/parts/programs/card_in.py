"""A card of an invented person in the reader of the terminal whose network this runs in, until it is killed.

python card_in.py PERSON
"""

import signal
import sys

from hw.card.virtual.card import VirtualCard
from hw.card.virtual.inside import FIRST_PORT
from hw.card.virtual.vpcd import VirtualSlot
from kiosk.sandbox.box import card_of
from kiosk.sandbox.persons import BY_ID

if __name__ == "__main__":
    slot = VirtualSlot("127.0.0.1", FIRST_PORT)
    slot.insert(VirtualCard(card_of(BY_ID[sys.argv[1]])))
    signal.pause()
