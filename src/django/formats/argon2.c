/* argon2, as argon2-cffi writes it behind Django's name. Which parameters are too dear, and which
 * of it Auth0 can take. */
#include <inttypes.h>
#include <stdio.h>

#include "base/encode.h"
#include "base/secret.h"
#include "crypto/kdf.h"
#include "django/formats/format.h"

enum {
    ARGON2_M_KIB_MAX = 1024 * 1024,    /* Django's 102,400 KiB */
    ARGON2_WORK_MAX = 4 * 1024 * 1024, /* KiB times passes: Django's 204,800 */
    ARGON2_P_MAX = 128,                /* Django's 8 */
};

static bool parse_argon2_type(a0_hash *hash, a0_slice type)
{
    if (a0_part_is(type, "argon2id"))
        hash->params.argon2_type = AUTH0DB_ARGON2ID;
    else if (a0_part_is(type, "argon2i"))
        hash->params.argon2_type = AUTH0DB_ARGON2I;
    else if (a0_part_is(type, "argon2d"))
        hash->params.argon2_type = AUTH0DB_ARGON2D;
    else
        return false;
    return true;
}

static const char *parse_argon2(a0_hash *hash, a0_slice rest)
{
    auth0db_hash_params *q = &hash->params;
    a0_slice type, m, t, p;
    if (!a0_part_field(&rest, '$', &type) || !parse_argon2_type(hash, type))
        return "neither argon2id nor argon2i nor argon2d";
    /* No version was written before there was a second one, so absent is the first. */
    q->argon2_version = 0x10;
    if (a0_part_skip(&rest, "v=19$"))
        q->argon2_version = 0x13;
    else
        hash->versionless = !a0_part_skip(&rest, "v=16$");
    if (!a0_part_skip(&rest, "m=") || !a0_part_field(&rest, ',', &m) ||
        !a0_part_skip(&rest, "t=") || !a0_part_field(&rest, ',', &t) ||
        !a0_part_skip(&rest, "p=") || !a0_part_field(&rest, '$', &p) ||
        !a0_part_field(&rest, '$', &hash->salt))
        return "not [v=...$]m=...,t=...,p=...$salt$hash of version 16 or 19";
    if (!a0_part_number32(m, UINT32_MAX, &q->m_kib) || !a0_part_number32(t, UINT32_MAX, &q->t) ||
        !a0_part_number32(p, (1u << 24) - 1, &q->p) || q->m_kib / 8 < q->p)
        return "parameters outside RFC 9106";
    hash->digest = rest;
    long salt = a0_part_base64_bytes(hash->salt), digest = a0_part_base64_bytes(hash->digest);
    /* Below this the library computes nothing, so no password could match. */
    if (salt < 8 || digest < 4)
        return "salt or hash is too short or not a0_part_unpadded base64";
    q->salt_len = (uint32_t)salt;
    q->hash_len = (uint32_t)digest;
    return NULL;
}

static void head(const a0_hash *hash, char head[static A0_HEAD_MAX])
{
    static const char *const types[] = {"argon2id", "argon2i", "argon2d"};
    const auth0db_hash_params *q = &hash->params;
    const char *version = q->argon2_version == 0x10 ? "v=16$" : "v=19$";
    snprintf(head, A0_HEAD_MAX, "argon2$%s$%sm=%" PRIu32 ",t=%" PRIu32 ",p=%" PRIu32 "$",
             types[q->argon2_type], hash->versionless ? "" : version, q->m_kib, q->t, q->p);
}

/* The product cannot wrap: m and t are 32 bits. */
static int bound_argon2(const a0_hash *hash, auth0db_error *err)
{
    const auth0db_hash_params *q = &hash->params;
    if (q->m_kib > ARGON2_M_KIB_MAX)
        return a0_too_costly(err, "m", q->m_kib, ARGON2_M_KIB_MAX);
    if ((uint64_t)q->m_kib * q->t > ARGON2_WORK_MAX)
        return a0_too_costly(err, "m * t", (uint64_t)q->m_kib * q->t, ARGON2_WORK_MAX);
    if (q->p > ARGON2_P_MAX)
        return a0_too_costly(err, "p", q->p, ARGON2_P_MAX);
    if (q->hash_len > A0_ARGON2_HASH_MAX)
        return a0_too_costly(err, "hash length", q->hash_len, A0_ARGON2_HASH_MAX);
    return AUTH0DB_OK;
}

static int compute_argon2(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                          auth0db_error *err)
{
    static const a0_argon2_type types[] = {A0_ARGON2_ID, A0_ARGON2_I, A0_ARGON2_D};
    const auth0db_hash_params *q = &hash->params;
    const a0_argon2_cost cost = {types[q->argon2_type], q->argon2_version, q->t, q->m_kib, q->p};
    /* There is room: the bound was asked before, and the salt is part of the text. */
    uint8_t raw[A0_ARGON2_HASH_MAX], salt[A0_ENCODED_MAX];
    long salt_len =
        a0_base64_decode(A0_B64_NOPAD, hash->salt.data, hash->salt.len, salt, sizeof salt);
    if (salt_len < 0)
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "argon2", "the salt is not base64");
    int rc = a0_argon2(cost, password, (a0_slice){salt, (size_t)salt_len}, raw, q->hash_len, err);
    if (rc == AUTH0DB_OK)
        *len = a0_base64_encode(A0_B64_NOPAD, raw, q->hash_len, out);
    a0_wipe(raw, sizeof raw);
    return rc;
}

/* Auth0's documentation leads to libsodium, which verifies neither argon2d nor any version but 19,
 * nor short hashes. argon2i it does verify, and no document promises that Auth0 takes it. Refused
 * here, a user moves at the next login; converted wrongly, that user could not log in. */
static auth0db_conversion convertible(const a0_hash *hash, bool sound)
{
    const auth0db_hash_params *q = &hash->params;
    if (!sound)
        return AUTH0DB_CONVERT_MALFORMED;
    if (q->argon2_type == AUTH0DB_ARGON2D)
        return AUTH0DB_CONVERT_ARGON2D;
    if (q->argon2_version != 0x13)
        return AUTH0DB_CONVERT_ARGON2_V10;
    if (q->hash_len < 16)
        return AUTH0DB_CONVERT_ARGON2_SHORT_HASH;
    return q->argon2_type == AUTH0DB_ARGON2ID ? AUTH0DB_CONVERTED : AUTH0DB_CONVERTED_UNCONFIRMED;
}

static char *write(const a0_hash *hash, a0_slice encoded, bool brief, char *p)
{
    /* The PHC string as it is stored: written anew it could only differ. */
    const char *text = encoded.data; /* "argon2" "$argon2id$v=..." */
    return a0_put_tail("argon2", text + 6, encoded.len - 6, p);
}

static void defaults(auth0db_hash_params *params)
{
    a0_or_default(&params->m_kib, 102400);
    a0_or_default(&params->t, 2);
    a0_or_default(&params->p, 8);
    a0_or_default(&params->argon2_version, 0x13);
    a0_or_default(&params->hash_len, 32);
}

/* The range is the one of parse: what is made must be readable again. */
static const char *bad_range(const auth0db_hash_params *q)
{
    if ((unsigned)q->argon2_type > AUTH0DB_ARGON2D)
        return "type";
    if (q->argon2_version != 0x10 && q->argon2_version != 0x13)
        return "version";
    if (q->m_kib / 8 < q->p)
        return "m";
    return q->hash_len < 4 ? "hash length" : NULL;
}

/* Stored in base64, of eight bytes at least. */
static int salt(a0_hash *hash, a0_making *parts, auth0db_error *err)
{
    int rc = a0_salt_text(hash, parts, 8, err);
    if (rc != AUTH0DB_OK)
        return rc;
    size_t len =
        a0_base64_encode(A0_B64_NOPAD, hash->salt.data, hash->salt.len, parts->stored_salt);
    hash->salt = (a0_slice){parts->stored_salt, len};
    return AUTH0DB_OK;
}

const a0_format a0_format_argon2 = {
    .name = "argon2",
    .recognises = a0_by_name,
    .parse = parse_argon2,
    .head = head,
    .middle = a0_middle_dollar,
    .bound = bound_argon2,
    .compute = compute_argon2,
    .convertible = convertible,
    .write = write,
    .defaults = defaults,
    .bad_range = bad_range,
    .salt = salt,
};
