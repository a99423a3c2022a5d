"""Waiting for a list of recordings."""

import time


def settle(window, seconds=60):
    """Until a list of recordings knows all that there is to know."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        window.frame(0.0)
        if window.screen.knows_all:
            window.frame(0.0)
            return
        time.sleep(0.01)
    raise AssertionError("it does not come to an end")
