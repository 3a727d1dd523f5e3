/* Sealed texts (auth0db/seal.h), for what waits in a table of the site. Python hands over the
 * secrets one by one; which of them opens a text is tried there. */
#include "native.h"

#include "auth0db/seal.h"

PyObject *native_seal(PyObject *module, PyObject *args)
{
    auth0db_seal_key key = {0};
    const char *text;
    Py_ssize_t secret_len, len;
    char *line;
    size_t line_len;
    auth0db_error err = {0};
    if (!PyArg_ParseTuple(args, "y#sy#:seal", &key.secret, &secret_len, &key.context, &text, &len))
        return NULL;
    key.secret_len = (size_t)secret_len;
    if (auth0db_seal(&line, &line_len, &key, text, (size_t)len, &err) != AUTH0DB_OK)
        return native_raise(PyModule_GetState(module), &err);
    PyObject *sealed = PyUnicode_FromStringAndSize(line, (Py_ssize_t)line_len);
    /* Freed by the library that has made it, which wipes it. */
    auth0db_seal_free(line, line_len);
    return sealed;
}

PyObject *native_unseal(PyObject *module, PyObject *args)
{
    auth0db_seal_key key = {0};
    const char *sealed;
    Py_ssize_t secret_len, len;
    char *text;
    size_t text_len;
    auth0db_error err = {0};
    if (!PyArg_ParseTuple(args, "y#ss#:unseal", &key.secret, &secret_len, &key.context, &sealed,
                          &len))
        return NULL;
    key.secret_len = (size_t)secret_len;
    int rc = auth0db_unseal(&text, &text_len, &key, sealed, (size_t)len, &err);
    if (rc == AUTH0DB_ERR_MALFORMED) /* an answer: the next secret may open it */
        return Py_NewRef(Py_None);
    if (rc != AUTH0DB_OK)
        return native_raise(PyModule_GetState(module), &err);
    PyObject *opened = PyBytes_FromStringAndSize(text, (Py_ssize_t)text_len);
    auth0db_seal_free(text, text_len);
    return opened;
}
