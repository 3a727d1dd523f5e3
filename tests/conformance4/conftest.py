import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from sandbox import Sandbox  # noqa: E402


@pytest.fixture(scope="module")
def tls_sandbox():
    with Sandbox("--tls") as tenant:
        yield tenant
