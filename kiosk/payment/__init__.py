"""Port to self-pay channels: a QR code the patient pays by phone, through the hospital's gateway."""
