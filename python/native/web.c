/* Universal Login (auth0db/web.h): states, what is derived of them, the table, and the exchange.
 * The decisions are made in C; Python reads the request and sends the page. */
#include "native.h"

#include "auth0db/web.h"

/* state_make(secret, id, at, again) */
PyObject *native_web_state(PyObject *module, PyObject *args)
{
    auth0db_web_key key = {0};
    auth0db_web_state state = {0};
    char text[AUTH0DB_WEB_STATE_SIZE];
    const char *id;
    Py_ssize_t secret_len, id_len;
    long long at;
    int again;
    auth0db_error err = {0};
    if (!PyArg_ParseTuple(args, "y#s#Lp:web_state", &key.secret, &secret_len, &id, &id_len, &at,
                          &again))
        return NULL;
    key.secret_len = (size_t)secret_len;
    state.at_s = at;
    state.again = again != 0;
    for (Py_ssize_t i = 0; i < id_len && i < AUTH0DB_WEB_ID_LEN; i++)
        state.id[i] = id[i];
    if (auth0db_web_state_make(text, &key, &state, &err) != AUTH0DB_OK)
        return native_raise(PyModule_GetState(module), &err);
    return PyUnicode_FromString(text);
}

PyObject *native_web_read(PyObject *module, PyObject *args)
{
    auth0db_web_key key = {0};
    auth0db_web_state state;
    PyObject *given;
    Py_ssize_t secret_len;
    long long now;
    auth0db_error err = {0};
    if (!PyArg_ParseTuple(args, "y#OL:web_read", &key.secret, &secret_len, &given, &now))
        return NULL;
    key.secret_len = (size_t)secret_len;
    const char *text =
        native_text_or_null(given); /* of a stranger: what C cannot hold is no state */
    int rc = auth0db_web_state_read(&state, &key, text != NULL ? text : "", now, &err);
    if (rc == AUTH0DB_ERR_MALFORMED) /* an answer: an older secret may have made it */
        return Py_NewRef(Py_None);
    if (rc != AUTH0DB_OK)
        return native_raise(PyModule_GetState(module), &err);
    return Py_BuildValue("(sLO)", state.id, (long long)state.at_s,
                         state.again ? Py_True : Py_False);
}

PyObject *native_web_derive(PyObject *module, PyObject *args)
{
    auth0db_web_key key = {0};
    char text[AUTH0DB_WEB_DERIVED_SIZE];
    const char *what, *id, *cookie;
    Py_ssize_t secret_len;
    auth0db_error err = {0};
    if (!PyArg_ParseTuple(args, "y#sss:web_derive", &key.secret, &secret_len, &what, &id, &cookie))
        return NULL;
    key.secret_len = (size_t)secret_len;
    if (auth0db_web_derive(text, &key, what, id, cookie, &err) != AUTH0DB_OK)
        return native_raise(PyModule_GetState(module), &err);
    return PyUnicode_FromString(text);
}

PyObject *native_web_challenge(PyObject *module, PyObject *args)
{
    char text[AUTH0DB_WEB_DERIVED_SIZE];
    const char *verifier;
    auth0db_error err = {0};
    if (!PyArg_ParseTuple(args, "s:web_challenge", &verifier))
        return NULL;
    if (auth0db_web_challenge(text, verifier, &err) != AUTH0DB_OK)
        return native_raise(PyModule_GetState(module), &err);
    return PyUnicode_FromString(text);
}

PyObject *native_web_decide(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"state_good", "again",     "cookie", "has_code",
                            "has_error",  "logged_in", NULL};
    int is[6] = {0};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$pppppp:web_decide", names, &is[0], &is[1],
                                     &is[2], &is[3], &is[4], &is[5]))
        return NULL;
    const auth0db_web_callback callback = {.state_good = is[0] != 0,
                                           .again = is[1] != 0,
                                           .cookie = is[2] != 0,
                                           .has_code = is[3] != 0,
                                           .has_error = is[4] != 0,
                                           .logged_in = is[5] != 0};
    return PyUnicode_FromString(auth0db_web_end_name(auth0db_web_decide(&callback)));
}

/* after(used, logged_in): the code was not exchanged */
PyObject *native_web_after(PyObject *module, PyObject *args)
{
    int used, logged_in;
    if (!PyArg_ParseTuple(args, "pp:web_after", &used, &logged_in))
        return NULL;
    auth0db_outcome outcome = used ? AUTH0DB_OUTCOME_BAD_CREDENTIALS : AUTH0DB_OUTCOME_UNAVAILABLE;
    return PyUnicode_FromString(auth0db_web_end_name(auth0db_web_after(outcome, logged_in != 0)));
}

PyObject *native_identity(const auth0db_identity *identity)
{
    PyObject *dict = native_tenant_user(&identity->user);
    int rc = dict == NULL ? -1 : native_put_text(dict, "sid", identity->sid);
    if (rc == 0)
        rc = native_put_text(dict, "amr", identity->amr);
    if (rc == 0)
        rc = native_put(dict, "auth_time", PyLong_FromLongLong(identity->auth_time));
    if (rc != 0)
        Py_CLEAR(dict);
    return dict;
}
