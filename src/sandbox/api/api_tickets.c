/* Tickets and the verification mail that the Management API makes: what their bodies may hold, and
 * whose they are. tickets.c makes the link, api_reset.c follows it. */
#include "sandbox/api/api_tickets.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "sandbox/jobs/jobs.h"
#include "sandbox/tenant/mails.h"
#include "sandbox/tenant/tenant_log.h"
#include "sandbox/tenant/tickets.h"
#include "sandbox/tenant/user_rules.h"

/* ---- what a body may hold (facts/auth0.md 4.11 and the API's description) ---- */

static bool is_word(const char *text, size_t least, size_t most)
{
    size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    return text[len] == '\0' && len >= least && len <= most;
}

/* A provider, a bar and an id, without white space (facts/auth0.md 4.1). */
static bool is_user_id(const char *text)
{
    const char *bar = strchr(text, '|');
    return bar != NULL && bar != text && bar[1] != '\0' && strpbrk(text, " \t\r\n\v\f") == NULL;
}

static bool is_connection_id(const char *text)
{
    return strncmp(text, "con_", 4) == 0 && is_word(text + 4, 16, 16) &&
           strpbrk(text + 4, "_-") == NULL;
}

static bool is_client_id(const char *text)
{
    return is_word(text, 1, 64);
}

static bool is_organization_id(const char *text)
{
    return strncmp(text, "org_", 4) == 0 && is_word(text + 4, 16, 16) &&
           strpbrk(text + 4, "_-") == NULL;
}

/* Which call takes which member. */
enum { IN_RESET = 1, IN_VERIFY = 2, IN_MAIL = 4 };

static const struct field {
    const char *name;
    json_type type; /* JSON_TRUE: a boolean */
    unsigned where;
    bool (*text_ok)(const char *text);
} fields[] = {
    {"client_id", JSON_STRING, IN_RESET | IN_VERIFY | IN_MAIL, is_client_id},
    {"connection_id", JSON_STRING, IN_RESET, is_connection_id},
    {"email", JSON_STRING, IN_RESET, sb_email_ok},
    {"identity", JSON_OBJECT, IN_RESET | IN_VERIFY | IN_MAIL, NULL},
    {"includeEmailInRedirect", JSON_TRUE, IN_RESET | IN_VERIFY, NULL},
    {"mark_email_as_verified", JSON_TRUE, IN_RESET, NULL},
    {"organization_id", JSON_STRING, IN_RESET | IN_VERIFY | IN_MAIL, is_organization_id},
    {"result_url", JSON_STRING, IN_RESET | IN_VERIFY, sb_result_url_ok},
    {"ttl_sec", JSON_INTEGER, IN_RESET | IN_VERIFY, NULL},
    {"user_id", JSON_STRING, IN_RESET | IN_VERIFY | IN_MAIL, is_user_id},
};

static bool check_field(sb_call *call, const struct field *field, const json_t *value)
{
    json_type type = json_is_boolean(value) ? JSON_TRUE : json_typeof(value);
    if (type != field->type)
        return sb_refuse_member(call, field->name, "Invalid type");
    if (type == JSON_STRING && !field->text_ok(json_string_value(value)))
        return sb_refuse_member(call, field->name, "Object didn't pass validation");
    if (type == JSON_INTEGER && json_integer_value(value) < 0)
        return sb_refuse_member(call, field->name, "Value is less than minimum 0");
    return true;
}

static const struct field *field_named(const char *name, unsigned where)
{
    for (size_t i = 0; i < A0_COUNT(fields); i++) {
        if ((fields[i].where & where) != 0 && strcmp(fields[i].name, name) == 0)
            return &fields[i];
    }
    return NULL;
}

static bool check_body(sb_call *call, unsigned where)
{
    const char *name;
    json_t *value;
    if (call->request->body == NULL)
        return sb_refuse_member(call, "(body)", "Expected type object");
    json_object_foreach(call->request->body, name, value)
    {
        const struct field *field = field_named(name, where);
        if (field == NULL)
            return sb_refuse_unknown_member(call, name);
        if (!check_field(call, field, value))
            return false;
    }
    return true;
}

static bool has(const sb_call *call, const char *name)
{
    return json_object_get(call->request->body, name) != NULL;
}

/* There are no organizations here, so none exists. An address to return to and an application
 * exclude each other, by the API's description. */
static bool check_together(sb_call *call)
{
    const char *client = a0_json_text(call->request->body, "client_id");
    if (has(call, "organization_id")) {
        sb_reply_api_error(call->reply, 400, "invalid_body", "The organization does not exist.");
        return false;
    }
    if (client != NULL && strcmp(client, call->tenant->client_id) != 0) {
        sb_reply_api_error(call->reply, 400, "invalid_body", "The client does not exist.");
        return false;
    }
    if (has(call, "result_url") && client != NULL)
        return sb_refuse_member(call, "result_url", "Cannot be specified when using client_id");
    return true;
}

/* ---- whose ticket ---- */

/* The 404 for a user, and the 400 for an unknown connection, application or organization, are
 * documented; their words are a guess (facts/auth0.md 4.11). */
static bool no_user(sb_call *call)
{
    sb_reply_api_error(call->reply, 404, "inexistent_user", "The user does not exist.");
    return false;
}

/* By address and connection; the address counts, not a username. */
static bool by_email(sb_call *call, sb_user *user)
{
    sb_connection connection;
    const char *id = a0_json_text(call->request->body, "connection_id");
    char *email = a0_strdup(a0_json_text(call->request->body, "email"));
    bool found = false;
    if (email == NULL || id == NULL || !sb_connection_find(call->tenant, id, &connection)) {
        sb_reply_api_error(call->reply, 400, "inexistent_connection",
                           "The connection does not exist.");
    } else {
        a0_ascii_lower(email);
        found = sb_user_by_identifier(call->tenant, &connection, email, user);
        if (found && strcmp(sb_user_text(user, "email"), email) != 0) {
            sb_user_clear(user);
            found = false;
        }
        sb_connection_clear(&connection);
        found = found || no_user(call);
    }
    a0_free(email);
    return found;
}

/* Anything that the identity says and that we do not compare would be believed: so another member
 * than the known ones refuses it. */
static bool is_own_identity(sb_call *call, const sb_user *user)
{
    const json_t *given = json_object_get(call->request->body, "identity");
    const json_t *own = json_array_get(json_object_get(user->profile, "identities"), 0);
    const char *id = a0_json_text(given, "user_id"), *provider = a0_json_text(given, "provider");
    const char *connection_id = a0_json_text(given, "connection_id");
    sb_connection connection;
    if (given == NULL)
        return true;
    bool same = id != NULL && provider != NULL && strcmp(provider, "auth0") == 0 &&
                a0_json_text(own, "user_id") != NULL &&
                strcmp(id, a0_json_text(own, "user_id")) == 0;
    size_t known = (id != NULL) + (provider != NULL) + (connection_id != NULL);
    same = same && json_object_size(given) == known;
    if (same && connection_id != NULL) {
        same = sb_connection_find(call->tenant, user->connection, &connection);
        if (same) {
            same = strcmp(connection.id, connection_id) == 0;
            sb_connection_clear(&connection);
        }
    }
    return same || sb_refuse_member(call, "identity", "Does not belong to the user");
}

/* Either the id, or address and connection (documented: facts/auth0.md 4.11). */
static bool find_user(sb_call *call, sb_user *user)
{
    const char *id = a0_json_text(call->request->body, "user_id");
    if (id != NULL && (has(call, "email") || has(call, "connection_id")))
        return sb_refuse_member(call, "user_id", "Cannot be specified with email or connection_id");
    if (id == NULL && !(has(call, "email") && has(call, "connection_id")))
        return sb_refuse_member(call, "user_id", "Missing required property");
    if (id == NULL && has(call, "identity"))
        return sb_refuse_member(call, "identity", "Wants user_id");
    if (id == NULL)
        return by_email(call, user);
    if (!sb_user_by_id(call->tenant, id, user))
        return no_user(call);
    return is_own_identity(call, user);
}

/* ---- the tickets ---- */

/* 0 counts as left out (documented: facts/auth0.md 4.11). Ten years at most: the sum must not
 * overflow. */
static void fill(sb_call *call, sb_ticket *ticket)
{
    const json_int_t most = INT64_C(3650) * 24 * 3600;
    const json_t *body = call->request->body;
    const char *result_url = a0_json_text(body, "result_url");
    json_int_t ttl = a0_json_int(body, "ttl_sec", 0);
    if (ttl == 0)
        ttl = SB_TICKET_LIFETIME_S;
    ticket->expires_ms = sb_now_ms(call->tenant) + 1000 * (ttl < most ? ttl : most);
    if (a0_json_true(body, "mark_email_as_verified"))
        ticket->flags |= SB_TICKET_VERIFIES;
    if (a0_json_true(body, "includeEmailInRedirect"))
        ticket->flags |= SB_TICKET_TELLS_EMAIL;
    if (result_url != NULL)
        snprintf(ticket->result_url, sizeof ticket->result_url, "%s", result_url);
}

/* The ticket is answered and mailed to nobody: whoever asks for it must know whose it is
 * (documented: facts/auth0.md 4.11). */
static void make(sb_call *call, sb_ticket *ticket, const sb_user *user)
{
    a0_buf link = {0};
    fill(call, ticket);
    if (sb_ticket_make(call, ticket, user, &link) == AUTH0DB_OK)
        sb_reply_json(call->reply, 201, json_pack("{s:s}", "ticket", a0_buf_text(&link)));
    else
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    a0_buf_clear(&link);
}

/* A mail is a job at Auth0; here it lies in the outbox before the job is looked at. */
static void mail(sb_call *call, const sb_user *user)
{
    sb_job job = {.kind = SB_JOB_MAIL,
                  .record = json_pack("{s:s}", "type", "verification_email"),
                  .plan = json_object()};
    if (job.record != NULL && job.plan != NULL && sb_mail_verification(call, user) == AUTH0DB_OK &&
        sb_job_submit(call->tenant, &job, NULL, NULL) == AUTH0DB_OK)
        sb_reply_json(call->reply, 201, sb_job_json(call->tenant, &job));
    else
        sb_reply_api_error(call->reply, 500, NULL, "Internal error.");
    sb_job_clear(&job);
}

/* Unlike a ticket, a job knows no 404 (facts/auth0.md 4.11). */
static bool find_addressee(sb_call *call, sb_user *user)
{
    if (find_user(call, user))
        return true;
    if (call->reply->status == 404)
        sb_reply_api_error(call->reply, 400, "inexistent_user", "The user does not exist.");
    return false;
}

void sb_jobs_verification_email(sb_call *call)
{
    sb_user user = {0};
    if (check_body(call, IN_MAIL) && check_together(call) && find_addressee(call, &user))
        mail(call, &user);
    sb_user_clear(&user);
}

static void answer(sb_call *call, sb_ticket_kind kind)
{
    sb_user user = {0};
    sb_ticket ticket = {.kind = kind};
    if (check_body(call, kind == SB_TICKET_RESET ? IN_RESET : IN_VERIFY) && check_together(call) &&
        find_user(call, &user))
        make(call, &ticket, &user);
    sb_user_clear(&user);
}

void sb_tickets_password_change(sb_call *call)
{
    answer(call, SB_TICKET_RESET);
}

void sb_tickets_email_verification(sb_call *call)
{
    answer(call, SB_TICKET_VERIFY);
}
