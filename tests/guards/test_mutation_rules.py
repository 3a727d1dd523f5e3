"""Each rule that tests/mutation takes out stands in the sources, once: a move or a new format must not lose one."""
import importlib
import sys

import pytest
from sources import ROOT

sys.path.insert(0, str(ROOT / "tests/mutation"))
import mutants  # noqa: E402

LISTS = ("command", "import", "login", "store", "wire")


@pytest.mark.parametrize("which", LISTS)
def test_every_rule_is_found_once(which):
    rules = importlib.import_module(f"test_{which}_mutations").rules()
    assert len(rules) > 10
    assert [f"{mutants.places(sources, rule)} times: {rule}" for sources, rule in rules
            if mutants.places(sources, rule) != 1] == []


@pytest.mark.parametrize("rule, text, times", [
    ("a && b(c,\n    d)", "a &&\n        b(\n    c, d)", 1),
    ("return x", "returnx", 0),
    ("a->b", "a->c", 0),
    ("x = 1;", "x = 1; x = 1;", 2),
])
def test_a_rule_is_found_however_its_lines_are_broken(tmp_path, rule, text, times):
    source = tmp_path / "x.c"
    source.write_text(text)
    assert mutants.places([source], rule) == times
