"""Forgotten passwords: the mail, the ticket, the page behind the link. Over HTTP, as a browser without scripts."""
import concurrent.futures
import json
import re
from urllib.parse import quote

import pytest
from conftest import GOOD, error_of
from forms import open_page, query_of

NEW = "Another-Horse-8"
DAY = 24 * 3600
SAID = "We've just sent you an email to reset your password."


def forgot(tenant, email="bob@example.com", **more):
    body = {"client_id": tenant.client_id, "email": email, "connection": tenant.connection, **more}
    body = {name: value for name, value in body.items() if value is not None}
    return tenant.ask("POST", "/dbconnections/change_password", body)


def mailed_link(tenant, email="bob@example.com"):
    assert forgot(tenant, email)[0] == 200
    return tenant.mails(email, kind="reset_email")[0]["link"]


def choose(link, password=NEW, again=None):
    """Opens the link and fills in the form; the page that follows."""
    page = open_page(link)
    assert page.status == 200, page.text
    return page.submit(newPassword=password, confirmNewPassword=password if again is None else again)


def make_ticket(tenant, user=None, status=201, **more):
    body = {"user_id": user["user_id"], **more} if user else more
    answer = tenant.api("POST", "/tickets/password-change", body)
    assert answer[0] == status, answer[2]
    return answer[2]["ticket"] if status == 201 else answer[2]


def types(tenant):
    return [event["type"] for event in tenant.events()]


class TestTheRequest:
    def test_it_sends_one_mail_with_a_link(self, tenant):
        user = tenant.create()
        tenant.control("DELETE", "/outbox")
        status, headers, said = forgot(tenant)
        assert (status, said) == (200, SAID) and headers["content-type"].startswith("text/html")
        mail, = tenant.mails()
        assert (mail["kind"], mail["to"], mail["user_id"]) == ("reset_email", "bob@example.com", user["user_id"])
        assert mail["link"] in mail["text"] and mail["link"].startswith(tenant.url + "/u/reset-password?ticket=")
        assert types(tenant)[0] == "scpr" and tenant.events()[0]["user_id"] == user["user_id"]

    @pytest.mark.parametrize("email", ["nobody@example.com", "bob", "@", "", "x" * 5000, "bob@example.com\n"])
    def test_it_says_the_same_for_nobody(self, tenant, email):
        tenant.create()
        tenant.control("DELETE", "/outbox")
        known, unknown = forgot(tenant), forgot(tenant, email)
        assert unknown[0] == known[0] and unknown[2] == known[2] == SAID
        different = {name for name in {*known[1], *unknown[1]} if known[1].get(name) != unknown[1].get(name)}
        assert different <= {"date", "x-ratelimit-remaining", "x-ratelimit-reset"}
        assert len(tenant.mails()) == 1
        event = tenant.events()[0]
        assert (event["type"], event["description"]) == ("fcpr", "User does not exist.")

    def test_upper_case_is_the_same_address(self, tenant):
        tenant.create()
        assert mailed_link(tenant, "BOB@Example.COM")

    def test_a_username_gets_no_mail(self, tenant):
        tenant.connection_options(requires_username=True)
        tenant.create(username="bob")
        assert forgot(tenant, "bob")[2] == SAID
        assert tenant.mails(kind="reset_email") == []

    @pytest.mark.parametrize("wrong", [{"email": None}, {"email": 7}, {"connection": None}, {"connection": "none"},
                                       {"client_id": "somebody-else"}, {"password": "x"}, {"email": ["a@b.example"]}])
    def test_what_is_no_request_is_refused(self, tenant, wrong):
        tenant.create()
        status, _, answer = forgot(tenant, **wrong)
        assert status == 400 and answer["error"] == "invalid_request"
        assert tenant.mails(kind="reset_email") == []

    def test_no_body_and_no_client_id(self, tenant):
        tenant.create()
        assert tenant.ask("POST", "/dbconnections/change_password", b"")[0] == 400
        assert forgot(tenant, client_id=None)[0] == 200
        form = f"email=bob%40example.com&connection={tenant.connection}".encode()
        assert tenant.ask("POST", "/dbconnections/change_password", form,
                          {"Content-Type": "application/x-www-form-urlencoded"})[0] == 200
        assert len(tenant.mails(kind="reset_email")) == 2

    @pytest.mark.parametrize("options", [{"connection_enabled": False},
                                         {"connection_options": {"disable_self_service_change_password": True}}])
    def test_a_connection_can_be_closed_to_it(self, tenant, options):
        tenant.create()
        tenant.options(**options)
        assert forgot(tenant)[0] == 400
        assert tenant.mails(kind="reset_email") == []

    def test_ten_for_one_address_then_one_a_minute(self, tenant):
        tenant.create()
        tenant.create("eve@example.com")
        answers = [forgot(tenant, email) for email in ["bob@example.com", "BOB@example.com"] * 5]
        assert [answer[0] for answer in answers] == [200] * 10
        assert answers[-1][1]["x-ratelimit-limit"] == "10" and answers[-1][1]["x-ratelimit-remaining"] == "0"
        status, headers, answer = forgot(tenant)
        assert (status, answer["error"]) == (429, "too_many_requests")
        assert forgot(tenant, "nobody@example.com")[0] == 200 and forgot(tenant, "eve@example.com")[0] == 200
        tenant.control("POST", "/clock", {"seconds": 58})
        assert forgot(tenant)[0] == 429
        tenant.control("POST", "/clock", {"seconds": 3})
        assert [forgot(tenant)[0] for _ in range(2)] == [200, 429]
        assert len(tenant.mails("bob@example.com", kind="reset_email")) == 11

    def test_the_throttle_tells_nothing_about_who_exists(self, tenant):
        assert [forgot(tenant, "nobody@example.com")[0] for _ in range(11)] == [200] * 10 + [429]


class TestThePage:
    def test_a_new_password_works_and_the_old_one_does_not(self, tenant):
        user = tenant.create()
        tenant.control("POST", "/clock", {"seconds": 60})
        page = choose(mailed_link(tenant))
        assert page.status == 200 and "Password changed" in page.text
        assert tenant.login(password=NEW)[0] == 200 and tenant.login(password=GOOD)[0] == 403
        after = tenant.user(user["user_id"])
        assert "last_password_reset" not in user and after["last_password_reset"] > user["created_at"]
        event, = tenant.events("scp")
        assert event["user_id"] == user["user_id"] and event["connection"] == tenant.connection

    def test_looking_at_it_spends_nothing(self, tenant):
        tenant.create()
        link = mailed_link(tenant)
        assert [open_page(link).status for _ in range(3)] == [200] * 3
        assert choose(link).status == 200

    def test_it_says_whose_password_and_nothing_for_a_machine_to_run(self, tenant):
        tenant.create()
        page = open_page(mailed_link(tenant))
        assert [each.get("value") for each in page.inputs if each["type"] == "email"] == ["bob@example.com"]
        assert [each["autocomplete"] for each in page.inputs if each["type"] == "password"] == ["new-password"] * 2
        assert "<script" not in page.html and page.links == []

    @pytest.mark.parametrize("options, rules", [
        ({"passwordPolicy": "none"}, []),
        ({"passwordPolicy": "low"}, ["At least 6 characters"]),
        ({"passwordPolicy": "fair"},
         ["At least 8 characters", "Each of these: lower-case letters, upper-case letters, numbers"]),
        ({"passwordPolicy": "excellent", "password_dictionary": {"enable": True},
          "password_no_personal_info": {"enable": True}, "password_history": {"enable": True, "size": 5}},
         ["At least 10 characters",
          "Three of these: lower-case letters, upper-case letters, numbers, special characters",
          "No character more than twice in a row", "No common password", "Nothing of your name or address",
          "None of your last 5 passwords"]),
        ({"passwordPolicy": None, "password_options": {"complexity": {"min_length": 12, "character_types": ["number", "special"],
                                              "sequential_characters": "block",
                                              "max_length_exceeded": "error"}}},
         ["At least 12 characters", "Each of these: numbers, special characters", "No sequences such as abc or 123",
          "At most 72 bytes"]),
    ])
    def test_it_says_what_the_policy_wants(self, tenant, options, rules):
        tenant.create()
        tenant.connection_options(**options)
        assert re.findall("<li>(.*?)</li>", open_page(mailed_link(tenant)).html) == rules

    def test_its_headers_keep_the_link_secret(self, tenant):
        tenant.create()
        link = mailed_link(tenant)
        for page in (open_page(link), choose(link), open_page(link)):
            assert page.headers["cache-control"] == "no-store"
            assert page.headers["referrer-policy"] == "no-referrer"
            assert page.headers["x-content-type-options"] == "nosniff"
            policy = page.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; ") and "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy and "script" not in policy

    @pytest.mark.parametrize("policy, password, said", [
        ({"passwordPolicy": "excellent"}, "short", "Password is too weak"),
        ({"passwordPolicy": "none", "password_dictionary": {"enable": True}}, "password", "too common"),
        ({"passwordPolicy": "none", "password_no_personal_info": {"enable": True}}, "i-am-bob-7", "user information"),
        ({"passwordPolicy": "none", "password_history": {"enable": True, "size": 3}}, GOOD, "previously been used"),
    ])
    def test_the_policy_speaks_on_the_page_and_the_link_stays_good(self, tenant, policy, password, said):
        user = tenant.create()
        tenant.connection_options(**policy)
        link = mailed_link(tenant)
        page = choose(link, password)
        assert page.status == 400 and said.lower() in page.text.lower(), page.text
        assert tenant.login()[0] == 200 and "last_password_reset" not in tenant.user(user["user_id"])
        event, = tenant.events("fcp")
        assert password not in json.dumps(event)
        page = page.submit(newPassword="Quite-Different-9!", confirmNewPassword="Quite-Different-9!")
        assert page.status == 200 and tenant.login(password="Quite-Different-9!")[0] == 200

    def test_the_password_before_is_in_the_history(self, tenant):
        tenant.create()
        tenant.connection_options(password_history={"enable": True, "size": 3})
        assert choose(mailed_link(tenant), NEW).status == 200
        assert choose(mailed_link(tenant), GOOD).status == 400
        assert choose(mailed_link(tenant), NEW).status == 400

    @pytest.mark.parametrize("first, second", [(NEW, NEW + "x"), ("", ""), (NEW, ""), ("", NEW)])
    def test_both_fields_must_agree(self, tenant, first, second):
        tenant.create()
        link = mailed_link(tenant)
        assert choose(link, first, second).status == 400
        assert tenant.login()[0] == 200
        assert choose(link).status == 200

    def test_odd_passwords_go_through_a_form(self, tenant):
        tenant.create()
        tenant.connection_options(passwordPolicy="none")
        for password in ("  spaces + and % &=\"<'é😀", "x" * 100, "ab\tc"):
            assert choose(mailed_link(tenant), password).status == 200, password
            assert tenant.login(password=password)[0] == 200, password

    def test_what_a_user_is_called_is_text(self, tenant):
        tenant.connection_options(passwordPolicy="none")
        tenant.create("o'neil&co@example.com")
        page = open_page(mailed_link(tenant, "o'neil&co@example.com"))
        assert "o'neil&co@" not in page.html and "o&#39;neil&amp;co@example.com" in page.html

    @pytest.mark.parametrize("ticket", ["", "x", "x" * 43, "%3Cscript%3Ealert(1)%3C/script%3E", "x" * 5000,
                                        "%00", "a&ticket=b"])
    def test_an_unknown_ticket_gets_a_page_of_its_own(self, tenant, ticket):
        page = open_page(f"{tenant.url}/u/reset-password?ticket={ticket}")
        assert page.status in (400, 404) and "<script>alert" not in page.html
        if page.status == 404:
            assert "not valid" in page.text and page.forms == []

    @pytest.mark.parametrize("body", [{}, {"ticket": "x" * 43}, {"ticket": 7}, [], "nonsense", {"newPassword": NEW}])
    def test_a_form_without_a_ticket_changes_nothing(self, tenant, body):
        tenant.create()
        assert tenant.ask("POST", "/u/reset-password", body)[0] in (400, 404)
        assert tenant.login()[0] == 200


class TestOnceAndInTime:
    def test_a_link_works_once(self, tenant):
        tenant.create()
        link = mailed_link(tenant)
        form = open_page(link)
        assert choose(link).status == 200
        again = form.submit(newPassword="Third-Horse-9", confirmNewPassword="Third-Horse-9")
        assert again.status == 410 and "cannot be used any more" in again.text and again.forms == []
        assert open_page(link).status == 410
        assert tenant.login(password=NEW)[0] == 200

    def test_of_two_who_send_the_form_at_once_one_wins(self, tenant):
        tenant.create()
        tenant.options(bcrypt_cost=10)
        form = open_page(mailed_link(tenant))
        passwords = [f"Horse-number-{i}" for i in range(6)]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            pages = list(pool.map(lambda p: form.submit(newPassword=p, confirmNewPassword=p), passwords))
        assert sorted(page.status for page in pages) == [200] + [410] * 5
        won = passwords[[page.status for page in pages].index(200)]
        assert [tenant.login(password=p)[0] == 200 for p in passwords] == [p == won for p in passwords]
        assert len(tenant.events("scp")) == 1

    def test_only_the_newest_mail_counts(self, tenant):
        tenant.create()
        older, newer = mailed_link(tenant), mailed_link(tenant)
        assert open_page(older).status == 410
        assert choose(newer).status == 200

    def test_a_mail_to_another_user_ends_nothing(self, tenant):
        tenant.create()
        tenant.create("eve@example.com")
        link = mailed_link(tenant)
        mailed_link(tenant, "eve@example.com")
        assert choose(link).status == 200

    def test_a_mail_works_for_five_days(self, tenant):
        tenant.create()
        link = mailed_link(tenant)
        tenant.control("POST", "/clock", {"seconds": 5 * DAY - 60})
        form = open_page(link)
        assert form.status == 200
        tenant.control("POST", "/clock", {"seconds": 61})
        page = form.submit(newPassword=NEW, confirmNewPassword=NEW)
        assert page.status == 410 and "expired" in page.text
        assert "expired" in open_page(link).text and tenant.login()[0] == 200

    def test_links_die_with_the_user_and_with_the_address(self, tenant):
        user = tenant.create()
        link = mailed_link(tenant)
        tenant.patch(user, email="new@example.com", email_verified=True)
        assert open_page(link).status == 404
        tenant.patch(user, email="bob@example.com")
        assert open_page(link).status == 200
        tenant.api("DELETE", f"/users/{quote(user['user_id'], safe='')}")
        tenant.create()
        assert open_page(link).status == 404

    def test_links_survive_a_restart_and_are_not_in_the_file_twice(self, tmp_path):
        from conftest import Tenant
        options = ["--quiet", "--data", str(tmp_path / "tenant.db")]
        with Tenant(*options) as first:
            first.create()
            link = mailed_link(first)
            mail = first.mails()
        with Tenant(*options) as second:
            assert second.mails() == mail
            page = choose(link.replace(first.url, second.url))
            assert page.status == 200 and second.login(password=NEW)[0] == 200


class TestWhatAResetTouches:
    def test_a_mailed_link_proves_the_address(self, tenant):
        user = tenant.create()
        choose(mailed_link(tenant))
        assert user["email_verified"] is False and tenant.user(user["user_id"])["email_verified"] is True

    def test_unless_the_option_says_otherwise(self, tenant):
        tenant.options(reset_verifies_email=False)
        user = tenant.create()
        choose(mailed_link(tenant))
        assert tenant.user(user["user_id"])["email_verified"] is False

    def test_an_administrators_block_stays(self, tenant):
        user = tenant.create(blocked=True)
        assert choose(mailed_link(tenant)).status == 200
        assert tenant.user(user["user_id"])["blocked"] is True
        assert error_of(tenant.login(password=NEW)[1]) == ("unauthorized", "user is blocked")

    def test_a_brute_force_block_goes(self, tenant):
        tenant.create()
        for _ in range(10):
            tenant.login(password="wrong")
        assert tenant.login()[0] == 429
        choose(mailed_link(tenant))
        assert tenant.login(password=NEW)[0] == 200

    def test_a_leaked_password_is_forgotten_with_it(self, tenant):
        tenant.flag(tenant.create(), leaked=True)
        choose(mailed_link(tenant))
        assert tenant.login(password=NEW)[0] == 200

    def test_an_imported_hash_is_replaced(self, tenant):
        user = tenant.create()
        tenant.flag(user, custom_password_hash={"algorithm": "sha1", "hash": {
            "value": "40bd001563085fc35165329ea1ff5c5ecbdbbeef", "encoding": "hex"}})
        choose(mailed_link(tenant))
        assert tenant.login(password=NEW)[0] == 200 and tenant.login(password="123")[0] == 403

    def test_mfa_and_metadata_stay(self, tenant):
        user = tenant.create(user_metadata={"a": 1}, app_metadata={"b": 2})
        tenant.flag(user, mfa=True)
        choose(mailed_link(tenant))
        assert tenant.login(password=NEW)[1]["error"] == "mfa_required"
        after = tenant.user(user["user_id"])
        assert (after["user_metadata"], after["app_metadata"]) == ({"a": 1}, {"b": 2})

    def test_no_secret_is_in_the_log_or_the_request_list(self, tenant):
        tenant.create()
        link = mailed_link(tenant)
        choose(link)
        ticket = query_of(link)["ticket"]
        for seen in (tenant.events(), tenant.requests(), tenant.api("GET", "/logs")[2]):
            assert seen and ticket not in json.dumps(seen) and NEW not in json.dumps(seen)


class TestTickets:
    def test_one_for_a_user_is_sent_by_nobody(self, tenant):
        user = tenant.create()
        tenant.control("DELETE", "/outbox")
        link = make_ticket(tenant, user)
        assert link.startswith(tenant.url + "/u/reset-password?ticket=") and link.endswith("#")
        assert tenant.mails() == []
        assert choose(link + "type=invite").status == 200 and tenant.login(password=NEW)[0] == 200
        assert tenant.user(user["user_id"])["email_verified"] is False
        assert open_page(link).status == 410

    def test_by_email_and_connection(self, tenant):
        tenant.create()
        link = make_ticket(tenant, email="Bob@Example.com", connection_id=tenant.connection_id)
        assert choose(link).status == 200

    def test_it_can_prove_the_address(self, tenant):
        user = tenant.create()
        assert choose(make_ticket(tenant, user, mark_email_as_verified=True)).status == 200
        assert tenant.user(user["user_id"])["email_verified"] is True

    @pytest.mark.parametrize("ttl, lifetime", [(None, 5 * DAY), (0, 5 * DAY), (60, 60), (30 * DAY, 30 * DAY)])
    def test_it_lives_as_long_as_asked(self, tenant, ttl, lifetime):
        link = make_ticket(tenant, tenant.create(), **({} if ttl is None else {"ttl_sec": ttl}))
        tenant.control("POST", "/clock", {"seconds": lifetime - 20})
        assert open_page(link).status == 200
        tenant.control("POST", "/clock", {"seconds": 21})
        assert open_page(link).status == 410

    def test_a_very_long_life_is_no_overflow(self, tenant):
        user = tenant.create()
        for ttl in (2**31, 2**53, 2**63 - 1):
            assert open_page(make_ticket(tenant, user, ttl_sec=ttl)).status == 200

    def test_the_result_url_is_where_it_ends(self, tenant):
        link = make_ticket(tenant, tenant.create(), result_url="https://app.example:8443/login?a=1#top")
        form = open_page(link)
        assert "form-action 'self' https://app.example:8443;" in form.headers["content-security-policy"]
        page = form.submit(newPassword=NEW, confirmNewPassword=NEW)
        assert page.status == 303 and page.location.startswith("https://app.example:8443/login?a=1&success=true")
        assert page.location.endswith("#top") and page.headers["referrer-policy"] == "no-referrer"
        query = query_of(page.location)
        assert query["success"] == "true" and "new password" in query["message"] and "email" not in query
        assert query_of(link)["ticket"] not in page.location

    def test_it_names_the_address_where_asked(self, tenant):
        tenant.create("a+b@example.com")
        link = make_ticket(tenant, email="a+b@example.com", connection_id=tenant.connection_id,
                           result_url="http://localhost:3000", includeEmailInRedirect=True)
        assert query_of(choose(link).location)["email"] == "a+b@example.com"

    @pytest.mark.parametrize("url", [
        "", "nonsense", "//app.example", "ftp://app.example/", "javascript:alert(1)", "https://", "https:// app.example",
        "https://app.example/\r\nSet-Cookie: a=b", "https://app.example/\"><script>", "https://a;script-src *",
        "https://user@app.example/", "https://app.example/é", "https://app.example/" + "x" * 1500])
    def test_a_url_that_could_break_out_is_refused(self, tenant, url):
        make_ticket(tenant, tenant.create(), 400, result_url=url)

    def test_tickets_stand_side_by_side_until_one_is_used(self, tenant):
        user = tenant.create()
        first, second, mailed = make_ticket(tenant, user), make_ticket(tenant, user), mailed_link(tenant)
        assert [open_page(link).status for link in (first, second, mailed)] == [200] * 3
        assert choose(second).status == 200
        assert [open_page(link).status for link in (first, second, mailed)] == [410] * 3

    def test_an_identity_must_be_the_users_own(self, tenant):
        user = tenant.create()
        own = {"user_id": user["identities"][0]["user_id"], "provider": "auth0"}
        make_ticket(tenant, user, identity=own)
        make_ticket(tenant, user, identity={**own, "connection_id": tenant.connection_id})
        for wrong in ({"user_id": "x", "provider": "auth0"}, {**own, "provider": "google-oauth2"}, {}, {**own, "x": 1},
                      {**own, "connection_id": "con_0000000000000000"}):
            make_ticket(tenant, user, 400, identity=wrong)

    @pytest.mark.parametrize("body", [
        {}, {"nonsense": 1}, {"user_id": 7}, {"user_id": "nobar"}, {"email": "bob@example.com"},
        {"connection_id": "con_0000000000000000"}, {"email": "bob@example.com", "connection_id": "con_0000000000000000"},
        {"user_id": "auth0|x", "email": "bob@example.com"}, {"user_id": "auth0|x", "ttl_sec": -1},
        {"user_id": "auth0|x", "ttl_sec": "60"}, {"user_id": "auth0|x", "mark_email_as_verified": "yes"},
        {"user_id": "auth0|x", "organization_id": "org_0000000000000000"}, {"user_id": "auth0|x", "client_id": "other"},
        {"user_id": None}, []])
    def test_what_is_no_ticket_is_refused(self, tenant, body):
        assert tenant.api("POST", "/tickets/password-change", body)[0] == 400

    def test_client_and_result_url_exclude_each_other(self, tenant):
        user = tenant.create()
        make_ticket(tenant, user, client_id=tenant.client_id)
        make_ticket(tenant, user, 400, client_id=tenant.client_id, result_url="https://app.example")

    def test_an_unknown_user_is_404(self, tenant):
        for body in ({"user_id": "auth0|nobody"}, {"email": "nobody@example.com", "connection_id": tenant.connection_id}):
            status, _, answer = tenant.api("POST", "/tickets/password-change", body)
            assert (status, answer["errorCode"]) == (404, "inexistent_user")

    def test_it_wants_its_own_scope(self, tenant):
        user = tenant.create()
        body = {"user_id": user["user_id"]}
        for path in ("/tickets/password-change", "/tickets/email-verification"):
            assert tenant.api("POST", path, body, token=tenant.token("update:users"))[0] == 403
            assert tenant.api("POST", path, body, token=tenant.token("create:user_tickets"))[0] == 201
            assert tenant.ask("POST", "/api/v2" + path, body)[0] == 401


class TestVerification:
    def test_a_ticket_proves_the_address_once(self, tenant):
        user = tenant.create()
        status, _, answer = tenant.api("POST", "/tickets/email-verification", {"user_id": user["user_id"]})
        assert status == 201
        page = open_page(answer["ticket"])
        assert page.status == 200 and "Email verified" in page.text
        assert tenant.user(user["user_id"])["email_verified"] is True
        assert open_page(answer["ticket"]).status == 410
        assert [event["type"] for event in tenant.events()][:2] == ["fv", "sv"]
        assert tenant.login()[0] == 200

    def test_it_redirects_where_it_was_told_to(self, tenant):
        user = tenant.create()
        ticket = tenant.api("POST", "/tickets/email-verification", {
            "user_id": user["user_id"], "result_url": "https://app.example/", "ttl_sec": 60})[2]["ticket"]
        page = open_page(ticket)
        assert page.status == 303 and query_of(page.location)["success"] == "true"

    def test_neither_kind_of_ticket_is_the_other(self, tenant):
        user = tenant.create()
        verify = tenant.api("POST", "/tickets/email-verification", {"user_id": user["user_id"]})[2]["ticket"]
        reset = make_ticket(tenant, user)
        assert open_page(verify.replace("/u/email-verification", "/u/reset-password")).status == 404
        assert open_page(reset.replace("/u/reset-password", "/u/email-verification")).status == 404
        assert tenant.user(user["user_id"])["email_verified"] is False

    @pytest.mark.parametrize("body", [{}, {"email": "bob@example.com"}, {"user_id": "auth0|x", "ttl_sec": 1.5}])
    def test_what_is_no_request_is_refused(self, tenant, body):
        assert tenant.api("POST", "/tickets/email-verification", body)[0] == 400


def test_links_are_long_and_never_the_same(tenant):
    user = tenant.create()
    tickets = {query_of(make_ticket(tenant, user))["ticket"] for _ in range(50)}
    assert len(tickets) == 50 and all(re.fullmatch(r"[A-Za-z0-9]{43}", ticket) for ticket in tickets)


def test_a_stranger_cannot_choose_where_a_mails_link_leads(tenant):
    """A Host of somebody's own is what poisoned reset mails are made with."""
    tenant.create()
    body = {"email": "bob@example.com", "connection": tenant.connection}
    status, _, said = tenant.ask("POST", "/dbconnections/change_password", body, {"Host": "evil.example"})
    assert (status, said) == (200, SAID)
    assert tenant.mails(kind="reset_email")[0]["link"].startswith(tenant.url + "/")
