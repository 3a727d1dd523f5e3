"""What the command asks for before it changes anything, taken out of the source, must make a test of the command fail."""
import os
import subprocess
import sys

import pytest

from mutants import BUILD, FLAGS, LIBRARIES, ROOT, mutant

CLI, STORE = ROOT / "src/cli", ROOT / "src/store"
REMAINING = ROOT / "src/bulk/remaining"
BULK, SWITCH = "tests/cli/test_bulk.py", "tests/cli/test_switch_over.py"
TYPED, YES, NAMES = "typed", "yes_wants_the_tenants_name", "begins_as_this_machines"
HALF = "half_made"

# (what is lost, the folder, the file, the rule as it stands, what a careless edit would leave, the tests that must fail)
MUTATIONS = [
    ("a y is enough for any tenant", CLI, "ask.c",
     "    if (is_on_this_machine(tenant)) {", "    if (true) {", TYPED),
    ("any tenant's name will do", CLI, "ask.c",
     "q->answers[i][0] != '\\0' && strcasecmp(q->answers[i], answer) == 0", "*answer != '\\0'", TYPED),
    ("no answer is a yes", CLI, "ask.c", "q->answers[i][0] != '\\0' && ", "*answer == '\\0' || ", TYPED),
    ("the beginning of a tenant's name is its name", CLI, "ask.c",
     "strcasecmp(q->answers[i], answer) == 0", "strncasecmp(q->answers[i], answer, strlen(answer)) == 0", TYPED),
    ("a custom domain's first word is a tenant's name", CLI, "ask.c",
     "if (len > end && strcasecmp(tenant + len - end, common) == 0)", "if (len > end)", "not_by_its_custom_domain"),
    ("a script's --yes is enough for any tenant", CLI, "ask.c",
     "if (r->args.tenant == NULL && (!r->args.yes || is_on_this_machine(tenant)))", "if (r->args.tenant == NULL)", YES),
    ("--tenant may name another one", CLI, "ask.c", "if (ask_is_yes(&q, r->args.tenant))", "if (true)", YES),
    ("a host that begins with 127 is this machine", CLI, "ask.c",
     "if (strncmp(tenant, \"127.\", 4) == 0 && (tenant[numbers] == '\\0' || tenant[numbers] == ':'))",
     "if (strncmp(tenant, \"127.\", 4) == 0)", NAMES),
    ("a host that begins with localhost is this machine", CLI, "ask.c",
     " && (tenant[len] == '\\0' || tenant[len] == ':'))", ")", NAMES),
    ("a table that is not there is found by the first user", STORE, "check.c",
     "rc = need_table(store, table, ours_hint, err);", "(void)table;", HALF),
    ("a column that is not there is found by the first user", STORE, "check.c",
     "rc = need_column(store, table, a0_tables[i].columns[k].name, ours_hint, err);", "rc = AUTH0DB_OK;", HALF),
    ("the half that is there is taken for all", STORE, "check.c",
     "if (rc == AUTH0DB_OK && (ours || for_writing))", "if (rc == AUTH0DB_OK && !ours && for_writing)", HALF),
    ("who only reads takes the half for all", STORE, "check.c",
     "if (rc == AUTH0DB_OK && (ours || for_writing))", "if (rc == AUTH0DB_OK && for_writing)", HALF),
]

# Who would be kept out, or set back to an older password, once the old hashes are gone
OF_A_SWITCH_OVER = [
    ("a password that waits is at Auth0 already", REMAINING, "differences.c", "digests.told[0] == '\\0' &&", "true &&", "while_a_password_waits"),
    ("any hash is in step", REMAINING, "differences.c", "standing == AUTH0DB_STANDING_SAME ||", "true ||", "on_the_site_alone"),
    ("a digest needs no key", REMAINING, "differences.c", "record->password.len, digest_key}", "record->password.len, \"k\"}", "without_salt"),
    ("what the site may not change is cured by the site", REMAINING, "differences.c",
     "return *expected != '\\0' && says(record, A0_LINK_ID, expected);", "return true;", "not_ours"),
    ("the number of a key given out again is forgotten", REMAINING, "differences.c", "record->tombstones, expected", "0, expected", "given_out_again"),
    ("a block that nobody recorded is a block", REMAINING, "differences.c",
     "    if (record->active == !blocked)", "    if (!record->active || !blocked)", "who_is_active_here"),
    ("what keeps somebody out is in nobody's way", REMAINING, "switch_over.c", "->keeps_out)", "->keeps_out && false)", "keeps_its_owner_out"),
    ("who is inactive is in the way", REMAINING, "switch_over.c", "found[i] && record->active && ", "found[i] && ", "keeps_its_owner_out"),
    ("who stays is compared", REMAINING, "switch_over.c", "    if (stays)\n        return AUTH0DB_OK;", "", "who_stays_on_the_site"),
    ("an account that somebody has again counts as a deleted user's", STORE, "ledger.c", "WHERE @ IS NULL GROUP BY @ ORDER BY @\", \"state\",",
     "WHERE @ <> '' OR 1 = 1 GROUP BY @ ORDER BY @\", \"state\",", "deleted_users_are_counted"),
]


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """Every source of the command, compiled once."""
    folder = tmp_path_factory.mktemp("command")
    made = {}
    for source in sorted(CLI.glob("*.c")):
        made[source.name] = folder / (source.stem + ".o")
        subprocess.run(["cc", *FLAGS, f"-I{CLI}", "-c", "-o", made[source.name], source], check=True)
    return made


def commands_tests(folder, command, changed, tests, page=BULK):
    """These tests of a page of tests/cli over a command that is linked with the changed file, or as it is."""
    folder.joinpath("build").mkdir()
    objects = [path for name, path in command.items() if changed is None or name != changed.name]
    libraries = subprocess.run(["pkg-config", "--libs", *LIBRARIES], check=True, capture_output=True, text=True).stdout.split()
    subprocess.run(["cc", *FLAGS, f"-I{CLI}", "-o", folder / "build/auth0db", *objects, *([changed] if changed else []),
                    BUILD / "libauth0db.a", *libraries, "-pthread", "-lgnutls", "-ldl"], check=True)
    environment = {**os.environ, "AUTH0DB_BUILD": str(folder / "build"), "AUTH0DB_COMMAND": str(folder / "build/auth0db")}
    return subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x", page, "-k", tests], cwd=ROOT,
                          env=environment, capture_output=True, text=True, timeout=240)


def test_the_command_as_it_is_passes(tmp_path, command):
    result = commands_tests(tmp_path, command, None, " or ".join(sorted({m[5] for m in MUTATIONS})))
    assert result.returncode == 0 and " passed" in result.stdout, result.stdout[-2000:]


def test_the_switch_over_as_it_is_passes(tmp_path, command):
    result = commands_tests(tmp_path, command, None, " or ".join(sorted({m[5] for m in OF_A_SWITCH_OVER})), SWITCH)
    assert result.returncode == 0 and " passed" in result.stdout, result.stdout[-2000:]


@pytest.mark.parametrize("folder, name, rule, mutated, tests", [m[1:] for m in OF_A_SWITCH_OVER],
                         ids=[m[0] for m in OF_A_SWITCH_OVER])
def test_without_it_somebody_is_forgotten_at_a_switch_over(tmp_path, command, folder, name, rule, mutated, tests):
    result = commands_tests(tmp_path, command, mutant(tmp_path, [folder / name], rule, mutated), tests, SWITCH)
    assert result.returncode == 1 and " failed" in result.stdout, result.stdout[-2000:]


@pytest.mark.parametrize("folder, name, rule, mutated, tests", [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS])
def test_without_the_rule_a_test_fails(tmp_path, command, folder, name, rule, mutated, tests):
    result = commands_tests(tmp_path, command, mutant(tmp_path, [folder / name], rule, mutated), tests)
    assert result.returncode == 1 and " failed" in result.stdout, result.stdout[-2000:]


def rules():
    return [([m[1] / m[2]], m[3]) for m in MUTATIONS + OF_A_SWITCH_OVER]
