"""`python -m kiosk.sandbox.his`: see `_serve.main`."""

import sys

from kiosk.sandbox.his._serve import main

sys.exit(main())
