"""A process that has logged in many people is as small as before. LEAK_LOGINS=10000 for the long
run."""

import ctypes
import os

import pytest
from django.contrib.auth import authenticate

from harness import NEWER, PASSWORD
from memory import growth, needs_counts

LOGINS = int(os.environ.get("LEAK_LOGINS", 500))
pytestmark = pytest.mark.skipif(
    bool(os.environ.get("SITE_SERVER")), reason="what a server's driver keeps is not ours to count"
)


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
