"""The `auth0db` command on this site: `manage.py auth0_import` is `auth0db import` with the settings,
the database and the user model that Django has. It decides and prints all by itself."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections

from auth0db import _native, conf, copies, models
from auth0db.reports import hides_everything
from auth0db.site_map import NoSiteMap, database_url, site_map

# Settings of the same name in the command's environment
FLAGS = ("AUTH0_REQUIRE_USERNAME", "AUTH0_LEGACY_USERNAME", "AUTH0_ADOPT_EXISTING")
TEXTS = (
    "AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_USER_JWT", "AUTH0_CONNECTION",
    "AUTH0_CA_FILE", "AUTH0_TENANT_DOMAIN", "AUTH0_PROXY", "AUTH0_SITE", "AUTH0_IDENTIFIER",
    "AUTH0_MANAGEMENT_CLIENT_ID", "AUTH0_MANAGEMENT_CLIENT_SECRET", "AUTH0_CUSTOM_DOMAIN",
    "AUTH0_CLIENT_KEY", "AUTH0_MANAGEMENT_CLIENT_KEY", "AUTH0_CLIENT_KEY_ALGORITHM",
)  # fmt: skip


# What changes something at the tenant. settle too: it sends again what a process has left, and that process may be
# alive, beside the original
CHANGING = ("import", "export", "settle", "undo", "remind", "factors")


def need_tables():
    """Before `migrate` a command says what to do."""
    gone = models.missing()
    if gone:
        raise CommandError("the database has no %s: run `manage.py migrate auth0db`" % gone[0])


def refuse_on_a_copy():
    if copies.is_copy():
        raise CommandError(
            "%s is not a database that this site is known to live in, but perhaps a copy: nothing is "
            "changed at Auth0. If it is the site's own, run %s" % (copies.shown_here(), copies.CURE),
            returncode=2,
        )


def find_command():
    """AUTH0DB_COMMAND, else the one that was installed with this package, else the first in PATH."""
    named = os.environ.get("AUTH0DB_COMMAND")
    if named:
        return shutil.which(named) or fail("AUTH0DB_COMMAND names no program: %s" % named)
    scripts = Path(sysconfig.get_path("scripts"), "auth0db")
    beside = Path(sys.executable).parent / "auth0db"
    # A built source tree: python/auth0db and build/auth0db
    built = Path(__file__).resolve().parents[2] / "build" / "auth0db"
    for path in (scripts, beside, built):
        if path.is_file():
            return str(path)
    return shutil.which("auth0db") or fail(
        "the auth0db command is not installed beside this package, nor in PATH: "
        "set AUTH0DB_COMMAND to where it is"
    )


def shown(text):
    """As it may go to a terminal: what cannot be seen there is written as an escape. Lone surrogates
    are what Python makes of bytes that are no text."""
    text = text.encode("utf-8", "replace").decode().replace("\0", "\\u0000")
    return _native.show_text(text)


@contextmanager
def said_plainly():
    """A database that does not answer, or has no tables yet, is no error of ours: no traceback."""
    try:
        yield
    except DatabaseError as error:
        said = shown(" ".join(str(error).split()))
        raise CommandError(
            "the database cannot be asked: %s. Has `manage.py migrate` run?" % said, returncode=3
        ) from None


def fail(why):
    raise CommandError(why)


def environment():
    # By its names for commands it speaks of manage.py's
    environ = {**os.environ, "DATABASE_URL": database_url(), "AUTH0DB_FRONT_END": "manage.py"}
    for name in TEXTS:
        environ[name] = conf.secrets(name) if name in conf.SECRETS else str(conf.get(name) or "")
    for name in FLAGS:
        environ[name] = "1" if conf.get(name) else "0"
    return environ


# What takes users from the table to Auth0, or says whom it would
MOVING = ("plan", "import", "export", "remind", "factors")


def site_map_file(subcommand):
    """A file that is nowhere: the child reads it through the descriptor it inherits."""
    text = json.dumps(site_map(proven=subcommand in MOVING)).encode()
    file = os.memfd_create("auth0db site map", 0)
    os.write(file, text)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def described(subcommand):
    """What `auth0db SUBCOMMAND --help` says, for other front ends: {"about", "options"}. Nothing where
    the command is not there: whoever runs it is told so."""
    told = {"about": "", "options": []}
    try:
        told.update(described_by(find_command(), subcommand))
    except (CommandError, OSError, ValueError):
        pass
    return told


@lru_cache(maxsize=None)
def described_by(program, subcommand):
    done = subprocess.run(
        [program, subcommand, "--describe"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env={**os.environ, "AUTH0DB_FRONT_END": "manage.py"},
    )  # fmt: skip
    return json.loads(done.stdout)


class PassingParser(CommandParser):
    """Knows the command's options, so that `manage.py help` shows them and call_command() takes
    them by name; but what is on the command line goes to the command as it is. Only Django's own
    options are kept."""

    def __init__(self, *, passing, **kwargs):
        super().__init__(**kwargs)
        self.passing = passing

    def parse_args(self, args=None, namespace=None):
        options, options.arguments = self.passing.parse_known_args(args, namespace)
        return options


def add_described(group, option):
    takes = {"metavar": option["metavar"]} if option["metavar"] else {"action": "store_true"}
    help_text = option["help"].replace("%", "%%")
    group.add_argument("--" + option["name"], help=help_text, **takes)


def from_names(subcommand, options):
    """The arguments of call_command("auth0_plan", limit=3, only_active=True)."""
    arguments = []
    for option in described(subcommand)["options"] if options else ():
        value = options.get(option["name"].replace("-", "_"))
        if value is not None and value is not False:
            arguments += ["--" + option["name"], *([str(value)] if option["metavar"] else [])]
    return arguments


class SiteCommand(BaseCommand):
    """Base of the counterparts. `subcommand` names what of `auth0db` it is."""

    subcommand = ""
    requires_system_checks = []  # a settings mistake is said by the command, with the cure
    exits = False  # run by manage.py, not by call_command

    def create_parser(self, prog_name, subcommand, **kwargs):
        prog = "%s %s" % (prog_name, subcommand)
        told = described(self.subcommand)
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        passing = CommandParser(prog=prog, add_help=False, allow_abbrev=False)
        parser = PassingParser(
            passing=passing, prog=prog, add_help=False, allow_abbrev=False,
            description=told["about"].partition("\n\n")[2], **kwargs,
        )  # fmt: skip
        group = parser.add_argument_group("options of this command")
        for option in told["options"]:
            add_described(group, option)
        own = parser.add_argument_group("options of every command")
        for each in (passing, own):
            self.add_djangos(each)
        self.add_arguments(passing)
        self.add_arguments(group)
        return parser

    def add_djangos(self, parser):
        parser.add_argument("--settings")
        parser.add_argument("--pythonpath")
        parser.add_argument("--traceback", action="store_true")
        # Known to every command of Django's, and to callers that pass them always
        parser.add_argument("-v", "--verbosity", type=int, default=1)
        for name in ("--no-color", "--force-color", "--skip-checks"):
            parser.add_argument(name, action="store_true")

    def execute(self, *args, **options):
        with said_plainly():
            return super().execute(*args, **options)

    def run_from_argv(self, argv):
        self.exits = True
        super().run_from_argv(argv)

    @contextmanager
    def prepared(self, arguments, options):
        """The command with its arguments, its environment, and a descriptor that it must inherit."""
        program = find_command()
        if self.subcommand in CHANGING and not {"--dry-run", "--list", "--help"} & set(arguments):
            refuse_on_a_copy()
        try:
            environ, file = environment(), site_map_file(self.subcommand)
        except NoSiteMap as why:
            raise CommandError(str(why), returncode=2) from None
        if options.get("no_color"):
            environ["NO_COLOR"] = "1"
        try:
            connections.close_all()
            map_file = ["--site-map", "/dev/fd/%d" % file]
            yield [program, self.subcommand, *map_file, *arguments], environ, file
        finally:
            os.close(file)

    @hides_everything  # its environment has the client's secret and the database's password
    def handle(self, arguments=(), **options):
        arguments = [*arguments, *from_names(self.subcommand, options)]
        with self.prepared(arguments, options) as (command, environ, file):
            if self.exits:
                # In place of manage.py: signals, terminal and exit status are the command's own
                os.set_inheritable(file, True)
                sys.stdout.flush()
                os.execve(command[0], command, environ)
            done = subprocess.run(
                command, env=environ, pass_fds=[file], stdout=subprocess.PIPE, encoding="utf-8"
            )
        self.stdout.write(done.stdout, ending="")
        self.check(done.returncode)

    def check(self, status):
        if status != 0:
            raise CommandError(
                "auth0_%s ended with status %d" % (self.subcommand, status), returncode=status
            )
