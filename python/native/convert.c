/* Python values to and from auth0db's. It decides nothing. A text that C cannot hold counts as
 * missing. */
#include "native.h"

#include <string.h>

/* Never 0, which would mean the default: who sets a deadline of nothing wants no ten seconds. An
 * hour at the most, so that the number fits. */
unsigned native_milliseconds(double seconds)
{
    if (!(seconds > 0.001))
        return 1;
    return seconds < 3600 ? (unsigned)(seconds * 1000) : 3600000;
}

int native_put(PyObject *dict, const char *key, PyObject *value)
{
    if (value == NULL)
        return -1;
    int rc = PyDict_SetItemString(dict, key, value);
    Py_DecRef(value);
    return rc;
}

/* Replaced rather than refused: a text of the tenant's, cut in the middle of a character, must not
 * end a login in an exception. */
int native_put_text(PyObject *dict, const char *key, const char *text)
{
    if (text == NULL)
        return PyDict_SetItemString(dict, key, Py_None);
    return native_put(dict, key, PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace"));
}

PyObject *native_tenant_user(const auth0db_tenant_user *user)
{
    const struct {
        const char *key, *text;
    } texts[] = {
        {"user_id", user->user_id},       {"email", user->email},
        {"username", user->username},     {"name", user->name},
        {"given_name", user->given_name}, {"family_name", user->family_name},
        {"last_login", user->last_login}, {"last_password_reset", user->last_password_reset},
    };
    PyObject *dict = PyDict_New();
    int rc = dict == NULL ? -1 : 0;
    for (size_t i = 0; rc == 0 && i < sizeof texts / sizeof texts[0]; i++)
        rc = native_put_text(dict, texts[i].key, texts[i].text);
    if (rc == 0)
        rc = native_put(dict, "email_verified", PyBool_FromLong(user->email_verified));
    if (rc == 0)
        rc = native_put(dict, "blocked", PyBool_FromLong(user->blocked));
    if (rc != 0)
        Py_CLEAR(dict);
    return dict;
}

/* One that does not fit is left out, not cut: half an id is another one's. */
static void read_text(PyObject *dict, const char *key, char *out, size_t size)
{
    PyObject *value = PyDict_GetItemString(dict, key); /* borrowed */
    const char *text = value != NULL ? native_text_or_null(value) : NULL;
    if (text != NULL && strlen(text) < size)
        memcpy(out, text, strlen(text) + 1);
}

void native_read_tenant_user(PyObject *dict, auth0db_tenant_user *out)
{
    *out = (auth0db_tenant_user){0};
    read_text(dict, "user_id", out->user_id, sizeof out->user_id);
    read_text(dict, "email", out->email, sizeof out->email);
    read_text(dict, "username", out->username, sizeof out->username);
    read_text(dict, "name", out->name, sizeof out->name);
    read_text(dict, "given_name", out->given_name, sizeof out->given_name);
    read_text(dict, "family_name", out->family_name, sizeof out->family_name);
    out->email_verified = PyDict_GetItemString(dict, "email_verified") == Py_True;
}

static int put_subject(PyObject *dict, const auth0db_question *q)
{
    int rc = 0;
    if (q->identifier != NULL)
        rc = native_put_text(dict, "identifier", q->identifier);
    if (rc == 0 && q->user_key != NULL)
        rc = native_put_text(dict, "user_key", q->user_key);
    if (rc == 0 && q->auth0_id != NULL)
        rc = native_put_text(dict, "auth0_id", q->auth0_id);
    if (rc == 0 && q->email != NULL)
        rc = native_put_text(dict, "email", q->email);
    if (rc == 0 && q->tenant != NULL)
        rc = native_put(dict, "tenant", native_tenant_user(q->tenant));
    return rc;
}

/* Only what belongs to the question: the other members are not set, and nobody may take them for
 * said. */
static int put_details(PyObject *dict, const auth0db_question *q)
{
    switch (q->ask) {
    case AUTH0DB_ASK_LINK:
        if (native_put_text(dict, "standing", auth0db_standing_name(q->standing)) != 0)
            return -1;
        /* fall through */
    case AUTH0DB_ASK_CREATE_LOCAL:
    case AUTH0DB_ASK_RENEW_HASH:
    case AUTH0DB_ASK_MARK_IN_STEP:
        if (native_put(dict, "reencoded", PyBool_FromLong(q->reencoded)) != 0)
            return -1;
        if (native_put_text(dict, "lane", auth0db_lane_name(q->lane)) != 0)
            return -1;
        return native_put_text(dict, "tenant_mark", q->tenant_mark);
    case AUTH0DB_ASK_REMEMBER:
        return native_put_text(dict, "word", q->word);
    case AUTH0DB_ASK_END_PUSH:
        if (native_put_text(dict, "tenant_mark", q->tenant_mark) != 0)
            return -1;
        /* fall through */
    case AUTH0DB_ASK_UNPUSHED:
    case AUTH0DB_PUSH_ENDED:
        if (native_put_text(dict, "standing", auth0db_standing_name(q->standing)) != 0)
            return -1;
        return native_put_text(dict, "unpushed", q->unpushed);
    case AUTH0DB_ASK_CHECK_LOCAL:
        return native_put(dict, "hashes_tried", PyBool_FromLong(q->hashes_tried));
    case AUTH0DB_ASK_HOLDOUT:
        return native_put_text(dict, "holdout", auth0db_holdout_name(q->holdout));
    case AUTH0DB_REFUSE:
        if (native_put(dict, "may_be_told", PyBool_FromLong(q->may_be_told)) != 0)
            return -1;
        return native_put_text(dict, "refusal", auth0db_refusal_name(q->refusal));
    case AUTH0DB_ADMIT:
        if (native_put(dict, "sync_due", PyBool_FromLong(q->sync_due)) != 0)
            return -1;
        return native_put(dict, "by_fallback", PyBool_FromLong(q->by_fallback));
    case AUTH0DB_ASK_END_SYNC:
        if (native_put(dict, "unclear", PyBool_FromLong(q->unclear)) != 0 ||
            native_put(dict, "blocked",
                       q->blocked == AUTH0DB_UNKNOWN
                           ? Py_NewRef(Py_None)
                           : PyBool_FromLong(q->blocked == AUTH0DB_YES)) != 0)
            return -1;
        /* fall through */
    case AUTH0DB_SYNC_ENDED:
        return native_put_text(dict, "unsynced", q->unsynced);
    default:
        return 0;
    }
}

PyObject *native_question(const auth0db_question *question)
{
    PyObject *dict = PyDict_New();
    if (dict == NULL)
        return NULL;
    if (native_put_text(dict, "ask", auth0db_ask_name(question->ask)) != 0 ||
        put_subject(dict, question) != 0 || put_details(dict, question) != 0)
        Py_CLEAR(dict);
    return dict;
}

const char *native_text_or_null(PyObject *text)
{
    Py_ssize_t len;
    const char *utf8 = PyUnicode_Check(text) ? PyUnicode_AsUTF8AndSize(text, &len) : NULL;
    PyErr_Clear(); /* lone surrogates */
    return utf8 != NULL && strlen(utf8) == (size_t)len ? utf8 : NULL;
}

static const char *borrowed_text(PyObject *dict, const char *key)
{
    PyObject *value = PyDict_GetItemString(dict, key);
    if (value == NULL || value == Py_None || PyErr_Occurred())
        return NULL;
    if (PyUnicode_Check(value))
        return native_text_or_null(value);
    PyErr_Format(PyExc_TypeError, "user[\"%s\"] must be str", key);
    return NULL;
}

/* What is missing is false: who is not said to be active is not. */
static bool truth(PyObject *dict, const char *key)
{
    PyObject *value = PyDict_GetItemString(dict, key);
    return value != NULL && PyObject_IsTrue(value) == 1;
}

static unsigned count(PyObject *dict, const char *key)
{
    PyObject *value = PyDict_GetItemString(dict, key);
    unsigned long number = value != NULL ? PyLong_AsUnsignedLong(value) : 0;
    return PyErr_Occurred() ? 0 : (unsigned)number;
}

/* A word that nobody knows is an error, and no "other": the two sides would be of different
 * releases. */
static auth0db_standing standing(PyObject *dict)
{
    const char *word = borrowed_text(dict, "standing");
    for (int i = 0; word != NULL && i <= AUTH0DB_STANDING_REPLACED; i++) {
        if (strcmp(word, auth0db_standing_name((auth0db_standing)i)) == 0)
            return (auth0db_standing)i;
    }
    if (word != NULL)
        PyErr_Format(PyExc_ValueError, "user[\"standing\"]: there is no %s", word);
    return AUTH0DB_STANDING_OTHER;
}

static auth0db_moved moved(PyObject *dict)
{
    const char *word = borrowed_text(dict, "moved");
    for (int i = 0; word != NULL && i <= AUTH0DB_MOVED_BOTH; i++) {
        if (strcmp(word, auth0db_moved_name((auth0db_moved)i)) == 0)
            return (auth0db_moved)i;
    }
    if (word != NULL)
        PyErr_Format(PyExc_ValueError, "user[\"moved\"]: there is no %s", word);
    return AUTH0DB_MOVED_NEITHER;
}

int native_site_user(PyObject *dict, auth0db_site_user *out)
{
    if (!PyDict_Check(dict)) {
        PyErr_SetString(PyExc_TypeError, "user must be a dict");
        return -1;
    }
    *out = (auth0db_site_user){
        .key = borrowed_text(dict, "key"),
        .email = borrowed_text(dict, "email"),
        .username = borrowed_text(dict, "username"),
        .given_name = borrowed_text(dict, "given_name"),
        .family_name = borrowed_text(dict, "family_name"),
        .auth0_id = borrowed_text(dict, "auth0_id"),
        .tenant_email = borrowed_text(dict, "tenant_email"),
        .tenant_mark = borrowed_text(dict, "tenant_mark"),
        .email_verified = truth(dict, "email_verified"),
        .active = truth(dict, "active"),
        .moved = moved(dict),
        .tombstones = count(dict, "tombstones"),
        .tenant_username = borrowed_text(dict, "tenant_username"),
        .unsynced = borrowed_text(dict, "unsynced"),
        .in_doubt = truth(dict, "in_doubt"),
        .blocked_by_site = truth(dict, "blocked_by_site"),
        .standing = standing(dict),
        .shared_known = truth(dict, "shared_known"),
        .told_waits = truth(dict, "told_waits"),
        .word = borrowed_text(dict, "word"),
        .holdout_stands = truth(dict, "holdout_stands"),
        .keep_local = truth(dict, "keep_local"),
    };
    if (!PyErr_Occurred() && (out->key == NULL || *out->key == '\0'))
        PyErr_SetString(PyExc_ValueError, "user[\"key\"] is missing");
    return PyErr_Occurred() ? -1 : 0;
}

/* The typed name may be anything. It is changed so that it names nobody, and goes the way of any
 * wrong name: an exception would tell it apart (S10). */
PyObject *native_identifier(PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "identifier must be str");
        return NULL;
    }
    PyObject *bytes = PyUnicode_AsEncodedString(text, "utf-8", "replace");
    char *data;
    Py_ssize_t len;
    if (bytes == NULL || PyBytes_AsStringAndSize(bytes, &data, &len) != 0)
        return NULL;
    if (memchr(data, '\0', (size_t)len) == NULL)
        return bytes;
    PyObject *clean =
        PyBytes_FromStringAndSize(data, len); /* bytes are immutable: change a fresh copy */
    Py_DecRef(bytes);
    if (clean == NULL || PyBytes_AsStringAndSize(clean, &data, &len) != 0)
        return NULL;
    for (Py_ssize_t i = 0; i < len; i++) {
        if (data[i] == '\0')
            data[i] = '?';
    }
    return clean;
}
