"""The import between a small site and the sandbox: what moves, what does not, and what a rerun does."""
import json
import signal
import time

import pytest

import jobs
import small_site
from ground import Ground
from sandbox import wait_until

IMPORTS = "/api/v2/jobs/users-imports"


def users(n, **changes):
    return [small_site.user(i, **changes) for i in range(1, n + 1)]


# --- the plain case -------------------------------------------------------------------------------


def test_everybody_moves_and_logs_in_with_the_old_password(ground):
    g = ground(users(30))
    ended = g.run("import")
    assert ended.status == 0, ended.errors
    g.check_all_moved(sample=range(1, 31))
    assert ended.report["linked"] == 30 and ended.report["complete"]
    assert ended.report["check"] == {"users": 30, "links": 30, "holdouts": 0, "inactive": 0, "unrecordable_keys": 0, "left": 0}


def test_links_start_in_step_with_the_hash_that_was_sent(ground):
    import hashlib

    g = ground(users(3))
    assert g.run("import").status == 0
    for i, (_, _, _, digest, mark) in g.links().items():
        stored = g.rows[i]["password"].encode()
        assert digest == hashlib.sha256(len(stored).to_bytes(8, "little") + stored).hexdigest()
        assert mark == ""


def test_the_plan_says_what_the_import_then_does(ground):
    g = ground([*users(20), small_site.user(21, email=""), small_site.user(22, password="!unusable"),
                small_site.user(23, email="user1@EXAMPLE.org")])
    plan = g.run("plan").report
    report = g.run("import").report
    assert report["linked"] == plan["fates"]["moves"] == 19
    assert report["held"] == plan["fates"]["must_reset"] + plan["fates"]["holdouts"] == 4
    assert {r["reason"]: r["users"] for r in report["reasons"]} == {
        r["reason"]: r["users"] for r in plan["reasons"]}


def test_a_dry_run_changes_nothing(ground, tenant):
    g = ground(users(5))
    ended = g.run("import", "--dry-run")
    assert ended.status == 0 and ended.report["fates"]["moves"] == 5
    assert g.links() == g.holdouts() == {} and g.batches() == [] and g.tenant_users() == []


def test_a_second_run_sends_nobody_again(ground, tenant):
    g = ground(users(10))
    assert g.run("import").status == 0
    tenant.control("DELETE", "/requests")
    again = g.run("import")
    assert again.status == 0 and again.report["linked"] == 0
    assert not any(call.endswith(IMPORTS) for call in tenant.control("GET", "/requests")["counts"])


def test_who_is_repaired_moves_at_the_next_run_and_the_holdout_goes(ground):
    g = ground([*users(3), small_site.user(4, email="")])
    g.run("import")
    assert g.holdouts() == {4: "no-email"}
    g.sql("UPDATE auth_user SET email = 'user4@example.org' WHERE id = 4")
    assert g.run("import").status == 0
    g.check_all_moved(sample=[4])


def test_limit_moves_so_many_and_the_next_run_the_others(ground):
    g = ground(users(30))
    first = g.run("import", "--limit", "7")
    assert first.status == 0 and len(g.links()) == 7 and not first.report["complete"]
    assert g.run("import").status == 0
    g.check_all_moved()


def test_since_login_selects(ground):
    g = ground([small_site.user(1), small_site.user(2, is_active=False),
                small_site.user(3, last_login="2026-02-03 04:05:06")])
    assert g.run("import", "--since", "2026-01-01").status == 0
    assert set(g.links()) == {3}
    assert g.run("import").status == 0
    assert set(g.links()) == {1, 3}


# --- inactive users -------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], ["--only-active"]], ids=["as it is", "said once more"])
def test_who_is_inactive_stays_and_is_counted(ground, words):
    g = ground([*users(3), small_site.user(4, is_active=False), small_site.user(5, is_active=False, email="")])
    ended = g.run("import", *words)
    assert ended.status == 0 and ended.report["complete"], ended.errors
    assert set(g.links()) == {1, 2, 3} and g.holdouts() == {} and len(g.tenant_users()) == 3
    assert ended.report["check"] == {"users": 5, "links": 3, "holdouts": 0, "inactive": 2, "unrecordable_keys": 0, "left": 0}


def test_plan_and_import_count_the_same_inactive_users(ground):
    g = ground([*users(3), small_site.user(4, is_active=False)])
    before = g.run("plan").report["users"]
    assert (before["all"], before["selected"], before["inactive"]) == (4, 3, 1)
    assert g.run("import").report["check"]["inactive"] == 1
    after = g.run("plan").report["users"]
    assert (after["selected"], after["migrated"], after["inactive"]) == (3, 3, 1)
    assert g.run("import", "--with-inactive").status == 0
    g.check_all_moved()
    after = g.run("plan").report["users"]
    assert (after["migrated"], after["inactive"]) == (4, 0), "who has moved is not counted as staying"


def test_who_is_active_again_moves_with_the_next_import_and_her_password(ground):
    g = ground([*users(2), small_site.user(3, is_active=False)])
    assert g.run("import").status == 0
    g.sql("UPDATE auth_user SET is_active = ? WHERE id = 3", True)
    ended = g.run("import")
    assert ended.status == 0 and ended.report["check"]["inactive"] == 0
    g.check_all_moved(sample=[3])


def test_who_is_held_back_and_inactive_later_counts_once(ground):
    g = ground([*users(2), small_site.user(3, email="")])
    assert g.run("import").status == 0
    g.sql("UPDATE auth_user SET is_active = ? WHERE id = 3", False)
    ended = g.run("import")
    assert ended.status == 0 and g.holdouts() == {3: "no-email"}
    assert (ended.report["check"]["holdouts"], ended.report["check"]["inactive"], ended.report["check"]["left"]) == (1, 0, 0)


def test_who_is_made_inactive_while_an_import_runs_ends_it_no_less(ground, tenant):
    """Between the look at everybody and the reading of her page."""
    g = ground(users(40), room=2500)
    tenant.options(job_ms=400)
    process = g.start("import")
    for line in process.stdout:
        if '"canary"' in line:
            g.sql("UPDATE auth_user SET is_active = ? WHERE id = 40", False)
            break
    ended = g.end(process)
    assert ended.status == 0, ended.errors
    assert set(g.links()) == set(range(1, 40)) and ended.report["check"]["inactive"] == 1


def test_an_import_that_is_cut_off_counts_them_too(ground):
    g = ground([*users(3), small_site.user(4, is_active=False)])
    ended = g.run("import", "--limit", "1")
    check = ended.report["check"]
    assert (check["links"], check["inactive"], check["left"]) == (1, 1, 2) and not ended.report["complete"]


def test_both_words_at_once_are_refused_before_anything_has_changed(ground):
    g = ground(users(2))
    one_line(g.run("import", "--only-active", "--with-inactive"), "opposites")
    assert g.links() == {} and g.tenant_users() == []


def test_with_inactive_who_is_inactive_is_blocked_at_the_tenant(ground, tenant):
    g = ground([small_site.user(1, is_active=False)])
    assert g.run("import", "--with-inactive").status == 0
    assert tenant.grant("user1@example.org", small_site.password_of(1))[0] != 200
    there = tenant.api("GET", "/users/" + g.links()[1][0])[2]
    assert there["blocked"] is True
    assert there["app_metadata"] == {"auth0db_blocked": True}, "ours, to be lifted when the user is active again"


def test_who_was_imported_as_blocked_is_remembered_as_that(ground):
    g = ground([small_site.user(1, is_active=False), small_site.user(2)])
    assert g.run("import", "--with-inactive").status == 0
    assert g.words() == {1: "blocked"}


def test_two_importers_side_by_side_take_nobody_twice(ground):
    g = ground(users(120), room=2500)
    both = [g.start("import") for _ in range(2)]
    ended = [g.end(process) for process in both]
    assert [e.status for e in ended] == [0, 0], [e.errors for e in ended]
    g.check_all_moved(sample=(1, 60, 120))
    assert sum(e.report["linked"] for e in ended) == 120


# --- canaries -------------------------------------------------------------------------------------


def test_each_kind_of_hash_is_proven_by_a_login_and_no_canary_stays(ground):
    g = ground([*users(4), small_site.user(5, password=small_site.pbkdf2(small_site.password_of(5), "s" * 22, 20))])
    ended = g.run("import")
    told = {(e["hasher"], e["parameters"]): e["passed"] for e in ended.told("canary")}
    assert told == {("pbkdf2_sha256", "iterations=10"): True, ("pbkdf2_sha256", "iterations=20"): True,
                    ("sha1", ""): True}
    assert ended.report["failed_kinds"] == []
    assert g.canaries() == [] and g.batches("canary") == ["settled"]
    g.check_all_moved(sample=[5])


def test_a_kind_whose_canary_is_refused_is_held_back_and_the_others_move(ground, tenant):
    g = ground(users(9))
    tenant.fault(job={"rows": [{"at": 1, "code": "PATTERN", "path": "custom_password_hash.hash.value"}]}, count=1)
    ended = g.run("import")
    assert ended.status == 0, ended.errors
    failed, = [e for e in ended.told("canary") if not e["passed"]]
    assert "PATTERN" in failed["detail"]
    assert ended.report["failed_kinds"] == [
        {name: failed[name] for name in ("hasher", "parameters", "users", "detail")}]
    held = {i for i in range(1, 10) if (i % 3 == 0) == (failed["hasher"] == "sha1")}
    assert {i for i, reason in g.holdouts().items() if reason == "canary-failed"} == held
    assert set(g.links()) == set(range(1, 10)) - held
    assert g.canaries() == []


def test_a_wrong_password_that_is_asked_for_a_second_factor_proves_no_other_kind_either(ground, tenant):
    g = ground([small_site.user(i, password=small_site.pbkdf2(small_site.password_of(i), "s" * 22, 10 * i))
                for i in (1, 2)])
    tenant.fault(method="POST", path="/oauth/token", delay_ms=0, count=1)  # the importer's own token
    tenant.fault(method="POST", path="/oauth/token", status=403, count=2,
                 body=json.dumps({"error": "mfa_required", "error_description": "Multifactor", "mfa_token": "x"}))
    ended = g.run("import")
    assert ended.status == 0, ended.errors
    assert [e["passed"] for e in ended.told("canary")] == [False, False]
    assert set(g.holdouts().values()) == {"canary-failed"} and g.canaries() == []


def test_a_user_looked_at_twice_is_held_back_once(ground):
    """The only user of a kind is in a dead process's batch, so its canary flies in a second pass."""
    g = ground([small_site.user(1), small_site.user(2, email="")])
    g.sql("INSERT INTO auth0db_importbatch (id, external_id, kind, status, job_id, owner, users, bytes, linked, held, "
          "released, created, detail) VALUES (1, 'left-behind', 'import', 'claimed', '', '', 1, 1, 0, 0, 0, "
          "'2024-01-01 00:00:00', '')")
    g.sql("INSERT INTO auth0db_importclaim (user_id, batch_id, auth0_id, email, sync_digest) "
          "VALUES (1, 1, 'auth0|000000000000000000000000', 'user1@example.org', '')")
    ended = g.run("import")
    assert ended.status == 0, ended.errors
    assert set(g.links()) == {1} and set(g.holdouts()) == {2}
    assert (ended.report["linked"], ended.report["held"]) == (1, 1)


def test_a_kind_that_failed_is_tried_again_by_the_next_run(ground, tenant):
    g = ground(users(6))
    tenant.fault(job={"rows": [{"all": True, "code": "PATTERN"}]}, count=1)
    assert g.run("import").status == 0 and len(g.holdouts()) == 6
    assert g.run("import").status == 0
    g.check_all_moved(sample=[1, 3])


def with_grants_that(ground, tenant, **fault_of_grants):
    """An import whose canaries meet this when they log in."""
    g = ground([small_site.user(i) for i in (3, 6, 9)])
    tenant.options(job_ms=1500)
    process = g.start("import")
    wait_until(lambda: g.sql("SELECT job_id FROM auth0db_importbatch WHERE kind = 'canary' AND status = 'submitted'"))
    tenant.fault(method="POST", path="/oauth/token", **fault_of_grants)
    tenant.options(job_ms=0)
    ended = g.end(process)
    tenant.control("DELETE", "/faults")
    assert g.canaries() == [] and g.links() == {}
    return g, ended


def test_a_kind_whose_canary_has_the_wrong_password_at_the_tenant_is_held_back(ground, tenant):
    g, ended = with_grants_that(ground, tenant, status=403, body='{"error": "invalid_grant"}')
    assert ended.status == 0, ended.errors
    assert set(g.holdouts().values()) == {"canary-failed"} and len(g.holdouts()) == 3
    failed, = ended.told("canary")
    assert not failed["passed"] and "not its password" in failed["detail"]


def test_a_login_that_is_denied_proves_nothing(ground, tenant):
    g, ended = with_grants_that(ground, tenant, status=403, body='{"error": "access_denied"}')
    assert ended.status == 0, ended.errors
    assert "denied" in ended.told("canary")[0]["detail"] and len(g.holdouts()) == 3


@pytest.mark.parametrize("answer", [
    {"status": 429, "body": '{"error": "too_many_attempts"}'}, {"status": 403, "body": '{"error": "unauthorized_client"}'},
    {"status": 403, "body": "<html>a proxy that does not like us</html>"}])
def test_canaries_that_cannot_log_in_at_all_end_the_run_before_anybody_moves(ground, tenant, answer):
    g, ended = with_grants_that(ground, tenant, **answer)
    assert ended.status != 0 and "--no-canary" in ended.errors and len(ended.errors.splitlines()) == 1
    assert g.holdouts() == {}
    assert g.run("import").status == 0
    g.check_all_moved(sample=[3])


@pytest.mark.parametrize("least, most", [(1, 15), (3, 4), (40, 128)])
def test_canaries_have_names_where_names_are_required(ground, tenant, least, most):
    tenant.options(connection_options={"requires_username": True,
                                       "validation": {"username": {"min": least, "max": most}}})
    g = ground([small_site.user(i, username=f"u{i:02d}".ljust(least, "x")) for i in range(1, 5)])
    ended = g.run("import")
    assert ended.status == 0, ended.errors
    assert all(e["passed"] for e in ended.told("canary")), ended.told("canary")
    g.check_all_moved(sample=[1])


def test_without_canaries_there_is_a_warning_and_without_django_another(ground):
    """A canary proves what the tenant does with a hash of ours; what the site does with it only its own hashers know."""
    g = ground(users(2))
    ended = g.run("import", "--no-canary")
    hashers, canaries = [event["message"] for event in ended.told("warning")]
    assert "site's own hashers" in hashers and "manage.py auth0_import" in hashers and "no canaries" in canaries
    assert ended.status == 0 and ended.told("canary") == []
    g.check_all_moved()


# --- rows that the tenant refuses -----------------------------------------------------------------


@pytest.mark.parametrize("code, path, reason", [
    ("FORMAT", "email", "bad-email"), ("MAX_LENGTH", "given_name", "tenant-refused"),
    ("PATTERN", "username", "bad-username"), ("NOT_PASSED", "custom_password_hash", "bad-hash"),
    ("OBJECT_REQUIRED", "", "tenant-refused"), ("DUPLICATED_USER", "", "half-created"),
    ("CONFLICT", "", "half-created"), ("CONFLICT_EMAIL", "email", "foreign-account"),
    ("CONFLICT_USERNAME", "username", "username-taken"), ("OF_TOMORROW", "", "tenant-refused")])
def test_a_refused_row_is_a_holdout_with_its_reason_and_holds_nobody_else(ground, tenant, code, path, reason):
    g = ground(users(8))
    tenant.fault(job={"rows": [{"email": "user5@example.org", "code": code, "path": path}]})
    ended = g.run("import", "--no-canary")
    assert ended.status == 0, ended.errors
    assert g.holdouts() == {5: reason}
    g.check_all_moved(held={5}, sample=[4])


def test_a_code_of_tomorrow_costs_no_second_submission(ground, tenant):
    g = ground(users(4))
    tenant.fault(job={"rows": [{"email": "user2@example.org", "code": "OF_TOMORROW", "message": "News"}]}, count=1)
    assert g.run("import", "--no-canary").status == 0
    assert g.holdouts() == {2: "tenant-refused"} and len(g.batches()) == 1
    assert g.sql("SELECT detail FROM auth0db_holdout") == [("OF_TOMORROW: News",)]
    assert g.run("import", "--no-canary", "--retry-held").status == 0
    g.check_all_moved(sample=[2])


@pytest.mark.parametrize("codes", ["recorded", "documented"])
def test_who_is_in_the_way_is_named_whatever_the_tenant_calls_it(ground, tenant, codes):
    """Three refusals that the recorded code does not tell apart: their cures are not the same."""
    tenant.options(import_codes=codes, connection_options={
        "requires_username": True, "validation": {"username": {"min": 1, "max": 15}}})
    g = ground([small_site.user(i, username=f"u{i}") for i in range(1, 6)])
    for email, name in [("user2@example.org", "stranger"), ("stranger@example.org", "u3")]:
        status, _, other = tenant.api("POST", "/users", {
            "connection": tenant.connection, "email": email, "username": name, "password": "An0ther-pass",
            "verify_email": False})
        assert status == 201, other
    tenant.control("POST", "/half-created", {"email": "user4@example.org"})
    ended = g.run("import", "--no-canary")
    assert ended.status == 0, ended.errors
    assert g.holdouts() == {2: "foreign-account", 3: "username-taken", 4: "half-created"}


@pytest.mark.parametrize("field, reason", [("email", "bad-email"), ("username", "bad-username")])
def test_a_rule_that_is_named_at_the_identity_is_held_against_the_right_field(ground, tenant, field, reason):
    g = ground(users(3))
    place = f"identities[0].profileData.{field}"
    tenant.fault(job={"rows": [{"email": "user2@example.org", "code": "INVALID_FORMAT", "path": place,
                                "message": f"Error in {place} property - Object didn't pass validation"}]})
    assert g.run("import", "--no-canary").status == 0
    assert g.holdouts() == {2: reason} and len(g.batches()) == 1


def test_a_profile_that_auth0_finds_too_large_is_called_so(ground, tenant):
    g = ground(users(3))
    tenant.fault(job={"rows": [{"email": "user2@example.org", "code": "PROFILE_SIZE_EXCEEDED"}]})
    assert g.run("import", "--no-canary").status == 0
    assert g.holdouts() == {2: "too-large"} and len(g.batches()) == 1


def test_somebody_else_with_that_email_is_left_alone(ground, tenant):
    g = ground(users(4))
    status, _, other = tenant.api("POST", "/users", {
        "connection": tenant.connection, "email": "user3@example.org", "password": "An0ther-pass", "verify_email": False})
    assert status == 201, other
    assert g.run("import").status == 0
    assert g.holdouts() == {3: "foreign-account"} and set(g.links()) == {1, 2, 4}
    assert tenant.grant("user3@example.org", "An0ther-pass")[0] == 200


def test_half_created_users_are_named_and_move_once_they_are_cleared_away(ground, tenant):
    g = ground(users(3))
    tenant.control("POST", "/half-created", {"email": "user2@example.org"})
    assert g.run("import").status == 0
    assert g.holdouts() == {2: "half-created"}
    assert tenant.api("DELETE", f"/connections/{tenant.connection_id}/users?email=user2@example.org")[0] == 204
    again = g.run("import")
    assert again.report["linked"] == 0 and g.holdouts() == {2: "half-created"}
    assert g.run("import", "--retry-held").status == 0
    g.check_all_moved(sample=[2])


def test_factors_that_fail_leave_their_owner_moved_and_counted(ground, tenant):
    g = ground(users(3))
    tenant.fault(job={"rows": [{"email": "user2@example.org", "code": "MFA_FACTORS_FAILED"}]}, count=1)
    ended = g.run("import", "--no-canary")
    assert ended.status == 0 and ended.report["without_second_factor"] == 1
    g.check_all_moved()


# --- jobs that go wrong ---------------------------------------------------------------------------


def test_a_job_that_fails_whole_is_sent_again_in_halves(ground, tenant):
    g = ground(users(12), room=0)
    tenant.fault(job={"fail": True}, count=3)
    assert g.run("import", "--no-canary").status == 0
    g.check_all_moved(sample=[1, 12])
    assert len(g.batches()) >= 4


def test_a_tenant_that_fails_every_job_ends_the_run_with_everybody_free(ground, tenant):
    g = ground(users(40), room=0)
    tenant.fault(job={"fail": True, "details": "no such luck"})
    ended = g.run("import", "--no-canary")
    assert ended.status != 0 and "no such luck" in ended.errors and g.links() == g.holdouts() == {}
    tenant.control("DELETE", "/faults")
    assert g.run("import").status == 0
    g.check_all_moved()


@pytest.mark.parametrize("job", [{"lost": True}, {"stall": True, "after": 5}, {"stall": True, "after": 1000}])
def test_a_job_that_is_gone_or_never_ends_is_settled_by_looking_at_the_tenant(ground, tenant, job):
    g = ground(users(10), room=0)
    tenant.fault(job=job, count=1)
    ended = g.run("import", "--no-canary", "--hasten", "3000")
    assert ended.status == 0, ended.errors
    g.check_all_moved(sample=[1, 9])


def test_a_lost_answer_makes_nobody_twice(ground, tenant):
    g = ground(users(25))
    tenant.fault(method="POST", path=IMPORTS, execute=True, drop=True, count=2)
    assert g.run("import", "--no-canary").status == 0
    g.check_all_moved(sample=[1, 25])


def test_a_password_that_changed_behind_a_lost_answer_is_not_taken_for_the_sent_one(ground, tenant):
    """The tenant has the old password, the site a newer one: the link must not say that they agree."""
    g = ground(users(2))
    tenant.options(job_ms=3_600_000)
    tenant.fault(method="POST", path=IMPORTS, execute=True, drop=True, count=1)
    process = g.start("import", "--no-canary")
    wait_until(lambda: [r for r in tenant.control("GET", "/requests")["requests"] if r["path"] == IMPORTS])
    process.send_signal(signal.SIGKILL)
    assert g.end(process).killed
    tenant.control("POST", "/clock", {"seconds": 3600})
    wait_until(lambda: len(g.tenant_users()) == 2)
    g.sql("UPDATE auth_user SET password = ?", small_site.pbkdf2("newer", "s" * 22))
    ended = g.run("import", "--no-canary")
    assert ended.status == 0, ended.errors
    assert [(digest, mark) for _, _, _, digest, mark in g.links().values()] == [("", ""), ("", "")]
    assert g.logs_in(1) and g.logs_in(2)


def test_a_password_set_at_the_tenant_behind_a_lost_answer_rules(ground, tenant):
    """What the tenant was given after the lost job came through is newer than what was sent; nothing of the
    site's may be pushed over it."""
    g = ground(users(1))
    tenant.fault(method="POST", path=IMPORTS, execute=True, drop=True, count=1)
    process = g.start("import", "--no-canary")
    wait_until(g.claims)
    (auth0_id,), = g.sql("SELECT auth0_id FROM auth0db_importclaim")
    until = time.monotonic() + 30
    while tenant.api("PATCH", f"/users/{auth0_id}", {"password": "An0ther-pass"})[0] != 200:
        assert time.monotonic() < until
    ended = g.end(process)
    assert ended.status == 0, ended.errors
    (_, _, lane, digest, mark), = g.links().values()
    assert (lane, len(digest)) == ("bulk", 64)
    assert mark in ("?", "")  # "": settled before the password was set
    assert tenant.grant("user1@example.org", "An0ther-pass")[0] == 200


@pytest.mark.parametrize("failure", [
    {"path": "/api/v2/jobs/*/errors", "status": 500}, {"path": "/api/v2/jobs/", "status": 503, "count": 3},
    {"method": "POST", "path": IMPORTS, "status": 429, "count": 3},
    {"method": "POST", "path": IMPORTS, "kind": "html", "count": 2},
    {"path": "/api/v2/jobs/", "kind": "malformed", "count": 2},
    {"method": "GET", "path": "/api/v2/users", "status": 503, "count": 4}])
def test_transient_failures_cost_time_and_nobody(ground, tenant, failure):
    g = ground([*users(10), small_site.user(11, email="other@example.org")])
    tenant.api("POST", "/users", {"connection": tenant.connection, "email": "other@example.org",
                                  "password": "An0ther-pass", "verify_email": False})
    tenant.fault(**failure)
    ended = g.run("import", "--no-canary", "--hasten", "20")
    assert ended.status == 0, ended.errors
    assert g.holdouts() == {11: "foreign-account"}
    g.check_all_moved(held={11}, others={"other@example.org"})


def test_somebody_elses_jobs_are_waited_for(ground, tenant):
    g = ground(users(6))
    tenant.options(job_ms=2500)
    theirs = [{"email": f"theirs{i}@example.org"} for i in range(2)]
    assert [jobs.submit(tenant, [one])[0] for one in theirs] == [202, 202]
    process = g.start("import", "--no-canary")
    time.sleep(1)
    assert g.links() == {} and process.poll() is None
    ended = g.end(process)
    assert ended.status == 0, ended.errors
    g.check_all_moved(others={one["email"] for one in theirs})


# --- interrupted ----------------------------------------------------------------------------------


def test_interrupted_it_says_how_to_go_on_and_does(ground, tenant):
    g = ground(users(60))
    tenant.options(job_ms=3000)
    process = g.start("import", "--no-canary")
    wait_until(lambda: len(g.batches()) >= 2)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    ended = g.end(process)
    assert time.monotonic() - began < 10
    assert ended.status != 0 and "INTERRUPTED" in ended.errors and not ended.report["complete"]
    assert "again" in ended.report["next"]
    tenant.options(job_ms=0)
    assert g.run("import").status == 0
    g.check_all_moved(sample=[1, 60])


def test_interrupted_among_the_canaries_it_takes_them_away(ground, tenant):
    g = ground(users(6))
    tenant.fault(path="/oauth/token", delay_ms=700, count=6)
    process = g.start("import")
    wait_until(lambda: g.batches("canary"))
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert "INTERRUPTED" in g.end(process).errors
    assert g.canaries() == [] and g.links() == {}


# --- somebody logs in meanwhile -------------------------------------------------------------------


def test_a_login_and_a_batch_meet_in_the_same_tenant_user(ground, tenant):
    """The login made the tenant user while its owner was claimed: one user, and the login's link stays."""
    g = ground(users(4))
    tenant.options(job_ms=2000)
    process = g.start("import", "--no-canary")
    wait_until(g.claims)
    (auth0_id,), = g.sql("SELECT auth0_id FROM auth0db_importclaim WHERE user_id = 2")
    made = tenant.api("POST", "/users", {
        "connection": tenant.connection, "user_id": auth0_id.split("|")[1], "email": "user2@example.org",
        "password": small_site.password_of(2) + " Aa1!", "verify_email": False})
    assert made[0] in (201, 409), made
    g.sql("INSERT INTO auth0db_auth0user (user_id, auth0_id, email, created, lane, sync_digest, tenant_mark, unpushed) "
          "VALUES (2, ?, 'user2@example.org', '2026-01-01 00:00:00', 'login', 'd', '', '')", auth0_id)
    ended = g.end(process)
    assert ended.status == 0, ended.errors
    assert g.links()[2] == (auth0_id, "user2@example.org", "login", "d", "")
    assert len(g.links()) == len(g.tenant_users()) == 4 and g.claims() == []


# --- errors before anything has changed -----------------------------------------------------------


def one_line(ended, *words):
    assert ended.status != 0 and len(ended.errors.strip().splitlines()) == 1, ended.errors
    for word in words:
        assert word in ended.errors, ended.errors


def test_what_is_wrong_is_said_in_one_line_before_anything_has_changed(ground, tenant):
    g = ground(users(2))
    one_line(g.run("import", DATABASE_URL=f"sqlite:///{g.folder}/none.db"), "none.db")
    one_line(g.run("import", DATABASE_URL="oracle://x/y"), "DATABASE_URL")
    one_line(g.run("import", AUTH0_CONNECTION="Elsewhere"), "AUTH0_CONNECTION", "Elsewhere")
    one_line(g.run("import", AUTH0_CLIENT_SECRET="wrong"))
    one_line(g.run("import", AUTH0_DOMAIN="http://127.0.0.1:9"), "UNREACHABLE")
    g.sql("DROP TABLE auth0db_importclaim")
    one_line(g.run("import"), "auth0db_importclaim")
    assert g.links() == {} and g.tenant_users() == []


CONNECTION = ["read:connections", "read:connections_options"]
ENOUGH = [*CONNECTION, "create:users", "read:users", "delete:users"]


@pytest.mark.parametrize("command, needed", [
    (["plan"], CONNECTION), (["import"], ENOUGH), (["import", "--no-canary"], ENOUGH[:4]),
    (["undo"], [ENOUGH[0], *ENOUGH[3:]]), (["undo", "--dry-run"], [ENOUGH[0], ENOUGH[3]]),
    (["settle"], [ENOUGH[0], ENOUGH[3]])])
def test_a_scope_that_is_missing_is_named_before_anything_has_changed(ground, tenant, command, needed):
    g = ground(users(3))
    for missing in needed:
        tenant.ask("PATCH", "/sandbox/options", {"scopes": [scope for scope in ENOUGH if scope != missing]})
        ended = g.run(*command)
        one_line(ended, "AUTH0_CLIENT_ID", f"lacks {missing}:")
        assert g.tenant_users() == [] and g.batches() == g.batches("canary") == g.batches("undo") == []
    tenant.ask("PATCH", "/sandbox/options", {"scopes": needed})
    ended = g.run(*command)
    assert ended.status == 0, ended.errors


def test_all_scopes_that_are_missing_are_named_at_once_also_of_a_token_of_ones_own(ground, tenant):
    g = ground(users(3))
    ended = g.run("import", AUTH0_CLIENT_SECRET="", user_jwt=tenant.token("read:connections read:userss"))
    one_line(ended, "AUTH0_USER_JWT", "lacks read:connections_options, create:users, read:users, delete:users:")
    assert g.tenant_users() == [] and g.batches("canary") == []
    ended = g.run("import", "--no-canary", AUTH0_CLIENT_SECRET="", user_jwt=tenant.token(" ".join(ENOUGH[:4])))
    assert ended.status == 0, ended.errors
    g.check_all_moved()


@pytest.mark.parametrize("run, stops", [
    (["plan"], True), (["import"], True), (["remind", "--dry-run"], True), (["settle"], False), (["undo"], False)])
def test_options_that_the_tenant_leaves_out_are_no_defaults(ground, tenant, run, stops):
    """As it looks where a token does not tell its scopes: only the answer shows what it lacks."""
    g = ground(users(3))
    _, _, [shown] = tenant.api("GET", f"/connections?name={tenant.connection}")
    del shown["options"]
    shown["enabled_clients"] = [tenant.client_id]  # or it would be asked for
    tenant.fault(method="GET", path="/api/v2/connections", status=200, body=json.dumps([shown]))
    ended = g.run(*run)
    tenant.control("DELETE", "/faults")
    if stops:
        one_line(ended, "read:connections_options")
    else:
        assert ended.status == 0, ended.errors
    assert g.tenant_users() == [] and g.batches() == g.batches("canary") == [] and g.holdouts() == {}


def test_an_export_needs_scopes_for_its_canaries_alone(ground, tenant):
    g = ground(users(3))
    tenant.ask("PATCH", "/sandbox/options", {"scopes": CONNECTION})
    ended = g.run("export", "--folder", str(g.folder / "out"))
    one_line(ended, "AUTH0_CLIENT_ID", "lacks create:users, read:users, delete:users:")
    assert not (g.folder / "out").exists()
    ended = g.run("export", "--no-canary", "--folder", str(g.folder / "out"))
    assert ended.status == 0 and ended.report["users"] == 3, ended.errors


def test_a_database_that_takes_no_rows_is_found_out_first(ground, tenant):
    g = ground(users(2))
    ended = g.run("import", DATABASE_URL=g.url + "?mode=ro")
    one_line(ended)
    assert g.tenant_users() == []


# --- hostile rows ---------------------------------------------------------------------------------

MALFORMED = [None, b"\xff\xfe\x00", "x" * 1_000_000, "\x00", "'; DROP TABLE auth_user; --", '"}],[{"', "\ud83d".encode(
    "utf-8", "surrogatepass"), "0000-00-00 00:00:00", -1, 2 ** 63 - 1, 1.5, "\u202e\u0000\u2028", "İ@ß.com", "a@b@c",
           "$$$", "pbkdf2_sha256$99999999999999999999$s$h", "argon2$$$$$", "bcrypt$$2b$99$", "md5$$", "!" * 41]


def test_a_malformed_column_is_a_holdout_or_moves_and_never_stops_the_others(folder, tenant):
    loose = ", ".join(f"{name} {'INTEGER PRIMARY KEY' if name == 'id' else ''}" for name in small_site.COLUMNS)
    create, small_site.CREATE["sqlite"] = small_site.CREATE["sqlite"], f"CREATE TABLE auth_user ({loose})"
    hostile, i = [], 1000
    for column in small_site.COLUMNS[1:]:
        for value in MALFORMED:
            i += 1
            hostile.append(small_site.user(i, **{column: value}))
    try:
        g = Ground(folder, tenant, [*users(10), *hostile], room=20000)
    finally:
        small_site.CREATE["sqlite"] = create
    ended = g.run("import")
    assert ended.status == 0 and ended.report["complete"], ended.errors
    assert ended.report["check"]["inactive"] > 0
    ended = g.run("import", "--with-inactive")
    assert ended.status == 0, ended.errors
    assert ended.report["complete"] and ended.report["check"]["left"] == 0
    links, holdouts = set(g.links()), set(g.holdouts())
    assert links | holdouts == {*range(1, 11), *(row["id"] for row in hostile)} and not links & holdouts
    assert set(range(1, 11)) <= links
    assert len(g.tenant_users()) == len(links)
    for row in hostile[:: len(MALFORMED)]:
        if row["id"] in links and row["is_active"] is True:
            assert g.logs_in(row["id"])


def test_memory_does_not_grow_with_the_site(ground):
    g = ground(users(20000), room=0)
    process, most = g.start("import", "--no-canary"), 0
    while process.poll() is None:
        try:
            told = open(f"/proc/{process.pid}/status").read()
            most = max([most, *(int(line.split()[1]) for line in told.splitlines() if line.startswith("VmHWM"))])
        except OSError:
            pass
        time.sleep(0.01)
    assert g.end(process).status == 0
    assert 1024 < most < 64 * 1024


# --- secrets --------------------------------------------------------------------------------------


def test_no_hash_is_said_written_or_shown(ground, tenant):
    g = ground(users(20))
    tenant.options(job_ms=800)
    process = g.start("import")
    seen = set()
    while process.poll() is None:
        for name in ("cmdline", "environ"):
            try:
                seen.add(open(f"/proc/{process.pid}/{name}", "rb").read())
            except OSError:
                pass
        seen.update(path.read_bytes() for path in g.folder.iterdir() if not path.name.startswith("site.db"))
        time.sleep(0.05)
    ended = g.end(process)
    assert ended.status == 0
    said = ended.errors + str(ended.events)
    for row in g.rows.values():
        digest = row["password"].split("$")[-1].rstrip("=")
        assert digest not in said and not any(digest.encode() in text for text in seen)
    ours = "".join(str(g.sql(f"SELECT * FROM {table}")) for table in (
        "auth0db_auth0user", "auth0db_holdout", "auth0db_importbatch", "auth0db_importclaim"))
    assert not any(row["password"].split("$")[-1].rstrip("=") in ours for row in g.rows.values())

