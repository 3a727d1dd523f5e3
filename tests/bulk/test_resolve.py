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


STUCK = "bcrypt_sha256$$2b$12$" + "a" * 53  # Auth0 takes no such hash


def remind(ground):
    ended = ground.run("remind", "--rate", "60000")
    assert ended.status == 0, ended.errors
    return ended.report


def mailed(ground):
    return sorted(mail["to"] for mail in ground.tenant.mails())


def reminded(ground):
    return [row[0] for row in ground.sql("SELECT user_id FROM auth0db_reminder ORDER BY user_id")]


def test_a_reminder_goes_to_the_kept_user_and_to_nobody_who_lost_the_email_to_it(ground):
    """Both letters would go to one mailbox, and the second link set a password of the first user's."""
    g = ground([small_site.user(i, password=STUCK, email="twin@example.org") for i in (1, 2, 3)])
    assert remind(g)["left"] == [{"reason": "duplicate-email", "users": 3}] and mailed(g) == []
    resolve(g, "--keep", "2")
    for _ in range(2):
        assert remind(g)["left"] == [{"reason": "duplicate-email", "users": 2}]
        assert mailed(g) == ["twin@example.org"] and reminded(g) == [2]
    (there,) = g.tenant_users()
    assert there["user_id"] == g.sql("SELECT auth0_id FROM auth0db_reminder")[0][0]
    resolve(g, "--email", "3=alone@example.org")
    remind(g)
    assert mailed(g) == ["alone@example.org", "twin@example.org"] and reminded(g) == [2, 3]


def test_once_the_kept_user_has_moved_the_others_are_not_reminded_at_its_email(ground):
    g = ground([small_site.user(1), small_site.user(2, password=STUCK, email="user1@example.org")])
    resolve(g, "--keep", "1")
    assert g.run("import").status == 0 and set(g.links()) == {1}
    told = remind(g)
    assert (told["sent"], mailed(g), reminded(g)) == (0, [], [])
    assert g.logs_in(1)
