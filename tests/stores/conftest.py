import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from databases import SERVERS  # noqa: E402
from sites import Site  # noqa: E402


@pytest.fixture(scope="session", params=sorted(SERVERS))
def server(request):
    with tempfile.TemporaryDirectory(prefix="auth0db-stores-") as folder:
        server = SERVERS[request.param](folder)
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def migrated(server):
    """{key: a site that Django has made}, its rows anybody's to delete."""
    return {key: Site(server, f"migrated_{key}", key).migrate() for key in ("integer", "uuid", "string")}
