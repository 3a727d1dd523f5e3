"""What the tenant would refuse is refused before anything has changed; what shows later is recorded and tried again."""

import time

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError

from auth0db.forms import SetPasswordForm
from auth0db.models import Auth0User
from harness import NEWER, PASSWORD, make_person
from test_forms import reset_page

POLICY = {"NAME": "auth0db.validators.TenantPasswordPolicy"}
SYNC = {"NAME": "auth0db.validators.Auth0PasswordSync"}
CONNECTION = "GET /api/v2/connections"


@pytest.fixture(autouse=True)
def validators(settings):
    settings.AUTH_PASSWORD_VALIDATORS = [POLICY, SYNC]


def faults(password, user=None):
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {each.code for each in error.error_list}
    return set()


@pytest.mark.parametrize(
    "options, password, expected",
    [
        ({"passwordPolicy": "none"}, "x", set()),
        ({"passwordPolicy": "good"}, "Ab1", {"password_too_short"}),
        ({"passwordPolicy": "good"}, "abcdefgh", {"password_kinds"}),
        ({"passwordPolicy": "fair"}, "abc", {"password_too_short", "password_kinds"}),
        ({"passwordPolicy": "excellent"}, "Aaaabcd-1234", {"password_repeated"}),
        (
            {"passwordPolicy": "low", "password_complexity_options": {"min_length": 12}},
            "elevenchars",
            {"password_too_short"},
        ),
        (
            {"password_dictionary": {"enable": True, "dictionary": ["Acme-2024"]}},
            "acme-2024",
            {"password_common"},
        ),
        ({"password_dictionary": {"enable": True, "dictionary": []}}, "letmein", {"password_common"}),
        ({"password_dictionary": {"enable": False, "dictionary": ["acme"]}}, "acme", set()),
        ({"password_no_personal_info": {"enable": True}}, "xADAx-Lovelace", {"password_personal"}),
        ({"password_no_personal_info": {"enable": False}}, "xADAx-Lovelace", set()),
    ],
)
def test_the_site_refuses_what_the_tenant_would(tenant, person, options, password, expected):
    tenant.connection_options(**{"passwordPolicy": "none", **options})
    assert faults(password, person) == expected
    body = {"connection": tenant.connection, "email": person.email, "password": password}
    status = tenant.sandbox.api("POST", "/users", body)[0]
    assert status == (400 if expected else 201), "the site and the tenant differ"


def test_a_form_refuses_before_anything_has_changed(tenant, site, moved):
    browser, page = reset_page(moved)
    before = get_user_model().objects.get(pk=moved.pk).password
    tenant.clear_requests()
    answer = browser.post(page, {"new_password1": "abc", "new_password2": "abc"})
    text = answer.content.decode()
    assert "at least 8 characters" in text and "at least 3 of these" in text
    assert get_user_model().objects.get(pk=moved.pk).password == before
    assert tenant.requests()["counts"].get("PATCH /api/v2/users/{id}") is None
    assert browser.post(page, {"new_password1": NEWER, "new_password2": NEWER}).status_code == 302
    assert tenant.accepts(moved.email, NEWER)


def test_what_is_wanted_is_said_on_the_form(tenant, person):
    tenant.connection_options(
        passwordPolicy="excellent",
        password_history={"enable": True, "size": 5},
        password_dictionary={"enable": True},
        password_no_personal_info={"enable": True},
    )
    text = " ".join(password_validators_help_texts())
    for words in ("10 characters", "3 of these", "identical", "common", "personal", "last 5"):
        assert words in text, text


@pytest.fixture
def five_minutes_pass(monkeypatch):
    now = time.monotonic
    return lambda: monkeypatch.setattr(time, "monotonic", lambda: now() + 300)


def test_the_policy_is_asked_for_once(tenant, person, five_minutes_pass):
    for _ in range(3):
        assert faults("abc", person)
    assert tenant.requests()["counts"][CONNECTION] == 1
    five_minutes_pass()
    assert faults("abc", person)
    assert tenant.requests()["counts"][CONNECTION] == 2


def test_a_policy_that_was_changed_counts_five_minutes_later(tenant, person, five_minutes_pass):
    assert faults("abc", person)
    tenant.connection_options(passwordPolicy="none")
    assert faults("abc", person)
    five_minutes_pass()
    assert faults("abc", person) == set()


def test_where_a_setting_is_wrong_there_is_no_opinion(tenant, person, settings):
    settings.AUTH0_DEADLINE = "soon"
    assert faults("abc", person) == set()


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"status": 403},
        {"drop": True},
        {"kind": "html"},
        {"body": "[]"},
        {"body": '[{"id": "con_1", "name": "another", "strategy": "auth0"}]'},
    ],
    ids=str,
)
def test_trouble_is_no_opinion(tenant, person, fault):
    tenant.fault("/api/v2/connections", execute=False, **fault)
    assert faults("abc", person) == set()
    asked = tenant.requests()["total"]
    assert faults("abc", person) == set()
    assert tenant.requests()["total"] == asked, "not asked again at once"
    assert len(password_validators_help_texts()) == 2


def test_wrong_settings_are_no_opinion(tenant, person, settings):
    settings.AUTH0_DOMAIN = "http://not-loopback.example"
    assert faults("abc", person) == set()


def test_odd_people_and_passwords(tenant):
    tenant.connection_options(passwordPolicy="low", password_no_personal_info={"enable": True})
    model = get_user_model()
    assert faults("long enough") == set(), "nobody"
    assert faults("long enough", model()) == set(), "nobody yet"
    assert faults("long enough", model(email="a\0b@people.example")) == set()
    assert faults("long enough", model(email="\ud800@people.example")) == set()
    assert "password_not_text" in faults("long enough\ud800")
    assert "password_unsendable" in faults("long enough\0")
    assert "password_unsendable" in faults("x" * 73)


# --- what only the push shows --------------------------------------------------------------------


def link_of(user):
    return Auth0User.objects.get(user=user)


def test_a_password_used_before_is_recorded_and_tried_again(tenant, site, moved, settings):
    tenant.connection_options(password_history={"enable": True, "size": 3})
    tenant.set_password(link_of(moved).auth0_id, NEWER)
    assert site.login(moved, NEWER) == moved.pk
    moved.refresh_from_db()
    form = SetPasswordForm(moved, {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert form.is_valid(), "what was used before the tenant does not tell"
    form.save()
    assert form.auth0_outcome == "weak_password" and "another one" in str(form.auth0_warning)
    assert link_of(moved).unpushed == "weak-password"
    assert site.login(moved, PASSWORD) == moved.pk, "the site took it, so it is good here"
    assert site.login(moved, NEWER) is None, "and the one before it is not"
    assert link_of(moved).unpushed == "weak-password"
    tenant.connection_options(password_history={"enable": False, "size": 3})
    assert site.login(moved, PASSWORD) == moved.pk
    assert link_of(moved).unpushed == "" and tenant.accepts(moved.email, PASSWORD)


def test_a_refusal_that_only_a_login_shows_is_recorded_as_well(tenant, site, moved):
    """Set by a script, past every form and validator."""
    from django.contrib.auth.hashers import make_password

    for password, why in (("weak", "weak-password"), ("x1-Y" * 20, "unsendable-password")):
        get_user_model().objects.filter(pk=moved.pk).update(password=make_password(password))
        assert site.login(moved, password) == moved.pk
        assert link_of(moved).unpushed == why


def test_operators_see_what_is_not_there_yet(tenant, site, moved):
    import io
    import json

    from django.core.management import call_command
    from django.test import Client

    Auth0User.objects.filter(user=moved).update(unpushed="weak-password")
    make_person("bob")
    out = io.StringIO()
    call_command("auth0_migrated", "--json", stdout=out)
    assert json.loads(out.getvalue())["unpushed"] == {"weak-password": 1}
    out = io.StringIO()
    call_command("auth0_migrated", stdout=out)
    assert "new password not at Auth0 because" in out.getvalue()
    get_user_model().objects.filter(pk=moved.pk).update(is_staff=True, is_superuser=True)
    browser = Client()
    browser.force_login(moved, "django.contrib.auth.backends.ModelBackend")
    page = browser.get("/admin/auth0db/auth0user/?unpushed=weak-password").content.decode()
    assert link_of(moved).auth0_id in page and "weak-password" in page


@pytest.mark.parametrize("both", [True, False], ids=["form and validator", "validator"])
def test_too_long_is_said_once(tenant, person, settings, both):
    settings.AUTH_PASSWORD_VALIDATORS = [SYNC] if both else []
    form = SetPasswordForm(person, {"new_password1": "x" * 73, "new_password2": "x" * 73})
    assert not form.is_valid()
    assert str(form.errors).count("72 bytes") == 1


def test_options_that_the_tenant_leaves_out_are_no_policy(tenant, settings, scopes_without):
    """Since July 2025, without read:connections_options: nobody knows what it asks for, so Django's validators decide."""
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
        POLICY,
    ]
    scopes_without("read:connections_options")
    assert faults("abc") == {"password_too_short"}
    assert faults("abcdefgh") == set()
    assert password_validators_help_texts()[1] == (
        "Your password must be good enough for the sign-in service."
    )
