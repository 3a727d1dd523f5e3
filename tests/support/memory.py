"""What a process has allocated and not given back, to the byte: Python's blocks, and C's bytes. The size of the process
would hide a few hundred bytes a login, and its largest size ever hides what an earlier test has needed."""
import ctypes
import gc
import os
import sys

import pytest


class Mallinfo(ctypes.Structure):
    """struct mallinfo2 of glibc 2.33."""

    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]


def in_use():
    count = ctypes.CDLL(None).mallinfo2
    count.restype = Mallinfo
    gc.collect()
    # It keeps the names of attributes that were looked up, and Django makes some anew each time
    sys._clear_type_cache()
    info = count()
    return sys.getallocatedblocks(), info.uordblks + info.hblkhd


def growth(times, do):
    """Of Python's blocks and C's bytes, a time."""
    before = in_use()
    for n in range(times):
        do(n)
    after = in_use()
    return tuple((now - then) / times for now, then in zip(after, before))


needs_counts = pytest.mark.skipif(
    "asan" in os.environ.get("LD_PRELOAD", "") or not hasattr(ctypes.CDLL(None), "mallinfo2")
    or not hasattr(sys, "_clear_type_cache"),
    reason="ASan keeps freed memory; not every C library and Python counts")
