"""A site that is a file of lines: planned and exported, and what was uploaded lets people in."""
import json
import subprocess

import jobs
import small_site
from ground import TOOL, Ended, Ground
from sandbox import BUILD, CLEAN_ENV


def line(i):
    row = small_site.user(i)
    return json.dumps({"key": row["id"], "email": row["email"], "username": row["username"],
                       "password": row["password"]})


def run(tenant, *command, url, stdin=None, program=TOOL, **env):
    env = {**CLEAN_ENV, **tenant.environ, "DATABASE_URL": url, "AUTH0_SITE": "lines", **env}
    done = subprocess.run([program, *command], env=env, input=stdin, stdin=None if stdin else subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    return Ended(done.returncode, done.stdout, done.stderr)


def exported(tenant, folder, text, *options):
    ended = run(tenant, "export", "--no-canary", "--folder", str(folder / "out"), *options,
                url="ndjson:-", stdin=text)
    assert ended.status == 0, ended.errors
    return ended, sorted((folder / "out").iterdir())


def test_what_a_pipe_tells_is_exported_and_lets_people_in(tenant, folder):
    text = "\n".join([line(1), "rubbish", line(2), "", '{"key": 5, "email": 7}', line(3)])
    ended, (file,) = exported(tenant, folder, text)
    assert ended.report["users"] == 3
    status, _, answer = jobs.submit(tenant, file.read_bytes())
    assert status == 202, answer
    jobs.settled(tenant, answer["id"])
    for i in (1, 2, 3):
        assert tenant.grant(f"user{i}@example.org", small_site.password_of(i))[0] == 200


def test_the_same_lines_get_the_same_ids_again(tenant, folder):
    ended, first = exported(tenant, folder, line(1) + "\n" + line(2) + "\n")
    ended, both = exported(tenant, folder, line(1) + "\n" + line(2) + "\n")
    assert len(first) == 1 and len(both) == 2
    ids = [[user["user_id"] for user in json.loads(file.read_text())] for file in both]
    assert ids[0] == ids[1] and len(set(ids[0])) == 2


def test_what_keeps_a_record_says_that_there_is_none(tenant, folder):
    file = folder / "users.json"
    file.write_text(line(1) + "\n")
    url = "ndjson:///" + str(file)
    for command in (["import"], ["undo"], ["init-db"]):
        ended = run(tenant, *command, url=url)
        assert ended.status != 0 and "NDJSON" in ended.errors, (command, ended.errors)
    ended = run(tenant, "export", "--folder", str(folder / "out"), url=url)
    assert ended.status != 0 and "--no-canary" in ended.errors
    ended = run(tenant, "export", "--no-canary", "--folder", str(folder / "out"), url=url, AUTH0_SITE="")
    assert ended.status != 0 and "AUTH0_SITE" in ended.errors
    assert not (folder / "out").exists()


def test_the_last_words_of_an_export_promise_no_settling(tenant, folder):
    """Where nothing is on record; elsewhere they say how it is recorded."""
    file = folder / "users.json"
    file.write_text(line(1) + "\n")
    ended = run(tenant, "export", "--no-canary", str(folder / "out"), url=f"ndjson:///{file}", program=BUILD / "auth0db")
    assert ended.status == 0, ended.errors
    assert "password hashes" in ended.said and "settle" not in ended.said
    assert "nothing is on record" in " ".join(ended.said.split())


def test_a_key_twice_stops_an_export_before_it_has_begun(tenant, folder):
    rows = [json.loads(line(i)) for i in range(1, 61)]
    text = "\n".join(json.dumps({**row, "key": min(row["key"], 10)}) for row in rows)
    ended = run(tenant, "export", "--no-canary", "--folder", str(folder / "out"), url="ndjson:-", stdin=text)
    assert ended.status != 0 and "lines 10 and 11 have the same key, 10" in ended.errors, ended.errors
    assert not list((folder / "out").glob("*"))


def test_a_dump_of_django_is_exported_and_lets_people_in(tenant, folder):
    """dumpdata, with whatever else stands in it, in UTF-16 as a shell of Windows writes it."""
    rows = [small_site.user(i) for i in (1, 2)]
    dump = [{"model": "auth.group", "pk": 1, "fields": {"name": "staff"}}]
    dump += [{"model": "auth.user", "pk": row["id"], "fields": {
        "email": row["email"], "username": row["username"], "password": row["password"], "is_active": "1",
        "last_login": 1717451294076}} for row in rows]
    (folder / "dump.json").write_text(json.dumps(dump, indent=2), encoding="utf-16")
    ended = run(tenant, "export", "--no-canary", "--folder", str(folder / "out"), url=f"ndjson:///{folder}/dump.json")
    assert ended.status == 0, ended.errors
    (file,) = (folder / "out").iterdir()
    jobs.settled(tenant, jobs.submit(tenant, file.read_bytes())[2]["id"])
    for i in (1, 2):
        assert tenant.grant(f"user{i}@example.org", small_site.password_of(i))[0] == 200


def test_both_ways_give_one_id_for_one_user(tenant, folder):
    """dumpdata, and rows of another tool that writes keys in its own way."""
    row = small_site.user(1)
    key = "0f8fad5b-d9cb-469f-a165-70867728950e"
    member = {"email": row["email"], "password": row["password"]}
    ways = [{"model": "shop.user", "pk": key, "fields": member}, {"ID": key.upper(), **member},
            {"id": key.replace("-", ""), **member}]
    ids = set()
    for number, way in enumerate(ways):
        place = folder / str(number)
        place.mkdir()
        _, (file,) = exported(tenant, place, json.dumps(way))
        ids.add(json.loads(file.read_text())[0]["user_id"])
    assert len(ids) == 1


def test_a_key_given_out_again_gets_the_id_that_a_database_would_give(tenant, folder):
    """Of the former user's id the new one is told by how many were deleted before."""
    def id_of(**members):
        text = json.dumps({**json.loads(line(1)), **members})
        _, files = exported(tenant, folder, text)
        (user,) = json.loads(files[-1].read_text())
        for file in files:
            file.unlink()
        return user["user_id"]

    first = id_of()
    assert id_of(tombstones=0) == id_of(tombstones=None) == first
    site = small_site.Sqlite(folder)
    g = Ground(folder, tenant, [small_site.user(1)], site=site)
    g.sql("INSERT INTO auth0db_tombstone (user_id, number, auth0_id, created, state, tries) VALUES (1, 1, 'x', '2026-01-01', 'left', 0)")
    assert g.run("import", "--no-canary", AUTH0_SITE="lines").status == 0
    assert "auth0|" + id_of(tombstones=1) == g.links()[1][0] != "auth0|" + first


def test_a_number_of_deleted_users_that_is_none_holds_the_user_back(tenant):
    for wrong in (-1, 1.5, "1", True, 2**40):
        text = json.dumps({**json.loads(line(1)), "tombstones": wrong})
        ended = run(tenant, "plan", url="ndjson:-", stdin=text)
        assert ended.status == 0 and "bad-member: tombstones" in ended.said, ended.said
