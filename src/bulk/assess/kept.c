/* The keys of those who stay on the site. Whatever is not understood ends the command: a key that
 * is passed over is a user who moves, and break-glass is gone when it is needed. */
#include "bulk/assess/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

static int add(a0_kept *kept, const char *key, size_t len, auth0db_error *err)
{
    if ((kept->n & (kept->n - 1)) == 0) { /* room doubles at each power of two */
        char **grown = a0_alloc_array(kept->n > 0 ? 2 * kept->n : 1, sizeof *grown);
        if (grown == NULL)
            return a0_error_no_memory(err);
        if (kept->n > 0)
            memcpy(grown, kept->keys, kept->n * sizeof *grown);
        a0_free(kept->keys);
        kept->keys = grown;
    }
    char *copy = a0_strndup(key, len);
    if (copy == NULL)
        return a0_error_no_memory(err);
    kept->keys[kept->n++] = copy;
    return AUTH0DB_OK;
}

static int read_map(a0_kept *kept, const char *map, auth0db_error *err)
{
    json_t *root, *one;
    size_t i;
    int rc = a0_json_parse(&root, map, strlen(map), "site_map", err);
    const json_t *list = json_object_get(root, "keep_local");
    if (rc == AUTH0DB_OK && list != NULL && !json_is_array(list))
        rc = a0_error_set(err, AUTH0DB_ERR_MALFORMED, "site_map.keep_local", "is not an array");
    json_array_foreach(list, i, one)
    {
        const char *key = json_string_value(one);
        if (rc == AUTH0DB_OK && (key == NULL || *key == '\0'))
            rc = a0_error_set(err, AUTH0DB_ERR_MALFORMED, "site_map.keep_local",
                              "holds what is no key of a user");
        else if (rc == AUTH0DB_OK)
            rc = add(kept, key, strlen(key), err);
    }
    json_decref(root);
    return rc;
}

/* A line's end may be another system's; an empty line is nobody. A carriage return is no part of a
 * key, and with it the key would be nobody's. */
static int read_list(a0_kept *kept, const char *list, auth0db_error *err)
{
    int rc = AUTH0DB_OK;
    while (*list != '\0' && rc == AUTH0DB_OK) {
        size_t line = strcspn(list, "\n"), len = line;
        while (len > 0 && list[len - 1] == '\r')
            len--;
        if (len > 0)
            rc = add(kept, list, len, err);
        list += line + (list[line] != '\0');
    }
    return rc;
}

static int in_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int a0_kept_read(a0_kept *out, const char *map, const char *list, auth0db_error *err)
{
    *out = (a0_kept){0};
    int rc = map != NULL ? read_map(out, map, err) : AUTH0DB_OK;
    if (rc == AUTH0DB_OK && list != NULL)
        rc = read_list(out, list, err);
    if (out->n > 0)
        qsort(out->keys, out->n, sizeof *out->keys, in_order);
    /* Half a list keeps nobody reliably: all or nothing. */
    if (rc != AUTH0DB_OK)
        a0_kept_clear(out);
    return rc;
}

void a0_kept_clear(a0_kept *kept)
{
    for (size_t i = 0; i < kept->n; i++)
        a0_free(kept->keys[i]);
    a0_free(kept->keys);
    *kept = (a0_kept){0};
}

/* A key in a row has no NUL at its end, and may be the beginning of a longer key on the list: 1 is
 * not 12. */
static int compare(const void *key, const void *one)
{
    const a0_slice *wanted = key;
    const char *has = *(char *const *)one;
    int order = strncmp(wanted->data, has, wanted->len);
    return order != 0 ? order : -(has[wanted->len] != '\0');
}

bool a0_kept_has(const a0_kept *kept, a0_slice key)
{
    /* A NUL would end the comparison early, and the key would be taken for a shorter one. */
    if (kept == NULL || kept->n == 0 || key.len == 0 || memchr(key.data, '\0', key.len) != NULL)
        return false;
    return bsearch(&key, kept->keys, kept->n, sizeof *kept->keys, compare) != NULL;
}
