"""Each rule of the import's machine, taken out of the source, must make its case fail."""
import pytest

from mutants import ROOT, case_breaks, mutant, objects, run

BATCH = ROOT / "src/bulk/batch"
WALKS = "every_user_ends_linked_or_held_whatever_the_tenant_does"
SUMMARY = "a_summary_that_does_not_account_for_everybody_links_nobody_unseen"
INTERRUPTED = "an_interrupted_run_frees_what_was_not_sent_and_leaves_live_jobs_on_record"
OURS = "somebody_elses_id_or_email_is_not_ours"

# (what is lost, the file, the rule as it stands, what a careless edit would leave, the case that must break)
MUTATIONS = [
    ("a summary need not add up", "job_state.c",
     "(size_t)job->inserted + (size_t)job->failed == state->n;", "true;", SUMMARY),
    ("a summary need not be there", "job_state.c", "job->has_summary && ", "", SUMMARY),
    ("who was updated counts as made", "job_state.c", "job->updated == 0 && ", "", SUMMARY),
    ("a typed job is believed", "job_state.c", "!state->by_hand && ", "", "a_job_that_somebody_typed_links_nobody_by_itself"),
    ("somebody else's account is linked", "job_state.c",
     "strcmp(user->user_id, row->auth0_id) == 0 &&", "", OURS),
    ("another e-mail is linked", "job_state.c",
     "a0_ascii_equal_ignoring_case(user->email, row->email);", "true;", OURS),
    ("a hint links", "job_state.c",
     "all || known[i] ? A0_ROW_LOOK : A0_ROW_AGAIN;", "known[i] ? A0_ROW_LINK : A0_ROW_AGAIN;", WALKS),
    ("a failed job's users are forgotten", "job_state.c",
     "        every_open_row(state, A0_ROW_AGAIN);\n        state->split = true;\n    } else if",
     "        every_open_row(state, A0_ROW_FREE);\n    } else if", WALKS),
    ("a job is waited for without end", "job_state.c",
     "when.now_ms >= state->ends_ms", "false", "a_job_that_never_ends_is_given_up_after_its_two_hours"),
    ("the rate limit's wait is not heeded", "job_state.c",
     "wait > pause_ms ? wait : pause_ms", "wait", "a_rate_limit_is_waited_out_and_full_slots_are_no_trouble"),
    ("a tenant in trouble is waited for without end", "job_state.c",
     "when.now_ms - state->trouble_since_ms < A0_JOB_TROUBLE_MS ? A0_GO_ON : A0_STOP;", "A0_GO_ON;",
     "an_outage_ends_the_run_after_a_quarter_of_an_hour_with_everything_on_record"),
    ("one user is blamed for the tenant's failure", "job_state.c",
     "failed_alone ? !state->doubtful : last", "failed_alone || last",
     "a_row_is_to_blame_for_a_job_only_if_others_complete"),
    ("a request that nobody's row spoilt is split", "scheduler.c",
     "what == A0_SUBMIT_REFUSED && !scheduler->ever_accepted", "false",
     "a_request_that_is_refused_before_anything_was_taken_is_no_rows_fault"),
    ("a third job", "scheduler.c", "live < A0_SCHEDULER_LIVE_MAX;", "live <= A0_SCHEDULER_LIVE_MAX;", WALKS),
    ("an interrupted run goes on", "scheduler.c",
     "    if (scheduler->draining)\n        return land(scheduler, now_ms);\n", "", INTERRUPTED),
    ("who may have been made is freed", "scheduler.c",
     "state->due == A0_DUE_SUBMIT && !state->sent", "state->due == A0_DUE_SUBMIT", INTERRUPTED),
    ("a hash that is there is taken for a bad one", "row_errors.c",
     'strstr(cause->message, "already has password hash") != NULL', "false",
     "what_was_made_earlier_is_linked_with_the_mark_that_the_tenant_has"),
    ("what is wrong hides who exists", "row_errors.c",
     "[A0_CAUSE_EMAIL_TAKEN] = 7", "[A0_CAUSE_EMAIL_TAKEN] = 1", "of_several_causes_who_exists_decides"),
    ("a code of tomorrow is sent again and again", "job_state.c", "row->cause == A0_CAUSE_UNKNOWN || ", "",
     "a_code_of_tomorrow_costs_one_look_and_no_second_submission"),
    ("who is twice in a file is sent again and again", "job_state.c", " || row->cause == A0_CAUSE_TWICE", "",
     "who_is_twice_in_a_file_is_not_sent_again"),
    ("a taken user name is called half-created", "job_state.c",
     "    if (!taken && row->username != NULL && is_obstructed(row))\n        row->disposition = A0_ROW_LOOK_NAME;\n    else\n",
     "", "a_taken_user_name_is_told_from_a_half_created_user"),
    ("a search that was throttled says that nobody has the name", "job_state.c",
     "    if (auth0db_outcome_is_trouble(outcome))\n        return trouble(state, outcome, when);\n"
     "    a0_batch_row *row", "    a0_batch_row *row",
     "a_search_that_cannot_be_had_is_waited_for_and_names_nobody"),
    ("a search that failed names somebody", "job_state.c",
     "outcome == AUTH0DB_OUTCOME_OK && somebody)\n        row->cause", "somebody)\n        row->cause",
     "a_search_that_cannot_be_had_is_waited_for_and_names_nobody"),
    ("what somebody typed decides what a refusal means", "row_errors.c",
     "return codes[i].cause == A0_CAUSE_HALF_CREATED ? duplicated(cause) : codes[i].cause;",
     "return duplicated(cause) == A0_CAUSE_TAKEN ? A0_CAUSE_TAKEN : codes[i].cause;",
     "every_code_has_its_reason"),
]


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    return objects(tmp_path_factory.mktemp("mutation"), "unit/test_import.c")


@pytest.mark.parametrize("case", sorted({m[4] for m in MUTATIONS}))
def test_the_machine_as_it_is_passes(tmp_path, suite, case):
    result = run(tmp_path, suite, case=case)
    assert result.returncode == 0 and "Checks: 1," in result.stdout, result.stdout


@pytest.mark.parametrize("name, rule, mutated, case", [m[1:] for m in MUTATIONS], ids=[m[0] for m in MUTATIONS])
def test_without_the_rule_its_case_fails(tmp_path, suite, name, rule, mutated, case):
    case_breaks(run(tmp_path, suite, mutant(tmp_path, [BATCH / name], rule, mutated), case=case))


# --- who is meant: plan, import and export ask one place ---

MEANT = "inactive_users_stay_unless_they_are_asked_for"
# (what is lost, the file, the rule as it stands, what a careless edit would leave)
SELECTIONS = [
    ("inactive users are imported unasked", "select.c",
     "return !record->active && !selection->with_inactive;", "return false;"),
    ("nothing takes inactive users along", "select.c",
     "return !record->active && !selection->with_inactive;", "return !record->active;"),
    ("one of two opposite words is passed over", "select.c", "if (s.only_active && s.with_inactive)", "if (false)"),
    ("who stays here is counted with those whom an option has left out", "report/survey.c",
     "    else if (inactive)\n        s->inactive++;\n", ""),
]


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    return objects(tmp_path_factory.mktemp("mutation"), "unit/test_plan.c")


def test_the_selection_as_it_is_passes(tmp_path, plans):
    result = run(tmp_path, plans, case=MEANT)
    assert result.returncode == 0 and "Checks: 1," in result.stdout, result.stdout


@pytest.mark.parametrize("name, rule, mutated", [m[1:] for m in SELECTIONS], ids=[m[0] for m in SELECTIONS])
def test_without_its_rule_the_selection_fails(tmp_path, plans, name, rule, mutated):
    case_breaks(run(tmp_path, plans, mutant(tmp_path, [ROOT / "src/bulk" / name], rule, mutated), case=MEANT))


def rules():
    return [([BATCH / m[1]], m[2]) for m in MUTATIONS] + [([ROOT / "src/bulk" / m[1]], m[2]) for m in SELECTIONS]
