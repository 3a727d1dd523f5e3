/* What makes two hashes one kind. Where a parameter is missing here, one canary speaks for hashes
 * that cost the tenant something else, and perhaps fail there. */
#include "bulk/assess/hash_kind.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void argon2_label(const auth0db_hash_params *p, char out[A0_HASH_KIND_LABEL_SIZE])
{
    static const char *const types[] = {
        [AUTH0DB_ARGON2ID] = "argon2id",
        [AUTH0DB_ARGON2I] = "argon2i",
        [AUTH0DB_ARGON2D] = "argon2d",
    };
    /* the usual version and length go without saying */
    int len = snprintf(out, A0_HASH_KIND_LABEL_SIZE, "%s m=%" PRIu32 " t=%" PRIu32 " p=%" PRIu32,
                       types[p->argon2_type], p->m_kib, p->t, p->p);
    if (p->argon2_version != 0x13)
        len += snprintf(out + len, A0_HASH_KIND_LABEL_SIZE - (size_t)len, " v=%" PRIu32,
                        p->argon2_version);
    if (p->hash_len != 32)
        snprintf(out + len, A0_HASH_KIND_LABEL_SIZE - (size_t)len, " length=%" PRIu32, p->hash_len);
}

void a0_hash_kind_label(const auth0db_hash_params *p, char out[A0_HASH_KIND_LABEL_SIZE])
{
    out[0] = '\0';
    switch (p->hasher) {
    case AUTH0DB_HASHER_PBKDF2_SHA256:
    case AUTH0DB_HASHER_PBKDF2_SHA1:
        snprintf(out, A0_HASH_KIND_LABEL_SIZE, "iterations=%" PRIu32, p->iterations);
        break;
    case AUTH0DB_HASHER_BCRYPT:
    case AUTH0DB_HASHER_BCRYPT_SHA256:
        snprintf(out, A0_HASH_KIND_LABEL_SIZE, "variant=2%c cost=%" PRIu32,
                 p->variant != '\0' ? p->variant : '?', p->cost);
        break;
    case AUTH0DB_HASHER_SCRYPT:
        snprintf(out, A0_HASH_KIND_LABEL_SIZE, "n=%" PRIu64 " r=%" PRIu32 " p=%" PRIu32, p->n, p->r,
                 p->p);
        break;
    case AUTH0DB_HASHER_ARGON2:
        argon2_label(p, out);
        break;
    default:
        break;
    }
}

/* The label of a kind has one spelling, so people may copy it from a report of `plan` or `watch`.
 */
bool a0_hash_kind_is(const auth0db_hash_params *params, const char *kind)
{
    const char *hasher = auth0db_hasher_name(params->hasher);
    const size_t len = strlen(hasher);
    char label[A0_HASH_KIND_LABEL_SIZE];
    if (strncmp(kind, hasher, len) != 0)
        return false;
    a0_hash_kind_label(params, label);
    return kind[len] == '\0' || (kind[len] == ' ' && strcmp(kind + len + 1, label) == 0);
}

bool a0_hash_kind_equal(const auth0db_hash_params *a, const auth0db_hash_params *b)
{
    return a->hasher == b->hasher && a->iterations == b->iterations && a->cost == b->cost &&
           a->variant == b->variant && a->n == b->n && a->r == b->r && a->p == b->p &&
           a->t == b->t && a->m_kib == b->m_kib && a->argon2_type == b->argon2_type &&
           a->argon2_version == b->argon2_version && a->hash_len == b->hash_len;
}
