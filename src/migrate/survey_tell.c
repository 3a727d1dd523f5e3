/* A survey as JSON; docs/bulk.md says what each member means. */
#include <string.h>

#include "migrate/pack.h"
#include "migrate/survey.h"

static json_int_t number(uint64_t n)
{
    return n < INT64_MAX ? (json_int_t)n : INT64_MAX;
}

static bool set(json_t *object, const char *member, json_t *value)
{
    return json_object_set_new(object, member, value) == 0; /* takes value over, also if NULL */
}

static bool set_number(json_t *object, const char *member, uint64_t n)
{
    return set(object, member, json_integer(number(n)));
}

static bool add(json_t *array, json_t *value)
{
    return json_array_append_new(array, value) == 0;
}

/* --- reasons --------------------------------------------------------------------------------- */

static bool tell_details(json_t *details, const a0_survey *s, auth0db_holdout reason,
                         uint64_t *users)
{
    bool ok = true;
    for (size_t i = 0; i < s->n_reasons && ok; i++) {
        if (s->reasons[i].reason != reason)
            continue;
        *users += s->reasons[i].users;
        ok = add(details, json_pack("{s:s, s:I}", "detail", s->reasons[i].detail, "users",
                                    number(s->reasons[i].users)));
    }
    return ok;
}

static json_t *tell_reasons(const a0_survey *s)
{
    json_t *reasons = json_array();
    bool ok = reasons != NULL;
    for (int reason = 1; reason < AUTH0DB_HOLDOUT_COUNT && ok; reason++) {
        uint64_t users = 0;
        json_t *details = json_array();
        ok = details != NULL && tell_details(details, s, (auth0db_holdout)reason, &users);
        if (ok && users > 0)
            ok = add(reasons, json_pack("{s:s, s:I, s:O}", "reason",
                                        auth0db_holdout_name((auth0db_holdout)reason), "users",
                                        number(users), "details", details));
        json_decref(details);
    }
    if (ok)
        return reasons;
    json_decref(reasons);
    return NULL;
}

/* --- hashers --------------------------------------------------------------------------------- */

static bool tell_argon2(json_t *out, const auth0db_hash_params *p)
{
    static const char *const types[] = {"argon2id", "argon2i", "argon2d"};
    return set(out, "type",
               json_string((unsigned)p->argon2_type < A0_COUNT(types) ? types[p->argon2_type]
                                                                      : "argon2")) &&
           set_number(out, "version", p->argon2_version) && set_number(out, "m", p->m_kib) &&
           set_number(out, "t", p->t) && set_number(out, "p", p->p) &&
           set_number(out, "hash_length", p->hash_len);
}

static bool tell_parameters(json_t *out, const auth0db_hash_params *p)
{
    const char variant[] = {'2', p->variant, '\0'};
    switch (p->hasher) {
    case AUTH0DB_HASHER_PBKDF2_SHA256:
    case AUTH0DB_HASHER_PBKDF2_SHA1:
        return set_number(out, "iterations", p->iterations);
    case AUTH0DB_HASHER_BCRYPT:
    case AUTH0DB_HASHER_BCRYPT_SHA256:
        return set(out, "variant", json_string(variant)) && set_number(out, "cost", p->cost);
    case AUTH0DB_HASHER_SCRYPT:
        return set_number(out, "n", p->n) && set_number(out, "r", p->r) &&
               set_number(out, "p", p->p);
    case AUTH0DB_HASHER_ARGON2:
        return tell_argon2(out, p);
    default:
        return true;
    }
}

/* Where nothing was read, there is nothing to tell. */
static bool was_read(auth0db_conversion conversion)
{
    return conversion != AUTH0DB_CONVERT_MALFORMED && conversion != AUTH0DB_CONVERT_OVER_LONG;
}

static json_t *tell_kind(const struct a0_kind *kind)
{
    json_t *told = json_object(), *parameters = json_object();
    bool ok = told != NULL && parameters != NULL &&
              set(told, "hasher", json_string(auth0db_hasher_name(kind->params.hasher))) &&
              set(told, "conversion", json_string(auth0db_conversion_code(kind->conversion))) &&
              (!was_read(kind->conversion) || tell_parameters(parameters, &kind->params)) &&
              set(told, "parameters", json_incref(parameters)) &&
              set_number(told, "users", kind->users) && set_number(told, "moves", kind->moves);
    json_decref(parameters);
    if (ok)
        return told;
    json_decref(told);
    return NULL;
}

static bool tell_hashers(const a0_survey *s, json_t *report)
{
    json_t *hashers = json_array();
    bool ok = hashers != NULL;
    for (size_t i = 0; i < s->buckets.n && ok; i++)
        ok = add(hashers, tell_kind(&s->buckets.kinds[i]));
    return set(report, "hashers", hashers) && ok &&
           set(report, "other_hashers",
               json_pack("{s:I, s:I}", "users", number(s->buckets.others.users), "moves",
                         number(s->buckets.others.moves)));
}

/* --- the rest -------------------------------------------------------------------------------- */

static bool tell_conversions(const a0_survey *s, json_t *report)
{
    json_t *told = json_object();
    bool ok = told != NULL;
    for (int i = 0; i < AUTH0DB_CONVERSION_COUNT && ok; i++)
        ok = s->conversions[i] == 0 ||
             set_number(told, auth0db_conversion_code((auth0db_conversion)i), s->conversions[i]);
    return set(report, "conversions", told) && ok;
}

static bool tell_shared(const a0_survey *s, const a0_decision *decision, json_t *report)
{
    const a0_shared_counts *n = &s->shared;
    const char *how =
        decision->selection.duplicates == AUTH0DB_DUPLICATES_SKIP ? "skip" : "most-recent";
    return set(report, "shared_emails",
               json_pack("{s:s, s:I, s:I, s:I}", "duplicates", how, "groups", number(n->groups),
                         "users", number(n->users), "most_recent_moves", number(n->would_move))) &&
           set(report, "shared_usernames",
               json_pack("{s:I, s:I}", "groups", number(n->name_groups), "users",
                         number(n->name_users)));
}

static bool tell_notes(const a0_survey *s, json_t *report)
{
    static const char *const names[A0_NOTES] = {"name-cut", "name-left-out", "mfa-left-behind",
                                                "blocked", "unconfirmed-hash"};
    json_t *told = json_object();
    bool ok = told != NULL;
    for (size_t i = 0; i < A0_NOTES && ok; i++)
        ok = set_number(told, names[i], s->notes[i]);
    return set(report, "notes", told) && ok &&
           set(report, "mfa",
               json_pack("{s:I, s:I, s:I}", "users", number(s->mfa_users), "factors_move",
                         number(s->mfa_moves), "factors_stay", number(s->mfa_stays)));
}

bool a0_survey_tell(const a0_survey *s, const a0_decision *decision, json_t *report)
{
    return set_number(report, "users", s->users) &&
           set_number(report, "moves", s->fates[A0_MOVES]) &&
           set_number(report, "must_reset", s->fates[A0_MUST_RESET]) &&
           set_number(report, "holdouts", s->fates[A0_HOLDOUT]) &&
           set_number(report, "migrated", s->linked) &&
           set_number(report, "in_flight", s->claimed) &&
           set_number(report, "not_selected", s->not_selected) &&
           set_number(report, "over_limit", s->over_limit) &&
           set(report, "reasons", tell_reasons(s)) && tell_hashers(s, report) &&
           tell_conversions(s, report) && tell_shared(s, decision, report) && tell_notes(s, report);
}
