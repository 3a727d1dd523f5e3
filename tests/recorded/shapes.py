"""Recorded shapes: reading, comparing with an answer, and making a value of a shape."""
import json
import re
from pathlib import Path

HERE = Path(__file__).parent
EXCHANGES = [json.loads(line) for line in (HERE / "exchanges.jsonl").read_text().splitlines()]
DATES = json.loads((HERE / "dates.json").read_text())
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

# What a recorder's own type kept and dropped of an application: {"client_secret", "signing_keys"} alone was an error
REWRITTEN = {"client_secret", "signing_keys"}
ADDED_TO_LISTS = {"length", "next"}

LEAVES = {
    "str": lambda v: isinstance(v, str), "id": lambda v: isinstance(v, str) and v,
    "text": lambda v: isinstance(v, str), "bool": lambda v: isinstance(v, bool),
    "int": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "date": lambda v: isinstance(v, str) and DATE.fullmatch(v),
    "email": lambda v: isinstance(v, str) and "@" in v,
    "url": lambda v: isinstance(v, str) and v.startswith(("http://", "https://")),
    "object": lambda v: isinstance(v, dict), '""': lambda v: v == "",
}


def name_of(exchange):
    return f"{EXCHANGES.index(exchange)} {exchange['method']} {exchange['path']} {exchange['status']}"


def differences(shape, value, where=""):
    """Where the value is not of the shape; [] for one that is: nothing missing, nothing extra, null where null."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{where}: no object"]
        found = [f"{where}.{k}: missing" for k in shape.keys() - value.keys()]
        found += [f"{where}.{k}: extra" for k in value.keys() - shape.keys()]
        return found + [d for k in shape.keys() & value.keys() for d in differences(shape[k], value[k], f"{where}.{k}")]
    if isinstance(shape, list):
        if not isinstance(value, list) or bool(shape) != bool(value):
            return [f"{where}: no list, or (not) empty"]
        best = [min((differences(s, v, f"{where}[{i}]") for s in shape), key=len) for i, v in enumerate(value)]
        return [d for each in best for d in each]
    if isinstance(shape, str) and shape.startswith("="):
        fits = value == shape[1:]
    elif isinstance(shape, str):
        fits = LEAVES[shape](value)
    else:
        fits = value is shape or value == shape
    return [] if fits else [f"{where}: {value!r:.60} is no {shape}"]


# Where a type alone says too little: what a member of that name is made of
BY_NAME = {
    "password": "Correct-Horse-Battery-7", "username": "chuck-7", "phone_number": "+12345678900", "limit": 5, "format": "json",
    "picture": "https://example.com/p.png", "totp_secret": "GEZDGNBVGY3TQOJQ", "min_length": 8, "max_length": 12, "min": 1,
    "max": 12, "max_attempts": 5, "rate": 864000, "mode": "count_per_identifier", "shields": ["block"], "size": 3,
    "character_type_rule": "all", "character_types": ["lowercase"], "identical_characters": "allow",
    "sequential_characters": "allow", "max_length_exceeded": "truncate", "default": "en_10k", "verification_method": "link",
    "api_behavior": "required", "signup_behavior": "allow", "unique": True, "requires_username": False, "active": True,
    "precedence": ["email"], "preferred_authentication_method": "sms", "app_type": "non_interactive", "subject_type": "client",
    "profile_required": False, "is_first_party": True, "blocked_fields": ["name"], "fields": [{"name": "email"}],
    "allow_all_scopes": True, "verification": {"active": False}, "allowed_types": {"email": False, "phone_number": False},
}
SIMPLE = {"str": "text", "id": "abcdefgh12345678", "text": "text", "bool": False, "int": 7, "number": 7.5, "object": {"a": 1},
          "date": "2026-01-31T00:00:00.000Z", "email": "chuck@example.com", "url": "https://example.com/", '""': ""}


def example(shape, name="", by_name=BY_NAME):
    """A value of that shape."""
    if isinstance(shape, str) and shape.startswith("="):
        return shape[1:]
    if isinstance(shape, dict):
        return {k: example(v, k, by_name) for k, v in shape.items()}
    if name in by_name and not (shape is None or shape == [] or isinstance(shape, bool)) and (
            (shape == "bool") == isinstance(by_name[name], bool)):
        return by_name[name]
    if isinstance(shape, list):
        return [example(s, "", by_name) for s in shape]
    return SIMPLE[shape] if isinstance(shape, str) else shape
