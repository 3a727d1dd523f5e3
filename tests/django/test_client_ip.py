"""Behind proxies: whose address Auth0 is told, and what a visitor can do about it."""

import logging

import pytest
from django.core.checks import run_checks
from django.test import RequestFactory

from auth0db import client_ip, conf
from auth0db.exceptions import BadSetting

PROXY, OUTER, ANN, LIE = "10.0.0.1", "10.0.0.2", "203.0.113.9", "198.51.100.66"
BEHIND = "auth0db.client_ip.behind"


@pytest.fixture
def told(settings):
    """The address for a request from this peer with this header."""
    settings.AUTH0_CLIENT_IP = BEHIND
    settings.AUTH0_TRUSTED_PROXIES = ["10.0.0.0/8", "2001:db8:ffff::/48", "unix"]

    def ask(peer, header=None, name="X_FORWARDED_FOR", **others):
        headers = {} if header is None else {"HTTP_" + name: header}
        return conf.client_ip(RequestFactory().get("/", REMOTE_ADDR=peer, **headers, **others))

    return ask


@pytest.mark.parametrize(
    "peer, header, address",
    [
        (PROXY, ANN, ANN),
        (PROXY, ANN + ", " + OUTER, ANN),
        (PROXY, LIE + "," + ANN + "," + OUTER, ANN),
        (PROXY, LIE + ", " + ANN, ANN),
        (PROXY, "10.0.0.3, " + ANN, ANN),  # a visitor who pretends to be a proxy of ours
        ("", ANN, ANN),
        ("", LIE + ", " + ANN + ", " + OUTER, ANN),
        # nobody of ours: its header counts for nothing
        (ANN, LIE, ANN),
        (ANN, "10.0.0.3", ANN),
        (ANN, None, ANN),
        ("2001:db8::9", LIE, "2001:db8::9"),
        # the spellings of addresses
        (PROXY, "203.0.113.9:4711", ANN),
        (PROXY, "[2001:DB8::0:7]:4711", "2001:db8::7"),
        (PROXY, "2001:DB8::7", "2001:db8::7"),
        (PROXY, "::ffff:203.0.113.9", ANN),
        ("::ffff:10.0.0.1", ANN, ANN),
        ("::ffff:203.0.113.9", LIE, ANN),
        ("2001:db8:ffff::1", ANN, ANN),
        # what is no address ends the walk at the last that is one
        (PROXY, "unknown", PROXY),
        (PROXY, LIE + ", unknown", PROXY),
        (PROXY, LIE + ", , " + OUTER, OUTER),
        (PROXY, ANN + ", unix, " + OUTER, OUTER),
        (PROXY, "fe80::1%eth0", PROXY),
        (PROXY, "203.0.113.09", PROXY),
        (PROXY, "", PROXY),
        (PROXY, None, PROXY),
        (PROXY, "10.0.0.7, 10.0.0.8", "10.0.0.7"),
        ("", "unknown", None),
        ("unix:/run/site.sock", LIE, None),  # only who names no peer at all is taken for a socket
        ("", None, None),
    ],
)
def test_the_first_address_from_the_right_that_is_no_proxy_of_ours(told, peer, header, address):
    assert told(peer, header) == address


def test_a_unix_socket_is_trusted_only_where_it_is_named(told, settings):
    settings.AUTH0_TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert told("", LIE) is None


def test_a_server_may_name_no_peer_at_all(told):
    """An ASGI server on a Unix socket: a login must not fail for it."""
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=ANN)
    del request.META["REMOTE_ADDR"]
    assert conf.client_ip(request) == ANN


@pytest.mark.parametrize(
    "proxies, header, address",
    [
        (1, ANN, ANN),
        (1, LIE + ", " + ANN, ANN),
        (2, ANN + ", " + OUTER, ANN),
        (2, LIE + ", " + ANN + ", " + OUTER, ANN),
        (2, ANN, PROXY),  # not through both: it came by another way
        (1, None, PROXY),
        (1, "unknown", PROXY),
        (0, LIE, PROXY),
        (1, ",".join([LIE] * 10000 + [ANN]), ANN),
    ],
)
def test_proxies_may_be_counted(told, settings, proxies, header, address):
    settings.AUTH0_TRUSTED_PROXIES = proxies
    assert told(PROXY, header) == address


def test_only_the_named_header_is_read(told, settings):
    """What a proxy does not write itself it passes on from the visitor."""
    others = ("FORWARDED", "X_REAL_IP", "TRUE_CLIENT_IP", "CF_CONNECTING_IP", "CLIENT_IP", "X_FORWARDED")
    for name in others:
        assert told(PROXY, "for=" + LIE if name == "FORWARDED" else LIE, name) == PROXY
    settings.AUTH0_FORWARDED_HEADER = "CF-Connecting-IP"
    assert told(PROXY, ANN, "CF_CONNECTING_IP", HTTP_X_FORWARDED_FOR=LIE) == ANN


@pytest.mark.parametrize(
    "header, address",
    [
        ("for=203.0.113.9", ANN),
        ('For="203.0.113.9:80"; proto=https;by=10.0.0.1', ANN),
        ('proto=https;for="[2001:db8::7]:4711"', "2001:db8::7"),
        ("for=198.51.100.66, for=203.0.113.9, for=10.0.0.2", ANN),
        ('for="198.51.100.66, for=203.0.113.9', ANN),  # an open quote does not swallow what comes after it
        ("for=_hidden", PROXY),
        ("by=203.0.113.9", PROXY),
        ("203.0.113.9", PROXY),
    ],
)
def test_forwarded_is_read_as_its_rfc_has_it(told, settings, header, address):
    settings.AUTH0_FORWARDED_HEADER = "Forwarded"
    assert told(PROXY, header, "FORWARDED", HTTP_X_FORWARDED_FOR=LIE) == address


@pytest.mark.parametrize("wrong", ["10.0.0.0/8", True, -1, 1.5, ["10.0.0.1/8"], ["nginx"], [7.5], [["10.0.0.0/8"]], 99])
def test_a_wrong_setting_is_named(told, settings, wrong):
    settings.AUTH0_TRUSTED_PROXIES = wrong
    with pytest.raises(BadSetting) as caught:
        told(PROXY, ANN)
    assert caught.value.where == "AUTH0_TRUSTED_PROXIES"
    assert [m.obj for m in run_checks() if m.id == "auth0db.E002"] == ["AUTH0_TRUSTED_PROXIES"]


# --- is it said that everybody seems to be one? ---------------------------------------------------


def numbers():
    return {message.id for message in run_checks() if message.id.startswith("auth0db.")}


@pytest.mark.parametrize("sign", ["SECURE_PROXY_SSL_HEADER", "USE_X_FORWARDED_HOST", "USE_X_FORWARDED_PORT"])
def test_check_tells_of_a_proxy_whose_address_is_everybodys(settings, sign):
    setattr(settings, sign, ("HTTP_X_FORWARDED_PROTO", "https"))
    assert numbers() == {"auth0db.W006"}
    settings.AUTH0_CLIENT_IP = BEHIND
    assert numbers() == {"auth0db.E008"}
    settings.AUTH0_TRUSTED_PROXIES = 1
    assert numbers() == set()


@pytest.fixture
def said(settings, caplog, monkeypatch):
    settings.AUTH0_DOMAIN = "acme.eu.auth0.com"
    monkeypatch.setattr(client_ip, "_said", False)
    caplog.set_level(logging.WARNING, "auth0db")
    return lambda: [record.getMessage() for record in caplog.records if "a login came from" in record.getMessage()]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "::ffff:10.1.2.3", "fd00::1", None])
def test_logins_from_inside_are_told_once_a_process(said, address):
    for _ in range(3):
        client_ip.observe(address)
    assert len(said()) == 1
    assert "AUTH0_TRUSTED_PROXIES" in said()[0] and (address or "no address") in said()[0]


@pytest.mark.parametrize("address", ["203.1.113.9", "2a00:1450::1", "224.0.0.1", "a socket"])
def test_logins_from_the_internet_are_nothing_to_tell(said, address):
    client_ip.observe(address)
    assert said() == []


@pytest.mark.parametrize("domain", ["http://127.0.0.1:4711", "http://localhost", "https://localhost:1", "http://[::1]:80"])
def test_nor_are_logins_at_a_sandbox(said, settings, domain):
    settings.AUTH0_DOMAIN = domain
    client_ip.observe("127.0.0.1")
    assert said() == []


def test_a_tenant_that_is_named_by_its_address_is_no_sandbox(said, settings):
    settings.AUTH0_DOMAIN = "https://203.0.113.80"
    client_ip.observe("127.0.0.1")
    assert len(said()) == 1


def test_a_login_is_what_is_told_of(said, settings):
    conf.client_ip(RequestFactory().get("/", REMOTE_ADDR="10.1.2.3"))
    assert len(said()) == 1


# --- what a site's own function answers -----------------------------------------------------------


@pytest.mark.parametrize("answer, address, said", [
    (None, None, None), ("", None, None), (ANN, ANN, None), ("2001:db8::7", "2001:db8::7", None),
    ("::ffff:203.0.113.9", ANN, None),
    (ANN + ":4711", ANN, "a port"), ("[2001:db8::7]:443", "2001:db8::7", "a port"), (" %s\n" % ANN, ANN, "blanks"),
    ([ANN], None, "type list"), (ANN.encode(), None, "type bytes"), (0, None, "type int"), (False, None, "type bool"),
    ("%s, 10.0.0.1" % ANN, None, "several"), ("unknown", None, "no address"), ("   ", None, "no address"),
    ("203.0.113.09", None, "no address"),
])  # fmt: skip
def test_an_answer_that_is_no_address_is_told_and_not_passed_over(monkeypatch, settings, caplog, answer, address, said):
    monkeypatch.setattr(client_ip, "_told", set())
    monkeypatch.setattr(client_ip, "answer_of_the_site", lambda request: answer, raising=False)
    settings.AUTH0_CLIENT_IP = "auth0db.client_ip.answer_of_the_site"
    for _ in range(2):
        assert conf.client_ip(RequestFactory().get("/")) == address
    errors = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    assert len(errors) == (1 if said else 0) and (not said or said in errors[0]), errors
    assert ANN not in "".join(errors), "no visitor's address goes into a log"
