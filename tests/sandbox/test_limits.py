"""API rate limits: buckets, headers, bodies. facts on section 6."""
import time


def statuses(tenant, n, method="GET", path="/users", body=None):
    return [tenant.api(method, path, body)[0] for _ in range(n)]


def test_every_answer_says_what_is_left(tenant):
    _, headers, _ = tenant.api("GET", "/users")
    assert int(headers["x-ratelimit-limit"]) == 1000
    assert int(headers["x-ratelimit-remaining"]) <= 999
    assert abs(int(headers["x-ratelimit-reset"]) - time.time()) < 5
    tenant.options(rate_limit_headers=False)
    assert "x-ratelimit-limit" not in tenant.api("GET", "/users")[1]


def test_the_free_tier_takes_two_management_calls_a_second(tenant):
    tenant.token()
    tenant.options(tier="free")
    answers = [tenant.api("GET", "/users") for _ in range(20)]
    refused = [answer for answer in answers if answer[0] == 429]
    assert answers[0][0] == answers[1][0] == 200 and refused
    status, headers, answer = refused[0]
    assert answer == {"statusCode": 429, "error": "Too Many Requests", "message": "Global limit has been reached",
                      "errorCode": "too_many_requests"}
    assert headers["x-ratelimit-remaining"] == "0" and headers["x-ratelimit-limit"] == "2"
    assert abs(int(headers["x-ratelimit-reset"]) - time.time()) <= 2
    assert tenant.events("api_limit")
    tenant.control("POST", "/clock", {"seconds": 1})
    assert tenant.api("GET", "/users")[0] == 200


def test_paid_tiers_count_by_group(tenant):
    tenant.token()
    tenant.options(tier="essentials")
    bad = {"connection": "x"}
    answers = statuses(tenant, 25, "POST", "/users", bad)
    assert answers[:20] == [400] * 20 and answers[24] == 429
    status, _, answer = tenant.api("POST", "/users", bad)
    assert status == 429 and "users_write" in answer["message"]
    assert tenant.api("GET", "/users")[0] == 200  # another bucket
    assert statuses(tenant, 5, path="/connections") == [200] * 5
    assert tenant.api("GET", "/connections")[0] == 429


def test_the_token_endpoint_has_a_limit_too(tenant):
    tenant.create()
    tenant.options(tier="essentials", same_user_limit=False)
    answers = [tenant.login(password=None) for _ in range(120)]
    refused = [answer for status, answer in answers if status == 429]
    assert refused and refused[0]["error"] == "too_many_requests"


def test_the_control_surface_has_none(tenant):
    tenant.options(tier="free")
    assert {tenant.ask("GET", "/sandbox/options")[0] for _ in range(50)} == {200}
