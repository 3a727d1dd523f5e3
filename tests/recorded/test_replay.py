"""Every recorded request is answered with the recorded status, and with an answer of the recorded shape: nothing missing,
nothing extra, null where null."""
import pytest

from replay import Replay
from shapes import ADDED_TO_LISTS, EXCHANGES, REWRITTEN, differences, name_of

# Grants that the sandbox does not have: by a mailed or texted code, by another device, by a recovery code. 343 is by a code of
# the login page (tests/sandbox/test_universal_login.py), and 346 a refusal that the recorder wrote tokens over.
NO_SUCH_GRANT = {339, 342, 343, 344, 345, 346}
# The recorder wrote an application over an error, or over a list
ERROR_UNDER_A_CLIENT = {77, 88, 168}
LOGS = [i for i, x in enumerate(EXCHANGES) if "/logs" in x["path"] and "users" not in x["path"]]


def cases():
    for i, exchange in enumerate(EXCHANGES):
        if i not in NO_SUCH_GRANT | ERROR_UNDER_A_CLIENT and i not in LOGS:
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


def without_bodies(entry):
    details = entry.get("details")
    if not details:
        return entry
    if "body" in details:
        return {**entry, "details": {"body": None}}
    kept = {part: {k: v for k, v in details[part].items() if k not in ("body", "method", "path", "auth", "statusCode", "query")}
            for part in ("request", "response") if part in details}
    return {**entry, "details": kept}


