"""GET /api/v2/users: pages, order and q. facts on section 4.5."""
from urllib.parse import urlencode

import pytest


@pytest.fixture
def people(tenant):
    tenant.create("ann@example.com", given_name="Ann", name="Ann Archer", user_metadata={"team": "red", "age": 7})
    tenant.create("bob@example.org", given_name="Bob", name="Bob Baker", blocked=True, user_id="bob")
    tenant.create("carl@example.com", given_name="Carl", name="Carl Cook", email_verified=True,
                  app_metadata={"django": {"id": "9"}})
    tenant.login("ann@example.com")
    return tenant


def search(tenant, **query):
    status, _, answer = tenant.api("GET", "/users?" + urlencode(query))
    assert status == 200, answer
    return answer


def names(tenant, q):
    return [user["given_name"] for user in search(tenant, q=q, sort="email:1")]


@pytest.mark.parametrize("q, found", [
    ('email:"ann@example.com"', ["Ann"]),
    ('email:"ANN@example.COM"', ["Ann"]),
    ("email:ann@example.com", ["Ann"]),
    ('user_id:"auth0|bob"', ["Bob"]),
    ('user_id:"AUTH0|bob"', []),
    ("name:ann*", ["Ann"]),
    ('name:"ann archer"', ["Ann"]),
    ("name:Ann\\ Archer", ["Ann"]),
    ("email:*example.com", ["Ann", "Carl"]),
    ("email:*example*", ["Ann", "Bob", "Carl"]),
    ("blocked:true", ["Bob"]),
    ("email_verified:true", ["Carl"]),
    ("NOT blocked:true", ["Ann", "Carl"]),
    ("-blocked:true", ["Ann", "Carl"]),
    ("email:*example.com AND email_verified:false", ["Ann"]),
    ("given_name:Bob OR given_name:Carl", ["Bob", "Carl"]),
    ("given_name:Ann OR given_name:Bob AND blocked:false", ["Ann"]),
    ("(given_name:Ann OR given_name:Bob) AND blocked:true", ["Bob"]),
    ("given_name:(ann OR carl)", ["Ann", "Carl"]),
    ("_exists_:last_login", ["Ann"]),
    ("NOT _exists_:last_login", ["Bob", "Carl"]),
    ("logins_count:1", ["Ann"]),
    ("logins_count:[1 TO *]", ["Ann"]),
    ("logins_count:{1 TO *]", []),
    ("logins_count:[0 TO 5}", ["Ann"]),
    ("created_at:[2020-01-01 TO *]", ["Ann", "Bob", "Carl"]),
    ("user_metadata.team:red", ["Ann"]),
    ("user_metadata.team:Red", []),
    ("user_metadata.age:7", ["Ann"]),
    ('app_metadata.django.id:"9"', ["Carl"]),
    ('identities.connection:"Username-Password-Authentication"', ["Ann", "Bob", "Carl"]),
    ('identities.connection:"Other"', []),
    ('name:"%"', []),
    ("name:\\*", []),
    ("email:\"x' OR '1'='1\"", []),
])
def test_q(people, q, found):
    assert names(people, q) == found


@pytest.mark.parametrize("q", [
    "bob", "email:", "email", "nonsense:1", 'email:"bob', "(email:a@b.example", "email:a@b.example)", "AND", "email:a AND",
    "NOT", "email:a email:b", "name:*ab", "logins_count:[1 TO", "logins_count:[1 2]", "user_metadata.age:[1 TO 9]",
    "email:a:b", "(" * 40 + "email:a" + ")" * 40, " OR ".join(["email:a"] * 100), "NOT " * 40 + "email:a",
])
def test_a_bad_q_is_refused(people, q):
    status, _, answer = people.api("GET", "/users?" + urlencode({"q": q}))
    assert status == 400 and answer["errorCode"] == "invalid_query_string", answer


def test_without_q_all_come_in_order_of_creation(people):
    assert [u["email"] for u in search(people)] == ["ann@example.com", "bob@example.org", "carl@example.com"]


def test_sorting(people):
    assert [u["given_name"] for u in search(people, sort="email:-1")] == ["Carl", "Bob", "Ann"]
    for bad in ("email", "email:2", "user_metadata.team:1", "password:1", "email:1;DROP"):
        assert people.api("GET", "/users?" + urlencode({"sort": bad}))[0] == 400


def test_pages_and_totals(people):
    page = search(people, per_page=2, page=1, include_totals="true", fields="given_name")
    assert page == {"start": 2, "limit": 2, "length": 1, "total": 3, "users": [{"given_name": "Carl"}]}
    assert search(people, per_page=0, include_totals="true")["users"] == []
    assert [u["given_name"] for u in search(people, per_page=2, page=0)] == ["Ann", "Bob"]


@pytest.mark.parametrize("query", [
    {"per_page": 101}, {"per_page": -1}, {"per_page": "ten"}, {"page": -1}, {"include_totals": "maybe"},
    {"fields": "password"}, {"search_engine": "v2"}, {"limit": 5}, {"connection": "x"}, {"primary_order": 1}])
def test_a_bad_parameter_is_refused(people, query):
    assert people.api("GET", "/users?" + urlencode(query))[0] == 400


def test_only_the_first_thousand_can_be_paged_through(people):
    assert people.api("GET", "/users?page=9&per_page=100")[0] == 200
    status, _, answer = people.api("GET", "/users?page=10&per_page=100")
    assert status == 400 and "first 1000 records" in answer["message"]


def test_a_search_may_lag_while_reads_do_not(people):
    people.options(search_lag_ms=2000)
    people.control("POST", "/clock", {"seconds": 10})
    late = people.create("late@example.com")
    assert search(people, q="email:late*") == []
    assert people.user(late["user_id"])["email"] == "late@example.com"
    assert len(people.api("GET", "/users-by-email?email=late%40example.com")[2]) == 1
    people.control("POST", "/clock", {"ms": 2001})
    assert len(search(people, q="email:late*")) == 1
