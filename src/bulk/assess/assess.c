/* What one row says against its user, and in which order. Who shares an e-mail or a name needs the
 * other rows and is left to shared.c; whether a kind of hash works at the tenant is left to the
 * canaries. */
#include "bulk/assess/assess.h"

#include <string.h>

#include "base/secret.h"
#include "base/utf8.h"
#include "bulk/assess/factors.h"

/* --- text ----------------------------------------------------------------------------------- */

static bool is_text(a0_slice s)
{
    return s.len == 0 || a0_utf8_valid(s.data, s.len);
}

static bool has_nul(a0_slice s)
{
    return s.data != NULL && memchr(s.data, '\0', s.len) != NULL;
}

/* --- one question each. NULL: nothing against the user; else the detail. --------------------- */

static const char *bad_form(a0_slice email)
{
    if (email.len > A0_EMAIL_MAX)
        return "too-long";
    for (size_t i = 0; i < email.len; i++) {
        if (((const unsigned char *)email.data)[i] >= 0x80)
            return "not-ascii";
    }
    return "form";
}

/* The key names the user at the tenant for good, and C strings carry it. */
static const char *invalid(const a0_record *record, const a0_assess_rules *rules)
{
    if (record->key.len == 0 || !is_text(record->key) || has_nul(record->key))
        return "key";
    return rules->require_username && !is_text(record->username) ? "username-not-text" : NULL;
}

/* E.164, as Auth0 takes phone numbers. */
static bool is_phone(a0_slice name)
{
    enum { DIGITS_MAX = 15 };
    const char *text = name.data;
    for (size_t i = 1; i < name.len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    return name.len >= 2 && name.len <= 1 + DIGITS_MAX && text[0] == '+';
}

/* Length by the connection; unaccented letters, digits and these marks; nothing of an e-mail's form
 * ("Adding Username for Database Connections") but where the connection allows it. */
static const char *bad_username(const a0_record *record, const a0_assess_rules *rules)
{
    static const char marks[] = "_+-.!#$'^~@`";
    const unsigned least = rules->username_min > 0 ? rules->username_min : 1;
    unsigned most = rules->username_max > 0 ? rules->username_max : 15;
    const char *text = record->username.data;
    if (!rules->require_username)
        return NULL;
    if (record->username.len == 0)
        return "empty";
    for (size_t i = 0; i < record->username.len; i++) {
        char c = text[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) &&
            (c == '\0' || strchr(marks, c) == NULL))
            return "characters";
    }
    if (record->username.len < least)
        return "too-short";
    most = most < A0_USERNAME_MAX ? most : A0_USERNAME_MAX;
    if (record->username.len > most)
        return "too-long";
    if (!rules->username_may_be_email && a0_email_is_sendable(text, record->username.len))
        return "email";
    return rules->username_no_phone && is_phone(record->username) ? "phone" : NULL;
}

static bool converts(auth0db_conversion how)
{
    return how == AUTH0DB_CONVERTED || how == AUTH0DB_CONVERTED_UNCONFIRMED;
}

/* A NUL in a salt could be written in JSON, but one reader that stops at it would refuse the whole
 * file. */
static const char *bad_hash(a0_slice encoded, auth0db_conversion how)
{
    if (how == AUTH0DB_CONVERT_MALFORMED || how == AUTH0DB_CONVERT_OVER_LONG)
        return auth0db_conversion_code(how);
    return converts(how) && has_nul(encoded) ? "nul" : NULL;
}

/* --- holdouts on record --------------------------------------------------------------------- */

/* The parts of a login's fingerprint, and one more for the bulk lane: what an import could not
 * move, a login that holds the password itself still tries. */
static void fingerprint(const a0_record *record, bool bulk, char out[AUTH0DB_FINGERPRINT_SIZE])
{
    const a0_slice fields[] = {record->password, record->email, record->username};
    const char *parts[4] = {[3] = "bulk"};
    size_t lens[4] = {[3] = 4};
    for (size_t i = 0; i < A0_COUNT(fields); i++) {
        parts[i] = fields[i].data != NULL ? fields[i].data : "";
        lens[i] = fields[i].len;
    }
    auth0db_fingerprint(parts, lens, bulk ? 4 : 3, out);
}

void a0_bulk_digest(const a0_record *record, char out[AUTH0DB_FINGERPRINT_SIZE])
{
    fingerprint(record, true, out);
}

static bool equals(a0_slice s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

/* The other reasons are found again, or are about a typed password, which an import does not look
 * at. */
auth0db_holdout a0_standing(const a0_record *record)
{
    static const auth0db_holdout of_the_tenant[] = {
        AUTH0DB_HOLDOUT_FOREIGN_ACCOUNT, AUTH0DB_HOLDOUT_USERNAME_TAKEN,
        AUTH0DB_HOLDOUT_HALF_CREATED, AUTH0DB_HOLDOUT_TENANT_REFUSED};
    char now[AUTH0DB_FINGERPRINT_SIZE];
    if (record->holdout.data == NULL)
        return AUTH0DB_HOLDOUT_NONE;
    for (size_t i = 0; i < A0_COUNT(of_the_tenant); i++) {
        if (!equals(record->holdout, auth0db_holdout_name(of_the_tenant[i])))
            continue;
        for (int bulk = 0; bulk < 2; bulk++) {
            fingerprint(record, bulk == 1, now);
            /* Either lane may have recorded it: the tenant's word counts whoever asked. Without
             * SHA-256 nothing is equal, and the user is tried again. */
            if (now[0] != '\0' && equals(record->holdout_digest, now))
                return of_the_tenant[i];
        }
    }
    return AUTH0DB_HOLDOUT_NONE;
}

/* --- the decision --------------------------------------------------------------------------- */

/* The first reason stays, so the order of the calls is the order of the reasons in docs/bulk.md. */
static void hold(a0_assessment *out, auth0db_holdout reason, const char *detail)
{
    if (out->reason != AUTH0DB_HOLDOUT_NONE || detail == NULL)
        return;
    out->disposition = reason == AUTH0DB_HOLDOUT_MUST_RESET ? A0_MUST_RESET : A0_HOLDOUT;
    out->reason = reason;
    out->detail = detail;
}

static void hold_for_email(a0_assessment *out, a0_slice email)
{
    if (email.len == 0)
        hold(out, AUTH0DB_HOLDOUT_NO_EMAIL, "");
    else if (a0_email_is_sendable(email.data, email.len))
        return;
    else if (is_text(email))
        hold(out, AUTH0DB_HOLDOUT_BAD_EMAIL, bad_form(email));
    else
        hold(out, AUTH0DB_HOLDOUT_INVALID_USER, "email-not-text");
}

/* As much of a name as Auth0 takes, cut between characters. */
static a0_slice fit_name(a0_assessment *out, a0_slice name)
{
    const char *text = name.data;
    size_t at = 0, n;
    uint32_t c;
    for (unsigned chars = 0; at < name.len && chars < A0_PERSON_NAME_MAX; at += n, chars++) {
        /* A name that is half text would arrive as something else, so it is left out as a whole.
         * Only a name that is too long is cut: it still says who it is. */
        n = (unsigned char)text[at] < 0x80 ? 1 : a0_utf8_next(text + at, name.len - at, &c);
        if (n == 0 || text[at] == '\0') {
            out->notes |= A0_NOTE_NAME_LEFT_OUT;
            return (a0_slice){NULL, 0};
        }
    }
    if (at < name.len)
        out->notes |= A0_NOTE_NAME_CUT;
    return (a0_slice){name.data, at};
}

/* Who has a factor at the tenant is asked for it, and a login page of the site's own cannot ask: so
 * none goes before people log in at Universal Login. */
static void note_factors(a0_assessment *out, const a0_record *record, const a0_assess_rules *rules)
{
    a0_factor factor = {0};
    for (unsigned i = 0; rules->with_factors && i < record->n_mfa; i++) {
        if (out->mfa_moves < A0_FACTORS_MAX && a0_factor_read(&record->mfa[i], &factor))
            out->mfa_moves++;
    }
    if (record->n_mfa > 0)
        a0_wipe(&factor, sizeof factor);
    out->mfa_stays = record->n_mfa - out->mfa_moves + record->mfa_dropped;
    if (out->mfa_stays > 0)
        out->notes |= A0_NOTE_MFA_LEFT_BEHIND;
}

void a0_assess(const a0_record *record, const a0_assess_rules *rules, a0_assessment *out)
{
    out->disposition = A0_MOVES;
    out->reason = AUTH0DB_HOLDOUT_NONE;
    out->detail = "";
    out->notes = out->mfa_moves = out->mfa_stays = 0;
    const char *encoded = record->password.data != NULL ? record->password.data : "";
    int parsed = a0_hash_parse(&out->hash, encoded, record->password.len, NULL);
    out->conversion = a0_hash_convertible(&out->hash, parsed);
    out->params = out->hash.params;
    if (parsed != AUTH0DB_OK) /* as far as it was read, which nothing follows from */
        out->params = (auth0db_hash_params){.hasher = out->params.hasher};
    /* The salt is no part of a kind: a canary gets a random one of the usual length. */
    out->params.salt_len = 0;

    /* Who stays on the site comes first: nothing else about that user is of interest. */
    hold(out, AUTH0DB_HOLDOUT_KEEP_LOCAL, a0_kept_has(rules->kept, record->key) ? "" : NULL);
    hold(out, AUTH0DB_HOLDOUT_INVALID_USER, record->damage);
    hold_for_email(out, record->email);
    hold(out, AUTH0DB_HOLDOUT_INVALID_USER, invalid(record, rules));
    hold(out, AUTH0DB_HOLDOUT_BAD_USERNAME, bad_username(record, rules));
    hold(out, AUTH0DB_HOLDOUT_BAD_HASH, bad_hash(record->password, out->conversion));
    hold(out, AUTH0DB_HOLDOUT_TOO_LARGE, record->too_long ? "column" : NULL);
    if (converts(out->conversion)) /* what cannot travel anyhow has a reason of its own */
        hold(out, AUTH0DB_HOLDOUT_SITE_HASHER, a0_unproven_by(rules->unproven, out->params.hasher));
    else
        hold(out, AUTH0DB_HOLDOUT_MUST_RESET, auth0db_conversion_code(out->conversion));
    auth0db_holdout before = rules->retry_held ? AUTH0DB_HOLDOUT_NONE : a0_standing(record);
    if (before != AUTH0DB_HOLDOUT_NONE)
        hold(out, before, "on-record");
    /* A reminded user is at the tenant already, with a password that nobody knows. An import would
     * find the id, and link a hash that the tenant does not have. */
    hold(out, AUTH0DB_HOLDOUT_MUST_RESET, record->reminded ? "reminded" : NULL);

    out->given_name = fit_name(out, record->given_name);
    out->family_name = fit_name(out, record->family_name);
    note_factors(out, record, rules);
    if (!record->active)
        out->notes |= A0_NOTE_BLOCKED;
    if (out->conversion == AUTH0DB_CONVERTED_UNCONFIRMED)
        out->notes |= A0_NOTE_UNCONFIRMED_HASH;
}
