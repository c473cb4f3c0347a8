"""`python deploy/bundle --key FILE`: makes the signed bundles of a release."""

import sys

from kiosk_bundle.command import main

sys.exit(main())
