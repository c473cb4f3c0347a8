"""Linear algebra on one core: import this before numpy, which reads the setting once, when it is loaded.

The soft reader solves small systems. Spread over the cores by OpenBLAS they cost half as much CPU time again,
and their slowest pictures twice as much: the threads wait for each other, and the screen waits for a core.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
