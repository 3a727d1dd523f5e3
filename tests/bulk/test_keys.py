"""Users keyed by text or UUID: odd keys move, are claimed, freed and taken back like numbers."""
import json
import uuid

import pytest

import small_site

ODD = ["a b", "it's", 'quo"te', "ü-ß", "%", "_", "a/b?c#d", "-1", "007", "7", "Z", "z", "x" * 90, "日本", "\\n", "{}", " lead", "trail "]


def keys(kind):
    if kind == "uuid":
        return [uuid.UUID(int=i * 0x1234567890ABCDEF).hex for i in range(1, 19)]  # as Django keeps them in SQLite
    return ODD


class Keyed(small_site.Sqlite):
    """As Django makes it for a model whose primary key is text, or a UUIDField."""

    def make(self, rows):
        self.sql(small_site.CREATE["sqlite"].replace("id integer NOT NULL PRIMARY KEY AUTOINCREMENT",
                                                     "id varchar(100) NOT NULL PRIMARY KEY"))
        self.add(rows)


@pytest.mark.parametrize("kind", ["string", "uuid"])
def test_they_move_survive_a_kill_and_are_taken_back(ground, folder, kind):
    named = {"table": "auth_user", "key": "id", "key_type": kind, "password": "password", "username": "username",
             "email": "email", "active": "is_active", "last_login": "last_login"}
    rows = [{**small_site.user(i), "id": key} for i, key in enumerate(keys(kind), 1)]
    site_map = json.dumps({"version": 1, "users": named})
    g = ground(rows, site=Keyed(folder), room=1200, more={"SITE_MAP": site_map})
    g.killed_at(60, "import", "--no-canary")
    ended = g.run("import", "--no-canary")
    assert ended.status == 0, ended.errors
    assert ended.report["complete"], ended.report
    assert set(g.links()) == set(keys(kind)) and g.claims() == []
    assert len(g.tenant_users()) == len(rows)
    assert g.logs_in(1) and g.logs_in(len(rows))
    undone = g.run("undo")
    assert undone.status == 0, undone.errors
    assert undone.report["deleted"] == len(rows) - 2 and len(g.links()) == 2
