/* One round of SHA-1 or MD5, with a salt before the password or without: Django until 1.3. There is
 * no bound on the work, for there is only one amount of it. */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/secret.h"
#include "django/formats/format.h"

static const char *parse_salted(a0_hash *hash, a0_slice rest)
{
    if (!a0_part_field(&rest, '$', &hash->salt))
        return "fewer than three fields";
    /* Without a salt Django has other names and other lengths for it, and those have been tried
     * before. */
    if (hash->salt.len == 0)
        return "the salt is empty";
    hash->digest = rest;
    hash->params.salt_len = (uint32_t)hash->salt.len;
    return a0_part_is_hex(rest, hash->params.hasher == AUTH0DB_HASHER_SHA1 ? 40 : 32)
               ? NULL
               : "the digest is not lower-case hex of its length";
}

/* The forms that Django tells by length and first letters, before it looks for a name. */
static bool is_unsalted_md5(const char *name, a0_hash *hash, a0_slice all, a0_slice *rest)
{
    *rest = all;
    hash->bare = memchr(all.data, '$', all.len) == NULL && a0_part_has_chars(all, 32);
    return hash->bare || (a0_part_skip(rest, "md5$$") && a0_part_has_chars(all, 37));
}

static bool is_unsalted_sha1(const char *name, a0_hash *hash, a0_slice all, a0_slice *rest)
{
    *rest = all;
    return a0_part_skip(rest, "sha1$$") && a0_part_has_chars(all, 46);
}

static const char *parse_unsalted(a0_hash *hash, a0_slice rest)
{
    const size_t digits = hash->params.hasher == AUTH0DB_HASHER_UNSALTED_SHA1 ? 40 : 32;
    hash->digest = rest;
    return a0_part_is_hex(rest, digits) ? NULL : "the digest is not lower-case hex";
}

static void head_unsalted_sha1(const a0_hash *hash, char head[static A0_HEAD_MAX])
{
    snprintf(head, A0_HEAD_MAX, "sha1$");
}

static void head_unsalted_md5(const a0_hash *hash, char head[static A0_HEAD_MAX])
{
    snprintf(head, A0_HEAD_MAX, "%s", hash->bare ? "" : "md5$");
}

int a0_compute_plain(const char *digest, a0_slice salt, a0_slice password, char *out, size_t *len,
                     auth0db_error *err)
{
    const a0_slice parts[] = {salt, password};
    uint8_t raw[A0_DIGEST_MAX];
    int rc = a0_digest(digest, parts, A0_COUNT(parts), raw, err);
    if (rc == AUTH0DB_OK) {
        *len = 2 * a0_digest_size(digest);
        a0_hex_encode(raw, *len / 2, out);
    }
    a0_wipe(raw, sizeof raw);
    return rc;
}

static char *convert_plain(const char *algorithm, const a0_hash *hash, bool brief, char *p)
{
    p = a0_put(p, "{\"algorithm\":\"");
    p = a0_put(p, algorithm);
    p = a0_put(p, "\",\"hash\":{\"value\":\"");
    p = a0_put_slice(p, hash->digest);
    p = a0_put(p, "\",\"encoding\":\"hex\"}");
    /* `brief` leaves out what Auth0 assumes by itself: UTF-8, and before the password. */
    if (hash->salt.len > 0) {
        p = a0_put(p, ",\"salt\":{\"value\":\"");
        p = a0_put_escaped(p, hash->salt);
        p = a0_put(p, brief ? "\"}" : "\",\"encoding\":\"utf8\",\"position\":\"prefix\"}");
    }
    return a0_put(p, "}");
}

static int compute_sha1(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                        auth0db_error *err)
{
    return a0_compute_plain("sha1", hash->salt, password, out, len, err);
}

static char *write_sha1(const a0_hash *hash, a0_slice encoded, bool brief, char *p)
{
    return convert_plain("sha1", hash, brief, p);
}

static int compute_md5(const a0_hash *hash, a0_slice password, char *out, size_t *len,
                       auth0db_error *err)
{
    return a0_compute_plain("md5", hash->salt, password, out, len, err);
}

static char *write_md5(const a0_hash *hash, a0_slice encoded, bool brief, char *p)
{
    return convert_plain("md5", hash, brief, p);
}

const a0_format a0_format_sha1 = {
    .name = "sha1",
    .recognises = a0_by_name,
    .parse = parse_salted,
    .head = a0_head_name,
    .middle = a0_middle_dollar,
    .bound = a0_no_bound,
    .compute = compute_sha1,
    .convertible = a0_always_convertible,
    .write = write_sha1,
    .defaults = a0_no_defaults,
    .bad_range = a0_no_range,
    .salt = a0_text_salt,
};

const a0_format a0_format_md5 = {
    .name = "md5",
    .recognises = a0_by_name,
    .parse = parse_salted,
    .head = a0_head_name,
    .middle = a0_middle_dollar,
    .bound = a0_no_bound,
    .compute = compute_md5,
    .convertible = a0_always_convertible,
    .write = write_md5,
    .defaults = a0_no_defaults,
    .bad_range = a0_no_range,
    .salt = a0_text_salt,
};

const a0_format a0_format_unsalted_sha1 = {
    .name = "unsalted_sha1",
    .recognises = is_unsalted_sha1,
    .parse = parse_unsalted,
    .head = head_unsalted_sha1,
    .middle = a0_middle_dollar,
    .bound = a0_no_bound,
    .compute = compute_sha1,
    .convertible = a0_always_convertible,
    .write = write_sha1,
    .defaults = a0_no_defaults,
    .bad_range = a0_no_range,
    .salt = a0_no_salt,
};

const a0_format a0_format_unsalted_md5 = {
    .name = "unsalted_md5",
    .recognises = is_unsalted_md5,
    .parse = parse_unsalted,
    .head = head_unsalted_md5,
    .middle = a0_middle_dollar,
    .bound = a0_no_bound,
    .compute = compute_md5,
    .convertible = a0_always_convertible,
    .write = write_md5,
    .defaults = a0_no_defaults,
    .bad_range = a0_no_range,
    .salt = a0_no_salt,
};
