"""What fails shows no secret, wherever it fails: not in the frames as they are (Sentry, a debugger), not in Django's own
reports, not in the exception, not in the log.

Each path is walked once to see which functions of ours it runs, and then once for each of them, with a failure at the last
line of it that was run: when all its variables are there.
"""

import logging
import sys
import traceback
from pathlib import Path

import django
import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.views.debug import ExceptionReporter

import auth0db
from harness import NEWER, PASSWORD, make_person

# What fails where the core writes to the log is nobody's to hear of
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

OURS = str(Path(auth0db.__file__).parent)
NOT_FAILED = {"reports.py", "forks.py"}  # the net itself
# One assignment, which Django runs for each row that it reads: what is above it holds rows as it does without us
CANNOT_FAIL = {"after_init"}
WRONG = "Wrong-Password-1"


class Broken(Exception):
    """A failure that nothing of ours expects."""


class FailsAt:
    """Fails at one line of ours, the first time that it is run; without one, notes which are run."""

    def __init__(self, where=None):
        self.where, self.lines = where, {}

    def called(self, frame, event, arg):
        path = frame.f_code.co_filename
        if path.startswith(OURS) and Path(path).name not in NOT_FAILED and "migrations" not in path:
            return None if frame.f_code.co_name in CANNOT_FAIL else self.ran
        return None

    def ran(self, frame, event, arg):
        code, line = frame.f_code, frame.f_lineno
        if event == "line" and line > self.lines.get(code, 0):
            self.lines[code] = line
        if event == "line" and (code, line) == self.where:
            self.where = None
            raise Broken("%s, line %d" % (code.co_filename, line))
        return self.ran

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.called)
        return self

    def __exit__(self, *args):
        sys.settrace(self.before)


def frames_of(error):
    """All frames of this exception and of those it came from."""
    left, seen = [error], set()
    while left:
        each = left.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield from (frame for frame, _ in traceback.walk_tb(each.__traceback__))
            left += [each.__cause__, each.__context__]


def text_of(value):
    try:
        return repr(value)
    except Exception:  # half made when it failed, or of something that has no text: a reporter shows none either
        return ""


def shown_raw(error):
    """Reporters that read frames show the locals' repr. Of frames above the first of ours only their owners can
    take anything away."""
    ours = False
    for frame in frames_of(error):
        ours = ours or frame.f_code.co_filename.startswith(OURS)
        if ours and frame.f_code.co_filename != __file__:
            for name, value in frame.f_locals.items():
                yield "%s, %s" % (frame.f_code.co_qualname if sys.version_info >= (3, 11) else frame.f_code.co_name,
                                  name), text_of(value)  # fmt: skip


def shown(error, records):
    yield from shown_raw(error)
    yield "the exception", "%r %s %r" % (error, error, error.args)
    told = traceback.TracebackException.from_exception(error)
    yield "the traceback", "".join(told.format())
    request = RequestFactory().get("/")
    reporter = ExceptionReporter(request, type(error), error, error.__traceback__)
    for frame in reporter.get_traceback_frames():
        if frame["filename"] != __file__:
            for name, value in frame["vars"]:
                yield "Django's report of %s, %s" % (frame["function"], name), text_of(value)
    for record in records:
        yield "the log", record.getMessage()


def reported(records):
    for record in records:
        if record.exc_info and isinstance(record.exc_info[1], BaseException):
            yield record.exc_info[1]


@pytest.fixture
def secrets(settings):
    """What must not be seen; a test adds to it."""
    settings.DEBUG = False
    hashes = list(get_user_model().objects.values_list("password", flat=True))
    return [PASSWORD, NEWER, WRONG, settings.AUTH0_CLIENT_SECRET, *hashes]


def run(path):
    """In a transaction that is undone, so that each failure meets the same site. One that keeps the log from being
    itself again leaves its filter there."""
    log = logging.getLogger("auth0db")
    filters = list(log.filters)
    try:
        with transaction.atomic():
            path()
            transaction.set_rollback(True)
    except Exception as error:
        return error
    finally:
        log.filters = filters
    return None


@pytest.fixture
def nothing_is_shown(secrets, caplog):
    caplog.set_level(logging.DEBUG, "auth0db")

    def check(path, before=lambda: None, least=1):
        def look(error):
            hashes = get_user_model().objects.values_list("password", flat=True)
            hidden = {secret for secret in (*secrets, *hashes) if len(secret) > 5}
            errors = [e for e in (error, *reported(caplog.records)) if e is not None]
            for each in errors:
                for where, text in shown(each, caplog.records):
                    assert [s for s in hidden if s in text] == [], "%s, when %s" % (where, each)
            caplog.clear()
            return len(errors)

        before()
        with FailsAt() as walk:
            error = run(path)
        look(error)
        seen = 0
        for where in walk.lines.items():
            before()
            with FailsAt(where):
                error = run(path)
            seen += look(error)
        assert seen >= least, "%d of %d failures were seen" % (seen, len(walk.lines))

    return check


# --- logins ---------------------------------------------------------------------------------------


def credentials(person, password=PASSWORD):
    return {get_user_model().USERNAME_FIELD: person.get_username(), "password": password}


def login(person, password=PASSWORD):
    from auth0db.backends import MigrateToAuth0Backend

    request = RequestFactory().post("/login/")
    return lambda: authenticate(request, **credentials(person, password)) and MigrateToAuth0Backend


@pytest.mark.parametrize("password", [PASSWORD, WRONG], ids=["right", "wrong"])
def test_a_login_of_somebody_who_has_not_moved(tenant, person, nothing_is_shown, password):
    nothing_is_shown(login(person, password), tenant.reset, least=15)


@pytest.mark.parametrize("password", [PASSWORD, WRONG], ids=["right", "wrong"])
def test_a_login_of_somebody_who_has_moved(tenant, moved, nothing_is_shown, password):
    nothing_is_shown(login(moved, password), least=15)


def test_a_login_with_a_password_that_was_changed_at_auth0(tenant, moved, nothing_is_shown):
    tenant.set_password(moved.auth0.auth0_id, NEWER)
    nothing_is_shown(login(moved, NEWER), least=15)


def test_a_login_with_a_password_that_was_changed_on_the_site(tenant, moved, nothing_is_shown):
    moved.set_password(NEWER)
    moved.save()

    def of_before():
        tenant.set_password(moved.auth0.auth0_id, PASSWORD)

    nothing_is_shown(login(moved, NEWER), of_before, least=15)


def test_a_login_of_somebody_whom_only_auth0_knows(tenant, person, nothing_is_shown):
    tenant.create("bob@people.example", verified=True)

    def by_email():
        return authenticate(RequestFactory().post("/"), username="bob@people.example", password=PASSWORD)

    nothing_is_shown(by_email, least=15)


def test_a_login_during_an_outage(tenant, moved, nothing_is_shown):
    from auth0db import conf

    tenant.off()

    def fresh():
        conf._client = None

    nothing_is_shown(login(moved), fresh, least=15)


@pytest.mark.skipif(django.VERSION < (5, 2), reason="before 5.2, nobody awaits a backend")
def test_a_login_that_is_awaited(tenant, moved, nothing_is_shown):
    from django.contrib.auth import aauthenticate

    request = RequestFactory().post("/login/")
    nothing_is_shown(
        lambda: async_to_sync(aauthenticate)(request, **credentials(moved)), least=15
    )


def test_a_login_with_wrong_settings(person, settings, secrets, nothing_is_shown):
    planted = "Planted-Secret-In-Settings"
    secrets.append(planted)
    for name, value in (
        ("AUTH0_DOMAIN", "http://tenant.example"),
        ("AUTH0_CLIENT_SECRET", planted.encode()),
        ("AUTH0_CLIENT_SECRET", planted + "\x01"),
        ("AUTH0_CLIENT_SECRET", [7, {"old": planted}]),
        ("AUTH0_USER_JWT", [planted]),
        ("AUTH0_USER_JWT", planted + " "),
        ("AUTH0_PROXY", "u:%s@proxy" % planted),
        ("AUTH0_CONNECT_TIMEOUT", "soon"),
    ):
        setattr(settings, name, value)
        assert isinstance(run(login(person)), Exception), "%s, of the kind %s" % (name, type(value).__name__)
        nothing_is_shown(login(person))
        setattr(settings, name, conf_default(name, settings))


def conf_default(name, settings):
    from project import settings as project

    from auth0db import conf

    return getattr(project, name, conf.DEFAULTS[name])


# --- passwords that are set -----------------------------------------------------------------------


def form(kind, person, **fields):
    from auth0db import forms

    def path():
        filled = getattr(forms, kind)(get_user_model().objects.get(pk=person.pk), fields)
        assert filled.is_valid(), filled.errors
        filled.save()

    return path


FORMS = {
    "SetPasswordForm": {"new_password1": NEWER, "new_password2": NEWER},
    "PasswordChangeForm": {"old_password": PASSWORD, "new_password1": NEWER, "new_password2": NEWER},
    "AdminPasswordChangeForm": {"password1": NEWER, "password2": NEWER, "usable_password": "true"},
}


class commits:
    """on_commit as it is without a test around it: after the outermost block, from Django's own frames."""

    def __init__(self, path):
        self.path = path

    def __call__(self):
        self.path()
        with transaction.atomic():
            hooks, connection.run_on_commit = connection.run_on_commit, []
            for hook in hooks:
                hook[1]()


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("validated", [False, True])
def test_a_form_that_sets_a_password(tenant, moved, settings, nothing_is_shown, kind, validated):
    names = ("TenantPasswordPolicy", "Auth0PasswordSync") if validated else ()
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": "auth0db.validators." + name} for name in names]
    nothing_is_shown(commits(form(kind, moved, **FORMS[kind])), least=8)


def test_code_that_sets_a_password(tenant, moved, settings, nothing_is_shown):
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": "auth0db.validators.Auth0PasswordSync"}]

    def path():
        person = get_user_model().objects.get(pk=moved.pk)
        person.set_password(NEWER)
        person.save()

    nothing_is_shown(commits(path), least=1)


def test_a_push_that_fails_does_not_undo_the_password(tenant, moved, settings, monkeypatch, caplog):
    """It is on the site, and the next login brings it to Auth0."""
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": "auth0db.validators.Auth0PasswordSync"}]

    def fails(*args):
        raise Broken(NEWER)

    monkeypatch.setattr("auth0db.passwords.push", fails)
    moved.set_password(NEWER)
    moved.save()
    moved.refresh_from_db()
    assert moved.check_password(NEWER)
    said = [record for record in caplog.records if "not at Auth0" in record.getMessage()]
    assert len(said) == 1 and NEWER not in said[0].getMessage()


def test_what_waits_for_the_commit_shows_nothing(tenant, moved, settings, secrets):
    """A frame of Django's holds it, above all of ours."""
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": "auth0db.validators.Auth0PasswordSync"}]
    with transaction.atomic():
        moved.set_password(NEWER)
        moved.save()
        waiting = repr(connection.run_on_commit)
        transaction.set_rollback(True)
    assert "Later" in waiting and [secret for secret in secrets if secret in waiting] == []


def test_the_frames_of_what_an_error_came_from_are_empty_too():
    from auth0db.reports import hides_secrets

    def fails(told):
        raise Broken("first")

    @hides_secrets
    def guarded(told, cause):
        try:
            fails(told)
        except Broken as error:
            raise Broken("second") from (error if cause else None)

    for cause in (True, False):
        try:
            guarded(NEWER, cause)
        except Broken as error:
            assert error.__context__ is not None
            assert [frame for frame in frames_of(error) if frame.f_code.co_filename == __file__ and
                    frame.f_code.co_name != "test_the_frames_of_what_an_error_came_from_are_empty_too" and
                    NEWER in repr(frame.f_locals)] == []  # fmt: skip


def test_frames_of_an_error_that_was_there_before_are_left_alone():
    """They are somebody else's, who is about to report them."""
    from auth0db.reports import hides_secrets

    def theirs():
        detail = "what went wrong"
        raise Broken(len(detail))

    @hides_secrets
    def ours():
        raise Broken("ours")

    try:
        theirs()
    except Broken as before:
        with pytest.raises(Broken):
            ours()
        kept = [frame.f_locals for frame in frames_of(before) if frame.f_code.co_name == "theirs"]
        assert kept == [{"detail": "what went wrong"}]


# --- commands, checks, the admin ------------------------------------------------------------------


@pytest.fixture
def planted_database(secrets, settings):
    """The database's password is in its settings, and so in the URL that the command is given."""
    planted = "Planted-Database-Password"
    secrets.append(planted)
    before = connection.settings_dict["PASSWORD"]
    connection.settings_dict["PASSWORD"] = planted
    yield
    connection.settings_dict["PASSWORD"] = before


@pytest.mark.parametrize("name", ["auth0_status", "auth0_plan", "auth0_remind"])
@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/at/all"])
def test_a_command_that_fails(person, monkeypatch, secrets, nothing_is_shown, name, program):
    secrets.append("Planted-In-The-Environment")
    monkeypatch.setenv("AUTH0DB_COMMAND", program)
    monkeypatch.setenv("AUTH0DB_OTHER", "Planted-In-The-Environment")
    arguments = ["--ticket", "--yes"] if name == "auth0_remind" else []
    assert isinstance(run(lambda: call_command(name, *arguments)), CommandError)
    nothing_is_shown(lambda: call_command(name, *arguments), least=4 if program == "/bin/false" else 1)


@pytest.mark.parametrize("name", ["auth0_check", "auth0_migrated", "auth0_site", "check"])
def test_a_command_of_the_app(tenant, moved, nothing_is_shown, name, capsys):
    nothing_is_shown(lambda: call_command(name), least=3)


def test_the_admin(tenant, moved, nothing_is_shown):
    from auth0db.models import Holdout

    Holdout.objects.create(user=moved, reason="foreign-account", hash_digest="", detail="")
    boss = make_person("boss", is_staff=True, is_superuser=True)
    browser = Client()
    browser.force_login(boss)

    def look():
        assert browser.get("/admin/auth0db/holdout/?q=ada").status_code == 200
        browser.post("/admin/auth0db/holdout/", {"action": "keep", "_selected_action": [moved.pk]})

    nothing_is_shown(look, least=3)
