"""export writes what an import would send; settle records what became of it."""
import json
import os
import stat
import time
from pathlib import Path

import jobs
import pytest
import small_site

STEP = int(os.environ.get("BULK_KILL_STEP", "13"))
SEED = int(os.environ.get("BULK_KILL_SEED", str(int(time.time()))))


def exported(ground, n, **options):
    g = ground([small_site.user(i) for i in range(1, n + 1)], **options)
    ended = g.run("export", "--no-canary", "--folder", str(g.folder / "out"))
    assert ended.status == 0, ended.errors
    return g, ended, sorted((g.folder / "out").iterdir())


def upload(tenant, file, **more):
    status, _, answer = jobs.submit(tenant, file.read_bytes(), **more)
    assert status == 202, answer
    jobs.settled(tenant, answer["id"])
    return answer["id"]


def test_files_that_only_their_owner_can_read_hold_everybody_once(ground):
    g, ended, files = exported(ground, 30)
    assert stat.S_IMODE((g.folder / "out").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert ended.report["users"] == 30 and ended.report["files"] == len(files) > 1
    emails = [user["email"] for file in files for user in json.loads(file.read_text())]
    assert sorted(emails) == sorted(f"user{i}@example.org" for i in range(1, 31))
    assert {Path(e["file"]) for e in ended.told("batch") if e["status"] == "written"} == set(files)
    assert len(g.claims()) == 30 and g.links() == {}


def test_an_import_leaves_exported_users_alone(ground):
    g, _, _ = exported(ground, 6)
    ended = g.run("import")
    assert ended.status == 0 and ended.report["linked"] == 0 and not ended.report["complete"]
    assert len(g.claims()) == 6 and g.tenant_users() == []


def test_uploaded_and_settled_everybody_has_moved(ground, tenant):
    g, _, files = exported(ground, 30)
    for file in files:
        job = upload(tenant, file)
        ended = g.run("settle", "--job", job, "--file", str(file))
        assert ended.status == 0, ended.errors
    assert ended.report["exports"] == 0
    g.check_all_moved(sample=[1, 30])


def test_who_is_inactive_is_in_no_file_and_counted(ground):
    g = ground([small_site.user(1, is_active=False), small_site.user(2)], room=0)
    ended = g.run("export", "--no-canary", "--folder", str(g.folder / "out"))
    assert ended.status == 0 and (ended.report["users"], ended.report["inactive"]) == (1, 1)
    (file,) = (g.folder / "out").iterdir()
    assert "user2@" in file.read_text() and "user1@" not in file.read_text()


@pytest.mark.parametrize("of_a_job", [True, False])
def test_who_was_exported_as_blocked_is_remembered_as_that(ground, tenant, of_a_job):
    g = ground([small_site.user(1, is_active=False), small_site.user(2)], room=0)
    assert g.run("export", "--with-inactive", "--no-canary", "--folder", str(g.folder / "out")).status == 0
    (file,) = (g.folder / "out").iterdir()
    job = ["--job", upload(tenant, file)]
    assert g.run("settle", *(job if of_a_job else []), "--file", str(file)).status == 0
    assert set(g.links()) == {1, 2} and g.words() == {1: "blocked"}


def test_who_is_found_blocked_at_the_tenant_is_remembered_as_that(ground, tenant):
    g, _, (file,) = exported(ground, 2, room=0)
    upload(tenant, file)
    blocked = next(user for user in g.tenant_users() if user["email"] == "user2@example.org")
    assert tenant.api("PATCH", "/users/" + blocked["user_id"], {"blocked": True})[0] == 200
    assert g.run("settle", "--file", str(file)).status == 0
    assert set(g.links()) == {1, 2} and g.words() == {2: "blocked"}


def test_refused_rows_become_holdouts(ground, tenant):
    g, _, (file,) = exported(ground, 5, room=0)
    tenant.fault(job={"rows": [{"at": 1, "code": "MAX_LENGTH", "path": "name"}]}, count=1)
    assert g.run("settle", "--job", upload(tenant, file), "--file", str(file)).status == 0
    assert g.holdouts() == {2: "tenant-refused"} and set(g.links()) == {1, 3, 4, 5}


def test_the_wrong_job_links_nobody(ground, tenant):
    """Two files of as many users, taken for each other: the job's account of itself proves nothing."""
    g, _, files = exported(ground, 26)
    first, second = files[0], next(f for f in files[1:] if len(json.loads(f.read_text())) == len(json.loads(files[0].read_text())))
    job = upload(tenant, first)
    ended = g.run("settle", "--job", job, "--file", str(second))
    assert ended.status == 0, ended.errors
    assert g.links() == {} and ended.report["released"] > 0


def test_a_file_that_was_never_uploaded_is_given_back(ground):
    g, _, (file,) = exported(ground, 5, room=0)
    file.unlink()
    ended = g.run("settle", "--file", str(file))
    assert ended.status == 0 and ended.report["released"] == 5 and g.claims() == []
    assert g.run("import").status == 0
    g.check_all_moved()


def test_a_file_that_was_uploaded_but_forgotten_is_found_at_the_tenant(ground, tenant):
    g, _, (file,) = exported(ground, 5, room=0)
    upload(tenant, file)
    assert g.run("settle", "--file", str(file)).status == 0
    g.check_all_moved(sample=[2])


def test_plain_settle_leaves_exports_open_and_says_so(ground):
    g, _, _ = exported(ground, 5)
    ended = g.run("settle")
    assert ended.status == 0 and ended.report["exports"] >= 1 and len(g.claims()) == 5


def test_what_is_no_exported_file_is_refused(ground):
    g, _, (file,) = exported(ground, 3, room=0)
    for name in ("other.txt", "auth0db-00000000000000000000000000000000.json", ".json"):
        ended = g.run("settle", "--file", name)
        assert ended.status != 0 and "OPTION" in ended.errors
    assert g.run("settle", "--file", str(file)).status == 0
    assert g.run("settle", "--file", str(file)).status != 0  # settled already


def test_a_folder_of_others_or_a_link_is_refused(ground):
    g = ground([small_site.user(1)])
    target, link, shared = g.folder / "target", g.folder / "link", g.folder / "shared"
    target.mkdir(mode=0o700)
    link.symlink_to(target)
    shared.mkdir()
    shared.chmod(0o777)
    for folder in (link, shared, g.path):
        ended = g.run("export", "--no-canary", "--folder", str(folder))
        assert ended.status != 0 and len(ended.errors.splitlines()) == 1
    assert g.claims() == [] and list(target.iterdir()) == []


def test_killed_anywhere_users_are_in_a_file_or_free(ground, tenant):
    g = ground([small_site.user(i) for i in range(1, 21)], room=2500)
    g.keep()
    out = g.folder / "out"

    def clear():
        for path in out.iterdir() if out.exists() else ():
            path.unlink()

    writes = g.count_writes("export", "--no-canary", "--folder", str(out))
    for n in range(1 + SEED % STEP, writes + 1, STEP):
        g.restore()
        clear()
        g.killed_at(n, "export", "--no-canary", "--folder", str(out))
        ended = g.run("export", "--no-canary", "--folder", str(out))
        assert ended.status == 0, f"{n} of {writes}: {ended.errors}"
        files = sorted(out.iterdir())
        emails = sorted(user["email"] for file in files for user in json.loads(file.read_text()))
        assert emails == sorted(f"user{i}@example.org" for i in range(1, 21)), f"{n} of {writes}"
        assert len(g.claims()) == 20
        for file in files:
            assert g.run("settle", "--job", upload(tenant, file), "--file", str(file)).status == 0
        g.check_all_moved(sample=[1 + n % 20])

def test_a_user_held_once_and_now_in_an_exported_file_does_not_spoil_the_account(ground):
    """Held for no e-mail, then given one: the holdout stands until the file is settled."""
    g = ground([small_site.user(1, email=""), small_site.user(2)])
    assert g.run("import", "--no-canary").status == 0 and set(g.holdouts()) == {1}
    g.sql("UPDATE auth_user SET email = 'late@example.org' WHERE id = 1")
    folder = g.folder / "out"
    assert g.run("export", "--no-canary", "--folder", str(folder)).status == 0
    ended = g.run("import", "--no-canary")
    assert ended.status == 0, ended.errors
    assert not ended.report["complete"] and ended.report["users"]["in_flight"] == 1
    assert ended.report["check"]["left"] == 0
