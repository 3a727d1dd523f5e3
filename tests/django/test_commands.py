"""auth0_migrated and auth0_check: what an operator sees."""

import io
import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from auth0db import conf, scopes
from auth0db.models import Holdout
from auth0db.progress import percent
from harness import make_person


def migrated(*options):
    out = io.StringIO()
    call_command("auth0_migrated", *options, stdout=out)
    return out.getvalue()


def check(*options):
    """(all well?, what was printed)"""
    out = io.StringIO()
    try:
        call_command("auth0_check", *options, stdout=out)
    except CommandError:
        return False, out.getvalue()
    return True, out.getvalue()


def findings(level):
    ok, text = check("--json")
    told = json.loads(text)
    assert told["ok"] is ok
    return {
        (finding["setting"], finding["message"])
        for finding in told["findings"]
        if finding["level"] == level
    }


def test_nobody_is_no_percent(tenant):
    assert json.loads(migrated("--json")) == {
        "users": 0,
        "migrated": 0,
        "percent": 0.0,
        "able": 0,
        "percent_of_able": 0.0,
        "inactive": 0,
        "lanes": {},
        "holdouts": {},
        "unpushed": {},
        "reminded": {},
    }


def test_progress_counts_by_lane_and_by_reason(tenant, site, moved):
    for name in ("bob", "cyd"):
        site.login(make_person(name, password="weak"), "weak")
    make_person("dan")
    assert json.loads(migrated("--json")) == {
        "users": 4,
        "migrated": 1,
        "percent": 25.0,
        "able": 4,
        "percent_of_able": 25.0,
        "inactive": 0,
        "lanes": {"login": 1},
        "holdouts": {"weak-password": 2},
        "unpushed": {},
        "reminded": {},
    }
    text = migrated()
    assert text.startswith("25.0% of the users have moved to Auth0: 1 of 4\n")
    assert "weak-password" in text and max(map(len, text.splitlines())) <= 80


def test_who_cannot_move_does_not_count_among_those_who_can(tenant, site, moved):
    for name, reason in (("bob", "no-email"), ("cyd", "must-reset"), ("dan", "duplicate-email")):
        Holdout.objects.create(user=make_person(name), reason=reason, hash_digest="")
    told = json.loads(migrated("--json"))
    assert (told["users"], told["able"], told["percent_of_able"]) == (4, 2, 50.0)
    assert "\n50.0% of those who can: 1 of 2\n" in migrated()


def test_who_is_inactive_does_not_count_among_those_who_can(tenant, site, moved):
    """An import leaves them here. Who has moved and is deactivated later has moved, and nobody counts twice."""
    Holdout.objects.create(user=make_person("bob", is_active=False), reason="no-email", hash_digest="")
    Holdout.objects.create(user=make_person("cyd", is_active=False), reason="must-reset", hash_digest="")
    make_person("dan", is_active=False)
    type(moved).objects.filter(pk=moved.pk).update(is_active=False)
    told = json.loads(migrated("--json"))
    assert (told["users"], told["migrated"], told["inactive"], told["able"], told["percent_of_able"]) == (4, 1, 2, 1, 100.0)
    assert "\n2 inactive, and not moved\n" in migrated()


def test_progress_costs_five_queries(tenant, person):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        migrated()
    # The others only look which of our tables are there, and read no row
    assert sum("COUNT(" in query["sql"] for query in queries.captured_queries) == 5


@pytest.mark.parametrize(
    "part, whole, expected", [(0, 0, 0.0), (1, 3, 33.3), (999999, 1000000, 99.9), (5, 5, 100.0)]
)
def test_hundred_percent_means_everybody(part, whole, expected):
    assert percent(part, whole) == expected


def test_other_applications_of_the_connection_are_named_for_a_push_ends_their_sessions(tenant):
    path = "/connections/" + tenant.api("GET", "/connections")[0]["id"]
    assert all("other applications" not in message for _, message in findings("warning"))
    tenant.api("PATCH", path, {"enabled_clients": [conf.get("AUTH0_CLIENT_ID"), "shop"]})
    said = "other applications use %r, too: a new password on the site ends a user's sessions there"
    assert ("AUTH0_CONNECTION", said % tenant.connection) in findings("warning")


def test_a_fitting_site_is_all_well(tenant):
    ok, text = check()
    assert ok and "error" not in text, text
    assert max(map(len, text.splitlines())) <= 80
    assert findings("error") == findings("warning") == set()
    assert {setting for setting, _ in findings("ok")} >= {
        "AUTH0_DOMAIN",
        "AUTH0_CONNECTION",
        "AUTH0_CLIENT_ID",
        "AUTH0_REQUIRE_USERNAME",
        "AUTH0_CLIENT_IP",
    }


@pytest.mark.parametrize(
    "name, value, blamed",
    [
        ("AUTH0_CONNECTION", "Nowhere", "AUTH0_CONNECTION"),
        ("AUTH0_CLIENT_SECRET", "wrong", "AUTH0_CLIENT_SECRET"),
        ("AUTH0_CLIENT_ID", "wrong", "AUTH0_CLIENT_SECRET"),
        ("AUTH0_REQUIRE_USERNAME", True, "AUTH0_REQUIRE_USERNAME"),
        ("AUTH0_DOMAIN", "http://127.0.0.1:9", "AUTH0_DOMAIN"),
        ("AUTH0_DOMAIN", "", "AUTH0_DOMAIN"),
        ("AUTH0_DOMAIN", "http://tenant.example", "AUTH0_DOMAIN"),
        ("AUTH0_CLIENT_IP", "no.where", "AUTH0_CLIENT_IP"),
        ("AUTH0_DOMAIN", 7, "AUTH0_DOMAIN"),
        ("AUTH0_CLIENT_SECRET", b"not text", "AUTH0_CLIENT_SECRET"),
        ("AUTH0_SITE", "x" * 65, "AUTH0_SITE"),
    ],
)
def test_a_wrong_setting_is_named_with_the_cure(tenant, settings, caplog, name, value, blamed):
    setattr(settings, name, value)
    assert blamed in {setting for setting, _ in findings("error")}
    ok, text = check()
    assert not ok and blamed in text and max(map(len, text.splitlines())) <= 80
    assert caplog.text == ""  # what went wrong is said once, as a finding


def without_a_table(model):
    """A site where `migrate` was forgotten."""
    name = model._meta.db_table
    model._meta.db_table = "auth0db_not_migrated"
    return lambda: setattr(model._meta, "db_table", name)


def test_a_forgotten_migrate_is_told_before_the_first_login_fails(tenant, request):
    assert ("DATABASES", "the migration's tables are there") in findings("ok")
    request.addfinalizer(without_a_table(Holdout))
    assert findings("error") == {("DATABASES", "the database has no table auth0db_not_migrated")}
    assert "migrate auth0db" in check()[1]
    with pytest.raises(CommandError, match="auth0db_not_migrated.*manage.py migrate auth0db"):
        migrated()


def test_who_is_in_the_way_of_switching_over_is_an_answer_not_a_failure(tenant):
    make_person("dan")
    words = [sys.executable, "-m", "django", "auth0_check", "--switch-over"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "In the way" in done.stdout, done.stderr
    assert "CommandError" not in done.stderr


def test_missing_scopes_are_named(tenant):
    tenant.options(scopes=["read:users", "read:connections", "read:clients"])
    [(setting, message)] = findings("error")
    assert setting == "AUTH0_CLIENT_ID" and "create:users, update:users" in message


def test_every_scope_that_a_command_will_want_is_named_before_the_first_is_run(tenant):
    """An import found out about delete:users when it began, and watch about read:logs a day later."""
    wanted = {scope for needs, _ in scopes.TABLE.values() for scope in needs}
    assert {"delete:users", "read:logs", "create:user_tickets"} <= wanted
    assert [text for _, text in findings("warning") if "these commands stop" in text] == []
    for missing in sorted(wanted - set(scopes.needed_by("login"))):
        granted = wanted - {missing}
        tenant.options(scopes=[*granted, "read:clients", "read:mfa_policies"])
        conf._client = None
        told = [text for _, text in findings("warning") if "these commands stop" in text]
        assert len(told) == 1 and told[0].startswith("without %s these commands stop: auth0_" % missing)
    assert scopes.commands_that_need("delete:users") == ["import", "export", "undo"]
    assert scopes.commands_that_need("create:user_tickets") == ["remind --ticket"]


def test_what_the_tenant_leaves_out_is_called_unknown(tenant, settings, scopes_without):
    settings.AUTH0_REQUIRE_USERNAME = True  # wrong, but nobody can tell
    scopes_without("read:connections_options")
    assert findings("error") == set()
    [(setting, message)] = [told for told in findings("warning") if "stop:" not in told[1]]
    assert setting == "AUTH0_CLIENT_ID" and "without read:connections_options" in message
    told = dict(findings("ok"))
    assert "AUTH0_REQUIRE_USERNAME" not in told
    assert "password policy not known" in told["AUTH0_CONNECTION"] and "none" not in told["AUTH0_CONNECTION"]
    tenant.options(connection_options_without_scope=True)
    assert {setting for setting, _ in findings("error")} == {"AUTH0_REQUIRE_USERNAME"}


def test_without_read_clients_the_grant_is_tried(tenant):
    tenant.options(scopes=["read:users", "create:users", "update:users"])
    assert not findings("error")
    assert any("read:clients" in message for _, message in findings("warning"))
    tenant.options(grant_types=["client_credentials"])
    assert any("password grant" in message for _, message in findings("error"))


def test_a_missing_grant_is_named(tenant):
    tenant.options(grant_types=["client_credentials"])
    [(setting, message)] = findings("error")
    assert setting == "AUTH0_CLIENT_ID" and "password grant" in message


def test_an_untrusted_address_is_a_warning(tenant):
    tenant.options(trust_forwarded_for=False)
    [(setting, message)] = [told for told in findings("warning") if "stop:" not in told[1]]
    assert setting == "AUTH0_CLIENT_IP"
    assert check()[0] is True


@pytest.mark.parametrize("ahead, status, words", [
    (None, None, None), (19, None, None), (-19, None, None), (20, "warning", "20 s ahead of"),
    (-59, "warning", "59 s behind"), (60, "error", "60 s ahead of"), (-3600, "error", "3600 s behind"),
])  # fmt: skip
def test_a_clock_that_is_off_is_told(ahead, status, words):
    from auth0db import tenant as asked

    class Client:
        def state(self):
            return {"clock_ahead": ahead}

    found = [(finding.level, words in finding.message) for finding in asked.check_clock(Client())]
    assert found == ([(status, True)] if status else [])


def test_the_clocks_are_compared_whenever_auth0_answers(tenant, site, moved):
    from auth0db import conf

    assert abs(conf.client().state()["clock_ahead"]) <= 2


def test_an_open_breaker_is_told(tenant, site, moved):
    tenant.off()
    for _ in range(10):
        site.login(moved)
    assert any("stopped asking" in message for _, message in findings("warning"))


def test_holdouts_go_with_their_users(tenant, site):
    person = make_person(password="weak")
    site.login(person, "weak")
    person.delete()
    assert not Holdout.objects.exists()


def test_what_a_terminal_does_not_show_is_shown(tenant):
    Holdout.objects.create(user=make_person("bob"), reason="no\u202eemail", hash_digest="")
    assert r"no\u202eemail" in migrated() and "\u202e" not in migrated()
    assert json.loads(migrated("--json"))["holdouts"] == {"no\u202eemail": 1}
