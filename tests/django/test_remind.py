"""manage.py auth0_remind: the last users are mailed, and whatever they do next, nobody is locked out and no old
password outlives a new one."""

import io
import json
import smtplib
import urllib.parse
import urllib.request

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command

from auth0db.models import Auth0User, Reminder
from auth0db.progress import progress
from harness import NEWER, PASSWORD, make_person

# The hashes of these people could move, so this must be said
EVERYBODY = "--even-if-hash-could-move"
ENGINE = "django.template.backends.django.DjangoTemplates"


def remind(*options):
    """What is printed, and the report as --json has it."""
    out = io.StringIO()
    named = ["--site-name", "the shop"] if "--ticket" in options and "--site-name" not in options else []
    call_command("auth0_remind", "--yes", "--rate", "60000", *named, *options, stdout=out)
    return out.getvalue()


def report(*options):
    return json.loads(remind("--json", *options).splitlines()[-1])


def links_to(tenant, address):
    found = tenant.call("GET", "/sandbox/outbox.json?to=" + urllib.parse.quote(address))
    return [mail["link"] for mail in found["mails"]]


def set_password(link, password):
    """On the tenant's own page."""
    url, _, query = link.partition("?")
    ticket = urllib.parse.parse_qs(query.partition("#")[0])["ticket"][0]
    form = {"ticket": ticket, "newPassword": password, "confirmNewPassword": password}
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as answer:
        assert "Password changed" in answer.read().decode()


def link_of(person):
    return Auth0User.objects.filter(user=person).first()


@pytest.fixture
def reminded(tenant, person):
    assert report(EVERYBODY)["sent"] == 1
    return person


# --- whatever they do next ------------------------------------------------------------------------


def test_who_was_reminded_has_not_moved(tenant, reminded):
    assert link_of(reminded) is None
    numbers = progress()
    assert (numbers["migrated"], numbers["reminded"]) == (0, {"sent": 1})
    assert len(tenant.users()) == 1
    assert not tenant.accepts(reminded.email, PASSWORD)


def test_the_old_password_still_logs_in_and_moves_the_user(tenant, site, reminded):
    assert site.login(reminded) == reminded.pk
    assert link_of(reminded).sync_digest
    assert tenant.accepts(reminded.email, PASSWORD)
    assert site.login(reminded) == reminded.pk
    assert progress()["reminded"] == {}


def test_the_link_still_works_after_that(tenant, site, reminded):
    site.login(reminded)
    set_password(links_to(tenant, reminded.email)[0], NEWER)
    assert site.login(reminded) is None
    assert site.login(reminded, NEWER) == reminded.pk


def test_a_password_set_through_the_mail_is_the_one_that_counts(tenant, site, reminded):
    set_password(links_to(tenant, reminded.email)[0], NEWER)
    assert site.login(reminded) is None, "S2: the old one outlived it"
    assert site.login(reminded, NEWER) == reminded.pk
    assert site.login(reminded) is None
    reminded.refresh_from_db()
    assert reminded.check_password(NEWER)


def test_the_new_one_first_and_then_the_old_one(tenant, site, reminded):
    set_password(links_to(tenant, reminded.email)[0], NEWER)
    assert site.login(reminded, NEWER) == reminded.pk
    assert site.login(reminded) is None


def test_a_password_changed_on_the_site_meanwhile_logs_in(tenant, site, reminded):
    reminded.set_password(NEWER)
    reminded.save()
    assert site.login(reminded) is None
    assert site.login(reminded, NEWER) == reminded.pk
    assert tenant.accepts(reminded.email, NEWER)


def test_an_import_leaves_who_was_reminded_alone(tenant, site, reminded):
    """It would link a tenant user whose password nobody knows, as if it had the site's."""
    call_command("auth0_import", "--yes", stdout=io.StringIO())
    assert link_of(reminded) is None
    assert site.login(reminded) == reminded.pk


def test_the_list_names_who_has_not_set_one_and_links_who_has(tenant, site, reminded):
    bob = make_person("bob")
    assert report(EVERYBODY)["sent"] == 1
    set_password(links_to(tenant, reminded.email)[0], NEWER)
    events = [json.loads(line) for line in remind("--json", "--list").splitlines()]
    listed = [(e["key"], e["status"]) for e in events if e["event"] == "reminder"]
    assert listed == [(str(bob.pk), "sent")]
    assert link_of(reminded).lane == "reset" and link_of(bob) is None
    assert site.login(reminded) is None, "S2"
    assert site.login(reminded, NEWER) == reminded.pk
    assert site.login(bob) == bob.pk


def test_where_both_sides_have_changed_the_list_leaves_it_to_the_login(tenant, site, reminded):
    set_password(links_to(tenant, reminded.email)[0], NEWER)
    reminded.set_password("Third-Password-9")
    reminded.save()
    assert "both-changed" in remind("--json", "--list")
    assert link_of(reminded) is None
    assert site.login(reminded, NEWER) == reminded.pk


def test_a_block_at_the_tenant_stays(tenant, site, reminded):
    user_id = tenant.users()[0]["user_id"]
    tenant.patch(user_id, blocked=True)
    assert "blocked" in remind("--json", "--list")
    assert site.login(reminded) is None
    assert tenant.user(user_id)["blocked"]


# --- who ------------------------------------------------------------------------------------------


def test_a_hash_that_could_move_is_left_for_the_import(tenant, person):
    told = report()
    assert (told["sent"], told["users"]["could_move"]) == (0, 1)
    assert tenant.users() == [] and not Reminder.objects.exists()


def test_inactive_and_moved_and_mailed_people_get_no_mail(tenant, site, moved):
    make_person("gone", is_active=False)
    make_person("eve")
    assert report(EVERYBODY)["sent"] == 1
    told = report(EVERYBODY)
    assert told["sent"] == 0
    users = told["users"]
    assert (users["inactive"], users["migrated"], users["reminded_before"]) == (1, 1, 1)


def test_where_nobody_can_be_asked_nobody_is_mailed(tenant, person, outbox, monkeypatch):
    """As under cron; in the words of the command itself."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(CommandError) as ended:
        call_command("auth0_remind", "--ticket", EVERYBODY, stdout=io.StringIO())
    assert ended.value.returncode == 2 and "say --yes" in str(ended.value)
    assert tenant.users() == [] and outbox == []


def test_dry_run_changes_nothing(tenant, person):
    told = report(EVERYBODY, "--dry-run")
    assert (told["mails"], told["sent"], told["dry_run"]) == (1, 0, True)
    assert told["sample"]["email"] == person.email
    assert tenant.users() == [] and not Reminder.objects.exists()


# --- mails that the site sends --------------------------------------------------------------------


class Refusing(EmailBackend):
    error = smtplib.SMTPRecipientsRefused({"ada@people.example": (550, b"no such user")})

    def send_messages(self, messages):
        raise self.error


class Breaking(Refusing):
    error = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")


@pytest.fixture
def outbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "Shop <post@shop.example>"
    settings.TEMPLATES = [{"BACKEND": ENGINE, "APP_DIRS": True}]
    mail.outbox = []
    yield mail.outbox
    mail.outbox = []


def backend(settings, kind):
    settings.EMAIL_BACKEND = "%s.%s" % (__name__, kind.__name__)


def link_in(message):
    return next(line for line in message.body.splitlines() if line.startswith("http"))


def test_the_site_mails_a_link_that_sets_the_password(tenant, site, person, outbox):
    printed = remind(EVERYBODY, "--ticket")
    (message,) = outbox
    assert message.to == [person.email]
    assert person.get_username() in message.body
    link = link_in(message)
    assert link not in printed and "ticket=" not in printed
    (html, kind), = message.alternatives
    assert kind == "text/html" and link.replace("&", "&amp;") in html
    assert tenant.call("GET", "/sandbox/outbox.json")["total"] == 0, "Auth0 mailed as well"
    set_password(link, NEWER)
    assert site.login(person, NEWER) == person.pk
    remind(EVERYBODY, "--ticket")
    assert len(outbox) == 1


def test_who_has_no_password_is_mailed_where_that_is_said_in_words_that_fit(tenant, outbox):
    ada = make_person("ada", None)
    assert ada.password.startswith("!")
    assert report(EVERYBODY)["users"]["no_password"] == 1 and tenant.users() == []
    remind(EVERYBODY, "--ticket", "--without-password")
    assert "Your account has no password yet" in outbox[0].body
    assert "does not move" not in outbox[0].body and "log in as always" not in outbox[0].body
    assert "again" not in outbox[0].subject
    bob = make_person("bob")
    remind(EVERYBODY, "--ticket", "--without-password")
    assert outbox[1].to == [bob.email] and "no password yet" not in outbox[1].body


def test_whose_stored_password_is_damaged_is_not_sent_to_the_login_page(tenant, outbox):
    ada = make_person()
    type(ada).objects.update(password="pbkdf2_sha256$1000$damaged")
    remind(EVERYBODY, "--ticket")
    (message,) = outbox
    for text in (message.body, message.alternatives[0][0]):
        assert "damaged" in text and "ask there for a new password" in text and "log in as always" not in text


def test_the_mail_speaks_the_sites_language_and_has_its_name(tenant, person, outbox, settings):
    settings.LANGUAGE_CODE = "de"
    remind(EVERYBODY, "--ticket", "--site-name", "Lädchen & Co")
    assert outbox[0].subject == "Bitte setzen Sie Ihr Passwort auf Lädchen & Co neu"
    assert "Guten Tag " in outbox[0].body and "Lädchen & Co" in outbox[0].body
    assert "Lädchen &amp; Co" in outbox[0].alternatives[0][0]


def test_the_site_overrides_the_templates(tenant, person, outbox, settings):
    texts = {
        "auth0db/reminder_subject.txt": "Hello\n from us\n",
        "auth0db/reminder_email.txt": "{{ email }} {{ url }}",
        "auth0db/reminder_email.html": "",
    }
    loaders = [("django.template.loaders.locmem.Loader", texts)]
    settings.TEMPLATES = [{"BACKEND": ENGINE, "OPTIONS": {"loaders": loaders}}]
    remind(EVERYBODY, "--ticket")
    (message,) = outbox
    assert message.subject == "Hello from us"
    assert message.body.startswith(person.email + " http")
    assert message.alternatives == []


def test_dry_run_shows_a_mail_as_it_will_look(tenant, person, outbox):
    printed = remind(EVERYBODY, "--ticket", "--dry-run")
    assert "To: " + person.email in printed and "https://..." in printed
    assert outbox == [] and tenant.users() == []


def test_a_mail_that_was_refused_is_tried_again_by_the_next_run(tenant, person, outbox, settings):
    backend(settings, Refusing)
    remind(EVERYBODY, "--ticket")
    reminder = Reminder.objects.get()
    assert reminder.status == "failed" and "no such user" in reminder.detail
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    remind(EVERYBODY, "--ticket")
    assert Reminder.objects.get().status == "sent" and len(outbox) == 1


def test_a_server_that_refuses_everything_ends_the_wave(tenant, outbox, settings):
    for i in range(8):
        make_person("user%d" % i)
    backend(settings, Refusing)
    with pytest.raises(CommandError):
        remind(EVERYBODY, "--ticket")
    assert Reminder.objects.filter(status="failed").count() == 5
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    remind(EVERYBODY, "--ticket")
    assert len({message.to[0] for message in outbox}) == len(outbox) == 8


@pytest.mark.parametrize("word, sent", [("sent", 0), ("resend", 1)])
def test_a_mail_that_may_have_left_is_said_to_be_unconfirmed(
    tenant, person, outbox, settings, word, sent
):
    backend(settings, Breaking)
    with pytest.raises(CommandError):
        remind(EVERYBODY, "--ticket")
    assert Reminder.objects.get().status == "in-air"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert "Unconfirmed: " in remind(EVERYBODY, "--ticket")
    assert outbox == [], "mailed again without being told to"
    # Long enough ago to be no living run's
    Reminder.objects.update(in_air="2026-01-31T12:00:00Z")
    remind(EVERYBODY, "--ticket", "--unconfirmed", word)
    assert (len(outbox), Reminder.objects.get().status) == (sent, "sent")


def test_a_site_that_nobody_has_named_must_be_named(tenant, person, outbox):
    with pytest.raises(CommandError, match="--site-name"):
        call_command("auth0_remind", "--yes", "--ticket", EVERYBODY, stdout=io.StringIO())
    assert outbox == [] and tenant.users() == []


class ServiceSaysNo(Exception):
    """Of a mail service's own library."""


def refused_connection():
    try:
        raise ConnectionRefusedError(111, "refused")
    except ConnectionRefusedError as error:
        raise OSError("as an HTTP library wraps it") from error


def says_no():
    raise ServiceSaysNo("402 payment required")


def is_not_there():
    raise ConnectionRefusedError(111, "refused")


class Failing(EmailBackend):
    how = staticmethod(says_no)

    def send_messages(self, messages):
        Failing.how()


@pytest.mark.parametrize("how", [says_no, is_not_there, refused_connection])
def test_a_mail_service_that_says_no_has_sent_nothing_and_prints_no_traceback(
    tenant, person, outbox, settings, monkeypatch, how
):
    backend(settings, Failing)
    monkeypatch.setattr(Failing, "how", staticmethod(how))
    remind(EVERYBODY, "--ticket")
    reminder = Reminder.objects.get()
    assert reminder.status == "failed" and "ticket=" not in reminder.detail
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    remind(EVERYBODY, "--ticket")
    assert len(outbox) == 1


def test_a_template_of_the_site_that_cannot_be_filled_sends_nothing(tenant, person, outbox, settings):
    loaders = [("django.template.loaders.locmem.Loader", {"auth0db/reminder_subject.txt": "{% nonsense %}"})]
    settings.TEMPLATES = [{"BACKEND": ENGINE, "OPTIONS": {"loaders": loaders}}]
    remind(EVERYBODY, "--ticket")
    assert Reminder.objects.get().status == "failed" and outbox == []
