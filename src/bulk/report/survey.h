/* The one pass over a site's users in which plan and import decide, and what was counted. */
#ifndef A0_BULK_REPORT_SURVEY_H
#define A0_BULK_REPORT_SURVEY_H

#include "bulk/assess/hash_kinds.h"
#include "bulk/assess/shared.h"
#include "bulk/bulk_int.h"

enum {
    A0_NOTES = 5, /* bits of a0_assessment.notes */
    A0_LEFT_MAX = A0_MFA_SOURCES_MAX + 1,
    A0_REASONS_MAX = 64 /* (reason, detail): both are ours, so they are few */
};

typedef struct a0_survey {
    uint64_t users;           /* all there are */
    uint64_t not_selected;    /* of them, not meant, or past the limit */
    uint64_t inactive;        /* of them, neither linked nor claimed: they stay here */
    uint64_t linked, claimed; /* selected, or inactive: and done, or under way */
    uint64_t dispositions[A0_DISPOSITIONS]; /* all others */
    struct a0_reason_count {
        auth0db_holdout reason;
        const char *detail; /* static */
        a0_disposition disposition;
        uint64_t users;
    } reasons[A0_REASONS_MAX];
    size_t n_reasons;
    uint64_t conversions[AUTH0DB_CONVERSION_COUNT];
    uint64_t notes[A0_NOTES]; /* of users who move */
    uint64_t mfa_moves;       /* factors of users who move */
    struct a0_left_behind {   /* their other factors, and how many users have such ones */
        const char *label;    /* the source's, which lives as long as the store */
        uint64_t users;
    } mfa_left[A0_LEFT_MAX];
    size_t n_left;
    a0_hash_kinds hash_kinds;
    uint64_t jobs, job_bytes; /* bytes of the arrays */
    uint64_t last_job_bytes;  /* of the last one, which need not be full */
    a0_shared_counts shared;
} a0_survey;

/* What every pass needs to decide; made once, used by plan and import alike. */
typedef struct a0_decision {
    a0_selection selection;
    a0_assess_rules rules;
    a0_shared *shared;
} a0_decision;

/** Reads the site's e-mails (once, or twice for most-recent). a0_decision_clear always. */
A0_MUST_CHECK int a0_decide(a0_decision *out, auth0db_bulk *bulk, const a0_selection *selection,
                            const a0_assess_rules *rules, auth0db_error *err);
void a0_decision_clear(a0_decision *decision);
/** a0_assess, then a0_shared_apply. */
void a0_decision_assess(const a0_decision *decision, const a0_record *record, a0_assessment *out);

/** Bytes that the JSON array of a job may have. `connection_id` "" stands for one not known yet. */
size_t a0_bulk_room(const char *connection_id);

/** Decide and count every user. `held` (may be NULL) is told of each that is a holdout or must be
 * reset. Changes nothing. */
A0_MUST_CHECK int a0_survey_run(a0_survey *out, auth0db_bulk *bulk, a0_decision *decision,
                                size_t room, auth0db_held_fn held, void *held_ctx,
                                auth0db_error *err);

/** The report's common part, as new members of `report`. False: no memory. */
A0_MUST_CHECK bool a0_survey_emit(const a0_survey *survey, const a0_decision *decision,
                                  json_t *report);

#endif
