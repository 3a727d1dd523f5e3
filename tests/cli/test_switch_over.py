"""auth0db status --switch-over: who is in the way of deleting the old hashes."""
import base64
import hashlib
import hmac
import json

import pytest
from test_bulk import MD5, add, auth0db
from test_holdouts import ask, new_site

# The fingerprint of a stored password: SHA-256 over its length and its bytes
IN_STEP = hashlib.sha256(len(MD5).to_bytes(8, "little") + MD5.encode()).hexdigest()


def move(path, user, lane="bulk"):
    ask(path, "INSERT INTO auth0db_auth0user (user_id, auth0_id, email, created, lane, sync_digest, tenant_mark, unpushed) "
              "VALUES (?, ?, '', '2026-01-01', ?, ?, '', '')", user, "auth0|%024d" % user, lane, IN_STEP)


@pytest.fixture
def people(tmp_path):
    """Four who have moved."""
    site = new_site(tmp_path)
    add(site, *[(name, name + "@example.com", MD5) for name in ("ann", "bob", "cyd", "dan")])
    assert auth0db("init-db", database=site).returncode == 0
    for user in (1, 2, 3, 4):
        move(site, user)
    return site


def looked(path):
    done = auth0db("status", "--switch-over", "--json", database=path)
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["ready"] else 1), done.stderr
    return report["ready"], {(row["why"], row["reason"]): row["users"] for row in report["in_the_way"]}


def test_nobody_is_in_the_way_when_all_have_moved_in_step(people):
    assert looked(people) == (True, {})
    shown = auth0db("status", "--switch-over", database=people)
    assert shown.returncode == 0 and "MigrateToAuth0Backend" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_those_who_have_moved_are_counted_by_lane(tmp_path):
    site = new_site(tmp_path)
    add(site, *[(name, name + "@example.com", MD5) for name in ("ann", "bob", "cyd")])
    assert auth0db("init-db", database=site).returncode == 0
    for user, lane in ((1, "bulk"), (2, "login"), (3, "bulk")):
        move(site, user, lane)
    report = json.loads(auth0db("status", "--switch-over", "--json", database=site).stdout)
    assert (report["moved"], report["links"]) == (3, {"bulk": 2, "login": 1})
    shown = auth0db("status", "--switch-over", database=site).stdout
    assert [line.split() for line in shown.splitlines()[1:4]] == [
        ["moved", "3"], ["by", "bulk", "2"], ["by", "login", "1"]]


def test_everybody_in_the_way_is_counted_once_with_the_reason(people):
    add(people, *[("u%d" % i, "u%d@example.com" % i, MD5) for i in range(5)])  # 5 to 9
    for user, reason in ((5, "weak-password"), (6, "duplicate-email")):
        ask(people, "INSERT INTO auth0db_holdout (user_id, reason, detail, hash_digest, created) "
                    "VALUES (?, ?, '', '', '2026-01-01')", user, reason)
    ask(people, "INSERT INTO auth0db_importbatch (id, external_id, kind, status, job_id, owner, users, bytes, linked, held, "
                "released, created, detail) VALUES (1, 'x', 'import', 'claimed', '', '', 1, 1, 0, 0, 0, '2026-01-01', '')")
    ask(people, "INSERT INTO auth0db_importclaim (user_id, batch_id, auth0_id, email, sync_digest) "
                "VALUES (7, 1, 'auth0|7', '', '')")
    ask(people, "INSERT INTO auth0db_reminder (user_id, auth0_id, email, channel, status, wave, sync_digest, created, detail) "
                "VALUES (8, 'auth0|8', '', 'tenant', 'sent', '', '', '2026-01-01', '')")
    assert looked(people) == (False, {("held-back", "weak-password"): 1, ("held-back", "duplicate-email"): 1,
                                      ("in-import", ""): 1, ("reminded", ""): 1, ("not-moved", ""): 1})
    shown = auth0db("status", "--switch-over", database=people)
    assert shown.returncode == 1 and "held-back: weak-password" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_a_password_that_is_on_the_site_alone_is_in_the_way(people, digest):
    ask(people, "UPDATE auth0db_auth0user SET sync_digest = ? WHERE user_id = 2", digest)
    assert looked(people) == (False, {("out-of-step", ""): 1})


def test_a_hash_that_opens_nothing_is_in_nobodys_way(people):
    add(people, ("off", "off@example.com", MD5), ("sso", "sso@example.com", "!xyz"), ("none", "none@example.com", ""))
    ask(people, "UPDATE auth_user SET is_active = 0 WHERE username = 'off'")
    ask(people, "UPDATE auth_user SET password = '!gone' WHERE id = 1")  # moved: deleted already
    assert looked(people) == (True, {})


def test_links_of_more_than_a_page_are_all_looked_at(people):
    add(people, *[("m%d" % i, "m%d@example.com" % i, MD5) for i in range(1200)])
    ask(people, "INSERT INTO auth0db_auth0user (user_id, auth0_id, email, created, lane, sync_digest, tenant_mark, unpushed) "
                "SELECT id, 'auth0|' || id, '', '2026-01-01', 'bulk', CASE WHEN id % 400 = 0 THEN '' ELSE ? END, '', '' "
                "FROM auth_user WHERE id > 4", IN_STEP)
    assert looked(people) == (False, {("out-of-step", ""): 3})


def test_second_factors_that_may_have_stayed_on_the_site_are_a_gate(people, tmp_path):
    ask(people, "CREATE TABLE otp_totp (user_id integer, key text, digits integer, step integer, t0 integer)")
    ask(people, "INSERT INTO otp_totp VALUES (1, '48656c6c6f21deadbeef', 6, 30, 0), (1, 'aa', 8, 30, 0), (3, 'ff', 6, 30, 0)")
    ask(people, "UPDATE auth_user SET is_active = 0 WHERE id = 3")
    site_map = tmp_path / "map.json"
    site_map.write_text(json.dumps({
        "version": 1, "named_by_email": False,
        "users": {"table": "auth_user", "key": "id", "key_type": "integer", "password": "password",
                  "username": "username", "email": "email", "active": "is_active"},
        "mfa": [{"format": "otp_totp", "label": "otp_totp", "table": "otp_totp", "user": "user_id", "value": "key",
                 "digits": "digits", "step": "step", "t0": "t0"}]}))
    words = ("status", "--switch-over", "--site-map", str(site_map))
    report = json.loads(auth0db(*words, "--json", database=people).stdout)
    assert not report["ready"] and report["with_factor"] == 1
    assert [(row["why"], row["users"]) for row in report["in_the_way"]] == [("second-factor", 1)]
    shown = auth0db(*words, database=people)
    assert shown.returncode == 1 and "--factors-settled" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    settled = auth0db(*words, "--factors-settled", database=people)
    assert settled.returncode == 0 and "MigrateToAuth0Backend" in settled.stdout


@pytest.mark.parametrize("null_is_active", [False, True])
def test_a_null_in_is_active_means_what_the_sites_django_says(tmp_path, null_is_active):
    site = tmp_path / "pending.db"
    ask(site, "CREATE TABLE people (id integer PRIMARY KEY, password text, email text, is_active bool)")
    for key, active in ((1, None), (2, 1), (3, 0)):
        ask(site, "INSERT INTO people VALUES (?, ?, ?, ?)", key, MD5, "p%d@example.com" % key, active)
    site_map = tmp_path / "map.json"
    site_map.write_text(json.dumps({
        "version": 1, "named_by_email": True, "null_is_active": null_is_active,
        "users": {"table": "people", "key": "id", "key_type": "integer", "password": "password",
                  "email": "email", "active": "is_active"}}))
    assert auth0db("init-db", "--site-map", str(site_map), database=site).returncode == 0
    done = auth0db("status", "--switch-over", "--json", "--site-map", str(site_map), database=site)
    report = json.loads(done.stdout)
    assert report["inactive"] == (1 if null_is_active else 2)
    assert [row["users"] for row in report["in_the_way"]] == [2 if null_is_active else 1]
    for word in ([], ["--only-active"], ["--with-inactive"]):
        told = json.loads(auth0db("plan", "--json", *word, "--site-map", str(site_map),
                                  database=site).stdout.splitlines()[-1])
        inactive = 0 if word == ["--with-inactive"] else report["inactive"]
        assert (told["fates"]["moves"], told["users"]["inactive"]) == (3 - inactive, inactive)
    status = json.loads(auth0db("status", "--json", "--site-map", str(site_map), database=site).stdout)
    assert (status["inactive"], status["left"]) == (report["inactive"], 3 - report["inactive"])


def test_factors_asks_first(people):
    from test_bulk import NOWHERE

    done = auth0db("factors", database=people, **NOWHERE)
    assert done.returncode == 2 and "--yes" in done.stderr and done.stderr.count("\n") == 1
    done = auth0db("factors", "--yes", database=people)
    assert done.returncode == 2 and "AUTH0_DOMAIN" in done.stderr


# --- what is not the same at Auth0 ----------------------------------------------------------------

SITE = "the-site"


def own_id(user, tombstones=0):
    """The id that auth0db gives (docs/architecture.md)."""
    text = b"auth0db\0" + SITE.encode() + b"\0" + str(user).encode() + (b"\0%d" % tombstones if tombstones else b"")
    return "auth0|" + hashlib.sha256(text).hexdigest()[:24]


@pytest.fixture
def ours(people):
    """The accounts of ann, bob and cyd were made from them; dan's was there before."""
    ask(people, "INSERT INTO auth0db_auth0site (id, name) VALUES (1, ?)", SITE)
    for user, name in enumerate(("ann", "bob", "cyd"), start=1):
        ask(people, "UPDATE auth0db_auth0user SET auth0_id = ?, email = ? WHERE user_id = ?", own_id(user), name + "@example.com", user)
    ask(people, "UPDATE auth0db_auth0user SET email = 'dan@example.com', lane = 'join' WHERE user_id = 4")
    return people


def says(path, user, **columns):
    for column, value in columns.items():
        ask(path, "UPDATE auth0db_auth0user SET %s = ? WHERE user_id = ?" % column, value, user)


def readdress(path, user, email):
    ask(path, "UPDATE auth_user SET email = ? WHERE id = ?", email, user)


def deactivate(path, user):
    ask(path, "UPDATE auth_user SET is_active = 0 WHERE id = ?", user)


def told(path):
    """(ready, in the way, what differs beside that)."""
    report = json.loads(auth0db("status", "--switch-over", "--json", database=path).stdout)
    assert all(row["cure"] for row in report["in_the_way"] + report["differences"])
    return (report["ready"], *({(row["why"], row["reason"]): row["users"] for row in report[name]}
                               for name in ("in_the_way", "differences")))


def test_where_both_sides_are_the_same_nothing_differs(ours):
    readdress(ours, 1, "ANN@example.com")
    says(ours, 2, tenant_username="BOB")
    says(ours, 3, email="")  # as an older package or a site of user names has it: not known
    assert told(ours) == (True, {}, {})


@pytest.mark.parametrize("unsynced, reason", [
    (None, "changed-here"), ("", "changed-here"), ("unavailable", "changed-here"), ("exists", "exists"),
    ("invalid-user", "invalid-user"), ("duplicate-email", "duplicate-email"), ("other-address", "changed-in-both")])
def test_a_new_e_mail_that_auth0_does_not_have_keeps_its_owner_out(ours, unsynced, reason):
    readdress(ours, 2, "new@example.com")
    says(ours, 2, unsynced=unsynced)
    assert told(ours) == (False, {("other-email", reason): 1}, {})
    deactivate(ours, 2)
    says(ours, 2, block="site")
    assert told(ours) == (True, {}, {("other-email", reason): 1}), "an inactive user is kept out by nothing else"


@pytest.mark.parametrize("email", ["", "not-an-address"])
def test_an_e_mail_that_auth0_will_not_take_is_cured_on_the_site(ours, email):
    readdress(ours, 1, email)
    assert told(ours) == (False, {("other-email", "invalid-user"): 1}, {})


def test_the_e_mail_of_an_account_that_was_there_before_is_not_ours_to_change(ours):
    readdress(ours, 4, "new@example.com")
    assert told(ours) == (False, {("other-email", "not-ours"): 1}, {})


def test_of_a_key_given_out_again_the_account_with_the_former_id_is_not_ours(ours):
    readdress(ours, 1, "new@example.com")
    ask(ours, "INSERT INTO auth0db_tombstone (user_id, number, auth0_id, created, state, tries) VALUES (1, 1, 'x', '2026-01-01', 'left', 0)")
    assert told(ours)[1] == {("other-email", "not-ours"): 1}
    says(ours, 1, auth0_id=own_id(1, 1))
    assert told(ours)[1] == {("other-email", "changed-here"): 1}


def printed(key, email):
    """The fingerprint of an address (include/auth0db/addresses.h)."""
    return base64.urlsafe_b64encode(hmac.new(key.encode(), email.encode(), "sha256").digest()[:16]).decode().rstrip("=")


@pytest.mark.parametrize("site, tenant, found", [
    ("old@example.com", "new@example.com", (True, {}, {("other-email", "changed-at-auth0"): 1})),
    ("new@example.com", "old@example.com", (False, {("other-email", "changed-here"): 1}, {})),
    ("this@example.com", "that@example.com", (False, {("other-email", "changed-in-both"): 1}, {}))])
def test_which_address_has_moved_is_told_by_the_fingerprints(ours, site, tenant, found):
    ask(ours, "UPDATE auth0db_auth0site SET digest_key = 'k'")
    then = printed("k", "old@example.com")
    readdress(ours, 1, site)
    says(ours, 1, email=tenant, site_address=then, tenant_address=then)
    assert told(ours) == found
    ask(ours, "UPDATE auth0db_auth0site SET digest_key = NULL")  # then nobody can tell
    assert told(ours)[1] == {("other-email", "changed-in-both"): 1}


@pytest.mark.parametrize("user, unsynced, reason", [
    (1, None, "changed-here"), (1, "username-taken", "username-taken"), (1, "invalid-user", "invalid-user"), (4, None, "not-ours")])
def test_a_new_user_name_that_auth0_does_not_have(ours, user, unsynced, reason):
    says(ours, user, tenant_username="former", unsynced=unsynced)
    assert told(ours) == (False, {("other-user-name", reason): 1}, {})


def test_a_change_of_which_nobody_knows_whether_it_arrived(ours):
    says(ours, 1, syncing="~2026-01-01T00:00:00.000Z")
    assert told(ours) == (False, {("change-in-doubt", ""): 1}, {})


@pytest.mark.parametrize("active, columns, found", [
    (False, {}, {("inactive-here", ""): 1}),
    (False, {"block": ""}, {("inactive-here", ""): 1}),
    (False, {"block": "site"}, {}),
    (False, {"word": "blocked"}, {}),
    (False, {"word": "gone"}, {}),
    (True, {"word": "blocked"}, {("blocked-at-auth0", "by-others"): 1}),
    (True, {"word": "gone"}, {("gone-at-auth0", ""): 1}),
    (True, {"word": "mfa"}, {})])
def test_who_is_active_here_and_who_is_blocked_there(ours, active, columns, found):
    if not active:
        deactivate(ours, 1)
    says(ours, 1, **columns)
    assert told(ours) == (True, {}, found)


def test_a_block_of_ours_that_outlived_its_reason_keeps_somebody_out(ours):
    says(ours, 1, block="site")
    assert told(ours) == (False, {("blocked-at-auth0", "by-the-site"): 1}, {})


def test_who_is_inactive_with_an_account_that_was_there_before_is_not_ours_to_block(ours):
    deactivate(ours, 4)
    assert told(ours) == (True, {}, {("inactive-here", "not-ours"): 1})


def test_who_stays_on_the_site_differs_in_nothing(ours, tmp_path):
    readdress(ours, 1, "new@example.com")
    keys = tmp_path / "keys"
    keys.write_text("1\n")
    words = ("status", "--switch-over", "--keep-local", keys)
    report = json.loads(auth0db(*words, "--json", database=ours).stdout)
    assert (report["ready"], report["staying"], report["staying_moved"], report["moved"]) == (True, 1, 1, 3)
    assert report["in_the_way"] == report["differences"] == []
    shown = auth0db(*words, database=ours).stdout
    assert "with an Auth0 account too" in shown and "a login page for those who stay" in " ".join(shown.split())


def test_deleted_users_are_counted_by_what_became_of_the_account(ours):
    states = ("left", "left", "not-ours", "to-block", "to-delete", "given-up", "blocked", "deleted", "gone", "unknown", "forgotten")
    for number, state in enumerate(states, start=1):
        ask(ours, "INSERT INTO auth0db_tombstone (user_id, number, auth0_id, created, state, tries) "
                  "VALUES (77, ?, 'x', '2026-01-01', ?, 0)", number, state)
    ask(ours, "INSERT INTO auth0db_tombstone (user_id, number, auth0_id, created, state, tries, lifted) "
              "VALUES (78, 1, 'y', '2026-01-01', 'left', 0, '2026-01-02')")  # somebody's account again
    report = json.loads(auth0db("status", "--switch-over", "--json", database=ours).stdout)
    assert report["tombstones"] == {state: states.count(state) for state in states}
    remain = ("left", "not-ours", "to-block", "to-delete", "given-up")
    assert told(ours) == (True, {}, {("deleted-here", state): states.count(state) for state in remain})
    shown = auth0db("status", "--switch-over", database=ours).stdout
    assert [line.split()[-1] for line in shown.splitlines() if "were deleted here" in line] == ["11"]


def test_what_differs_is_shown_in_eighty_columns_with_its_cure(ours):
    readdress(ours, 1, "new@example.com")
    deactivate(ours, 2)
    deactivate(ours, 4)
    says(ours, 3, word="gone")
    done = auth0db("status", "--switch-over", database=ours)
    assert done.returncode == 1 and max(map(len, done.stdout.splitlines())) <= 80
    flat = " ".join(done.stdout.split())
    for words in ("other-email: changed-here", "`manage.py auth0_sync` tells Auth0", "inactive-here: not-ours", "gone-at-auth0"):
        assert words in flat, done.stdout
    readdress(ours, 1, "ann@example.com")
    done = auth0db("status", "--switch-over", database=ours)
    assert done.returncode == 0 and "gone-at-auth0" in done.stdout and "MigrateToAuth0Backend" in done.stdout


# --- which hashes are in step ---------------------------------------------------------------------

UNSALTED = hashlib.md5(b"secret").hexdigest()


def digest(encoded, key=None):
    """A digest of a stored hash (include/auth0db/digests.h)."""
    whole = hmac.new(key.encode(), encoded.encode(), "sha256").digest() if key else bytes.fromhex(IN_STEP)
    return base64.urlsafe_b64encode(whole[:16]).decode().rstrip("=")


@pytest.mark.parametrize("recorded, known, in_step", [("k", "k", True), ("k", "other", False), ("k", None, False)])
def test_a_hash_without_salt_that_a_login_has_recorded_is_in_step_by_the_sites_key(ours, recorded, known, in_step):
    ask(ours, "UPDATE auth_user SET password = ? WHERE id = 1", UNSALTED)
    ask(ours, "UPDATE auth0db_auth0site SET digest_key = ?", known)
    says(ours, 1, sync_digest="", same=digest(UNSALTED, recorded), replaced="", told="")
    assert told(ours) == ((True, {}, {}) if in_step else (False, {("out-of-step", ""): 1}, {}))


def test_a_hash_whose_password_was_replaced_at_auth0_is_in_nobodys_way(ours):
    says(ours, 1, sync_digest="", same="A" * 22, replaced=digest(MD5), told="")
    assert told(ours) == (True, {}, {})


@pytest.mark.parametrize("unpushed, reason, cure", [
    ("weak-password", "weak-password", "choose another one"), ("unsendable-password", "unsendable-password", "72 bytes"),
    ("blocked", "blocked", "unblock them there"), ("not-found", "not-found", "not there any more"),
    ("unavailable", "", "next login tells"), ("", "", "next login tells")])
def test_a_password_that_auth0_did_not_take_has_a_cure_that_works(ours, unpushed, reason, cure):
    says(ours, 1, sync_digest="", same="", replaced="", told="B" * 22, unpushed=unpushed)
    assert told(ours) == (False, {("out-of-step", reason): 1}, {})
    report = json.loads(auth0db("status", "--switch-over", "--json", database=ours).stdout)
    assert [one["why"] for one in report["in_the_way"] if cure in one["cure"]] == ["out-of-step"]


@pytest.mark.parametrize("column", ["same", "replaced"])
def test_while_a_password_waits_that_auth0_does_not_have_no_other_hash_is_in_step(ours, column):
    says(ours, 1, sync_digest="", **{column: digest(MD5), "told": "B" * 22})
    assert told(ours) == (False, {("out-of-step", ""): 1}, {})
