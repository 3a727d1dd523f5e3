/* auth0db._native.Login: one login attempt. The machine's tenant side runs here, without the GIL.
 */
#include "native.h"

static int login_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)((login_object *)object)->client);
    return 0;
}

static int login_clear(PyObject *object)
{
    login_object *self = (login_object *)object;
    Py_CLEAR(self->client);
    return 0;
}

static void login_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    auth0db_login_free(((login_object *)object)->login);
    login_clear(object);
    native_free(object);
}

PyObject *native_login_new(native_state *state, client_object *client, auth0db_login *machine)
{
    login_object *self = (login_object *)native_alloc(state->login_type);
    if (self == NULL) {
        auth0db_login_free(machine);
        return NULL;
    }
    self->login = machine;
    self->client = (client_object *)Py_XNewRef((PyObject *)client);
    return (PyObject *)self;
}

/* Tell the answer (unless this is the first step), then let the tenant's part run. */
static int advance(login_object *self, const auth0db_answer *answer, auth0db_error *err)
{
    int rc = AUTH0DB_OK;
    if (answer != NULL)
        rc = auth0db_login_tell(self->login, answer, err);
    if (rc != AUTH0DB_OK)
        return rc;
    return auth0db_login_run(self->login, self->client != NULL ? self->client->client : NULL, err);
}

static PyObject *login_step(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"users", "user", "yes", "no_password", "outdated", "named_twice", NULL};
    login_object *self = (login_object *)object;
    native_state *state = PyType_GetModuleState(Py_TYPE(object));
    auth0db_answer answer = {0};
    PyObject *user = Py_None;
    int yes = 0, no_password = 0, outdated = 0, named_twice = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$iOpppp:step", names, &answer.users, &user,
                                     &yes, &no_password, &outdated, &named_twice))
        return NULL;
    answer.yes = yes != 0;
    answer.no_password = no_password != 0;
    answer.outdated = outdated != 0;
    answer.named_twice = named_twice != 0;
    if (user != Py_None && native_site_user(user, &answer.user) != 0)
        return NULL;
    /* Checked with the GIL held, and noted before it is released: a second thread would answer a
     * question that the first one is still at. */
    if (self->busy || self->login == NULL ||
        (self->client != NULL && self->client->client == NULL)) {
        PyErr_SetString(PyExc_RuntimeError, "a Login is for one thread at a time");
        return NULL;
    }
    auth0db_error err = {0};
    int rc;
    self->busy = 1;
    Py_BEGIN_ALLOW_THREADS
    rc = advance(self, self->asked ? &answer : NULL, &err);
    Py_END_ALLOW_THREADS
    self->busy = 0;
    self->asked = 1;
    return rc == AUTH0DB_OK ? native_question(auth0db_login_question(self->login))
                            : native_raise(state, &err);
}

static PyObject *login_requests(PyObject *object, void *unused)
{
    return PyLong_FromUnsignedLong(auth0db_login_requests(((login_object *)object)->login));
}

static PyObject *login_trouble(PyObject *object, void *unused)
{
    const auth0db_error *trouble = auth0db_login_trouble(((login_object *)object)->login);
    if (trouble->code == AUTH0DB_OK)
        return Py_NewRef(Py_None);
    return PyUnicode_FromFormat("%s: %s%s%s", auth0db_code_name(trouble->code), trouble->where,
                                trouble->where[0] != '\0' ? ": " : "", trouble->message);
}

/* Who stays on the site must get in where the settings are wrong: that is what break-glass is
 * for. */
PyObject *native_login_without_tenant(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"site", "identifier", "password", NULL};
    auth0db_login_options options = {.size = sizeof options};
    PyObject *identifier;
    Py_ssize_t password_len;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "sOy#:login_without_tenant", names,
                                     &options.site, &identifier, &options.password, &password_len))
        return NULL;
    options.password_len = (size_t)password_len;
    PyObject *name = native_identifier(identifier);
    char *text;
    if (name == NULL || PyBytes_AsStringAndSize(name, &text, NULL) != 0)
        return NULL;
    options.identifier = text;
    native_state *state = PyModule_GetState(module);
    auth0db_error err = {0};
    auth0db_login *machine;
    int rc = auth0db_login_new(&machine, &options, &err);
    Py_DECREF(name);
    return rc == AUTH0DB_OK ? native_login_new(state, NULL, machine) : native_raise(state, &err);
}

static PyMethodDef login_methods[] = {
    {"step", KEYWORDS(login_step),
     "Answer the last question (nothing on the first call); returns the next."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef login_getters[] = {
    {"requests", login_requests, NULL, "HTTP requests so far, token and key set not counted.",
     NULL},
    {"trouble", login_trouble, NULL, "What went wrong at the tenant, or None.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot login_slots[] = {
    {Py_tp_doc, (void *)"One login attempt; made by Client.login()."},
    {Py_tp_traverse, login_traverse},
    {Py_tp_clear, login_clear},
    {Py_tp_dealloc, login_dealloc},
    {Py_tp_methods, login_methods},
    {Py_tp_getset, login_getters},
    {0, NULL},
};

PyType_Spec native_login_spec = {
    .name = "auth0db._native.Login",
    .basicsize = sizeof(login_object),
    /* None by hand: one without a machine could only fail later. */
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = login_slots,
};
