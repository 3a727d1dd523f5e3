"""One table of scopes in the code, and README shows it. What each command stops without is played by tests/bulk."""
import ast
import re

import pytest
from sources import c_sources, found, text, tracked, without_comments

TABLE = "src/auth0/scopes.c"
SCOPE = re.compile(r"\b(?:create|read|update|delete):[a-z_]+\b")
STRING = r'"((?:\\.|[^"\\\n])*)"'


def words(expression, macros):
    """The text of C string literals and macros of such, side by side."""
    said = ""
    for literal, name in re.findall(STRING + r"|(\b[A-Z]\w+\b)", expression):
        said += words(macros[name], macros) if name else literal
    return said


def table():
    """{use: (scopes it stops without, scopes it sees more with)}"""
    code = without_comments(text("include/auth0db/scopes.h")) + without_comments(text(TABLE))
    macros = dict(re.findall(r"^#define (\w+) (.+)$", code, re.M))
    rows = {}
    for row in found(re.findall(r"\[AUTH0DB_USE_\w+\] =\s*\{(.*?)\},?\n", code, re.S)):
        name, needs, more = (words(cell, macros) for cell in re.split(r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", row))
        rows[name] = (needs.split(), more.split())
    return rows


def scopes():
    return {scope for needs, more in table().values() for scope in needs + more}


def code_strings(name):
    if name.endswith(".py"):
        for node in ast.walk(ast.parse(text(name))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    else:
        yield from re.findall(STRING, without_comments(text(name)))


def test_readme_shows_the_table_of_the_code():
    section = text("README.md").split("## Scopes\n")[1].split("\n## ")[0]
    shown = {}
    for line in found(re.findall(r"^\| `.*", section, re.M)):
        uses, needs, more = line.strip("|").split("|")
        shown[re.search("`(.*)`", uses).group(1)] = (re.findall("`(.*?)`", needs), re.findall("`(.*?)`", more))
    assert shown == table()


def test_no_other_source_lists_scopes_and_each_that_is_named_is_in_the_table():
    names = [name for name in [*c_sources("src", "include", "python"), *tracked(".py")]
             if name.startswith(("src/", "include/", "python/")) and not name.startswith("src/sandbox/")]
    named, lists = set(), []
    for name in found(set(names) - {TABLE}):
        for string in code_strings(name):
            held = SCOPE.findall(string)
            named |= set(held)
            if len(held) > 1:
                lists.append(f"{name}: {string}")
    assert lists == []
    assert named and named <= scopes(), "a scope that the table does not know"


@pytest.mark.parametrize("page", [name for name in tracked(".1") if name.startswith("docs/man/auth0db-")])
def test_a_manual_page_names_the_scopes_of_its_command(page):
    command = re.search(r"auth0db-([\w-]+)\.1", page).group(1)
    wanted = {scope for use, (needs, more) in table().items() if use.split()[0] == command for scope in needs + more}
    if command != "sandbox":
        assert set(SCOPE.findall(text(page))) == wanted


def test_pages_name_no_scope_that_nobody_wants():
    for page in ("README.md", "docs/bulk.md", "docs/django.md", "docs/last-users.md", "docs/errors.md", "docs/settings.md"):
        assert set(SCOPE.findall(text(page))) <= scopes(), page
