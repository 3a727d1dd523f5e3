/* One user as the import's JSON, without a tree to allocate: a0_row_bound is room enough, so that
 * nothing here checks again. Members whose value is the schema's default are left out. */
#include <string.h>

#include "base/secret.h"
#include "base/utf8.h"
#include "bulk/assess/factors.h"
#include "bulk/batch/buffer.h"

enum {
    PREFIX_LEN = 6,  /* "auth0|", which Auth0 adds itself */
    ESCAPED_MAX = 6, /* one byte as \u001f */
    FRAME_MAX = 512, /* all member names and punctuation */
    LEGACY_MAX = 600 /* bytes: Django's longest user name has 150 characters */
};

/* Each part at its longest. Too little here would be a write past the end, for nothing below
 * looks. */
size_t a0_row_bound(const a0_record *record)
{
    const size_t names = 2 * (size_t)A0_PERSON_NAME_MAX * ESCAPED_MAX; /* >= 4 bytes a character */
    return FRAME_MAX + A0_EMAIL_MAX + AUTH0DB_ID_SIZE + A0_USERNAME_MAX + names +
           (size_t)LEGACY_MAX * ESCAPED_MAX + (size_t)A0_FACTORS_MAX * A0_FACTOR_JSON_MAX +
           AUTH0DB_CONVERTED_MAX(record->password.len);
}

static inline char *put_bytes(char *p, const void *data, size_t len)
{
    memcpy(p, data, len);
    return p + len;
}

static inline char *put(char *p, const char *text)
{
    return put_bytes(p, text, strlen(text));
}

static inline char *put_lower(char *p, a0_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = ((const char *)s.data)[i];
        *p++ = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return p;
}

/* UTF-8 stays as it is. Only what JSON demands: every byte counts where a file ends at the tenant's
 * limit. */
static char *put_escaped(char *p, const char *text, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20) {
            p = put(p, "\\u00");
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
            continue;
        }
        if (c == '"' || c == '\\')
            *p++ = '\\';
        *p++ = (char)c;
    }
    return p;
}

static char *put_name(char *p, const char *member, a0_slice name)
{
    if (name.len == 0)
        return p;
    p = put(p, member);
    p = put_escaped(p, name.data, name.len);
    *p++ = '"';
    return p;
}

/* None of the characters of kind, member and value needs escaping. The same rows in the same
 * order as assess.c has counted them, by the same function: what the plan says of them is what is
 * sent. */
static char *put_factors(char *p, const a0_record *record, unsigned moving)
{
    a0_factor factor;
    char before = '[';
    if (moving == 0)
        return p;
    p = put(p, ",\"mfa_factors\":");
    for (unsigned i = 0; i < record->n_mfa && moving > 0; i++) {
        if (!a0_factor_read(&record->mfa[i], &factor))
            continue;
        moving--;
        *p++ = before;
        before = ',';
        p = put(put(put(p, "{\""), factor.kind), "\":{\"");
        p = put(put(put(p, factor.member), "\":\""), factor.value);
        p = put(p, "\"}}");
    }
    /* The file itself keeps the secrets until it is sent; no copy stays on the stack. */
    a0_wipe(&factor, sizeof factor);
    return put(p, "]");
}

/* A name that were cut would be another's. */
static a0_slice legacy_username(const a0_record *record, const a0_assess_rules *rules)
{
    const a0_slice name = record->username;
    const bool wanted = rules->legacy_username && !rules->require_username;
    if (!wanted || name.len == 0 || name.len > LEGACY_MAX ||
        memchr(name.data, '\0', name.len) != NULL || !a0_utf8_valid(name.data, name.len))
        return (a0_slice){NULL, 0};
    return name;
}

static char *put_metadata(char *p, const a0_record *record, const a0_assess_rules *rules)
{
    const a0_slice name = legacy_username(record, rules);
    if (record->active && name.len == 0)
        return p;
    p = put(p, ",\"app_metadata\":{");
    /* By our mark a sync may lift the block again, once the user is active here (S11). */
    if (!record->active)
        p = put(p, "\"" AUTH0DB_BLOCK_MARK "\":true");
    p = put_name(p, record->active ? "\"username\":\"" : ",\"username\":\"", name);
    return put(p, "}");
}

/* The e-mail and the user name in lower case, as Auth0 keeps them. */
static char *put_row(char *p, const a0_record *record, const a0_assessment *assessment,
                     const a0_assess_rules *rules, const char *id)
{
    p = put_lower(put(p, "{\"email\":\""), record->email);
    if (record->email_verified)
        p = put(p, "\",\"email_verified\":true,\"user_id\":\"");
    else
        p = put(p, "\",\"user_id\":\"");
    p = put(p, id);
    if (rules->require_username)
        p = put_lower(put(p, "\",\"username\":\""), record->username);
    *p++ = '"';
    p = put_name(p, ",\"given_name\":\"", assessment->given_name);
    p = put_name(p, ",\"family_name\":\"", assessment->family_name);
    if (!record->active)
        p = put(p, ",\"blocked\":true");
    p = put_metadata(p, record, rules);
    p = put(p, ",\"custom_password_hash\":");
    p = a0_hash_write_json(&assessment->hash, record->password, true, p);
    p = put_factors(p, record, assessment->mfa_moves);
    return put(p, "}");
}

bool a0_row_write(a0_buf *out, const a0_record *record, const a0_assessment *assessment,
                  const a0_assess_rules *rules, const char *auth0_id, size_t max)
{
    char *start = out->data + out->len;
    /* Written first and measured then: by its upper bound a row would be turned away that fits. */
    size_t len = (size_t)(put_row(start, record, assessment, rules, auth0_id + PREFIX_LEN) - start);
    if (len > max) {
        a0_wipe(start, len);
        return false;
    }
    out->len += len;
    out->data[out->len] = '\0';
    return true;
}

void a0_row_email(const a0_record *record, char *out)
{
    *put_lower(out, record->email) = '\0';
}
