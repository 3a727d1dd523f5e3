"""auth0db hash, as somebody at a shell or a script meets it."""
import json
import os
import pty
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(os.environ.get("AUTH0DB_BUILD", ROOT / "build")).absolute() / "auth0db"
VECTORS = json.loads((ROOT / "tests/vectors/hash_vectors.json").read_text())["vectors"]
PBKDF2 = VECTORS[0]
GOOD, SOME_BAD, USAGE, TROUBLE = range(4)


def run(*args, stdin=b""):
    if isinstance(stdin, str):
        stdin = stdin.encode()
    return subprocess.run([COMMAND, "hash", *args], input=stdin, capture_output=True, timeout=60)


def lines(done):
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def one_line(vectors):
    """Vectors whose encoded text can stand on a line."""
    return [v for v in vectors if "\n" not in v["encoded"]]


def test_convert_answers_every_vector_in_its_place():
    rows = one_line(VECTORS)
    done = run("convert", stdin="".join(v["encoded"] + "\n" for v in rows))
    assert done.returncode == SOME_BAD
    answers = lines(done)
    assert len(answers) == len(rows) > 390
    for row, answer in zip(rows, answers):
        if row["auth0"] is None:
            assert answer["reason"] == row["auth0_reason"], row["id"]
            assert set(answer) == {"reason", "message"} and answer["message"]
        else:
            assert answer == {"custom_password_hash": row["auth0"]}, row["id"]


def test_convert_succeeds_when_every_line_converts():
    done = run("convert", stdin=PBKDF2["encoded"])  # and the last line needs no newline
    assert (done.returncode, done.stderr) == (GOOD, b"")
    assert lines(done) == [{"custom_password_hash": PBKDF2["auth0"]}]


def test_verify_answers_every_vector_in_its_place():
    done = run("verify", stdin="".join(
        json.dumps({"encoded": v["encoded"], "password": v["password"], "id": 1}) + "\n" for v in VECTORS))
    answers = lines(done)
    assert len(answers) == len(VECTORS)
    for vector, answer in zip(VECTORS, answers):
        if vector["matches"]:
            assert answer == {"match": True}, vector["id"]
        else:
            assert answer == {"match": False} or set(answer["error"]) == {"code", "message"}, vector["id"]
    assert done.returncode == SOME_BAD


def test_a_mismatch_is_an_answer_and_not_a_bad_line():
    row = {"encoded": PBKDF2["encoded"], "password": "wrong"}
    done = run("verify", stdin=json.dumps(row))
    assert (done.returncode, lines(done)) == (GOOD, [{"match": False}])


@pytest.mark.parametrize("line, code", [
    ("", "MALFORMED"), ("[]", "MALFORMED"), ("{", "MALFORMED"), ("{}", "MALFORMED"),
    ('{"encoded":"x"}', "MALFORMED"), ('{"encoded":1,"password":"x"}', "MALFORMED"),
    ('{"encoded":"a","encoded":"b","password":"x"}', "MALFORMED"),
    (b'{"encoded":"x","password":"\xff"}', "MALFORMED"),
    ('{"encoded":"md5$a$b","password":"x"}', "MALFORMED"),
    ('{"encoded":"nobody$knows","password":"x"}', "UNSUPPORTED"),
    ('{"encoded":"bcrypt$$2b$31$Qm1tRZzK5pUy8vWcX3nHhu2UgTmYh5GmH7z/FNWeXVQXAJCQXUu92","password":"x"}', "TOO_LARGE"),
    ("[" * 100000, "MALFORMED"),
    ('{"encoded":"' + "x" * 2000000 + '","password":"x"}', "TOO_LARGE"),
], ids=range(13))  # the lines themselves are too long for names
def test_a_bad_line_is_answered_and_the_next_one_too(line, code):
    line = line if isinstance(line, bytes) else line.encode()
    good = json.dumps({"encoded": PBKDF2["encoded"], "password": PBKDF2["password"]}).encode()
    done = run("verify", stdin=line + b"\n" + good + b"\n")
    first, second = lines(done)
    assert first["error"]["code"] == code
    assert second == {"match": True}
    assert done.returncode == SOME_BAD


def test_lines_at_the_limit_keep_their_places():
    limit = 1 << 20
    sizes = [1, limit - 1, limit, limit + 1, 3, limit + 2, 2 * limit, 2 * limit + 1, 8192, 8193, 5 * limit]
    for end in (b"", b"\n"):
        done = run("convert", stdin=b"\n".join(b"!" + b"x" * (size - 1) for size in sizes) + end)
        assert [a["reason"] for a in lines(done)] == ["unusable" if n <= 8192 else "over-long" for n in sizes]


def test_no_answer_repeats_a_secret():
    secrets = ["hunter2hunter2", '{"encoded":"hunter2hunter2","password":"hunter2hunter2"}', '{"hunter2hunter2']
    for verb in ("identify", "convert", "verify"):
        done = run(verb, stdin="\n".join(secrets))
        assert len(lines(done)) == 3
        assert b"hunter2" not in done.stdout + done.stderr


def test_identify_names_hashers_and_parameters():
    done = run("identify", stdin="\n".join([
        "pbkdf2_sha256$600000$abc$mAKxzPKTvFssSdG7qnhq7drSfQIL8fUdOSCESVN9lZ4=",
        "argon2$argon2i$m=512,t=2,p=2$YTFCMmMzRDRlNUY2$0sWZ7VWiEyFshnIWDeBZQQ",
        "bcrypt$$2y$12$Qm1tRZzK5pUy8vWcX3nHhuc7aYDxKP/9/Kmy856U6txIOpcYl7ArG",
        "!", "", "pbkdf2_wrapped_sha1$5$a1B2$x=", "9cc2ae8a1ba7a93da39b46fc1019c481"]) + "\n")
    assert lines(done) == [
        {"hasher": "pbkdf2_sha256", "iterations": 600000, "salt_bytes": 3, "auth0": "ok"},
        {"hasher": "argon2", "type": "argon2i", "version": 16, "m": 512, "t": 2, "p": 2, "hash_bytes": 16,
         "salt_bytes": 12, "auth0": "argon2-v1.0"},
        {"hasher": "bcrypt", "variant": "2y", "cost": 12, "salt_bytes": 16, "auth0": "ok"},
        {"hasher": "unusable", "auth0": "unusable"},
        {"hasher": "empty", "auth0": "empty"},
        {"hasher": "unknown", "name": "pbkdf2_wrapped_sha1", "auth0": "unknown-algorithm"},
        {"hasher": "unsalted_md5", "auth0": "ok"}]
    assert done.returncode == GOOD
    done = run("identify", stdin="md5$a$b\n" + "x" * 3000000 + "\n!")
    assert [a.get("reason") for a in lines(done)] == ["malformed", "over-long", None]
    assert done.returncode == SOME_BAD


def test_lines_are_answered_one_by_one():
    """A script may keep the command open and ask as it goes."""
    with subprocess.Popen([COMMAND, "hash", "identify"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for _ in range(3):
            process.stdin.write(b"!\n")
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 10)[0], "no answer"
            assert b"unusable" in process.stdout.readline()
        process.stdin.close()
        assert process.wait(10) == GOOD


def test_make_takes_the_password_whole():
    for password, typed in [(b"s3cret", b"s3cret\n"), (b"two\nlines", b"two\nlines"), (b"", b""), (b"\n", b"\n\n"),
                            (b"x" * 5000, b"x" * 5000)]:
        made = run("make", "--iterations", "5", stdin=typed)
        assert made.returncode == GOOD, made.stderr
        row = {"encoded": made.stdout.decode().rstrip("\n"), "password": password.decode()}
        assert lines(run("verify", stdin=json.dumps(row))) == [{"match": True}]


def test_make_makes_one_hash_a_line():
    done = run("make", "--lines", "--hasher", "md5", "--salt", "säl,t", stdin="a\nb\n")
    first, second = done.stdout.decode().splitlines()
    assert first.startswith("md5$säl,t$") and first != second
    assert run("make", "--lines", "--hasher", "md5", "--salt", "säl,t", stdin="b").stdout.decode() == second + "\n"


@pytest.mark.parametrize("args", [
    [], ["sing"], ["make", "--cost"], ["make", "--cost", "0"], ["make", "--cost", "1x"], ["make", "--cost", "99999999999"],
    ["make", "--hasher", "rot13"], ["make", "--hasher", "empty"], ["make", "--salt", "a$b"], ["make", "--variant", "2x",
     "--hasher", "bcrypt"], ["make", "--hasher", "bcrypt", "--cost", "30"], ["make", "s3cret"], ["verify", "s3cret"],
    ["make", "--hasher", "argon2", "--m", "8", "--p", "2"], ["make", "--nonsense"]])
def test_wrong_arguments_are_a_usage_error(args):
    done = run(*args, stdin="s3cret")
    assert done.returncode == USAGE
    assert done.stdout == b"" and done.stderr.startswith(b"auth0db")
    assert b"s3cret" not in done.stderr


def test_a_password_that_the_hasher_cannot_take_is_said():
    done = run("make", "--hasher", "bcrypt", "--cost", "4", stdin=b"a\0b")
    assert done.returncode == SOME_BAD and b"NUL" in done.stderr and done.stdout == b""


@pytest.mark.parametrize("args", [["make"], ["make", "--lines"], ["verify"]])
def test_input_that_cannot_be_read_is_trouble_and_said(args):
    folder = os.open("/", os.O_RDONLY)
    done = subprocess.run([COMMAND, "hash", *args], stdin=folder, capture_output=True, timeout=10)
    os.close(folder)
    assert (done.returncode, done.stdout) == (TROUBLE, b"") and b"standard input" in done.stderr


def test_a_full_disk_is_trouble():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([COMMAND, "hash", "convert"], input=b"!\n", stdout=full, stderr=subprocess.PIPE, timeout=10)
        made = subprocess.run([COMMAND, "hash", "make", "--iterations", "1"], input=b"x", stdout=full,
                              stderr=subprocess.PIPE, timeout=10)
    assert done.returncode == TROUBLE and b"standard output" in done.stderr
    assert made.returncode == TROUBLE


def converse(args, *typed):
    """Runs the command on a terminal of its own; returns its exit status and all that the terminal showed."""
    try:
        pid, terminal = pty.fork()
    except OSError as why:
        pytest.skip(f"this machine has no terminals to give: {why}")
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job ignores it
        os.execv(COMMAND, [str(COMMAND), "hash", *args])
    shown, deadline = b"", time.monotonic() + 20
    for question, answer in typed:
        while not shown.endswith(question):
            assert time.monotonic() < deadline and select.select([terminal], [], [], 10)[0], shown
            shown += os.read(terminal, 1000)
        os.write(terminal, answer)
    try:
        while select.select([terminal], [], [], 10)[0]:
            shown += os.read(terminal, 1000)
    except OSError:  # the terminal is gone with the process
        pass
    os.close(terminal)
    return os.waitpid(pid, 0)[1], shown


def test_at_a_terminal_nothing_typed_is_shown():
    encoded, password = PBKDF2["encoded"].encode(), PBKDF2["password"].encode()
    for typed, want, status in [(password, b'{"match":true}', GOOD), (b"wrong", b'{"match":false}', SOME_BAD)]:
        ended, shown = converse(["verify"], (b"(hash): ", encoded + b"\n"), (b"Password: ", typed + b"\n"))
        assert os.waitstatus_to_exitcode(ended) == status
        assert want in shown
        assert encoded not in shown and typed not in shown


def test_make_asks_twice():
    args = ["make", "--hasher", "md5", "--salt", "a"]
    ended, shown = converse(args, (b"Password: ", b"same\n"), (b"(again): ", b"same\n"))
    assert os.waitstatus_to_exitcode(ended) == GOOD and b"md5$a$" in shown and b"same" not in shown
    ended, shown = converse(args, (b"Password: ", b"this\n"), (b"(again): ", b"that\n"))
    assert os.waitstatus_to_exitcode(ended) == TROUBLE and b"differ" in shown and b"md5$" not in shown


def test_an_interrupted_question_ends_the_command_and_gives_the_echo_back():
    ended, shown = converse(["verify"], (b"(hash): ", b"\x03"))
    assert os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == 2
