"""Hashes made as Django makes them, converted by us, verified by Node's crypto, @node-rs/argon2 and bcryptjs.

The hashes come from Python's hashlib and from argon2 and bcrypt of PyPI where these are at hand, so that our own
`make` does not vouch for our own `convert`."""
import base64
import hashlib
import json
import os
import random
import subprocess
import unicodedata
from collections import Counter

import pytest
from sandbox import BUILD, ROOT

SEED = int(os.environ.get("AUTH0DB_SEED", "20261123"))
CASES = 4000

LETTERS = list("abcXYZ019 $+/=,:;\\\"'{}é\u0301ßЖ漢字🔑\x01\x1f\x7f") + ["👩\u200d💻"]
dice = random.Random(SEED)


def text(shortest, longest):
    return "".join(dice.choice(LETTERS) for _ in range(dice.randint(shortest, longest)))


def password():
    return dice.choice([
        lambda: "", lambda: "x" * 72, lambda: "y" * 73, lambda: "z" * 4096, lambda: "é" * 36 + "!",
        lambda: unicodedata.normalize("NFC", text(1, 20)), lambda: unicodedata.normalize("NFD", text(1, 20)),
        lambda: text(1, 40)])()


def salt():
    """One byte, 64 bytes, non-ASCII, every character that means something in base64, PHC or JSON."""
    return dice.choice([
        lambda: dice.choice("a+/=,.\"\\ "), lambda: "s" * 64, lambda: "".join(dice.choices("+/=,", k=8)),
        lambda: "".join(dice.choices("abcdefgh0123", k=dice.choice([5, 12, 22]))),
        lambda: text(1, 16).replace("$", "") or "é"])()


def b64(data):
    return base64.b64encode(data).decode()


def pbkdf2(plain):
    name, digest = dice.choice([("pbkdf2_sha256", "sha256"), ("pbkdf2_sha1", "sha1")])
    mine, rounds = salt(), dice.randint(1, 300)
    return f"{name}${rounds}${mine}${b64(hashlib.pbkdf2_hmac(digest, plain, mine.encode(), rounds))}"


def scrypt(plain):
    mine, n, r, p = salt(), 2 << dice.randint(0, 8), dice.randint(1, 8), dice.randint(1, 4)
    return f"scrypt${n}${mine}${r}${p}${b64(hashlib.scrypt(plain, salt=mine.encode(), n=n, r=r, p=p, dklen=64))}"


def salted(plain):
    name, mine = dice.choice(["sha1", "md5"]), salt()
    return f"{name}${mine}${hashlib.new(name, mine.encode() + plain).hexdigest()}"


def unsalted(plain):
    return dice.choice([hashlib.md5(plain).hexdigest(), f"md5$${hashlib.md5(plain).hexdigest()}",
                        f"sha1$${hashlib.sha1(plain).hexdigest()}"])


def made_by_us(plain, *options):
    done = subprocess.run([BUILD / "auth0db", "hash", "make", *options], input=plain + b"\n", capture_output=True,
                          timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().rstrip("\n")


def argon2(plain):
    lanes = dice.randint(1, 3)
    t, m, size = dice.randint(1, 3), 8 * lanes + dice.randint(0, 60), dice.choice([16, 32])
    kind = dice.choice(["argon2id", "argon2id", "argon2i"])
    try:
        from argon2 import Type, low_level
    except ImportError:
        return made_by_us(plain, "--hasher", "argon2", "--type", kind, "--t", str(t), "--m", str(m), "--p", str(lanes),
                          "--hash-length", str(size))
    return "argon2" + low_level.hash_secret(
        plain, dice.randbytes(dice.randint(8, 32)), t, m, lanes, size,
        Type.ID if kind == "argon2id" else Type.I).decode()


def bcrypt(plain):
    try:
        import bcrypt as library
    except ImportError:
        return made_by_us(plain, "--hasher", "bcrypt", "--cost", "4", "--variant", dice.choice(["2a", "2b", "2y"]))
    made = library.hashpw(plain[:72], library.gensalt(4, dice.choice([b"2a", b"2b"]))).decode()
    return "bcrypt$" + (made.replace("$2a$", "$2y$") if dice.random() < .3 else made)


MAKERS = [pbkdf2] * 5 + [scrypt] * 3 + [salted] * 3 + [unsalted] * 2 + [argon2] * 3 + [bcrypt] * 2


@pytest.fixture(scope="module")
def cases():
    rows = []
    for _ in range(CASES):
        plain = password()
        rows.append((dice.choice(MAKERS)(plain.encode()), plain))
    return rows


@pytest.fixture(scope="module")
def converted(cases):
    done = subprocess.run([BUILD / "auth0db", "hash", "convert"], input="".join(e + "\n" for e, _ in cases).encode(),
                          capture_output=True, timeout=60)
    # not splitlines(): a salt may hold what Python takes for the end of a line
    answers = [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]
    assert len(answers) == len(cases)
    assert done.returncode == 0, next(a for a in answers if "reason" in a)
    return [answer["custom_password_hash"] for answer in answers]


def test_others_verify_what_we_convert(cases, converted, node):
    questions, want = [], []
    for (encoded, plain), hash in zip(cases, converted):
        other = "!" + plain
        for typed, match in ((plain, True), (other, False)):
            questions.append(json.dumps({"hash": hash, "password": typed}))
            want.append({"match": match})
    answers = [json.loads(line) for line in node("conversions.js", input="\n".join(questions) + "\n").splitlines()]
    assert len(answers) == len(want) == 2 * CASES
    wrong = [(question, answer) for question, answer, right in zip(questions, answers, want) if answer != right]
    assert not wrong, f"{len(wrong)} disagree (seed {SEED}), first: {wrong[0]}"
    assert set(Counter(hash["algorithm"] for hash in converted)) == {
        "pbkdf2", "scrypt", "sha1", "md5", "argon2", "bcrypt"}


def test_the_sandbox_verifies_what_we_convert(cases, converted, sb_tool):
    """Its code for hashes shares nothing with ours above the digests."""
    typed = [(hash, other, other == plain) for (_, plain), hash in zip(cases, converted)
             for other in (plain, "!" + plain)]
    answers = sb_tool([{"hash": hash, "password": password} for hash, password, _ in typed])
    wrong = [(row, answer) for row, answer in zip(typed, answers) if answer != {"match": row[2]}]
    assert not wrong, f"{len(wrong)} disagree (seed {SEED}), first: {wrong[0]}"


def test_every_conversion_is_one_the_import_schema_allows(converted):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "tests/contract/import-user.schema.json").read_text())
    validator = jsonschema.Draft7Validator(schema)
    for hash in converted:
        validator.validate({"email": "a@example.org", "custom_password_hash": hash})
