"""A C suite over the library with one rule changed: what the tests of this folder share."""
import functools
import os
import re
import resource
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
# One case of any suite works for two seconds at the most, but for the walk over all paths of a login. What a change makes
# hang works on, so that it is over soon; what waits is not ended by this.
WORK_S, WALK_S = 5, 60


@functools.lru_cache(maxsize=None)
def libraries():
    return subprocess.run(["pkg-config", "--libs", *LIBRARIES], check=True, capture_output=True, text=True).stdout.split()


def compiled(source, made, *flags):
    subprocess.run(["cc", *FLAGS, *flags, "-c", "-o", made, source], check=True)
    return made


def objects(folder, *sources):
    """The suite and what it stands on, each compiled once; their paths are below tests/."""
    return [compiled(ROOT / "tests" / source, folder / (Path(source).stem + ".o")) for source in sources]


def as_one(folder, *names):
    """Several suites, unit/test_NAME.c, to be linked as one program: its first argument names the one to run."""
    main = folder / "main.c"
    main.write_text("#include <string.h>\n" + "".join("int suite_%s(void);\n" % name for name in names)
                    + "int main(int n, char **words)\n{\n"
                    + "".join('    if (n > 1 && strcmp(words[1], "%s") == 0)\n        return suite_%s();\n' % (name, name)
                              for name in names) + "    return 64;\n}\n")
    return [compiled(main, folder / "main.o"),
            *(compiled(ROOT / "tests/unit" / ("test_%s.c" % name), folder / (name + ".o"), "-Dmain=suite_" + name)
              for name in names)]


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


def link(folder, suite, *mutants):
    """The program over the changed files, which come first, so that the library's own are not pulled in."""
    program = folder / "program"
    subprocess.run(["cc", *FLAGS, "-o", program, *suite, *mutants, BUILD / "libauth0db.a", *libraries(), "-pthread",
                    "-lgnutls", "-ldl"], check=True)
    return program


def start(program, *words, case=None, sample=None, work_s=WORK_S):
    """What it said, and its status: of all cases or of one, on all paths or on so many."""
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("CK_") and name not in ("AUTH0DB_TEST_STORES", "UNIT_SAMPLE")}
    if case is not None:
        environment["CK_RUN_CASE"] = case
    if sample is not None:
        environment["UNIT_SAMPLE"] = str(sample)

    def ends_soon():
        resource.setrlimit(resource.RLIMIT_CPU, (work_s, work_s))

    # Check itself ends a case after 60 s, and says so: that is a death, and this limit must not come before
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=120, env=environment,
                          preexec_fn=ends_soon)


def run(folder, suite, *mutants, case=None):
    """The suite, or one case of it, over the changed files."""
    return start(link(folder, suite, *mutants), case=case)


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
