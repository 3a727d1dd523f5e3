"""Every recorded request is answered with the recorded status, and with an answer of the recorded shape: nothing missing,
nothing extra, null where null."""
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from replay import Replay
from shapes import ADDED_TO_LISTS, BY_NAME, EXCHANGES, REWRITTEN, differences, example, name_of
from visitor import Visitor

# Grants that the sandbox does not have: by a mailed or texted code, by another device, by a recovery code
NO_SUCH_GRANT = {339, 342, 344, 345}
# By a code of the login page: 343, and 346, a refusal of one with a wrong verifier that the recorder wrote tokens over
BY_CODE = {343, 346}
# The recorder wrote an application over an error, or over a list
ERROR_UNDER_A_CLIENT = {77, 88, 168}
LOGS = [i for i, x in enumerate(EXCHANGES) if "/logs" in x["path"] and "users" not in x["path"]]


def cases():
    for i, exchange in enumerate(EXCHANGES):
        if i not in NO_SUCH_GRANT | BY_CODE | ERROR_UNDER_A_CLIENT and i not in LOGS:
            yield pytest.param(exchange, id=name_of(exchange))


def rewritten(exchange, answer):
    """The answer as its recorder would have kept it."""
    if exchange["path"].startswith("/api/v2/clients") and isinstance(answer, dict):
        shape = exchange["response"]
        for name in ADDED_TO_LISTS & shape.keys():
            answer = {**answer, name: "" if name == "next" else 1}
        own = [c for c in answer.get("clients", []) if not str(c["client_id"]).startswith("client")]
        if "clients" in answer:  # the sandbox's own application is no recorded one
            answer = {**answer, "clients": [c for c in answer["clients"] if c not in own]}
    if exchange["path"] == "/oauth/token":
        answer = {k: v for k, v in answer.items() if k != "id_token"}
    return answer


@pytest.mark.parametrize("exchange", cases())
def test_a_recorded_request_gets_the_recorded_answer(tenant, exchange):
    status, kind, answer = Replay(tenant, exchange).run()
    assert status == exchange["status"], answer
    if exchange["content_type"]:
        assert kind == exchange["content_type"]
    assert differences(exchange["response"], rewritten(exchange, answer)) == []


def by_code(tenant, **changes):
    """(status, answer) of a code that bob was given at the login page."""
    back = "https://site.example/back/"
    tenant.options(callbacks=[back])
    tenant.api("POST", "/users", {"connection": tenant.connection, "email": "bob@example.com", "password": BY_NAME["password"]})
    asked = {"client_id": tenant.client_id, "redirect_uri": back, "response_type": "code",
             "scope": "openid offline_access", "state": "s"}
    visitor = Visitor()
    page = visitor.follow(visitor.open(f"{tenant.url}/authorize?{urlencode(asked)}"), tenant.url)
    page = visitor.follow(visitor.submit(page, username="bob@example.com", password=BY_NAME["password"]), tenant.url)
    code = parse_qs(urlsplit(page.location).query)["code"][0]
    status, _, answer = tenant.ask("POST", "/oauth/token", {
        "grant_type": "authorization_code", "client_id": tenant.client_id, "client_secret": tenant.client_secret,
        "code": code, "redirect_uri": back, **changes})
    return status, answer


def test_a_code_of_the_login_page_is_answered_as_recorded(tenant):
    status, answer = by_code(tenant)
    assert status == EXCHANGES[343]["status"]
    assert differences(EXCHANGES[343]["response"], rewritten(EXCHANGES[343], answer)) == []


def test_a_wrong_verifier_gets_no_token_although_the_recorder_shows_one(tenant):
    """Its test demands the refusal; the status that goes with it stands in no recording that was left as it was."""
    assert EXCHANGES[346]["response"].keys() == {"access_token"}
    status, answer = by_code(tenant, code_verifier="v" * 43)
    assert status == 403 and answer == {"error": "invalid_grant", "error_description": "Failed to verify code verifier"}


def test_applications_are_searched_for_also_where_the_recorder_wrote_over_the_list(tenant):
    assert EXCHANGES[77]["response"].keys() == REWRITTEN
    status, kind, answer = Replay(tenant, EXCHANGES[77]).run()
    assert (status, kind) == (EXCHANGES[77]["status"], EXCHANGES[77]["content_type"]) and "clients" in answer


@pytest.mark.parametrize("i", sorted(ERROR_UNDER_A_CLIENT - {77}))
def test_an_unknown_application_is_a_404_also_where_the_recorder_wrote_over_it(tenant, i):
    assert EXCHANGES[i]["response"].keys() == REWRITTEN
    status, _, answer = Replay(tenant, EXCHANGES[i]).run()
    assert (status, answer["errorCode"]) == (404, "inexistent_client")


def entries():
    """All recorded entries of the log, by type."""
    found = {}
    for i in LOGS:
        shape = EXCHANGES[i]["response"]
        for entry in shape if isinstance(shape, list) else [shape]:
            found.setdefault(entry["type"][1:], []).append(entry)
    return found


@pytest.mark.parametrize("as_of, with_scope", [("2023-03-14", True), ("2023-11-10", False)])
def test_entries_of_the_log_have_every_recorded_member(tenant, as_of, with_scope):
    tenant.options(as_of=as_of)
    recorded = entries()
    user = tenant.api("POST", "/users", {"connection": tenant.connection, "email": "a@example.com", "password": "Correct-Horse-7"})[2]
    tenant.api("DELETE", "/users/" + user["user_id"].replace("|", "%7C"))
    tenant.ask("POST", "/oauth/token", {"grant_type": "client_credentials", "client_id": tenant.client_id,
                                        "client_secret": tenant.client_secret, "audience": tenant.url + "/api/v2/"})
    seen = set()
    for entry in tenant.api("GET", "/logs")[2]:
        shapes = [s for s in recorded.get(entry["type"], []) if entry["type"] == "seccft" or ("scope" in s) == with_scope]
        if not shapes:
            continue
        seen.add(entry["type"])
        # what was sent and answered is another operation's: its own members are not compared
        assert min((differences(without_bodies(s), without_bodies(entry)) for s in shapes), key=len) == [], entry["type"]
        assert tenant.api("GET", "/logs/" + entry["log_id"])[2] == entry
    assert seen >= ({"sapi", "seccft"} if with_scope else {"sapi"})
    assert "Correct-Horse" not in str(tenant.api("GET", "/logs")[2])


def operation(entry):
    """What was done by the Management API, or None; a shape's words have a "=" before them."""
    request = (entry.get("details") or {}).get("request")
    if request is None:
        return None
    path = re.sub("/users/.+", "/users/{id}", request["path"].lstrip("="))
    return request["method"].lstrip("="), path


def without_path(entry):
    """Whose was done, nobody has recorded but by name."""
    request = {**entry["details"]["request"], "path": None}
    return {**entry, "details": {**entry["details"], "request": request}}


@pytest.mark.parametrize("as_of", ["2023-03-14", "2023-11-10"])
def test_an_entry_of_the_log_shows_what_was_sent_and_answered_as_recorded(tenant, as_of):
    """Whole: what was done to users is recorded with its bodies."""
    tenant.options(as_of=as_of, connection_options={"requires_username": True})
    shapes = {}
    for shape in entries()["sapi"]:
        if ("scope" in shape) == (as_of < "2023-06"):
            shapes.setdefault(operation(shape), []).append(without_path(shape))
    sent = example(shapes["post", "/api/v2/users"][0]["details"]["request"]["body"])
    token = tenant.token()
    status, _, user = tenant.api("POST", "/users", {**sent, "connection": tenant.connection}, token)
    assert status == 201, user
    tenant.api("DELETE", "/users/" + user["user_id"].replace("|", "%7C"), None, token)
    compared = set()
    for entry in tenant.api("GET", "/logs")[2]:
        done = operation(entry)
        if done in shapes and entry["type"] == "sapi":
            assert min((differences(s, without_path(entry)) for s in shapes[done]), key=len) == [], done
            compared.add(done)
        elif entry["type"] == "ss" and as_of > "2023-06":
            assert min((differences(s, entry) for s in entries()["ss"]), key=len) == []
            compared.add("ss")
    assert compared == {("post", "/api/v2/users"), ("delete", "/api/v2/users/{id}"), *(["ss"] if as_of > "2023-06" else [])}


def without_bodies(entry):
    details = entry.get("details")
    if not details:
        return entry
    if "body" in details:
        return {**entry, "details": {"body": None}}
    kept = {part: {k: v for k, v in details[part].items() if k not in ("body", "method", "path", "auth", "statusCode", "query")}
            for part in ("request", "response") if part in details}
    return {**entry, "details": kept}
