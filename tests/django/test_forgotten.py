"""Forgotten password at any stage: the site's reset page works for everybody, and tells nobody who has an account."""

import io
import re
import threading
from functools import partial

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from auth0db import _native, afterwards, people
from auth0db.models import Auth0Site, Auth0User, Holdout, ImportBatch, ImportClaim, OutgoingMail
from harness import NEWER, PASSWORD, make_person


def not_migrated(tenant, site):
    return make_person().email


def in_an_import(tenant, site):
    """Half-way: at the tenant already, with the password of the batch, and not on record yet."""
    user = make_person()
    key = people.key_of(user)
    auth0_id = _native.expected_id(Auth0Site.current(), key)
    batch = ImportBatch.objects.create(external_id="auth0db-%032d" % 1, kind="import", status="claimed")
    ImportClaim.objects.create(
        user=user, batch=batch, auth0_id=auth0_id, email=user.email, sync_digest=people.sync_digest(user)
    )
    tenant.create(user.email, user_id=auth0_id.partition("|")[2])
    return user.email


def migrated(tenant, site):
    user = make_person()
    assert site.login(user) == user.pk and Auth0User.objects.filter(user=user).exists()
    return user.email


def migrated_without_a_local_password(tenant, site):
    email = migrated(tenant, site)
    user = people.sharers(email)[0]
    user.set_unusable_password()
    user.save()
    Auth0User.objects.update(sync_digest=people.sync_digest(user))
    return email


def holdout(tenant, site):
    user = make_person()
    Holdout.objects.create(user=user, reason="weak-password", hash_digest=people.holdout_digest(user))
    return user.email


def only_at_auth0(tenant, site):
    tenant.create("far@people.example", verified=True)
    return "far@people.example"


def nobody(tenant, site):
    return "nobody@people.example"


BY_THE_SITE = [not_migrated, in_an_import, migrated, migrated_without_a_local_password, holdout]
ALL = [*BY_THE_SITE, only_at_auth0, nobody]


class Asked:
    """The page is asked for a reset: what is seen at once, and what comes of it."""

    def __init__(self, tenant, email, gate=None):
        tenant.clear_requests()
        tenant.call("DELETE", "/sandbox/outbox")
        mail.outbox.clear()
        browser = Client()
        with CaptureQueriesContext(connection) as queries:
            answer = browser.post("/forgotten/", {"email": email})
        self.queries = len(queries)
        self.requests_at_once = tenant.requests()["total"] if gate else None
        self.mails_at_once = len(mail.outbox)
        headers = {name: value for name, value in answer.items() if name.lower() != "date"}
        self.seen = (answer.status_code, headers, answer.content, browser.get("/reset/sent/").content)
        if gate:
            gate.set()
        afterwards.finish(60)
        self.mails = list(mail.outbox)
        self.tenant_mails = tenant.call("GET", "/sandbox/outbox.json?to=" + email)


def links_in(letter):
    return re.findall(r"https?://[^/]+(/reset/\S+)", letter.body)


def set_by(letter, password=NEWER):
    browser = Client()
    page = browser.get(links_in(letter)[0], follow=True).redirect_chain[-1][0]
    assert browser.post(page, {"new_password1": password, "new_password2": password}).status_code == 302


@pytest.mark.parametrize("state", BY_THE_SITE)
def test_the_site_mails_a_link_that_sets_the_password_on_both_sides(tenant, site, state):
    email = state(tenant, site)
    asked = Asked(tenant, email)
    assert [letter.to for letter in asked.mails] == [[email]] and not mails(asked.tenant_mails)
    set_by(asked.mails[0])
    if state is in_an_import:
        call_command("auth0_settle", stdout=io.StringIO())
        assert Auth0User.objects.get().lane == "bulk"
        assert site.login(email.partition("@")[0] if named() else email, PASSWORD) is None, "the old one, before the new"
    user = people.sharers(email)[0]
    assert site.login(user, NEWER) == user.pk
    assert Auth0User.objects.filter(user=user).exists(), "settled by this login, whatever it was"
    assert tenant.accepts(email, NEWER) and not tenant.accepts(email, PASSWORD)
    assert site.login(user, NEWER) == user.pk and site.login(user, PASSWORD) is None


def named():
    from harness import KIND

    return KIND != "email"


def mails(told):
    return told["mails"] if isinstance(told, dict) else told


def test_whoever_is_known_to_auth0_alone_gets_its_own_mail(tenant, site):
    asked = Asked(tenant, only_at_auth0(tenant, site))
    assert asked.mails == [] and len(mails(asked.tenant_mails)) == 1


def test_nobody_gets_nothing(tenant, site):
    asked = Asked(tenant, nobody(tenant, site))
    assert asked.mails == [] and not mails(asked.tenant_mails)


def test_the_answer_and_the_work_for_it_are_the_same_for_all_and_for_nobody(tenant, site, monkeypatch):
    """A mail is made for everybody, with as many queries; whatever is sent, is sent when the answer is out."""
    from django.contrib.auth import get_user_model

    seen = []
    for state in ALL:
        ImportClaim.objects.all().delete()
        get_user_model().objects.all().delete()
        ImportBatch.objects.all().delete()
        OutgoingMail.objects.all().delete()
        tenant.reset()
        email, gate = state(tenant, site), threading.Event()
        monkeypatch.setattr(afterwards, "pause", partial(gate.wait, 60))
        asked = Asked(tenant, email, gate)
        seen.append((asked.seen, asked.queries, asked.requests_at_once, asked.mails_at_once))
    assert all(one == seen[0] for one in seen)
    assert seen[0][0][0] == 302 and seen[0][2:] == (0, 0)


def test_an_inactive_user_gets_no_mail_from_either_side(tenant, site):
    email = migrated(tenant, site)
    user = people.sharers(email)[0]
    user.is_active = False
    user.save()
    asked = Asked(tenant, email)
    assert asked.mails == [] and not mails(asked.tenant_mails)


def test_trouble_at_auth0_or_with_the_mail_is_logged_and_not_shown(tenant, site, caplog, monkeypatch):
    calm = Asked(tenant, nobody(tenant, site)).seen
    OutgoingMail.objects.all().delete()
    tenant.fault("/dbconnections", status=500)
    assert Asked(tenant, nobody(tenant, site)).seen == calm
    assert "reset mail" in caplog.text
    tenant.clear_faults()
    caplog.clear()

    def broken(*args, **kwargs):
        raise OSError("no mail server")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", broken)
    assert Asked(tenant, not_migrated(tenant, site)).seen == calm
    assert "OSError" in caplog.text or "reset email" in caplog.text
