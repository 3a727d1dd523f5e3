"""remind against a tenant in trouble: an answer that is lost is settled, not guessed."""
import json
import re
from collections import Counter

import pytest

import small_site

STUCK = "bcrypt_sha256$$2b$12$" + "a" * 53  # Auth0 takes no such hash
FAST = ("--rate", "60000", "--settle-after", "2")
MAIL = "/dbconnections/change_password"
PLAN = json.dumps({"statusCode": 403, "error": "Forbidden", "errorCode": "insufficient_entitlement",
                   "message": "Please upgrade your subscription to read logs"})


def stuck(i, **changes):
    return small_site.user(i, password=STUCK, **changes)


def mailed(g):
    return Counter(mail["to"] for mail in g.tenant.mails(limit=5000))


def statuses(g):
    return dict(g.sql("SELECT user_id, status FROM auth0db_reminder"))


def once(*numbers):
    return Counter({f"user{i}@example.org": 1 for i in numbers})


def test_each_is_mailed_and_a_second_run_mails_nobody(ground):
    g = ground([stuck(1), stuck(2), small_site.user(4)])
    first = g.run("remind", *FAST)
    assert (first.status, first.report["sent"]) == (0, 2), first.errors
    assert mailed(g) == once(1, 2)
    again = g.run("remind", *FAST)
    assert (again.report["sent"], again.report["users"]["reminded_before"]) == (0, 2)
    assert mailed(g) == once(1, 2)


def test_nobody_knows_the_password_that_the_tenant_user_is_made_with(ground):
    g = ground([stuck(1, email="Ann@Example.org")])
    assert g.run("remind", *FAST).status == 0
    (user,) = g.tenant_users()
    assert user["email"] == "ann@example.org"
    text = str(g.sql("SELECT * FROM auth0db_reminder"))
    assert re.search(r"[A-Z][a-z][0-9]\W[A-Z][a-z][0-9]", text) is None, "the password is on record"
    assert g.links() == {}


def test_the_mails_answer_that_is_lost_is_found_in_the_tenants_log(ground):
    g = ground([stuck(1), stuck(2), stuck(3)])
    g.tenant.fault(method="POST", path=MAIL, execute=True, drop=True, count=1)
    ended = g.run("remind", *FAST)
    assert ended.status == 0, ended.errors
    assert (ended.report["sent"], ended.report["settled"], ended.report["in_air"]) == (2, 1, 0)
    assert mailed(g) == once(1, 2, 3)
    assert set(statuses(g).values()) == {"sent"}


def test_a_request_for_a_mail_that_was_lost_on_its_way_is_made_again(ground):
    g = ground([stuck(1), stuck(2), stuck(3)])
    g.tenant.fault(method="POST", path=MAIL, execute=False, drop=True, count=1)
    ended = g.run("remind", *FAST)
    assert ended.status == 0, ended.errors
    assert mailed(g) == once(1, 2, 3)
    assert set(statuses(g).values()) == {"sent"}


def test_without_the_log_it_stays_in_the_air_and_is_not_repeated(ground):
    g = ground([stuck(1), stuck(2)])
    g.tenant.fault(method="POST", path=MAIL, execute=True, drop=True, count=1)
    g.tenant.fault(method="GET", path="/api/v2/logs", status=403)
    ended = g.run("remind", *FAST)
    assert (ended.status, ended.report["in_air"]) == (0, 1), ended.errors
    assert any("read:logs" in event["message"] for event in ended.told("warning"))
    assert mailed(g) == once(1, 2)
    assert sorted(statuses(g).values()) == ["in-air", "sent"]


def entry(**members):
    return {"log_id": "1", "date": "2026-01-31T12:00:00.000Z", "type": "scpr", **members}


@pytest.mark.parametrize("entries, end", [
    ([entry(user_name="USER1@example.org")], "sent"), ([entry(user_name="somebody@example.org")], "again"),
    ([entry()], "in-air"), ([entry(user_id="auth0|somebody")], "again"), ([], "again"),
    ([entry(user_id=f"auth0|x{i}") for i in range(100)], "in-air")])
def test_a_log_that_does_not_name_the_user_makes_no_second_mail(ground, entries, end):
    """scpr has a user_id or not. A mail that has left and is nobody's by the log may have been this one."""
    g = ground([stuck(1)])
    g.tenant.fault(method="POST", path=MAIL, execute=True, drop=True, count=1)
    g.tenant.fault(method="GET", path="/api/v2/logs", status=200, body=json.dumps(entries))
    ended = g.run("remind", *FAST)
    assert ended.status == 0, ended.errors
    assert statuses(g) == {1: "in-air" if end == "in-air" else "sent"}
    assert len(g.tenant.mails()) == (2 if end == "again" else 1)
    assert bool(ended.told("warning")) == (end == "in-air")


def test_a_plan_without_a_log_is_not_taken_for_a_missing_scope(ground):
    g = ground([stuck(1)])
    g.tenant.fault(method="POST", path=MAIL, execute=True, drop=True, count=1)
    g.tenant.fault(method="GET", path="/api/v2/logs", status=403, body=PLAN)
    (warning,) = g.run("remind", *FAST).told("warning")
    assert "plan does not include" in warning["message"] and "read:logs" not in warning["message"]


def test_the_answer_to_a_creation_that_is_lost_makes_no_second_user(ground):
    g = ground([stuck(1), stuck(2)])
    g.tenant.fault(method="POST", path="/api/v2/users", execute=True, drop=True, count=1)
    ended = g.run("remind", *FAST)
    assert ended.status == 0, ended.errors
    assert mailed(g) == once(1, 2) and len(g.tenant_users()) == 2


def test_a_throttled_mail_waits_and_leaves_later(ground):
    g = ground([stuck(1), stuck(2)])
    g.tenant.fault(method="POST", path=MAIL, status=429, count=1)
    ended = g.run("remind", *FAST)
    assert ended.status == 0, ended.errors
    assert mailed(g) == once(1, 2)


def test_a_tenant_that_is_down_ends_the_run_and_the_next_goes_on(ground):
    g = ground([stuck(1), stuck(2)])
    g.tenant.fault(method="POST", path=MAIL, status=401)
    assert g.run("remind", *FAST).status != 0
    assert mailed(g) == Counter()
    g.tenant.control("DELETE", "/faults")
    assert g.run("remind", *FAST).status == 0
    assert mailed(g) == once(1, 2)


def test_another_tenant_user_with_the_e_mail_is_left_alone(ground):
    g = ground([stuck(1), stuck(2)])
    status, _, _ = g.tenant.api("POST", "/users", {"connection": g.tenant.connection, "email": "user1@example.org",
                                                   "password": "Corr3ct horse", "verify_email": False})
    assert status == 201
    assert g.run("remind", *FAST).status == 0
    assert mailed(g) == once(2)
    assert g.holdouts() == {1: "foreign-account"} and set(statuses(g)) == {2}
    assert g.tenant.grant("user1@example.org", "Corr3ct horse")[0] == 200
    assert g.run("remind", *FAST).report["users"]["held"] == 1


def test_a_wave_ends_at_its_limit_and_the_next_begins_behind_it(ground):
    g = ground([stuck(i) for i in range(1, 6)])
    sizes = [g.run("remind", "--limit", "2", *FAST).report["sent"] for _ in range(4)]
    assert sizes == [2, 2, 1, 0]
    assert mailed(g) == once(1, 2, 3, 4, 5)


def test_mails_leave_at_the_pace_that_was_asked_for(ground):
    g = ground([stuck(i) for i in range(1, 4)])
    g.run("remind", "--rate", "60")
    times = [row[0] for row in g.sql("SELECT strftime('%s', sent) FROM auth0db_reminder ORDER BY sent")]
    assert int(times[-1]) - int(times[0]) >= 1, "three mails in less than two seconds"


def test_users_who_share_an_email_are_counted_and_not_mailed(ground):
    g = ground([stuck(1, email="twin@example.org"), stuck(2, email="Twin@example.org"), stuck(3)])
    ended = g.run("remind", *FAST)
    assert mailed(g) == once(3)
    assert ended.report["left"] == [{"reason": "duplicate-email", "users": 2}]


@pytest.mark.parametrize("stage", ["before", "after"])
def test_an_import_takes_nobody_who_was_reminded(ground, stage):
    """Their hash may be one that moves by then: the tenant user has another password."""
    g = ground([stuck(1), small_site.user(2)])
    assert g.run("remind", *FAST).status == 0
    if stage == "after":
        g.sql("UPDATE auth_user SET password = ? WHERE id = 1", small_site.user(1)["password"])
    ended = g.run("import")
    assert ended.status == 0, ended.errors
    assert set(g.links()) == {2}
    assert g.holdouts() == {1: "must-reset"}


@pytest.mark.parametrize("options, needed", [
    ((), ["read:connections", "read:connections_options", "read:users", "create:users"]),
    (("--dry-run",), ["read:connections", "read:connections_options", "read:users"])])
def test_a_scope_that_is_missing_is_named_before_anybody_is_mailed(ground, options, needed):
    g = ground([stuck(1)])
    for missing in needed:
        g.tenant.ask("PATCH", "/sandbox/options", {"scopes": [scope for scope in needed if scope != missing]})
        ended = g.run("remind", *FAST, *options)
        assert ended.status != 0 and f"lacks {missing}:" in ended.errors, ended.errors
    assert statuses(g) == {} and not mailed(g)
    g.tenant.ask("PATCH", "/sandbox/options", {"scopes": needed})
    assert g.run("remind", *FAST, *options).status == 0
