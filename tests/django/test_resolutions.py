"""Users who share an e-mail: one is kept, the others wait until they have another; and they move by themselves."""

import io
import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from auth0db import resolutions
from auth0db.models import Auth0User, Holdout, Resolution
from harness import NEWER, make_person

SHARED = "Shared@people.example"
pytestmark = pytest.mark.usernames


def by_the_command(user):
    call_command("auth0_resolve", "--keep", str(user.pk), "--yes", stdout=io.StringIO())


def by_django(user):
    resolutions.keep(user, "ada")


@pytest.fixture
def pair():
    return make_person("ann", email="shared@people.example"), make_person("bob", email=SHARED)


def moved(user):
    return Auth0User.objects.filter(user=user).exists()


@pytest.mark.parametrize("keep", [by_the_command, by_django])
def test_only_the_kept_one_takes_the_email_to_auth0(tenant, site, pair, keep):
    ann, bob = pair
    keep(bob)
    assert site.login(ann) == ann.pk, "a holdout keeps nobody out"
    assert not moved(ann) and tenant.users() == []
    assert (ann.auth0_holdout.reason, ann.auth0_holdout.detail) == ("duplicate-email", resolutions.KEPT_OTHER)
    assert site.login(bob) == bob.pk and moved(bob)
    assert site.login(ann) == ann.pk and not moved(ann)
    assert [(r.user_id, r.action, r.value) for r in Resolution.objects.all()] == [
        (bob.pk, "keep", SHARED.lower())]


def test_a_new_password_does_not_let_another_take_the_kept_ones_email(tenant, site, pair):
    ann, bob = pair
    by_django(bob)
    ann.set_password(NEWER)
    ann.save()
    assert site.login(ann, NEWER) == ann.pk
    assert not moved(ann) and tenant.users() == []


def test_whoever_gets_another_email_moves_at_the_next_login(tenant, site, pair):
    ann, bob = pair
    by_django(bob)
    call_command("auth0_resolve", "--email", "%s=ann@people.example" % ann.pk, "--yes", stdout=io.StringIO())
    assert not Holdout.objects.exists()
    assert site.login(ann) == ann.pk and moved(ann)
    assert site.login(bob) == bob.pk and moved(bob)
    assert sorted(user["email"] for user in tenant.users()) == ["ann@people.example", SHARED.lower()]


def test_a_verified_email_at_the_tenant_joins_the_kept_one_only(tenant, site, pair):
    ann, bob = pair
    tenant.create(SHARED.lower(), NEWER, verified=True)
    assert site.login(bob, NEWER) is None and site.login(ann, NEWER) is None, "nobody can tell whose it is"
    by_django(bob)
    assert site.login(ann, NEWER) is None and not moved(ann)
    assert site.login(bob, NEWER) == bob.pk and moved(bob)
    assert site.login(ann, NEWER) is None and not moved(ann)


def test_the_last_decision_counts_while_its_user_has_the_email(tenant, site, pair):
    ann, bob = pair
    by_django(ann)
    by_the_command(bob)
    assert site.login(ann) == ann.pk and not moved(ann)
    get_user_model().objects.filter(pk=bob.pk).update(email="bob@people.example")
    Holdout.objects.all().delete()
    assert site.login(ann) == ann.pk and moved(ann)


def test_a_weak_password_is_tried_again_on_request(tenant, site):
    eve = make_person("eve", "short-1")
    tenant.connection_options(passwordPolicy="excellent")
    assert site.login(eve, "short-1") == eve.pk
    assert Holdout.objects.get(user=eve).reason == "weak-password"
    tenant.connection_options(passwordPolicy="none")
    assert site.login(eve, "short-1") == eve.pk and not moved(eve)
    call_command("auth0_resolve", "--retry", "weak-password", "--yes", stdout=io.StringIO())
    assert site.login(eve, "short-1") == eve.pk and moved(eve)


def test_nobody_is_kept_where_nobody_shares_or_one_has_moved(tenant, site, pair):
    ann, bob = pair
    with pytest.raises(resolutions.NotPossible):
        resolutions.keep(make_person("cyd"), "ada")
    assert site.login(ann) == ann.pk and moved(ann)
    with pytest.raises(resolutions.NotPossible):
        resolutions.keep(bob, "ada")
    assert not Resolution.objects.exists()


def test_the_switch_over_waits_for_the_last_one_and_says_so_to_a_script(tenant, site, pair):
    from django.core.management import CommandError

    ann, bob = pair
    by_django(bob)
    assert site.login(bob) == bob.pk
    out = io.StringIO()
    with pytest.raises(CommandError) as ended:
        call_command("auth0_check", "--switch-over", "--json", stdout=out)
    assert ended.value.returncode == 1
    assert [(row["reason"], row["users"]) for row in json.loads(out.getvalue())["in_the_way"]] == [
        ("duplicate-email", 1)]
    ann.is_active = False
    ann.save()
    call_command("auth0_check", "--switch-over", stdout=out)
    assert "MigrateToAuth0Backend" in out.getvalue()
