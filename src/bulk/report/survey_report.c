/* A survey as JSON; docs/bulk.md says what each member means. It decides nothing but the order. All
 * that fails here is memory, and then the report is not told at all: half of one would be read as
 * the whole. */
#include <stdlib.h>
#include <string.h>

#include "bulk/assess/hash_kind.h"
#include "bulk/report/survey.h"

/* The JSON library's integers have a sign; a count past them stays at the end. */
static json_int_t number(uint64_t n)
{
    return n < INT64_MAX ? (json_int_t)n : INT64_MAX;
}

/* Take the value over, NULL too. */
static bool set(json_t *object, const char *member, json_t *value)
{
    return json_object_set_new(object, member, value) == 0;
}

static bool add(json_t *array, json_t *value)
{
    return json_array_append_new(array, value) == 0;
}

static json_t *emit_reasons(const a0_survey *s)
{
    json_t *reasons = json_array();
    bool ok = reasons != NULL;
    /* In the order in which the reasons apply, not in that of the users. */
    for (int reason = 1; reason < AUTH0DB_HOLDOUT_COUNT && ok; reason++) {
        for (size_t i = 0; i < s->n_reasons && ok; i++) {
            if ((int)s->reasons[i].reason != reason)
                continue;
            ok =
                add(reasons, json_pack("{s:s, s:s, s:I}", "reason",
                                       auth0db_holdout_name(s->reasons[i].reason), "detail",
                                       s->reasons[i].detail, "users", number(s->reasons[i].users)));
        }
    }
    if (ok)
        return reasons;
    json_decref(reasons);
    return NULL;
}

/* --- hashers --------------------------------------------------------------------------------- */

static const char *fate_of(auth0db_conversion conversion)
{
    switch (conversion) {
    case AUTH0DB_CONVERTED:
    case AUTH0DB_CONVERTED_UNCONFIRMED:
        return "moves";
    case AUTH0DB_CONVERT_MALFORMED:
    case AUTH0DB_CONVERT_OVER_LONG:
        return auth0db_holdout_name(AUTH0DB_HOLDOUT_BAD_HASH);
    default:
        return auth0db_holdout_name(AUTH0DB_HOLDOUT_MUST_RESET);
    }
}

static json_t *emit_kind(const struct a0_hash_kind *kind, const a0_unproven *unproven)
{
    char label[A0_HASH_KIND_LABEL_SIZE] = "";
    const char *disposition = fate_of(kind->conversion);
    /* As assess.c has it: the site's own way with a hash only matters where it could travel. */
    if (strcmp(disposition, "moves") == 0 && a0_unproven_by(unproven, kind->params.hasher) != NULL)
        disposition = auth0db_holdout_name(AUTH0DB_HOLDOUT_SITE_HASHER);
    if (strcmp(disposition, "bad-hash") != 0) /* nothing was read of what is damaged */
        a0_hash_kind_label(&kind->params, label);
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "hasher",
                     auth0db_hasher_name(kind->params.hasher), "parameters", label, "fate",
                     disposition, "conversion", auth0db_conversion_code(kind->conversion), "users",
                     number(kind->users), "moves", number(kind->moves));
}

static int most_users_first(const void *a, const void *b)
{
    const struct a0_hash_kind *const *x = a, *const *y = b;
    return ((*x)->users < (*y)->users) - ((*x)->users > (*y)->users);
}

/* What no canary can be sent for is told as what will become of it. */
static json_t *emit_hashers(const a0_survey *s, const a0_unproven *unproven)
{
    const struct a0_hash_kind *kinds[A0_HASH_KINDS_MAX];
    json_t *hashers = json_array();
    bool ok = hashers != NULL;
    for (size_t i = 0; i < s->hash_kinds.n; i++)
        kinds[i] = &s->hash_kinds.kinds[i];
    qsort(kinds, s->hash_kinds.n, sizeof kinds[0], most_users_first);
    for (size_t i = 0; i < s->hash_kinds.n && ok; i++)
        ok = add(hashers, emit_kind(kinds[i], unproven));
    if (ok && s->hash_kinds.others.users > 0)
        ok = add(hashers, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "hasher", "others",
                                    "parameters", "of too many kinds", "fate", "canary-failed",
                                    "conversion", "ok", "users", number(s->hash_kinds.others.users),
                                    "moves", number(s->hash_kinds.others.moves)));
    if (ok)
        return hashers;
    json_decref(hashers);
    return NULL;
}

static json_t *emit_conversions(const a0_survey *s)
{
    json_t *told = json_object();
    bool ok = told != NULL;
    for (int i = 0; i < AUTH0DB_CONVERSION_COUNT && ok; i++)
        ok = s->conversions[i] == 0 || set(told, auth0db_conversion_code((auth0db_conversion)i),
                                           json_integer(number(s->conversions[i])));
    if (ok)
        return told;
    json_decref(told);
    return NULL;
}

/* --- sharing, notes, second factors ---------------------------------------------------------- */

static json_t *emit_emails(const a0_survey *s, auth0db_duplicates duplicates)
{
    return json_pack("{s:s, s:I, s:I, s:I}", "policy",
                     duplicates == AUTH0DB_DUPLICATES_SKIP ? "skip" : "most-recent", "groups",
                     number(s->shared.groups), "users", number(s->shared.users), "would_move",
                     number(s->shared.would_move));
}

static json_t *emit_names(const a0_survey *s)
{
    return json_pack("{s:I, s:I}", "groups", number(s->shared.name_groups), "users",
                     number(s->shared.name_users));
}

static json_t *emit_notes(const a0_survey *s)
{
    static const struct {
        const char *note, *message;
    } notes[A0_NOTES] = {
        {"name-cut", "a name is cut to 150 characters"},
        {"name-left-out", "a name that is not text is left out"},
        {"mfa-left-behind", "without a second factor that they have"},
        {"blocked", "blocked at the tenant, because inactive on the site"},
        {"unconfirmed-hash", "argon2i, which Auth0 does not promise to take"},
    };
    json_t *told = json_array();
    bool ok = told != NULL;
    for (size_t i = 0; i < A0_NOTES && ok; i++)
        ok = s->notes[i] == 0 ||
             add(told, json_pack("{s:s, s:s, s:I}", "note", notes[i].note, "message",
                                 notes[i].message, "users", number(s->notes[i])));
    if (ok)
        return told;
    json_decref(told);
    return NULL;
}

static json_t *emit_factors(const a0_survey *s, bool taken)
{
    json_t *left = json_array();
    bool ok = left != NULL;
    for (size_t i = 0; i < s->n_left && ok; i++)
        ok = add(left, json_pack("{s:s, s:I}", "label", s->mfa_left[i].label, "users",
                                 number(s->mfa_left[i].users)));
    json_t *told = ok ? json_pack("{s:b, s:I, s:O}", "taken", (int)taken, "moves",
                                  number(s->mfa_moves), "left_behind", left)
                      : NULL;
    json_decref(left);
    return told;
}

bool a0_survey_emit(const a0_survey *s, const a0_decision *decision, json_t *report)
{
    const bool asked = decision->rules.unproven != NULL && decision->rules.unproven->asked;
    return set(report, "site_hashers_asked", json_boolean(asked)) &&
           set(report, "users",
               json_pack("{s:I, s:I, s:I, s:I, s:I}", "all", number(s->users), "selected",
                         number(s->users - s->not_selected - s->inactive), "migrated",
                         number(s->linked), "in_flight", number(s->claimed), "inactive",
                         number(s->inactive))) &&
           set(report, "fates",
               json_pack("{s:I, s:I, s:I}", "moves", number(s->dispositions[A0_MOVES]),
                         "must_reset", number(s->dispositions[A0_MUST_RESET]), "holdouts",
                         number(s->dispositions[A0_HOLDOUT]))) &&
           set(report, "reasons", emit_reasons(s)) &&
           set(report, "hashers", emit_hashers(s, decision->rules.unproven)) &&
           set(report, "conversions", emit_conversions(s)) &&
           set(report, "shared_emails", emit_emails(s, decision->selection.duplicates)) &&
           set(report, "shared_usernames", emit_names(s)) && set(report, "notes", emit_notes(s)) &&
           set(report, "mfa", emit_factors(s, decision->rules.with_factors));
}
