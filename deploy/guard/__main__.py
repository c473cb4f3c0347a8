"""Run by Debian's own Python, packed as one file (`pack.py`), whatever a release holds."""

import sys

from kiosk_guard.command import main

sys.exit(main())
