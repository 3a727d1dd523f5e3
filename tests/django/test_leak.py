"""A process that has logged in many people is as small as before. LEAK_LOGINS=10000 for the long
run."""

import ctypes
import gc
import os
import sys

import pytest
from django.contrib.auth import authenticate

from harness import NEWER, PASSWORD

LOGINS = int(os.environ.get("LEAK_LOGINS", 500))
pytestmark = pytest.mark.skipif(
    bool(os.environ.get("SITE_SERVER")), reason="what a server's driver keeps is not ours to count"
)


class Mallinfo(ctypes.Structure):
    """struct mallinfo2 of glibc 2.33."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def in_use():
    """What is allocated and not given back, to the byte: Python's blocks, and C's bytes. The size of the
    process would hide a few hundred bytes a login."""
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


@pytest.fixture
def log_in(tenant, moved):
    tenant.options(same_user_limit=False, brute_force_enabled=False, suspicious_ip_enabled=False)

    def log_in(n):
        wrong = n % 10 == 0
        password = NEWER if wrong else PASSWORD
        found = authenticate(None, username=moved.get_username(), password=password)
        assert (found is None) == wrong

    for n in range(100):  # caches fill
        log_in(n)
    return log_in


needs_counts = pytest.mark.skipif(
    "asan" in os.environ.get("LD_PRELOAD", "")
    or not hasattr(ctypes.CDLL(None), "mallinfo2")
    or not hasattr(sys, "_clear_type_cache"),
    reason="ASan keeps freed memory; not every C library and Python counts",
)


@needs_counts
def test_many_logins_leave_nothing_behind(log_in):
    blocks, size = growth(LOGINS, log_in)
    assert blocks < 0.5 and size < 64, "%.2f blocks, %.0f bytes a login" % (blocks, size)


@needs_counts
def test_a_leak_in_every_tenth_login_would_be_seen(log_in):
    kept, malloc = [], ctypes.CDLL(None).malloc

    def leaking(n):
        log_in(n)
        if n % 10 == 0:
            kept.extend(object() for _ in range(50))
            malloc(10000)

    blocks, size = growth(LOGINS // 5, leaking)
    assert blocks > 0.5 and size > 64, "%.2f blocks, %.0f bytes a login" % (blocks, size)
