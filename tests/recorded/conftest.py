import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from sandbox import Sandbox  # noqa: E402


@pytest.fixture(scope="session")
def process():
    with Sandbox("--quiet") as tenant:
        yield tenant
        assert tenant.alive(), tenant.stderr()
        assert tenant.stop() == 0, tenant.stderr()


@pytest.fixture
def tenant(process):
    process.reset()
    process.options(bcrypt_cost=4)
    return process
