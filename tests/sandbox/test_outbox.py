"""The mail outbox: what the tenant would have sent, as JSON and as pages for people."""
import http.client
from urllib.parse import urlsplit

import pytest
from forms import open_page


def forgot(tenant, email="bob@example.com"):
    status, _, said = tenant.ask("POST", "/dbconnections/change_password",
                                 {"email": email, "connection": tenant.connection})
    assert status == 200, said


@pytest.fixture
def mailed(tenant):
    """Bob has two mails, Eve one, sent a minute apart; nothing else is in the outbox."""
    for email in ("bob@example.com", "eve@example.com"):
        tenant.create(email, verify_email=False)
    for email in ("bob@example.com", "eve@example.com", "bob@example.com"):
        forgot(tenant, email)
        tenant.control("POST", "/clock", {"seconds": 60})
    return tenant


class TestJson:
    def test_it_is_newest_first_and_complete(self, mailed):
        answer = mailed.control("GET", "/outbox.json")
        assert answer["total"] == 3 and [mail["id"] for mail in answer["mails"]] == [3, 2, 1]
        mail = answer["mails"][0]
        assert set(mail) == {"id", "kind", "sent_at", "to", "subject", "text", "link", "user_id"}
        assert mail["sent_at"] > answer["mails"][1]["sent_at"]
        assert mailed.control("GET", "/outbox") == answer  # who does not ask for HTML gets JSON
        assert mailed.control("GET", "/outbox/3") == mail

    def test_it_is_filtered_by_recipient_and_kind(self, mailed):
        assert [mail["to"] for mail in mailed.mails("BOB@example.com")] == ["bob@example.com"] * 2
        assert mailed.mails("nobody@example.com") == [] and mailed.mails(kind="verify_email") == []
        assert len(mailed.mails("eve@example.com", kind="reset_email")) == 1
        answer = mailed.control("GET", "/outbox.json?to=bob@example.com&limit=1")
        assert (answer["total"], len(answer["mails"])) == (2, 1)

    @pytest.mark.parametrize("limit", ["0", "-1", "x", "", "9999999999"])
    def test_a_limit_is_a_number(self, tenant, limit):
        status, _, answer = tenant.ask("GET", f"/sandbox/outbox.json?limit={limit}")
        assert (status, answer["where"]) == (400, "limit")

    @pytest.mark.parametrize("number", ["4", "0", "-1", "x", "1x", "99999999999999999999"])
    def test_a_mail_that_is_not_there(self, mailed, number):
        assert mailed.ask("GET", f"/sandbox/outbox/{number}")[0] == 404

    def test_it_can_be_emptied(self, mailed):
        link = mailed.mails()[0]["link"]
        mailed.control("DELETE", "/outbox")
        assert mailed.control("GET", "/outbox.json") == {"total": 0, "mails": []}
        assert open_page(link).status == 200  # a mail that was thrown away was sent all the same
        forgot(mailed)
        assert len(mailed.mails()) == 1

    def test_a_reset_of_the_tenant_empties_it(self, mailed):
        link = mailed.mails()[0]["link"]
        mailed.control("POST", "/reset")
        assert mailed.mails() == [] and open_page(link).status == 404

    def test_it_is_never_cached(self, mailed):
        for path in ("/sandbox/outbox", "/sandbox/outbox.json", "/sandbox/outbox/1"):
            assert mailed.ask("GET", path)[1]["cache-control"] == "no-store"


class TestPages:
    def test_the_list_leads_to_each_mail(self, mailed):
        page = open_page(mailed.url + "/sandbox/outbox")
        assert page.status == 200 and page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.links == ["/sandbox/outbox/3", "/sandbox/outbox/2", "/sandbox/outbox/1"]
        assert "bob@example.com" in page.text and "Reset your password" in page.text
        assert "/u/reset-password" not in page.html  # links are in the mails, not in the list

    def test_a_mail_has_its_link_to_click_on(self, mailed):
        mail = mailed.mails()[0]
        page = open_page(mailed.url + "/sandbox/outbox/3")
        assert page.links == [mail["link"], "/sandbox/outbox"]
        assert " ".join(mail["text"].split()) in page.text

    def test_the_list_is_filtered_by_its_form(self, mailed):
        page = open_page(mailed.url + "/sandbox/outbox").submit(to="eve@example.com")
        assert page.links == ["/sandbox/outbox/2"] and "bob@example.com" not in page.text

    def test_an_empty_outbox_says_so(self, tenant):
        page = open_page(tenant.url + "/sandbox/outbox")
        assert page.status == 200 and "newest first: 0" in page.text and page.links == []

    def test_what_others_typed_is_text(self, tenant):
        page = open_page(tenant.url + "/sandbox/outbox?to=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        assert page.status == 200 and "<script" not in page.html
        assert page.inputs[0]["value"] == '"><script>alert(1)</script>'

    def test_they_have_the_headers_of_a_page_with_secrets(self, mailed):
        for path in ("/sandbox/outbox", "/sandbox/outbox/1"):
            headers = open_page(mailed.url + path).headers
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert (headers["referrer-policy"], headers["x-frame-options"]) == ("no-referrer", "DENY")


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}])
@pytest.mark.parametrize("path", ["/sandbox/outbox", "/sandbox/outbox.json", "/sandbox/outbox/1"])
def test_no_web_page_reads_mails(mailed, path, headers):
    parts = urlsplit(mailed.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    connection.request("GET", path, headers={"Accept": "text/html", **headers})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    assert answer.status == 403 and "bob@example.com" not in body


class TestVerificationMails:
    """facts: a new user that is not verified gets one, unless verify_email says otherwise."""

    @pytest.mark.parametrize("more, sent", [
        ({}, 1), ({"email_verified": False}, 1), ({"email_verified": True}, 0), ({"verify_email": False}, 0),
        ({"verify_email": True}, 1), ({"email_verified": True, "verify_email": True}, 1)])
    def test_who_gets_one_when_made(self, tenant, more, sent):
        tenant.create(**more)
        assert len(tenant.mails(kind="verify_email")) == sent

    def test_its_link_verifies(self, tenant):
        user = tenant.create()
        mail, = tenant.mails("bob@example.com")
        assert open_page(mail["link"]).status == 200
        assert tenant.user(user["user_id"])["email_verified"] is True

    def test_a_change_sends_one_only_where_asked(self, tenant):
        user = tenant.create(verify_email=False)
        tenant.patch(user, email="new@example.com")
        assert tenant.mails() == []
        tenant.patch(user, email="newer@example.com", verify_email=True)
        assert [mail["to"] for mail in tenant.mails()] == ["newer@example.com"]

    def test_who_was_refused_gets_none(self, tenant):
        tenant.create(verify_email=False)
        assert tenant.api("POST", "/users", {"connection": tenant.connection, "email": "bob@example.com",
                                             "password": "x-Y-7-long"})[0] == 409
        assert tenant.mails() == []


class TestBlockedAccounts:
    """The answer to a blocked login says that a mail was sent; its link lifts the block."""

    def block(self, tenant, email="bob@example.com"):
        for _ in range(12):
            tenant.login(email, "wrong")

    def test_one_mail_for_a_block_and_its_link_lifts_it(self, tenant):
        user = tenant.create(verify_email=False)
        self.block(tenant)
        assert tenant.login()[0] == 429
        mail, = tenant.mails()
        assert (mail["kind"], mail["to"], mail["user_id"]) == ("blocked_account", "bob@example.com", user["user_id"])
        page = open_page(mail["link"])
        assert page.status == 200 and "log in again" in page.text
        assert tenant.login()[0] == 200 and open_page(mail["link"]).status == 410
        assert len(tenant.events("ublkdu")) == 1

    def test_another_block_is_another_mail(self, tenant):
        tenant.create(verify_email=False)
        for count in (1, 2):
            self.block(tenant)
            assert len(tenant.mails()) == count
            assert open_page(tenant.mails()[0]["link"]).status == 200

    def test_nobody_is_written_to_for_nobody(self, tenant):
        self.block(tenant, "nobody@example.com")
        assert tenant.login("nobody@example.com")[0] == 429 and tenant.mails() == []

    @pytest.mark.parametrize("options", [{"brute_force_enabled": False}, {"brute_force_block": False},
                                         {"brute_force_allowlist": ["127.0.0.0/8"]}])
    def test_where_nobody_is_blocked_nobody_is_written_to(self, tenant, options):
        tenant.create(verify_email=False)
        tenant.options(**options)
        self.block(tenant)
        assert tenant.login()[0] == 200 and tenant.mails() == []

    def test_an_administrators_block_stays(self, tenant):
        user = tenant.create(verify_email=False, blocked=True)
        self.block(tenant)
        assert open_page(tenant.mails()[0]["link"]).status == 200
        assert tenant.user(user["user_id"])["blocked"] is True and tenant.login()[0] == 403


def test_old_mails_go_when_there_are_too_many(tmp_path):
    """Ten thousand are kept. The oldest of a full outbox is made by hand: the file is the tenant's own."""
    import sqlite3
    from conftest import Tenant
    data = tmp_path / "tenant.db"
    with Tenant("--quiet", "--data", str(data)) as tenant:
        tenant.create(verify_email=False)
        forgot(tenant)
    file = sqlite3.connect(data)
    with file:
        file.execute("UPDATE outbox SET seq = 1")
        file.execute("INSERT INTO outbox (seq, recipient, kind, mail) SELECT 10000, recipient, kind, mail FROM outbox")
    file.close()
    with Tenant("--quiet", "--data", str(data)) as tenant:
        assert [mail["id"] for mail in tenant.mails()] == [10000, 1]
        forgot(tenant)
        assert [mail["id"] for mail in tenant.mails()] == [10001, 10000]
