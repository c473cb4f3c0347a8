"""The phone wallet of the box: the hospital's payment gateway, and the page that a phone would show."""

from kiosk.sandbox.wallet.app import wallet_app
from kiosk.sandbox.wallet.store import WalletStore

__all__ = ["WalletStore", "wallet_app"]
