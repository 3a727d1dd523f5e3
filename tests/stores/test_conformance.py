"""The suite that every kind of store passes, over servers whose tables Django's migrations made."""
import os
import re
import subprocess

import pytest

from sandbox import BUILD
from sites import Site

# More keys that a server can have: what Django 5 makes of a UUIDField on MariaDB, and bigger numbers
OTHER_KEYS = {"mariadb": {"uuid": "uuid", "integer": "bigint unsigned"}, "postgres": {"integer": "bigint"}}


@pytest.fixture(scope="module")
def others(server, migrated, tmp_path_factory):
    """[(key, site)]"""
    site_map = tmp_path_factory.mktemp("maps") / "map.json"
    sites = []
    for key, type_of_key in OTHER_KEYS[server.name].items():
        site_map.write_text(migrated[key].django("auth0_site"))
        sites.append((key, Site(server, f"other_{key}").bare(key=type_of_key, site_map=site_map)))
    return sites


@pytest.mark.parametrize("program", ["test_store", "test_store_journal", "test_store_packages", "test_resolutions", "test_store_tombstones"])
def test_a_server_is_a_store_like_any_other(migrated, others, program, tmp_path):
    sites = [*migrated.items(), *others]
    words = " ".join(f"{key}={site.url()}" for key, site in sites)
    log = tmp_path / "log.xml"
    ended = subprocess.run([BUILD / "tests" / "unit" / program], capture_output=True, text=True, timeout=400,
                           env={**os.environ, "AUTH0DB_TEST_STORES": words, "CK_XML_LOG_FILE_NAME": str(log)})
    assert ended.returncode == 0, ended.stdout
    seen = re.findall(r"<iteration>(\d+)</iteration>", log.read_text())
    assert sorted(set(map(int, seen))) == list(range(3 + len(sites)))  # SQLite with three kinds of keys, then these
