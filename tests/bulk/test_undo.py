"""undo deletes what the import made and nobody has used, and nothing else; killed, it goes on."""
import os
import time

import small_site

STEP = int(os.environ.get("BULK_KILL_STEP", "17"))
SEED = int(os.environ.get("BULK_KILL_SEED", str(int(time.time()))))


def imported(ground, n, *words, **changes):
    g = ground([small_site.user(i, **changes) for i in range(1, n + 1)])
    ended = g.run("import", "--no-canary", *words)
    assert ended.status == 0, ended.errors
    return g


def kept(ended):
    return {row["why"]: row["users"] for row in ended.report["kept"]}


def test_what_was_imported_is_deleted_and_can_be_imported_again(ground):
    g = imported(ground, 25)
    ended = g.run("undo")
    assert ended.status == 0, ended.errors
    assert (ended.report["deleted"], ended.report["unlinked"], kept(ended)) == (25, 25, {})
    assert g.links() == {} and g.tenant_users() == []
    assert g.run("import").status == 0
    g.check_all_moved(sample=[1, 25])


def test_a_dry_run_tells_and_deletes_nobody(ground):
    g = imported(ground, 5)
    ended = g.run("undo", "--dry-run")
    assert (ended.report["deleted"], ended.report["unlinked"]) == (5, 5) and ended.report["dry_run"]
    assert len(g.links()) == len(g.tenant_users()) == 5


def test_whoever_has_used_or_changed_the_account_is_kept(ground, tenant):
    g = imported(ground, 8)
    ids = {key: link[0] for key, link in g.links().items()}
    assert g.logs_in(1)
    assert tenant.api("PATCH", f"/users/{ids[2]}", {"password": "An0ther-pass"})[0] == 200
    assert tenant.api("PATCH", f"/users/{ids[3]}", {"email": "else@example.org"})[0] == 200
    assert tenant.api("PATCH", f"/users/{ids[4]}", {"blocked": True})[0] == 200
    assert tenant.api("DELETE", f"/users/{ids[5]}")[0] == 204
    g.sql("UPDATE auth0db_auth0user SET auth0_id = 'auth0|someone' WHERE user_id = 6")
    g.sql("UPDATE auth0db_auth0user SET lane = 'login' WHERE user_id = 7")
    ended = g.run("undo")
    assert ended.status == 0, ended.errors
    assert kept(ended) == {"logged-in": 1, "changed": 2, "blocked": 1, "gone": 1, "not-ours": 1}
    assert set(g.links()) == {1, 2, 3, 4, 5, 6, 7}
    assert {user["user_id"] for user in g.tenant_users()} == {ids[i] for i in (1, 2, 3, 4, 6, 7)}


def test_who_was_inactive_was_blocked_by_the_import_itself(ground):
    g = imported(ground, 3, "--with-inactive", is_active=False)
    assert g.run("undo").report["deleted"] == 3 and g.links() == {}


def test_where_the_tenant_deletes_nobody_the_report_counts_nobody(ground, tenant):
    g = imported(ground, 3)
    tenant.ask("POST", "/sandbox/faults", {"method": "DELETE", "path": "/api/v2/users/*", "status": 403})
    ended = g.run("undo")
    assert ended.status != 0 and len(ended.errors.splitlines()) == 1
    assert (ended.report["deleted"], ended.report["unlinked"]) == (0, 0)
    assert len(g.links()) == len(g.tenant_users()) == 3
    tenant.ask("DELETE", "/sandbox/faults")
    assert g.run("undo").report["deleted"] == 3


def test_one_kind_of_hash_is_taken_back_and_the_others_stay(ground):
    """What watch advises where one kind does not verify. Every third user has sha1."""
    g = imported(ground, 40)
    sha1 = set(range(3, 41, 3))
    ended = g.run("undo", "--hasher", "sha1", "--dry-run")
    assert (ended.report["deleted"], ended.report["not_selected"], ended.report["kind"]) == (13, 27, "sha1")
    assert len(g.links()) == 40
    ended = g.run("undo", "--hasher", "sha1")
    assert ended.status == 0, ended.errors
    assert (ended.report["deleted"], ended.report["unlinked"], kept(ended)) == (13, 13, {})
    assert set(g.links()) == set(range(1, 41)) - sha1 == {int(u["email"][4:-12]) for u in g.tenant_users()}
    assert g.run("undo", "--hasher", "sha1").report["deleted"] == 0


def test_a_kind_is_named_with_its_parameters_too(ground):
    g = imported(ground, 4)
    for kind in ("pbkdf2_sha256 iterations=11", "pbkdf2_sha256 iterations=1", "pbkdf2_sha256  iterations=10"):
        assert g.run("undo", "--hasher", kind).report["deleted"] == 0, kind
    assert g.run("undo", "--hasher", "pbkdf2_sha256 iterations=10").report["deleted"] == 3
    assert set(g.links()) == {3}


def test_a_hasher_that_there_is_not_is_an_error_and_not_nobody(ground):
    g = imported(ground, 3)
    for kind in ("sha", "sha1x", "", "unknown", "all"):
        ended = g.run("undo", "--hasher", kind)
        assert ended.status == 1 and "no hasher" in ended.errors and ended.report is None, kind
    assert len(g.links()) == 3


def test_killed_while_it_took_back_all_one_kind_leaves_the_rest_to_the_next_run(ground):
    """A run that died may have deleted users of other kinds: their links go, and nobody else."""
    g = ground([small_site.user(i) for i in range(1, 19)])
    g.keep()
    assert g.run("import", "--no-canary").status == 0
    writes = g.count_writes("undo")
    for n in range(1 + SEED % STEP, writes + 1, STEP):
        g.restore()
        assert g.run("import", "--no-canary").status == 0
        g.killed_at(n, "undo")
        assert g.run("undo", "--hasher", "sha1").status == 0
        there = {user["user_id"] for user in g.tenant_users()}
        assert {link[0] for link in g.links().values()} == there, f"{n} of {writes}"
        ended = g.run("undo")
        assert ended.status == 0 and kept(ended) == {}, f"{n} of {writes}: {ended.report}"
        assert g.links() == {} and g.tenant_users() == []


def test_killed_anywhere_it_goes_on(ground):
    g = ground([small_site.user(i) for i in range(1, 19)])
    g.keep()
    assert g.run("import", "--no-canary").status == 0
    writes = g.count_writes("undo")
    for n in range(1 + SEED % STEP, writes + 1, STEP):
        g.restore()
        assert g.run("import", "--no-canary").status == 0
        g.killed_at(n, "undo")
        ended = g.run("undo")
        assert ended.status == 0 and kept(ended) == {}, f"{n} of {writes}: {ended.report}"
        assert g.links() == {} and g.tenant_users() == [], f"{n} of {writes}"
        assert g.batches("undo")[-1:] == ["settled"] and "claimed" not in g.batches("undo")
