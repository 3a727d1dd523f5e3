"""auth0db --keep-local FILE: who stays on the site, where no manage.py says it."""
import json

import pytest
from test_bulk import MD5, add, auth0db, one_line_that_says
from test_holdouts import new_site
from test_switch_over import looked, move


@pytest.fixture
def people(tmp_path):
    site = new_site(tmp_path)
    add(site, *[(name, name + "@example.com", MD5) for name in ("ann", "bob", "cyd")])
    assert auth0db("init-db", database=site).returncode == 0
    return site


def keys(tmp_path, text):
    path = tmp_path / "keys"
    path.write_text(text)
    return path


def report(*words, database):
    done = auth0db(*words, "--json", database=database)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("text, staying", [("2\n", 1), ("2\r\n3", 2), ("\n\n1\n2\n3\n", 3), ("", 0), ("99\n", 0)])
def test_a_plan_counts_whom_the_file_names(people, tmp_path, text, staying):
    told = report("plan", "--no-tenant", "--keep-local", keys(tmp_path, text), database=people)
    assert (told["fates"]["moves"], told["fates"]["holdouts"]) == (3 - staying, staying)


def test_who_stays_is_not_in_the_way_of_a_switch_over_moved_or_not(people, tmp_path):
    move(people, 1)
    move(people, 2)
    assert looked(people) == (False, {("not-moved", ""): 1})
    told = report("status", "--switch-over", "--keep-local", keys(tmp_path, "3\n2\n"), database=people)
    assert (told["ready"], told["staying"], told["moved"]) == (True, 2, 1)
    shown = auth0db("status", "--switch-over", "--keep-local", keys(tmp_path, "3\n2\n"), database=people)
    assert "stay on the site" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_a_file_that_cannot_be_read_stops_the_run(people, tmp_path):
    one_line_that_says(auth0db("plan", "--no-tenant", "--keep-local", tmp_path / "nowhere", database=people), 3,
                       "--keep-local", "nowhere")


@pytest.mark.parametrize("wrong", ['"2"', "[2]", '[""]', "{}", "[null]"])
def test_a_map_that_names_them_in_another_way_stops_the_run(people, tmp_path, wrong):
    path = tmp_path / "map.json"
    path.write_text('{"version": 1, "users": {"table": "auth_user", "key": "id", "key_type": "integer", '
                    '"password": "password"}, "keep_local": %s}' % wrong)
    done = auth0db("plan", "--no-tenant", "--site-map", path, database=people)
    assert done.returncode == 3 and "keep_local" in done.stderr and done.stdout == ""
