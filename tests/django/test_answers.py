"""What one login may write, where somebody else was faster or the site cannot do it: nothing, and it says so."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import BaseUserManager
from django.core.exceptions import ImproperlyConfigured

from auth0db import digests, hashes, mailboxes, people
from auth0db.answers import Answers
from auth0db.backends import MigrateToAuth0Backend
from auth0db.models import Auth0User, Holdout, Resolution
from harness import NEWER, PASSWORD, make_person


def login_of(person, password=PASSWORD, mark=None):
    """One attempt that has found this person."""
    name = person.get_username()
    answers = Answers(MigrateToAuth0Backend(), None, name, password, {"username": name, "password": password})
    answers.users[people.key_of(person)] = person
    answers.marks[people.key_of(person)] = mark
    return answers


def asked(person, **question):
    return dict({"user_key": people.key_of(person), "tenant_mark": "", "lane": "login", "standing": "same"}, **question)


def read(person):
    return get_user_model().objects.get(pk=person.pk)


@pytest.mark.parametrize("word", ["admit", "user", "answer", "spellings", "accepted_by"])
def test_a_question_that_this_package_does_not_know_is_an_error(person, word):
    """Of another extension than its own. A method that is no answer must not be taken for one."""
    with pytest.raises(RuntimeError):
        login_of(person).answer(asked(person, ask=word))


def test_of_two_links_of_one_user_or_to_one_account_the_first_stands(person):
    other = make_person("bob")
    assert login_of(person).link(asked(person, auth0_id="auth0|one")) == {"yes": True}
    assert login_of(person).link(asked(person, auth0_id="auth0|one")) == {"yes": True}, "the same one, made meanwhile"
    assert login_of(person).link(asked(person, auth0_id="auth0|two")) == {"yes": False}
    assert login_of(other).link(asked(other, auth0_id="auth0|one")) == {"yes": False}
    assert list(Auth0User.objects.values_list("user_id", "auth0_id")) == [(person.pk, "auth0|one")]


def test_a_link_whose_mark_nobody_knows_has_none(person):
    assert login_of(person).link(asked(person, auth0_id="auth0|one", tenant_mark=None)) == {"yes": True}
    assert Auth0User.objects.get().tenant_mark == ""


@pytest.mark.usernames
@pytest.mark.parametrize("named, lane, known", [(True, "login", True), (True, "join", False), (False, "login", False)])
def test_the_name_at_auth0_is_on_record_only_of_who_was_made_with_it(person, settings, named, lane, known):
    """That of an account that was there already may be another one: logins would ask for whose it is."""
    settings.AUTH0_REQUIRE_USERNAME = named
    login_of(person).link(asked(person, auth0_id="auth0|one", lane=lane))
    assert Auth0User.objects.get().tenant_username == (person.get_username() if known else None)


@pytest.mark.parametrize("length, kept", [(254, True), (255, False)])
def test_an_address_that_does_not_fit_is_not_cut(person, length, kept):
    """It would be another one's. The user's own is asked for then."""
    email = "x" * (length - len("@people.example")) + "@people.example"
    login_of(person).link(asked(person, auth0_id="auth0|one", email=email))
    assert Auth0User.objects.get().email == (email if kept else "")


def test_nobody_is_made_whose_password_cannot_be_stored(monkeypatch):
    monkeypatch.setattr(hashes.NewHash, "apply", lambda self: False)
    answers = Answers(MigrateToAuth0Backend(), None, "eve@tenant.example", PASSWORD, {})
    tenant = {"user_id": "auth0|eve", "email": "eve@tenant.example", "email_verified": True, "username": "",
              "given_name": "", "family_name": "", "name": ""}  # fmt: skip
    assert answers.create_local({"tenant": tenant, "lane": "join", "tenant_mark": ""}) == {"users": 0}
    assert not get_user_model().objects.exists() and not Auth0User.objects.exists()


@pytest.fixture
def linked(person):
    assert login_of(person).link(asked(person, auth0_id="auth0|one", tenant_mark="now"))["yes"]
    return person


def test_a_hash_is_renewed_over_the_link_that_was_read_and_no_other(linked):
    before = linked.password
    answers = login_of(linked, NEWER, mark="before")
    assert answers.renew_hash(asked(linked, tenant_mark="later")) == {"yes": False}
    assert read(linked).password == linked.password == before
    answers = login_of(linked, NEWER, mark="now")
    assert answers.renew_hash(asked(linked, tenant_mark="later")) == {"yes": True}
    assert read(linked).check_password(NEWER)


def test_a_password_that_was_replaced_while_the_link_was_made_is_not_on_record_as_shared(person):
    """Put back past every hook, it would open in an outage."""
    old = person.password
    get_user_model().objects.filter(pk=person.pk).update(password="set-meanwhile")
    assert login_of(person).link(asked(person, auth0_id="auth0|one"))["yes"]
    assert digests.standing(Auth0User.objects.get(), old)["standing"] == "other"


@pytest.mark.parametrize("act", ["renew_hash", "upgrade_hash"])
def test_a_hash_is_made_anew_over_the_one_that_was_read_and_no_other(linked, act):
    get_user_model().objects.filter(pk=linked.pk).update(password="set-meanwhile")
    assert getattr(login_of(linked, mark="now"), act)(asked(linked)) == {"yes": False}
    assert read(linked).password == "set-meanwhile"


# --- who is it? -----------------------------------------------------------------------------------


def said_by_tenant(user_id="auth0|somebody", email="ada@people.example"):
    return {"tenant": {"user_id": user_id, "email": email}}


def test_a_name_in_two_spellings_of_one_person_means_one(person, monkeypatch):
    """Else each of her logins costs two hashes."""
    monkeypatch.setattr(people, "email_of", lambda user: "other@people.example")
    monkeypatch.setattr(Answers, "_owners", lambda self: [person])
    assert not login_of(person).find_user({})["named_twice"]
    monkeypatch.setattr(Answers, "_owners", lambda self: [make_person("bob")])
    assert login_of(person).find_user({})["named_twice"]


def test_a_setting_that_is_wrong_is_said_to_all_but_those_who_stay(person, monkeypatch, settings):
    def broken(self):
        raise ImproperlyConfigured("AUTH0_FIND_USER")

    monkeypatch.setattr(people, "email_of", lambda user: "other@people.example")
    monkeypatch.setattr(Answers, "_owners", broken)
    with pytest.raises(ImproperlyConfigured):
        login_of(person).find_user({})
    settings.AUTH0_KEEP_LOCAL = [person.get_username()]
    assert login_of(person).find_user({})["users"] == 1


@pytest.mark.usernames
def test_of_several_with_one_address_nobody_is_meant_or_the_one_who_was_chosen():
    ada, bob = make_person("ada", email="both@people.example"), make_person("bob", email="both@people.example")

    def found():
        answers = Answers(MigrateToAuth0Backend(), None, "both@people.example", PASSWORD, {})
        told = answers.find_user({}), answers.resolve(said_by_tenant(email="both@people.example"))
        return [answer["users"] if answer["users"] != 1 else answer["user"]["key"] for answer in told]

    assert found() == [2, 2]
    Resolution.objects.create(user=bob, action="keep", value="both@people.example")
    assert found() == [people.key_of(bob)] * 2
    ada.delete()
    assert found() == [people.key_of(bob)] * 2, "who is alone needs no choice"


@pytest.mark.usernames
def test_who_is_called_by_her_own_address_is_meant_alone_whoever_has_it_too():
    ada = make_person("both@people.example", email="both@people.example")
    bob = make_person("bob", email="both@people.example")
    Resolution.objects.create(user=bob, action="keep", value="both@people.example")
    told = login_of(ada).find_user({})
    assert told["user"]["key"] == people.key_of(ada) and not told.get("named_twice")


def test_where_nobody_can_be_looked_for_nobody_is_joined_or_made(person, monkeypatch):
    assert login_of(person).resolve(said_by_tenant(email=person.email))["user"]["active"]
    monkeypatch.setattr(people, "finds_everybody", lambda: False)
    assert login_of(person).resolve(said_by_tenant(email=person.email))["users"] == 2
    assert login_of(person).resolve(said_by_tenant(email="nobody@people.example"))["users"] == 2


def test_whom_the_sites_manager_hides_is_nobody_who_may_log_in(linked, monkeypatch):
    assert login_of(linked).resolve(said_by_tenant("auth0|one"))["user"]["active"]
    hiding = BaseUserManager()
    hiding.model = get_user_model()
    monkeypatch.setattr(hiding, "get_queryset", get_user_model()._base_manager.none)
    monkeypatch.setattr("auth0db.people.users", lambda: hiding)
    assert not login_of(linked).resolve(said_by_tenant("auth0|one"))["user"]["active"], "linked"
    assert not login_of(linked).resolve(said_by_tenant())["user"]["active"], "not linked to that account"


def test_an_address_that_the_tenant_has_changed_is_asked_for_from_then_on(linked, monkeypatch):
    followed, follow = [], mailboxes.follow
    monkeypatch.setattr(mailboxes, "follow", lambda *arguments: followed.append(arguments) or follow(*arguments))
    login_of(linked).resolve(said_by_tenant("auth0|one", linked.email))
    assert followed == [], "nothing is written where nothing is new"
    login_of(linked).resolve(said_by_tenant("auth0|one", "new@people.example"))
    assert Auth0User.objects.get().email == "new@people.example" and len(followed) == 1


def test_the_address_of_another_spelling_of_an_id_is_not_followed(linked, monkeypatch):
    """MariaDB finds a link by it, and it may be another account."""
    monkeypatch.setattr("auth0db.answers.link_to", lambda auth0_id: linked.auth0)
    login_of(linked).resolve(said_by_tenant("AUTH0|ONE", "new@people.example"))
    assert Auth0User.objects.get().email == linked.email


@pytest.mark.usernames
def test_what_else_a_person_is_called_is_no_empty_name_and_not_the_typed_one(person):
    assert login_of(person).names_of(person) == [person.email]
    person.email = ""
    assert login_of(person).names_of(person) == []


class Interrupted:
    def authenticate(self, request, **credentials):
        raise KeyboardInterrupt


def test_who_ends_the_process_is_not_taken_for_a_wrong_password(person, monkeypatch):
    """Even where the stored hash cannot be read, which other errors of a backend are taken for."""
    monkeypatch.setattr(hashes, "is_unreadable", lambda user: True)
    with pytest.raises(KeyboardInterrupt):
        login_of(person).ask(Interrupted())


# --- who cannot move ------------------------------------------------------------------------------


@pytest.mark.parametrize("reason, not_looked_up, recorded", [
    ("duplicate-email", False, True), ("duplicate-email", True, False), ("weak-password", True, True),
])  # fmt: skip
def test_who_was_not_looked_for_is_not_held_back_for_ever(person, reason, not_looked_up, recorded):
    """Once there is an index the next login looks."""
    answers = login_of(person)
    answers.not_looked_up = not_looked_up
    answers.holdout(asked(person, holdout=reason))
    assert list(Holdout.objects.values_list("reason", flat=True)) == ([reason] if recorded else [])


# --- has somebody else this address? --------------------------------------------------------------


@pytest.mark.usernames
def test_whether_an_address_is_shared_is_told_of_all_but_who_was_chosen(monkeypatch):
    ada, bob = make_person("ada", email="both@people.example"), make_person("bob", email="both@people.example")
    eve, fay, gil = make_person("eve", email=""), make_person("fay", email=""), make_person("gil")

    def shared(person):
        return login_of(person).email_shared({"user_key": people.key_of(person)})["yes"]

    assert [shared(each) for each in (ada, bob, eve, fay, gil)] == [True, True, False, False, False]
    Resolution.objects.create(user=bob, action="keep", value="both@people.example")
    assert shared(ada) and not shared(bob)
    monkeypatch.setattr(people, "finds_everybody", lambda: False)
    assert shared(gil), "nobody knows"
    monkeypatch.setattr(people, "email_field", lambda: None)
    monkeypatch.setattr(people, "email_of", lambda user: "of@another.table")
    assert not shared(gil), "of a site whose users have none, nobody shares one"
