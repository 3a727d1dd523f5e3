"""How each block of each page is run. A block that has no row here fails the test, and so does a row without a block."""
import json
import re
import subprocess
import urllib.request
from dataclasses import dataclass
from typing import Callable

from blocks import ROOT
from terminal import Trouble, is_as_shown, same_shape


@dataclass(frozen=True)
class Row:
    begins: str  # the block's first line, so that a block that moves or changes is noticed
    run: Callable


def not_run(why):
    """A block of kind `text`: nothing to paste, and why it stands there."""
    def look(reader, block):
        assert block.kind == "text" and len(why) > 20
    return look


def answers(reader, block):
    """What the block before has printed."""
    assert block.kind == "json"
    wrong = same_shape(block.text, reader.printed.strip().rpartition("\n")[2])
    if wrong:
        raise Trouble("\n".join([*wrong, reader.printed]))


def pasted_at(where, *said, answers=(), **more):
    """Into a shell: at the site, or at the checkout. `said` is looked for in what is printed."""
    def paste(reader, block):
        assert block.kind == "sh"
        reader.printed = getattr(reader, where).paste(block.text, answers, **more)
        for pattern in said:
            if not re.search(pattern, reader.printed, re.M):
                raise Trouble(f"{pattern!r} is not in\n{reader.printed}")
    return paste


def at_the_site(*said, **more):
    return pasted_at("at_the_site", *said, **more)


def appended(file, holds="", before=None):
    """Pasted at the end of a file of the site; then its checks are content, and `holds` does."""
    def paste(reader, block):
        assert block.kind == "python"
        if before:
            before(reader)
        reader.append(file, block.text)
        said = reader.manage("check", environ=reader.tenant.environ)
        assert "no issues" in said, said
        if holds:
            reader.asks(holds)
    return paste


# --- README.md


def the_demo_and_the_tests(reader, block):
    """`make test` is what runs us; `make demo` with fewer users than it has without USERS."""
    demo, test = block.text.split("\n")
    assert demo.startswith("make demo ") and test.startswith("make test ")
    assert "Everything was as expected." in reader.at_the_checkout.paste(demo)


def is_installed(reader, block):
    """The environment that all pages are read in is made by this very block."""
    assert block == reader.environment.installed
    assert re.search(r"^Successfully installed auth0db-", reader.environment.said, re.M)
    reader.at_the_site.paste("auth0db --version")
    reader.at_the_site.paste("auth0db plan --help")


def a_tenant_in_another_terminal(reader, block):
    assert block.kind == "sh"
    said = reader.terminal("tenant", reader.site).paste(block.text, until="Ctrl-C ends it")
    reader.to_paste = "\n".join(re.findall(r"^AUTH0_\w+ = .*$", said, re.M))
    assert reader.to_paste.count("\n") == 3, said


def the_settings(reader, block):
    """Before the secret is there, one message says what is missing. Then what the sandbox has printed is pasted below."""
    assert block.kind == "python"
    reader.site
    reader.append("mysite/settings.py", block.text)
    for command in ("check", "migrate"):
        said = reader.manage(command, status=1)
        assert "Traceback" not in said and said.count("AUTH0_CLIENT_SECRET") >= 1, said
        assert said.count("auth0db.E") == 1, said
    reader.append("mysite/settings.py", reader.to_paste)
    assert "Traceback" not in reader.manage("check")


README = [
    Row("make demo      # a Django site", the_demo_and_the_tests),
    Row("make wheel", is_installed),
    Row("auth0db sandbox", a_tenant_in_another_terminal),
    Row("import os", the_settings),
    Row("python manage.py migrate auth0db", at_the_site(r"Applying auth0db\.\w+\.\.\. OK")),
    Row("python manage.py auth0_check", at_the_site()),
    Row("python manage.py auth0_migrated", at_the_site(r"0 of 5")),
    Row("python manage.py auth0_plan", at_the_site(r"Imported 4 users", answers=["y"])),
    Row("python manage.py auth0_watch", at_the_site(r"4 users were imported", answers=["y"])),
    Row("python manage.py auth0_remind --dry-run", at_the_site(answers=["y"])),
]

# --- docs


def with_auth0db(reader):
    reader.with_auth0db()


SYNC = """
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import get_default_password_validators, validate_password
from django.core.exceptions import ValidationError
names = [type(validator).__name__ for validator in get_default_password_validators()]
assert names[-2:] == ["TenantPasswordPolicy", "Auth0PasswordSync"] and len(names) > 2, names
try:
    validate_password("abc")
    raise SystemExit("it is taken")
except ValidationError:
    pass
"""
# A link in a mail leads to our form, by the site's address; every page of the way is there.
RESET = """
import time
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.urls import resolve
from auth0db.forms import SetPasswordForm
client = Client()
page = client.post("/accounts/password_reset/", {"email": "user1@example.org"}, follow=True)
assert page.status_code == 200 and page.redirect_chain[-1][0] == "/accounts/password_reset/done/", page.redirect_chain
for _ in range(600):
    if mail.outbox:
        break
    time.sleep(0.05)
link = [word for word in mail.outbox[0].body.split() if "/accounts/reset/" in word][0].partition("testserver")[2]
assert resolve(link).func.view_initkwargs == {"form_class": SetPasswordForm}, resolve(link)
form = client.get(link, follow=True)
where = form.redirect_chain[-1][0]
word = "Another.Long.1"
done = client.post(where, {"new_password1": word, "new_password2": word}, follow=True)
assert done.redirect_chain[-1][0] == "/accounts/reset/done/", done.content
assert get_user_model().objects.get(username="user1").check_password(word)
"""
CHANGE = """
from auth0db.forms import PasswordChangeForm
assert resolve("/accounts/password_change/").func.view_initkwargs == {"form_class": PasswordChangeForm}
client.force_login(get_user_model().objects.get(username="user1"), backend="django.contrib.auth.backends.ModelBackend")
page = client.post("/accounts/password_change/", {"old_password": word, "new_password1": word + "2", "new_password2": word + "2"},
                   follow=True)
assert page.redirect_chain[-1][0] == "/accounts/password_change/done/", page.content
"""
ADMIN = """
from auth0db.forms import AdminPasswordChangeForm
from django.contrib import admin
from django.contrib.auth import get_user_model
admin.autodiscover()
assert admin.site._registry[get_user_model()].change_password_form is AdminPasswordChangeForm
"""
SIGNAL = """
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import RequestFactory
from auth0db.signals import auth0_login_refused
request = RequestFactory().get("/")
request.session = {}
request._messages = FallbackStorage(request)
for reason in ("blocked", "bad_credentials"):
    results = auth0_login_refused.send_robust(sender=None, request=request, user=None, reason=reason)
    assert any(receiver.__name__ == "say_why" for receiver, _ in results)
    assert not [error for _, error in results if error is not None], results
assert len(list(get_messages(request))) == 1
"""


DJANGO = [
    Row("AUTH_PASSWORD_VALIDATORS +=", appended("mysite/settings.py", SYNC, with_auth0db)),
    Row("# at the end of urls.py", appended("mysite/urls.py", RESET + CHANGE)),
    Row("# admin.py of an app", appended("people/admin.py", ADMIN)),
    Row("DATABASE_ROUTERS = [", appended("mysite/settings.py")),
    Row("from auth0db.signals import", appended("people/models.py", SIGNAL)),
]

LAST_USERS = [
    Row("# at the end of urls.py", appended("mysite/urls.py", RESET, with_auth0db)),
    Row("auth0db remind --dry-run", None),
]


def by_the_command(*said, prepare=None, **more):
    """Where Django is not used: the database and the tenant come by the environment, as the page says."""
    def paste(reader, block):
        terminal = reader.at_the_site
        if "DATABASE_URL" not in terminal.variables:
            reader.with_auth0db()
            terminal.variables.update(reader.tenant.environ, DATABASE_URL="sqlite:///db.sqlite3")
        if prepare:
            prepare(reader)
        pasted_at("at_the_site", *said, **more)(reader, block)
    return paste


def users_as_lines(reader):
    reader.shell("import json\nfrom django.contrib.auth.models import User\nopen('users.json', 'w').writelines(\n"
                 "    json.dumps({'key': u.pk, 'email': u.email, 'username': u.username}) + '\\n' for u in User.objects.all())",
                 environ=reader.tenant.environ)


LAST_USERS[1] = Row("auth0db remind --dry-run", by_the_command(r"user4@example\.org", answers=["y"]))

BULK = [
    Row("DATABASE_URL=ndjson:-", by_the_command(r"\b5\b", prepare=users_as_lines)),
    Row("python manage.py auth0_users", by_the_command(r"Users of the site +5")),
    Row("auth0db plan  ", by_the_command(r"must-reset")),
    Row("auth0db export batches", by_the_command(r"batches/")),
    Row("9,812 users were imported", not_run("what watch prints at a site where one kind of hash fails; no site of a test is so unlucky")),
]


def the_tenant_of_the_page(reader, block):
    assert block.kind == "console"
    command, shown = block.text.split("\n", 1)
    terminal = reader.terminal("tenant", reader.folder)
    said = terminal.paste(command[2:], until="Ctrl-C ends it")
    assert is_as_shown(shown, said), said
    reader.url = re.search(r"^AUTH0_DOMAIN = \"(.*)\"$", said, re.M).group(1)
    reader.terminal("steering", reader.folder, T=reader.url)
    token = asked(reader.url + "/sandbox/token", {})["access_token"]
    asked(reader.url + "/api/v2/users", {"connection": "Username-Password-Authentication", "email": "bob@example.com",
                                         "user_id": "abc", "password": "Long.Enough.0"}, token)


def asked(url, body, token=None):
    headers = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=60) as answer:
        return json.load(answer)


def steers(reader, block):
    assert block.kind == "sh"
    reader.printed = reader.terminal("steering", reader.folder).paste(block.text)
    if '{"error"' in reader.printed:
        raise Trouble(reader.printed)


def in_a_test_of_yours(reader, block):
    assert block.kind == "python"
    reader.with_auth0db()
    reader.shell(block.text + "\nassert process.returncode == 0", environ=reader.tenant.environ)


SANDBOX = [
    Row("$ auth0db sandbox", the_tenant_of_the_page),
    Row("curl $T/sandbox/options", steers),
    Row("curl $T/sandbox/users/auth0%7Cabc", steers),
    Row("curl -X PATCH $T/sandbox/users/auth0%7Cabc", steers),
    Row("# the next two reads of users: 503", steers),
    Row("curl $T/sandbox/faults -H", steers),
    Row("curl $T/sandbox/faults -H", steers),
    Row('{"users"', answers),
    Row("curl -X PUT $T/sandbox/documents/client/abc", steers),
    Row("curl $T/sandbox/clock", steers),
    Row("curl -X DELETE $T/sandbox/requests", steers),
    Row('{"total"', answers),
    Row("id=$(curl", steers),
    Row('{"total"', answers),
    Row("ticket=$(curl", steers),
    Row('curl "$T/sandbox/log?type=fp"', steers),
    Row("import json", in_a_test_of_yours),
]

ARCHITECTURE = [
    Row("5   cli ", not_run("a drawing of the layers; tests/guards holds the sources to it")),
    Row("", not_run("a drawing of the bulk lane's files")),
]



# By Debian's Python, which has the driver
A_SERVER = """
import sys, tempfile
sys.path.insert(0, "tests/support")
from databases import SERVERS
with tempfile.TemporaryDirectory(prefix="auth0db-docs-") as folder:
    server = SERVERS["postgresql"](folder)
    try:
        import psycopg2
        link = psycopg2.connect(host="127.0.0.1", port=server.port, user="site", dbname="postgres")
        link.autocommit = True
        link.cursor().execute("CREATE DATABASE test")
        link.close()
        print(server.port, flush=True)
        sys.stdin.read()
    finally:
        server.stop()
"""


def a_postgresql_of_ones_own(reader, block):
    """As written, on one file of the folder, and at the port that is free here."""
    with subprocess.Popen(["/usr/bin/python3", "-c", A_SERVER], cwd=ROOT, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        terminal = reader.at_the_checkout
        terminal.variables.update(PGPORT=server.stdout.readline().strip(), PGUSER="site",
                                  PYTEST_ADDOPTS="-p no:cacheprovider -q -k test_forms")
        said = terminal.paste(block.text)
        server.stdin.close()
    assert server.returncode == 0 and re.search(r"[1-9]\d* passed", said), said


def the_legacy_site(reader, block):
    said = reader.at_the_checkout.paste(block.text)
    assert '"username"' in said, said


def the_legacy_site_is_served(reader, block):
    said = reader.at_the_checkout.paste(block.text, until=r"http://127\.0\.0\.1:\d+\n")
    reader.terminal("browser", reader.folder).paste("curl %s | grep '<a '" % said.strip())


UNIVERSAL_LOGIN = [
    Row("from django.urls import include", appended("mysite/urls.py", before=with_auth0db)),
    Row("AUTHENTICATION_BACKENDS = [", appended("mysite/settings.py")),
    Row("from django.http import HttpResponse", appended("mysite/payout.py", holds="import mysite.payout")),
    Row("exports.onExecutePostLogin", not_run("an Action, for Auth0's dashboard: JavaScript that runs there")),
]


PAGES = {
    "CHANGELOG.md": [],
    "CONTRIBUTING.md": [],
    "README.md": README,
    "SECURITY.md": [],
    "docs/architecture.md": ARCHITECTURE,
    "docs/bulk.md": BULK,
    "docs/data-protection.md": [],
    "docs/django.md": DJANGO,
    "docs/errors.md": [],
    "docs/hashes.md": [],
    "docs/last-users.md": LAST_USERS,
    "docs/sandbox.md": SANDBOX,
    "docs/security.md": [],
    "docs/settings.md": [],
    "docs/universal-login.md": UNIVERSAL_LOGIN,
    "tests/contract/README.md": [],
    "tests/recorded/README.md": [],
    "docs/testing.md": [Row("SITE_DATABASE_SETTINGS=", a_postgresql_of_ones_own)],
    "examples/legacy_site/README.md": [
        Row("export PYTHONPATH=", the_legacy_site),
        Row("python3 serve.py", the_legacy_site_is_served),
    ],
}
