"""Attack protection: brute force, suspicious addresses, hurry. facts on section 8 and 1.2."""
from urllib.parse import quote

import pytest

WRONG = "definitely wrong"


def fail(tenant, times, identifier="bob@example.com", **more):
    return [tenant.login(identifier, WRONG, **more)[0] for _ in range(times)]


def codes(result):
    return result[0], result[1].get("error")


def test_ten_wrong_passwords_block_the_account(tenant):
    tenant.create()
    assert fail(tenant, 10) == [403] * 10  # the one that arms the block still hears "wrong password"
    assert codes(tenant.login()) == (429, "too_many_attempts")  # even with the right one
    assert tenant.events()[0]["type"] == "limit_wc"


def test_a_right_password_forgets_the_wrong_ones(tenant):
    tenant.create()
    assert fail(tenant, 9) == [403] * 9
    assert tenant.login()[0] == 200
    assert fail(tenant, 9) == [403] * 9
    assert tenant.login()[0] == 200


def test_unknown_accounts_are_blocked_alike(tenant):
    assert fail(tenant, 10, "nobody@example.com") == [403] * 10
    assert codes(tenant.login("nobody@example.com")) == (429, "too_many_attempts")


def test_a_block_ends_thirty_days_after_the_last_failure(tenant):
    tenant.create()
    fail(tenant, 10)
    tenant.control("POST", "/clock", {"seconds": 30 * 86400 - 60})
    assert tenant.login()[0] == 429
    tenant.control("POST", "/clock", {"seconds": 61})
    assert tenant.login()[0] == 200


def test_another_address_is_not_blocked(tenant):
    tenant.create()
    fail(tenant, 10, ip="203.0.113.7")
    assert tenant.login(ip="203.0.113.7")[0] == 429
    assert tenant.login(ip="203.0.113.8")[0] == 200


def test_counting_by_account_alone_locks_every_address_out(tenant):
    tenant.options(brute_force_mode="count_per_identifier")
    tenant.create()
    for i in range(10):
        fail(tenant, 1, ip=f"203.0.113.{i}")
    assert tenant.login(ip="198.51.100.1")[0] == 429


def test_the_address_is_believed_only_with_the_secret_and_the_switch(tenant):
    user = tenant.create()

    def seen(**more):
        tenant.login(ip="203.0.113.7", **more)
        return tenant.user(user["user_id"])["last_ip"]
    assert seen() == "203.0.113.7"
    tenant.options(trust_forwarded_for=False)
    assert seen() == "127.0.0.1"
    tenant.options(trust_forwarded_for=True, token_endpoint_auth_method="none")
    assert seen(client_secret=None) == "127.0.0.1"


@pytest.mark.parametrize("value", ["nonsense", "203.0.113.7, 198.51.100.1", "203.0.113.256", "fe80::1%eth0", "1.2.3"])
def test_what_is_not_one_address_is_ignored(tenant, value):
    user = tenant.create()
    tenant.login(ip=value)
    assert tenant.user(user["user_id"])["last_ip"] == "127.0.0.1"


def test_ipv6_addresses_count_too(tenant):
    user = tenant.create()
    tenant.login(ip="2001:db8::7")
    assert tenant.user(user["user_id"])["last_ip"] == "2001:db8::7"


def test_blocks_are_listed_and_lifted(tenant):
    user = tenant.create()
    by_id = f"/user-blocks/{quote(user['user_id'], safe='')}"
    assert tenant.api("GET", by_id)[2] == {"blocked_for": []}
    fail(tenant, 10, ip="203.0.113.7")
    expected = {"blocked_for": [{"identifier": "bob@example.com", "ip": "203.0.113.7",
                                 "connection": tenant.connection}]}
    assert tenant.api("GET", by_id)[2] == expected
    assert tenant.api("GET", "/user-blocks?identifier=BOB%40example.com")[2] == expected
    assert tenant.api("DELETE", by_id)[0] == 204
    assert tenant.login(ip="203.0.113.7")[0] == 200
    fail(tenant, 10)
    assert tenant.api("DELETE", "/user-blocks?identifier=bob%40example.com")[0] == 204
    assert tenant.login()[0] == 200
    assert tenant.api("GET", "/user-blocks")[0] == 400
    assert tenant.api("GET", "/user-blocks/auth0%7Cnobody")[0] == 404


def test_what_lifts_a_block_and_what_does_not(tenant):
    user = tenant.create()
    tenant.options(same_user_limit=False)
    fail(tenant, 10)
    tenant.patch(user, blocked=False)
    assert tenant.login()[0] == 429
    tenant.patch(user, password="Another-Horse-8")
    assert tenant.login(password="Another-Horse-8")[0] == 200
    fail(tenant, 10)
    tenant.options(brute_force_max_attempts=20)
    assert tenant.login(password="Another-Horse-8")[0] == 200


def test_monitoring_only_watches(tenant):
    tenant.create()
    tenant.options(brute_force_block=False)
    fail(tenant, 12)
    assert tenant.login()[0] == 200


@pytest.mark.parametrize("switch", [{"brute_force_enabled": False}, {"brute_force_allowlist": ["127.0.0.0/8"]},
                                    {"connection_options": {"brute_force_protection": False}}])
def test_protection_can_be_off(tenant, switch):
    tenant.create()
    tenant.options(**switch)
    fail(tenant, 12)
    assert tenant.login()[0] == 200


def test_an_address_that_fails_everywhere_is_throttled(tenant):
    tenant.create()
    tenant.options(suspicious_ip_max_attempts=5)
    assert [fail(tenant, 1, f"user{i}@example.com", ip="203.0.113.7")[0] for i in range(5)] == [403] * 5
    status, answer = tenant.login(ip="203.0.113.7")
    assert (status, answer["error"]) == (429, "too_many_attempts") and "suspicious" in answer["error_description"]
    assert tenant.events()[0]["type"] == "limit_mu"
    assert tenant.login(ip="203.0.113.8")[0] == 200
    tenant.control("POST", "/clock", {"ms": 864000})  # one more attempt
    assert tenant.login(ip="203.0.113.7")[0] == 200
    assert fail(tenant, 1, "x@example.com", ip="203.0.113.7") == [403]
    assert tenant.login(ip="203.0.113.7")[0] == 429


def test_a_hundred_failures_are_enough_by_default(tenant):
    tenant.create()
    assert {fail(tenant, 1, f"user{i}@example.com")[0] for i in range(100)} == {403}
    assert tenant.login()[0] == 429


def test_twenty_logins_of_one_user_and_then_ten_a_minute(tenant):
    tenant.create()
    assert [tenant.login()[0] for _ in range(21)] == [200] * 20 + [429]
    assert codes(tenant.login()) == (429, "too_many_logins")
    assert tenant.events()[0]["type"] == "limit_sul"
    tenant.control("POST", "/clock", {"seconds": 6})
    assert [tenant.login()[0] for _ in range(2)] == [200, 429]
    tenant.options(same_user_limit=False)
    assert tenant.login()[0] == 200


def test_the_mfa_policy_wants_a_scope_and_is_kept(tenant):
    assert tenant.api("GET", "/guardian/policies")[2] == []
    tenant.create(email="ann@example.com")
    for policies, status in ((["confidence-score"], 200), (["all-applications"], 403)):
        tenant.options(mfa_policies=policies)
        assert tenant.api("GET", "/guardian/policies")[2] == policies
        assert tenant.login("ann@example.com")[0] == status
    assert tenant.login("ann@example.com")[1]["error"] == "mfa_required"
    status, _, answer = tenant.api("GET", "/guardian/policies", token=tenant.token("read:users"))
    assert (status, answer["errorCode"]) == (403, "insufficient_scope")


def test_the_email_provider_is_told_or_there_is_none(tenant):
    status, _, answer = tenant.api("GET", "/emails/provider?fields=enabled")
    assert status == 200 and answer["enabled"] is True and "credentials" not in answer
    tenant.options(email_provider=False)
    status, _, answer = tenant.api("GET", "/emails/provider")
    assert (status, answer["errorCode"]) == (404, "inexistent_email_provider")
    assert tenant.api("GET", "/emails/provider", token=tenant.token("read:users"))[0] == 403
