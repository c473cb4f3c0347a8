"""The price list: what medicines, services and supplies cost here, for anybody, without identity or network.

A list arrives as CSV, is checked row by row and becomes a pending version; a second person lets it go live.
A terminal only reads: one file, opened read-only, searched by name, pinyin initials or code.
"""

from kiosk.catalogue.model import CatalogueError, Hit, Kind, Meta, Page
from kiosk.catalogue.search import Catalogue

__all__ = ["Catalogue", "CatalogueError", "Hit", "Kind", "Meta", "Page"]
