"""A C suite over the library with one rule changed: what the tests of this folder share."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("AUTH0DB_BUILD", ROOT / "build")).resolve()

FLAGS = ["-std=c11", "-O1", "-D_GNU_SOURCE", "-w", f"-I{ROOT}/include", f"-I{ROOT}/src", f"-I{ROOT}/tests/support",
         f"-I{BUILD}/include"]
LIBRARIES = ["check", "jansson", "libssl", "libcrypto", "libcurl", "cjose", "libargon2", "libxcrypt", "sqlite3", "libpq",
             "libmariadb", "libmicrohttpd", "zlib"]


def objects(folder, *sources):
    """The suite and what it stands on, each compiled once; their paths are below tests/."""
    made = []
    for source in sources:
        made.append(folder / (Path(source).stem + ".o"))
        subprocess.run(["cc", *FLAGS, "-c", "-o", made[-1], ROOT / "tests" / source], check=True)
    return made


def pattern(rule):
    """The rule, however the formatter has broken and indented its lines."""
    tokens = re.findall(r"\w+|\S", rule)
    words = re.compile(r"\w")
    spaced = [re.escape(tokens[0])]
    for before, token in zip(tokens, tokens[1:]):
        spaced.append((r"\s+" if words.match(before) and words.match(token) else r"\s*") + re.escape(token))
    return re.compile("".join(spaced))


def places(sources, rule):
    """How often the rule stands in these sources: once, or the list is out of date."""
    return sum(len(pattern(rule).findall(source.read_text())) for source in sources)


def mutant(folder, sources, rule, mutated):
    """The one source that has the rule, written again without it."""
    assert places(sources, rule) == 1, "the rule is not where this test looks for it: bring the list up to date"
    having = next(source for source in sources if pattern(rule).search(source.read_text()))
    changed = folder / having.name
    changed.write_text(pattern(rule).sub(lambda found: mutated, having.read_text()))
    return changed


def run(folder, suite, *mutants, case=None):
    """The suite, or one case of it, over the changed files, which come first, so that the library's own are not
    pulled in."""
    program = folder / "program"
    libraries = subprocess.run(["pkg-config", "--libs", *LIBRARIES], check=True, capture_output=True,
                               text=True).stdout.split()
    subprocess.run(["cc", *FLAGS, "-o", program, *suite, *mutants, BUILD / "libauth0db.a", *libraries, "-pthread",
                    "-lgnutls", "-ldl"], check=True)
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("CK_") and name != "AUTH0DB_TEST_STORES"}
    if case is not None:
        environment["CK_RUN_CASE"] = case
    # Check itself ends a case after 60 s, and says so: that is a death, and this limit must not come before
    return subprocess.run([program], capture_output=True, text=True, timeout=120, env=environment)


def app(folder):
    """A copy of the Django app to be changed, and the environment in which tests find it instead of ours."""
    package = folder / "python"
    shutil.copytree(ROOT / "python", package, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    shutil.copy(BUILD / "python" / "_native.abi3.so", package / "auth0db")
    return package / "auth0db", {**os.environ, "PYTHONPATH": str(package), "AUTH0DB_BUILD": str(BUILD),
                                 "PYTHONDONTWRITEBYTECODE": "1"}


def app_tests(environment, *arguments, **kwargs):
    """Tests of tests/django over that app: the process that has run them."""
    return subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x", *arguments], cwd=ROOT,
                          env=environment, capture_output=True, text=True, **kwargs)


def case_breaks(result):
    """A case that fails for its own reason; one that was not found fails nothing."""
    assert result.returncode != 0, "the case passes all the same: it does not test this rule"
    assert "Failures: 0, Errors: 0" not in result.stdout, result.stdout
