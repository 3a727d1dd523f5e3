"""Each rule of the import's journal, taken out of the source, must make its case of the store suite fail."""
import pytest

from mutants import ROOT, case_breaks, mutant, objects, run

STORE = ROOT / "src/store"

# (what is lost, the file, the rule as it stands, what a careless edit would leave, the case that must break)
MUTATIONS = [
    ("a batch is settled twice", "batches.c",
     "\" WHERE @ <> 'settled' AND @ = \"", "\" WHERE @ <> '' AND @ = \"", "a_batch_is_settled_once"),
    ("rows are written although the batch is settled", "settle.c",
     'work->batch != NULL ? a0_batch_write(store, work->batch, "", err) : AUTH0DB_OK;', "AUTH0DB_OK;",
     "a_batch_is_settled_once"),
    ("somebody else's batch is updated", "batches.c",
     "if (owner != NULL && *owner != '\\0') {", "if (false) {",
     "only_the_owner_updates_a_batch_and_nobody_a_settled_one"),
    ("a linked user is claimed", "batches.c",
     '" WHERE l.@ IS NULL AND c.@', '" WHERE (l.@ IS NULL OR 1 = 1) AND c.@',
     "whoever_is_taken_or_gone_is_named_and_nothing_is_written"),
    ("a claimed user makes a claim fail, and nobody says who", "batches.c",
     '" WHERE l.@ IS NULL AND c.@ IS NULL AND', '" WHERE l.@ IS NULL AND (c.@ IS NULL OR 1 = 1) AND',
     "processes_side_by_side_never_take_the_same_user"),
    ("a batch is recorded although somebody is taken", "batches.c",
     "if (rc != AUTH0DB_OK || work->any_taken)", "if (rc != AUTH0DB_OK)",
     "whoever_is_taken_or_gone_is_named_and_nothing_is_written"),
    ("two writers of SQLite meet in the middle", "sqlite.c",
     '.begin = "BEGIN IMMEDIATE"', '.begin = "BEGIN"', "processes_side_by_side_never_take_the_same_user"),
    ("a kill leaves half of a call", "store.c",
     'rc = plain_statement(store, "COMMIT", err);', "rc = AUTH0DB_OK;", "a_kill_leaves_all_of_a_call_or_nothing"),
    ("a login that was faster loses its link", "settle.c",
     "return p->exists[i] && !p->linked[i] && !p->foreign[i] && p->rows[i].what == A0_SETTLE_LINK;",
     "return p->exists[i] && !p->foreign[i] && p->rows[i].what == A0_SETTLE_LINK;",
     "what_happened_meanwhile_stands"),
    ("since when something is said against a user is not written", "settle.c",
     "row->word != NULL ? a0_store_now() : 0", "0", "a_link_remembers_what_is_said_against_its_user"),
    ("two users are linked to one tenant user", "settle.c",
     "            p->foreign[i] = true;", "            (void)0;", "what_happened_meanwhile_stands"),
    ("a deleted user stops the batch", "settle.c",
     "            p->linked[at] = ", "            memset(p->exists, true, sizeof p->exists), p->linked[at] = ",
     "what_happened_meanwhile_stands"),
    ("a linked user gets a holdout", "settle.c",
     "return p->exists[i] && !p->linked[i] && (p->rows[i].what == A0_SETTLE_HOLD || p->foreign[i]);",
     "return p->exists[i] && (p->rows[i].what == A0_SETTLE_HOLD || p->foreign[i]);",
     "a_user_with_a_link_gets_no_holdout"),
    ("a link leaves the holdout of before", "settle.c",
     "return p->exists[i] && p->rows[i].what != A0_SETTLE_RELEASE;",
     "return p->exists[i] && p->rows[i].what == A0_SETTLE_HOLD;",
     "a_batch_ends_in_links_holdouts_and_free_users"),
    ("claims stay for ever", "settle.c",
     "rc = delete_claims(&p, work->batch->id, err);", "rc = AUTH0DB_OK;",
     "a_batch_ends_in_links_holdouts_and_free_users"),
    ("another link is undone", "ledger.c",
     'a0_sql_put(&sql, " AND @ = ", "auth0_id");', 'a0_sql_put(&sql, " AND @ <> ", "auth0_id");',
     "a_link_is_undone_only_if_it_is_that_link"),
    ("a site has two names", "ledger.c",
     'int rc = read_of_site(store, "name", work->out, err);', "int rc = AUTH0DB_OK;",
     "two_who_name_the_site_get_the_name_of_the_first"),
    ("a page begins with the last row of the one before", "ledger.c",
     'a0_sql_put(&sql, " AND @ > ", "user_id");', 'a0_sql_put(&sql, " AND @ >= ", "user_id");',
     "links_come_in_key_order_page_by_page"),
]


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    return objects(tmp_path_factory.mktemp("mutation"), "unit/test_store_journal.c", "support/site.c")


@pytest.mark.parametrize("case", sorted({m[4] for m in MUTATIONS}))
def test_the_journal_as_it_is_passes(tmp_path, suite, case):
    result = run(tmp_path, suite, case=case)
    assert result.returncode == 0 and "Checks: 3," in result.stdout, result.stdout


@pytest.mark.parametrize("name, rule, mutated, case", [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS])
def test_without_the_rule_its_case_fails(tmp_path, suite, name, rule, mutated, case):
    case_breaks(run(tmp_path, suite, mutant(tmp_path, [STORE / name], rule, mutated), case=case))


# --- keys that are given out again ----------------------------------------------------------------

AGAIN = [
    ("a batch under way links who has the key now", "settle.c",
     "    if (p->batch != NULL) { /*", "    if (p->batch == (void *)1) { /*",
     "who_has_the_key_now_gets_nothing_of_a_batch_under_way"),
    ("who has the key now is imported with the hash of who had it", "batches.c",
     "taken[at] && (unsigned)a0_rows_int(rows, 1) == claim[at].tombstones)", "taken[at])",
     "who_has_the_key_now_is_not_imported_as_who_had_it"),
    ("a scan tells of no tombstones", "sqlite.c",
     "    if (at[A0_COL_TOMBSTONES] >= 0)", "    if (at[A0_COL_TOMBSTONES] > 10000)",
     "users_and_links_tell_how_many_had_their_key"),
]


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return objects(tmp_path_factory.mktemp("mutation"), "unit/test_store_tombstones.c", "support/site.c")


@pytest.mark.parametrize("name, rule, mutated, case", [m[1:] for m in AGAIN], ids=[m[0] for m in AGAIN])
def test_without_the_rule_a_key_is_the_user(tmp_path, keys, name, rule, mutated, case):
    assert run(tmp_path, keys, case=case).returncode == 0
    case_breaks(run(tmp_path, keys, mutant(tmp_path, [STORE / name], rule, mutated), case=case))


def rules():
    return [([STORE / m[1]], m[2]) for m in MUTATIONS + AGAIN]
