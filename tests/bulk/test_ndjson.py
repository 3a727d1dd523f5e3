"""A site that is a file of lines: planned and exported, and what was uploaded lets people in."""
import json
import subprocess

import jobs
import small_site
from ground import TOOL, Ended
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


def test_an_export_comes_to_its_end_also_where_many_have_one_key(tenant, folder):
    """Keys are to be unique; a file in which they are not is no reason to write files for ever."""
    rows = [json.loads(line(i)) for i in range(1, 61)]
    text = "\n".join(json.dumps({**row, "key": min(row["key"], 10)}) for row in rows)
    ended, files = exported(tenant, folder, text, "--room", "4000")
    emails = [user["email"] for file in files for user in json.loads(file.read_text())]
    assert len(files) > 3 and set(emails) == {f"user{i}@example.org" for i in range(1, 61)}
    assert len(emails) <= 60 + len(files)
