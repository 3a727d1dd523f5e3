/* Which kinds of hashes the site reads in a way of its own, as `manage.py` has found out. A kind
 * that is not understood ends the command: its users would move, and none of their passwords would
 * ever match. */
#include "bulk/assess/unproven.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

static int malformed(auth0db_error *err, const char *what)
{
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "site_map.unproven", "%s", what);
}

static int read_one(a0_unproven *out, const char *kind, const json_t *by, auth0db_error *err)
{
    const auth0db_hasher hasher = auth0db_hasher_by_name(kind);
    const char *text = json_string_value(by);
    if (hasher == AUTH0DB_HASHER_UNKNOWN)
        return malformed(err, "names a kind of hash that this auth0db does not know");
    if (text == NULL || *text == '\0')
        return malformed(err, "holds what is no name of a class");
    snprintf(out->by[hasher], A0_UNPROVEN_BY_SIZE, "%s", text);
    return AUTH0DB_OK;
}

int a0_unproven_read(a0_unproven *out, const char *map, auth0db_error *err)
{
    json_t *root = NULL, *by;
    const char *kind;
    memset(out, 0, sizeof *out);
    int rc = map != NULL ? a0_json_parse(&root, map, strlen(map), "site_map", err) : AUTH0DB_OK;
    json_t *member = json_object_get(root, "unproven");
    /* "Nobody was asked" and "nothing was found" are told apart: of the first the import warns. */
    out->asked = member != NULL;
    if (rc == AUTH0DB_OK && member != NULL && !json_is_object(member))
        rc = malformed(err, "is not an object");
    json_object_foreach(member, kind, by)
    {
        if (rc == AUTH0DB_OK)
            rc = read_one(out, kind, by, err);
    }
    json_decref(root);
    return rc;
}

const char *a0_unproven_by(const a0_unproven *unproven, auth0db_hasher hasher)
{
    if (unproven == NULL || (unsigned)hasher >= AUTH0DB_HASHER_COUNT ||
        unproven->by[hasher][0] == '\0')
        return NULL;
    return unproven->by[hasher];
}
