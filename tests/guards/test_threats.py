"""The threat model names the tests that play its attacks, all of them and no others."""
import re

from sources import found, text, tracked


def rows():
    for line in text("docs/security.md").split("\n"):
        if line.startswith("| ") and not line.startswith(("| ---", "| attack |")):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def attacks():
    files = found(name for name in tracked(".py") if re.match(r"tests/attacks/test_\w+\.py", name))
    return found(test for name in files for test in re.findall(r"^def (test_\w+)", text(name), re.M))


def test_every_row_is_an_attack_a_defence_and_a_test():
    odd = [row for row in found(rows())
           if len(row) != 3 or not all(row) or not re.fullmatch(r"`test_\w+`", row[2])]
    assert odd == []


def test_every_row_names_a_test_and_every_test_a_row():
    named, written = [row[2].strip("`") for row in rows()], attacks()
    assert sorted(named) == sorted(written)
    assert len(named) == len(set(named)) >= 40


def test_every_safety_property_is_attacked():
    numbers = {re.match(r"S(\d+)", row[1]).group(1) for row in rows() if re.match(r"S\d+$", row[1])}
    assert numbers == {str(number) for number in range(1, 15)}
