"""Auth0's Management API contract (tests/contract/management.openapi.json) as a judge of single exchanges.

    contract = Contract()
    problems = contract.judge(Exchange(...))

Formats are checked. What the contract leaves open is held to Auth0's documented error envelope."""
import email.parser
import email.policy
import ipaddress
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

HERE = Path(__file__).resolve().parents[1] / "contract"
PREFIX = "/api/v2"
ROOT = "urn:auth0:management"
OUR_CLIENT = "auth0db/"  # how our client's User-Agent begins
# Operations of the Management API that the excerpt we have leaves out: nobody judges them here
NOT_IN_THIS_EXCERPT = {("GET", "/guardian/policies"), ("GET", "/emails/provider")}
# Members that real tenants were recorded to answer in August 2026 (tests/recorded), and that the description of May lacks
RECORDED_BEYOND = {("GET", "/connections"): {"enabled_clients"},
                   ("GET", "/attack-protection/suspicious-ip-throttling"): {"pre-custom-token-exchange"}}
# Formats of Auth0's own, which no library knows. "strict-uri" is a URI with a scheme and a host.
PATTERNS = {
    "strict-uri": r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/]+\S*",
    "url": r"https?://[^\s/]+\S*",
    "client-id": r"[A-Za-z0-9_\-]{1,64}",
    "user-id": r"\S+\|\S+",
    "organization-id": r"org_[A-Za-z0-9]{16}",
    "connection-realm": r"[a-zA-Z0-9](-?[a-zA-Z0-9])*",
    "email": r"[^@\s]{1,64}@[^@\s]+",
}


@dataclass
class Exchange:
    method: str
    target: str                    # path and query as on the wire
    request_headers: Dict[str, str]  # names in lower case
    request_body: bytes
    status: int
    response_headers: Dict[str, str]
    response_body: bytes
    problems: List[str] = field(default_factory=list)

    def __str__(self):
        return f"{self.method} {self.target} -> {self.status}"


def format_checker():
    checker = FormatChecker()
    for name, pattern in PATTERNS.items():
        checker.checks(name)(
            lambda value, p=re.compile(pattern): not isinstance(value, str) or p.fullmatch(value) is not None)
    for name, version in (("cidr", 4), ("ipv6_cidr", 6)):
        def is_network(value, version=version):
            return not isinstance(value, str) or ipaddress.ip_network(value, False).version == version
        checker.checks(name, ValueError)(is_network)
    return checker


def unique_members(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a member occurs twice")
    return dict(pairs)


def parse_json(body):
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=unique_members)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def without_one_of(schema):
    """The description says oneOf where its members overlap ({"connections": []} is a page of both kinds), so that
    Auth0's own answers would break it. What it means is anyOf."""
    if isinstance(schema, list):
        return [without_one_of(part) for part in schema]
    if isinstance(schema, dict):
        return {"anyOf" if name == "oneOf" else name: without_one_of(part) for name, part in schema.items()}
    return schema


def without(names, value):
    """The value without members of these names, wherever they are."""
    if isinstance(value, list):
        return [without(names, part) for part in value]
    if isinstance(value, dict):
        return {name: without(names, part) for name, part in value.items() if name not in names}
    return value


def escape(part):
    return part.replace("~", "~0").replace("/", "~1")


def brief(error):
    """One line: where and what, never the whole instance."""
    where = "/".join(map(str, error.absolute_path)) or "(body)"
    return f"{where}: {error.message[:160]}"


def coerced(text, schema):
    """A query value as the type that its schema wants, itself where it is not of that type."""
    kinds = schema.get("type", "string")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "integer" in kinds and re.fullmatch(r"-?[0-9]+", text):
        return int(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return text


class Contract:
    def __init__(self):
        self.document = without_one_of(json.loads((HERE / "management.openapi.json").read_text()))
        supplement = json.loads((HERE / "management.supplement.json").read_text())
        for path, operations in supplement["paths"].items():
            self.document["paths"].setdefault(path, {}).update(operations)
        self.formats = format_checker()
        self.registry = Registry().with_resource(
            ROOT, Resource.from_contents(self.document, default_specification=DRAFT202012))
        self.import_user = Draft7Validator(json.loads((HERE / "import-user.schema.json").read_text()),
                                           format_checker=self.formats)
        self.paths = [(re.compile(re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(path))), path)
                      for path in sorted(self.document["paths"], key=lambda p: p.count("{"))]

    def check(self, pointer, instance):
        validator = Draft202012Validator({"$ref": f"{ROOT}#{pointer}"}, registry=self.registry,
                                         format_checker=self.formats)
        return [brief(error) for error in validator.iter_errors(instance)]

    def find(self, method, path):
        """(template, values of its braces), or None where the contract has no such operation."""
        for pattern, template in self.paths:
            match = pattern.fullmatch(path)
            if match and method.lower() in self.document["paths"][template]:
                return template, match.groups()
        return None

    def judge(self, exchange, strict_requests=True):
        """Fills exchange.problems. With strict_requests, and from our own client always, every request must be
        valid; without, an invalid one must be answered with 4xx, as Auth0 would."""
        url = urlsplit(exchange.target)
        assert url.path.startswith(PREFIX + "/"), exchange
        strict_requests |= exchange.request_headers.get("user-agent", "").startswith(OUR_CLIENT)
        found = self.find(exchange.method, url.path[len(PREFIX):])
        if found is None and (exchange.method, url.path[len(PREFIX):]) in NOT_IN_THIS_EXCERPT:
            return
        if found is None:
            if strict_requests or exchange.status < 400:
                exchange.problems.append("the contract has no such operation")
            return exchange.problems
        template, values = found
        pointer = f"/paths/{escape(template)}/{exchange.method.lower()}"
        asked = self.judge_request(exchange, pointer, values, url.query)
        if strict_requests and ("|" in exchange.target or " " in exchange.target):
            asked.append("the target is not percent-encoded")
        if not strict_requests:  # a bad file is taken: its rows fail, or its job
            asked = [problem for problem in asked if not problem.startswith("users")]
        refused = 400 <= exchange.status < 500
        if strict_requests or not refused:
            exchange.problems += [f"request: {problem}" for problem in asked]
        exchange.problems += [f"response: {p}" for p in self.judge_response(exchange, pointer)]
        return exchange.problems

    def operation(self, pointer):
        _, _, path, method = pointer.split("/")
        return self.document["paths"][path.replace("~1", "/").replace("~0", "~")][method]

    def judge_request(self, exchange, pointer, values, query):
        problems = []
        operation = self.operation(pointer)
        if not exchange.request_headers.get("authorization", "").startswith("Bearer "):
            problems.append("no bearer token")
        parameters = operation.get("parameters", [])
        in_path = [i for i, p in enumerate(parameters) if p["in"] == "path"]
        for i, value in zip(in_path, values):
            problems += self.check(f"{pointer}/parameters/{i}/schema", unquote(value))
        problems += self.judge_query(pointer, parameters, query)
        return problems + self.judge_body(exchange, pointer, operation)

    def judge_query(self, pointer, parameters, query):
        problems, given = [], {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            given.setdefault(name, []).append(value)
        for i, parameter in enumerate(parameters):
            if parameter["in"] != "query":
                continue
            texts = given.pop(parameter["name"], None)
            if texts is None:
                if parameter.get("required"):
                    problems.append(f"query lacks {parameter['name']}")
                continue
            schema = parameter["schema"]
            if schema.get("type") == "array":
                value = texts
            elif len(texts) > 1:
                problems.append(f"query has {parameter['name']} twice")
                continue
            else:
                value = coerced(texts[0], schema)
            problems += [f"query {parameter['name']}: {p}"
                         for p in self.check(f"{pointer}/parameters/{i}/schema", value)]
        return problems + [f"query has unknown {name}" for name in given]

    def judge_body(self, exchange, pointer, operation):
        content = operation.get("requestBody", {}).get("content")
        if content is None:
            return ["a body where none is taken"] if exchange.request_body else []
        kind = exchange.request_headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in content:
            return [f"content type {kind or '(none)'}"]
        if kind == "multipart/form-data":
            return self.judge_import(exchange, pointer)
        if kind != "application/json":
            return []
        try:
            body = parse_json(exchange.request_body)
        except ValueError as why:
            return [f"body is not JSON: {why}"]
        return self.check(f"{pointer}/requestBody/content/application~1json/schema", body)

    def judge_import(self, exchange, pointer):
        """A users-imports form: its fields by the contract, its users by the import schema."""
        if len(exchange.request_body) > 512_000:
            return ["more than 512000 bytes"]
        head = f"Content-Type: {exchange.request_headers['content-type']}\r\n\r\n".encode()
        form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + exchange.request_body)
        if not form.is_multipart():
            return ["not multipart"]
        fields = {part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
                  for part in form.iter_parts()}
        texts = {name: coerced(value.decode(errors="replace"), {"type": "boolean"}) for name, value in fields.items()}
        problems = self.check(f"{pointer}/requestBody/content/multipart~1form-data/schema", texts)
        try:
            users = parse_json(fields.get("users", b""))
        except ValueError as why:
            return problems + [f"users is not JSON: {why}"]
        if not isinstance(users, list):
            return problems + ["users is not an array"]
        return problems + [f"users[{i}] {brief(error)}" for i, user in enumerate(users)
                           for error in self.import_user.iter_errors(user)]

    def judge_response(self, exchange, pointer):
        operation = self.operation(pointer)
        described = operation["responses"].get(str(exchange.status))
        if described is None and exchange.status < 500:
            return [f"status {exchange.status} is not documented"]
        if exchange.status == 204:
            return ["a body with 204"] if exchange.response_body else []
        kind = exchange.response_headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return [f"content type {kind or '(none)'}"]
        try:
            body = parse_json(exchange.response_body)
        except ValueError as why:
            return [f"body is not JSON: {why}"]
        if exchange.status >= 400:
            return self.judge_error(exchange, body)
        beyond = RECORDED_BEYOND.get((exchange.method, urlsplit(exchange.target).path[len(PREFIX):]), set())
        return self.check(
            f"{pointer}/responses/{exchange.status}/content/application~1json/schema", without(beyond, body))

    @staticmethod
    def judge_error(exchange, body):
        """{"statusCode", "error", "message", "errorCode"?}: facts/auth0.md 4.0."""
        if not isinstance(body, dict):
            return ["an error that is no object"]
        problems = []
        if body.get("statusCode") != exchange.status:
            problems.append(f"statusCode {body.get('statusCode')!r} differs from the status")
        problems += [f"error body lacks {name}" for name in ("error", "message")
                     if not (isinstance(body.get(name), str) and body[name])]
        if "errorCode" in body and not isinstance(body["errorCode"], str):
            problems.append("errorCode is no text")
        if exchange.status == 429:
            problems += [f"429 without {name}" for name in
                         ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
                         if name not in exchange.response_headers]
        return problems
