"""The maker of bundles: everything that a terminal needs for a release, for one architecture, signed.

A bundle is a folder. `manifest.json` names the digest of every file; `manifest.sig` is its signature
(Ed25519); `release.tar` holds wheels, units and the health check; `system.tar`, when asked for, Debian
packages for the installation of a terminal; `sbom.cdx.json` lists what is inside (CycloneDX). Terminals
need no network for any of it.
"""

from kiosk_bundle.bundle import Release, read_key, write_bundle
from kiosk_bundle.errors import BundleError

__all__ = ["BundleError", "Release", "read_key", "write_bundle"]
