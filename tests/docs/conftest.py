import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

from reader import Environment, Reader  # noqa: E402


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """What README's first step leaves: a virtual environment with Django and the wheel in it."""
    return Environment(tmp_path_factory.mktemp("environment"))


@pytest.fixture
def reader(environment, tmp_path):
    reader = Reader(environment, tmp_path)
    yield reader
    reader.close()
