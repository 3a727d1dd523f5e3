"""No log line, error or message formats a secret. A heuristic by name: a second pair of eyes, not a proof."""
import re

import pytest
from sources import c_sources, calls, found, text, tracked, without_comments, without_strings

SECRET = re.compile(r"(?:^|_)(?:password|passwd|secret|token|jwt|bearer|encoded|digest|salt)(?:_|$)|^pw$")
# What is said about a secret without saying it: its length, whether it is there, a number or a flag.
HARMLESS = re.compile(r"\b(?:sizeof|strlen)\s*\([^)]*\)|\b\w+(?:->|\.)(?:len|length|size|count|n)\b"
                      r"|[!=]= ?NULL|\w+ \? \"[^\"]*\" : \"[^\"]*\"")
C_SINKS = ["a0_log_at", "a0_log_emit", "a0_error_set", "printf", "fprintf", "vfprintf", "fputs", "puts",
           "sb_hash_fail", "sb_row_error", "sb_reply_api_error", "sb_reply_oauth_error", "a0_run_warn", "syslog", "perror", "PyErr_Format", "PyErr_SetString", "cli_usage", "setproctitle"]
# These write what is sent, which may well be a secret.
C_WRITERS = {"a0_buf_printf", "sb_reply_header", "message_value", "sb_page_add"}
PYTHON_SINK = re.compile(r"(?:\blog(?:ger)?\.(?:debug|info|warning|error|exception|critical)|\bprint|\.send(?:_robust)?|"
                         r"stdout\.write|stderr\.write|raise \w+)$")
MARK = "guard: not secret"


def secret_names(expression):
    expression = HARMLESS.sub(" ", without_strings(expression))
    return [name for name in re.findall(r"[A-Za-z_]\w*", expression)
            if SECRET.search(name) and not name.isupper()]


def violations(code):
    lines = code.split("\n")
    for line, name, arguments in calls(without_comments(code), C_SINKS):
        if any(MARK in said for said in lines[line - 1:line + len(arguments)]):
            continue
        # Data for our own user goes to stdout, which is the command's job (hash convert, a sandbox's settings).
        if name in ("printf", "puts") or arguments[:1] == ["stdout"] or arguments[-1:] == ["stdout"]:
            continue
        for argument in arguments:
            for secret in secret_names(argument):
                yield f"{line}: {name} is given {secret}"


def test_every_formatting_function_of_ours_is_watched():
    formatting = set()
    for name in c_sources("src", "python/native"):
        code = without_comments(text(name))
        formatting |= set(re.findall(r"\b(\w+)\((?:[^();{]|\([^()]*\))*\)\s*AUTH0DB_PRINTF", code))
    assert {"a0_error_set", "a0_log_emit", "cli_usage"} <= formatting
    assert formatting - set(C_SINKS) - C_WRITERS == set()


def test_no_c_message_formats_a_secret():
    seen = 0
    bad = []
    for name in c_sources("src", "python/native"):
        seen += len(list(calls(without_comments(text(name)), C_SINKS)))
        bad += [f"{name}:{line}" for line in violations(text(name))]
    assert seen > 20
    assert bad == []


def python_violations(code):
    # Calls of anything that logs, prints or signals, over several lines if need be.
    pattern = r"[\w.]*(?:%s)" % "|".join(
        [r"log(?:ger)?\.\w+", "print", r"\.send", r"\.send_robust", r"stdout\.write", r"stderr\.write"])
    code = re.sub(r"#[^\n]*", lambda m: " " * len(m.group(0)) if MARK not in m.group(0) else m.group(0), code)
    for match in re.finditer(pattern + r"\s*\(", code):
        head = code[match.start():match.end() - 1].strip()
        if not PYTHON_SINK.search(head):
            continue
        for line, _, arguments in calls(code[match.start():], [re.escape(head.rsplit(".", 1)[-1])]):
            for argument in arguments:
                value = re.sub(r"'[^'\n]*'", "''", argument)
                for secret in secret_names(value):
                    yield f"{code.count(chr(10), 0, match.start()) + 1}: {head} is given {secret}"
            break


def test_no_python_message_or_signal_carries_a_secret():
    names = found(n for n in tracked(".py") if n.startswith("python/auth0db/"))
    assert [f"{name}:{line}" for name in names for line in python_violations(text(name))] == []


@pytest.mark.parametrize("code", [
    'a0_log_at(log, A0_LOG_DEBUG, "sent %s", body->password);',
    'fprintf(stderr, "%s\\n",\n        client_secret);',
    'return a0_error_set(err, AUTH0DB_ERR_DATA, NULL, "bad hash %s", encoded);',
])
def test_the_guard_sees_a_secret_in_c(code):
    assert list(violations(code))


def test_the_guard_sees_a_secret_in_python():
    assert list(python_violations("logger.info('%s tried %s', user,\n            password)\n"))
    assert list(python_violations("refused.send(sender=X, password=raw)\n"))


@pytest.mark.parametrize("code", [
    'a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_CLIENT_SECRET", "the password is empty");',
    'a0_log_at(log, A0_LOG_DEBUG, "%zu bytes", password.len);',
    "/* printf(password) */",
])
def test_the_guard_lets_words_and_lengths_pass(code):
    assert list(violations(code)) == []
