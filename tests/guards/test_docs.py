"""What the documents say exists, and what exists is in the documents."""
import ast
import re
import sys
from fnmatch import fnmatch

import pytest
from sources import ROOT, found, text, tracked

sys.path.insert(0, str(ROOT / "tools"))
from suites import SUITES  # noqa: E402


NO_DEFAULT = {"AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET", "AUTH0_CONNECTION"}


def settings():
    """Name and default."""
    table = re.search(r"^DEFAULTS = (\{.*?^\})", text("python/auth0db/conf.py"), re.S | re.M).group(1)
    return dict(found(ast.literal_eval(table).items()))


def entries():
    """Setting: its heading, as in `NAME = default`, and what is said of it."""
    for paragraph in text("docs/settings.md").split("\n\n"):
        if paragraph.startswith("**`"):
            heading, _, said = paragraph.partition(" — ")
            for name, _, default in re.findall(r"`(\w+)( = ([^`]+))?`", heading):
                yield name, default, said


def test_every_setting_is_explained():
    names = settings()
    explained = {name: said for name, _, said in found(entries())}
    readme = text("README.md")
    assert [name for name in names if len(explained.get(name, "")) < 40] == []
    assert [name for name in names if f"| `{name}` |" not in readme] == []
    assert set(explained) == set(names)


def test_every_setting_says_its_default_and_why():
    given = {name: (default, said) for name, default, said in found(entries())}
    for name, value in settings().items():
        default, said = given[name]
        assert default in ("", str(value), f'"{value}"'), name
        assert default or value == "", f"{name} does not say that its default is {value}"
        assert (name in NO_DEFAULT) != ("*Why " in said), name


def test_every_option_of_the_library_is_a_setting_with_the_same_default():
    headers = text("include/auth0db/client.h") + text("include/auth0db/login.h")
    known = settings()
    assert set(found(re.findall(r"\bAUTH0_[A-Z_]+\b", headers))) <= set(known)
    for option, name in (("connect_ms", "AUTH0_CONNECT_TIMEOUT"), ("deadline_ms", "AUTH0_DEADLINE")):
        milliseconds = re.search(r"unsigned %s;.*?default (\d+)" % option, headers).group(1)
        assert int(milliseconds) == known[name] * 1000, option


def test_no_setting_is_invented():
    known = set(settings())
    for page in ("README.md", "docs/settings.md", "docs/errors.md", "docs/django.md"):
        assert set(re.findall(r"\bAUTH0_[A-Z_]+\b", text(page))) <= known, page


def test_every_refusal_and_holdout_has_a_cure():
    # where the stable words are
    tables = {"src/link/outcomes.c": r'ROW\(\w+, "([\w-]+)", \w+,',
              "src/link/words.c": r'\[AUTH0DB_HOLDOUT_\w+\] = "([\w-]*)"'}
    page = text("docs/errors.md")
    said = set(re.findall(r"^\| `([\w-]+)` \|", page, re.M))
    for source, words in tables.items():
        listed = found(re.findall(words, text(source)))
        assert set(listed) - {"", "none"} <= said, source


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
    prose = without_blocks(text(page))
    for target, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]*))?\)", prose):
        path = (ROOT / page).parent.joinpath(target) if target else ROOT / page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path.read_text()), f"{target}#{anchor}"


def without_blocks(page):
    return re.sub(r"^```.*?^```$", "", page, flags=re.S | re.M)


def anchors(page):
    """What a heading is linked by, as GitHub and GitLab make it: small, words and hyphens, a number if it was there already."""
    made = []
    for heading in re.findall(r"^#{1,6} (.*)$", without_blocks(page), re.M):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()).strip().replace(" ", "-")
        made.append(name if name not in made else f"{name}-{made.count(name)}")
    return made


def test_an_anchor_is_made_of_its_heading():
    page = "# The app\n## What `it` does, and why?\n## The app\n```\n# no heading\n```\n"
    assert anchors(page) == ["the-app", "what-it-does-and-why", "the-app-1"]


def test_every_page_is_linked_from_the_readme():
    readme = text("README.md")
    pages = found(name for name in tracked(".md") if re.match(r"docs/\w+\.md$", name))
    assert [name for name in pages if name not in readme] == []
