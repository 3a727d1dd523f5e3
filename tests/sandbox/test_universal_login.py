"""The tenant's login page, its codes, sessions and ways out, as a browser and an application see them."""
import base64
import hashlib
import json
import re
import time
from urllib.parse import quote, urlencode

import jobs
import pytest
from conftest import GOOD
from forms import query_of
from one_time import one_time_code
from visitor import Visitor

CALLBACK = "http://localhost:8000/auth0/callback"
AFTER = "http://localhost:8000/bye"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
MULTI_FACTOR = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.fixture
def web(tenant):
    """A tenant that knows the application's addresses, and bob."""
    tenant.options(callbacks=[CALLBACK], allowed_logout_urls=[AFTER], bcrypt_cost=4)
    tenant.bob = tenant.create(email_verified=True)
    return tenant


@pytest.fixture
def visitor():
    return Visitor()


def address(web, **changes):
    asked = {"client_id": web.client_id, "redirect_uri": CALLBACK, "response_type": "code",
             "scope": "openid profile email", "state": "s t&a=te", "nonce": "n1",
             "code_challenge": CHALLENGE, "code_challenge_method": "S256", **changes}
    asked = {name: value for name, value in asked.items() if value is not None}
    return f"{web.url}/authorize?{urlencode(asked, doseq=True)}"


def begin(visitor, web, **changes):
    """The login page, or the redirect back."""
    return visitor.follow(visitor.open(address(web, **changes)), web.url)


def log_in(visitor, web, username="bob@example.com", password=GOOD, **changes):
    page = begin(visitor, web, **changes)
    return visitor.follow(visitor.submit(page, username=username, password=password), web.url)


def said(page):
    """What the application is told at its callback."""
    assert page.status == 302 and page.location.startswith(CALLBACK), (page.status, page.text)
    return query_of(page.location)


def exchange(web, given, **changes):
    body = {"grant_type": "authorization_code", "client_id": web.client_id, "client_secret": web.client_secret,
            "code": given, "redirect_uri": CALLBACK, "code_verifier": VERIFIER, **changes}
    status, _, answer = web.ask("POST", "/oauth/token", {k: v for k, v in body.items() if v is not None})
    return status, answer


def tokens(visitor, web, **changes):
    status, answer = exchange(web, said(log_in(visitor, web, **changes))["code"])
    assert status == 200, answer
    return answer


# ---- a login ----

def test_a_person_logs_in_and_the_application_gets_a_code(web, visitor):
    back = said(log_in(visitor, web))
    assert set(back) == {"code", "state"} and back["state"] == "s t&a=te"
    status, answer = exchange(web, back["code"])
    assert status == 200 and "refresh_token" not in answer and answer["token_type"] == "Bearer"
    claims = claims_of(answer["id_token"])
    assert claims["iss"] == web.url + "/" and claims["aud"] == web.client_id and claims["sub"] == web.bob["user_id"]
    assert claims["nonce"] == "n1" and claims["sid"] and claims["email"] == "bob@example.com"
    assert "auth_time" not in claims and "amr" not in claims
    assert web.user(web.bob["user_id"])["logins_count"] == 1
    assert [event["type"] for event in web.events()][:2] == ["seacft", "s"]


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(web, visitor):
    page = visitor.submit(begin(visitor, web), username="bob@example.com", password="Wrong-Horse-7")
    assert page.status == 400 and "Wrong email or password." in page.text
    assert {"value": "bob@example.com"}.items() <= next(i for i in page.inputs if i["name"] == "username").items()
    assert "Wrong-Horse" not in page.html
    assert "code" in said(visitor.follow(visitor.submit(page, username="bob@example.com", password=GOOD), web.url))


def test_a_hint_is_filled_in(web, visitor):
    page = begin(visitor, web, login_hint="\"><b>bob@example.com")
    assert [i["value"] for i in page.inputs if i["name"] == "username"] == ["\"><b>bob@example.com"]


def test_only_the_connection_that_was_asked_for_logs_in(web, visitor):
    assert said(begin(visitor, web, connection="nothing"))["error"] == "invalid_request"
    assert "code" in said(log_in(visitor, web, connection=web.connection))


def test_the_second_login_asks_nothing(web, visitor):
    first, second = tokens(visitor, web), begin(visitor, web)
    claims = claims_of(exchange(web, said(second)["code"])[1]["id_token"])
    assert claims["sid"] == claims_of(first["id_token"])["sid"]


def test_another_browser_is_asked(web, visitor):
    log_in(visitor, web)
    assert begin(Visitor(), web).forms


def test_what_was_asked_for_is_passed_through(web, visitor):
    assert claims_of(tokens(visitor, web, organization="org_1")["id_token"])["org_id"] == "org_1"


# ---- what is asked again ----

@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}])
def test_a_session_is_not_enough_where_a_login_is_wanted(web, visitor, asked):
    log_in(visitor, web)
    assert begin(visitor, web, **asked).forms


def test_max_age_goes_by_the_time_of_the_login(web, visitor):
    log_in(visitor, web)
    assert "code" in said(begin(visitor, web, max_age="3600"))
    web.control("POST", "/clock", {"seconds": 3600})
    assert begin(visitor, web, max_age="3600").forms


@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "600"}])
def test_who_cares_for_the_time_of_the_login_is_told(web, visitor, asked):
    claims = claims_of(tokens(visitor, web, **asked)["id_token"])
    assert abs(claims["auth_time"] - time.time()) < 60


def test_nothing_is_asked_silently(web, visitor):
    assert said(begin(visitor, web, prompt="none"))["error"] == "login_required"
    log_in(visitor, web)
    assert "code" in said(begin(visitor, web, prompt="none"))
    assert said(begin(visitor, web, prompt="none", max_age="0"))["error"] == "login_required"


def test_a_session_ends_by_itself_with_its_user_and_with_a_block(web, visitor):
    log_in(visitor, web)
    web.flag(web.bob, blocked=True)
    assert said(begin(visitor, web)) == {"error": "unauthorized", "error_description": "user is blocked",
                                         "state": "s t&a=te"}
    web.flag(web.bob, blocked=False)
    web.control("POST", "/clock", {"seconds": 259200})
    assert begin(visitor, web).forms
    log_in(visitor, web)
    web.api("DELETE", f"/users/{quote(web.bob['user_id'])}", token=web.token())
    assert begin(visitor, web).forms


def test_each_login_has_a_session_of_its_own(web, visitor):
    """Nobody can have chosen its name before, and the earlier one is good for nothing."""
    log_in(visitor, web)
    before = visitor.cookies["127.0.0.1", "auth0"]
    log_in(visitor, web, prompt="login")
    assert visitor.cookies["127.0.0.1", "auth0"] != before
    thief = Visitor()
    thief.cookies["127.0.0.1", "auth0"] = before
    assert begin(thief, web).forms


# ---- a login belongs to one browser ----

def test_a_login_that_another_browser_began_is_not_gone_on_with(web, visitor):
    page = begin(visitor, web)
    other = Visitor()
    assert "sent no cookie" in other.submit(page, username="bob@example.com", password=GOOD).text
    begin(other, web)  # now it has cookies of its own
    answer = other.submit(page, username="bob@example.com", password=GOOD)
    assert answer.status == 400 and not answer.cookies and "not valid any more" in answer.text


def test_a_finished_login_cannot_be_resumed_twice_or_by_others(web, visitor):
    answer = visitor.submit(begin(visitor, web), username="bob@example.com", password=GOOD)
    assert Visitor().open(answer.location).status == 400
    assert "code" in said(visitor.open(answer.location))
    assert visitor.open(answer.location).status == 400


def test_a_login_is_not_resumed_before_the_password_was_shown(web, visitor):
    page = begin(visitor, web)
    answer = visitor.open(page.url.replace("/u/login", "/authorize/resume"))
    assert answer.status == 302 and "/u/login" in answer.location


def test_a_bookmarked_login_page_leads_to_where_logins_begin(web, visitor):
    assert visitor.open(web.url + "/u/login?state=old").status == 400
    web.options(initiate_login_uri="https://www.example.com/login")
    page = visitor.open(web.url + "/u/login?state=old")
    assert page.location == "https://www.example.com/login?iss=" + web.url.replace(":", "%3A").replace("/", "%2F") + "%2F"


def test_a_login_page_waits_for_an_hour(web, visitor):
    page = begin(visitor, web)
    web.control("POST", "/clock", {"seconds": 3600})
    assert visitor.submit(page, username="bob@example.com", password=GOOD).status == 400


# ---- refusals ----

@pytest.mark.parametrize("changes, title", [
    ({"client_id": None}, "Unknown application"), ({"client_id": "other"}, "Unknown application"),
    ({"redirect_uri": None}, "not valid"), ({"redirect_uri": "https://evil.example/"}, "Callback URL mismatch"),
    ({"redirect_uri": CALLBACK + "/more"}, "Callback URL mismatch"),
    ({"redirect_uri": "http://localhost:8000@evil.example/auth0/callback"}, "Callback URL mismatch"),
    ({"redirect_uri": CALLBACK + "#x"}, "Callback URL mismatch"),
    ({"redirect_uri": [CALLBACK, CALLBACK]}, "not valid"), ({"state": "x" * 2000}, "not valid"),
    ({"state": "&" * 600}, "not valid"),
])
def test_nobody_is_sent_to_an_address_that_is_not_registered(web, visitor, changes, title):
    page = visitor.open(address(web, **changes))
    assert page.status in (400, 403) and page.location is None and title in page.text


@pytest.mark.parametrize("changes, error", [
    ({"response_type": None}, "invalid_request"), ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"), ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"), ({"code_challenge": "short"}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"), ({"prompt": "sing"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"), ({"max_age": ""}, "invalid_request"),
    ({"audience": "https://api.example/"}, "access_denied"),
])
def test_what_is_wrong_is_said_at_the_callback(web, visitor, changes, error):
    back = said(visitor.open(address(web, **changes)))
    assert back["error"] == error and back["error_description"] and back["state"] == "s t&a=te"


def answered(visitor, web, page, action):
    """By one of the page's two buttons."""
    assert f'name="action" value="{action}"' in page.html
    state, = [each["value"] for each in page.inputs if each["name"] == "state"]
    return visitor.follow(visitor.open(f"{web.url}/u/consent", {"state": state, "action": action}), web.url)


def test_where_consent_is_wanted_the_person_is_asked(web, visitor):
    web.options(consent=True)
    page = log_in(visitor, web)
    assert page.location is None and "Authorize" in page.text and "openid profile email" in page.text
    assert "code" in said(answered(visitor, web, page, "accept"))
    again = begin(visitor, web)  # with the session, and asked all the same
    assert "Authorize" in again.text
    declined = said(answered(visitor, web, again, "decline"))
    assert declined["error"] == "access_denied" and declined["state"] == "s t&a=te"
    assert said(begin(visitor, web, prompt="none"))["error"] == "consent_required"


def test_consent_lets_nobody_in_who_has_not_logged_in(web, visitor):
    web.options(consent=True)
    page = begin(visitor, web)
    state = query_of(page.url)["state"]
    page = visitor.follow(visitor.open(f"{web.url}/u/consent", {"state": state, "action": "accept"}), web.url)
    assert page.location is None and "password" in [each.get("name") for each in page.inputs]


def test_an_answer_by_form_stands_in_no_address(web, visitor):
    """The page of response_mode=form_post, which goes on by itself where scripts run."""
    def told(page):
        form, = page.forms
        assert (page.status, page.location, form["action"], form["method"]) == (200, None, CALLBACK, "post")
        assert re.search(r"form-action 'self' http://localhost:8000;", page.headers["content-security-policy"])
        return {each["name"]: each["value"] for each in page.inputs}

    page = log_in(visitor, web, response_mode="form_post")
    back = told(page)
    assert set(back) == {"code", "state"} and back["state"] == "s t&a=te" and exchange(web, back["code"])[0] == 200
    script = re.search("<script>(.*)</script>", page.html).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page.headers["content-security-policy"]
    refused = told(begin(Visitor(), web, response_mode="form_post", prompt="none"))
    assert refused["error"] == "login_required" and refused["state"] == "s t&a=te"


def test_without_the_grant_there_is_no_login(web, visitor):
    web.options(grant_types=["client_credentials"])
    assert said(begin(visitor, web))["error"] == "unauthorized_client"


@pytest.mark.parametrize("flag, back", [
    ({"blocked": True}, {"error": "unauthorized", "error_description": "user is blocked"}),
    ({"deny": "No & no"}, {"error": "access_denied", "error_description": "No & no"}),
])
def test_who_is_blocked_or_denied_goes_back_with_it(web, visitor, flag, back):
    web.flag(web.bob, **flag)
    answer = said(log_in(visitor, web))
    assert answer == {**back, "state": "s t&a=te"}
    assert begin(visitor, web).forms  # and has no session


def test_brute_force_is_stopped_on_the_page_too(web, visitor):
    page = begin(visitor, web)
    for _ in range(10):
        page = visitor.submit(page, username="bob@example.com", password="Wrong-Horse-7")
    page = visitor.submit(page, username="bob@example.com", password=GOOD)
    assert page.status == 400 and "has been blocked" in page.text
    assert web.mails("bob@example.com")[0]["kind"] == "blocked_account"


def test_a_leaked_password_is_said_on_the_page(web, visitor):
    web.flag(web.bob, leaked=True)
    page = visitor.submit(begin(visitor, web), username="bob@example.com", password=GOOD)
    assert page.status == 400 and "data breach" in page.text


def test_a_browser_passes_bot_detection(web, visitor):
    web.options(captcha_required=True)
    assert "code" in said(log_in(visitor, web))


def test_who_is_blocked_or_deleted_while_the_page_stood_open_gets_no_code(web, visitor):
    answer = visitor.submit(begin(visitor, web), username="bob@example.com", password=GOOD)
    web.flag(web.bob, blocked=True)
    assert said(visitor.open(answer.location))["error"] == "unauthorized"


def test_pages_allow_no_frames_and_no_scripts_and_forms_lead_to_the_callback_alone(web, visitor):
    page = begin(visitor, web)
    policy = page.headers["content-security-policy"]
    assert "form-action 'self' http://localhost:8000;" in policy and "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy and page.headers["cache-control"] == "no-store"


# ---- second factors ----

def with_app(web):
    status, _, answer = web.api("POST", f"/users/{web.bob['user_id']}/authentication-methods",
                                {"type": "totp", "totp_secret": SECRET, "name": "app"})
    assert status == 201, answer


def test_who_has_an_app_is_asked_for_its_code(web, visitor):
    with_app(web)
    page = log_in(visitor, web)
    assert "Verify your identity" in page.text and web.user(web.bob["user_id"]).get("logins_count", 0) == 0
    page = visitor.submit(page, code="000000")
    assert page.status == 400 and "not right" in page.text
    back = said(visitor.follow(visitor.submit(page, code=one_time_code(SECRET)), web.url))
    assert claims_of(exchange(web, back["code"])[1]["id_token"])["amr"] == ["mfa"]
    assert web.user(web.bob["user_id"])["logins_count"] == 1


def test_a_code_is_good_once(web, visitor):
    with_app(web)
    code = one_time_code(SECRET)
    said(visitor.follow(visitor.submit(log_in(visitor, web), code=code), web.url))
    other = Visitor()
    assert other.submit(log_in(other, web), code=code).status == 400


def test_codes_cannot_be_tried_out(web, visitor):
    with_app(web)
    page = log_in(visitor, web)
    for _ in range(10):
        page = visitor.submit(page, code="000000")
    page = visitor.submit(page, code=one_time_code(SECRET))
    assert page.status == 400 and "Too many" in page.text
    other = Visitor()  # nor on another page
    assert "Too many" in other.submit(log_in(other, web), code=one_time_code(SECRET)).text


def test_the_code_is_not_asked_for_instead_of_the_password(web, visitor):
    with_app(web)
    page = begin(visitor, web)
    answer = visitor.open(page.url.replace("/u/login", "/u/mfa-otp-challenge"))
    assert answer.status == 302 and "/u/login" in answer.location


def test_who_has_an_app_is_offered_no_other(web, visitor):
    with_app(web)
    page = log_in(visitor, web)
    page = visitor.open(page.url.replace("challenge", "enrollment"))
    assert "Put this key" not in page.text and "totp_secret" not in json.dumps(
        web.control("GET", f"/users/{web.bob['user_id']}"))


def test_where_the_policy_wants_a_factor_one_is_set_up(web, visitor):
    web.options(mfa_policies=["all-applications"])
    page = log_in(visitor, web)
    secret = page.html.partition('id="key">')[2].partition("<")[0]
    assert "Secure your account" in page.text
    said(visitor.follow(visitor.submit(page, code=one_time_code(secret)), web.url))
    methods = web.api("GET", f"/users/{web.bob['user_id']}/authentication-methods")[2]
    assert "totp" in [each["type"] for each in methods]


def test_a_factor_is_asked_for_on_request_where_an_action_heeds_it(web, visitor):
    with_app(web)
    web.flag(web.bob, mfa=False)
    assert "code" in said(log_in(visitor, web, acr_values=MULTI_FACTOR))
    web.options(mfa_on_request=True)
    page = begin(visitor, web, acr_values=MULTI_FACTOR)
    assert "Verify your identity" in page.text  # the session is enough for the password
    assert said(begin(visitor, web, acr_values=MULTI_FACTOR, prompt="none"))["error"] == "interaction_required"
    said(visitor.follow(visitor.submit(page, code=one_time_code(SECRET)), web.url))
    assert "code" in said(begin(visitor, web, acr_values=MULTI_FACTOR))


def test_an_imported_app_is_asked_for_its_code(web, visitor):
    jobs.run(web, [{"email": "ada@example.com", "email_verified": True, "mfa_factors": [{"totp": {"secret": SECRET}}],
                    "password_hash": "$2b$10$C6UzMDM.H6dfI/f/IKcEeO7ZQ8yDyZ0uQGRkbJYXFZBMnWPr1mtC2"}])
    web.api("PATCH", f"/users/{quote(web.api('GET', '/users-by-email?email=ada@example.com')[2][0]['user_id'])}",
            {"password": GOOD, "connection": web.connection})
    page = log_in(visitor, web, "ada@example.com")
    assert "code" in said(visitor.follow(visitor.submit(page, code=one_time_code(SECRET)), web.url))


# ---- forgotten passwords ----

def test_the_page_sends_a_mail_to_who_has_forgotten(web, visitor):
    page = begin(visitor, web)
    page = visitor.open(web.url + next(link for link in page.links if "reset-password" in link))
    answers = [visitor.submit(page, email=email).text.replace(email, "") for email in ("bob@example.com", "nobody@example.com")]
    assert answers[0] == answers[1] and "a mail is on its way" in answers[0]
    assert [mail["kind"] for mail in web.mails()] == ["reset_email"]


def test_where_people_cannot_reset_the_page_is_not_there(web, visitor):
    web.connection_options(disable_self_service_change_password=True)
    page = begin(visitor, web)
    assert not [link for link in page.links if "reset-password" in link]
    assert visitor.open(page.url.replace("/u/login", "/u/reset-password/request")).status == 404


# ---- codes ----

def test_a_code_is_good_once_and_for_ten_minutes(web, visitor):
    code = said(log_in(visitor, web))["code"]
    assert exchange(web, code)[0] == 200
    assert exchange(web, code) == (403, {"error": "invalid_grant", "error_description": "Invalid authorization code"})
    code = said(begin(visitor, web))["code"]
    web.control("POST", "/clock", {"seconds": 600})
    assert exchange(web, code)[0] == 403


@pytest.mark.parametrize("changes, status", [
    ({"code_verifier": None}, 403), ({"code_verifier": "w" * 50}, 403), ({"code_verifier": "short"}, 403),
    ({"redirect_uri": CALLBACK + "?x"}, 403), ({"redirect_uri": None}, 400), ({"client_secret": "x"}, 401),
    ({"code": "x" * 43}, 403), ({"code": None}, 400),
])
def test_a_code_is_for_who_began_the_login(web, visitor, changes, status):
    assert exchange(web, said(log_in(visitor, web))["code"], **changes)[0] == status


def test_a_code_that_was_shown_with_a_wrong_verifier_is_spent(web, visitor):
    code = said(log_in(visitor, web))["code"]
    exchange(web, code, code_verifier="w" * 50)
    assert exchange(web, code)[0] == 403


def test_the_secret_alone_is_enough_where_no_challenge_was_sent(web, visitor):
    code = said(log_in(visitor, web, code_challenge=None, code_challenge_method=None))["code"]
    assert exchange(web, code, code_verifier=None)[0] == 200
    code = said(begin(visitor, web, code_challenge=None, code_challenge_method=None))["code"]
    assert exchange(web, code)[0] == 403  # a verifier that protects nobody
    web.options(token_endpoint_auth_method="none")
    code = said(begin(visitor, web, code_challenge=None, code_challenge_method=None))["code"]
    assert exchange(web, code, code_verifier=None, client_secret=None)[0] == 403
    code = said(begin(visitor, web))["code"]
    assert exchange(web, code, client_secret=None)[0] == 200


def test_a_form_with_the_secret_by_basic_is_taken_too(web, visitor):
    code = said(log_in(visitor, web))["code"]
    basic = base64.b64encode(f"{web.client_id}:{web.client_secret}".encode()).decode()
    body = urlencode({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER})
    assert web.ask("POST", "/oauth/token", body.encode(), {
        "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8", "Authorization": f"Basic {basic}"})[0] == 200


def test_a_callback_with_a_query_keeps_it_and_is_compared_without(web, visitor):
    own = CALLBACK + "?redirect_state=1"
    page = log_in(visitor, web, redirect_uri=own)
    assert page.location.startswith(own + "&code=")
    code = said(page)["code"]
    assert exchange(web, code)[0] == 403
    code = said(begin(visitor, web, redirect_uri=own))["code"]
    assert exchange(web, code, redirect_uri=own)[0] == 200


@pytest.mark.parametrize("entry, url, allowed", [
    ("https://*.example.com/cb", "https://a.example.com/cb", True), ("https://*.example.com/cb", "https://example.com/cb", False),
    ("https://*.example.com/cb", "https://a.b.example.com/cb", False), ("https://*.example.com/cb", "https://aexample.com/cb", False),
    ("https://WWW.example.com/cb", "https://www.EXAMPLE.com/cb", True), ("https://www.example.com/cb", "https://www.example.com/CB", False),
    ("https://www.example.com", "https://www.example.com/", True), ("https://www.example.com/cb", "http://www.example.com/cb", False),
    ("https://www.example.com/cb", "https://www.example.com:444/cb", False), ("*", "https://www.example.com/", False),
    ("https://*/cb", "https://www.example.com/cb", False), ("https://www.example.com/cb", "https://www.example.com\\@evil.example/cb", False),
])
def test_callbacks_are_compared_as_auth0_does(web, visitor, entry, url, allowed):
    web.options(callbacks=[entry])
    assert (visitor.open(address(web, redirect_uri=url)).status == 302) == allowed


# ---- tokens ----

def test_refresh_tokens_come_where_they_are_asked_for_and_end_with_the_user(web, visitor):
    answer = tokens(visitor, web, scope="openid email offline_access")
    assert "offline_access" in answer["scope"].split()
    body = {"grant_type": "refresh_token", "client_id": web.client_id, "client_secret": web.client_secret,
            "refresh_token": answer["refresh_token"]}
    status, _, fresh = web.ask("POST", "/oauth/token", body)
    claims = claims_of(fresh["id_token"])
    assert status == 200 and "nonce" not in claims and claims["sid"] == claims_of(answer["id_token"])["sid"]
    assert web.ask("POST", "/oauth/token", {**body, "scope": "openid"})[2]["scope"] == "openid"
    assert web.ask("POST", "/oauth/token", {**body, "scope": "openid phone"})[0] == 403
    web.flag(web.bob, blocked=True)
    assert web.ask("POST", "/oauth/token", body)[0] == 403
    web.flag(web.bob, blocked=False)
    assert web.ask("POST", "/oauth/revoke", {"client_id": web.client_id, "client_secret": web.client_secret,
                                             "token": answer["refresh_token"]})[0] == 200
    assert web.ask("POST", "/oauth/token", body)[0] == 403


def test_userinfo_takes_the_token_by_header_query_and_form(web, visitor):
    token = tokens(visitor, web)["access_token"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answers = [web.ask("GET", "/userinfo", headers=web.bearer(token)),
               web.ask("GET", f"/userinfo?access_token={token}"),
               web.ask("POST", "/userinfo", f"access_token={token}".encode(), form)]
    assert [status for status, _, _ in answers] == [200, 200, 200]
    assert {answer["sub"] for _, _, answer in answers} == {web.bob["user_id"]}
    assert web.ask("GET", "/userinfo?access_token=x")[0] == 401 and web.ask("GET", "/userinfo")[0] == 401
    assert web.ask("GET", f"/api/v2/users?access_token={web.token()}")[0] == 401  # nowhere else


def test_discovery_names_what_is_there_and_nothing_else(web):
    known = web.ask("GET", "/.well-known/openid-configuration")[2]
    endpoints = {name: url for name, url in known.items() if isinstance(url, str) and name != "issuer"}
    assert len(endpoints) == 6
    for name, url in endpoints.items():
        path = url.removeprefix(web.url)
        statuses = {web.ask(method, path, {} if method == "POST" else None)[0] for method in ("GET", "POST")}
        assert statuses != {404}, name
    assert known["response_types_supported"] == ["code"] and known["code_challenge_methods_supported"] == ["S256"]
    web.options(end_session_in_discovery=False)
    assert "end_session_endpoint" not in web.ask("GET", "/.well-known/openid-configuration")[2]


# ---- the ways out ----

def test_auth0s_logout_ends_the_session_and_goes_to_a_known_address(web, visitor):
    log_in(visitor, web)
    known = {"client_id": web.client_id, "returnTo": AFTER}
    for bad in ({**known, "returnTo": "https://evil.example/"}, {"returnTo": AFTER}):
        page = visitor.open(f"{web.url}/v2/logout?{urlencode(bad)}")
        assert page.status == 400 and page.location is None
    assert "code" in said(begin(visitor, web))  # nothing has ended yet
    page = visitor.open(f"{web.url}/v2/logout?{urlencode(known)}")
    assert page.status == 302 and page.location == AFTER
    assert begin(visitor, web).forms
    assert visitor.open(web.url + "/v2/logout").status == 200


def test_a_hint_at_the_session_ends_it_without_a_question(web, visitor):
    answer = tokens(visitor, web)
    sid = claims_of(answer["id_token"])["sid"]
    hint = {"logout_hint": sid, "client_id": web.client_id, "post_logout_redirect_uri": AFTER, "state": "x y"}
    page = visitor.open(f"{web.url}/oidc/logout?{urlencode(hint)}")
    assert page.status == 302 and page.location == AFTER + "?state=x%20y"
    assert begin(visitor, web).forms
    token = tokens(visitor, web)["id_token"]
    page = visitor.open(f"{web.url}/oidc/logout?{urlencode({'id_token_hint': token, 'post_logout_redirect_uri': AFTER})}")
    assert page.location == AFTER and begin(visitor, web).forms


def test_without_a_hint_the_person_is_asked(web, visitor):
    """A picture on anybody's page must not log people out."""
    log_in(visitor, web)
    asked = {"client_id": web.client_id, "post_logout_redirect_uri": AFTER}
    page = visitor.open(f"{web.url}/oidc/logout?{urlencode(asked)}")
    assert page.status == 200 and "Do you want to log out?" in page.text and "code" in said(begin(visitor, web))
    page = visitor.submit(page)
    assert page.location == AFTER and begin(visitor, web).forms


def test_a_logout_leads_to_no_unknown_address(web, visitor):
    log_in(visitor, web)
    for bad in ({"client_id": web.client_id, "post_logout_redirect_uri": "https://evil.example/"},
                {"post_logout_redirect_uri": AFTER}):
        assert visitor.open(f"{web.url}/oidc/logout?{urlencode(bad)}").status == 400
    assert "code" in said(begin(visitor, web))


# ---- bounds ----

def test_logins_without_end_push_out_the_oldest_ones(web, visitor):
    page = begin(visitor, web)
    for _ in range(30):
        web.ask("GET", address(web).removeprefix(web.url))
    assert visitor.submit(page, username="bob@example.com", password=GOOD).status == 302
