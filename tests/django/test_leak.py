"""A process that has logged in many people is as small as before. LEAK_LOGINS=10000 for the long
run."""

import os

import pytest
from django.contrib.auth import authenticate

from harness import NEWER, PASSWORD

LOGINS = int(os.environ.get("LEAK_LOGINS", 1000))


def resident_kib():
    with open("/proc/self/statm") as numbers:
        return int(numbers.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="ASan keeps freed memory")
def test_many_logins_leave_nothing_behind(tenant, moved):
    tenant.options(same_user_limit=False, brute_force_enabled=False, suspicious_ip_enabled=False)

    def log_in(times):
        for n in range(times):
            wrong = n % 10 == 0
            password = NEWER if wrong else PASSWORD
            found = authenticate(None, username=moved.get_username(), password=password)
            assert (found is None) == wrong

    log_in(200)
    before = resident_kib()
    log_in(LOGINS)
    grown = resident_kib() - before
    assert grown < 512, "%d KiB more after %d logins" % (grown, LOGINS)
