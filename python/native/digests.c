/* The digests of a link: (sync_digest, same, replaced, told) in and out; see auth0db/digests.h. The
 * columns go in and out as texts, so that Python never takes one apart. */
#include "native.h"

#include <string.h>

static int read_columns(PyObject *tuple, auth0db_digests *out)
{
    const char *sync, *same, *replaced, *told;
    if (!PyArg_ParseTuple(tuple, "szzz:digests", &sync, &same, &replaced, &told))
        return -1;
    auth0db_digests_read(out, sync, same, replaced, told);
    return 0;
}

PyObject *native_digest_needs_key(PyObject *module, PyObject *args)
{
    const char *encoded;
    Py_ssize_t len;
    if (!PyArg_ParseTuple(args, "s#:digest_needs_key", &encoded, &len))
        return NULL;
    return PyBool_FromLong(auth0db_digest_needs_key(encoded, (size_t)len));
}

PyObject *native_standing(PyObject *module, PyObject *args)
{
    PyObject *columns;
    auth0db_stored row = {0};
    Py_ssize_t len;
    auth0db_digests digests;
    if (!PyArg_ParseTuple(args, "O!s#s:standing", &PyTuple_Type, &columns, &row.encoded, &len,
                          &row.key) ||
        read_columns(columns, &digests) != 0)
        return NULL;
    row.len = (size_t)len;
    auth0db_standing standing = auth0db_digests_standing(&digests, &row);
    /* Told, and not what the row holds any more: the machine must know that a newer password was
     * set. */
    bool waits = digests.told[0] != '\0' && standing != AUTH0DB_STANDING_TOLD;
    return Py_BuildValue("{s:s,s:N,s:N}", "standing", auth0db_standing_name(standing),
                         "shared_known", PyBool_FromLong(digests.same[0] != '\0'), "told_waits",
                         PyBool_FromLong(waits));
}

static int read_addresses(PyObject *tuple, auth0db_addresses *out)
{
    const char *site, *tenant;
    if (!PyArg_ParseTuple(tuple, "zz:addresses", &site, &tenant))
        return -1;
    auth0db_addresses_read(out, site, tenant);
    return 0;
}

PyObject *native_addresses_moved(PyObject *module, PyObject *args)
{
    PyObject *columns;
    const char *site, *tenant, *key;
    auth0db_addresses then;
    if (!PyArg_ParseTuple(args, "O!sss:addresses_moved", &PyTuple_Type, &columns, &site, &tenant,
                          &key) ||
        read_addresses(columns, &then) != 0)
        return NULL;
    return PyUnicode_FromString(
        auth0db_moved_name(auth0db_addresses_moved(&then, site, tenant, key)));
}

PyObject *native_addresses_after(PyObject *module, PyObject *args)
{
    PyObject *columns;
    const char *site, *was, *tenant, *key;
    auth0db_addresses then;
    if (!PyArg_ParseTuple(args, "O!ssss:addresses_after", &PyTuple_Type, &columns, &site, &was,
                          &tenant, &key) ||
        read_addresses(columns, &then) != 0)
        return NULL;
    auth0db_addresses_follow(&then, site, was, tenant, key);
    return Py_BuildValue("(ss)", then.site, then.tenant);
}

PyObject *native_digests_after(PyObject *module, PyObject *args)
{
    static const char *const events[] = {
        [AUTH0DB_DIGEST_SHARED] = "shared",       [AUTH0DB_DIGEST_PUSHED] = "pushed",
        [AUTH0DB_DIGEST_REENCODED] = "reencoded", [AUTH0DB_DIGEST_TOLD] = "told",
        [AUTH0DB_DIGEST_REPLACED] = "replaced",   [AUTH0DB_DIGEST_CLAIMED] = "claimed"};
    const char *event, *key;
    PyObject *columns;
    auth0db_stored before = {0}, now = {0};
    Py_ssize_t before_len, now_len;
    auth0db_digests digests;
    if (!PyArg_ParseTuple(args, "sO!z#s#s:digests_after", &event, &PyTuple_Type, &columns,
                          &before.encoded, &before_len, &now.encoded, &now_len, &key) ||
        read_columns(columns, &digests) != 0)
        return NULL;
    before.len = (size_t)before_len;
    now.len = (size_t)now_len;
    before.key = now.key = key;
    /* Words, not numbers: an event that is added later must not become another one in an older
     * package. */
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (strcmp(event, events[i]) != 0)
            continue;
        auth0db_digests_change(&digests, (auth0db_digest_event)i,
                               before.encoded != NULL ? &before : NULL, &now);
        return Py_BuildValue("(ssss)", digests.sync_digest, digests.same, digests.replaced,
                             digests.told);
    }
    return PyErr_Format(PyExc_ValueError, "there is no event %s", event);
}
