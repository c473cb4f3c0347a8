"""How money moves: a pure machine, its waits, its recovery, and the runner that journals before it acts.

`machine.step` and `refund.step` decide, `record` turns a step into a journal
entry and back, `operations` says what may be sent again, `runner` does it.
"""
