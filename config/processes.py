"""What a child process runs before its program."""

import ctypes
import os
import sys


def die_with_parent(death_signal):
    """Return a `preexec_fn`: the child gets `death_signal` when its parent ends, however it ends (Linux only)."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl  # Loaded before the fork.
    set_death_signal = 1  # PR_SET_PDEATHSIG
    return lambda: prctl(set_death_signal, int(death_signal), 0, 0, 0) and os._exit(1)
