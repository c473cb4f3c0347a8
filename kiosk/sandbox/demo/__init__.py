"""`kiosk demo`: the ordinary terminal before the hospital in a box.

The box is a child process, the agent another; the terminal is `kiosk.run` in this very process, on the
configuration that is written here. Without a display a hand drives it: it looks for the button in the live
window and touches it, puts cards into the virtual reader and does the rest at the table's control port. What
it does stands in scenario files that anybody can read. In the end five ledgers lie side by side.
"""

from kiosk.sandbox.demo.folder import credential_sweep_paths

__all__ = ["credential_sweep_paths"]
