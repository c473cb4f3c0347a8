"""What stops the making of a bundle."""

from __future__ import annotations


class BundleError(Exception):
    """No bundle was made; the text names what is missing or wrong."""
