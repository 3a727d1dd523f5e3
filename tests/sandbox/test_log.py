"""GET /api/v2/logs: by search, and from a checkpoint."""

from urllib.parse import quote


def types(answer):
    status, entries = answer
    assert status == 200, entries
    return [entry["type"] for entry in entries]


def logs(tenant, query):
    status, _, answer = tenant.api("GET", f"/logs?{query}")
    return status, answer


def search(tenant, q, more=""):
    return logs(tenant, f"q={quote(q)}{more}")


def test_a_search_is_by_type_and_by_date_and_in_either_order(tenant):
    tenant.create()
    tenant.login(password="wrong")
    tenant.control("POST", "/clock", {"seconds": 3600})
    tenant.login()
    tenant.login(password="wrong")
    later = [e for e in tenant.events() if e["type"] in ("s", "fp")][1]["date"]
    assert types(search(tenant, "type:fp")) == ["fp", "fp"]
    assert types(search(tenant, f"type:fp AND date:[{later} TO *]")) == ["fp"]
    assert types(search(tenant, f'date:[* TO {later}] AND type:"s"')) == ["s"]
    since = types(search(tenant, f"date:[{later} TO *]", "&sort=date:1"))
    assert [t for t in since if t in ("s", "fp")] == ["s", "fp"]
    until = types(search(tenant, f"date:[{later} TO *]", "&sort=date:-1"))
    assert until == since[::-1]
    assert types(search(tenant, "", "&sort=date:1&per_page=1"))[0] != "s"


def test_a_search_is_by_user(tenant):
    bob, ann = tenant.create(), tenant.create("ann@example.com")
    tenant.login(password="wrong")
    tenant.login("ann@example.com", password="wrong")
    tenant.login("ann@example.com")
    assert types(search(tenant, f'user_id:"{bob["user_id"]}" AND type:fp')) == ["fp"]
    assert set(types(search(tenant, f'user_id:"{ann["user_id"]}"'))) >= {"fp", "s"}
    assert types(search(tenant, 'user_id:"auth0|nobody"')) == []


def test_a_search_that_is_not_understood_is_refused_and_not_guessed_at(tenant):
    for q in ("fp", "type:", "type:fp OR type:f", "date:[now TO", "date:[a TO b", "type:fp AND ", "user_id:x"):
        status, answer = search(tenant, q)
        assert status == 400 and answer["errorCode"] == "invalid_query_string", q
    assert search(tenant, "type:fp", "&sort=type:1")[0] == 400
    assert search(tenant, "type:fp", "&page=10&per_page=100")[0] == 400


def test_from_a_checkpoint_the_log_goes_on_without_end(tenant):
    tenant.create()
    for _ in range(3):
        tenant.login(password="wrong")
    status, entries = logs(tenant, "take=2")
    assert status == 200 and len(entries) == 2
    seen = list(entries)
    while entries:
        status, entries = logs(tenant, f"take=2&from={seen[-1]['log_id']}&q=type:none&page=3")
        seen += entries
    assert [e["type"] for e in seen].count("fp") == 3
    assert [e["log_id"] for e in seen] == sorted(e["log_id"] for e in seen)
