/* The one door to jansson: nothing else includes its header. Depth and size are limited, duplicate
 * keys and bytes that are not UTF-8 are refused, and getters name the path of what is wrong. */
#ifndef A0_BASE_JSON_H
#define A0_BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

enum {
    A0_JSON_DEPTH_MAX = 32,
    A0_JSON_SIZE_MAX = 8 * 1024 * 1024, /* a full page of users is far below 1 MiB */
};

/** Parse one document; *out is a new reference (json_decref), NULL on failure. err->where is
 * `what`. */
A0_MUST_CHECK int a0_json_parse(json_t **out, const char *text, size_t len, const char *what,
                                auth0db_error *err);
/** Append compact JSON. ASCII only would double the bytes of names, so UTF-8 stays as it is.
 * AUTH0DB_ERR_NO_MEMORY also where `out` is full; there may be a beginning of it then. */
A0_MUST_CHECK int a0_json_write(a0_buf *out, const json_t *value);

/* Borrowed text of an object's member, or NULL where it is missing or not a string. Embedded NUL
 * counts as "not a string": C code behind this door may treat the result as a C string. */
const char *a0_json_text(const json_t *object, const char *key);
bool a0_json_true(const json_t *object, const char *key);
json_int_t a0_json_int(const json_t *object, const char *key, json_int_t fallback);
/** Overwrite an object's string before it is freed: jansson does not wipe. NULL is fine. */
void a0_json_wipe(json_t *object, const char *key);
const char *a0_json_type_name(const json_t *value);

#endif
