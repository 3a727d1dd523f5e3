/* Which format a stored password has, and the way back from its parts to the same bytes. What a
 * format looks like inside is its own file's. Strict: Django compares whole texts, so what it would
 * write differently could never match. */
#include "django/hasher.h"

#include <string.h>

#include "base/utf8.h"
#include "django/formats/format.h"

const char *auth0db_hasher_name(auth0db_hasher hasher)
{
    return a0_format_of(hasher)->name;
}

auth0db_hasher auth0db_hasher_by_name(const char *name)
{
    for (int i = 0; i < AUTH0DB_HASHER_COUNT; i++) {
        if (strcmp(a0_format_of((auth0db_hasher)i)->name, name) == 0)
            return (auth0db_hasher)i;
    }
    return AUTH0DB_HASHER_UNKNOWN;
}

static bool is_ascii(const char *text, size_t len)
{
    uint64_t word, seen = 0;
    for (; len >= sizeof word; text += sizeof word, len -= sizeof word) {
        memcpy(&word, text, sizeof word);
        seen |= word;
    }
    for (; len > 0; text++, len--)
        seen |= (unsigned char)*text;
    return (seen & UINT64_C(0x8080808080808080)) == 0;
}

static bool recognised(a0_hash *hash, auth0db_hasher hasher, a0_slice all, a0_slice *rest)
{
    const a0_format *format = a0_format_of(hasher);
    /* Each format is tried on a copy: one that does not know the text must leave nothing of its
     * attempt behind. */
    a0_hash tried = *hash;
    tried.params.hasher = hasher;
    if (!format->recognises(format->name, &tried, all, rest))
        return false;
    *hash = tried;
    return true;
}

/* Django tells some forms by length and first letters, before it looks for a name. */
static const char *parse_as(a0_hash *hash, a0_slice all)
{
    a0_slice rest;
    for (int named = 0; named <= 1; named++) {
        for (int i = AUTH0DB_HASHER_UNKNOWN + 1; i < AUTH0DB_HASHER_COUNT; i++) {
            const a0_format *format = a0_format_of((auth0db_hasher)i);
            /* A format that is not complete has the unknown one's row, which knows every text:
             * asked here it would end the search for all formats behind it. */
            if (format == &a0_format_unknown || (format->recognises == a0_by_name) != named ||
                !recognised(hash, (auth0db_hasher)i, all, &rest))
                continue;
            return named && hash->bare ? "nothing but the name" : format->parse(hash, rest);
        }
    }
    /* An unknown hasher is named and never guessed at: pbkdf2_wrapped_sha1, from Django's own
     * recipe, is PBKDF2 of a SHA-1 digest, and not of the password. */
    (void)recognised(hash, AUTH0DB_HASHER_UNKNOWN, all, &rest);
    return a0_format_unknown.parse(hash, rest);
}

int a0_hash_parse(a0_hash *out, const char *encoded, size_t len, auth0db_error *err)
{
    const char *wrong = NULL;
    const a0_slice all = a0_part(len > 0 ? encoded : "", len);
    *out = (a0_hash){.name = a0_part(all.data, 0), .salt = a0_part(all.data, 0), .digest = all};
    /* This comes before a byte is looked at: no reader of a format needs a bound of its own then.
     */
    if (len > A0_ENCODED_MAX)
        return a0_error_set(err, AUTH0DB_ERR_TOO_LARGE, "encoded", "longer than %d bytes",
                            A0_ENCODED_MAX);
    if (len == 0) {
        out->params.hasher = AUTH0DB_HASHER_EMPTY;
        return AUTH0DB_OK;
    }
    /* The sign comes before any name, as in Django: what follows may look like a hash, and must not
     * match. */
    if (encoded[0] == '!') {
        out->params.hasher = AUTH0DB_HASHER_UNUSABLE;
        out->digest = a0_part(encoded + 1, len - 1);
        return AUTH0DB_OK;
    }
    /* Nearly every row is ASCII, which is seen eight bytes at a time. */
    if (!is_ascii(encoded, len) && !a0_utf8_valid(encoded, len))
        wrong = "not UTF-8";
    else
        wrong = parse_as(out, all);
    if (wrong == NULL)
        return AUTH0DB_OK;
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, auth0db_hasher_name(out->params.hasher), "%s",
                        wrong);
}

int auth0db_hash_identify(const char *encoded, size_t encoded_len, auth0db_hash_params *params,
                          auth0db_error *err)
{
    a0_hash hash;
    int rc = a0_hash_parse(&hash, encoded, encoded_len, err);
    *params = hash.params;
    return rc;
}

/* The name is shown in reports. Whatever does not look like a name and a '$' is not shown: somebody
 * may have stored a password as it was typed. */
size_t auth0db_hash_algorithm(const char *encoded, size_t encoded_len)
{
    enum { NAME_MAX_LEN = 64 };
    size_t n = 0;
    while (n < encoded_len && n <= NAME_MAX_LEN && encoded[n] != '\0' &&
           strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-",
                  encoded[n]) != NULL)
        n++;
    return n <= NAME_MAX_LEN && n < encoded_len && encoded[n] == '$' ? n : 0;
}

/* --- the way back --- */

size_t a0_hash_format(const a0_hash *hash, char *out, size_t size)
{
    char head[A0_HEAD_MAX], middle[A0_MIDDLE_MAX];
    const a0_format *format = a0_format_of(hash->params.hasher);
    format->head(hash, head);
    format->middle(hash, middle);
    const bool unknown = hash->params.hasher == AUTH0DB_HASHER_UNKNOWN;
    const a0_slice parts[] = {
        unknown ? hash->name : a0_part(head, strlen(head)),
        hash->salt,
        a0_part(middle, strlen(middle)),
        hash->digest,
    };
    size_t len = 0;
    for (size_t i = 0; i < A0_COUNT(parts); i++) {
        /* len is never above size, so this does not wrap. */
        if (parts[i].len > size - len)
            return 0;
        if (parts[i].len > 0)
            memcpy(out + len, parts[i].data, parts[i].len);
        len += parts[i].len;
    }
    return len;
}
