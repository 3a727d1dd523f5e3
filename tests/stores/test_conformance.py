"""The suite that every kind of store passes, over servers whose tables Django's migrations made."""
import os
import re
import subprocess

import pytest

from sandbox import BUILD


@pytest.mark.parametrize("program", ["test_store", "test_store_journal", "test_store_packages", "test_resolutions"])
def test_a_server_is_a_store_like_any_other(migrated, program, tmp_path):
    words = " ".join(f"{key}={site.url()}" for key, site in migrated.items())
    log = tmp_path / "log.xml"
    ended = subprocess.run([BUILD / "tests" / "unit" / program], capture_output=True, text=True, timeout=400,
                           env={**os.environ, "AUTH0DB_TEST_STORES": words, "CK_XML_LOG_FILE_NAME": str(log)})
    assert ended.returncode == 0, ended.stdout
    seen = re.findall(r"<iteration>(\d+)</iteration>", log.read_text())
    assert sorted(set(seen)) == ["0", "1", "2", "3", "4", "5"]  # SQLite with three kinds of keys, then these
