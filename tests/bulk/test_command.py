"""export, settle and undo as a person types them."""
import csv
import json
import subprocess

import jobs
import small_site
from sandbox import BUILD


def typed(g, *words, **env):
    done = subprocess.run([BUILD / "auth0db", *words], env=g.env(**env), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def test_a_site_is_exported_uploaded_settled_and_taken_back(ground, tenant):
    g = ground([small_site.user(i) for i in range(1, 9)])
    status, said, errors = typed(g, "export", str(g.folder / "out"))
    assert status == 0, errors
    assert "8 users in 1 file" in said and "password hashes" in said and "auth0db settle --job" in said
    file, = (g.folder / "out").iterdir()
    _, _, job = jobs.submit(tenant, file.read_bytes())
    jobs.settled(tenant, job["id"])
    status, said, errors = typed(g, "settle", "--job", job["id"], "--file", str(file))
    assert status == 0 and "8 users moved" in said, said + errors
    g.check_all_moved(sample=[1])  # who has logged in is not taken back
    status, said, errors = typed(g, "undo", "--dry-run", "--yes")
    assert status == 0 and "7" in said and len(g.links()) == 8, said + errors
    status, said, errors = typed(g, "undo", "--yes")
    assert status == 0 and "logged-in" in said, said + errors
    assert set(g.links()) == {1} and len(g.tenant_users()) == 1


def test_an_estimate_is_that_of_the_jobs_that_have_ended_with_its_range(ground, tenant):
    g = ground([small_site.user(i) for i in range(1, 50)])
    before = json.loads(typed(g, "plan", "--json")[1].splitlines()[-1])["estimate"]
    assert before["measured_jobs"] == 0 and not {"seconds_low", "seconds_high"} & set(before)
    # Jobs that the tenant takes an hour for: written as an import has them, since a test cannot wait for one
    assert g.run("import", "--no-canary", "--limit", "25", "--room", "512000").status == 0
    g.sql("UPDATE auth0db_importbatch SET submitted = datetime(settled, '-1 hour')")
    after = json.loads(typed(g, "plan", "--json")[1].splitlines()[-1])["estimate"]
    assert after["measured_jobs"] == 1
    # 24 users are left, 25 took an hour: of one job the range is half to double
    assert after["seconds_low"] < after["seconds"] < after["seconds_high"]
    assert 3300 < after["seconds"] < 3800 and after["seconds_high"] > 6600 and after["seconds_low"] < 1900
    table = typed(g, "plan")[1]
    assert "at least" in table and "at most" in table and "this site's 1 finished job" in " ".join(table.split())


def test_a_file_that_was_not_uploaded_sets_its_users_free_and_says_so(ground):
    g = ground([small_site.user(1)])
    assert typed(g, "export", "--no-canary", str(g.folder / "out"))[1].startswith("Wrote 1 user in 1 file to ")
    status, said, errors = typed(g, "export", "--no-canary", str(g.folder / "again"))
    assert status == 0 and "Wrote 0 users in 0 files" in said and "settle --file" in said, errors
    status, said, errors = typed(g, "settle")
    assert (status, "--file" in said) == (0, True), said + errors
    file, = (g.folder / "out").iterdir()
    status, said, errors = typed(g, "settle", "--file", str(file))
    assert status == 0 and said.startswith("Settled 1 batch: 0 users moved"), said + errors
    assert said.splitlines()[1].split() == ["free", "again,", *"for the next import or export".split(), "1"]
    assert typed(g, "export", "--no-canary", str(g.folder / "third"))[1].startswith("Wrote 1 user in 1 file to ")


def test_undo_asks_and_without_a_terminal_that_is_a_no(ground):
    g = ground([small_site.user(1)])
    assert g.run("import", "--no-canary").status == 0
    status, _, errors = typed(g, "undo")
    assert status == 2 and "--yes" in errors and len(g.links()) == 1


def test_json_ends_with_the_report(ground):
    g = ground([small_site.user(1)])
    status, said, _ = typed(g, "settle", "--json")
    report = json.loads(said.splitlines()[-1])
    assert status == 0 and (report["event"], report["run"], report["open"]) == ("report", "settle", 0)


def test_a_job_without_its_file_is_a_usage_error(ground):
    g = ground([small_site.user(1)])
    status, _, errors = typed(g, "settle", "--job", "job_1")
    assert status == 2 and "--file" in errors


def test_the_list_of_the_mailed_tells_of_each_what_the_site_knows(ground):
    g = ground([small_site.user(1, password="crypt$$aaQSqAReePlq6", is_staff=True, last_login="2025-02-03 04:05:06")])
    everyone, silent = g.folder / "everyone.csv", g.folder / "silent.csv"
    for words in (("--yes", "--csv", everyone), ("--list", "--csv", silent)):
        status, _, errors = typed(g, "remind", *words)
        assert status == 0, errors
    for file in (everyone, silent):
        with open(file, newline="") as rows:
            row, = csv.DictReader(rows)
        assert (row["key"], row["active"], row["staff"], row["superuser"]) == ("1", "yes", "yes", "no")
        assert (row["last_login"], row["joined"]) == ("2025-02-03 04:05:06", "2024-05-06 07:08:09.000001")
