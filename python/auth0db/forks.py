"""Servers fork: another thread of the parent may have held a lock at that moment, and is not there to let go of it."""

import os
import threading


class Lock:
    """A lock that is free in a child."""

    def __init__(self):
        self._renew()
        os.register_at_fork(after_in_child=self._renew)

    def _renew(self):
        self._lock = threading.Lock()

    def __enter__(self):
        self._lock.acquire()

    def __exit__(self, *error):
        self._lock.release()
