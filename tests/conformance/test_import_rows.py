"""Every batch of an import, from a site with malformed bytes in every column, is what the schema of Auth0's bulk import takes,
and is what the plan counted."""
import json
import subprocess

import pytest

import hostile_site
from sandbox import BUILD, ROOT

jsonschema = pytest.importorskip("jsonschema")

USERS = 6000
ROOM_BYTES = 60000


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "site.db"
    hostile_site.make(path, USERS)
    return path


@pytest.mark.parametrize("username", [False, True])
def test_every_batch_is_what_the_schema_takes_and_what_the_plan_counted(site, username):
    done = subprocess.run([BUILD / "tests" / "support" / "buffer_tool", f"sqlite:///{site}", str(ROOM_BYTES)] +
                          (["username"] if username else []), capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    *batches, report = done.stdout.split(b"\n")[:-1]
    report = json.loads(report)
    schema = json.loads((ROOT / "tests" / "contract" / "import-user.schema.json").read_text())
    valid = jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    users = []
    for batch in batches:
        assert len(batch) <= ROOM_BYTES
        users += json.loads(batch.decode("utf-8", "strict"))
    problems = [(user, error.message) for user in users for error in valid.iter_errors(user)]
    assert problems == []
    assert len(users) == report["fates"]["moves"] and len(batches) == report["jobs"]
    assert sum(map(len, batches)) == report["bytes"]
    assert report["users"]["all"] == sum(report["fates"].values()) == USERS
    assert len(users) > USERS / 4
    # None twice, in any spelling; nothing that the schema lets through but Auth0 does not
    for member in ("email", "user_id") + (("username",) if username else ()):
        assert len({user[member].lower() for user in users}) == len(users)
    for user in users:
        assert user["email"] == user["email"].lower()
        assert all(1 <= len(user[n]) <= 150 for n in ("given_name", "family_name") if n in user)
        assert ("username" in user) == username
        assert "\x00" not in json.dumps(user, ensure_ascii=False)
    assert {r["reason"] for r in report["reasons"]} >= {
        "no-email", "bad-email", "duplicate-email", "invalid-user", "bad-hash", "too-large", "must-reset"}
