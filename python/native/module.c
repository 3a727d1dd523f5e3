/* The module: functions without state, the exception, and how it all is put together. */
#include "native.h"

#include <string.h>

/* The code goes into a member of its own, for programs; the message is for people. */
PyObject *native_raise(native_state *state, const auth0db_error *err)
{
    PyObject *exception = PyObject_CallFunction(state->error_type, "s", err->message);
    PyObject *code = PyUnicode_FromString(auth0db_code_name(err->code));
    PyObject *where = PyUnicode_FromString(err->where);
    if (exception != NULL && code != NULL && where != NULL &&
        PyObject_SetAttrString(exception, "code", code) == 0 &&
        PyObject_SetAttrString(exception, "where", where) == 0)
        PyErr_SetObject(state->error_type, exception);
    Py_XDECREF(exception);
    Py_XDECREF(code);
    Py_XDECREF(where);
    return NULL;
}

/* Through the slots: the limited API does not show what is in a type. */
PyObject *native_alloc(PyTypeObject *type)
{
    return ((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
}

/* An instance of a heap type holds a reference to its type, and gives it back last. */
void native_free(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static PyObject *module_expected_id(PyObject *module, PyObject *args)
{
    const char *site, *key;
    unsigned tombstones = 0;
    char id[AUTH0DB_ID_SIZE];
    if (!PyArg_ParseTuple(args, "ss|I:expected_id", &site, &key, &tombstones))
        return NULL;
    auth0db_numbered_id(site, key, tombstones, id);
    return PyUnicode_FromString(id);
}

static PyObject *module_password_is_sendable(PyObject *module, PyObject *args)
{
    const char *password;
    Py_ssize_t len;
    if (!PyArg_ParseTuple(args, "y#:password_is_sendable", &password, &len))
        return NULL;
    return PyBool_FromLong(auth0db_password_is_sendable(password, (size_t)len));
}

static PyObject *module_email_is_sendable(PyObject *module, PyObject *args)
{
    const char *email;
    if (!PyArg_ParseTuple(args, "s:email_is_sendable", &email))
        return NULL;
    return PyBool_FromLong(auth0db_email_is_sendable(email));
}

static PyObject *module_show_text(PyObject *module, PyObject *args)
{
    const char *text;
    if (!PyArg_ParseTuple(args, "s:show_text", &text))
        return NULL;
    const size_t len = auth0db_show_text(NULL, 0, text);
    char *shown = PyMem_Malloc(len + 1);
    if (shown == NULL)
        return PyErr_NoMemory();
    auth0db_show_text(shown, len + 1, text);
    PyObject *out = PyUnicode_FromStringAndSize(shown, (Py_ssize_t)len);
    PyMem_Free(shown);
    return out;
}

static PyObject *module_hash_verify(PyObject *module, PyObject *args)
{
    const char *encoded, *password;
    Py_ssize_t encoded_len, password_len;
    if (!PyArg_ParseTuple(args, "s#y#:hash_verify", &encoded, &encoded_len, &password,
                          &password_len))
        return NULL;
    auth0db_verdict verdict;
    /* A hash takes its time by design; other threads go on meanwhile. */
    Py_BEGIN_ALLOW_THREADS
    verdict =
        auth0db_hash_verify(encoded, (size_t)encoded_len, password, (size_t)password_len, NULL);
    Py_END_ALLOW_THREADS
    return verdict == AUTH0DB_NO_VERDICT ? Py_NewRef(Py_None)
                                         : PyBool_FromLong(verdict == AUTH0DB_MATCH);
}

static PyObject *module_hash_fault(PyObject *module, PyObject *args)
{
    const char *encoded;
    Py_ssize_t len;
    if (!PyArg_ParseTuple(args, "s#:hash_fault", &encoded, &len))
        return NULL;
    int rc = auth0db_hash_sound(encoded, (size_t)len, NULL);
    return rc == AUTH0DB_OK
               ? Py_NewRef(Py_None)
               : PyUnicode_FromString(rc == AUTH0DB_ERR_TOO_LARGE ? "too_costly" : "malformed");
}

/* As cheap as each kind can be: they are proof of the form, and guard nothing. */
static auth0db_hash_params cheapest(auth0db_hasher hasher)
{
    return (auth0db_hash_params){
        .hasher = hasher, .iterations = 1, .cost = 4, .n = 2, .r = 1, .p = 1, .t = 1, .m_kib = 8};
}

/* Only kinds that travel: of the others nothing has to be proven. */
static int add_sample(PyObject *list, auth0db_hasher hasher, const char *password, size_t len)
{
    const auth0db_hash_params params = cheapest(hasher);
    char encoded[AUTH0DB_MADE_MAX], json[AUTH0DB_CONVERTED_MAX(512)];
    size_t json_len;
    if (auth0db_hash_make(&params, password, len, encoded, sizeof encoded, NULL) != AUTH0DB_OK)
        return 0; /* unusable and the like */
    auth0db_conversion conversion =
        auth0db_hash_convert(encoded, strlen(encoded), json, sizeof json, &json_len);
    if (conversion != AUTH0DB_CONVERTED && conversion != AUTH0DB_CONVERTED_UNCONFIRMED)
        return 0;
    PyObject *sample = Py_BuildValue("ss", auth0db_hasher_name(hasher), encoded);
    int rc = sample != NULL ? PyList_Append(list, sample) : -1;
    Py_XDECREF(sample);
    return rc;
}

static PyObject *module_hash_samples(PyObject *module, PyObject *args)
{
    const char *password;
    Py_ssize_t len;
    if (!PyArg_ParseTuple(args, "y#:hash_samples", &password, &len))
        return NULL;
    PyObject *list = PyList_New(0);
    /* UNKNOWN would be made as the default kind */
    for (int hasher = AUTH0DB_HASHER_UNKNOWN + 1; list != NULL && hasher < AUTH0DB_HASHER_COUNT;
         hasher++) {
        if (add_sample(list, (auth0db_hasher)hasher, password, (size_t)len) != 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *module_hash_kind(PyObject *module, PyObject *args)
{
    const char *encoded;
    Py_ssize_t len;
    auth0db_hash_params params;
    if (!PyArg_ParseTuple(args, "s#:hash_kind", &encoded, &len))
        return NULL;
    if (auth0db_hash_identify(encoded, (size_t)len, &params, NULL) != AUTH0DB_OK)
        Py_RETURN_NONE;
    return PyUnicode_FromString(auth0db_hasher_name(params.hasher));
}

static PyObject *module_fingerprint(PyObject *module, PyObject *args)
{
    enum { PARTS_MAX = 8 };
    const char *parts[PARTS_MAX];
    size_t lens[PARTS_MAX];
    char hex[AUTH0DB_FINGERPRINT_SIZE];
    Py_ssize_t n = PyTuple_Size(args);
    if (n > PARTS_MAX) {
        PyErr_Format(PyExc_ValueError, "at most %d parts", (int)PARTS_MAX);
        return NULL;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_ssize_t len;
        parts[i] = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(args, i), &len);
        if (parts[i] == NULL)
            return NULL;
        lens[i] = (size_t)len;
    }
    auth0db_fingerprint(parts, lens, (size_t)n, hex);
    return PyUnicode_FromString(hex);
}

/* From the C table alone, so that no second one in Python can differ. */
static PyObject *module_scopes(PyObject *module, PyObject *unused)
{
    PyObject *table = PyList_New(0);
    for (int use = 0; table != NULL && use < AUTH0DB_USE_COUNT; use++) {
        PyObject *row = Py_BuildValue("(sss)", auth0db_use_name(use), auth0db_use_needs(use),
                                      auth0db_use_helped_by(use));
        if (row == NULL || PyList_Append(table, row) != 0)
            Py_CLEAR(table);
        Py_XDECREF(row);
    }
    return table;
}

/* {reason: (whom it may be told, what people are told)} of every refusal */
static PyObject *module_refusals(PyObject *module, PyObject *unused)
{
    static const char *const told[] = {[AUTH0DB_TOLD_NOBODY] = "nobody",
                                       [AUTH0DB_TOLD_ANYBODY] = "anybody",
                                       [AUTH0DB_TOLD_OWNER] = "owner",
                                       [AUTH0DB_TOLD_PROVEN] = "proven"};
    PyObject *dict = PyDict_New();
    for (int i = 0; dict != NULL && i < AUTH0DB_REFUSED_COUNT; i++) {
        auth0db_refusal refusal = (auth0db_refusal)i;
        PyObject *pair = Py_BuildValue("(ss)", told[auth0db_refusal_told(refusal)],
                                       auth0db_refusal_words(refusal));
        if (native_put(dict, auth0db_refusal_name(refusal), pair) != 0)
            Py_CLEAR(dict);
    }
    return dict;
}

static PyMethodDef module_methods[] = {
    {"refusals", module_refusals, METH_NOARGS,
     "{reason: (whom it may be told, the words for people)} of every refusal."},
    {"fingerprint", module_fingerprint, METH_VARARGS,
     "Hex SHA-256 over the parts and their lengths."},
    {"digest_needs_key", native_digest_needs_key, METH_VARARGS,
     "True where a digest of this hash needs the site's key."},
    {"standing", native_standing, METH_VARARGS,
     "What a link's digests say of the hash in the row."},
    {"digests_after", native_digests_after, METH_VARARGS, "A link's digests after an event."},
    {"addresses_moved", native_addresses_moved, METH_VARARGS,
     "Which of a user's two addresses has moved since they were in step."},
    {"addresses_after", native_addresses_after, METH_VARARGS,
     "A link's fingerprints after the tenant was seen to have this address."},
    {"expected_id", module_expected_id, METH_VARARGS, "The tenant id of this site's user."},
    {"password_is_sendable", module_password_is_sendable, METH_VARARGS,
     "True where Auth0 would store the password whole."},
    {"email_is_sendable", module_email_is_sendable, METH_VARARGS,
     "True where Auth0 would take the e-mail."},
    {"show_text", module_show_text, METH_VARARGS,
     "The text with the characters that cannot be seen written as escapes."},
    {"hash_verify", module_hash_verify, METH_VARARGS,
     "True, False, or None where the hash is malformed or of an unknown hasher."},
    {"hash_fault", module_hash_fault, METH_VARARGS,
     "\"malformed\": no password will ever match; \"too_costly\"; None: neither, or only the site "
     "knows."},
    {"hash_samples", module_hash_samples, METH_VARARGS,
     "(kind, a hash of this password) of each kind that Auth0's import takes, as cheap as it can "
     "be."},
    {"hash_kind", module_hash_kind, METH_VARARGS,
     "\"pbkdf2_sha256\", \"unknown\", ...; None where the hash is malformed."},
    {"scopes", module_scopes, METH_NOARGS,
     "(use, scopes it needs, scopes that help it): the table of auth0db/scopes.h."},
    {"policy_parse", native_policy_parse, METH_VARARGS,
     "The Policy of a connection's options, a JSON text."},
    {"login_without_tenant", KEYWORDS(native_login_without_tenant),
     "A Login where the settings make no Client: for who stays on the site."},
    {"seal", native_seal, METH_VARARGS,
     "A text (bytes) that only this secret opens, for this context."},
    {"unseal", native_unseal, METH_VARARGS,
     "The sealed text; None where this secret and context do not open it."},
    {"web_state", native_web_state, METH_VARARGS, "The state of a login that begins now."},
    {"web_read", native_web_read, METH_VARARGS,
     "(id, time, again) of a state; None where this secret has not made it, or it is too old."},
    {"web_derive", native_web_derive, METH_VARARGS,
     "What only who has this secret and this login's cookie can know."},
    {"web_challenge", native_web_challenge, METH_VARARGS, "The code_challenge of a verifier."},
    {"web_decide", KEYWORDS(native_web_decide), "What becomes of a callback."},
    {"web_after", native_web_after, METH_VARARGS, "What becomes of a code that was not exchanged."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject *add_type(PyObject *module, PyType_Spec *spec)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    if (type != NULL && PyModule_AddType(module, type) != 0)
        Py_CLEAR(type);
    return type;
}

static int module_exec(PyObject *module)
{
    native_state *state = PyModule_GetState(module);
    state->error_type = PyErr_NewExceptionWithDoc(
        "auth0db._native.Error",
        "code: auth0db's error code; where: the setting or field it is about.", NULL, NULL);
    state->client_type = add_type(module, &native_client_spec);
    state->login_type = add_type(module, &native_login_spec);
    state->policy_type = add_type(module, &native_policy_spec);
    if (state->error_type == NULL || state->client_type == NULL || state->login_type == NULL ||
        state->policy_type == NULL ||
        PyModule_AddObjectRef(module, "Error", state->error_type) != 0)
        return -1;
    return PyModule_AddStringConstant(module, "version", auth0db_version());
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    native_state *state = PyModule_GetState(module);
    Py_VISIT(state->error_type);
    Py_VISIT((PyObject *)state->client_type);
    Py_VISIT((PyObject *)state->login_type);
    Py_VISIT((PyObject *)state->policy_type);
    return 0;
}

static int module_clear(PyObject *module)
{
    native_state *state = PyModule_GetState(module);
    Py_CLEAR(state->error_type);
    Py_CLEAR(state->client_type);
    Py_CLEAR(state->login_type);
    Py_CLEAR(state->policy_type);
    return 0;
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,          .m_name = "auth0db._native", .m_doc = "The C core of auth0db.",
    .m_size = sizeof(native_state), .m_methods = module_methods, .m_slots = module_slots,
    .m_traverse = module_traverse,  .m_clear = module_clear,
};

PyMODINIT_FUNC PyInit__native(void);
PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&module_def);
}
