"""A copy of the site's database changes nothing at the tenant, whoever runs the command, until somebody adopts it."""
import json
import shutil

import pytest
import small_site
from test_command import typed


@pytest.fixture
def copied(ground):
    """A site whose users have moved, but for one, and the address of a copy of its database."""
    g = ground([small_site.user(1), small_site.user(2)])
    assert typed(g, "import", "--yes", "--limit", "1")[0] == 0
    (g.folder / "staging").mkdir()
    shutil.copy(g.path, g.folder / "staging" / "site.db")
    g.tenant.control("DELETE", "/requests")
    return g, f"sqlite:///{g.folder}/staging/site.db"


def changed(g):
    counts = g.tenant.control("GET", "/requests")["counts"]
    return [route for route, n in counts.items() if n and not route.startswith("GET ") and "/oauth/token" not in route]


@pytest.mark.parametrize("words", [
    ("import", "--yes"), ("export", "--no-canary", "out"), ("settle",), ("undo", "--yes"), ("factors", "--yes"),
    ("remind", "--yes", "--even-if-hash-could-move")], ids=lambda words: words[0])
def test_what_changes_the_tenant_stops_and_names_the_cure(copied, words):
    g, copy = copied
    words = [str(g.folder / word) if word == "out" else word for word in words]
    status, said, errors = typed(g, *words, DATABASE_URL=copy)
    assert status == 3 and "auth0db site --adopt" in errors and "staging/site.db" in errors, said + errors
    assert changed(g) == [] and len(g.links()) == len(g.tenant_users()) == 1
    assert typed(g, words[0], *words[1:])[0] == 0, "the original goes on"


def test_whoever_only_looks_is_not_stopped(copied):
    g, copy = copied
    for words in (("status",), ("plan",), ("holdouts",), ("import", "--dry-run"), ("undo", "--dry-run"),
                  ("factors", "--dry-run"), ("remind", "--dry-run")):
        status, said, errors = typed(g, *words, DATABASE_URL=copy)
        assert status == 0, (words, said, errors)
    assert changed(g) == []


def test_an_adopted_one_goes_on_and_so_does_the_original(copied):
    g, copy = copied
    status, _, errors = typed(g, "site", "--adopt", DATABASE_URL=copy)
    assert status == 2 and "--yes" in errors
    assert typed(g, "site", DATABASE_URL=copy)[0] == 2
    status, _, errors = typed(g, "site", "--adopt", "--yes", "--tenant", "another", DATABASE_URL=copy)
    assert status == 2 and "another" in errors
    assert typed(g, "undo", "--yes", DATABASE_URL=copy)[0] == 3
    status, said, errors = typed(g, "site", "--adopt", "--yes", "--json", DATABASE_URL=copy)
    report = json.loads(said)
    assert status == 0 and report["adopted"] is True and report["database"] == f"sqlite {g.folder}/staging/site.db", errors
    assert "on record already" in typed(g, "site", "--adopt", "--yes", DATABASE_URL=copy)[1]
    assert typed(g, "undo", "--yes", DATABASE_URL=copy)[0] == 0 and g.tenant_users() == []
    assert typed(g, "import", "--yes")[0] == 0
    # Each of them keeps a list of its own from the day they were parted
    ((here,),) = g.sql("SELECT lives_in FROM auth0db_auth0site")
    assert [place for place, _ in json.loads(here)] == [f"sqlite {g.path}"]


def test_a_file_put_in_its_place_is_a_copy(copied):
    g, copy = copied
    (g.folder / "staging" / "site.db").replace(g.path)
    assert typed(g, "undo", "--yes")[0] == 3 and changed(g) == []
