"""The sandbox's password policies, and the library's own reading of them, agree with npm auth0-password-policies."""
import importlib.util
import json
import os
import random
import uuid

from sandbox import BUILD

SEED = int(os.environ.get("AUTH0DB_SEED", "20261123"))
CASES = 20_000
API_CASES = 400
LEVELS = ["none", "low", "fair", "good", "excellent"]
# Every ASCII character, and what lies at the edges of "letter", "digit" and "one character"
ASCII = [chr(c) for c in range(0x20, 0x7f)]
ODD = ["é", "e\u0301", "ß", "Ж", "٣", "Ａ", "１", "\u00a0", "\u3000", "🔑", "\U00010400", "\t", "\n", "\x7f",
       "\u0000", "–", "€"]


def password(rng):
    length = rng.choice([0, 1, 5, 6, 7, 8, 9, 10, 11, rng.randrange(40), rng.choice([71, 72, 73, 200])])
    pool = rng.choice([ASCII, ASCII, ASCII + ODD, "abcdefg", "aAbB12", "abc123!", ODD, "0123456789",
                       # one character that decides: is it a letter, a digit, special?
                       "aB ", "ab1 ", "AB1" + rng.choice(ASCII), "aB" + rng.choice(ASCII), "aB" + rng.choice(ODD)])
    made = []
    while len(made) < length:
        one = rng.choice(pool)
        kind = rng.randrange(12)
        if kind == 0:
            made += [one] * rng.randint(2, 4)
        elif kind == 1 and len(one) == 1:
            step = rng.choice([-1, 1])
            made += [chr(max(0, ord(one) + step * i)) for i in range(rng.randint(2, 4))]
        else:
            made.append(one)
    # A lone surrogate is not text; everything else goes
    return "".join(made[:length]).encode("utf-8", "ignore").decode()


def options(rng):
    if rng.randrange(3):
        made = {"passwordPolicy": rng.choice(LEVELS)}
        if rng.randrange(3) == 0:
            made["password_complexity_options"] = {"min_length": rng.choice([1, 2, 6, 9, 12, 73, 128])}
        return made
    types = ["uppercase", "lowercase", "number", "special"]
    complexity = {"character_types": rng.sample(types, rng.randint(0, 4))}
    if rng.randrange(2):
        complexity["min_length"] = rng.choice([1, 4, 8, 15, 72])
    for name, words in [("identical_characters", ["allow", "block"]),
                        ("sequential_characters", ["allow", "block"]),
                        ("max_length_exceeded", ["truncate", "error"])]:
        if rng.randrange(2):
            complexity[name] = rng.choice(words)
    if len(complexity["character_types"]) == 4 and rng.randrange(2):
        complexity["character_type_rule"] = "three_of_four"
    return {"password_options": {"complexity": complexity}}


def judged(node):
    """Random questions, each with npm's verdict: (question, is the password good?)"""
    rng = random.Random(SEED)
    questions = [{"policy": options(rng), "password": password(rng)} for _ in range(CASES)]
    said = node("policies.js", input="".join(json.dumps(q) + "\n" for q in questions)).splitlines()
    assert len(said) == CASES
    # Both of ours refuse the empty password, the flexible policy without a min_length too
    wanted = [line == "true" and q["password"] != "" for q, line in zip(questions, said)]
    # Neither answer may be rare, or the comparison would say little
    assert CASES / 4 < sum(wanted) < CASES * 3 / 4, sum(wanted)
    return list(zip(questions, wanted))


def assert_agree(cases, got):
    wrong = [(q, w) for (q, w), g in zip(cases, got) if w is not g]
    assert not wrong, f"{len(wrong)} of {CASES} disagree (seed {SEED}), first: {wrong[0]}"


def test_random_passwords_get_the_same_verdict(node, sb_tool):
    cases = judged(node)
    assert_agree(cases, [a == {"verdict": ""} for a in sb_tool([q for q, _ in cases])])


def test_the_library_knows_the_verdict_beforehand(node):
    cases, native = judged(node), extension()
    assert_agree(cases, [native.policy_parse(json.dumps(q["policy"])).check(q["password"].encode()) == []
                         for q, _ in cases])


def extension():
    """auth0db._native without the package around it, which needs Django."""
    spec = importlib.util.spec_from_file_location("_native", BUILD / "python" / "_native.abi3.so")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_running_tenant_enforces_them(node, sandbox):
    """POST /users and PATCH /users/{id} with a password: 201 or 200 where npm says true, else Auth0's 400."""
    # As before Auth0 filled in what a policy leaves out: what npm is asked about is what the tenant has
    sandbox.options(bcrypt_cost=4, as_of="2026-02-01")
    connection = sandbox.api("GET", f"/connections/{sandbox.connection_id}")[2]
    plain = {k: v for k, v in connection["options"].items() if not k.lower().startswith("password")}
    rng = random.Random(SEED + 1)
    policies = [options(rng) for _ in range(20)]
    questions = []
    for i in range(API_CASES):
        text = password(rng).replace("\0", "0") or "x"
        questions.append({"policy": policies[i * len(policies) // API_CASES], "password": text})
    said = node("policies.js", input="".join(json.dumps(q) + "\n" for q in questions)).splitlines()
    assert {"true", "false"} == set(said)
    user = None
    set_policy = None
    for question, good in zip(questions, said):
        if question["policy"] is not set_policy:
            set_policy = question["policy"]
            status, _, answer = sandbox.api("PATCH", f"/connections/{sandbox.connection_id}",
                                            {"options": {**plain, **set_policy}})
            assert status == 200, (set_policy, answer)
        if user is None or rng.randrange(2):
            status, _, answer = sandbox.api("POST", "/users", {
                "connection": sandbox.connection, "email": f"{uuid.uuid4().hex}@example.org",
                "password": question["password"]})
            user = answer["user_id"].replace("|", "%7C") if status == 201 else user
        else:
            status, _, answer = sandbox.api("PATCH", f"/users/{user}", {
                "password": question["password"], "connection": sandbox.connection})
        if good == "true":
            assert status in (200, 201), (question, answer)
        else:
            assert status == 400, (question, answer)
            assert answer["message"] == "PasswordStrengthError: Password is too weak", (question, answer)
