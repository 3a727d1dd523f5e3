import os
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "sandbox")]

import databases  # noqa: E402
from ground import Ground  # noqa: E402
from sandbox import Sandbox  # noqa: E402


@pytest.fixture(scope="session")
def one_tenant():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def tenant(one_tenant):
    """As after its first start."""
    one_tenant.reset()
    return one_tenant


@pytest.fixture
def folder():
    """A disk of memory, where there is one: the order of the writes is tested, not the disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="auth0db-bulk-", dir=memory) as name:
        yield Path(name)


@pytest.fixture
def ground(folder, tenant):
    def make(rows, **options):
        return Ground(folder, tenant, rows, **options)
    return make


@pytest.fixture(scope="session", params=["postgresql", "mariadb"])
def server(request):
    """A database server of its own."""
    with tempfile.TemporaryDirectory(prefix="auth0db-bulk-") as folder:
        try:
            running = databases.SERVERS[request.param](folder)
        except databases.Missing as missing:
            pytest.skip(str(missing))
        yield running
        running.stop()
