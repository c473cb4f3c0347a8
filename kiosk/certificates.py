"""Who the terminal is and whom it believes: TLS as configured."""

from __future__ import annotations

import ssl
from typing import TypeAlias

from kiosk.config import CardSecuritySection, InsuranceSection, PaymentSection, PeerSection
from kiosk.settings import SettingsError

Section: TypeAlias = PeerSection | PaymentSection | InsuranceSection | CardSecuritySection


def tls(section: Section) -> ssl.SSLContext | None:
    """Mutual TLS as configured; None without certificates (demo alone). Raises SettingsError."""
    if section.ca_file is None and section.cert_file is None:
        return None
    try:
        context = ssl.create_default_context(cafile=section.ca_file)
        if section.cert_file is not None:
            context.load_cert_chain(section.cert_file, section.key_file)
    except (OSError, ssl.SSLError) as exc:
        raise SettingsError(f"{section.cert_file or section.ca_file}: cannot be used: {exc}") from exc
    return context
