"""What is written is also built and run."""
import re
import sys

from sources import ROOT, found, text, tracked, without_comments

sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(ROOT / "tests/django"))
import differs  # noqa: E402
from suites import NOT_QUICK, OF_QUICK, SUITES  # noqa: E402


def test_every_c_test_file_is_a_program():
    build = re.sub(r"#.*", "", text("tests/unit/meson.build"))
    listed = set(re.findall(r"'(\w+)'", re.search(r"unit_tests = \[(.*?)\]", build, re.S).group(1)))
    listed |= set(re.findall(r"'test_(\w+)\.c'", build))
    written = {re.match(r"tests/unit/test_(\w+)\.c", name).group(1)
               for name in found(n for n in tracked(".c") if n.startswith("tests/unit/test_"))}
    assert written == listed


def test_every_c_case_is_run():
    total = 0
    for name in found(n for n in tracked(".c") if n.startswith("tests/unit/test_")):
        code = without_comments(text(name))
        cases = found(re.findall(r"^START_(?:LOOP_)?TEST\((\w+)\)", code, re.M))
        idle = [case for case in cases if len(re.findall(r"\b%s\b" % case, code)) < 2]
        assert idle == [], name
        total += len(cases)
    assert total >= 9


def test_every_pytest_folder_is_a_suite():
    folders = {name.split("/")[1] for name in tracked(".py") if re.match(r"tests/\w+/test_\w+\.py", name)}
    assert "guards" in folders
    assert folders <= {suite.path for suite in SUITES}


def test_every_python_test_file_is_collected():
    """A file with tests in it that is not named test_*.py would never run."""
    stray = [name for name in tracked(".py") if name.startswith("tests/")
             and not re.search(r"/test_\w+\.py$", name) and re.search(r"^def test_", text(name), re.M)]
    assert stray == []


def test_the_quick_run_touches_every_part():
    by_name = {suite.name: suite for suite in SUITES}
    assert {suite.path for suite in SUITES if suite.path} == {by_name[n].path for n in OF_QUICK} - {""} | set(NOT_QUICK)
    assert {by_name[name].kind for name in OF_QUICK} == {"pytest", "meson", "secrets"}  # a build is none of its tests
    for name, chosen in OF_QUICK.items():
        for each in chosen:
            file, _, function = each.partition("::")
            where = "tests/unit/test_%s.c" % each if by_name[name].kind == "meson" else f"tests/{by_name[name].path}/{file}"
            assert "def %s(" % function.partition("[")[0] in text(where) if function else text(where), each


def test_what_every_test_of_the_app_depends_on_is_said():
    """Else a new one would never run on a server, say, and nobody would see it."""
    written = {name.rsplit("/", 1)[1][:-3]: set(re.findall(r"^(?:async )?def (test_\w+)", text(name), re.M))
               for name in found(n for n in tracked(".py") if re.match(r"tests/django/test_\w+\.py$", n))}
    assert set(differs.DIFFERS) == set(written)
    for module, row in differs.DIFFERS.items():
        assert set(row) <= set(differs.ASPECTS), module
        for part in row.values():
            assert set(part.names) <= written[module], module


def test_each_of_the_things_that_differ_has_a_run_and_two_djangos_run_all():
    asked = [suite.env.get("SITE_DIFFERS") for suite in SUITES if suite.path == "django" and not suite.on_demand]
    assert set(asked) == {None, *differs.ASPECTS} and asked.count(None) == 2


def test_every_source_file_is_built():
    for part in found((ROOT / "src").iterdir()):
        listed = set(re.findall(r"'([\w/]+\.c)'", text(f"src/{part.name}/meson.build")))
        present = {str(path.relative_to(part)) for path in part.rglob("*.c")}
        assert present == listed, part.name


def test_every_public_header_is_installed():
    listed = set(re.findall(r"'(\w+\.h)'", text("include/auth0db/meson.build"))) - {"version.h"}
    assert listed == {path.name for path in (ROOT / "include/auth0db").glob("*.h")}


def test_every_document_is_installed():
    pages = {name.rsplit("/", 1)[-1] for name in tracked(".md") if re.match(r"(docs/)?[\w-]+\.md$", name)}
    assert "README.md" in pages and "bulk.md" in pages
    assert pages == set(re.findall(r"'(?:\.\./)?([\w-]+\.md)'", text("docs/meson.build")))


def test_every_man_page_is_installed():
    pages = {name.rsplit("/", 1)[1] for name in tracked(".1") if name.startswith("docs/man/")}
    assert pages
    assert pages == set(re.findall(r"'([\w-]+\.1)'", text("docs/man/meson.build")))


def test_migrations_stand_in_one_row():
    """Two with one number would leave every site with two ends, and no command would run."""
    names = sorted(name for name in tracked(".py") if re.search(r"^python/auth0db/migrations/\d{4}_", name))
    assert [int(re.search(r"/(\d{4})_", name).group(1)) for name in names] == list(range(1, len(names) + 1))
    for before, name in zip(names, names[1:]):
        assert '"auth0db", "%s"' % before.rsplit("/", 1)[1][:-3] in text(name), name
