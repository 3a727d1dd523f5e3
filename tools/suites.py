"""What `make test` runs. A suite is a name, what it is, and how to run it; tools/test.py does the rest."""
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Dict, List, Optional, Tuple

ROOT = Path(__file__).resolve().parent.parent
TESTS = ROOT / "tests"


@dataclass(frozen=True)
class Build:
    """A build directory of its own: suites that name it get it built first."""

    directory: str
    options: List[str] = field(default_factory=list)
    env: Dict[str, str] = field(default_factory=dict)


# The directories beside build/ exist only for tests; all are git-ignored.
PLAIN = Build("build")
GCC = Build("build-gcc", ["-Dwerror=true", "-Dfuzz=false", "-Dbuildtype=release"],
            {"CC": "gcc"})
CLANG = Build("build-clang", ["-Dwerror=true"], {"CC": "clang"})
# gcc, because Python needs the sanitizer's runtime preloaded and gcc's is one well-known file.
ASAN = Build("build-asan", ["-Dwerror=true", "-Db_sanitize=address,undefined", "-Db_lundef=false",
                            "-Doptimization=1"], {"CC": "gcc"})


@dataclass(frozen=True)
class Suite:
    name: str
    title: str
    kind: str                   # "build", "meson", "pytest" or "secrets"
    build: Build = PLAIN
    path: str = ""              # of a pytest suite, below tests/
    venv: Optional[str] = None  # PyPI packages: tests/requirements-<venv>.txt
    beside: Optional[str] = None  # a second such venv: AUTH0DB_PYTHON_BESIDE, or why it is not here
    node: bool = False          # npm packages: tests/node/package-lock.json
    limit: int = 600            # seconds; generous, for machines that do much else
    on_demand: bool = False     # runs only where it is named
    alone: bool = False         # measures, or judges the others: nothing runs beside it
    env: Dict[str, str] = field(default_factory=dict)
    takes: int = 30             # seconds, roughly, on two cores with another suite beside it: the longest begin first
    only: Tuple[str, ...] = ()  # of its folder these files, of the C programs these; else all


# A sanitizer that finds something must fail the test, whatever the program makes of it. Python itself
# never frees everything, so leaks are looked for in the C suite alone.
SANITIZE = {"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}
SANITIZE_C = {**SANITIZE, "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0"}
SANITIZE_PYTHON = {**SANITIZE, "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc"}

SUITES = [
    Suite("gcc", "gcc, every warning an error", "build", GCC, takes=90),
    Suite("clang", "clang, every warning an error", "build", CLANG, takes=190),
    Suite("guards", "the sources keep their own rules", "pytest", path="guards", takes=60),
    Suite("c", "C, unit and conformance", "meson", takes=130),
    Suite("c-asan", "the same, under ASan and UBSan", "meson", ASAN, env=SANITIZE_C, limit=1500, takes=450),
    Suite("mutation", "safety rules, taken out one by one", "pytest", path="mutation", limit=1800, takes=350),
    Suite("cli", "the command", "pytest", path="cli", takes=50),
    Suite("sandbox", "the local tenant", "pytest", path="sandbox", limit=600, takes=140),
    Suite("sandbox-asan", "the same, under ASan and UBSan", "pytest", ASAN, path="sandbox",
          env=SANITIZE_PYTHON, limit=600, takes=350),
    Suite("sandbox-contract", "the same, held to Auth0's contract", "pytest",
          path="sandbox", venv="judges", limit=600, takes=190),
    Suite("recorded", "answers of real tenants, replayed", "pytest", path="recorded", limit=600),
    Suite("recorded-asan", "the same, under ASan and UBSan", "pytest", ASAN, path="recorded",
          env=SANITIZE_PYTHON, limit=900, takes=70),
    Suite("native", "the extension, from Python", "pytest", path="native", takes=60),
    Suite("native-asan", "the same, under ASan and UBSan", "pytest", ASAN, path="native",
          env=SANITIZE_PYTHON, takes=80),
    Suite("hash-django32", "hashes of Debian's Django 3.2", "pytest", path="hash"),
    Suite("hash-django42", "hashes of Django 4.2", "pytest", path="hash", venv="django42"),
    Suite("hash-django52", "hashes of Django 5.2", "pytest", path="hash", venv="django52"),
    Suite("conformance", "Auth0's SDKs, policies, contract", "pytest", path="conformance",
          venv="judges", node=True, limit=600, takes=210),
    Suite("conformance4", "Auth0's Python SDK of the last generation", "pytest", path="conformance4", venv="judges4"),
    # On two Djangos the whole folder; on the others what can end otherwise there (tests/django/differs.py)
    Suite("django", "the app on Debian's Django 3.2", "pytest", path="django",
          limit=1800, takes=300),
    Suite("django32", "the app on Django 3.2 from PyPI", "pytest", path="django",
          venv="django32", limit=1800, on_demand=True),  # Debian's is the same, but for its patches
    Suite("django42", "the app on Django 4.2", "pytest", path="django", venv="django42",
          env={"SITE_DIFFERS": "django"}, limit=1800, takes=150),
    Suite("django52", "the app on Django 5.2", "pytest", path="django", venv="django52", limit=1800, takes=300),
    Suite("django61", "the app on Django 6.1", "pytest", path="django", venv="django61",
          env={"SITE_DIFFERS": "django"}, limit=1800, takes=150),
    Suite("django-email", "users named by e-mail, on Django 5.2", "pytest", path="django",
          venv="django52", env={"SITE_USERS": "email", "SITE_DIFFERS": "names"}, limit=1800, takes=120),
    Suite("django-uuid", "users keyed by UUID, on Django 3.2", "pytest", path="django",
          env={"SITE_USERS": "uuid", "SITE_DIFFERS": "keys"}, limit=1800, takes=100),
    Suite("django-postgresql", "the app on PostgreSQL", "pytest", path="django",
          env={"SITE_SERVER": "postgresql", "SITE_DIFFERS": "servers"}, limit=1800, takes=200),
    Suite("django-mariadb", "the app on MariaDB", "pytest", path="django",
          env={"SITE_SERVER": "mariadb", "SITE_DIFFERS": "servers"}, limit=1800, takes=200),
    Suite("django-asan", "the app, under ASan and UBSan", "pytest", ASAN, path="django",
          env={**SANITIZE_PYTHON, "SITE_DIFFERS": "extension"}, limit=2400, takes=250),
    Suite("attacks", "the threat model, played over HTTP", "pytest", path="attacks", limit=1800, takes=200),
    Suite("universal-login", "Auth0's login page, in a browser", "pytest", path="universal_login",
          venv="universal_login", beside="django61", limit=900, takes=100),
    Suite("bulk", "the importer killed, misled and starved", "pytest", path="bulk", limit=1500, takes=300),
    Suite("stress", "a crowd, and a tenant in trouble", "pytest", path="stress", limit=600, takes=60),
    Suite("stores", "PostgreSQL and MariaDB, beside Django", "pytest", path="stores", limit=1800, takes=300),
    Suite("plans", "what each query costs at 100,000 users", "pytest", path="plans", limit=1800, takes=190),
    Suite("integrations", "factors of allauth, otp, two-factor", "pytest", path="integrations",
          venv="neighbours", limit=1800, takes=70),
    Suite("multitenant", "schemas of customers, sites by host", "pytest", path="multitenant", venv="multitenant"),
    Suite("upgrade", "databases of auth0db 0.1 become ours", "pytest", path="upgrade", limit=900),
    Suite("demo", "the demo, to its end", "pytest", path="demo"),
    Suite("docs", "README and docs, block by block", "pytest", path="docs", venv="package",
          limit=1800, takes=140),
    Suite("package", "wheel, make install, pkg-config", "pytest", path="package",
          venv="package", limit=600),
    # Last: it judges the whole run
    Suite("secrets", "none was seen where it may not be", "secrets", alone=True),
]

# `make test SUITE=quick`: a little of every part, in a minute and a half. What is left out says why.
OF_QUICK = {
    "guards": (), "secrets": (),
    "c": ("base", "hash", "jws", "outcome", "digests", "addresses", "login_names", "push_paths", "sync_paths", "calls",
          "client_users", "import", "query"),
    "cli": ("test_command.py",),
    "sandbox": ("test_login.py",),
    "recorded": ("test_replay.py",),
    "native": ("test_native.py",),
    "hash-django32": ("test_damage.py",),
    "conformance": ("test_policies.py::test_the_library_knows_the_verdict_beforehand",),
    "django": ("test_login.py",),
    "django52": ("test_forms.py",),
    "django-postgresql": ("test_resolutions.py",),
    "attacks": ("test_accounts.py::test_an_unverified_email_at_auth0",),
    "bulk": ("test_ndjson.py", "test_resolve.py"),
    "stores": ("test_schema.py::test_init_db_makes_the_tables_that_migrations_make[postgresql-integer]",),
    "mutation": ("test_import_mutations.py::test_without_its_rule_the_selection_fails",),
    "docs": ("test_terminal.py",),
}
NOT_QUICK = {
    "conformance4": "packages that no other suite has",
    "demo": "it is one test of half a minute",
    "multitenant": "a site of its own", "integrations": "a site of its own",
    "package": "a wheel is built", "plans": "100,000 users are made", "stress": "it is a matter of time",
    "universal_login": "a browser is started", "upgrade": "a site of the old package",
}
QUICK = [replace(suite, name="quick-" + suite.name, only=OF_QUICK[suite.name], takes=suite.takes // 10)
         for suite in SUITES if suite.name in OF_QUICK]
