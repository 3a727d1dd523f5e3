"""/api/v2/users: create, read, change, delete. facts on sections 4.1 to 4.6."""
import hashlib
import re
import threading
from urllib.parse import quote

import pytest
from conftest import GOOD


def refused(tenant, status, words, **body):
    body = {"connection": tenant.connection, "email": "bob@example.com", "password": GOOD, **body}
    body = {name: value for name, value in body.items() if value is not ...}
    got, _, answer = tenant.api("POST", "/users", body)
    assert got == status, answer
    assert answer["statusCode"] == status and re.search(words, answer["message"]), answer
    return answer


def test_a_created_user_looks_as_auth0_makes_it(tenant):
    user = tenant.create("Bob@Example.COM", given_name="Bob", user_metadata={"django": {"id": 7}})
    assert re.fullmatch(r"auth0\|[0-9a-f]{24}", user["user_id"])
    assert user["email"] == "bob@example.com" and user["email_verified"] is False
    assert user["name"] == "bob@example.com" and user["nickname"] == "bob"
    assert hashlib.md5(b"bob@example.com").hexdigest() in user["picture"]
    assert user["identities"] == [{"connection": tenant.connection, "provider": "auth0", "isSocial": False,
                                   "user_id": user["user_id"][6:]}]
    assert user["user_metadata"] == {"django": {"id": 7}} and "app_metadata" not in user
    assert user["created_at"] == user["updated_at"] and user["created_at"].endswith("Z")
    assert "blocked" not in user and "last_password_reset" not in user and "logins_count" not in user
    assert not any("password" in name for name in user)
    assert tenant.user(user["user_id"]) == user


def test_the_caller_may_choose_the_id(tenant):
    assert tenant.create(user_id="abc123")["user_id"] == "auth0|abc123"
    # Auth0 prefixes whatever it is given
    assert tenant.create("eve@example.com", user_id="auth0|abc")["user_id"] == "auth0|auth0|abc"
    odd = tenant.create("odd@example.com", user_id="a/b%c?d#e|f")
    assert tenant.user(odd["user_id"])["email"] == "odd@example.com"


def test_an_email_or_an_id_is_taken_once(tenant):
    tenant.create(user_id="one")
    answer = refused(tenant, 409, "^The user already exists.$", email="BOB@example.com")
    assert answer["errorCode"] == "auth0_idp_error"
    refused(tenant, 409, "already exists", email="eve@example.com", user_id="one")


def test_simultaneous_creates_make_one_user(tenant):
    token, answers = tenant.token(), []

    def create():
        answers.append(tenant.api("POST", "/users", {"connection": tenant.connection, "email": "bob@example.com",
                                                     "password": GOOD, "user_id": "one"}, token=token)[0])
    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] + [409] * 7
    assert len(tenant.api("GET", "/users")[2]) == 1


@pytest.mark.parametrize("words, body", [
    ("Missing required property: connection", {"connection": ...}),
    ("Connection does not exist", {"connection": "Nowhere"}),
    ("Expected type string.* connection", {"connection": 7}),
    ("Missing required property: email", {"email": ...}),
    ("Missing required property: password", {"password": ...}),
    ("too short", {"password": ""}),
    ("format email", {"email": "nobody"}),
    ("format email", {"email": "a@b"}),
    ("format email", {"email": "a b@example.com"}),
    ("format email", {"email": "a@b@example.com"}),
    ("format email", {"email": ".a@example.com"}),
    ("format email", {"email": "x" * 65 + "@example.com"}),
    ("too long", {"email": "a@" + "x" * 250 + ".example"}),
    ("format email", {"email": "j\u00f6rg@example.com"}),
    ("Expected type string.* email", {"email": None}),
    ("Additional properties not allowed: is_staff", {"is_staff": True}),
    ("Additional properties not allowed: custom_password_hash", {"custom_password_hash": {}}),
    ("Additional properties not allowed: password_hash", {"password_hash": "x"}),
    ("too short.* given_name", {"given_name": ""}),
    ("too long.* given_name", {"given_name": "\u00e9" * 151}),
    ("too long.* name", {"name": "x" * 301}),
    ("strict-uri.* picture", {"picture": "/avatar.png"}),
    ("pattern.* phone_number", {"phone_number": "0123"}),
    ("pattern.* user_id", {"user_id": "a b"}),
    ("too long.* user_id", {"user_id": "x" * 256}),
    ("Expected type boolean.* email_verified", {"email_verified": "yes"}),
    ("Expected type object.* user_metadata", {"user_metadata": []}),
    ("must not contain", {"user_metadata": {"a.b": 1}}),
    ("reserved", {"app_metadata": {"user_id": 1}}),
    ("^Cannot set username for connection without requires_username.$", {"username": "bob"}),
])
def test_a_bad_user_is_refused_with_its_reason(tenant, words, body):
    refused(tenant, 400, words, **body)
    assert tenant.api("GET", "/users")[2] == []
    assert tenant.events("sapi") == []  # and nothing else: the catalogue of 2026 has no fapi


def test_names_of_any_script_fit_to_the_last_character(tenant):
    user = tenant.create(given_name="\u00e9" * 150, name="\u540d" * 300, family_name="O'Neil-\U0001f511")
    assert tenant.user(user["user_id"])["name"] == "\u540d" * 300


@pytest.mark.parametrize("policy, password, error", [
    ("good", "alllowercase", "PasswordStrengthError: Password is too weak"),
    ("low", "short", "PasswordStrengthError: Password is too weak"),
    ("excellent", "Aaaa-bbbb-1", "PasswordStrengthError: Password is too weak"),
])
def test_the_password_policy_is_the_connections(tenant, policy, password, error):
    tenant.connection_options(passwordPolicy=policy)
    answer = refused(tenant, 400, f"^{error}$", password=password)
    assert answer["error"] == "Bad Request"
    tenant.connection_options(passwordPolicy="none")
    tenant.create(password=password)


def test_personal_data_and_dictionary_words_can_be_forbidden(tenant):
    tenant.connection_options(password_no_personal_info={"enable": True},
                              password_dictionary={"enable": True, "dictionary": ["Django-Rocks-1"]})
    refused(tenant, 400, "^PasswordNoUserInfoError", password="Xx-bob-77-Zz")
    refused(tenant, 400, "^PasswordDictionaryError", password="django-rocks-1")


def test_an_old_password_can_be_forbidden(tenant):
    tenant.connection_options(password_history={"enable": True, "size": 2})
    user = tenant.create()
    assert tenant.patch(user, password="Second-Horse-Battery-1")[0] == 200
    status, answer = tenant.patch(user, password=GOOD)
    assert status == 400 and answer["message"].startswith("PasswordHistoryError")
    assert tenant.patch(user, password="Third-Horse-12")[0] == 200
    assert tenant.patch(user, password="Fourth-Horse-3")[0] == 200
    assert tenant.patch(user, password=GOOD)[0] == 200  # forgotten after two others


class TestUsernames:
    @pytest.fixture(autouse=True)
    def with_usernames(self, tenant):
        tenant.connection_options(requires_username=True)

    def test_one_is_needed(self, tenant):
        refused(tenant, 400, "Missing username")

    def test_it_is_stored_in_lower_case(self, tenant):
        assert tenant.create(username="BobBy_1")["username"] == "bobby_1"

    def test_it_is_unique_in_any_case(self, tenant):
        tenant.create(username="bob")
        answer = refused(tenant, 400, "The username provided is in use already.", email="eve@example.com",
                         username="BOB")
        assert answer["errorCode"] == "auth0_idp_error"

    @pytest.mark.parametrize("username, fine", [
        ("a", True), ("x" * 15, True), ("x" * 16, False), ("a_+-.!#$'^~@`9", True), ("a b", False), ("a/b", False),
        ("j\u00f6rg", False), ("bob@example.com", False), ("bob@home", True)])
    def test_length_and_characters(self, tenant, username, fine):
        if fine:
            assert tenant.create(username=username)["username"] == username
        else:
            refused(tenant, 400, "username", username=username)

    def test_the_connection_sets_the_length(self, tenant):
        tenant.connection_options(validation={"username": {"min": 3, "max": 40}})
        refused(tenant, 400, "length", username="ab")
        tenant.create(username="x" * 40)


def test_fields_choose_what_is_shown(tenant):
    user = tenant.create()
    path = f"/users/{quote(user['user_id'], safe='')}"
    assert tenant.api("GET", path + "?fields=email,user_id")[2] == {
        "email": "bob@example.com", "user_id": user["user_id"]}
    rest = tenant.api("GET", path + "?fields=email&include_fields=false")[2]
    assert set(rest) == set(user) - {"email"}
    assert tenant.api("GET", path + "?fields=password")[0] == 400


def test_an_unknown_user_is_404(tenant):
    status, _, answer = tenant.api("GET", "/users/auth0%7Cnobody")
    assert (status, answer) == (404, {"statusCode": 404, "error": "Not Found", "message": "The user does not exist.",
                                      "errorCode": "inexistent_user"})
    assert tenant.patch({"user_id": "auth0|nobody"}, name="x")[0] == 404


def test_deleting_is_204_even_twice(tenant):
    user = tenant.create()
    path = f"/users/{quote(user['user_id'], safe='')}"
    assert [tenant.api("DELETE", path)[0] for _ in range(2)] == [204, 204]
    assert tenant.api("GET", path)[0] == 404
    tenant.create()  # the e-mail is free again


def test_a_connections_user_is_deleted_by_email(tenant):
    tenant.create()
    path = f"/connections/{tenant.connection_id}/users?email="
    assert tenant.api("DELETE", path + "nobody%40example.com")[0] == 204
    assert tenant.api("DELETE", path + "bob%40example.com")[0] == 204
    assert tenant.api("GET", "/users")[2] == []
    assert tenant.api("DELETE", path + "nonsense")[0] == 400
    assert tenant.api("DELETE", "/connections/con_0000000000000000/users?email=a%40b.example")[0] == 400


def test_by_email_is_exact_and_stored_in_lower_case(tenant):
    user = tenant.create("Bob@Example.com")
    assert tenant.api("GET", "/users-by-email?email=bob%40example.com")[2] == [user]
    assert tenant.api("GET", "/users-by-email?email=Bob%40Example.com")[2] == []
    assert tenant.api("GET", "/users-by-email")[0] == 400
    assert tenant.api("GET", "/users-by-email?email=bob%40example.com&fields=email")[2] == [
        {"email": "bob@example.com"}]


class TestPatch:
    def test_it_changes_what_it_names_and_answers_the_whole_user(self, tenant):
        user = tenant.create()
        tenant.control("POST", "/clock", {"seconds": 5})
        status, changed = tenant.patch(user, given_name="Bob", family_name="Base", email_verified=True)
        assert status == 200 and changed == tenant.user(user["user_id"])
        assert changed == {**user, "given_name": "Bob", "family_name": "Base", "email_verified": True,
                           "updated_at": changed["updated_at"]}
        assert changed["updated_at"] > user["updated_at"]

    def test_null_removes(self, tenant):
        user = tenant.create(given_name="Bob")
        assert "given_name" not in tenant.patch(user, given_name=None)[1]
        for name in ("email", "password"):
            assert tenant.patch(user, **{name: None})[0] == 400

    def test_metadata_is_merged_at_its_first_level(self, tenant):
        user = tenant.create(user_metadata={"a": {"x": 1}, "b": 2}, app_metadata={"k": 1})
        changed = tenant.patch(user, user_metadata={"a": {"y": 2}, "c": 3, "b": None})[1]
        assert changed["user_metadata"] == {"a": {"y": 2}, "c": 3} and changed["app_metadata"] == {"k": 1}
        # recorded: of the one {} stays, the other goes
        changed = tenant.patch(user, user_metadata={}, app_metadata={})[1]
        assert changed["user_metadata"] == {} and "app_metadata" not in changed

    def test_a_new_email_is_not_verified(self, tenant):
        user = tenant.create(email_verified=True)
        assert tenant.patch(user, email="New@example.com")[1]["email_verified"] is False
        assert tenant.patch(user, email="x@example.com", email_verified=True)[1]["email_verified"] is True
        assert tenant.login("x@example.com")[0] == 200

    def test_a_taken_email_is_refused(self, tenant):
        tenant.create("eve@example.com")
        status, answer = tenant.patch(tenant.create(), email="EVE@example.com")
        assert status == 400 and "already exists" in answer["message"]

    @pytest.mark.parametrize("together", [
        {"password": GOOD, "email": "x@example.com"}, {"password": GOOD, "email_verified": True},
        {"username": "x", "email": "x@example.com"}, {"username": "x", "email_verified": True},
        {"username": "x", "password": GOOD}])
    def test_some_things_do_not_change_together(self, tenant, together):
        status, answer = tenant.patch(tenant.create(), **together)
        assert status == 400 and "simultaneously" in answer["message"]

    @pytest.mark.parametrize("body", [{"user_id": "x"}, {"nonsense": 1}, {"name": ""}, {"blocked": "no"},
                                      {"created_at": "2020-01-01"}])
    def test_other_members_are_refused(self, tenant, body):
        user = tenant.create()
        assert tenant.patch(user, **body)[0] == 400
        assert tenant.user(user["user_id"]) == user

    def test_a_new_password_works_and_the_old_one_does_not(self, tenant):
        user = tenant.create()
        status, changed = tenant.patch(user, password="Another-Horse-8")
        assert status == 200 and changed["last_password_reset"]
        assert tenant.login()[0] == 403
        assert tenant.login(password="Another-Horse-8")[0] == 200

    def test_a_weak_password_changes_nothing(self, tenant):
        user = tenant.create()
        status, answer = tenant.patch(user, password="weak")
        assert (status, answer["message"]) == (400, "PasswordStrengthError: Password is too weak")
        assert tenant.user(user["user_id"]) == user
        assert tenant.login()[0] == 200

    def test_a_password_set_through_the_api_lifts_an_administrators_block(self, tenant):
        user = tenant.create(blocked=True)
        assert tenant.patch(user, password="Another-Horse-8")[1]["blocked"] is False
        assert tenant.login(password="Another-Horse-8")[0] == 200

    def test_blocking_and_unblocking(self, tenant):
        user = tenant.create()
        assert tenant.patch(user, blocked=True)[1]["blocked"] is True
        assert tenant.login()[0] == 403
        assert tenant.patch(user, blocked=False)[1]["blocked"] is False
        assert tenant.login()[0] == 200

    def test_the_connection_must_be_the_users(self, tenant):
        user = tenant.create()
        assert tenant.patch(user, connection=tenant.connection, name="x")[0] == 200
        assert tenant.patch(user, connection="Other", name="x")[0] == 400

    def test_a_metadata_scope_changes_metadata_only(self, tenant):
        user = tenant.create()
        token = tenant.control("POST", "/token", {"scope": "update:users_app_metadata"})["access_token"]
        path = f"/users/{quote(user['user_id'], safe='')}"
        assert tenant.api("PATCH", path, {"app_metadata": {"a": 1}}, token=token)[0] == 200
        assert tenant.api("PATCH", path, {"app_metadata": {"a": 1}, "name": "x"}, token=token)[0] == 403


def methods_of(user):
    return f"/users/{quote(user['user_id'], safe='')}/authentication-methods"


def test_factors_are_listed_read_changed_and_taken_away_as_recorded(tenant):
    user = tenant.create()
    path, page = methods_of(user), methods_of(user) + "?include_totals=true&per_page=50"
    none = {"authenticators": [], "start": 0, "limit": 50}  # without a total, and without the password
    assert tenant.api("GET", page)[2] == none
    status, _, made = tenant.api("POST", path, {"type": "email", "name": "Test", "email": "chuck334@example.com"})
    assert (status, made["email"]) == (201, "chuc****@exam*******") and made["id"].startswith("email|dev_")
    one = path + "/" + made["id"].replace("|", "%7C")
    assert tenant.api("GET", one)[2] == {**made, "confirmed": True}
    assert tenant.api("PATCH", one, {"name": "Test2"})[::2] == (200, {**made, "name": "Test2"})
    assert tenant.api("GET", page)[2] == {"authenticators": [{**made, "confirmed": True, "name": "Test2"}],
                                          "total": 1, "start": 0, "limit": 50}
    assert tenant.api("DELETE", one)[0] == 204 and tenant.api("DELETE", one)[0] == 404
    assert tenant.api("GET", page)[2] == none and tenant.login()[0] == 200
    assert tenant.api("GET", "/users/auth0%7Cnobody/authentication-methods")[0] == 404


def test_all_factors_are_replaced_and_all_are_deleted(tenant):
    user = tenant.create()
    path = methods_of(user)
    status, _, put = tenant.api("PUT", path, [
        {"type": "email", "name": "e", "email": "foo@example.com"}, {"type": "totp", "name": "t", "totp_secret": "GEZDGNBV"},
        {"type": "phone", "name": "p", "phone_number": "+44207183875044", "preferred_authentication_method": "sms"}])
    assert status == 200 and [m["type"] for m in put] == ["email", "totp", "phone"]
    assert put[0]["email"] == "foo@example.com" and "totp_secret" not in str(put)
    [email, _, phone] = tenant.api("GET", path)[2]
    assert email["email"] == "****@exam*******" and phone["phone_number"] == "XXXXXXXXXXX5044"
    assert phone["authentication_methods"][0]["type"] == "sms"
    assert tenant.login()[1]["error"] == "mfa_required"
    assert tenant.api("PUT", path, [{"type": "pigeon"}])[0] == 400 and len(tenant.api("GET", path)[2]) == 3
    assert tenant.api("DELETE", path)[0] == 204 and tenant.login()[0] == 200
    assert tenant.api("GET", path.replace("authentication-methods", "enrollments"))[2] == []


def test_a_user_is_linked_and_unlinked_as_recorded(tenant):
    first, second = tenant.create(given_name="Chuck"), tenant.create("ann@example.com", given_name="Ann")
    path = f"/users/{quote(first['user_id'], safe='')}/identities"
    body = {"provider": "auth0", "user_id": second["user_id"], "connection_id": tenant.connection_id}
    status, _, linked = tenant.api("POST", path, body)
    assert status == 201 and [i["profileData"]["given_name"] for i in linked] == ["Chuck", "Ann"]
    assert [i["user_id"] for i in linked] == [u["identities"][0]["user_id"] for u in (first, second)]
    assert tenant.api("GET", "/users/" + quote(second["user_id"], safe=""))[0] == 404
    assert "profileData" not in tenant.user(first["user_id"])["identities"][0]
    assert tenant.api("POST", path, {**body, "user_id": first["user_id"]})[0] == 400
    status, _, left = tenant.api("DELETE", f"{path}/auth0/{linked[1]['user_id']}")
    assert (status, left) == (200, linked[:1])
    assert tenant.user(second["user_id"]) == second and tenant.login("ann@example.com")[0] == 200
    assert tenant.api("DELETE", f"{path}/auth0/{linked[0]['user_id']}")[0] == 404


def test_what_was_sent_is_shown_also_where_it_says_nothing(tenant):
    user = tenant.create(blocked=False, user_metadata={}, app_metadata={})
    assert (user["blocked"], user["user_metadata"], user["app_metadata"]) == (False, {}, {})
    assert not {"blocked", "user_metadata", "app_metadata"} & set(tenant.create("ann@example.com"))


def test_two_connections_hold_the_same_email(tenant):
    first = tenant.create()
    assert tenant.api("POST", "/connections", {"name": "second", "strategy": "auth0",
                                                "enabled_clients": [tenant.client_id]})[0] == 201
    second = tenant.create(connection="second", password="Second-Horse-Battery-1")
    found = tenant.api("GET", "/users-by-email?email=bob%40example.com")[2]
    assert [u["user_id"] for u in found] == [first["user_id"], second["user_id"]]
    assert tenant.login()[0] == 200
    assert tenant.login(realm="second")[0] == 403
    assert tenant.login(realm="second", password="Second-Horse-Battery-1")[0] == 200


@pytest.mark.parametrize("body", [
    {"type": "totp", "name": "x", "totp_secret": "JBSWY3DPEHPK3PXP"}, {"type": "phone", "phone_number": "+15550100"},
    {"type": "email", "email": "a@example.com"}])
def test_a_second_factor_is_added_and_asked_for(tenant, body):
    user = tenant.create(email="ann@example.com")
    path = "/users/" + user["user_id"].replace("|", "%7C") + "/authentication-methods"
    assert tenant.login("ann@example.com")[0] == 200
    status, _, made = tenant.api("POST", path, body)
    assert status == 201 and made["type"] == body["type"] and "totp_secret" not in made
    assert [method["type"] for method in tenant.api("GET", path)[2]] == [body["type"]]
    assert tenant.login("ann@example.com")[1]["error"] == "mfa_required"
    assert tenant.api("POST", path, body)[0] == 409


@pytest.mark.parametrize("body", [
    {}, {"type": "carrier-pigeon"}, {"type": "totp"}, {"type": "totp", "totp_secret": "not base32"},
    {"type": "totp", "totp_secret": ""}, {"type": "phone", "phone_number": "0100"}])
def test_what_is_no_second_factor_is_refused(tenant, body):
    user = tenant.create(email="ann@example.com")
    path = "/users/" + user["user_id"].replace("|", "%7C") + "/authentication-methods"
    assert tenant.api("POST", path, body)[0] == 400
    assert tenant.login("ann@example.com")[0] == 200


def test_a_second_factor_wants_a_user_and_a_scope(tenant):
    factor = {"type": "totp", "totp_secret": "JBSWY3DPEHPK3PXP"}
    assert tenant.api("POST", "/users/auth0%7Cnobody/authentication-methods", factor)[0] == 404
    narrow = tenant.token("read:authentication_methods update:users")
    assert tenant.api("POST", "/users/auth0%7Cnobody/authentication-methods", factor, token=narrow)[0] == 403
