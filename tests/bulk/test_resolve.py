"""A decision about users who share an e-mail, and the import after it."""
import json
import subprocess

import small_site
from sandbox import BUILD


def resolve(ground, *words):
    done = subprocess.run([BUILD / "auth0db", "resolve", "--yes", "--json", *words], env=ground.env(),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_kept_user_moves_with_the_next_import_and_the_others_when_they_have_an_email(ground):
    rows = [small_site.user(i) for i in range(1, 6)]
    rows[3]["email"], rows[4]["email"] = "user1@example.org", "USER1@example.org"
    g = ground(rows)
    assert g.run("import").status == 0
    assert set(g.holdouts()) == {1, 4, 5} and set(g.links()) == {2, 3}
    assert {other["key"] for other in resolve(g, "--keep", "4")["others"]} == {"1", "5"}
    assert g.run("import").status == 0
    assert set(g.holdouts()) == {1, 5} and set(g.links()) == {2, 3, 4}
    assert g.links()[4][1] == "user1@example.org"
    assert g.tenant.grant("user1@example.org", small_site.password_of(4))[0] == 200
    for user in (1, 5):
        resolve(g, "--email", f"{user}=other{user}@example.org")
    assert g.run("import").status == 0
    assert g.holdouts() == {} and set(g.links()) == {1, 2, 3, 4, 5}
    assert g.tenant.grant("other5@example.org", small_site.password_of(5))[0] == 200
