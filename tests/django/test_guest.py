"""A good guest: what a site that has just been given the app meets before, and beside, everything."""

import io
import json
import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.core.management import CommandError, load_command_class
from django.db import connection

import auth0db
from auth0db.models import Holdout, ImportBatch, ImportClaim
from harness import KIND, PASSWORD, make_person, run_site
from sandbox import BUILD

OURS = "auth0db.backends.MigrateToAuth0Backend"
MODEL = "django.contrib.auth.backends.ModelBackend"
ROUTER = "auth0db.routers.BesideTheUsers"


def manage(*arguments, env=None):
    """(exit status, what was printed)"""
    process = run_site(
        "-m", "django", *arguments, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    text = process.communicate(timeout=120)[0]
    return process.returncode, text


# Each in a process of its own, which becomes the command where there is one; with a Django that was loaded once
ONE_AFTER_ANOTHER = """
import json, os, sys, traceback
import django
from django.core.management import execute_from_command_line
django.setup()
for words in json.load(sys.stdin):
    child = os.fork()
    if child == 0:
        try:
            execute_from_command_line(["manage.py", *words])
        except SystemExit:
            raise
        except BaseException:
            traceback.print_exc()
            sys.exit(1)
        sys.exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print("\\0%d\\0" % status, end="", flush=True)
"""


def manage_all(commands, env=None):
    """The same of each."""
    process = run_site("-c", ONE_AFTER_ANOTHER, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)  # fmt: skip
    told = process.communicate(json.dumps(commands), timeout=240)[0].split("\0")
    assert len(told) == 2 * len(commands) + 1, told
    return [(int(told[at + 1]), told[at]) for at in range(0, 2 * len(commands), 2)]


@pytest.fixture(scope="session")
def all_tables(tmp_path_factory):
    """A file of SQLite with the tables of every app, to be copied: to make them takes longer than most tests."""
    path = tmp_path_factory.mktemp("tables") / "all.db"
    settings = tmp_path_factory.mktemp("settings") / "all_tables.py"
    settings.write_text("from project.settings import *\nDATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', "
                        "'NAME': %r}}\n" % str(path))
    env = {"DJANGO_SETTINGS_MODULE": "all_tables",
           "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], str(settings.parent)])}
    status, text = manage("migrate", "--verbosity=0", env=env)
    assert status == 0, text
    return path


@pytest.fixture
def full(empty, a_site, request):
    """Settings of a site that mails, on a database with every table."""
    where = empty()
    if connection.vendor == "sqlite":
        shutil.copy(request.getfixturevalue("all_tables"), where["NAME"])
    env = a_site(
        DATABASES={"default": where},
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        AUTH_PASSWORD_VALIDATORS=[{"NAME": "auth0db.validators.Auth0PasswordSync"}],
    )
    if connection.vendor != "sqlite":
        assert manage("migrate", "--verbosity=0", env=env)[0] == 0
    return env


@pytest.fixture
def empty(tmp_path):
    """Settings of a database without a table, on the server of this run; more on each call."""
    made = []

    def make():
        name = "guest_" + secrets.token_hex(4)
        if connection.vendor == "sqlite":
            return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / (name + ".db"))}
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE " + name)
        made.append(name)
        return dict(json.loads(os.environ["SITE_DATABASE_SETTINGS"]), NAME=name)

    yield make
    with connection.cursor() as cursor:
        for name in made:
            cursor.execute("DROP DATABASE " + name)


@pytest.fixture
def a_site(tmp_path):
    """A settings module of its own: the project's, and what is said here."""

    def make(**changes):
        (tmp_path / "guest_settings.py").write_text(
            "from project.settings import *\n"
            + "".join("%s = %r\n" % (name, value) for name, value in changes.items())
        )
        return {
            "DJANGO_SETTINGS_MODULE": "guest_settings",
            "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], str(tmp_path)]),
        }

    return make


# --- before migrate -------------------------------------------------------------------------------

COMMANDS = sorted(
    path.stem for path in Path(auth0db.__file__).parent.glob("management/commands/auth0_*.py")
)
ARGUMENTS = {
    "auth0_export": ["folder"], "auth0_resolve": ["--keep", "ann", "--yes"], "auth0_import": ["--yes"],
    "auth0_undo": ["--yes"], "auth0_remind": ["--yes"], "auth0_factors": ["--yes"], "auth0_index": ["--yes"],
    "auth0_forget": ["auth0|0123456789abcdef01234567"],
}  # fmt: skip


def test_before_migrate_every_command_says_what_to_do(empty, a_site, tenant):
    env = a_site(DATABASES={"default": empty()})
    theirs = "auth" if KIND == "username" else KIND + "_people"
    assert manage("migrate", "--verbosity=0", theirs, env=env)[0] == 0
    told = manage_all([[command, *ARGUMENTS.get(command, [])] for command in COMMANDS], env=env)
    for command, (status, text) in zip(COMMANDS, told):
        assert "Traceback" not in text, text
        if command in ("auth0_site", "auth0_plan", "auth0_users"):  # they need no table of ours
            assert status == 0, (command, text)
        else:  # as a word: this test's own folder has it in its name
            assert status != 0 and re.search(r"\bmigrate\b", text), (command, text)


@pytest.mark.parametrize("command", ["auth0_check", "auth0_migrated", "auth0_plan", "auth0_status"])
def test_before_there_is_any_table(empty, a_site, tenant, command):
    status, text = manage(command, env=a_site(DATABASES={"default": empty()}))
    assert status != 0 and "Traceback" not in text, text
    assert "migrate" in text or "is it the site's database" in text, text


@pytest.mark.parametrize("command", ["auth0_check", "auth0_migrated", "auth0_site", "auth0_plan"])
def test_a_database_that_does_not_answer(a_site, tenant, tmp_path, command):
    nowhere = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "no" / "such.db")}
    status, text = manage(command, env=a_site(DATABASES={"default": nowhere}))
    assert "Traceback" not in text, text
    assert status != 0 or command == "auth0_site"


def test_a_reminder_by_the_site_before_migrate(empty, a_site, tenant):
    env = a_site(
        DATABASES={"default": empty()},
        INSTALLED_APPS=[*site_settings.INSTALLED_APPS, "django.contrib.sites"],
        SITE_ID=1,
    )
    status, text = manage("auth0_remind", "--ticket", "--yes", env=env)
    assert status != 0 and "Traceback" not in text and "migrate" in text, text


VISIT = """
import logging, sys
import django
django.setup()
password = sys.stdin.read()
from django.contrib.auth import get_user_model
from django.test import Client
from auth0db import afterwards
browser = Client(raise_request_exception=True)
make = get_user_model().objects.create_superuser
user = make(**dict({name: "ann" for name in ("username",) if hasattr(get_user_model(), name)},
                   email="ann@people.example", password=password))
answer = browser.post("/login/", {"username": user.get_username(), "password": password})
print("login", answer.status_code, bool(browser.get("/me/").content))
answer = browser.post("/login/", {"username": user.get_username(), "password": "wrong"})
print("wrong", answer.status_code)
browser.force_login(user, "django.contrib.auth.backends.ModelBackend")
for name in ("auth0user", "holdout", "reminder", "resolution", "importbatch"):
    answer = browser.get("/admin/auth0db/%s/" % name, follow=True)
    print("admin", answer.status_code, "migrate auth0db" in answer.content.decode())
print("index", browser.get("/admin/").status_code)
print("reset", browser.post("/forgotten/", {"email": "ann@people.example"}).status_code)
afterwards.finish(30)
from django.core import mail
print("mails", len(getattr(mail, "outbox", [])))
user.set_password(password + "2")
user.save()
answer = browser.post("/login/", {"username": user.get_username(), "password": password + "2"})
print("again", answer.status_code)
"""


def visit(env):
    process = run_site(
        "-c", VISIT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return process.communicate(PASSWORD, timeout=120)[0]


def test_before_migrate_the_site_goes_on_as_without_us(full, tenant):
    made_until(full, "zero")
    text = visit(full)
    assert "Traceback" not in text, text
    told = [line for line in text.splitlines() if re.match("[a-z]+ \\d", line)]
    assert told == ["login 302 True", "wrong 200", *["admin 200 True"] * 5, "index 200", "reset 302",
                    "mails 1", "again 302"], text  # fmt: skip
    assert "manage.py migrate auth0db" in text  # the log


# All tables are there, whatever migrations are yet to come: a number would bring a new table with it one day
A_COLUMN_IS_MISSING = """
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("ALTER TABLE auth0db_auth0user DROP COLUMN word_at")
from auth0db import models
assert not models.missing_tables()
"""


def made_until(env, last):
    """The tables of the app as an older package has left them: those of this migration, or all but for one column."""
    arguments = ["migrate", "--verbosity=0", "auth0db", last] if last else ["shell", "-c", A_COLUMN_IS_MISSING]
    status, text = manage(*arguments, env=env)
    assert status == 0, text


@pytest.mark.parametrize("last", ["0002", None], ids=["a table is missing", "only a column is missing"])
def test_between_upgrade_and_migrate_nobody_gets_in_by_the_password_of_before(full, tenant, last):
    """The links are there, and nobody can say yet what they say."""
    made_until(full, last)
    text = visit(full)
    assert "Traceback" not in text and "login 200 False" in text and "again 200" in text, text
    assert "reset 200" in text and "mails 0" in text, "to which of two mailboxes?"
    assert "manage.py migrate auth0db" in text


# What touches our tables only because Django follows relations, or because a form of ours has saved a password
AROUND = """
import sys
import django
django.setup()
words = iter(sys.stdin.read().split())
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.core.management import CommandError, call_command
from django.db.models.signals import post_delete
from django.test import Client
from django.urls import include, path
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from auth0db import forms, models
from project import urls

User = get_user_model()
if User in admin.site._registry:
    admin.site.unregister(User)
INLINED = [models.Auth0User, models.Holdout, models.Resolution]

class WithOurs(admin.ModelAdmin):
    fields = ["email"]
    inlines = [type("Inline", (admin.StackedInline,), {"model": model, "extra": 0, "max_num": 0}) for model in INLINED]

admin.site.register(User, WithOurs)
people = "%s/%s" % (User._meta.app_label, User._meta.model_name)
urls.urlpatterns.insert(0, path("of-users/", admin.site.urls))
LISTENING = sys.argv[1:] == ["listening"]

def person(name, password, make=User.objects.create_user):
    named = {"username": name} if hasattr(User, "username") else {}
    return make(email=name + "@people.example", password=password, **named)

password = next(words)
boss = person("boss", password, User.objects.create_superuser)
bob, cyd, dan, eve, fay = [person(name, password) for name in ("bob", "cyd", "dan", "eve", "fay")]
if LISTENING:  # as packages that keep a history do: then Django reads every row before it goes
    def listener(**kwargs):
        pass
    post_delete.connect(listener)

browser = Client()
token = default_token_generator.make_token(bob)
address = "/reset/%s/%s/" % (urlsafe_base64_encode(force_bytes(bob.pk)), token)
address = browser.get(address).headers["Location"]
first = next(words)
print("reset", browser.post(address, {"new_password1": first, "new_password2": first}).status_code)
browser.force_login(bob, "django.contrib.auth.backends.ModelBackend")
bob.refresh_from_db()
second = next(words)
form = forms.PasswordChangeForm(bob, {"old_password": first, "new_password1": second, "new_password2": second})
print("change", form.is_valid() and form.save() == bob)
form = forms.AdminPasswordChangeForm(bob, {"password1": first, "password2": first, "usable_password": "true"})
print("set by an admin", form.is_valid() and form.save() == bob)
print("related", hasattr(bob, "auth0"), hasattr(bob, "auth0_holdout"), bob.auth0_resolutions.count())

browser.force_login(boss, "django.contrib.auth.backends.ModelBackend")
page = "/of-users/%s/" % people
print("page", browser.get(page + "%s/change/" % cyd.pk).status_code)
answer = browser.post(page + "%s/change/" % cyd.pk, {"email": "cy@people.example", **{
    "%s-%s" % (prefix, name): 0 for prefix in ("auth0", "auth0_holdout", "auth0_resolutions")
    for name in ("TOTAL_FORMS", "INITIAL_FORMS")}})
print("saved", answer.status_code)
print("asked", browser.get(page + "%s/delete/" % cyd.pk).status_code)
print("deleted", browser.post(page + "%s/delete/" % cyd.pk, {"post": "yes"}).status_code)
some = {"action": "delete_selected", "_selected_action": [dan.pk], "post": "yes"}
print("some", browser.post(page, some).status_code)
eve.delete()
User.objects.filter(pk=fay.pk).delete()
print("left", sorted(user.email.partition("@")[0] for user in User.objects.all()))
try:
    call_command("dumpdata", stdout=open("/dev/null", "w"))
except CommandError as error:  # as of any app whose columns are not there
    print("not dumped", "auth0db_" in str(error))
else:
    print("dumped")
call_command("createsuperuser", interactive=False, email="gil@people.example", verbosity=0,
             **({"username": "gil"} if hasattr(User, "username") else {}))
print("created")
"""


def go_around(env, *words):
    said = " ".join([PASSWORD, secrets.token_urlsafe(9) + "aA1-", secrets.token_urlsafe(9) + "aA1-"])
    process = run_site(
        "-c", AROUND, *words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    text = process.communicate(said, timeout=120)[0]
    assert "Traceback" not in text, text
    told = {line.split()[0] for line in WENT_WELL} | {"dumped", "not", "created"}  # and not what a version of Django warns of
    return [line for line in text.splitlines() if line.partition(" ")[0] in told]


WENT_WELL = ["reset 302", "change True", "set by an admin True", "related False False 0", "page 200", "saved 302", "asked 200",
             "deleted 302", "some 302", "left ['bob', 'boss']"]  # fmt: skip


@pytest.mark.parametrize("last, heard", [
    ("zero", []), ("zero", ["listening"]), ("0001", []), (None, ["listening"]),
], ids=["no table", "no table, and somebody listens", "some tables", "only a column is missing, and somebody listens"])
def test_before_migrate_users_are_deleted_changed_and_dumped_as_without_us(full, tenant, last, heard):
    made_until(full, last)
    assert go_around(full, *heard) == [*WENT_WELL, "not dumped True" if last == "0001" else "dumped", "created"]


# --- two databases --------------------------------------------------------------------------------

APART = """
class Apart:
    def db_for_read(self, model, **hints):
        return "people" if model._meta.app_label in ("auth", "contenttypes", "email_people", "uuid_people") else None
    db_for_write = db_for_read
    def allow_relation(self, one, other, **hints):
        return True
    def allow_migrate(self, db, app_label, **hints):
        theirs = app_label in ("auth", "contenttypes", "email_people", "uuid_people")
        return (db == "people") == theirs if app_label != "auth0db" else db == "default" or None
"""


def two_databases(a_site, empty, tmp_path, routers):
    (tmp_path / "guest_routers.py").write_text(APART)
    return a_site(
        DATABASES={"default": empty(), "people": empty()},
        DATABASE_ROUTERS=routers,
        INSTALLED_APPS=[a for a in site_settings.INSTALLED_APPS if a != "django.contrib.admin"],
        ROOT_URLCONF="django.contrib.auth.urls",
    )


def test_tables_in_two_databases_are_found_with_the_cure(empty, a_site, tmp_path):
    env = two_databases(a_site, empty, tmp_path, ["guest_routers.Apart"])
    status, text = manage("check", env=env)
    assert status != 0 and "auth0db.E010" in text and "Traceback" not in text
    assert ROUTER in text and "migrate --database=people" in text
    status, text = manage("migrate", env=env)
    assert status != 0 and "auth0db.E010" in text and "Traceback" not in text
    status, text = manage("auth0_plan", "--no-tenant", env=env)
    assert status == 2 and ROUTER in text and "Traceback" not in text


@pytest.mark.parametrize("order", [["default", "people"], ["people", "default"]])
def test_with_the_cure_migrate_works_in_either_order(empty, a_site, tmp_path, order):
    env = two_databases(a_site, empty, tmp_path, [ROUTER, "guest_routers.Apart"])
    for database in order:
        status, text = manage("migrate", "--database", database, env=env)
        assert status == 0, text
    assert manage("check", env=env)[0] == 0
    status, text = manage("auth0_migrated", env=env)
    assert status == 0 and "0 of 0" in text, text


# --- manage.py speaks of manage.py ----------------------------------------------------------------

OF_THE_COMMAND = ["export", "holdouts", "import", "plan", "remind", "resolve", "settle", "status", "undo", "watch"]
# Names of man pages, and what manage.py has no command for, keep their own
FOREIGN = re.compile(r"auth0db (?:%s|init-db)\b" % "|".join(OF_THE_COMMAND))


def options_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


@pytest.mark.parametrize("name", OF_THE_COMMAND)
def test_help_shows_the_options_and_both_ways_show_the_same(name):
    parser = load_command_class("auth0db", "auth0_" + name).create_parser("manage.py", "auth0_" + name)
    helped = parser.format_help()
    asked = subprocess.run(
        [BUILD / "auth0db", name, "--help"], capture_output=True, text=True, env={"AUTH0DB_FRONT_END": "manage.py"}
    ).stdout
    assert not FOREIGN.search(helped + asked)
    assert "manage.py auth0_%s [OPTION" % name in asked
    assert options_in(asked) - {"--help"} <= options_in(helped) and len(options_in(asked)) > 1
    assert "--site-map" not in helped + asked  # manage.py says that itself


def test_manage_py_help_is_that_help():
    status, text = manage("help", "auth0_plan")
    assert status == 0 and "--only-active" in text and "who logged in last" in " ".join(text.split())


def test_the_command_is_called_by_the_names_of_its_options(tenant):
    from django.core.management import call_command

    out = io.StringIO()
    call_command("auth0_plan", no_tenant=True, json=True, limit=3, stdout=out)
    assert json.loads(out.getvalue())["run"] == "plan"
    with pytest.raises(CommandError):
        call_command("auth0_plan", limit="many")
    with pytest.raises(TypeError):
        call_command("auth0_plan", unheard_of=True)


def test_whatever_is_printed_names_commands_of_manage_py(tenant, sandbox, moved):
    for name, reason in (("bob", "no-email"), ("cyd", "must-reset")):
        Holdout.objects.create(user=make_person(name, password=None), reason=reason, hash_digest="")
    make_person("dan")
    batch = ImportBatch.objects.create(external_id="auth0db-" + "1" * 32, kind="export", status="claimed")
    ImportClaim.objects.create(user=make_person("eve"), batch=batch, auth0_id="auth0|9")
    said = ""
    said_by_each = manage_all([
        ["auth0_check", "--switch-over"], ["auth0_check", "--switch-over", "--json"], ["auth0_status"],
        ["auth0_holdouts"], ["auth0_holdouts", "--reason", "of-tomorrow"], ["auth0_plan", "--unheard-of"],
        ["auth0_remind", "--dry-run"], ["auth0_import", "--yes"], ["auth0_import", "--yes", "--json"],
        ["auth0_settle"], ["auth0_settle", "--file", "x"], ["auth0_resolve", "--yes", "--keep", "eve"],
        ["auth0_watch"], ["auth0_undo", "--yes"], ["auth0_import"], ["auth0_remind", "--ticket"],
        ["auth0_migrated"], ["auth0_check"],
    ])  # fmt: skip
    for _, text in said_by_each:
        assert "Traceback" not in text, text
        assert not FOREIGN.search(text), text
        said += text
    assert len(set(re.findall(r"manage\.py (auth0_\w+)", said))) >= 5, said


def test_what_a_user_is_called_is_not_a_command(tenant):
    """Programs read what there is."""
    person = make_person("auth0db import") if KIND != "email" else make_person()
    Holdout.objects.create(user=person, reason="no-email", hash_digest="")
    status, text = manage("auth0_holdouts", "--json")
    assert status == 0 and json.loads(text)["username"] == (person.username if KIND != "email" else "")


# --- the tenant's name is typed -------------------------------------------------------------------


def test_reminders_by_the_site_are_asked_about_as_the_command_asks(tenant, monkeypatch):
    """With --ticket standard input is for answers, so it is manage.py that asks: for the same."""
    from auth0db.management.commands import auth0_remind

    question = {"where": "here", "text": "Mail 2 users at acme.eu.auth0.com? Type the tenant's name: ",
                "answers": ["acme.eu.auth0.com", "acme"]}  # fmt: skip
    for typed, yes in (("acme", "acme"), ("ACME", "acme"), (" acme.eu.auth0.com", "acme.eu.auth0.com"),
                       ("y", None), ("", None), ("other", None)):  # fmt: skip
        monkeypatch.setattr("builtins.input", lambda text, typed=typed: typed)
        assert auth0_remind.answer_to(question) == yes
    monkeypatch.setattr("builtins.input", lambda text: "")
    assert auth0_remind.answer_to({"where": "", "text": "", "answers": ["y", ""]}) is None
    assert auth0_remind.answer_to(None) is None


def test_the_command_says_what_is_to_be_asked(tenant):
    make_person("bob")
    from auth0db.management.commands.auth0_remind import Command

    command = Command(stdout=io.StringIO())
    command.handle(["--ticket", "--dry-run", "--even-if-hash-could-move"], site_name="x")
    host = tenant.info["domain"].partition("://")[2]
    assert command.question["text"] == "Mail 1 user at %s? [y/N] " % host
    assert command.question["answers"] == ["y", ""]
