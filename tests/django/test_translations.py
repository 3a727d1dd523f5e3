"""What people read is there in their language: every text that the app marks, in each that we ship."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils import translation

import auth0db
from auth0db.forms import SetPasswordForm

PACKAGE = Path(auth0db.__file__).resolve().parent
LANGUAGES = ["de", "es", "fr", "nl", "pt_BR"]
# Words of django.contrib.auth: a second catalog that has them would change the site's own pages
DJANGOS = {"user", "users", "email address", "active", "last login", "date joined", "staff status"}
MARKERS = {"_", "gettext", "gettext_lazy"}
PLURAL_MARKERS = {"ngettext", "ngettext_lazy"}


def used():
    """(text, its plural or None) of every call that marks a text."""
    found = set()
    for source in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if called in MARKERS:
                found.add((ast.literal_eval(node.args[0]), None))
            elif called in PLURAL_MARKERS:
                found.add(tuple(ast.literal_eval(argument) for argument in node.args[:2]))
    for path in sorted((PACKAGE / "templates" / "auth0db").iterdir()):
        found |= {(text, None) for text in of_template(path.read_text())}
    return found


def of_template(source):
    """Its texts as Django looks them up: {{ name }} becomes %(name)s."""
    for plain, block in re.findall(
        r'{% translate "(.*?)" %}|{% blocktranslate.*?%}(.*?){% endblocktranslate %}', source
    ):
        yield plain or re.sub(r"{{ (\w+) }}", r"%(\1)s", block)


def folder(language):
    return PACKAGE / "locale" / language / "LC_MESSAGES"


def written(language):
    """The entries of the .po file: {(msgid, plural or None): [translations]}."""
    entries = {}
    for block in (folder(language) / "django.po").read_text().split("\n\n"):
        parts, key = {}, None
        for line in block.splitlines():
            start = re.match(r"(msg\w+(?:\[\d\])?) (\".*\")$", line)
            if start:
                key, line = start.groups()
                parts[key] = ""
            if key and line.startswith('"'):
                parts[key] += ast.literal_eval(line)
        text, plural = parts.pop("msgid"), parts.pop("msgid_plural", None)
        entries[text, plural] = [parts[name] for name in sorted(parts)]
    entries.pop(("", None))
    return entries


def compiled(language):
    with (folder(language) / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def names_in(text):
    return sorted(re.findall(r"%(?:\(\w+\))?[ds]", text))


def test_the_sources_are_found():
    assert len(used()) > 80, "else nothing below would be tested"
    shipped = sorted(path.name for path in (PACKAGE / "locale").iterdir())
    assert shipped == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language):
    entries = written(language)
    ours = {(text, plural) for text, plural in used() if text not in DJANGOS}
    assert set(entries) == ours, "a text is missing, or none of ours any more"
    for (text, plural), translated in entries.items():
        assert len(translated) == (2 if plural else 1)
        for said, original in zip(translated, (text, plural)):
            assert said and said != original, text
            assert names_in(said) == names_in(original), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_left_to_django_is_said_by_django(language):
    with translation.override(language):
        assert [word for word in sorted(DJANGOS) if translation.gettext(word) == word] == []


def said_by_the_admin():
    """Every title, column, field and action of our pages."""
    for model, page in admin.site._registry.items():
        if model._meta.app_label == "auth0db":
            yield from (str(model._meta.verbose_name), str(model._meta.verbose_name_plural))
            for name in sorted({*page.get_list_display(None), *page.fields}):
                yield str(label_for_field(name, model, page))
            yield from (str(getattr(page, name).short_description) for name in page.actions or ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_admin_says_nothing_in_english(language):
    with translation.override("en"):
        english = list(said_by_the_admin())
    with translation.override(language):
        assert [said for said, en in zip(said_by_the_admin(), english) if said == en] == []
    assert "recorded at" in english and "Try again at the next login or import" in english


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language):
    """After a change: msgfmt -o django.mo django.po, in the folder of the language."""
    catalog = compiled(language)
    for (text, plural), translated in written(language).items():
        if plural:
            assert [catalog.ngettext(text, plural, n) for n in (1, 5)] == translated
        else:
            assert [catalog.gettext(text)] == translated


@pytest.mark.parametrize(
    "language, words",
    [
        ("de", ["mindestens 8 Zeichen", "Kleinbuchstaben"]),
        ("es", ["al menos 8 caracteres", "minúsculas"]),
        ("fr", ["8 caractères au moins", "minuscules"]),
        ("nl", ["ten minste 8 tekens", "kleine letters"]),
        ("pt-br", ["pelo menos 8 caracteres", "minúsculas"]),
        ("en", ["at least 8 characters", "lower-case letters"]),
    ],
)
def test_a_form_speaks_the_users_language(tenant, person, settings, language, words):
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": "auth0db.validators.TenantPasswordPolicy"}]
    with translation.override(language):
        form = SetPasswordForm(person, {"new_password1": "abc", "new_password2": "abc"})
        text = str(form.errors)
        assert all(word in text for word in words), text
        hint = " ".join(password_validators_help_texts())
        assert "8" in hint and words[1] in hint, hint
