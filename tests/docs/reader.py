"""Somebody who follows the documents: a checkout, a virtual environment, a Django site of their own, and a tenant."""
import os
import subprocess
import sysconfig
from pathlib import Path

from blocks import ROOT, blocks_of
from sandbox import Sandbox
from terminal import Terminal

# By the login page nobody here logs in; what is in the table is enough. One hash cannot travel: somebody is left to mail.
PEOPLE = """
from django.contrib.auth.models import User
from people.models import Person
for number in range(5):
    user = User(username="user%d" % number, email="user%d@example.org" % number)
    user.set_password("Old.Enough.%d" % number)
    user.save()
User.objects.filter(username="user4").update(
    password="bcrypt_sha256$$2b$12$" + "abcdefghijklmnopqrstuu" + "abcdefghijklmnopqrstuvwxyz01234")
"""


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Environment:
    """Django comes from the environment that runs the tests, so that pip need not fetch it."""

    def __init__(self, folder):
        self.folder = folder / "venv"
        run("/usr/bin/python3", "-m", "venv", self.folder)
        site = run(self.folder / "bin/python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        Path(site, "django-of-the-tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
        self.path = "%s:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" % (self.folder / "bin")
        self.installed = next(block for block in blocks_of("README.md") if block.begins == "make wheel")
        terminal = Terminal(folder / "terminal", ROOT, self.path, AUTH0DB_SKIP_SETUP="1", PIP_NO_INDEX="1",
                            PIP_DISABLE_PIP_VERSION_CHECK="1")
        try:
            self.said = terminal.paste(self.installed.text)
        finally:
            terminal.close()


class Reader:
    def __init__(self, environment, folder):
        self.environment = environment
        self.folder = folder
        self.tenant = None
        self.terminals = {}
        self.printed = None  # by the block before
        self.close_later = []

    def close(self):
        for terminal in self.terminals.values():
            terminal.close()
        if self.tenant is not None:
            self.tenant.stop()

    # --- where a block is pasted

    def terminal(self, name, folder, **variables):
        if name not in self.terminals:
            self.terminals[name] = Terminal(self.folder / ("terminal-" + name), folder, self.environment.path, **variables)
        return self.terminals[name]

    @property
    def at_the_checkout(self):
        """Without the environment: Debian's own Python, as `make` takes it."""
        terminal = self.terminal("checkout", ROOT, AUTH0DB_SKIP_SETUP="1", USERS="60",
                                 DEMO_RUN=str(self.folder / "demo-run"))
        terminal.variables["PATH"] = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        return terminal

    @property
    def at_the_site(self):
        return self.terminal("site", self.site)

    # --- what is there before a page is read

    @property
    def site(self):
        """A site in use: Django's own project, an app, five users."""
        site = self.folder / "site"
        if not site.exists():
            site.mkdir()
            django = [self.environment.folder / "bin" / "python", "-m", "django"]
            run(*django, "startproject", "mysite", site, env=self.plain())
            run(*django, "startapp", "people", cwd=site, env=self.plain())
            (site / "people" / "models.py").write_text("from django.contrib.auth.models import User as Person  # noqa\n")
            self.append("mysite/settings.py", 'INSTALLED_APPS += ["people"]\n')
            self.manage("migrate", "--verbosity=0")
            self.shell(PEOPLE)
        return site

    def plain(self):
        return {"PATH": self.environment.path, **{name: os.environ[name] for name in (
            "HOME", "TMPDIR", "AUTH0DB_TEST_RUN", "AUTH0DB_TEST_SECRETS") if name in os.environ}}

    def append(self, file, text):
        with (self.folder / "site" / file).open("a") as end:
            end.write("\n\n" + text + "\n")

    def manage(self, *words, status=0, **more):
        done = subprocess.run([self.environment.folder / "bin" / "python", "manage.py", *words], cwd=self.folder / "site",
                              env={**self.plain(), **more.pop("environ", {})}, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=240, **more)
        assert done.returncode == status, done.stdout
        return done.stdout

    def shell(self, code, **more):
        """In manage.py shell, by standard input: a password is in no file, and in no argument."""
        return self.manage("shell", input="exec(%r)\n" % code, **more)

    def with_tenant(self):
        if self.tenant is None:
            self.tenant = Sandbox()
        return self.tenant

    def with_auth0db(self):
        """The site as README's steps leave it."""
        if self.tenant is not None:
            return
        (settings,) = [block for block in blocks_of("README.md") if "INSTALLED_APPS" in block.text]
        self.site
        self.append("mysite/settings.py", settings.text)
        self.append("mysite/settings.py", "\n".join(
            f"AUTH0_{name.upper()} = os.environ['AUTH0_{name.upper()}']" for name in (
                "domain", "client_id", "client_secret", "connection")))
        self.with_tenant()
        self.manage("migrate", "--verbosity=0", environ=self.tenant.environ)

    def asks(self, code):
        """Does it hold on the site? `code` is Python with assertions."""
        self.shell("from django.test.utils import setup_test_environment\nsetup_test_environment()\n" + code + "\nprint('held')",
                   environ=self.tenant.environ)


