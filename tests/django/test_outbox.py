"""Reset mails: made where the request is, sent after the answer, never lost in silence, never readable in a table."""

import json
import re
import subprocess
import sys
import threading
from datetime import timedelta

import django
import pytest
from django.contrib.auth.tokens import PasswordResetTokenGenerator, default_token_generator
from django.core import mail
from django.test import Client
from django.urls import path
from django.utils import timezone, translation

from auth0db import afterwards, outbox
from auth0db.forms import PasswordResetForm, SetPasswordForm
from auth0db.models import Auth0User, OutgoingMail
from harness import NEWER, PASSWORD, make_person, run_site

LINK = re.compile(r"https?://\S+")


@pytest.fixture(autouse=True)
def no_mail_yet():
    mail.outbox.clear()
    outbox._swept.clear()
    yield
    afterwards.finish(60)


@pytest.fixture
def ada(tenant):
    return make_person()


def ask(email, at="/forgotten/", **environ):
    answer = Client(**environ).post(at, {"email": email})
    assert answer.status_code == 302, answer.content
    afterwards.finish(60)
    return mail.outbox[-1] if mail.outbox else None


def link_in(letter):
    return LINK.search(letter.body).group(0)


# --- as Django's own form would have made it ----------------------------------------------------------------------


class ByHost:
    """A urlconf chosen by host, as django-hosts and others do."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.urlconf = "project.brand" if request.get_host() == "brand.example" else None
        return self.get_response(request)


class German:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with translation.override("de"), timezone.override("Europe/Berlin"):
            return self.get_response(request)


class Marked(PasswordResetTokenGenerator):
    key_salt = "a token of the site's own"


def as_it_is(settings):
    return {}


def below_a_path(settings):
    return {"SCRIPT_NAME": "/shop"}


def below_a_forced_path(settings):
    settings.FORCE_SCRIPT_NAME = "/forced"
    return {}


def by_host(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "test_outbox.ByHost"]
    return {"SERVER_NAME": "brand.example"}


def in_german(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "test_outbox.German"]
    return {}


def over_https(settings):
    return {"wsgi.url_scheme": "https"}


@pytest.mark.parametrize(
    "site_is", [as_it_is, below_a_path, below_a_forced_path, by_host, in_german, over_https]
)
def test_the_mail_is_the_one_that_djangos_own_form_makes(ada, settings, site_is):
    environ = site_is(settings)
    ours, djangos = ask(ada.email, **environ), ask(ada.email, at="/reset/", **environ)
    assert ours is not djangos and len(mail.outbox) == 2
    token = re.compile(r"/[0-9a-z]+-[0-9a-f]{20,}/")
    for part in ("subject", "from_email", "to", "extra_headers"):
        assert getattr(ours, part) == getattr(djangos, part)
    assert token.sub("/TOKEN/", ours.body) == token.sub("/TOKEN/", djangos.body)
    assert default_token_generator.check_token(ada, token.search(ours.body).group(0).strip("/"))


def test_tokens_and_html_of_the_site_are_kept(ada, settings):
    form = PasswordResetForm({"email": ada.email})
    assert form.is_valid()
    form.save(
        domain_override="shop.example",
        token_generator=Marked(),
        from_email="shop@shop.example",
        html_email_template_name="registration/password_reset_email.html",
        extra_email_context={"site_name": "the shop"},
    )
    afterwards.finish(60)
    (letter,) = mail.outbox
    assert letter.from_email == "shop@shop.example" and "the shop" in letter.body
    (html,) = letter.alternatives
    assert html[1] == "text/html" and "shop.example" in html[0]
    assert Marked().check_token(ada, link_in(letter).rstrip("/").rpartition("/")[2])


def test_a_token_generator_that_fails_for_nobody_is_not_seen(tenant, settings):
    class OnlyForRows(PasswordResetTokenGenerator):
        def make_token(self, user):
            if user._state.adding:
                raise ValueError("no such row")
            return super().make_token(user)

    form = PasswordResetForm({"email": "nobody@people.example"})
    assert form.is_valid()
    form.save(domain_override="x.example", token_generator=OnlyForRows())
    afterwards.finish(60)
    assert mail.outbox == [] and OutgoingMail.objects.count() == 1


# --- they cannot be drowned ---------------------------------------------------------------------------------------


def test_a_slow_tenant_holds_no_mail_of_the_site_up(ada, monkeypatch):
    """Sixty strangers, whom Auth0 is asked to mail and does not answer: the site's mail goes out meanwhile."""
    answer = threading.Event()
    monkeypatch.setitem(outbox.WAYS, outbox.BY_AUTH0, lambda content: answer.wait(60) and None)
    gone = threading.Event()
    send = outbox.WAYS[outbox.BY_SITE]
    monkeypatch.setitem(
        outbox.WAYS, outbox.BY_SITE, lambda content: (send(content), gone.set())[0]
    )
    try:
        for i in range(60):
            Client().post("/forgotten/", {"email": "stranger%d@people.example" % i})
        Client().post("/forgotten/", {"email": ada.email})
        assert gone.wait(30) and not answer.is_set()
    finally:
        answer.set()
    assert [letter.to for letter in mail.outbox] == [[ada.email]]


def test_strangers_who_fill_their_queue_keep_no_mail_of_the_site_back(ada, monkeypatch, caplog):
    """As many as can wait for Auth0 do, and it does not answer: the mail to somebody of the site goes out."""
    monkeypatch.setattr(afterwards, "WAITING_MAX", 3)
    answer = threading.Event()
    monkeypatch.setitem(outbox.WAYS, outbox.BY_AUTH0, lambda content: answer.wait(60) and None)
    gone = threading.Event()
    send = outbox.WAYS[outbox.BY_SITE]
    monkeypatch.setitem(
        outbox.WAYS, outbox.BY_SITE, lambda content: (send(content), gone.set())[0]
    )
    try:
        for i in range(5):
            Client().post("/forgotten/", {"email": "stranger%d@people.example" % i})
        assert "sent later" in caplog.text
        Client().post("/forgotten/", {"email": ada.email})
        assert gone.wait(30) and not answer.is_set()
    finally:
        answer.set()
    assert [letter.to for letter in mail.outbox] == [[ada.email]]


def test_more_than_can_wait_is_sent_later_and_said(ada, monkeypatch, caplog):
    monkeypatch.setattr(afterwards, "WAITING_MAX", 0)
    assert ask(ada.email) is None
    assert "sent later" in caplog.text
    monkeypatch.undo()
    OutgoingMail.objects.update(due=timezone.now())
    ask("somebody.else@people.example")
    assert outbox.sweep(outbox.BY_SITE) == 1
    assert [letter.to for letter in mail.outbox] == [[ada.email]]


def test_one_address_is_mailed_once_in_a_while_in_any_spelling(ada, settings):
    for spelling in (ada.email, ada.email.upper(), ada.email):
        ask(spelling)
    assert len(mail.outbox) == 1
    settings.AUTH0_MAIL_INTERVAL = 0
    ask(ada.email)
    assert len(mail.outbox) == 2


def test_posts_at_the_same_moment_are_one_mail(ada, monkeypatch):
    monkeypatch.setattr(outbox, "was_mailed", lambda email: False)
    now = timezone.now()
    monkeypatch.setattr(outbox.timezone, "now", lambda: now)
    for _ in range(5):
        ask(ada.email)
    assert len(mail.outbox) == 1


def test_whoever_has_used_the_link_may_ask_again_at_once(ada):
    letter = ask(ada.email)
    browser = Client()
    page = browser.get(re.sub(r"https?://[^/]+", "", link_in(letter)), follow=True).redirect_chain[-1][0]
    browser.post(page, {"new_password1": NEWER, "new_password2": NEWER})
    ask(ada.email)
    assert len(mail.outbox) == 2


# --- nothing is lost in silence -----------------------------------------------------------------------------------


def test_what_a_killed_process_left_the_next_one_sends(ada, monkeypatch):
    monkeypatch.setattr(afterwards, "send", lambda key, by: None)  # it is killed before its thread begins
    ask(ada.email)
    monkeypatch.undo()
    assert mail.outbox == [] and outbox.sweep(outbox.BY_SITE) == 0, "not before that one must be dead"
    OutgoingMail.objects.update(due=timezone.now() - timedelta(seconds=1))
    ask("nobody@people.example")  # the next one to use the page; in this process, to Auth0
    outbox._swept.clear()
    ask(make_person("bob").email)
    assert sorted(letter.to[0] for letter in mail.outbox) == [ada.email, "bob@people.example"]


KILLED = """
import os
import django
django.setup()
from auth0db import afterwards
from auth0db.forms import PasswordResetForm
afterwards.pause = lambda: os._exit(9)
form = PasswordResetForm({"email": "ada@people.example"})
assert form.is_valid()
form.save(domain_override="shop.example")
afterwards.finish()
"""


def test_a_process_that_is_killed_while_it_sends_loses_no_mail(ada):
    process = run_site("-W", "ignore", "-c", KILLED, stderr=subprocess.PIPE)
    errors = process.communicate(timeout=120)[1]
    assert process.returncode == 9, errors
    OutgoingMail.objects.update(due=timezone.now() - timedelta(seconds=1))
    assert outbox.sweep(outbox.BY_SITE) == 1
    assert "shop.example" in mail.outbox[0].body and mail.outbox[0].to == [ada.email]


def test_a_mail_that_two_processes_send_goes_out_once(ada, monkeypatch):
    monkeypatch.setattr(afterwards, "send", lambda key, by: None)
    ask(ada.email)
    row = OutgoingMail.objects.get()
    both = [OutgoingMail.objects.get(), row]  # as each of them has read it
    assert [outbox._send(one) for one in both] == [True, False]
    assert len(mail.outbox) == 1


def test_a_mail_server_that_fails_is_tried_again_and_given_up_with_a_line(ada, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise OSError("repeats the mail: " + PASSWORD)

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", broken)
    ask(ada.email)
    tries = 1
    while OutgoingMail.objects.filter(due__isnull=False).exists():
        assert "tried again" in caplog.text and "ERROR" not in caplog.text
        assert OutgoingMail.objects.get().due > timezone.now()
        OutgoingMail.objects.update(due=timezone.now())
        outbox.sweep(outbox.BY_SITE)
        tries += 1
    assert tries == len(outbox.PAUSES) + 1 and "given up" in caplog.text
    assert PASSWORD not in caplog.text, "never the server's words"


def test_the_command_sends_what_waits_and_says_how_much(ada, monkeypatch):
    import io

    from django.core.management import call_command

    monkeypatch.setattr(afterwards, "send", lambda key, by: None)
    ask(ada.email)
    OutgoingMail.objects.update(due=timezone.now())
    out = io.StringIO()
    call_command("auth0_outbox", stdout=out)
    assert out.getvalue() == "1 reset mail was sent, 0 wait.\n" and len(mail.outbox) == 1


# --- nothing lies readable ----------------------------------------------------------------------------------------


def test_no_address_no_link_and_no_token_can_be_read_in_the_table(ada, monkeypatch):
    monkeypatch.setattr(afterwards, "send", lambda key, by: None)
    ask(ada.email)
    row = OutgoingMail.objects.get()
    readable = json.dumps({f.attname: str(getattr(row, f.attname)) for f in row._meta.concrete_fields})
    assert "people.example" not in readable and "reset" not in readable and "http" not in readable
    outbox.send(row.pk)
    row.refresh_from_db()
    assert row.content == "" and row.due is None


def test_a_row_opens_with_the_secret_before_and_with_no_other(ada, settings, monkeypatch, caplog):
    monkeypatch.setattr(afterwards, "send", lambda key, by: None)
    ask(ada.email)
    row = OutgoingMail.objects.get()
    before, settings.SECRET_KEY = settings.SECRET_KEY, "another one"
    assert outbox.unseal(row) is None
    settings.SECRET_KEY_FALLBACKS = [before]
    assert outbox.unseal(row)[0]["to"] == [ada.email]
    settings.SECRET_KEY_FALLBACKS = []
    assert outbox.send(row.pk) and mail.outbox == [] and "SECRET_KEY_FALLBACKS" in caplog.text


def test_a_text_put_into_another_row_does_not_open(ada, monkeypatch):
    """Who can write the table could else have somebody's link mailed to himself."""
    monkeypatch.setattr(afterwards, "send", lambda key, by: None)
    ask(ada.email)
    ask(make_person("eve").email)
    adas, eves = OutgoingMail.objects.order_by("pk")
    eves.content = adas.content
    assert outbox.unseal(eves) is None and outbox.unseal(adas) is not None


def test_the_table_forgets_who_was_mailed(ada, settings):
    ask(ada.email)
    outbox.forget()
    assert OutgoingMail.objects.count() == 1
    OutgoingMail.objects.update(created=timezone.now() - timedelta(seconds=61))
    outbox.forget()
    assert OutgoingMail.objects.count() == 0


# --- a queue of the site's own ------------------------------------------------------------------------------------

queued = []


def test_the_sites_queue_is_handed_a_key_and_nothing_else(ada, tenant, settings):
    queued.clear()
    settings.AUTH0_MAIL_QUEUE = "test_outbox.put"
    ask(ada.email)
    ask("nobody@people.example")
    assert mail.outbox == [] and len(queued) == 2, "for nobody as for somebody"
    assert json.loads(json.dumps(queued)) == queued and all(isinstance(key, int) for key in queued)
    assert all(outbox.send(key) for key in queued)
    assert [letter.to for letter in mail.outbox] == [[ada.email]]


def put(key):
    queued.append(key)


def test_a_queue_sends_what_has_failed_before_as_well(ada, tenant, settings, monkeypatch):
    queued.clear()
    settings.AUTH0_MAIL_QUEUE = "test_outbox.put"
    ask(ada.email)
    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", lambda self, mails: 1 / 0)
        assert not outbox.send(queued[0])
    OutgoingMail.objects.update(due=timezone.now())
    outbox._swept.clear()
    ask(make_person("bob").email)
    assert outbox.send(queued[1])
    assert sorted(letter.to[0] for letter in mail.outbox) == [ada.email, "bob@people.example"]


@pytest.mark.skipif(django.VERSION < (6, 0), reason="this Django has no Tasks")
@pytest.mark.parametrize("backend", ["immediate.ImmediateBackend", "dummy.DummyBackend"])
def test_djangos_tasks_are_handed_a_key_and_send_the_mail(ada, settings, backend):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends." + backend}}
    settings.AUTH0_MAIL_QUEUE = "auth0db.tasks.send_later"
    ask(ada.email)
    if backend.startswith("dummy"):  # what a worker would be given
        from django.tasks import default_task_backend

        (told,) = default_task_backend.results
        assert (told.args, told.kwargs) == ([OutgoingMail.objects.get().pk], {}) and mail.outbox == []
        assert told.task.module_path == "auth0db.tasks.send_mail"
        told.task.call(*told.args)
    assert [letter.to for letter in mail.outbox] == [[ada.email]]
    assert OutgoingMail.objects.get().content == ""


# --- whose mail it is ---------------------------------------------------------------------------------------------


def test_the_mailbox_that_she_has_given_up_gets_no_mail_from_either_side(moved, tenant):
    """Her Auth0 user still has the old address: Auth0 would mail the link to whoever reads it now."""
    old = moved.email
    moved.email = "new." + old
    moved.save()
    tenant.call("DELETE", "/sandbox/outbox")
    assert ask(old) is None
    assert tenant.call("GET", "/sandbox/outbox.json?to=" + old)["total"] == 0
    assert ask(moved.email).to == ["new." + old]


# --- after the link -----------------------------------------------------------------------------------------------


class LogsIn:
    """PasswordResetConfirmView(post_reset_login=True), with two backends in the settings."""


def confirm(letter, settings):
    from django.contrib.auth import views

    from project import urls

    view = views.PasswordResetConfirmView.as_view(form_class=SetPasswordForm, post_reset_login=True)
    own = [path("reset/<uidb64>/<token>/", view, name="password_reset_confirm"), *urls.urlpatterns]
    LogsIn.urlpatterns = own
    sys.modules["logs_in"] = LogsIn
    settings.ROOT_URLCONF = "logs_in"
    browser = Client()
    page = browser.get(re.sub(r"https?://[^/]+", "", link_in(letter)), follow=True).redirect_chain[-1][0]
    assert browser.post(page, {"new_password1": NEWER, "new_password2": NEWER}).status_code == 302
    return browser.get("/me/").content.decode()


def test_a_reset_may_log_in_at_once(ada, settings):
    assert confirm(ask(ada.email), settings) == str(ada.pk)


def test_a_reset_of_somebody_who_has_moved_may_log_in_at_once(moved, settings):
    assert confirm(ask(moved.email), settings) == str(moved.pk)


def test_a_reset_logs_nobody_in_whom_auth0_has_blocked(moved, tenant, settings):
    tenant.patch(Auth0User.objects.get(user=moved).auth0_id, blocked=True)
    assert confirm(ask(moved.email), settings) == ""
