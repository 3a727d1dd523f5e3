/* What is no hash of ours: of a hasher that nobody knows, empty, unusable. Nothing matches it and
 * nothing is converted; a format that is not complete is treated as the first. */
#include <stdio.h>
#include <string.h>

#include "django/formats/format.h"

enum { UNUSABLE_SUFFIX = 40 }; /* since Django 1.6 */

/* The name up to the first '$'; what Django has no hasher for is kept as it is. */
static bool is_anything(const char *name, a0_hash *hash, a0_slice all, a0_slice *rest)
{
    *rest = all;
    hash->bare = !a0_part_field(rest, '$', &hash->name);
    if (hash->bare) {
        hash->name = all;
        *rest = a0_part(a0_chars(all) + all.len, 0);
    }
    return true;
}

static const char *parse(a0_hash *hash, a0_slice rest)
{
    hash->digest = rest;
    return NULL;
}

static void head_none(const a0_hash *hash, char head[static A0_HEAD_MAX])
{
    head[0] = '\0';
}

static void head_unusable(const a0_hash *hash, char head[static A0_HEAD_MAX])
{
    snprintf(head, A0_HEAD_MAX, "!");
}

/* An error and no mismatch: the site may well have a hasher that knows it. */
static int no_compute(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                      auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_UNSUPPORTED, "hasher", "no hasher of this name is known");
}

static auth0db_conversion unknown(const a0_hash *hash, bool sound)
{
    return sound ? AUTH0DB_CONVERT_UNKNOWN_ALGORITHM : AUTH0DB_CONVERT_MALFORMED;
}

static auth0db_conversion empty(const a0_hash *hash, bool sound)
{
    return AUTH0DB_CONVERT_EMPTY;
}

static auth0db_conversion unusable(const a0_hash *hash, bool sound)
{
    return AUTH0DB_CONVERT_UNUSABLE;
}

static int random_suffix(a0_hash *hash, a0_making *parts, auth0db_error *err)
{
    int rc = a0_no_salt(hash, parts, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (a0_random_text(parts->digest, UNUSABLE_SUFFIX) != AUTH0DB_OK)
        return a0_error_set(err, AUTH0DB_ERR_CRYPTO, "salt", "no randomness from the system");
    hash->digest = (a0_slice){parts->digest, UNUSABLE_SUFFIX};
    return AUTH0DB_OK;
}

const a0_format a0_format_unknown = {
    .name = "unknown",
    .recognises = is_anything,
    .parse = parse,
    .head = head_none,
    .middle = a0_middle_dollar,
    .bound = a0_no_bound,
    .compute = no_compute,
    .convertible = unknown,
    .write = a0_never_written,
    .defaults = a0_no_defaults,
    .bad_range = a0_no_range,
    .salt = a0_no_salt,
};

const a0_format a0_format_empty = {
    .name = "empty",
    .recognises = a0_by_no_name,
    .parse = parse,
    .head = head_none,
    .middle = a0_middle_none,
    .bound = a0_no_bound,
    .compute = no_compute,
    .convertible = empty,
    .write = a0_never_written,
    .defaults = a0_no_defaults,
    .bad_range = a0_no_range,
    .salt = a0_no_salt,
};

const a0_format a0_format_unusable = {
    .name = "unusable",
    .recognises = a0_by_no_name,
    .parse = parse,
    .head = head_unusable,
    .middle = a0_middle_none,
    .bound = a0_no_bound,
    .compute = no_compute,
    .convertible = unusable,
    .write = a0_never_written,
    .defaults = a0_no_defaults,
    .bad_range = a0_no_range,
    .salt = random_suffix,
};
