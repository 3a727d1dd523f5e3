"""Each recorded request, on a tenant that has what the recorded one had: how it gets there, a rule a path."""
import json
import re
from urllib.parse import quote, urlencode

from shapes import BY_NAME, DATES, example

GOOD = BY_NAME["password"]
SENDABLE = {"given_name", "family_name", "name", "nickname", "picture", "user_metadata", "app_metadata", "blocked", "username",
            "email_verified"}
RULES = []


class Replay:
    def __init__(self, tenant, exchange):
        self.tenant, self.x = tenant, exchange
        self.shape, self.sent = exchange["response"], exchange["request"]
        self.token = tenant.token()
        tenant.options(as_of=DATES[exchange["source"]])

    def api(self, method, path, body=None):
        status, _, answer = self.tenant.api(method, path, body, self.token)
        assert status < 300, (method, path, body, answer)
        return answer

    def ask(self, path, body=None):
        """The recorded request itself: (status, content type, answer)."""
        status, headers, answer = self.tenant.ask(self.x["method"], path, body, self.tenant.bearer(self.token))
        return status, headers.get("content-type", ""), answer

    def run(self):
        for method, path, rule in RULES:
            if re.fullmatch(method, self.x["method"]) and re.fullmatch(path, self.x["path"]):
                return rule(self)
        raise AssertionError("no rule")

    def query(self, **instead):
        return "?" + urlencode({k: instead.get(k, v) for k, v in self.x["query"].items()})

    def user(self, shape, **more):
        """A user with what a recorded answer shows of one."""
        named = "username" in shape
        self.tenant.options(connection_options={"requires_username": True if named else None})
        body = {k: example(v, k) for k, v in shape.items() if k in SENDABLE}
        return self.api("POST", "/users", {"connection": self.tenant.connection, "email": "chuck@example.com",
                                           "password": GOOD, **body, **more})


def rule(method, path):
    def add(function):
        RULES.append((method, path, function))
        return function
    return add


def path_of(user):
    return "/users/" + quote(user["user_id"], safe="")


# ---- users ----

@rule("POST", "/api/v2/users")
def users_create(r):
    if r.x["status"] == 409:
        r.tenant.options(custom_domains=["a.example.com", "b.example.com"])
    r.tenant.options(connection_options={"requires_username": True if "username" in r.sent else None})
    return r.ask("/api/v2/users", {**example(r.sent), "email": "chuck@example.com"})


@rule("GET", "/api/v2/users")
def users_search(r):
    r.user(r.shape["users"][0])
    return r.ask("/api/v2/users" + r.query(q='email:"chuck@example.com"'))


@rule("GET", "/api/v2/users-by-email")
def users_by_email(r):
    if r.shape:
        imported(r, [{"email": "chuck@example.com"}])
    return r.ask("/api/v2/users-by-email" + r.query(email="chuck@example.com"))


@rule("GET|DELETE", "/api/v2/users/{id}")
def users_read(r):
    path = path_of(r.user(r.shape or {})) if r.x["status"] != 404 else "/users/auth0%7Cnobody"
    return r.ask("/api/v2" + path)


@rule("PATCH", "/api/v2/users/{id}")
def users_patch(r):
    path = path_of(r.user({k: v for k, v in r.shape.items() if k not in r.sent or k == "username"}))
    body = {k: example(v, k) if k not in ("user_metadata", "app_metadata") or k in r.shape else {}
            for k, v in r.sent.items()}
    if "username" in body:
        body["username"] = "another-1"
    return r.ask("/api/v2" + path, body)


@rule("GET", "/api/v2/users/{id}/(logs|enrollments)")
def users_empty_lists(r):
    r.tenant.options(search_lag_ms=600000)  # asked so soon that the log had nothing yet
    return r.ask("/api/v2" + path_of(r.user({})) + r.x["path"][len("/api/v2/users/{id}"):])


@rule("GET|POST|PUT|DELETE", "/api/v2/users/{id}/authentication-methods")
def factors(r):
    path = path_of(r.user({})) + "/authentication-methods"
    methods = [m["type"] for m in (r.shape or {}).get("authenticators", [])] if isinstance(r.shape, dict) else []
    if r.x["method"] == "GET" and methods:
        known = {"=email": {"type": "email", "name": "e", "email": "a@example.com"},
                 "=totp": {"type": "totp", "name": "t", "totp_secret": "GEZDGNBV"},
                 "=phone": {"type": "phone", "name": "p", "phone_number": "+12345678900",
                            "preferred_authentication_method": "sms"}}
        r.api("PUT", path, [known[m] for m in methods])
    return r.ask("/api/v2" + path + r.query() if r.x["query"] else "/api/v2" + path, r.sent and example(r.sent))


@rule("GET|PATCH|DELETE", "/api/v2/users/{id}/authentication-methods/.*")
def one_factor(r):
    path = path_of(r.user({})) + "/authentication-methods"
    made = r.api("POST", path, {"type": "email", "name": "e", "email": "a@example.com"})
    return r.ask(f"/api/v2{path}/{quote(made['id'], safe='')}", r.sent and example(r.sent))


@rule("POST|DELETE", "/api/v2/users/{id}/identities.*")
def identities(r):
    shape = r.shape[0]["profileData"]
    first, second = r.user(shape), r.user({**shape, "username": "str"}, email="ann@example.com", username="ann")
    body = {"provider": "auth0", "user_id": second["user_id"], "connection_id": r.tenant.connection_id}
    if r.x["method"] == "POST":
        return r.ask("/api/v2" + path_of(first) + "/identities", body)
    r.api("POST", path_of(first) + "/identities", body)
    return r.ask("/api/v2" + path_of(first) + "/identities/auth0/" + second["identities"][0]["user_id"])


@rule("GET|DELETE", "/api/v2/user-blocks.*")
def blocks(r):
    user = r.user({})
    by_id = "{id}" in r.x["path"]
    return r.ask("/api/v2/user-blocks" + ("/" + quote(user["user_id"], safe="") if by_id else "?identifier=test-user"))


# ---- jobs ----

def form(r, users, **more):
    texts = {"connection_id": r.tenant.connection_id, "upsert": "false", "external_id": "", "send_completion_email": "false"}
    parts = "".join(f'--bound\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in {**texts, **more}.items())
    file = '--bound\r\nContent-Disposition: form-data; name="users"; filename="users.json"\r\n\r\n'
    return (parts + file + json.dumps(users) + "\r\n--bound--\r\n").encode()


def import_job(r, users):
    headers = {**r.tenant.bearer(r.token), "Content-Type": "multipart/form-data; boundary=bound"}
    return r.tenant.ask("POST", "/api/v2/jobs/users-imports", form(r, users), headers)


def imported(r, users):
    _, _, job = import_job(r, users)
    while job["status"] == "pending":
        job = r.api("GET", "/jobs/" + job["id"])
    assert job["status"] == "completed", job
    return job["id"]


@rule("POST", "/api/v2/jobs/users-imports")
def jobs_import(r):
    status, headers, answer = import_job(r, [{"email": "a@example.com"}])
    return status, headers["content-type"], answer


@rule("POST", "/api/v2/jobs/users-exports")
def jobs_export(r):
    return r.ask("/api/v2/jobs/users-exports", {**example(r.sent), "connection_id": r.tenant.connection_id})


@rule("GET", "/api/v2/jobs/{id}(/errors)?")
def jobs_read(r):
    if r.x["path"].endswith("errors"):
        r.user({})
    job = imported(r, [{"email": "chuck@example.com", "email_verified": True}])
    return r.ask(f"/api/v2/jobs/{job}" + ("/errors" if r.x["path"].endswith("errors") else ""))


# ---- connections ----

def own_ids(r, value):
    """The application's id wherever an id of one was recorded."""
    return {**value, **({"enabled_clients": [r.tenant.client_id]} if value.get("enabled_clients") else {})}


def connection_as(r, shape, name="recorded"):
    """A connection of which a recorded answer shows this: made, and changed where that says nothing more."""
    strategy = shape.get("strategy", "=auth0")[1:]
    body = {k: example(v, k) for k, v in shape.items() if k in ("display_name", "metadata", "show_as_button", "connected_accounts")}
    options = example(shape.get("options", {}))
    if "connected_accounts" in body:
        body["connected_accounts"] = example(shape["connected_accounts"], "", {})
    if strategy == "auth0" and "passwordPolicy" in options and "password_options" in options:
        options.pop("password_options")  # nobody can send both: it is filled in
        r.tenant.options(as_of="")
    else:
        r.tenant.options(as_of="2000-01-01")  # nothing is filled in that a change would not fill in
    made = r.api("POST", "/connections", {"name": name, "strategy": strategy, **body, "options": options})
    if not {"mfa", "strategy_version"} <= options.keys() and strategy == "auth0":
        made = r.api("PATCH", "/connections/" + made["id"], {"options": options})
    if shape.get("enabled_clients"):
        r.api("PATCH", "/connections/" + made["id"], {"enabled_clients": [r.tenant.client_id]})
    r.tenant.options(as_of=DATES[r.x["source"]])
    return made["id"]


@rule("POST", "/api/v2/connections")
def connections_create(r):
    body = own_ids(r, {**example(r.sent), "name": "recorded"})
    if "connected_accounts" in r.sent:
        body["connected_accounts"] = {"active": True}
    options = body.get("options", {})
    if "requires_username" in r.x["response"].get("message", ""):
        options["requires_username"] = True
    for name, attribute in options.get("attributes", {}).items():
        attribute["profile_required"] = "must also be required" in r.x["response"].get("message", "")
    return r.ask("/api/v2/connections", body)


@rule("GET", "/api/v2/connections")
def connections_list(r):
    elements = r.shape["connections"]
    for i, element in enumerate(elements[1:]):
        connection_as(r, element, f"recorded-{i}")
    first = elements[0]
    r.tenant.options(as_of="2000-01-01")
    options = example(first.get("options", {}))
    only = options.pop("password_options") if "passwordPolicy" in options and "password_options" in options else None
    database = first.get("strategy", "=auth0") == "=auth0" and only is None
    if not database or only is not None:  # the default connection is another: it stands behind a filter
        connection_as(r, first, "recorded")
        r.api("PATCH", f"/connections/{r.tenant.connection_id}",
              {"options": next((example(e["options"]) for e in elements[1:] if e["strategy"] == "=auth0"), {}),
               "enabled_clients": [r.tenant.client_id]})
    elif "options" in first:
        r.api("PATCH", f"/connections/{r.tenant.connection_id}",
              {"options": options, "enabled_clients": [r.tenant.client_id] if first["enabled_clients"] else []})
    r.tenant.options(as_of=DATES[r.x["source"]])
    named = "recorded" if not database else r.tenant.connection
    return r.ask("/api/v2/connections" + r.query(name=named))


@rule("GET|PATCH|DELETE", "/api/v2/connections/{id}(/clients)?")
def connections_one(r):
    if r.x["status"] in (204, 404):
        return r.ask("/api/v2/connections/con_0000000000000000")
    if r.x["path"].endswith("clients"):
        made = connection_as(r, {"enabled_clients": r.shape["clients"]})
        return r.ask(f"/api/v2/connections/{made}/clients")
    if r.x["method"] == "PATCH":
        kept = {k: r.shape[k] for k in ("enabled_clients", "connected_accounts") if k in r.shape}
        made = r.api("POST", "/connections", own_ids(r, {"name": "recorded", "strategy": "auth0", **example(kept, "", {})}))
        body = own_ids(r, example(r.sent))
        if r.x["status"] == 400:
            body["options"]["attributes"]["email"]["unique"] = False
        elif "realms" in body:
            body["realms"] = ["recorded"]
        return r.ask("/api/v2/connections/" + made["id"], body)
    made = connection_as(r, r.shape if r.x["method"] == "GET" else {})
    return r.ask(f"/api/v2/connections/{made}" + (r.query() if r.x["query"] else ""))


# ---- applications, grants, settings, protection ----

@rule("GET", "/api/v2/clients/{id}/connections")
def clients_connections(r):
    client = r.api("POST", "/clients", {"name": "x"})["client_id"]
    for element in r.shape["connections"]:
        made = connection_as(r, element)
        r.api("PATCH", f"/connections/{made}/clients", [{"client_id": client, "status": True}])
    return r.ask(f"/api/v2/clients/{client}/connections" + r.query())


@rule("GET", "/api/v2/clients(/.*)?")
def clients(r):
    elements = [r.shape] if r.x["path"] != "/api/v2/clients" else r.shape.get("clients", [])
    for i, element in enumerate(elements):
        client = {**example(element), "client_id": f"client{i}"}
        if "is_first_party" in client:
            client["is_first_party"] = True
        r.tenant.control("PUT", f"/documents/client/client{i}", {**client, "global": r.x["query"].get("is_global") == "true"}
                         if "is_global" in r.x["query"] else client)
    if r.x["path"] == "/api/v2/clients":
        return r.ask("/api/v2/clients" + r.query(fields="client_id"))
    name = "nobody" if r.x["status"] == 404 else "client0"
    return r.ask(f"/api/v2/clients/{name}" + (r.query() if r.x["query"] else ""))


@rule("GET|POST", "/api/v2/client-grants")
def grants(r):
    if r.x["method"] == "POST":
        if r.x["status"] == 400:
            r.tenant.control("PUT", "/documents/client/abcdefgh12345678",
                             {"client_id": "abcdefgh12345678", "app_type": "express_configuration"})
        return r.ask("/api/v2/client-grants", example(r.sent))
    r.tenant.options(scopes=[])
    for i, element in enumerate(r.shape["client_grants"]):
        grant = {**example(element), "id": f"cgr_{i}"}
        r.tenant.control("PUT", f"/documents/client_grant/cgr_{i}", grant)
    return r.ask("/api/v2/client-grants" + r.query(client_id="abcdefgh12345678", audience="https://example.com/"))


@rule("GET|PATCH|DELETE", "/api/v2/client-grants/{id}(/organizations)?")
def one_grant(r):
    shape = r.shape or {}
    before = {k: v for k, v in shape.items() if k not in (r.sent or {}) and k not in ("limit", "start", "total")}
    grant = {"client_id": "abcdefgh12345678", "audience": "https://example.com/", "scope": ["a"], **example(before), "id": "cgr_1"}
    if r.x["method"] == "GET" and "organizations" not in shape:
        grant = {**example(shape), "id": "cgr_1"}
    if r.x["status"] != 404:
        r.tenant.control("PUT", "/documents/client_grant/cgr_1", grant)
    for element in shape.get("organizations", []):
        r.tenant.control("PUT", "/documents/organization/org_1", example(element))
    tail = "/organizations" + r.query() if "organizations" in r.x["path"] else ""
    return r.ask("/api/v2/client-grants/cgr_1" + tail, r.sent and example(r.sent))


@rule("GET", "/api/v2/tenants/settings")
def settings(r):
    r.tenant.control("PUT", "/documents/tenant/settings", example(r.shape, "", {}))
    return r.ask("/api/v2/tenants/settings")


@rule("GET|PATCH", "/api/v2/attack-protection/.*")
def protection(r):
    path = r.x["path"]
    if r.x["status"] == 403:
        r.tenant.options(plan_refuses=["bot detection"])
    elif "suspicious" in path and "pre-custom-token-exchange" not in r.shape["stage"]:
        r.tenant.options(plan_refuses=["custom token exchange"])
    if r.x["status"] == 200:  # what the tenant had before: all that the recorded answer shows
        before = example(r.shape)
        before.pop("simple_captcha", None)
        r.api("PATCH", path[len("/api/v2"):], before)
    body = r.sent and example(r.sent)
    return r.ask(path, body)


# ---- without a token of the Management API ----

@rule("POST", "/dbconnections/change_password")
def change_password(r):
    return r.ask(r.x["path"], {**example(r.sent), "client_id": r.tenant.client_id})


@rule("POST", "/dbconnections/signup")
def signup(r):
    if "phone_number" in r.sent:
        r.api("PATCH", f"/connections/{r.tenant.connection_id}", {"options": {"attributes": {
            name: {"identifier": {"active": True}} for name in ("username", "phone_number")}}})
    return r.ask(r.x["path"], {**example(r.sent), "client_id": r.tenant.client_id})


@rule("POST", "/oauth/token")
def token(r):
    """Whose forms were not kept: the grant of ours that ends in the recorded members."""
    client = {"client_id": r.tenant.client_id, "client_secret": r.tenant.client_secret}
    if "scope" not in r.shape and "refresh_token" not in r.shape:
        r.tenant.options(audiences=["https://api.example.com/"])
        return r.ask(r.x["path"], {**client, "grant_type": "client_credentials", "audience": "https://api.example.com/"})
    r.user({})
    scope = "openid offline_access" if "refresh_token" in r.shape else "openid"
    return r.ask(r.x["path"], {**client, "grant_type": "http://auth0.com/oauth/grant-type/password-realm", "scope": scope,
                               "realm": r.tenant.connection, "username": "chuck@example.com", "password": GOOD})
