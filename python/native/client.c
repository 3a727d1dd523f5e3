/* auth0db._native.Client: one tenant. Thread-safe; every call releases the GIL. */
#include "native.h"

#include <string.h>

/* In a thread that has released the GIL: the client logs in the middle of a request. */
static void log_line(void *ctx, auth0db_log_level level, const char *line)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    client_object *self = ctx;
    PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *result = PyObject_CallFunction(self->log, "ss", names[level], line);
    if (result == NULL)
        PyErr_WriteUnraisable(self->log); /* a broken log must not break a login */
    Py_XDECREF(result);
    PyGILState_Release(gil);
}

static int client_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"domain",
                            "client_id",
                            "client_secret",
                            "user_jwt",
                            "connection",
                            "ca_file",
                            "require_username",
                            "connect_timeout",
                            "log",
                            "tenant_domain",
                            "proxy",
                            "identifier",
                            "custom_domain",
                            "management_client_id",
                            "management_client_secret",
                            "client_key",
                            "management_client_key",
                            "client_key_algorithm",
                            "legacy_username",
                            NULL};
    client_object *self = (client_object *)object;
    const char *domain = NULL, *client_id = NULL, *client_secret = NULL, *user_jwt = NULL,
               *connection = NULL, *ca_file = NULL, *tenant_domain = NULL, *proxy = NULL,
               *identifier = NULL, *custom_domain = NULL, *management_client_id = NULL,
               *management_client_secret = NULL, *client_key = NULL, *management_client_key = NULL,
               *client_key_algorithm = NULL;
    int require_username = 0, legacy_username = 0;
    double connect_timeout = 2.0;
    PyObject *log = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|$zzzzzzpdOzzzzzzzzzp:Client", names, &domain,
                                     &client_id, &client_secret, &user_jwt, &connection, &ca_file,
                                     &require_username, &connect_timeout, &log, &tenant_domain,
                                     &proxy, &identifier, &custom_domain, &management_client_id,
                                     &management_client_secret, &client_key, &management_client_key,
                                     &client_key_algorithm, &legacy_username))
        return -1;
    if (self->client != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "Client is already initialised");
        return -1;
    }
    if (log != Py_None)
        self->log = Py_NewRef(log);
    self->require_username = require_username;
    auth0db_client_options options = {
        .size = sizeof options,
        .domain = domain,
        .client_id = client_id,
        .client_secret = client_secret,
        .user_jwt = user_jwt,
        .connection = connection,
        .ca_file = ca_file,
        .require_username = require_username != 0,
        .legacy_username = legacy_username != 0,
        .connect_ms = native_milliseconds(connect_timeout),
        .log_level = AUTH0DB_LOG_INFO,
        .log = self->log != NULL ? log_line : NULL,
        .log_ctx = self,
        .tenant_domain = tenant_domain,
        .proxy = proxy,
        .custom_domain = custom_domain,
        .management_client_id = management_client_id,
        .management_client_secret = management_client_secret,
        .client_key = client_key,
        .management_client_key = management_client_key,
        .client_key_algorithm = client_key_algorithm,
    };
    auth0db_error err = {0};
    if (auth0db_identifier_parse(&options.identifier, identifier, &err) == AUTH0DB_OK &&
        auth0db_client_new(&self->client, &options, &err) == AUTH0DB_OK) {
        self->identifier = options.identifier;
        return 0;
    }
    native_raise(PyType_GetModuleState(Py_TYPE(object)), &err);
    return -1;
}

static int client_traverse(PyObject *object, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(((client_object *)object)->log);
    return 0;
}

static int client_clear(PyObject *object)
{
    client_object *self = (client_object *)object;
    auth0db_client *client = self->client;
    self->client = NULL;
    auth0db_client_free(client);
    Py_CLEAR(self->log); /* last: the client may have logged until now */
    return 0;
}

static void client_dealloc(PyObject *object)
{
    PyObject_GC_UnTrack(object);
    client_clear(object);
    native_free(object);
}

static auth0db_client *usable(PyObject *object)
{
    auth0db_client *client = ((client_object *)object)->client;
    if (client == NULL)
        PyErr_SetString(PyExc_RuntimeError, "Client is not initialised");
    return client;
}

/* (outcome, value or None, message). Steals value, which may be NULL for "none". An outcome is no
 * exception: being refused is an answer, and the caller decides what it means. */
static PyObject *answer(auth0db_outcome outcome, PyObject *value, const auth0db_error *err)
{
    if (value == NULL) {
        if (PyErr_Occurred())
            return NULL;
        value = Py_NewRef(Py_None);
    }
    PyObject *message =
        PyUnicode_DecodeUTF8(err->message, (Py_ssize_t)strlen(err->message), "replace");
    PyObject *outcome_name = PyUnicode_FromString(auth0db_outcome_name(outcome));
    PyObject *tuple = message != NULL && outcome_name != NULL
                          ? PyTuple_Pack(3, outcome_name, value, message)
                          : NULL;
    Py_XDECREF(outcome_name);
    Py_XDECREF(message);
    Py_DECREF(value);
    return tuple;
}

static PyObject *user_answer(auth0db_outcome outcome, const auth0db_tenant_user *user,
                             const auth0db_error *err)
{
    return answer(outcome, outcome == AUTH0DB_OUTCOME_OK ? native_tenant_user(user) : NULL, err);
}

static PyObject *client_grant(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"identifier", "password", "client_ip", "deadline", NULL};
    PyObject *identifier, *client_ip = Py_None;
    auth0db_credentials credentials = {0};
    Py_ssize_t password_len;
    double deadline = 10.0;
    auth0db_client *client = usable(object);
    if (client == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "Oy#|$Od:grant", names, &identifier,
                                     &credentials.password, &password_len, &client_ip, &deadline))
        return NULL;
    credentials.client_ip = native_text_or_null(client_ip);
    PyObject *name = native_identifier(identifier);
    char *text;
    if (name == NULL || PyBytes_AsStringAndSize(name, &text, NULL) != 0)
        return NULL;
    credentials.identifier = text;
    credentials.password_len = (size_t)password_len;
    auth0db_tenant_user user = {0};
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome =
        auth0db_client_grant(client, &credentials, native_milliseconds(deadline), &user, &err);
    Py_END_ALLOW_THREADS
    Py_DECREF(name);
    return user_answer(outcome, &user, &err);
}

static PyObject *client_exchange(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"code",    "redirect_uri", "verifier", "nonce",
                            "max_age", "deadline",     NULL};
    PyObject *given;
    auth0db_page_code code = {.max_age_s = -1};
    long long max_age = -1;
    double deadline = 10.0;
    auth0db_client *client = usable(object);
    if (client == NULL || !PyArg_ParseTupleAndKeywords(args, kwargs, "$OsssLd:exchange", names,
                                                       &given, &code.redirect_uri, &code.verifier,
                                                       &code.nonce, &max_age, &deadline))
        return NULL;
    code.code = native_text_or_null(given); /* a stranger's: what C cannot hold is no code */
    code.max_age_s = max_age;
    auth0db_identity identity = {0};
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome =
        auth0db_client_exchange(client, &code, native_milliseconds(deadline), &identity, &err);
    Py_END_ALLOW_THREADS
    return answer(outcome, outcome == AUTH0DB_OUTCOME_OK ? native_identity(&identity) : NULL, &err);
}

static PyObject *client_identity(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"site", "tenant", "create_users", "deadline", NULL};
    auth0db_identity_options options = {.size = sizeof options};
    auth0db_tenant_user tenant = {0};
    PyObject *told;
    int create_users = 1;
    double deadline = 10.0;
    if (usable(object) == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "$sO!pd:identity", names, &options.site,
                                     &PyDict_Type, &told, &create_users, &deadline))
        return NULL;
    native_read_tenant_user(told, &tenant);
    options.tenant = &tenant;
    options.create_users = create_users != 0;
    options.deadline_ms = native_milliseconds(deadline);
    auth0db_login *machine;
    auth0db_error err = {0};
    native_state *state = PyType_GetModuleState(Py_TYPE(object));
    if (auth0db_identity_new(&machine, &options, &err) != AUTH0DB_OK)
        return native_raise(state, &err);
    return native_login_new(state, (client_object *)object, machine);
}

static PyObject *client_user_create(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"user_id",        "email",    "password",
                            "email_verified", "username", "given_name",
                            "family_name",    "deadline", NULL};
    auth0db_new_user fresh = {0};
    Py_ssize_t password_len;
    int verified = 0;
    double deadline = 10.0;
    auth0db_client *client = usable(object);
    if (client == NULL || !PyArg_ParseTupleAndKeywords(
                              args, kwargs, "ssy#|pzssd:user_create", names, &fresh.user_id,
                              &fresh.email, &fresh.password, &password_len, &verified,
                              &fresh.username, &fresh.given_name, &fresh.family_name, &deadline))
        return NULL;
    fresh.password_len = (size_t)password_len;
    fresh.email_verified = verified != 0;
    auth0db_tenant_user user = {0};
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome =
        auth0db_client_user_create(client, &fresh, native_milliseconds(deadline), &user, &err);
    Py_END_ALLOW_THREADS
    return user_answer(outcome, &user, &err);
}

static PyObject *client_user_get(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"user_id", "deadline", NULL};
    const char *user_id;
    double deadline = 10.0;
    auth0db_client *client = usable(object);
    if (client == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "s|$d:user_get", names, &user_id, &deadline))
        return NULL;
    auth0db_tenant_user user = {0};
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_user_get(client, user_id, native_milliseconds(deadline), &user, &err);
    Py_END_ALLOW_THREADS
    return user_answer(outcome, &user, &err);
}

static PyObject *client_user_set_password(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"user_id", "password", "deadline", NULL};
    const char *user_id, *password;
    Py_ssize_t password_len;
    double deadline = 10.0;
    auth0db_client *client = usable(object);
    if (client == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "sy#|$d:user_set_password", names, &user_id,
                                     &password, &password_len, &deadline))
        return NULL;
    auth0db_tenant_user user = {0};
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_user_set_password(client, user_id, password, (size_t)password_len,
                                               native_milliseconds(deadline), &user, &err);
    Py_END_ALLOW_THREADS
    return user_answer(outcome, &user, &err);
}

static PyObject *client_users_by_email(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"email", "deadline", NULL};
    enum {
        ROOM = 16
    }; /* e-mails are unique per connection, except where the connection says otherwise */
    const char *email;
    double deadline = 10.0;
    auth0db_client *client = usable(object);
    if (client == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "s|$d:users_by_email", names, &email, &deadline))
        return NULL;
    auth0db_tenant_user *users = PyMem_Calloc(ROOM, sizeof *users);
    if (users == NULL)
        return PyErr_NoMemory();
    size_t found = ROOM;
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_users_by_email(client, email, native_milliseconds(deadline), users,
                                            &found, &err);
    Py_END_ALLOW_THREADS
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && outcome == AUTH0DB_OUTCOME_OK && i < found; i++) {
        PyObject *user = native_tenant_user(&users[i]);
        if (user == NULL || PyList_Append(list, user) != 0)
            Py_CLEAR(list);
        Py_XDECREF(user);
    }
    PyMem_Free(users);
    return answer(outcome, list, &err);
}

typedef auth0db_outcome (*user_act)(auth0db_client *client, const char *user_id,
                                    unsigned deadline_ms, auth0db_error *err);

static PyObject *act_on_user(PyObject *object, PyObject *args, PyObject *kwargs, user_act act)
{
    static char *names[] = {"user_id", "deadline", NULL};
    const char *user_id;
    double deadline = 10.0;
    auth0db_client *client = usable(object);
    if (client == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "s|$d:user", names, &user_id, &deadline))
        return NULL;
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = act(client, user_id, native_milliseconds(deadline), &err);
    Py_END_ALLOW_THREADS
    return answer(outcome, NULL, &err);
}

static PyObject *client_delete_user(PyObject *object, PyObject *args, PyObject *kwargs)
{
    return act_on_user(object, args, kwargs, auth0db_client_user_delete);
}

static PyObject *client_block_user(PyObject *object, PyObject *args, PyObject *kwargs)
{
    return act_on_user(object, args, kwargs, auth0db_client_user_block);
}

static auth0db_outcome only_look(auth0db_client *client, const char *user_id, unsigned deadline_ms,
                                 auth0db_error *err)
{
    auth0db_tenant_user user;
    return auth0db_client_user_get(client, user_id, deadline_ms, &user, err);
}

static PyObject *client_has_user(PyObject *object, PyObject *args, PyObject *kwargs)
{
    return act_on_user(object, args, kwargs, only_look);
}

static PyObject *client_reset_mail(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"email", "deadline", NULL};
    const char *email;
    double deadline = 10.0;
    auth0db_client *client = usable(object);
    if (client == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "s|$d:reset_mail", names, &email, &deadline))
        return NULL;
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_reset_mail(client, email, native_milliseconds(deadline), &err);
    Py_END_ALLOW_THREADS
    return answer(outcome, NULL, &err);
}

/* The client, for a method that is told nothing but a deadline; NULL with an exception set. */
static auth0db_client *with_deadline(PyObject *object, PyObject *args, PyObject *kwargs,
                                     unsigned *deadline_ms)
{
    static char *names[] = {"deadline", NULL};
    double deadline = 10.0;
    auth0db_client *client = usable(object);
    if (client == NULL || !PyArg_ParseTupleAndKeywords(args, kwargs, "|$d", names, &deadline))
        return NULL;
    *deadline_ms = native_milliseconds(deadline);
    return client;
}

static PyObject *fact(auth0db_fact told)
{
    return told == AUTH0DB_UNKNOWN ? Py_NewRef(Py_None) : PyBool_FromLong(told == AUTH0DB_YES);
}

static PyObject *attribute(const auth0db_attribute *a)
{
    return Py_BuildValue("{s:N,s:N,s:N}", "taken", fact(a->taken), "identifier",
                         fact(a->identifier), "required", fact(a->required));
}

static PyObject *misfits_of(const auth0db_client *client, const auth0db_connection_info *info)
{
    auth0db_misfit misfits[AUTH0DB_MISFITS_MAX];
    const size_t n = auth0db_client_misfits(client, info, misfits);
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list != NULL && i < n; i++) {
        PyObject *row =
            Py_BuildValue("(sss)", misfits[i].setting, misfits[i].what, misfits[i].cure);
        if (row == NULL || PyList_Append(list, row) != 0)
            Py_CLEAR(list);
        Py_XDECREF(row);
    }
    return list;
}

/* "options": None where the tenant does not tell them. */
static PyObject *connection_dict(const auth0db_client *client, const auth0db_connection_info *info)
{
    PyObject *options =
        !info->options_known
            ? Py_NewRef(Py_None)
            : Py_BuildValue("{s:N,s:N,s:N,s:N,s:N,s:i,s:i,s:s,s:i,s:N,s:N}", "email",
                            attribute(&info->email), "username", attribute(&info->username),
                            "phone", attribute(&info->phone), "passwords", fact(info->passwords),
                            "requires_username", PyBool_FromLong(info->requires_username),
                            "username_min", info->username_min, "username_max", info->username_max,
                            "password_policy", info->password_policy, "password_min_length",
                            info->password_min_length, "brute_force_protection",
                            PyBool_FromLong(info->brute_force_protection), "import_mode",
                            PyBool_FromLong(info->import_mode));
    if (options == NULL)
        return NULL;
    return Py_BuildValue("{s:s,s:s,s:s,s:N,s:N,s:N,s:N}", "id", info->id, "name", info->name,
                         "strategy", info->strategy, "enabled_for_client",
                         PyBool_FromLong(info->enabled_for_client), "other_applications",
                         PyBool_FromLong(info->other_applications), "options", options, "misfits",
                         misfits_of(client, info));
}

static PyObject *client_connection(PyObject *object, PyObject *args, PyObject *kwargs)
{
    unsigned deadline_ms;
    auth0db_client *client = with_deadline(object, args, kwargs, &deadline_ms);
    if (client == NULL)
        return NULL;
    auth0db_connection_info info = {0};
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_connection(client, deadline_ms, &info, &err);
    Py_END_ALLOW_THREADS
    return answer(outcome, outcome == AUTH0DB_OUTCOME_OK ? connection_dict(client, &info) : NULL,
                  &err);
}

static PyObject *client_policy(PyObject *object, PyObject *args, PyObject *kwargs)
{
    unsigned deadline_ms;
    auth0db_client *client = with_deadline(object, args, kwargs, &deadline_ms);
    if (client == NULL)
        return NULL;
    auth0db_policy *policy;
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_policy(client, deadline_ms, &policy, &err);
    Py_END_ALLOW_THREADS
    PyObject *wrapped = NULL;
    if (outcome == AUTH0DB_OUTCOME_OK)
        wrapped = native_policy_new(PyType_GetModuleState(Py_TYPE(object)), policy);
    return answer(outcome, wrapped, &err);
}

static PyObject *client_mfa_policy(PyObject *object, PyObject *args, PyObject *kwargs)
{
    unsigned deadline_ms;
    auth0db_client *client = with_deadline(object, args, kwargs, &deadline_ms);
    if (client == NULL)
        return NULL;
    auth0db_mfa_policy policy;
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_mfa_policy(client, deadline_ms, &policy, &err);
    Py_END_ALLOW_THREADS
    return answer(
        outcome,
        Py_BuildValue("(ss)", auth0db_mfa_policy_name(policy), auth0db_mfa_policy_says(policy)),
        &err);
}

static PyObject *client_own_mails(PyObject *object, PyObject *args, PyObject *kwargs)
{
    unsigned deadline_ms;
    auth0db_client *client = with_deadline(object, args, kwargs, &deadline_ms);
    if (client == NULL)
        return NULL;
    auth0db_fact own;
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_own_mails(client, deadline_ms, &own, &err);
    Py_END_ALLOW_THREADS
    PyObject *told =
        own == AUTH0DB_UNKNOWN ? Py_NewRef(Py_None) : PyBool_FromLong(own == AUTH0DB_YES);
    return answer(outcome, told, &err);
}

static PyObject *client_application(PyObject *object, PyObject *args, PyObject *kwargs)
{
    unsigned deadline_ms;
    auth0db_client *client = with_deadline(object, args, kwargs, &deadline_ms);
    if (client == NULL)
        return NULL;
    auth0db_application_info info = {0};
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_application(client, deadline_ms, &info, &err);
    Py_END_ALLOW_THREADS
    PyObject *dict = NULL;
    if (outcome == AUTH0DB_OUTCOME_OK)
        dict = Py_BuildValue("{s:N,s:N,s:N}", "password_realm_grant",
                             PyBool_FromLong(info.password_realm_grant), "client_credentials_grant",
                             PyBool_FromLong(info.client_credentials_grant),
                             "forwarded_for_trusted", PyBool_FromLong(info.forwarded_for_trusted));
    return answer(outcome, dict, &err);
}

static PyObject *client_web_setup(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"callback", "logged_out", "login", "deadline", NULL};
    auth0db_web_urls urls = {0};
    double deadline = 10.0;
    auth0db_client *client = usable(object);
    if (client == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "$sssd:web_setup", names, &urls.callback,
                                     &urls.logged_out, &urls.login, &deadline))
        return NULL;
    auth0db_web_setup told = {0};
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_web_setup(client, &urls, native_milliseconds(deadline), &told, &err);
    Py_END_ALLOW_THREADS
    PyObject *dict = NULL;
    if (outcome == AUTH0DB_OUTCOME_OK)
        dict = Py_BuildValue("{s:N,s:N,s:N,s:N,s:N}", "callback", fact(told.callback), "logged_out",
                             fact(told.logged_out), "login", fact(told.login), "code_grant",
                             fact(told.code_grant), "rs256", fact(told.rs256));
    return answer(outcome, dict, &err);
}

static PyObject *client_web_domain(PyObject *object, PyObject *args, PyObject *kwargs)
{
    unsigned deadline_ms;
    auth0db_client *client = with_deadline(object, args, kwargs, &deadline_ms);
    if (client == NULL)
        return NULL;
    auth0db_web_domain told = {0};
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_web_domain(client, deadline_ms, &told, &err);
    Py_END_ALLOW_THREADS
    PyObject *dict = NULL;
    if (outcome == AUTH0DB_OUTCOME_OK)
        dict = Py_BuildValue(
            "{s:N,s:N}", "own", fact(told.own), "another",
            PyUnicode_DecodeUTF8(told.another, (Py_ssize_t)strlen(told.another), "replace"));
    return answer(outcome, dict, &err);
}

static PyObject *client_scopes(PyObject *object, PyObject *args, PyObject *kwargs)
{
    unsigned deadline_ms;
    auth0db_client *client = with_deadline(object, args, kwargs, &deadline_ms);
    if (client == NULL)
        return NULL;
    char scopes[8192] = "";
    auth0db_error err = {0};
    auth0db_outcome outcome;
    Py_BEGIN_ALLOW_THREADS
    outcome = auth0db_client_scopes(client, deadline_ms, scopes, sizeof scopes, &err);
    Py_END_ALLOW_THREADS
    return answer(outcome, PyUnicode_DecodeUTF8(scopes, (Py_ssize_t)strlen(scopes), "replace"),
                  &err);
}

static PyObject *client_state(PyObject *object, PyObject *unused)
{
    auth0db_client *client = usable(object);
    if (client == NULL)
        return NULL;
    auth0db_client_state state = {0};
    auth0db_client_get_state(client, &state);
    const bool wrong = state.setup.code != AUTH0DB_OK;
    PyObject *ahead = state.clock_known ? PyLong_FromLong(state.clock_ahead_s) : Py_NewRef(Py_None);
    return Py_BuildValue("{s:N,s:N,s:d,s:I,s:k,s:N,s:s,s:s}", "clock_ahead", ahead, "breaker_open",
                         PyBool_FromLong(state.breaker_open), "retry_in",
                         state.retry_in_ms / 1000.0, "failures_in_a_row", state.failures_in_a_row,
                         "requests", state.requests, "misconfigured", PyBool_FromLong(wrong),
                         "setting", state.setup.where, "detail", state.setup.message);
}

static PyObject *client_hold(PyObject *object, PyObject *hold)
{
    auth0db_client *client = usable(object);
    const int yes = client != NULL ? PyObject_IsTrue(hold) : -1;
    if (yes < 0)
        return NULL;
    auth0db_client_hold(client, yes != 0);
    return Py_NewRef(Py_None);
}

static PyObject *client_login(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"site",
                            "identifier",
                            "password",
                            "client_ip",
                            "deadline",
                            "outage_fallback",
                            "create_users",
                            "adopt_existing",
                            "sync_address",
                            "sync_active",
                            NULL};
    auth0db_login_options options = {.size = sizeof options};
    PyObject *identifier, *client_ip = Py_None;
    Py_ssize_t password_len;
    double deadline = 10.0;
    int fallback = 1, create_users = 1, adopt = 0, address = 0, active = 0;
    if (usable(object) == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "sOy#|Odppppp:login", names, &options.site,
                                     &identifier, &options.password, &password_len, &client_ip,
                                     &deadline, &fallback, &create_users, &adopt, &address,
                                     &active))
        return NULL;
    PyObject *name = native_identifier(identifier);
    char *text;
    if (name == NULL || PyBytes_AsStringAndSize(name, &text, NULL) != 0)
        return NULL;
    options.identifier = text;
    options.password_len = (size_t)password_len;
    options.deadline_ms = native_milliseconds(deadline);
    options.outage_fallback = fallback != 0;
    options.create_users = create_users != 0;
    options.adopt_existing = adopt != 0;
    options.sync_address = address != 0;
    options.sync_active = active != 0;
    options.client_ip = native_text_or_null(client_ip);
    options.require_username = ((client_object *)object)->require_username != 0;
    options.login_by = ((client_object *)object)->identifier;
    native_state *state = PyType_GetModuleState(Py_TYPE(object));
    auth0db_error err = {0};
    auth0db_login *machine;
    int rc = auth0db_login_new(&machine, &options, &err);
    Py_DECREF(name);
    if (rc != AUTH0DB_OK)
        return native_raise(state, &err);
    return native_login_new(state, (client_object *)object, machine);
}

static PyObject *client_push(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"user_key", "password", "deadline", NULL};
    auth0db_push_options options = {.size = sizeof options};
    Py_ssize_t password_len;
    double deadline = 10.0;
    if (usable(object) == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "sy#|$d:push", names, &options.user_key,
                                     &options.password, &password_len, &deadline))
        return NULL;
    options.password_len = (size_t)password_len;
    options.deadline_ms = native_milliseconds(deadline);
    native_state *state = PyType_GetModuleState(Py_TYPE(object));
    auth0db_error err = {0};
    auth0db_login *machine;
    if (auth0db_push_new(&machine, &options, &err) != AUTH0DB_OK)
        return native_raise(state, &err);
    return native_login_new(state, (client_object *)object, machine);
}

static PyObject *client_sync(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"site",     "user_key", "address",  "active",
                            "verifies", "retries",  "deadline", NULL};
    auth0db_sync_options options = {.size = sizeof options};
    int address = 0, active = 0, verifies = 0, retries = 0;
    double deadline = 10.0;
    if (usable(object) == NULL ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "ss|$ppppd:sync", names, &options.site,
                                     &options.user_key, &address, &active, &verifies, &retries,
                                     &deadline))
        return NULL;
    options.address = address != 0;
    options.active = active != 0;
    options.verifies = verifies != 0;
    options.retries = retries != 0;
    options.require_username = ((client_object *)object)->require_username != 0;
    options.deadline_ms = native_milliseconds(deadline);
    native_state *state = PyType_GetModuleState(Py_TYPE(object));
    auth0db_error err = {0};
    auth0db_login *machine;
    if (auth0db_sync_new(&machine, &options, &err) != AUTH0DB_OK)
        return native_raise(state, &err);
    return native_login_new(state, (client_object *)object, machine);
}

static PyMethodDef client_methods[] = {
    {"login", KEYWORDS(client_login), "A Login: one attempt of one person."},
    {"push", KEYWORDS(client_push), "A Login that tells the tenant a password just set."},
    {"sync", KEYWORDS(client_sync),
     "A Login that tells the tenant what has changed beside a password."},
    {"grant", KEYWORDS(client_grant), "Password grant: (outcome, user or None, message)."},
    {"exchange", KEYWORDS(client_exchange),
     "A code of the login page: (outcome, identity or None, message)."},
    {"identity", KEYWORDS(client_identity),
     "A Login of somebody whom the tenant's own page has let in."},
    {"user_create", KEYWORDS(client_user_create), "POST a user: (outcome, user or None, message)."},
    {"user_get", KEYWORDS(client_user_get), "GET a user: (outcome, user or None, message)."},
    {"user_set_password", KEYWORDS(client_user_set_password),
     "PATCH the password. Lifts a block: read first."},
    {"users_by_email", KEYWORDS(client_users_by_email), "The connection's users with this e-mail."},
    {"delete_user", KEYWORDS(client_delete_user),
     "Delete the connection's user of this id: (outcome, None, message)."},
    {"block_user", KEYWORDS(client_block_user),
     "Block the connection's user of this id, with our mark: (outcome, None, message)."},
    {"has_user", KEYWORDS(client_has_user),
     "Is there a user of this id in the connection? (outcome, None, message)."},
    {"reset_mail", KEYWORDS(client_reset_mail),
     "Have the tenant mail a reset link: (outcome, None, message), the same for nobody."},
    {"connection", KEYWORDS(client_connection), "What the tenant says of AUTH0_CONNECTION."},
    {"policy", KEYWORDS(client_policy),
     "What the connection asks of a password: (outcome, Policy or None, message)."},
    {"application", KEYWORDS(client_application), "What the tenant says of AUTH0_CLIENT_ID."},
    {"web_setup", KEYWORDS(client_web_setup),
     "Is what Universal Login needs registered? None: it is not told."},
    {"web_domain", KEYWORDS(client_web_domain),
     "The tenant's custom domains: (outcome, dict or None, message)."},
    {"own_mails", KEYWORDS(client_own_mails),
     "Does the tenant mail through a provider of its own? None: it does not tell."},
    {"mfa_policy", KEYWORDS(client_mfa_policy),
     "Whom the tenant asks for a second factor: (outcome, (name, what it means), message)."},
    {"scopes", KEYWORDS(client_scopes), "Scopes of the management token."},
    {"hold", client_hold, METH_O,
     "While true nothing is changed at the tenant: what would ends \"held\", unsent."},
    {"state", client_state, METH_NOARGS, "Circuit breaker and request count of this process."},
    {NULL, NULL, 0, NULL},
};

static PyObject *client_address(PyObject *object, void *unused)
{
    auth0db_client *client = usable(object);
    return client != NULL ? PyUnicode_FromString(auth0db_client_address(client)) : NULL;
}

static PyGetSetDef client_getters[] = {
    {"address", client_address, NULL, "Where login pages are: a URL without a slash at the end.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot client_slots[] = {
    {Py_tp_doc, (void *)"One tenant. Thread-safe, survives fork; calls release the GIL."},
    {Py_tp_init, client_init},
    {Py_tp_traverse, client_traverse},
    {Py_tp_clear, client_clear},
    {Py_tp_dealloc, client_dealloc},
    {Py_tp_methods, client_methods},
    {Py_tp_getset, client_getters},
    {0, NULL},
};

PyType_Spec native_client_spec = {
    .name = "auth0db._native.Client",
    .basicsize = sizeof(client_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = client_slots,
};
