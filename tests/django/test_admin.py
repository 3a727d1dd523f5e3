"""The admin shows links and holdouts, and lets nobody make them up."""

import re
from itertools import groupby
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db.models import ProtectedError
from django.test import Client

from auth0db import reasons
from auth0db.models import Holdout, ImportBatch, ImportClaim, Reminder, Resolution
from harness import KIND, PASSWORD, make_person


@pytest.fixture
def admin(tenant):
    names = (
        ("root@people.example", PASSWORD)
        if KIND == "email"
        else ("root", "root@people.example", PASSWORD)
    )
    root = get_user_model().objects.create_superuser(*names)
    browser = Client()
    browser.force_login(root, "django.contrib.auth.backends.ModelBackend")
    return browser


def test_links_can_be_looked_at_only(admin, moved):
    page = admin.get("/admin/auth0db/auth0user/?q=" + moved.email).content.decode()
    assert moved.auth0.auth0_id in page
    key = moved.pk
    assert admin.get("/admin/auth0db/auth0user/%s/change/" % key).status_code == 200
    assert admin.get("/admin/auth0db/auth0user/add/").status_code == 403
    assert admin.get("/admin/auth0db/auth0user/%s/delete/" % key).status_code == 403
    assert moved.password not in page and moved.auth0.sync_digest not in page


def test_a_reason_for_not_moving_is_no_account_and_has_no_delete_button(admin, site):
    """"Delete selected users held back" read like deleting the people."""
    person = make_person(password="weak")
    site.login(person, "weak")
    listed = admin.get("/admin/auth0db/holdout/").content.decode()
    assert "too weak for Auth0" in listed and "easons for not moving" in listed
    assert "delete_selected" not in listed and "to view" not in listed
    page = admin.get("/admin/auth0db/holdout/%s/change/" % person.pk).content.decode()
    assert "/delete/" not in page and "deletelink" not in page
    assert admin.post("/admin/auth0db/holdout/%s/delete/" % person.pk, {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(person.pk)], "post": "yes"}
    admin.post("/admin/auth0db/holdout/", chosen)
    assert Holdout.objects.count() == 1


def test_its_page_says_what_to_do_and_leads_to_the_users(admin, site):
    ann, bob = (make_person(name, email="shared@people.example") for name in ("ann", "bob")) if (
        KIND != "email"
    ) else (make_person("ann"), None)
    Holdout.objects.create(user=ann, reason="duplicate-email", hash_digest="")
    page = admin.get("/admin/auth0db/holdout/%s/change/" % ann.pk).content.decode()
    assert "shared by several users" in page and "Keep one of these users" in page
    if KIND == "username":
        for user in (ann, bob):
            assert '<a href="/admin/auth/user/%s/change/">' % user.pk in page


@pytest.mark.usernames
def test_a_user_with_a_reason_for_not_moving_can_still_be_deleted(admin, person):
    if KIND != "username":
        pytest.skip("only auth.User has admin pages here")
    Holdout.objects.create(user=person, reason="no-email", hash_digest="")
    answer = admin.post("/admin/auth/user/%s/delete/" % person.pk, {"post": "yes"})
    assert answer.status_code == 302 and not Holdout.objects.exists()


@pytest.mark.usernames
def test_those_who_share_an_email_stand_side_by_side(admin):
    """In whatever case they write it, and whatever else the database takes for the same letter."""
    emails = ["zoe@people.example", "Anna@people.example", "zoé@people.example", "bob@people.example",
              "ANNA@people.example", "ZOE@people.example", "anna@people.example"]  # fmt: skip
    for number, email in enumerate(emails):
        person = make_person("user%d" % number, email=email)
        Holdout.objects.create(user=person, reason="duplicate-email", hash_digest="")
    page = admin.get("/admin/auth0db/holdout/").context["cl"].result_list
    shown = [row.user.email.lower() for row in page]
    assert [email for email, _ in groupby(shown)] == sorted(set(shown), key=shown.index)


def test_filters_speak_in_words(admin, moved):
    page = admin.get("/admin/auth0db/auth0user/").content.decode()
    assert "by a login" in page and 'href="?lane=login"' in page
    assert not re.search("<a[^>]*></a>", page)
    for query, there in (("in_step=yes", 1), ("in_step=no", 0), ("lane=login", 1), ("lane=bulk", 0)):
        rows = admin.get("/admin/auth0db/auth0user/?" + query).context["cl"].result_list
        assert len(rows) == there, query
    rows = admin.get("/admin/auth0db/holdout/?reason=no-email").context["cl"].result_list
    assert len(rows) == 0


def test_every_reason_has_words_and_a_cure():
    """docs/errors.md lists them."""
    catalogue = Path(__file__).parents[2].joinpath("docs", "errors.md").read_text()
    table = catalogue.split("## A user does not move")[1].split("## ")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, re.M)) == set(reasons.REASONS)
    assert reasons.words("of-tomorrow") == "of-tomorrow" and reasons.cure("of-tomorrow") == ""


@pytest.mark.usernames
def test_a_moved_user_can_still_be_deleted(admin, moved):
    if KIND != "username":
        pytest.skip("only auth.User has admin pages here")
    answer = admin.post("/admin/auth/user/%s/delete/" % moved.pk, {"post": "yes"})
    assert answer.status_code == 302
    assert not get_user_model().objects.filter(pk=moved.pk).exists()


def test_batches_can_be_looked_at_only(admin):
    batch = ImportBatch.objects.create(external_id="batch-7", kind="import", status="claimed")
    assert "batch-7" in admin.get("/admin/auth0db/importbatch/?q=batch-7").content.decode()
    assert admin.get("/admin/auth0db/importbatch/%s/change/" % batch.pk).status_code == 200
    assert admin.get("/admin/auth0db/importbatch/add/").status_code == 403
    assert admin.get("/admin/auth0db/importbatch/%s/delete/" % batch.pk).status_code == 403


def test_reminders_can_be_looked_at_only(admin, person):
    Reminder.objects.create(user=person, email=person.email, channel="tenant", status="sent")
    assert person.email in admin.get("/admin/auth0db/reminder/?q=" + person.email).content.decode()
    assert admin.get("/admin/auth0db/reminder/%s/change/" % person.pk).status_code == 200
    assert admin.get("/admin/auth0db/reminder/add/").status_code == 403
    assert admin.get("/admin/auth0db/reminder/%s/delete/" % person.pk).status_code == 403


def test_a_user_in_an_import_can_be_deleted_and_the_batch_stays(admin):
    person = make_person()
    batch = ImportBatch.objects.create(external_id="batch-8", kind="import", status="claimed")
    ImportClaim.objects.create(user=person, batch=batch, auth0_id="auth0|8")
    with pytest.raises(ProtectedError):
        batch.delete()
    person.delete()
    assert not ImportClaim.objects.exists()
    assert ImportBatch.objects.filter(pk=batch.pk).exists()


@pytest.mark.usernames
def test_of_those_who_share_an_email_one_is_kept_by_a_click(admin, tenant, site):
    ann, bob = (make_person(name, email="shared@people.example") for name in ("ann", "bob"))
    for user in (ann, bob):
        Holdout.objects.create(user=user, reason="duplicate-email", hash_digest="")
    page = admin.get("/admin/auth0db/holdout/?reason=duplicate-email").content.decode()
    assert page.count("shared@people.example") == 2 and "eep: of those" in page
    chosen = {"action": "keep", "_selected_action": [str(bob.pk)]}
    shown = admin.post("/admin/auth0db/holdout/", chosen, follow=True).content.decode()
    assert "moves with the shared" in shown
    assert list(Holdout.objects.values_list("user", "detail")) == [(ann.pk, "kept: other user")]
    assert site.login(ann) == ann.pk and not hasattr(type(ann).objects.get(pk=ann.pk), "auth0")
    assert site.login(bob) == bob.pk and bob.auth0.lane == "login"
    assert "root" in admin.get("/admin/auth0db/resolution/").content.decode()
    again = {"action": "keep", "_selected_action": [str(ann.pk)]}
    shown = admin.post("/admin/auth0db/holdout/", again, follow=True).content.decode()
    assert "has moved already" in shown


@pytest.mark.usernames
def test_two_who_share_an_email_cannot_both_be_kept(admin, tenant):
    """Else both would be said to move, and the second would hold the first back again."""
    ann, bob = make_person("ann", email="a@people.example"), make_person("bob", email="A@people.example")
    cyd, dan = (make_person(name, email="c@people.example") for name in ("cyd", "dan"))
    for user in (ann, bob, cyd, dan):
        Holdout.objects.create(user=user, reason="duplicate-email", hash_digest="")
    chosen = {"action": "keep", "_selected_action": [str(user.pk) for user in (ann, bob, cyd)]}
    shown = admin.post("/admin/auth0db/holdout/", chosen, follow=True).content.decode()
    assert shown.count("choose one of those who share the e-mail") == 2
    assert shown.count("moves with the shared") == 1
    assert [(r.user_id, r.action) for r in Resolution.objects.all()] == [(cyd.pk, "keep")]
    assert set(Holdout.objects.values_list("user", flat=True)) == {ann.pk, bob.pk, dan.pk}


def test_those_held_back_are_tried_again_by_a_click(admin, site, tenant):
    person = make_person(password="weak")
    site.login(person, "weak")
    chosen = {"action": "try_again", "_selected_action": [str(person.pk)]}
    shown = admin.post("/admin/auth0db/holdout/", chosen, follow=True).content.decode()
    assert "1 user will be tried again" in shown
    assert not Holdout.objects.exists()
    decided = Resolution.objects.get()
    assert (decided.user_id, decided.action, decided.value) == (person.pk, "retry", "weak-password")
    assert decided.actor.startswith("root")
    assert admin.get("/admin/auth0db/resolution/%s/delete/" % decided.pk).status_code == 403
