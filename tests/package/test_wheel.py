"""pip wheel makes one file that a fresh environment imports, migrates and checks."""
import os
import re
import shutil
import subprocess
import sysconfig
import zipfile
from pathlib import Path

import pytest

from run import run

ROOT = Path(__file__).resolve().parents[2]

SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "auth0db"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
AUTHENTICATION_BACKENDS = ["auth0db.backends.MigrateToAuth0Backend", "django.contrib.auth.backends.ModelBackend"]
AUTH0_DOMAIN = "http://127.0.0.1:9"
AUTH0_CLIENT_ID = AUTH0_CLIENT_SECRET = "x"
AUTH0_CONNECTION = "users"
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(ROOT / "tools" / "wheel.sh", folder, cwd=ROOT, env={**os.environ, "PYTHONPATH": ""})
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A fresh environment with the wheel; Django comes from the environment that runs the tests."""
    home = tmp_path_factory.mktemp("fresh")
    run("/usr/bin/python3", "-m", "venv", home)
    site = Path(run(home / "bin/python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    run(home / "bin/pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    (site / "django-of-the-tests.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin" / "python"


@pytest.fixture
def site(tmp_path):
    (tmp_path / "settings.py").write_text(SETTINGS)
    return {"cwd": tmp_path, "env": {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "settings",
                                     "PYTHONPATH": str(tmp_path)}}


def test_one_wheel_serves_every_later_python(wheel):
    assert re.fullmatch(r"auth0db-[\d.]+-cp3\d+-abi3-(linux|manylinux)\w+\.whl", wheel.name)


def test_the_wheel_holds_the_app_whole_and_nothing_else(wheel):
    source = ROOT / "python" / "auth0db"
    wanted = {str(path.relative_to(source.parent)) for path in source.rglob("*")
              if path.is_file() and path.suffix not in (".pyc", ".so")}
    assert "auth0db/migrations/0001_initial.py" in wanted
    assert "auth0db/locale/de/LC_MESSAGES/django.mo" in wanted
    held = {name for name in zipfile.ZipFile(wheel).namelist()
            if not name.startswith("auth0db-") and not name.endswith("/")}
    assert held == wanted | {"auth0db/_native.abi3.so"}


def test_the_wheel_imports_from_where_it_was_installed(python, site):
    where = run(python, "-c", "import auth0db._native as n; print(n.__file__); print(n.version)", **site)
    assert str(python.parent.parent) in where
    assert re.search(r"^\d+\.\d+\.\d+$", where, re.M)


def test_the_extension_needs_no_library_of_ours(wheel, tmp_path):
    zipfile.ZipFile(wheel).extract("auth0db/_native.abi3.so", tmp_path)
    needed = re.findall(r"NEEDED +(\S+)", run("objdump", "-p", tmp_path / "auth0db/_native.abi3.so"))
    assert any(name.startswith("libcurl") for name in needed)
    assert not [name for name in needed if name.startswith(("libauth0db", "libpython", "libmicrohttpd"))]


def test_a_site_with_the_wheel_checks_and_migrates(python, site):
    run(python, "-m", "django", "check", **site)
    run(python, "-m", "django", "migrate", "-v0", **site)
    run(python, "-m", "django", "makemigrations", "--check", "--dry-run", **site)
    said = run(python, "-m", "django", "auth0_migrated", **site)
    assert "0 of 0" in said


# --- what it is linked with -----------------------------------------------------------------------


def depends(package):
    wanted = run("dpkg-query", "-W", "-f", "${Depends}, ${Pre-Depends}", package)
    return {re.match(r"[\w.+-]+", word.strip()).group(0) for word in wanted.split(",") if word.strip()}


def provided():
    """Newer Debians have some packages under another name, which provides the old one."""
    lines = run("dpkg-query", "-W", "-f", "${Package}, ${Provides}\n").splitlines()
    names = [[word.split()[0] for word in line.split(",") if word.strip()] for line in lines]
    return {virtual: package for package, *virtuals in names for virtual in virtuals}


def with_all_below(packages):
    seen, todo, real = set(), set(packages), provided()
    while todo:
        package = todo.pop()
        package = real.get(package, package)
        seen.add(package)
        installed = subprocess.run(["dpkg-query", "-W", package], capture_output=True).returncode == 0
        todo |= (depends(package) if installed else set()) - seen
    return seen


def package_of(library):
    path, = re.findall(r"%s \(.*\) => (\S+)" % re.escape(library), run("/sbin/ldconfig", "-p"))[:1]
    owner = run("dpkg", "-S", Path(path).resolve().name)
    return {line.split(":")[0] for line in owner.splitlines()}


def test_the_packages_named_in_readme_bring_every_library(wheel, tmp_path):
    readme = (ROOT / "README.md").read_text()
    named, = re.findall(r"machines that have the libraries.*?`apt-get install ([^`]+)`", readme, re.S)
    required = run("dpkg-query", "-W", "-f", "${Package} ${Priority}\n")
    base = {line.split()[0] for line in required.splitlines() if line.endswith(" required")}
    there = with_all_below({*named.split(), *base})
    zipfile.ZipFile(wheel).extractall(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.name in ("auth0db", "_native.abi3.so") and path.is_file()]
    assert len(files) == 2
    for file in files:
        libraries = re.findall(r"NEEDED\s+(\S+)", run("objdump", "-p", str(file)))
        assert libraries
        assert [library for library in libraries if not package_of(library) & there] == [], file.name


# --- what messages and manual pages refer to -------------------------------------------------------


def test_the_wheel_brings_the_manual_pages_to_where_man_looks(python):
    pages = {path.name for path in (ROOT / "docs" / "man").glob("*.1")}
    assert {path.name for path in (python.parent.parent / "share" / "man" / "man1").iterdir()} == pages
    if shutil.which("man"):
        found = run("man", "--where", "auth0db-sandbox", env={"PATH": f"{python.parent}:{os.environ['PATH']}"})
        assert str(python.parent.parent) in found


def test_the_wheel_brings_the_documents_that_the_manual_pages_name(python):
    there = python.parent.parent / "share" / "doc" / "auth0db"
    named = set()
    for page in (ROOT / "docs" / "man").glob("*.1"):
        named |= set(re.findall(r"docs/[\w-]+\.md", page.read_text().replace("\\", "")))
    assert "docs/bulk.md" in named
    assert [name for name in named if not (there / name).exists()] == []
    assert (there / "README.md").exists()


def test_no_message_names_a_document_that_is_not_beside_it():
    """Whoever reads a message has a terminal: manual pages are there, files of the sources are not."""
    where = [*(ROOT / "src").rglob("*.c"), *(ROOT / "python").rglob("*.py"), *(ROOT / "python").rglob("*.html")]
    said = {path.name: re.findall(r'(?<!")"[^"\n]+\bdocs/[\w-]+\.md[^"\n]*"(?!")', path.read_text()) for path in where}
    assert len(said) > 100
    assert {name: texts for name, texts in said.items() if texts} == {}
