import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from grounds import GROUNDS  # noqa: E402
from sandbox import Sandbox  # noqa: E402


@pytest.fixture(scope="module", params=GROUNDS, ids=lambda ground: ground.name)
def ground(request):
    with tempfile.TemporaryDirectory(prefix="auth0db-plans-") as folder, Sandbox("--quiet") as tenant:
        Path(folder).chmod(0o711)
        ground = request.param(folder, tenant)
        try:
            yield ground
        finally:
            ground.stop()
