/* The extension auth0db._native: CPython's limited API (3.10) over the installed headers, nothing
 * else. */
#ifndef NATIVE_NATIVE_H
#define NATIVE_NATIVE_H

#ifndef Py_LIMITED_API
#define Py_LIMITED_API 0x030A0000
#endif
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "auth0db/auth0db.h"

typedef struct native_state {
    PyObject *error_type;
    PyTypeObject *client_type;
    PyTypeObject *login_type;
    PyTypeObject *policy_type;
} native_state;

typedef struct client_object {
    PyObject_HEAD
    auth0db_client *client; /* NULL until __init__ has succeeded */
    PyObject *log;          /* callable(level, line), or NULL */
    int require_username;
    auth0db_identifier identifier;
} client_object;

typedef struct login_object {
    PyObject_HEAD
    auth0db_login *login;
    client_object *client; /* strong */
    int asked;             /* the first step() has no answer to tell */
    int busy;              /* a step is under way without the GIL */
} login_object;

extern PyType_Spec native_client_spec;
extern PyType_Spec native_login_spec;
extern PyType_Spec native_policy_spec;

/** Raise auth0db._native.Error from err; returns NULL. */
PyObject *native_raise(native_state *state, const auth0db_error *err);

/** Entry of a method table for a method that takes keywords. */
#define KEYWORDS(function) (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS

/** New object of one of our types, all zero; NULL with an exception set. */
PyObject *native_alloc(PyTypeObject *type);
/** The last act of a tp_dealloc. */
void native_free(PyObject *object);

/** New Login, which owns `machine` (freed where memory is short) and holds on to its client; NULL:
 * it has none. */
PyObject *native_login_new(native_state *state, client_object *client, auth0db_login *machine);
/** New Policy, which owns `policy` (freed where memory is short). */
PyObject *native_policy_new(native_state *state, auth0db_policy *policy);
/** Module function: a Policy of a connection's options as JSON text. */
PyObject *native_policy_parse(PyObject *module, PyObject *args);
/** Module function: a Login without a client. */
PyObject *native_login_without_tenant(PyObject *module, PyObject *args, PyObject *kwargs);
PyObject *native_seal(PyObject *module, PyObject *args);
PyObject *native_unseal(PyObject *module, PyObject *args);

/** Module functions about Universal Login. */
PyObject *native_web_state(PyObject *module, PyObject *args);
PyObject *native_web_read(PyObject *module, PyObject *args);
PyObject *native_web_derive(PyObject *module, PyObject *args);
PyObject *native_web_challenge(PyObject *module, PyObject *args);
PyObject *native_web_decide(PyObject *module, PyObject *args, PyObject *kwargs);
PyObject *native_web_after(PyObject *module, PyObject *args);
/** New dict of an identity that the tenant has proven. */
PyObject *native_identity(const auth0db_identity *identity);
/** Fill out from such a dict; what C cannot hold, or is too long, becomes "". */
void native_read_tenant_user(PyObject *dict, auth0db_tenant_user *out);

/** Module functions about the digests of a link. */
PyObject *native_digest_needs_key(PyObject *module, PyObject *args);
PyObject *native_standing(PyObject *module, PyObject *args);
PyObject *native_digests_after(PyObject *module, PyObject *args);
PyObject *native_addresses_moved(PyObject *module, PyObject *args);
PyObject *native_addresses_after(PyObject *module, PyObject *args);

/** A deadline in seconds as milliseconds, at least 1; negative and NaN become 1. */
unsigned native_milliseconds(double seconds);
/** New dict, or NULL with an exception set. */
PyObject *native_tenant_user(const auth0db_tenant_user *user);
PyObject *native_question(const auth0db_question *question);
/** Fill out from a SiteUser dict. Strings are borrowed from the dict's values: keep the dict alive.
 * Text that C cannot hold (NUL, lone surrogates) counts as missing. 0, or -1 with an exception set.
 */
int native_site_user(PyObject *dict, auth0db_site_user *out);
/** Borrowed from text; NULL (and no exception) for None, for what is not str, and for what C cannot
 * hold. */
const char *native_text_or_null(PyObject *text);
/** New bytes, NUL-free UTF-8: what cannot be said becomes '?', so that it matches nobody. */
PyObject *native_identifier(PyObject *text);
/** dict[key] = value, value stolen (NULL is an error already set). 0 or -1. */
int native_put(PyObject *dict, const char *key, PyObject *value);
int native_put_text(PyObject *dict, const char *key, const char *text); /* NULL becomes None */

#endif
