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


def site_map(kind):
    named = {"table": "auth_user", "key": "id", "key_type": kind, "password": "password", "username": "username",
             "email": "email", "active": "is_active", "last_login": "last_login"}
    return {"SITE_MAP": json.dumps({"version": 1, "users": named})}


class Keyed(small_site.Sqlite):
    """As Django makes it for a model whose primary key is text, or a UUIDField."""

    def make(self, rows):
        self.sql(small_site.CREATE["sqlite"].replace("id integer NOT NULL PRIMARY KEY AUTOINCREMENT",
                                                     "id varchar(100) NOT NULL PRIMARY KEY"))
        self.add(rows)


class KeyedByAnything(small_site.Sqlite):
    """A text key that nobody keeps an eye on: SQLite takes what it gets, also NULL."""

    def make(self, rows):
        self.sql(small_site.CREATE["sqlite"].replace("id integer NOT NULL PRIMARY KEY AUTOINCREMENT",
                                                     "id text PRIMARY KEY"))
        self.add(rows)


class KeyedOnServer(small_site.OnServer):
    def make(self, rows):
        create, self.rows = small_site.CREATE[self.kind], list(rows)
        types = {"postgresql": ("id serial NOT NULL", "id text NOT NULL"),
                 "mariadb": ("id integer AUTO_INCREMENT NOT NULL", "id varchar(100) NOT NULL")}
        self.clear()
        self.sql(create.replace(*types[self.kind]))
        self.add(rows)


@pytest.mark.parametrize("kind", ["string", "uuid"])
def test_they_move_survive_a_kill_and_are_taken_back(ground, folder, kind):
    rows = [{**small_site.user(i), "id": key} for i, key in enumerate(keys(kind), 1)]
    g = ground(rows, site=Keyed(folder), room=1200, more=site_map(kind))
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


# --- keys that no row of ours can have ------------------------------------------------------------

LONG = "x" * 20000  # more than is read of a column


def check_counted_and_told(g, good, odd, held=()):
    """The others move, the import ends well, and says how many it could not even hold back."""
    planned, ended = g.run("plan"), g.run("import")
    assert planned.status == ended.status == 0, planned.errors + ended.errors
    assert set(g.links()) == set(good) and set(g.holdouts()) == set(held) and g.claims() == []
    assert ended.report["check"] == {"users": len(good) + len(held) + odd, "links": len(good), "holdouts": len(held),
                                     "inactive": 0, "unrecordable_keys": odd, "left": 0}
    assert ended.report["complete"], ended.report
    warnings = [e["message"] for e in ended.told("warning")]
    (of_keys,) = [message for message in warnings if "primary key" in message]
    assert of_keys.startswith(f"{odd} user"), warnings
    again = g.run("import")
    assert again.status == 0 and again.report["linked"] == 0 and again.report["complete"], again.errors


def test_who_has_a_key_that_cannot_be_recorded_stops_nobody_and_is_counted(ground, folder):
    good, held = ["a", "b", "z"], [""]
    odd = ["a\0b", "a\0c", "\0", LONG, LONG + "1", b"blob", b"\0", None]
    rows = [{**small_site.user(i), "id": key} for i, key in enumerate([*good, *odd, ""], 1)]
    g = ground(rows, site=KeyedByAnything(folder), room=1200, more=site_map("string"))
    check_counted_and_told(g, good, len(odd), held)


def test_likewise_on_a_database_server(ground, server):
    site = KeyedOnServer(server)
    odd = {"mariadb": ["a\0b", "\0"], "postgresql": [LONG]}[site.kind]
    rows = [{**small_site.user(i), "id": key} for i, key in enumerate(["a", *odd, "z"], 1)]
    check_counted_and_told(ground(rows, site=site, room=1200, more=site_map("string")), ["a", "z"], len(odd))


def test_more_of_them_than_are_read_at_a_time_all_the_same_up_to_the_nul(ground, folder):
    rows = [{**small_site.user(i), "id": f"a\0{i}"} for i in range(1, 2100)] + [small_site.user(2100)]
    g = ground(rows, site=KeyedByAnything(folder), room=1200, more=site_map("string"))
    check_counted_and_told(g, ["2100"], 2099)


def test_a_wave_of_reminders_passes_them_by_and_comes_to_an_end(ground, folder):
    stuck = "bcrypt_sha256$$2b$12$" + "a" * 53  # Auth0 takes no such hash
    odd = [{**small_site.user(i, password=stuck), "id": f"a\0{i}"} for i in range(1, 1100)]
    rows = [{**small_site.user(1100, password=stuck), "id": ""}, *odd, small_site.user(1101, password=stuck)]
    g = ground(rows, site=KeyedByAnything(folder), more=site_map("string"))
    ended = g.run("remind", "--rate", "60000", "--settle-after", "2")
    assert ended.status == 0, ended.errors
    assert g.sql("SELECT user_id, status FROM auth0db_reminder") == [("1101", "sent")]
