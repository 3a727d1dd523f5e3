"""One entry of an import: what is refused, under which code, and what is not."""
import copy
import random

import pytest
from conftest import CONTRACT
from jobs import codes, run
from test_jobs import BCRYPT, sha256_hash

pytestmark = pytest.mark.usefixtures("documented_codes")

PBKDF2 = {"algorithm": "pbkdf2", "hash": {
    "value": "$pbkdf2-sha256$i=1000,l=32$c2FsdA$" + "A" * 43, "encoding": "utf8"}}
SCRYPT = {"algorithm": "scrypt", "keylen": 4, "salt": {"value": "s"}, "hash": {"value": "AAAAAA==", "encoding": "base64"}}
TOTP = {"totp": {"secret": "GEZDGNBVGY3TQOJQ"}}
WHOLE = {"email": "Ann@example.com", "email_verified": True, "user_id": "ann", "given_name": "Ann", "family_name": "Lee",
         "name": "Ann Lee", "nickname": "al", "picture": "https://example.com/a.png", "phone_number": "+15551234",
         "phone_verified": True, "blocked": False, "app_metadata": {"a": [1]}, "user_metadata": {"b": {"c": None}},
         "custom_password_hash": PBKDF2, "mfa_factors": [TOTP, {"phone": {"value": "+15551234"}},
                                                         {"email": {"value": "ann@example.com"}}]}
REFUSED = [
    # entry beside its e-mail, code, path
    ({"email": None}, "INVALID_TYPE", "email"),
    ({"email": "x" * 65 + "@example.com"}, "FORMAT", "email"),
    ({"email": ""}, "FORMAT", "email"),
    ({"email": "jürgen@example.com"}, "FORMAT", "email"),
    ({"email_verified": "true"}, "INVALID_TYPE", "email_verified"),
    ({"blocked": 1}, "INVALID_TYPE", "blocked"),
    ({"given_name": ""}, "MIN_LENGTH", "given_name"),
    ({"family_name": "é" * 151}, "MAX_LENGTH", "family_name"),
    ({"name": "n" * 301}, "MAX_LENGTH", "name"),
    ({"nickname": 7}, "INVALID_TYPE", "nickname"),
    ({"picture": "no uri"}, "FORMAT", "picture"),
    ({"phone_number": "555"}, "PATTERN", "phone_number"),
    ({"phone_number": ""}, "PATTERN", "phone_number"),
    ({"user_id": "a b"}, "PATTERN", "user_id"),
    ({"user_id": ""}, "MIN_LENGTH", "user_id"),
    ({"user_id": "u" * 250}, "MAX_LENGTH", "user_id"),
    ({"username": "ann"}, "NOT_PASSED", "username"),
    ({"app_metadata": []}, "INVALID_TYPE", "app_metadata"),
    ({"app_metadata": {"user_id": 1}}, "NOT_PASSED", "app_metadata"),
    ({"user_metadata": {"a.b": 1}}, "NOT_PASSED", "user_metadata"),
    ({"name": "a\0b"}, "NOT_PASSED", "name"),
    ({"user_metadata": {"a": ["\0"]}}, "NOT_PASSED", "user_metadata"),
    ({"password": "Plain-1"}, "NOT_PASSED", ""),
    ({"created_at": "2020-01-01"}, "NOT_PASSED", ""),
    ({"é" * 70: 1}, "NOT_PASSED", ""),
    ({"password_hash": BCRYPT.replace("$10$", "$12$")}, "PATTERN", "password_hash"),
    ({"password_hash": "pbkdf2_sha256$1$a$b"}, "PATTERN", "password_hash"),
    ({"password_hash": 5}, "INVALID_TYPE", "password_hash"),
    ({"password_hash": BCRYPT, "custom_password_hash": PBKDF2}, "NOT_PASSED", "custom_password_hash"),
    ({"custom_password_hash": "x"}, "INVALID_TYPE", "custom_password_hash"),
    ({"custom_password_hash": {}}, "OBJECT_REQUIRED", "custom_password_hash.algorithm"),
    ({"custom_password_hash": {"algorithm": "rot13", "hash": {}}}, "ENUM_MISMATCH", "custom_password_hash.algorithm"),
    ({"custom_password_hash": {"algorithm": "pbkdf2"}}, "OBJECT_REQUIRED", "custom_password_hash.hash"),
    ({"custom_password_hash": {**PBKDF2, "rounds": 5}}, "NOT_PASSED", "custom_password_hash"),
    ({"custom_password_hash": {**PBKDF2, "salt": {"value": "x"}}}, "NOT_PASSED", "custom_password_hash.salt"),
    ({"custom_password_hash": {**SCRYPT, "cost": 3}}, "NOT_PASSED", "custom_password_hash.cost"),
    ({"custom_password_hash": {**SCRYPT, "keylen": 0}}, "MINIMUM", "custom_password_hash.keylen"),
    ({"custom_password_hash": {**SCRYPT, "cost": 2 ** 40}}, "MAXIMUM", "custom_password_hash.cost"),
    ({"custom_password_hash": {**SCRYPT, "salt": {"value": ""}}}, "MIN_LENGTH", "custom_password_hash.salt.value"),
    ({"custom_password_hash": {"algorithm": "argon2", "hash": {
        "value": "$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAA", "encoding": "utf8"}}}, "NOT_PASSED",
     "custom_password_hash.hash.value"),
    ({"mfa_factors": {}}, "INVALID_TYPE", "mfa_factors"),
    ({"mfa_factors": []}, "ARRAY_LENGTH_SHORT", "mfa_factors"),
    ({"mfa_factors": [TOTP] * 11}, "ARRAY_LENGTH_LONG", "mfa_factors"),
    ({"mfa_factors": [TOTP, 5]}, "INVALID_TYPE", "mfa_factors.1"),
    ({"mfa_factors": [{**TOTP, "phone": {"value": "+1"}}]}, "NOT_PASSED", "mfa_factors.0"),
    ({"mfa_factors": [{"webauthn": {}}]}, "NOT_PASSED", "mfa_factors.0"),
    ({"mfa_factors": [{"totp": {}}]}, "OBJECT_REQUIRED", "mfa_factors.0.totp.secret"),
    ({"mfa_factors": [{"totp": {"secret": "gezd"}}]}, "PATTERN", "mfa_factors.0.totp.secret"),
    ({"mfa_factors": [{"totp": {"secret": "GEZD", "digits": 6}}]}, "NOT_PASSED", "mfa_factors.0.totp"),
    ({"mfa_factors": [{"phone": {"value": "1"}}]}, "PATTERN", "mfa_factors.0.phone.value"),
    ({"mfa_factors": [{"phone": {"value": ""}}]}, "PATTERN", "mfa_factors.0.phone.value"),
    ({"mfa_factors": [{"email": {"value": "x"}}]}, "FORMAT", "mfa_factors.0.email.value"),
]


def test_a_whole_entry_is_taken(tenant):
    job, failed = run(tenant, [WHOLE])
    assert (failed, job["summary"]["inserted"]) == ([], 1)
    user = tenant.user("auth0|ann")
    assert {name: user[name] for name in WHOLE if name in user and name not in ("email", "user_id")} == {
        name: value for name, value in WHOLE.items()
        if name not in ("email", "user_id", "custom_password_hash", "mfa_factors")}
    assert user["email"] == "ann@example.com"


def test_each_wrong_member_has_its_code_and_path(tenant):
    entries = [{"email": f"u{i}@example.com", **wrong} for i, (wrong, _, _) in enumerate(REFUSED)]
    job, failed = run(tenant, entries)
    assert job["summary"] == {"total": len(entries), "inserted": 0, "updated": 0, "failed": len(entries)}
    assert [[(error["code"], error["path"]) for error in row["errors"]] for row in failed] == [
        [(code, path)] for _, code, path in REFUSED]
    assert tenant.control("GET", "/audit")["users"] == {"api": 0, "import": 0}


def test_the_limits_themselves_are_taken(tenant):
    entries = [{"email": "l" * 64 + "@example.com"}, {"email": "a@example.com", "name": "é" * 300, "nickname": "n" * 300},
               {"email": "b@example.com", "given_name": "x" * 150, "family_name": "y"},
               {"email": "c@example.com", "user_id": "u" * 249}, {"email": "d@example.com", "phone_number": "+1"},
               {"email": "e@example.com", "user_metadata": {}, "mfa_factors": [{}]},
               {"email": "f@example.com", "mfa_factors": [TOTP] * 10},
               {"email": "g@example.com", "password_hash": BCRYPT}]
    assert run(tenant, entries)[1] == []


def test_several_complaints_about_one_entry(tenant):
    _, failed = run(tenant, [{"email": "nonsense", "blocked": "no", "colour": "red"}, {}, [], "x", None])
    assert sorted(codes(failed)[0]) == ["FORMAT", "INVALID_TYPE", "NOT_PASSED"]
    assert codes(failed)[1:] == [["OBJECT_REQUIRED"]] + [["INVALID_TYPE"]] * 3
    assert [row["user"] for row in failed[2:]] == [{}] * 3


def test_usernames_follow_the_connection(tenant):
    tenant.connection_options(requires_username=True, validation={"username": {"min": 3, "max": 8}})
    _, failed = run(tenant, [{"email": f"u{i}@example.com", "username": name} for i, name in enumerate(
        ["Robert", "ab", "robertrobert", "rob ert", "a@b.cd", "ROBERT"])])
    assert codes(failed) == [["MIN_LENGTH"], ["MAX_LENGTH"], ["PATTERN"], ["PATTERN"], ["CONFLICT_USERNAME"]]
    assert tenant.api("GET", "/users-by-email?email=u0@example.com")[2][0]["username"] == "robert"
    assert run(tenant, [{"email": "none@example.com"}])[1] == []
    tenant.options(import_requires_username=True)
    assert codes(run(tenant, [{"email": "none2@example.com"}])[1]) == [["OBJECT_REQUIRED"]]


def test_a_secret_in_the_wrong_place_is_not_shown(tenant):
    _, failed = run(tenant, [{"email": "a@example.com", "custom_password_hash": {
        **sha256_hash("x"), "hash": "5ecret-hash", "salt": ["5ecret-salt"], "extra": {"5ecret": "5ecret-deep"}}}])
    assert "5ecret-" not in str(failed)


def damaged(entry, choose):
    """The entry with one thing about it changed."""
    entry = copy.deepcopy(entry)
    at, path = entry, []
    while isinstance(at, (dict, list)) and at and (not path or choose.random() < 0.6):
        key = choose.choice(sorted(at)) if isinstance(at, dict) else choose.randrange(len(at))
        path.append((at, key))
        at = at[key]
    holder, key = path[-1]
    odd = [None, True, 0, -1, 1.5, "", "x", "é\u2028", "x" * 400, [], {}, [{}], {"value": 1}, 2 ** 70 % 2 ** 63]
    how = choose.randrange(3)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder, dict):
        holder[choose.choice(["extra", "value", "totp", "email"])] = choose.choice(odd)
    else:
        holder[key] = choose.choice(odd)
    return entry


@pytest.mark.skipif(CONTRACT is None, reason="jsonschema is not installed")
def test_what_the_schema_refuses_is_refused(tenant):
    """Auth0's schema, read by somebody else's code, on a thousand damaged entries: none that it refuses comes in."""
    choose = random.Random(4)
    bases = [WHOLE, {**WHOLE, "custom_password_hash": SCRYPT}, {**WHOLE, "custom_password_hash": sha256_hash("x")}]
    entries = []
    for i in range(1000):
        entry = damaged({**choose.choice(bases), "user_id": f"u{i}", "email": f"u{i}@example.com",
                         "phone_number": f"+1555{i}"}, choose)
        entries.append(entry)
    refused = {i for i, entry in enumerate(entries) if next(CONTRACT.import_user.iter_errors(entry), None)}
    assert 200 < len(refused) < 900
    came_in = set()
    for start in range(0, 1000, 250):
        part = entries[start:start + 250]
        _, failed = run(tenant, part)
        emails = {user["user_id"] for user in all_users(tenant)}
        came_in |= {start + i for i, entry in enumerate(part) if f"auth0|{entry.get('user_id')}" in emails}
    assert came_in & refused == set()
    assert len(came_in) > 100


def all_users(tenant):
    users = []
    for page in range(10):
        status, _, part = tenant.api("GET", f"/users?per_page=100&page={page}")
        assert status == 200
        users += part
    return users
