"""The phone and the payment gateway of the sandbox: orders, codes to scan, payments, refunds, the day's bill.

A person opens the page behind the code and approves or declines; a test calls `WalletStore.approve`. A phone
can also show a payment code of its own (`WalletStore.pay_code`), which the gateway charges. The books are on
disk before anything is answered, and they count every fen that moved.
"""

from kiosk.sandbox.wallet.app import wallet_app
from kiosk.sandbox.wallet.store import WalletProblem, WalletStore

__all__ = ["WalletProblem", "WalletStore", "wallet_app"]
