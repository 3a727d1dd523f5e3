/* The pass in which plan and import look at everybody: it decides with assess and counts. The
 * import decides by the same functions, so the two cannot differ. */
#include "bulk/report/survey.h"

#include <string.h>

#include "auth0/jobs.h"
#include "base/secret.h"
#include "bulk/assess/factors.h"
#include "bulk/batch/buffer.h"
#include "bulk/users.h"

/* --- what one row does not tell -------------------------------------------------------------- */

static int add(void *shared, const a0_record *record, auth0db_error *err)
{
    return a0_shared_add(shared, record) ? AUTH0DB_OK : a0_error_no_memory(err);
}

static int rank(void *shared, const a0_record *record, auth0db_error *err)
{
    a0_shared_rank(shared, record);
    return AUTH0DB_OK;
}

static int keep(void *shared, a0_slice key, a0_slice email)
{
    a0_shared_keep(shared, key, email);
    return AUTH0DB_OK;
}

/* Everybody is read, whoever is selected: who is left out still has the e-mail, and Auth0 takes it
 * once. What a person has chosen is read once the groups are known, and is outranked by nobody. */
int a0_decide(a0_decision *out, auth0db_bulk *bulk, const a0_selection *selection,
              const a0_assess_rules *rules, auth0db_error *err)
{
    *out = (a0_decision){.selection = *selection, .rules = *rules};
    out->rules.kept = &bulk->kept;
    out->rules.unproven = &bulk->unproven;
    out->rules.retry_held = selection->retry_held;
    out->rules.with_factors = selection->with_factors;
    a0_scan_options emails = {.since_login = A0_NO_TIME, .keys_and_emails = true};
    int rc = a0_shared_new(&out->shared, &bulk->env, rules, selection->duplicates, err);
    if (rc == AUTH0DB_OK)
        rc = a0_users_all(bulk, &emails, "emails", add, out->shared, err);
    if (rc == AUTH0DB_OK && !a0_shared_close(out->shared))
        rc = a0_error_no_memory(err);
    if (rc == AUTH0DB_OK)
        rc = a0_store_keeps(bulk->store, keep, out->shared, err);
    emails.with_state = true;
    if (rc == AUTH0DB_OK && a0_shared_wants_ranks(out->shared))
        rc = a0_users_all(bulk, &emails, "recent", rank, out->shared, err);
    return rc;
}

void a0_decision_clear(a0_decision *decision)
{
    a0_shared_free(decision->shared);
    decision->shared = NULL;
}

void a0_decision_assess(const a0_decision *decision, const a0_record *record, a0_assessment *out)
{
    a0_assess(record, &decision->rules, out);
    a0_shared_apply(decision->shared, record, out);
}

/* The frame of the request is measured with a name of the usual length, so that a batch fills the
 * rest to the byte. */
size_t a0_bulk_room(const char *connection_id)
{
    char external_id[A0_BULK_EXTERNAL_ID_LEN + 1];
    memset(external_id, 'x', sizeof external_id - 1);
    external_id[sizeof external_id - 1] = '\0';
    const a0_import empty = {.connection_id =
                                 connection_id[0] != '\0' ? connection_id : "con_0000000000000000",
                             .external_id = external_id};
    return A0_IMPORT_REQUEST_MAX - a0_import_request_size(&empty);
}

/* --- counting -------------------------------------------------------------------------------- */

typedef struct counter {
    a0_survey *survey;
    a0_decision *decision;
    a0_batch_buffer *buffer;
    auth0db_held_fn held;
    void *held_ctx;
} counter;

static void end_job(counter *c)
{
    a0_survey *s = c->survey;
    if (a0_batch_buffer_users(c->buffer) == 0)
        return;
    s->jobs++;
    s->last_job_bytes = a0_batch_buffer_json(c->buffer).len;
    s->job_bytes += s->last_job_bytes;
    a0_batch_buffer_clear(c->buffer);
}

/* As the import packs them. False: no memory. */
static bool buffer(counter *c, const a0_record *record, a0_assessment *assessment)
{
    a0_buffer_answer answer = a0_batch_buffer_add(c->buffer, record, assessment);
    if (answer == A0_BUFFER_FULL) {
        end_job(c);
        answer = a0_batch_buffer_add(c->buffer, record, assessment);
    }
    /* A holdout that only shows here: whether one user fits in a file is known once the row is
     * written. */
    if (answer == A0_BUFFER_TOO_BIG) {
        assessment->disposition = A0_HOLDOUT;
        assessment->reason = AUTH0DB_HOLDOUT_TOO_LARGE;
        assessment->detail = "fits in no import file";
    }
    return answer != A0_BUFFER_NO_MEMORY;
}

static void count_reason(a0_survey *s, const a0_assessment *assessment)
{
    size_t i = 0;
    while (i < s->n_reasons && (s->reasons[i].reason != assessment->reason ||
                                strcmp(s->reasons[i].detail, assessment->detail) != 0))
        i++;
    if (i == A0_REASONS_MAX)
        return; /* cannot be: there are not so many */
    if (i == s->n_reasons)
        s->reasons[s->n_reasons++] = (struct a0_reason_count){
            assessment->reason, assessment->detail, assessment->disposition, 0};
    s->reasons[i].users++;
}

static struct a0_left_behind *left_by(a0_survey *s, const char *label)
{
    size_t i = 0;
    while (i < s->n_left && strcmp(s->mfa_left[i].label, label) != 0)
        i++;
    if (i == s->n_left && s->n_left < A0_LEFT_MAX)
        s->mfa_left[s->n_left++].label = label;
    return &s->mfa_left[i < s->n_left ? i : s->n_left - 1];
}

/* A user counts once for every kind of factor that stays behind. */
static void count_left(a0_survey *s, const a0_record *record, unsigned moves)
{
    struct a0_left_behind *seen[A0_MFA_ROWS_MAX + 1];
    unsigned n = 0, moved = 0;
    a0_factor factor = {0};
    for (unsigned i = 0; i < record->n_mfa; i++) {
        if (moved < moves && a0_factor_read(&record->mfa[i], &factor))
            moved++;
        else
            seen[n++] = left_by(s, record->mfa[i].source->label);
    }
    a0_wipe(&factor, sizeof factor);
    if (record->mfa_dropped > 0)
        seen[n++] = left_by(s, "too many of one user");
    for (unsigned i = 0; i < n; i++) {
        unsigned before = 0;
        while (seen[before] != seen[i])
            before++;
        seen[i]->users += before == i;
    }
}

static void count_moving(counter *c, const a0_record *record, const a0_assessment *assessment)
{
    for (unsigned i = 0; assessment->notes != 0 && i < A0_NOTES; i++)
        c->survey->notes[i] += assessment->notes >> i & 1;
    c->survey->mfa_moves += assessment->mfa_moves;
    if (assessment->mfa_stays > 0)
        count_left(c->survey, record, assessment->mfa_moves);
}

/* Kinds too many are counted together: they get no canary, and do not move. */
static void count_hash(a0_survey *s, const a0_assessment *assessment)
{
    const bool moves = assessment->disposition == A0_MOVES;
    int kind = a0_hash_kinds_find(&s->hash_kinds, &assessment->params, assessment->conversion);
    s->conversions[assessment->conversion]++;
    if (kind == A0_HASH_KIND_NONE) {
        s->hash_kinds.others.users++;
        s->hash_kinds.others.moves += moves;
    } else {
        s->hash_kinds.kinds[kind].users++;
        s->hash_kinds.kinds[kind].moves += moves;
    }
}

static bool count_open(counter *c, const a0_record *record, a0_assessment *assessment)
{
    a0_survey *s = c->survey;
    /* First into the buffer: that may turn the user into a holdout, and is counted then. */
    if (assessment->disposition == A0_MOVES && !buffer(c, record, assessment))
        return false;
    s->dispositions[assessment->disposition]++;
    count_hash(s, assessment);
    if (assessment->disposition == A0_MOVES) {
        count_moving(c, record, assessment);
        return true;
    }
    count_reason(s, assessment);
    return a0_report_held(c->held, c->held_ctx, record, auth0db_holdout_name(assessment->reason),
                          assessment->detail);
}

static int count(void *ctx, const a0_record *record, auth0db_error *err)
{
    counter *c = ctx;
    a0_survey *s = c->survey;
    a0_assessment assessment = {.disposition = A0_HOLDOUT};
    const bool selected = a0_selects(&c->decision->selection, record);
    const bool inactive = a0_leaves_inactive(&c->decision->selection, record);
    /* Past the limit nobody is open, yet all are counted: who shares an e-mail is found among
     * everybody. */
    const bool over_limit = s->dispositions[A0_MOVES] >= c->decision->selection.limit;
    const bool open = !record->linked && !record->claimed && selected && !over_limit;
    s->users++;
    if (open)
        a0_assess(record, &c->decision->rules, &assessment);
    /* Everybody is told to it, also who is not open: a group's winner may be somebody who has
     * moved. */
    a0_shared_count_in(c->decision->shared, record, open ? &assessment : NULL);
    if (open)
        return count_open(c, record, &assessment) ? AUTH0DB_OK : a0_error_no_memory(err);
    if ((selected || inactive) && record->linked)
        s->linked++;
    else if ((selected || inactive) && record->claimed)
        s->claimed++;
    else if (inactive)
        s->inactive++;
    else
        s->not_selected++;
    return AUTH0DB_OK;
}

int a0_survey_run(a0_survey *out, auth0db_bulk *bulk, a0_decision *decision, size_t room,
                  auth0db_held_fn held, void *held_ctx, auth0db_error *err)
{
    counter c = {.survey = out, .decision = decision, .held = held, .held_ctx = held_ctx};
    *out = (a0_survey){0};
    /* A buffer that only counts: the plan packs as the import does, without keeping who is in
     * it. */
    c.buffer = a0_batch_buffer_new(NULL, &decision->rules, room);
    if (c.buffer == NULL)
        return a0_error_no_memory(err);
    const a0_scan_options everybody = {
        .since_login = A0_NO_TIME, .with_state = true, .with_details = held != NULL};
    int rc = a0_users_all(bulk, &everybody, "users", count, &c, err);
    if (rc == AUTH0DB_OK)
        end_job(&c);
    out->shared = a0_shared_count(decision->shared);
    a0_batch_buffer_free(c.buffer);
    return rc;
}
