"""Passwords set on the site: both sides hold the same one, or the next login sees to it."""

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from auth0db import conf, people
from auth0db.forms import SetPasswordForm
from harness import NEWER, PASSWORD


def fill(user, password):
    return SetPasswordForm(user, {"new_password1": password, "new_password2": password})


def save(user, password):
    form = fill(user, password)
    assert form.is_valid(), form.errors
    form.save()
    return form.auth0_outcome


def reset_page(user):
    """A browser that has followed the link of the mail, and the address of the form it landed on."""
    from django.test import Client

    user.refresh_from_db()
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    browser = Client()
    link = "/reset/%s/%s/" % (uid, default_token_generator.make_token(user))
    return browser, browser.get(link, follow=True).redirect_chain[-1][0]


def test_a_password_reset_reaches_the_tenant(tenant, site, moved):
    browser, page = reset_page(moved)
    done = browser.post(page, {"new_password1": NEWER, "new_password2": NEWER})
    assert done.status_code == 302
    assert tenant.accepts(moved.email, NEWER) and not tenant.accepts(moved.email, PASSWORD)
    tenant.clear_requests()
    assert site.login(moved, NEWER) == moved.pk
    assert tenant.requests()["total"] == 1, "in step: nothing to push"


def test_a_user_who_has_not_moved_is_nobodys_business(tenant, person):
    assert save(person, NEWER) is None
    assert tenant.requests()["total"] == 0


def test_during_an_outage_the_local_password_counts_and_the_next_login_pushes(tenant, site, moved):
    tenant.off()
    assert save(moved, NEWER) == "unavailable"
    assert site.login(moved, NEWER) == moved.pk
    tenant.clear_faults()
    conf._client = None  # the breaker's pause is over
    assert site.login(moved, NEWER) == moved.pk
    assert tenant.accepts(moved.email, NEWER)


def test_a_blocked_user_stays_blocked(tenant, site, moved):
    tenant.patch(moved.auth0.auth0_id, blocked=True)
    assert save(moved, NEWER) == "blocked"
    assert tenant.user(moved.auth0.auth0_id)["blocked"] is True
    assert site.login(moved, NEWER) is None


def test_a_user_deleted_at_the_tenant_is_not_made_again(tenant, moved):
    tenant.api("DELETE", "/users/" + moved.auth0.auth0_id)
    assert save(moved, NEWER) == "not_found"
    assert tenant.users() == []


def test_a_password_too_weak_for_the_tenant_is_left_out_of_step(tenant, site, moved):
    assert save(moved, "weak") == "weak_password"
    moved.refresh_from_db()
    assert moved.auth0.sync_digest != people.sync_digest(moved)
    assert site.login(moved, "weak") == moved.pk
    assert tenant.accepts(moved.email, PASSWORD), "the tenant's is the old one"


@pytest.mark.parametrize("password", ["x" * 73, "\u00e9" * 37])
def test_a_password_auth0_would_cut_is_not_taken(person, password):
    form = fill(person, password)
    assert not form.is_valid()
    assert "72" in str(form.errors["new_password1"])


def test_72_bytes_are_taken(tenant, person):
    assert fill(person, "\u00e9" * 36).is_valid()


def test_with_commit_false_the_push_waits_for_the_caller(tenant, moved):
    form = fill(moved, NEWER)
    assert form.is_valid()
    form.save(commit=False)
    assert tenant.accepts(moved.email, PASSWORD)
    moved.save()
    form.push()
    assert form.auth0_outcome == "ok" and tenant.accepts(moved.email, NEWER)


def test_what_is_rolled_back_here_does_not_happen_there(tenant, moved):
    from django.db import transaction

    with pytest.raises(ZeroDivisionError):
        with transaction.atomic():
            form = fill(moved, NEWER)
            assert form.is_valid()
            form.save()
            1 / 0
    assert form.auth0_outcome is None
    assert tenant.accepts(moved.email, PASSWORD)
