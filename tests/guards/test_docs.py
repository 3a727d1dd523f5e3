"""What the documents say exists, and what exists is in the documents."""
import re
import sys
from fnmatch import fnmatch

import pytest
from sources import ROOT, found, text, tracked

sys.path.insert(0, str(ROOT / "tools"))
from suites import SUITES  # noqa: E402


def settings():
    table = re.search(r"^DEFAULTS = \{(.*?)^\}", text("python/auth0db/conf.py"), re.S | re.M).group(1)
    return found(re.findall(r'^    "(\w+)":', table, re.M))



def test_every_setting_is_explained():
    names = settings()
    assert "AUTH0_DOMAIN" in names
    page, readme = text("docs/settings.md"), text("README.md")
    assert [name for name in names if f"**`{name}" not in page] == []
    assert [name for name in names if f"| `{name}` |" not in readme] == []


def test_no_setting_is_invented():
    known = set(settings())
    for page in ("README.md", "docs/settings.md", "docs/errors.md", "docs/django.md"):
        assert set(re.findall(r"\bAUTH0_[A-Z_]+\b", text(page))) <= known, page


def test_every_refusal_and_holdout_has_a_cure():
    # login_names.c: the stable words
    names = text("src/migrate/login_names.c")
    page = text("docs/errors.md")
    said = set(re.findall(r"^\| `([\w-]+)` \|", page, re.M))
    for kind in ("REFUSED", "HOLDOUT"):
        listed = found(re.findall(r'\[AUTH0DB_%s_\w+\] = "([\w-]*)"' % kind, names))
        assert set(listed) - {"", "none"} <= said, kind


def test_every_suite_is_described():
    page = text("docs/testing.md")
    patterns = found(re.findall(r"`([\w*-]+)`", "".join(re.findall(r"^\| (`.*?) \|", page, re.M))))
    for suite in SUITES:
        assert any(fnmatch(suite.name, pattern) for pattern in patterns), suite.name


def test_every_check_is_listed():
    ids = found(re.findall(r'id="(auth0db\.[EW]\d+)"', text("python/auth0db/checks.py")))
    page = text("docs/errors.md")
    assert sorted({name for name in ids if f"`{name}`" not in page}) == []


@pytest.mark.parametrize("page", [
    name for name in tracked(".md") if not name.startswith("docs/facts/")])
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text(page)):
        assert (ROOT / page).parent.joinpath(target).exists(), target


def test_every_page_is_linked_from_the_readme():
    readme = text("README.md")
    pages = found(name for name in tracked(".md") if re.match(r"docs/\w+\.md$", name))
    assert [name for name in pages if name not in readme] == []
