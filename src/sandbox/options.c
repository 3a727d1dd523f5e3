/* The tenant's options. One table says name, kind, range and default of each, so that what is
 * taken, what is shown and what a reset brings back cannot differ. */
#include "sandbox/options.h"

#include <stdio.h>
#include <string.h>

#include "sandbox/tenant/ratelimit.h"

typedef enum kind { FLAG, NUMBER, WORD, TEXT, DATE, LIST } kind;

static const char *const wrong_words[] = {"invalid_grant", "invalid_user_password", NULL};
static const char *const auth_words[] = {"client_secret_post", "client_secret_basic", "none",
                                         "private_key_jwt", NULL};
static const char *const code_words[] = {"recorded", "documented", NULL};
static const char *const running_words[] = {"pending", "processing", NULL};
static const char *const mode_words[] = {"count_per_identifier_and_ip", "count_per_identifier",
                                         NULL};

#define GRANTS                                                                                     \
    "[\"http://auth0.com/oauth/grant-type/password-realm\",\"password\",\"client_credentials\","   \
    "\"authorization_code\",\"refresh_token\"]"
/* As in a tenant whose one machine may do all that this one can do. */
#define SCOPES                                                                                     \
    "[\"create:users\",\"read:users\",\"update:users\",\"delete:users\",\"update:users_app_"       \
    "metadata\","                                                                                  \
    "\"create:connections\",\"read:connections\",\"update:connections\",\"read:clients\","         \
    "\"read:connections_options\",\"update:connections_options\",\"read:mfa_policies\","           \
    "\"read:email_provider\",\"read:custom_domains\","                                             \
    "\"read:client_grants\",\"read:logs\",\"read:attack_protection\",\"read:authentication_"       \
    "methods\",\"create:authentication_methods\","                                                 \
    "\"create:user_tickets\",\"read:stats\",\"delete:connections\",\"update:authentication_"       \
    "methods\",\"delete:authentication_methods\",\"read:logs_users\",\"update:attack_"             \
    "protection\",\"create:clients\",\"update:clients\",\"delete:clients\","                       \
    "\"read:client_keys\",\"create:client_grants\",\"update:client_grants\","                      \
    "\"delete:client_grants\",\"read:tenant_settings\",\"update:tenant_settings\"]"

/* alphabetical: GET /sandbox/options follows this order. Ranges are Auth0's own. */
static const struct option {
    const char *name;
    kind kind;
    size_t at;
    const char *fallback;     /* JSON */
    int64_t least, most;      /* NUMBER */
    const char *const *words; /* WORD */
    size_t size;              /* TEXT */
} table[] = {
#define AT(member) offsetof(sb_options, member)
    {"action_denies", TEXT, AT(action_denies), "\"\"",
     .size = sizeof((sb_options *)0)->action_denies},
    {"allowed_logout_urls", LIST, AT(allowed_logout_urls), "[]"},
    {"as_of", DATE, AT(as_of), "\"\"", .size = sizeof((sb_options *)0)->as_of},
    {"audiences", LIST, AT(audiences), "[]"},
    /* Auth0's 10 is documented (facts/auth0.md 4.2); tests take less. */
    {"bcrypt_cost", NUMBER, AT(bcrypt_cost), "10", 4, 15},
    {"breached_password_detection", FLAG, AT(breached_password_detection), "true"},
    /* Defaults and ranges are documented (facts/auth0.md 8). */
    {"brute_force_allowlist", LIST, AT(brute_force_allowlist), "[]"},
    {"brute_force_block", FLAG, AT(brute_force_block), "true"},
    {"brute_force_enabled", FLAG, AT(brute_force_enabled), "true"},
    {"brute_force_max_attempts", NUMBER, AT(brute_force_max_attempts), "10", 1, 100},
    {"brute_force_mode", WORD, AT(brute_force_mode), "\"count_per_identifier_and_ip\"",
     .words = mode_words},
    {"callbacks", LIST, AT(callbacks), "[]"},
    {"captcha_required", FLAG, AT(captcha_required), "false"},
    {"client_public_key", TEXT, AT(client_public_key), "\"\"",
     .size = sizeof((sb_options *)0)->client_public_key},
    /* A switch of tenants that are older than the scope. */
    {"connection_options_without_scope", FLAG, AT(connection_options_without_scope), "false"},
    {"consent", FLAG, AT(consent), "false"},
    {"custom_domains", LIST, AT(custom_domains), "[]"},
    {"default_custom_domain", TEXT, AT(default_custom_domain), "\"\"",
     .size = sizeof((sb_options *)0)->default_custom_domain},
    {"default_directory", TEXT, AT(default_directory), "\"\"",
     .size = sizeof((sb_options *)0)->default_directory},
    {"email_provider", FLAG, AT(email_provider), "true"},
    /* Recordings of one time have it and have it not (facts/auth0.md 4.7). */
    {"enabled_clients_shown", FLAG, AT(enabled_clients_shown), "true"},
    {"end_session_in_discovery", FLAG, AT(end_session_in_discovery), "true"},
    {"grant_types", LIST, AT(grant_types), GRANTS},
    /* A hash that is taken and never verifies is seen in nothing but failed logins; a canary must
     * find it. */
    {"hashes_never_match", LIST, AT(hashes_never_match), "[]"},
    /* Documented (facts/auth0.md 2.1). */
    {"id_token_lifetime_s", NUMBER, AT(id_token_lifetime_s), "36000", 1, 2592000},
    /* What was seen stands over what is documented (facts/auth0.md 4.10). */
    {"import_codes", WORD, AT(import_codes), "\"recorded\"", .words = code_words},
    /* Not looked at by default: Auth0 refuses from March 2027 on (documented: facts/auth0.md 4.1).
     */
    {"import_profile_max", NUMBER, AT(import_profile_max), "0", 0, 1000000},
    /* Which of the two is right is open (facts/auth0.md 9.14). */
    {"import_requires_username", FLAG, AT(import_requires_username), "false"},
    {"initiate_login_uri", TEXT, AT(initiate_login_uri), "\"\"",
     .size = sizeof((sb_options *)0)->initiate_login_uri},
    /* Two for a tenant (documented: facts/auth0.md 4.8). */
    {"job_limit", NUMBER, AT(job_limit), "2", 1, 100},
    {"job_ms", NUMBER, AT(job_ms), "0", 0, 86400000},
    /* A second word is likely and not seen (facts/auth0.md 4.9): a client must take either. */
    {"job_running_status", WORD, AT(job_running_status), "\"pending\"", .words = running_words},
    {"job_users_per_second", NUMBER, AT(job_users_per_second), "0", 0, 1000000},
    /* The log schema of 2026 makes them optional (documented: facts/auth0.md 4.13). */
    {"log_user_ids", FLAG, AT(log_user_ids), "true"},
    {"mfa_on_request", FLAG, AT(mfa_on_request), "false"},
    {"mfa_policies", LIST, AT(mfa_policies), "[]"},
    {"mfa_required", FLAG, AT(mfa_required), "false"},
    {"plan_refuses", LIST, AT(plan_refuses), "[]"},
    /* A client must also do without them (facts/auth0.md 9.37). */
    {"rate_limit_headers", FLAG, AT(rate_limit_headers), "true"},
    /* Auth0's sources differ, see mails.c. */
    {"reset_verifies_email", FLAG, AT(reset_verifies_email), "true"},
    {"same_user_limit", FLAG, AT(same_user_limit), "true"},
    {"scopes", LIST, AT(scopes), SCOPES},
    /* Searches lag by an unknown time, reads by id or e-mail do not (facts/auth0.md 9.32). */
    {"search_lag_ms", NUMBER, AT(search_lag_ms), "0", 0, 600000},
    /* These figures are recorded (facts/auth0.md 8). */
    {"suspicious_ip_allowlist", LIST, AT(suspicious_ip_allowlist), "[]"},
    {"suspicious_ip_block", FLAG, AT(suspicious_ip_block), "true"},
    {"suspicious_ip_enabled", FLAG, AT(suspicious_ip_enabled), "true"},
    {"suspicious_ip_max_attempts", NUMBER, AT(suspicious_ip_max_attempts), "100", 1, 2500},
    {"suspicious_ip_rate_ms", NUMBER, AT(suspicious_ip_rate_ms), "864000", 34560, 86400000},
    {"tier", WORD, AT(tier), "\"generous\"", .words = sb_tier_names},
    {"token_endpoint_auth_method", WORD, AT(client_auth), "\"client_secret_post\"",
     .words = auth_words},
    /* Default and maximum are documented (facts/auth0.md 1.3). */
    {"token_lifetime_s", NUMBER, AT(token_lifetime_s), "86400", 1, 2592000},
    /* For clients that trust their own clock too much (facts/auth0.md 9.35). */
    {"token_skew_s", NUMBER, AT(token_skew_s), "0", -86400, 86400},
    /* Off at a new application of Auth0's (documented: facts/auth0.md 1.2); a site that logs people
     * in needs it on, so the sandbox begins with what a migration wants. */
    {"trust_forwarded_for", FLAG, AT(trust_forwarded_for), "true"},
    /* Sources contradict each other (facts/auth0.md 0, row 1). */
    {"wrong_password", WORD, AT(wrong_password), "\"invalid_grant\"", .words = wrong_words},
#undef AT
};

static const struct option *find(const char *name)
{
    for (size_t i = 0; i < A0_COUNT(table); i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}

/* The index is what is kept, so options.h must name the words in this order. */
static int word_index(const struct option *option, const json_t *value)
{
    const char *word = json_string_value(value);
    for (int i = 0; word != NULL && option->words[i] != NULL; i++) {
        if (strcmp(option->words[i], word) == 0)
            return i;
    }
    return -1;
}

static bool is_text_list(const json_t *value)
{
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item)
    {
        if (!json_is_string(item))
            return false;
    }
    return json_is_array(value);
}

/* "2025-06-30", or "" */
static bool is_date(const char *text)
{
    static const char form[] = "dddd-dd-dd";
    size_t i = 0;
    for (; text != NULL && text[i] != '\0' && i < sizeof form - 1; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == 'd' ? !digit : text[i] != '-')
            return false;
    }
    return text != NULL && text[i] == '\0' && (i == 0 || i == sizeof form - 1);
}

static int wanted(const struct option *option, const char *what, auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_MALFORMED, option->name, "expected %s", what);
}

static int check(const struct option *option, const json_t *value, auth0db_error *err)
{
    json_int_t number = json_integer_value(value);
    switch (option->kind) {
    case FLAG:
        return json_is_boolean(value) ? AUTH0DB_OK : wanted(option, "true or false", err);
    case NUMBER:
        if (json_is_integer(value) && number >= option->least && number <= option->most)
            return AUTH0DB_OK;
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, option->name,
                            "expected a number from %lld to %lld", (long long)option->least,
                            (long long)option->most);
    case WORD:
        return word_index(option, value) >= 0 ? AUTH0DB_OK
                                              : wanted(option, "one of its words", err);
    case DATE:
        return is_date(json_string_value(value)) ? AUTH0DB_OK
                                                 : wanted(option, "a date, or nothing", err);
    case TEXT:
        /* What does not fit is refused, and never cut. */
        if (json_is_string(value) && json_string_length(value) < option->size)
            return AUTH0DB_OK;
        return wanted(option, "a short string", err);
    default:
        return is_text_list(value) ? AUTH0DB_OK : wanted(option, "a list of strings", err);
    }
}

static void set(sb_options *options, const struct option *option, json_t *value)
{
    void *slot = (char *)options + option->at;
    switch (option->kind) {
    case FLAG:
        *(bool *)slot = json_is_true(value);
        break;
    case NUMBER:
        *(int64_t *)slot = json_integer_value(value);
        break;
    case WORD:
        *(int64_t *)slot = word_index(option, value);
        break;
    case DATE:
    case TEXT:
        snprintf(slot, option->size, "%s", json_string_value(value));
        break;
    case LIST:
        json_decref(*(json_t **)slot);
        *(json_t **)slot = json_incref(value);
        break;
    }
}

/* All are looked at before the first is set: all or nothing. */
int sb_options_patch(sb_options *options, const json_t *changes, auth0db_error *err)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)changes, name, value)
    {
        const struct option *option = find(name);
        if (option == NULL)
            return a0_error_set(err, AUTH0DB_ERR_MALFORMED, name, "there is no such option");
        int rc = check(option, value, err);
        if (rc != AUTH0DB_OK)
            return rc;
    }
    json_object_foreach((json_t *)changes, name, value) set(options, find(name), value);
    return AUTH0DB_OK;
}

/* The defaults go through the table as a PATCH does: what a test sets back is what was there at the
 * start. */
int sb_options_init(sb_options *options)
{
    *options = (sb_options){0};
    for (size_t i = 0; i < A0_COUNT(table); i++) {
        json_t *value = json_loads(table[i].fallback, JSON_DECODE_ANY, NULL);
        if (value == NULL)
            return AUTH0DB_ERR_NO_MEMORY;
        set(options, &table[i], value);
        json_decref(value);
    }
    return AUTH0DB_OK;
}

/* A list is copied: what is shown may be changed by whoever asked for it. */
static json_t *value_of(const sb_options *options, const struct option *option)
{
    const void *slot = (const char *)options + option->at;
    switch (option->kind) {
    case FLAG:
        return json_boolean(*(const bool *)slot);
    case NUMBER:
        return json_integer(*(const int64_t *)slot);
    case WORD:
        return json_string(option->words[*(const int64_t *)slot]);
    case DATE:
    case TEXT:
        return json_string(slot);
    default:
        return json_deep_copy(*(json_t *const *)slot);
    }
}

json_t *sb_options_json(const sb_options *options)
{
    json_t *all = json_object();
    for (size_t i = 0; i < A0_COUNT(table); i++)
        json_object_set_new(all, table[i].name, value_of(options, &table[i]));
    return all;
}

void sb_options_clear(sb_options *options)
{
    for (size_t i = 0; i < A0_COUNT(table); i++) {
        if (table[i].kind == LIST)
            json_decref(*(json_t **)((char *)options + table[i].at));
    }
}

bool sb_list_has(const json_t *list, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}
