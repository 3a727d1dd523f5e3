"""The extension as Python sees it, on the real sandbox: types, errors, hostile input, threads, fork, leaks."""
import ast
import json
import os
import threading

import pytest

from auth0db import _native
from keys import new_key, openssl
from memory import growth, needs_counts
from sandbox import ROOT, Sandbox

PASSWORD = "Corr3ct-horse!"


class Tenant(Sandbox):
    def client(self, **changes):
        settings = {name: self.info[name] for name in ("domain", "client_id", "client_secret", "connection")}
        return _native.Client(**{**settings, **changes})


@pytest.fixture(scope="module")
def sandbox():
    with Tenant("--quiet") as box:
        box.options(bcrypt_cost=4)
        yield box
        assert box.stop() == 0, box.stderr()


def create(client, key, email, password=PASSWORD):
    return client.user_create(user_id=_native.expected_id("native", key), email=email,
                              password=password.encode(), email_verified=True)


def machine(client, identifier="bob", password=PASSWORD):
    return client.login(site="native", identifier=identifier, password=password.encode("utf-8", "surrogatepass"))


def test_a_wrong_setting_is_named():
    with pytest.raises(_native.Error) as caught:
        _native.Client(domain="http://example.org", client_id="x", connection="c")
    assert caught.value.code == "OPTION"
    assert caught.value.where == "AUTH0_DOMAIN"


def test_a_proxy_that_is_none_is_named_and_its_password_is_not():
    with pytest.raises(_native.Error) as caught:
        _native.Client(domain="example.org", client_id="x", client_secret="y", connection="c", proxy="u:hunter2@proxy")
    assert (caught.value.code, caught.value.where) == ("OPTION", "AUTH0_PROXY")
    assert "hunter2" not in str(caught.value)


def test_a_user_is_created_read_and_logged_in(sandbox):
    client = sandbox.client()
    outcome, user, message = create(client, "1", "One@Example.org")
    assert (outcome, user["email"], message) == ("ok", "one@example.org", "")
    assert user["user_id"] == _native.expected_id("native", "1")
    assert client.user_get(user["user_id"])[1]["user_id"] == user["user_id"]
    assert client.users_by_email("ONE@example.org")[1][0]["user_id"] == user["user_id"]
    assert client.grant("one@example.org", PASSWORD.encode())[1]["user_id"] == user["user_id"]
    assert client.grant("one@example.org", b"wrong")[0] == "bad_credentials"
    assert create(client, "1", "one@example.org")[0] == "exists"
    assert client.user_get("auth0|nobody")[0] == "not_found"


def test_the_machine_asks_the_site_and_runs_the_tenant_itself(sandbox):
    login = machine(sandbox.client(), "two")
    assert login.step() == {"ask": "find_user", "identifier": "two"}
    bob = {"key": "2", "active": True, "email": "two@example.org", "username": "two"}
    assert login.step(users=1, user=bob)["ask"] == "check_local"
    question = login.step(users=1, user=bob)
    assert question["ask"] == "link"
    assert question["auth0_id"] == _native.expected_id("native", "2")
    assert question["standing"] == "same" and question["lane"] == "login" and question["tenant_mark"] == ""
    assert login.step(yes=True) == {"ask": "admit", "user_key": "2", "by_fallback": False, "sync_due": False}
    assert login.requests == 1
    with pytest.raises(_native.Error) as caught:
        login.step()
    assert caught.value.code == "STATE"


@pytest.mark.parametrize("identifier", ["", "bob\0", "\ud800", "x" * 5000, '","password":"x', "a\r\nX-Evil: 1", "🔑"])
def test_a_hostile_identifier_is_refused_and_nothing_else(sandbox, identifier):
    login = machine(sandbox.client(), identifier)
    assert login.step()["ask"] == "find_user"
    assert login.step(users=0)["ask"] == "check_local"
    assert login.step(users=0) == {"ask": "refuse", "refusal": "bad_credentials", "may_be_told": False}


@pytest.mark.parametrize("password", ["", "x" * 5000, "a\0b", "\ud800", "🔑" * 17, "a\r\nb"])
def test_a_hostile_password_is_refused_and_nothing_else(sandbox, password):
    login = machine(sandbox.client(), "nobody@example.org", password)
    login.step()
    login.step(users=0)
    assert login.step(users=0) == {"ask": "refuse", "refusal": "bad_credentials", "may_be_told": False}


@pytest.mark.parametrize("answer, error", [
    ({"users": 1}, _native.Error),
    ({"users": 1, "user": []}, TypeError),
    ({"users": 1, "user": {"key": 7, "active": True}}, TypeError),
    ({"users": 1, "user": {"key": "", "active": True}}, ValueError),
    ({"users": 1, "user": {"key": "a\0b", "active": True}}, ValueError),
    ({"users": "many"}, TypeError),
])
def test_a_wrong_answer_is_an_error_that_leaves_the_machine_usable(sandbox, answer, error):
    login = machine(sandbox.client())
    login.step()
    with pytest.raises(error):
        login.step(**answer)
    assert login.step(users=0)["ask"] == "check_local"


def test_a_login_cannot_be_made_by_hand():
    with pytest.raises(TypeError):
        _native.Login()


def test_a_client_serves_many_threads_at_once(sandbox):
    client = sandbox.client()
    create(client, "3", "three@example.org")
    outcomes = []

    def work():
        outcomes.extend(client.grant("three@example.org", PASSWORD.encode())[0] for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(8)]
    sandbox.options(same_user_limit=False)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sandbox.options(same_user_limit=True)
    assert outcomes == ["ok"] * 80


def test_a_client_survives_fork(sandbox):
    client = sandbox.client()
    create(client, "4", "four@example.org")
    children = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            ok = all(client.grant("four@example.org", PASSWORD.encode())[0] == "ok" for _ in range(3))
            os._exit(0 if ok else 1)
        children.append(pid)
    assert client.grant("four@example.org", PASSWORD.encode())[0] == "ok"
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * 4


def test_log_lines_arrive_and_a_broken_log_breaks_nothing(sandbox):
    def broken(level, line):
        raise RuntimeError("log is broken")

    client = sandbox.client(domain="http://127.0.0.1:1", log=broken)
    assert client.grant("x@example.org", b"x")[0] == "unavailable"
    assert client.state()["failures_in_a_row"] >= 1


@needs_counts
def test_machines_and_clients_are_given_back(sandbox):
    client = sandbox.client()

    def attempt(_):
        """One that ends before it needs the tenant."""
        login = machine(client, password="")
        login.step()
        login.step(users=0)
        login.step(users=0)

    for do, times in ((attempt, 5000), (lambda _: sandbox.client(), 200)):
        for n in range(50):
            do(n)
        # The smaller of two: what Python gets once, for itself, is no growth
        blocks, size = min(growth(times, do), growth(times, do), key=lambda grown: grown[1])
        assert blocks < 0.5 and size < 64, "%.2f blocks, %.0f bytes a time" % (blocks, size)


def test_a_policy_is_read_and_checked():
    policy = _native.policy_parse('{"passwordPolicy": "good", "password_no_personal_info": {"enable": true}}')
    assert policy.rules["min_length"] == 8 and policy.rules["kinds_needed"] == 3
    assert policy.check(b"Ab1") == ["too_short"]
    assert policy.check(b"Ada-Lovelace-1", email="ada@people.example") == ["personal"]
    assert policy.check(b"Ada-Lovelace-1", email=None) == []
    assert policy.check(b"\xff") == ["not_text"]


@pytest.mark.parametrize("options", ["", "[]", "{", '{"a": 1, "a": 2}', "[" * 100])
def test_a_malformed_policy_is_an_error(options):
    with pytest.raises(_native.Error) as caught:
        _native.policy_parse(options)
    assert caught.value.where == "options"


def test_a_policy_cannot_be_made_by_hand():
    with pytest.raises(TypeError):
        _native.Policy()


@needs_counts
def test_a_policy_is_given_back():
    text = json.dumps({"password_dictionary": {"enable": True, "dictionary": ["word%d" % i for i in range(200)]}})

    def check(_):
        assert _native.policy_parse(text).check(b"word7") == ["common"]

    check(0)
    blocks, size = growth(1000, check)
    assert blocks < 0.5 and size < 64, "%.2f blocks, %.0f bytes a time" % (blocks, size)


def test_fingerprint_tells_parts_apart():
    assert _native.fingerprint("a", "b") != _native.fingerprint("ab", "")
    assert _native.fingerprint("a\0b") != _native.fingerprint("a", "b")
    assert len(_native.fingerprint()) == 64
    with pytest.raises(ValueError):
        _native.fingerprint(*"123456789")


def named_in(nodes):
    """What a stub declares: functions, classes and annotated names."""
    return {getattr(node, "name", None) or node.target.id for node in nodes
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AnnAssign))}


def public(names):
    return {name for name in names if not name.startswith("_")}


def test_the_stub_names_all_that_is_there_and_nothing_else():
    """_native.pyi is what editors and type checkers know of the extension."""
    stub = ast.parse((ROOT / "python" / "auth0db" / "_native.pyi").read_text()).body
    classes = {node.name: node for node in stub if isinstance(node, ast.ClassDef)}
    shapes = {name for name, node in classes.items() if "TypedDict" in ast.dump(node)}
    assert shapes and named_in(stub) - shapes == public(dir(_native))
    for name in ("Client", "Login", "Policy"):
        assert public(named_in(classes[name].body)) == public(dir(getattr(_native, name))), name


# --- an application that proves itself by a key ----------------------------------------------------


def ask(client):
    """Somebody else each time, whom attack protection has not met."""
    return client.grant(f"{os.urandom(8).hex()}@example.org", PASSWORD.encode())[0]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    private, public = new_key(folder)
    ec, _ = new_key(folder, "ec", ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
    small, _ = new_key(folder, "small", ("RSA", "-pkeyopt", "rsa_keygen_bits:1024"))
    locked = folder / "locked.key"
    openssl("pkey", "-in", private, "-aes256", "-passout", "pass:x", "-out", locked)
    locked.chmod(0o600)
    public_file = folder / "public.pem"
    public_file.write_text(public)
    public_file.chmod(0o600)
    return {"private": private, "public": public, "ec": ec, "small": small, "locked": locked, "public file": public_file}


@pytest.fixture
def by_key(sandbox, keys):
    sandbox.options(token_endpoint_auth_method="private_key_jwt", client_public_key=keys["public"])
    yield sandbox
    sandbox.options(token_endpoint_auth_method="client_secret_post")


@pytest.mark.parametrize("algorithm", [None, "RS256", "RS384", "PS256"])
@pytest.mark.parametrize("text", [False, True])
def test_a_key_proves_the_application_instead_of_a_secret(by_key, keys, algorithm, text):
    key = keys["private"].read_text() if text else str(keys["private"])
    client = by_key.client(client_secret=None, client_key=key, client_key_algorithm=algorithm)
    assert client.scopes()[0] == "ok"
    assert ask(client) == "bad_credentials"


def test_each_request_has_an_assertion_of_its_own(by_key, keys):
    client = by_key.client(client_secret=None, client_key=str(keys["private"]))
    for _ in range(3):  # the tenant takes each once
        assert ask(client) == "bad_credentials"


def test_a_key_that_the_tenant_does_not_take_is_named(by_key, keys, tmp_path):
    other, _ = new_key(tmp_path)
    client = by_key.client(client_secret=None, client_key=str(other))
    assert client.scopes()[0] == "misconfigured"
    assert ask(client) == "misconfigured"
    assert client.state()["setting"] == "AUTH0_CLIENT_KEY"


def test_a_management_application_may_have_a_key_while_logins_keep_the_secret(sandbox, keys):
    """This tenant has one application: what is shown is which proof each request carries."""
    client = sandbox.client(management_client_id=sandbox.client_id, management_client_key=str(keys["private"]))
    assert ask(client) == "bad_credentials"
    assert client.scopes()[0] == "misconfigured"
    assert client.state()["setting"] == "AUTH0_MANAGEMENT_CLIENT_KEY"


def test_a_secret_is_replaced_by_a_key_without_a_moment_in_between(sandbox, keys):
    client = sandbox.client(client_key=str(keys["private"]))
    assert ask(client) == "bad_credentials", "the secret still"
    sandbox.options(token_endpoint_auth_method="private_key_jwt", client_public_key=keys["public"])
    try:
        assert ask(client) == "bad_credentials", "the key by now"
    finally:
        sandbox.options(token_endpoint_auth_method="client_secret_post")


@pytest.mark.parametrize("name", ["ec", "small", "locked", "public file"])
def test_a_key_of_the_wrong_kind_is_refused_at_once(sandbox, keys, name):
    with pytest.raises(_native.Error) as caught:
        sandbox.client(client_secret=None, client_key=str(keys[name]))
    assert (caught.value.code, caught.value.where) == ("OPTION", "AUTH0_CLIENT_KEY")


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o620, 0o666, 0o601])
def test_a_key_that_others_can_get_at_is_refused(sandbox, keys, tmp_path, mode):
    path = tmp_path / "open.key"
    path.write_bytes(keys["private"].read_bytes())
    path.chmod(mode)
    with pytest.raises(_native.Error, match="open to others"):
        sandbox.client(client_secret=None, client_key=str(path))
    path.chmod(0o640)
    assert sandbox.client(client_secret=None, client_key=str(path)) is not None


def test_what_is_no_file_with_a_key_is_refused_and_not_waited_for(sandbox, tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    empty, long = tmp_path / "empty", tmp_path / "long"
    empty.write_text("")
    long.write_bytes(b"x" * 70000)
    for path in (tmp_path / "pipe", tmp_path, empty, long, tmp_path / "none", "/dev/null"):
        if path not in ("/dev/null",) and path.exists() and path.is_file():
            path.chmod(0o600)
        with pytest.raises(_native.Error) as caught:
            sandbox.client(client_secret=None, client_key=str(path))
        assert caught.value.where == "AUTH0_CLIENT_KEY", path


def test_no_byte_of_a_key_is_in_an_error(sandbox, keys):
    broken = keys["private"].read_text().replace("A", "B", 40)
    with pytest.raises(_native.Error) as caught:
        sandbox.client(client_secret=None, client_key=broken)
    assert not any(line in str(caught.value) for line in broken.splitlines()[1:-1])


def test_an_algorithm_that_auth0_does_not_take_is_named(sandbox, keys):
    with pytest.raises(_native.Error) as caught:
        sandbox.client(client_secret=None, client_key=str(keys["private"]), client_key_algorithm="HS256")
    assert caught.value.where == "AUTH0_CLIENT_KEY_ALGORITHM"


def test_beside_a_key_there_is_room_for_one_secret(sandbox, keys):
    with pytest.raises(_native.Error) as caught:
        sandbox.client(client_secret="one two", client_key=str(keys["private"]))
    assert caught.value.where == "AUTH0_CLIENT_SECRET"
