"""A short slice of the soak: what ten thousand pictures do is for `bench/scanner_soak.py`."""

from __future__ import annotations

from bench.scanner_soak import soak


def test_visits_leave_no_thread_no_handle_and_no_memory_behind() -> None:
    figures = soak(pictures=240, visits=6)
    assert figures["pictures"] >= 240
    assert figures["codes_told"] > 0
    assert figures["threads_grown"] == 0
    assert figures["handles_grown"] == 0
    assert figures["parent_threads_grown"] == 0
    assert figures["parent_handles_grown"] == 0
    assert figures["memory_grown_mib"] < 40  # a picture that stayed at each use would be 600
