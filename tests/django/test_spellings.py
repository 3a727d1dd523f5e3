"""Databases differ in what they take for equal: MariaDB finds `adà` and `ADA` where it is asked for `ada`, and forgets
blanks at the end. Who somebody is must be the same on all of them."""

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.db import IntegrityError, connection

from auth0db import people
from auth0db.models import Auth0User, Holdout
from harness import NEWER, PASSWORD, make_person

SPELLINGS = ["ADA", "adà", "ada ", "ａda"]


@pytest.mark.usernames
@pytest.mark.parametrize("typed", SPELLINGS)
def test_whoever_is_found_by_another_spelling_is_moved_as_who_they_are(tenant, typed):
    ada = make_person("ada")
    ada_or_nobody = authenticate(None, username=typed, password=PASSWORD)
    assert ada_or_nobody in (ada, None)
    assert authenticate(None, username="ada", password=PASSWORD) == ada
    assert [user["email"] for user in tenant.users()] == [ada.email]
    assert Auth0User.objects.get().user == ada


@pytest.mark.usernames
@pytest.mark.parametrize("typed", SPELLINGS)
def test_another_spelling_opens_nothing_with_a_wrong_or_an_old_password(tenant, typed):
    ada = make_person("ada")
    assert authenticate(None, username="ada", password=PASSWORD) == ada
    tenant.set_password(Auth0User.objects.get().auth0_id, NEWER)
    assert authenticate(None, username=typed, password=PASSWORD) is None
    assert authenticate(None, username=typed, password=NEWER) in (ada, None)


@pytest.mark.parametrize("theirs", ["adà@people.example", "ada@peoplé.example", "ａda@people.example"])
def test_a_verified_email_joins_nobody_whose_email_only_looks_alike_to_the_database(tenant, theirs):
    other = make_person("other", email=theirs)
    tenant.create("ada@people.example", NEWER, verified=True)
    user = authenticate(None, username="ada@people.example", password=NEWER)
    assert user != other
    assert not Auth0User.objects.filter(user=other).exists()
    assert authenticate(None, username=other.get_username(), password=PASSWORD) == other


def test_two_tenant_users_whose_ids_differ_in_case_alone_are_two(tenant):
    one = tenant.create("one@people.example", PASSWORD, verified=True, user_id="case-a")
    two = tenant.create("two@people.example", NEWER, verified=True, user_id="CASE-A")
    assert one["user_id"] != two["user_id"]
    first = authenticate(None, username="one@people.example", password=PASSWORD)
    assert first is not None and first.auth0.auth0_id == one["user_id"]
    second = authenticate(None, username="two@people.example", password=NEWER)
    assert second is None or (second != first and second.auth0.auth0_id == two["user_id"])
    assert first == authenticate(None, username="one@people.example", password=PASSWORD)


@pytest.mark.usernames
def test_emails_that_the_database_takes_for_one_are_not_mixed_up(tenant):
    one = make_person("one", email="jose@people.example")
    two = make_person("two", email="JOSE@people.example", password=NEWER)
    assert authenticate(None, username="one", password=PASSWORD) == one
    assert authenticate(None, username="two", password=NEWER) == two
    assert Auth0User.objects.get().user == one
    assert Holdout.objects.get().user == two
    assert authenticate(None, username="one", password=NEWER) is None
    assert tenant.accepts(one.email, PASSWORD)


@pytest.mark.usernames
def test_no_statement_that_the_database_refuses_carries_a_hash(tenant, monkeypatch):
    """Servers log what has failed, with its values: a name that is taken, say."""
    monkeypatch.setattr(people, "opaque_names", lambda name: iter(["newcomer", "auth0-free"]))
    make_person("newcomer", email="x@people.example")
    tenant.create("newcomer@people.example", NEWER, verified=True)
    refused = []

    def listen(execute, sql, params, many, context):
        try:
            return execute(sql, params, many, context)
        except IntegrityError:
            refused.append(repr(params))
            raise

    with connection.execute_wrapper(listen):
        assert authenticate(None, username="newcomer@people.example", password=NEWER) is not None
    assert refused and not [values for values in refused if "pbkdf2_sha256$" in values]
    assert get_user_model().objects.get(auth0__lane="join").check_password(NEWER)


def test_a_name_taken_in_another_spelling_is_not_given_to_a_new_user(tenant):
    make_person("newcomer", email="x@people.example")
    tenant.create("Newcomer@people.example", NEWER, verified=True)
    before = set(get_user_model().objects.values_list("pk", flat=True))
    user = authenticate(None, username="newcomer@people.example", password=NEWER)
    assert user is not None and user.pk not in before
    assert Auth0User.objects.get().user == user
