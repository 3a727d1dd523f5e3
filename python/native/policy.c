/* auth0db._native.Policy: what the connection asks of a password. Never changes, so any thread may
 * use it. */
#include "native.h"

#include "auth0db/policy.h"

typedef struct policy_object {
    PyObject_HEAD
    auth0db_policy *policy; /* never NULL */
} policy_object;

static const struct {
    unsigned flag;
    const char *name;
} fault_names[] =
    {
        {AUTH0DB_POLICY_NOT_TEXT, "not_text"}, {AUTH0DB_POLICY_TOO_SHORT, "too_short"},
        {AUTH0DB_POLICY_TOO_LONG, "too_long"}, {AUTH0DB_POLICY_KINDS, "kinds"},
        {AUTH0DB_POLICY_REPEATED, "repeated"}, {AUTH0DB_POLICY_SEQUENCE, "sequence"},
        {AUTH0DB_POLICY_COMMON, "common"},     {AUTH0DB_POLICY_PERSONAL, "personal"},
},
  kind_names[] = {
      {AUTH0DB_KIND_LOWER, "lower"},
      {AUTH0DB_KIND_UPPER, "upper"},
      {AUTH0DB_KIND_NUMBER, "number"},
      {AUTH0DB_KIND_SPECIAL, "special"},
};

PyObject *native_policy_new(native_state *state, auth0db_policy *policy)
{
    policy_object *self = (policy_object *)native_alloc(state->policy_type);
    /* The policy is ours from here on, also where there is no memory for its object. */
    if (self == NULL)
        auth0db_policy_free(policy);
    else
        self->policy = policy;
    return (PyObject *)self;
}

static void policy_dealloc(PyObject *object)
{
    auth0db_policy_free(((policy_object *)object)->policy);
    native_free(object);
}

static int append_name(PyObject *list, const char *name)
{
    PyObject *text = PyUnicode_FromString(name);
    int rc = text != NULL ? PyList_Append(list, text) : -1;
    Py_XDECREF(text);
    return rc;
}

static PyObject *policy_check(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"password", "email", "username", "given_name", "family_name", NULL};
    const char *password;
    Py_ssize_t len;
    auth0db_policy_person person = {0};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y#|$zzzz:check", names, &password, &len,
                                     &person.email, &person.username, &person.given_name,
                                     &person.family_name))
        return NULL;
    unsigned faults =
        auth0db_policy_check(((policy_object *)object)->policy, password, (size_t)len, &person);
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < sizeof fault_names / sizeof fault_names[0]; i++) {
        if ((faults & fault_names[i].flag) != 0 && append_name(list, fault_names[i].name) != 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *policy_rules(PyObject *object, void *unused)
{
    auth0db_policy_rules rules;
    auth0db_policy_get_rules(((policy_object *)object)->policy, &rules);
    PyObject *kinds = PyList_New(0);
    for (size_t i = 0; kinds != NULL && i < sizeof kind_names / sizeof kind_names[0]; i++) {
        if ((rules.kinds & kind_names[i].flag) != 0 && append_name(kinds, kind_names[i].name) != 0)
            Py_CLEAR(kinds);
    }
    if (kinds == NULL)
        return NULL;
    return Py_BuildValue(
        "{s:I,s:N,s:I,s:N,s:N,s:N,s:N,s:N,s:I}", "min_length", rules.min_length, "kinds", kinds,
        "kinds_needed", rules.kinds_needed, "max_72_bytes", PyBool_FromLong(rules.max_72_bytes),
        "no_repeats", PyBool_FromLong(rules.no_repeats), "no_sequences",
        PyBool_FromLong(rules.no_sequences), "dictionary", PyBool_FromLong(rules.dictionary),
        "no_personal_data", PyBool_FromLong(rules.no_personal_data), "history", rules.history);
}

PyObject *native_policy_parse(PyObject *module, PyObject *args)
{
    const char *options;
    Py_ssize_t len;
    auth0db_policy *policy;
    auth0db_error err = {0};
    native_state *state = PyModule_GetState(module);
    if (!PyArg_ParseTuple(args, "s#:policy_parse", &options, &len))
        return NULL;
    if (auth0db_policy_parse(&policy, options, (size_t)len, &err) != AUTH0DB_OK)
        return native_raise(state, &err);
    return native_policy_new(state, policy);
}

static PyMethodDef policy_methods[] = {
    {"check", KEYWORDS(policy_check),
     "Names of all that is wrong with a password (bytes) of the person described."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef policy_getters[] = {
    {"rules", policy_rules, NULL, "What is wanted.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot policy_slots[] = {
    {Py_tp_doc,
     (void *)"What a connection asks of a password; made by Client.policy() or policy_parse()."},
    {Py_tp_dealloc, policy_dealloc},
    {Py_tp_methods, policy_methods},
    {Py_tp_getset, policy_getters},
    {0, NULL},
};

PyType_Spec native_policy_spec = {
    .name = "auth0db._native.Policy",
    .basicsize = sizeof(policy_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = policy_slots,
};
