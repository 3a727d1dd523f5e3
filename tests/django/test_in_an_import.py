"""People log in, with the old password or a new one, while an import has them on their way: nobody is locked out, nobody
becomes two, and no password that was replaced opens anything."""

import random
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import authenticate
from django.db import connections

from auth0db.models import Auth0User, Holdout, ImportBatch, ImportClaim
from harness import NEWER, PASSWORD, make_person, run_site

PATIENCE = 120
SYNC = {"NAME": "auth0db.validators.Auth0PasswordSync"}


def wait_until(happened):
    ends = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


class Importer:
    """`manage.py auth0_import` in a process of its own."""

    def __init__(self):
        words = ("-W", "ignore", "-m", "django", "auth0_import", "--yes", "--no-canary", "--json")
        self.process = run_site(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def has_submitted(self):
        assert self.is_at_work(), self.process.communicate()
        return ImportBatch.objects.filter(status="submitted").exists()

    def is_at_work(self):
        return self.process.poll() is None

    def ends_well(self):
        self.process.send_signal(signal.SIGCONT)
        output, errors = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, output + errors

    def stop(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def importing(tenant, settings):
    """start(stage): everybody is claimed and submitted, and the importer stands still. "on its way": the tenant has nobody
    yet; "there": the job is over, and only the importer does not know."""
    settings.AUTH_PASSWORD_VALIDATORS = [SYNC]
    started = []

    def start(stage):
        bystander = make_person("bystander", "Fine-Weather-3")
        tenant.options(job_ms=3600000)
        importer = Importer()
        started.append(importer)
        wait_until(importer.has_submitted)
        importer.process.send_signal(signal.SIGSTOP)
        if stage == "there":
            tenant.options(job_ms=0)
            wait_until(lambda: bystander.email in [user["email"] for user in tenant.users()])
        return importer

    yield start
    for importer in started:
        importer.stop()


def set_on_site(person, password):
    person.refresh_from_db()
    person.set_password(password)
    person.save()


def assert_everybody_has_moved_once(tenant, people):
    links = {link.user_id: link.auth0_id for link in Auth0User.objects.all()}
    there = {user["user_id"]: user["email"] for user in tenant.users()}
    assert len(there) == len(set(links.values())) == len(tenant.users()) == len(people)
    for person in people:
        assert there[links[person.pk]] == person.email
    assert not ImportClaim.objects.exists() and not Holdout.objects.exists()
    assert set(ImportBatch.objects.values_list("status", flat=True)) == {"settled"}


def assert_good_everywhere(tenant, site, person, good, bad=None):
    for _ in range(2):  # the first may have something to put in step
        assert site.login(person, good) == person.pk
    assert tenant.accepts(person.email, good)
    if bad:
        assert site.login(person, bad) is None and not tenant.accepts(person.email, bad)
    person.refresh_from_db()
    assert person.check_password(good)


def everybody():
    from django.contrib.auth import get_user_model

    return list(get_user_model().objects.all())


def test_who_awaits_activation_while_everybody_is_imported(tenant, site, settings):
    """Nothing is on record of an inactive user, so that nothing stands in the way of one who is active again."""
    settings.AUTH_PASSWORD_VALIDATORS = [SYNC]
    bystander = make_person("bystander", "Fine-Weather-3")
    waiting = make_person("waiting", is_active=False)
    Importer().ends_well()
    assert site.login(waiting) is None
    assert list(Auth0User.objects.values_list("user_id", flat=True)) == [bystander.pk]
    assert not Holdout.objects.exists() and not tenant.accepts(waiting.email, PASSWORD)
    type(waiting).objects.filter(pk=waiting.pk).update(is_active=True)
    set_on_site(waiting, NEWER)
    assert_good_everywhere(tenant, site, waiting, NEWER, PASSWORD)
    assert_everybody_has_moved_once(tenant, everybody())


stages = pytest.mark.parametrize("stage", ["on its way", "there"])


@stages
def test_a_login_with_the_password_that_is_in_the_batch(tenant, site, person, importing, stage):
    importer = importing(stage)
    assert ImportClaim.objects.filter(user=person).exists()
    assert site.login(person) == person.pk
    assert Auth0User.objects.get(user=person).lane in ("login", "join")
    tenant.options(job_ms=0)
    importer.ends_well()
    assert_everybody_has_moved_once(tenant, everybody())
    assert_good_everywhere(tenant, site, person, PASSWORD)


@stages
def test_a_password_changed_before_the_first_login(tenant, site, person, importing, stage):
    """The batch brings the old one to Auth0, or has brought it: it must not come back from there, nor by an object that
    was read before."""
    importer, before = importing(stage), type(person).objects.get(pk=person.pk)
    set_on_site(person, NEWER)
    before.save()
    assert site.login(person, PASSWORD) is None
    assert site.login(person, NEWER) == person.pk
    tenant.options(job_ms=0)
    importer.ends_well()
    assert_everybody_has_moved_once(tenant, everybody())
    assert_good_everywhere(tenant, site, person, NEWER, bad=PASSWORD)


@stages
def test_a_password_changed_between_two_logins(tenant, site, person, importing, stage):
    importer = importing(stage)
    assert site.login(person) == person.pk
    set_on_site(person, NEWER)
    assert site.login(person, PASSWORD) is None
    tenant.options(job_ms=0)
    importer.ends_well()
    assert_everybody_has_moved_once(tenant, everybody())
    assert_good_everywhere(tenant, site, person, NEWER, bad=PASSWORD)


@stages
def test_a_password_changed_and_nobody_logs_in_before_the_end(
    tenant, site, person, importing, stage
):
    """The link is made in step with the hash that was sent, and the site has another one by then. What was sent is in an
    object that was read before, too."""
    importer, before = importing(stage), type(person).objects.get(pk=person.pk)
    set_on_site(person, NEWER)
    tenant.options(job_ms=0)
    importer.ends_well()
    before.save()
    assert Auth0User.objects.get(user=person).lane == "bulk"
    assert_everybody_has_moved_once(tenant, everybody())
    assert site.login(person, PASSWORD) is None
    assert_good_everywhere(tenant, site, person, NEWER, bad=PASSWORD)


class Busy:
    """Somebody who logs in again and again, and changes the password now and then."""

    def __init__(self, person, chance):
        self.person, self.chance, self.passwords = person, chance, [PASSWORD]

    def go_on_while(self, importing):
        try:
            while importing():
                time.sleep(self.chance.random())
                if self.chance.random() < 0.4 and len(self.passwords) < 4:
                    self.passwords.append("Password-Number-%d" % len(self.passwords))
                    set_on_site(self.person, self.passwords[-1])
                self.log_in()
        finally:
            connections.close_all()

    def log_in(self):
        user = authenticate(None, username=self.person.get_username(), password=self.passwords[-1])
        assert user == self.person, "locked out with password %d" % len(self.passwords)


def test_a_crowd_that_logs_in_and_changes_passwords_while_it_is_imported(tenant, site, importing):
    people = [make_person("person%d" % n) for n in range(12)]
    crowd = [Busy(person, random.Random(n)) for n, person in enumerate(people)]
    importer = importing("on its way")
    importer.process.send_signal(signal.SIGCONT)
    tenant.options(job_ms=3000, same_user_limit=False)  # one user after the other
    with ThreadPoolExecutor(len(crowd)) as threads:
        list(threads.map(lambda one: one.go_on_while(importer.is_at_work), crowd))
    importer.ends_well()
    assert_everybody_has_moved_once(tenant, everybody())
    assert max(len(one.passwords) for one in crowd) > 1, "else nothing was tested"
    for one in crowd:
        assert_good_everywhere(tenant, site, one.person, *reversed(one.passwords[-2:]))
