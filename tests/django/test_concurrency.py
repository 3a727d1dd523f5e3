"""Several processes at once, and processes that die in the middle: one tenant user, one link."""

import os
import signal
import subprocess
import threading
import time

import pytest

from django.db import OperationalError, connection, connections, transaction

from auth0db import _native, afterwards, conf, marks, outage, policy, tombstones
from auth0db.models import Auth0Site, Auth0User, Holdout, Tombstone, put
from harness import PASSWORD, make_person, run_site


def first_logins(person, count, env=None):
    """So many processes that log the person in at the same moment. Their closing words."""
    processes = [
        run_site(
            "act.py", person.get_username(), env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(count)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write(PASSWORD + "\n")
        process.stdin.flush()
    return [process.communicate(timeout=60)[0].strip() for process in processes]


def test_two_first_logins_at_once_make_one_user_and_one_link(tenant, person):
    for _ in range(3):
        assert first_logins(person, 2) == [str(person.pk)] * 2
        [there] = tenant.users()
        assert Auth0User.objects.get().auth0_id == there["user_id"]
        Auth0User.objects.all().delete()
        tenant.api("DELETE", "/users/" + there["user_id"])


def test_four_first_logins_of_a_site_without_a_name_yet(tenant, person):
    Auth0Site.objects.all().delete()
    assert first_logins(person, 4) == [str(person.pk)] * 4
    assert len(tenant.users()) == Auth0User.objects.count() == Auth0Site.objects.count() == 1


def changes_a_password(person):
    marks.change(person, None, ("told", None, person.password))


def is_held_back(person):
    put(Holdout, person, reason="no-email", detail="", hash_digest="")


def is_erased(person):
    Tombstone.objects.create(user_id=person.pk, number=1, auth0_id="auth0|gone%s" % person.pk, state="left")
    with transaction.atomic():
        assert tombstones.erase("auth0|gone%s" % person.pk) == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="elsewhere rows are locked, and whoever comes later waits")
@pytest.mark.parametrize("act", [changes_a_password, is_held_back, is_erased])
def test_a_crowd_waits_for_its_turn(act):
    """Who has read, and then writes in the same transaction after somebody else has, is told at once that the database is
    locked: that is an error page."""
    failed, people = [], [make_person("person%d" % n) for n in range(4)]
    for one in people:
        Auth0User.objects.create(user=one, auth0_id="auth0|%s" % one.pk, lane="login")

    def go_on(one):
        try:
            for _ in range(25):
                act(one)
        except OperationalError as error:
            failed.append(error)
        finally:
            connections.close_all()

    crowd = [threading.Thread(target=go_on, args=[one]) for one in people]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    assert failed == []


def test_two_first_logins_of_somebody_only_the_tenant_knows(tenant):
    from django.contrib.auth import get_user_model

    class Eve:
        @staticmethod
        def get_username():
            return "eve@tenant.example"

    tenant.create("eve@tenant.example", PASSWORD, verified=True)
    said = first_logins(Eve, 3)
    user = get_user_model().objects.get()
    assert said == [str(user.pk)] * 3


def replace(person, password):
    """Set on the site, telling nobody."""
    from django.contrib.auth.hashers import make_password

    type(person)._default_manager.filter(pk=person.pk).update(password=make_password(password))


def lose_the_answer_to_the_create(tenant, site, person):
    tenant.fault("/api/v2/users", method="POST", drop=True, execute=True, count=1)
    assert site.login(person) == person.pk and not Auth0User.objects.exists()
    assert tenant.accepts(person.email, PASSWORD)


def log_in_and_die(person, where, password=PASSWORD):
    """In a process of its own, which dies on entering that method of Answers."""
    process = run_site(
        "act.py",
        person.get_username(),
        env={"ACT_DIE_IN": where},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    process.stdout.readline()
    process.communicate(password + "\n", timeout=60)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("where", ["link", "_write_link"])
def test_killed_between_create_and_link(tenant, site, person, where):
    log_in_and_die(person, where)
    assert len(tenant.users()) == 1 and not Auth0User.objects.exists()
    assert site.login(person) == person.pk
    [there] = tenant.users()
    assert Auth0User.objects.get(user=person).auth0_id == there["user_id"]
    assert there["user_id"] == _native.expected_id(Auth0Site.current(), str(person.pk))


def test_an_answer_lost_after_the_create(tenant, site, person):
    tenant.fault("/api/v2/users", method="POST", drop=True, execute=True, count=1)
    assert site.login(person) == person.pk
    assert len(tenant.users()) == 1 and not Auth0User.objects.exists()
    assert site.login(person) == person.pk
    assert Auth0User.objects.get(user=person).auth0_id == tenant.users()[0]["user_id"]


def test_killed_then_changed_at_the_tenant(tenant, site, person):
    """The password the tenant was given since is not overwritten by the one that was on its way."""
    tenant.fault("/api/v2/users", method="POST", drop=True, execute=True, count=1)
    site.login(person)
    tenant.set_password(tenant.users()[0]["user_id"], "Newer-At-Auth0-1")
    assert site.login(person) is None
    assert site.login(person, "Newer-At-Auth0-1") == person.pk


def test_requests_after_a_kill_stay_within_four(tenant, site, person):
    tenant.fault("/api/v2/users", method="POST", drop=True, execute=True, count=1)
    site.login(person)
    tenant.clear_requests()
    site.login(person)
    counts = tenant.requests()["counts"]
    assert sum(n for route, n in counts.items() if "jwks" not in route) <= 4


def test_a_password_set_while_a_login_is_under_way_is_not_overwritten(
    tenant, site, moved, monkeypatch
):
    """The tenant took another password; before the local hash is renewed, somebody sets a newer
    one."""
    from auth0db.answers import Answers
    from django.contrib.auth import get_user_model

    tenant.set_password(moved.auth0.auth0_id, "Newer-At-Auth0-1")
    renew = Answers.renew_hash

    def overtaken(self, question):
        other = get_user_model().objects.get(pk=moved.pk)
        other.set_password("Set-Meanwhile-1")
        other.save()
        return renew(self, question)

    monkeypatch.setattr(Answers, "renew_hash", overtaken)
    site.login(moved, "Newer-At-Auth0-1")
    moved.refresh_from_db()
    assert moved.check_password("Set-Meanwhile-1")
    assert site.me() is None, "and the session of the overtaken password ends"


def test_workers_forked_after_a_login_share_no_connection(tenant, person):
    [said] = first_logins(person, 1, env={"ACT_FORK": "3"})
    assert said.split() == [str(person.pk)] * 5
    assert len(tenant.users()) == 1


@pytest.mark.parametrize("module, work", [
    (conf, conf.client),
    (outage, lambda: outage.observe(conf.client())),
    (policy, policy.current),
    (afterwards, lambda: afterwards.send(0, "site")),
])  # fmt: skip
def test_a_worker_forked_while_another_thread_was_busy_does_not_wait_for_it(tenant, module, work):
    def busy():
        with module._lock:
            held.set()
            forked.wait(60)

    held, forked = threading.Event(), threading.Event()
    other = threading.Thread(target=busy)
    other.start()
    held.wait(60)
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    forked.set()
    other.join(60)
    assert os.waitpid(child, 0)[1] == 0


def test_threads_share_the_client(tenant):
    from concurrent.futures import ThreadPoolExecutor

    from django.contrib.auth import authenticate
    from django.db import connections

    people = [make_person("person%d" % n) for n in range(8)]

    def log_in(person):
        try:
            return authenticate(None, username=person.get_username(), password=PASSWORD)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(log_in, people * 4)) == people * 4
    assert len(tenant.users()) == Auth0User.objects.count() == 8


def test_an_answer_lost_after_the_create_then_changed_on_the_site(tenant, site, person):
    """The tenant was made with the password of then; nobody may bring it back."""
    tenant.fault("/api/v2/users", method="POST", drop=True, execute=True, count=1)
    assert site.login(person) == person.pk and not Auth0User.objects.exists()
    person.set_password("Set-Meanwhile-1")
    person.save()
    assert tenant.accepts(person.email, PASSWORD)
    assert site.login(person, PASSWORD) is None
    assert site.login(person, "Set-Meanwhile-1") == person.pk
    assert not tenant.accepts(person.email, PASSWORD)


def test_killed_after_its_push_has_arrived(tenant, site, moved):
    """The tenant's mark has moved, and only a dead process has seen it; then the site's password
    changes again, and nobody tells us."""
    replace(moved, "First-Newer-1")
    log_in_and_die(moved, "mark_in_step", "First-Newer-1")
    assert tenant.accepts(moved.email, "First-Newer-1")
    replace(moved, "Second-Newer-2")
    assert site.login(moved, "First-Newer-1") is None
    while marks.under_way(Auth0User.objects.get(user=moved).tenant_mark):  # for AUTH0_DEADLINE
        time.sleep(0.1)
    assert site.login(moved, "Second-Newer-2") == moved.pk
    assert tenant.accepts(moved.email, "Second-Newer-2")


def test_killed_between_a_link_and_the_push_of_a_newer_password(tenant, site, person):
    lose_the_answer_to_the_create(tenant, site, person)
    replace(person, "First-Newer-1")
    log_in_and_die(person, "begin_push", "First-Newer-1")
    assert tenant.accepts(person.email, PASSWORD) and Auth0User.objects.filter(user=person).exists()
    assert site.login(person) is None
    assert site.login(person, "First-Newer-1") == person.pk
    assert tenant.accepts(person.email, "First-Newer-1")


def test_a_push_to_somebody_not_linked_yet_loses_its_answer(tenant, site, person):
    """The tenant user is ours, its mark moves, and the site's password changes once more."""
    lose_the_answer_to_the_create(tenant, site, person)
    replace(person, "First-Newer-1")
    tenant.fault("/api/v2/users", method="PATCH", drop=True, execute=True, count=1)
    assert site.login(person, "First-Newer-1") == person.pk
    assert tenant.accepts(person.email, "First-Newer-1")
    replace(person, "Second-Newer-2")
    assert site.login(person, "First-Newer-1") is None
    assert site.login(person, "Second-Newer-2") == person.pk
    assert tenant.accepts(person.email, "Second-Newer-2")


@pytest.mark.parametrize("made", ["now", "before"])
def test_a_password_set_while_the_link_was_on_its_way(tenant, site, person, monkeypatch, made):
    """Whoever set it found no link, and told the tenant nothing."""
    from auth0db.answers import Answers

    if made == "before":
        lose_the_answer_to_the_create(tenant, site, person)
    write_link = Answers._write_link

    def overtaken(self, *arguments):
        replace(person, "Set-Meanwhile-1")
        return write_link(self, *arguments)

    monkeypatch.setattr(Answers, "_write_link", overtaken)
    site.login(person)
    monkeypatch.undo()
    assert site.login(person) is None
    assert site.login(person, "Set-Meanwhile-1") == person.pk
    assert tenant.accepts(person.email, "Set-Meanwhile-1")
