"""Black-box proof that a hospital keeps the interface: loses answers, races, kills, and looks at the books.

Knows nothing of any hospital but its address; `test_faults` and `test_resources` of a test system let it do
more. `kiosk hospital conformance --url U` runs it.
"""

from kiosk.hospital.conformance._bench import Fixtures
from kiosk.hospital.conformance._run import CheckResult, Report, Unusable, run_conformance

__all__ = ["CheckResult", "Fixtures", "Report", "Unusable", "run_conformance"]
