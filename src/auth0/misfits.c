/* Where a connection and the site's settings do not go together: told to check and plan alike. */
#include <string.h>

#include "auth0/client_int.h"

typedef auth0db_connection_info info;

/* The setting that decides which of its names a user logs in by. Below, each rule asks for a clear
 * NO or YES: what the tenant has not told is no misfit, and must not stop an import. */
static bool by_username(const auth0db_client *client)
{
    return client->identifier == AUTH0DB_IDENTIFIER_USERNAME ||
           (client->identifier == AUTH0DB_IDENTIFIER_USUAL && client->require_username);
}

static bool no_passwords(const auth0db_client *client, const info *c)
{
    return c->passwords == AUTH0DB_NO;
}

static bool wants_phone(const auth0db_client *client, const info *c)
{
    return c->phone.required == AUTH0DB_YES;
}

static bool knows_no_emails(const auth0db_client *client, const info *c)
{
    return c->email.taken == AUTH0DB_NO;
}

static bool takes_no_usernames(const auth0db_client *client, const info *c)
{
    return client->require_username && c->username.taken == AUTH0DB_NO;
}

static bool requires_usernames(const auth0db_client *client, const info *c)
{
    return !client->require_username && c->requires_username;
}

static bool by_unsent_username(const auth0db_client *client, const info *c)
{
    return client->identifier == AUTH0DB_IDENTIFIER_USERNAME && !client->require_username;
}

/* Nobody can log in by the one that is sent, but by the other one they can ... */
static bool only_by_email(const auth0db_client *client, const info *c)
{
    return by_username(client) && c->username.identifier == AUTH0DB_NO &&
           c->username.taken == AUTH0DB_YES && c->email.identifier != AUTH0DB_NO;
}

static bool only_by_username(const auth0db_client *client, const info *c)
{
    return !by_username(client) && c->email.identifier == AUTH0DB_NO &&
           c->username.identifier != AUTH0DB_NO;
}

/* ... or by neither: a phone number is left. */
static bool by_neither(const auth0db_client *client, const info *c)
{
    return c->email.identifier == AUTH0DB_NO && c->username.identifier == AUTH0DB_NO;
}

static const struct rule {
    bool (*applies)(const auth0db_client *client, const info *c);
    auth0db_misfit misfit;
} rules[] = {
    {no_passwords,
     {"AUTH0_CONNECTION", "has passwords switched off: nobody could log in with one",
      "Switch Password on: Authentication > Database > (yours) > Authentication Methods.", true}},
    {wants_phone,
     {"AUTH0_CONNECTION", "requires a phone number, which is never sent: nobody could be created",
      "Make the phone number optional: Authentication > Database > (yours) > Attributes.", true}},
    {knows_no_emails,
     {"AUTH0_CONNECTION", "knows no e-mails, and every user is sent with one",
      "Add the attribute Email: Authentication > Database > (yours) > Attributes.", true}},
    {takes_no_usernames,
     {"AUTH0_REQUIRE_USERNAME", "takes no user names, but the setting sends them",
      "Set it to False, or switch user names on at the connection.", true}},
    {requires_usernames, /* an import sends them all the same */
     {"AUTH0_REQUIRE_USERNAME", "requires user names, but the setting sends none",
      "Set it to True, or make user names optional at the connection.", false}},
    {by_unsent_username,
     {"AUTH0_IDENTIFIER", "is to log people in by user names that are never sent",
      "Set AUTH0_REQUIRE_USERNAME to True as well.", true}},
    {only_by_email,
     {"AUTH0_IDENTIFIER", "logs nobody in by user name, which is what would be sent",
      "Set it to \"email\", or make the user name an identifier at the connection.", true}},
    {only_by_username,
     {"AUTH0_IDENTIFIER", "logs nobody in by e-mail, which is what would be sent",
      "Set it to \"username\" and AUTH0_REQUIRE_USERNAME to True, or make the e-mail an identifier "
      "at the connection.",
      true}},
    {by_neither,
     {"AUTH0_CONNECTION", "logs nobody in by e-mail or user name: no identifier fits a Django site",
      "Make the e-mail an identifier: Authentication > Database > (yours) > Attributes.", true}},
};

size_t auth0db_client_misfits(const auth0db_client *client, const info *connection,
                              auth0db_misfit out[AUTH0DB_MISFITS_MAX])
{
    size_t n = 0;
    /* Where the token may not read the options, every member of the connection has a value that
     * means nothing. */
    for (size_t i = 0; connection->options_known && i < A0_COUNT(rules); i++) {
        if (n < AUTH0DB_MISFITS_MAX && rules[i].applies(client, connection))
            out[n++] = rules[i].misfit;
    }
    return n;
}

int auth0db_identifier_parse(auth0db_identifier *out, const char *word, auth0db_error *err)
{
    static const char *const words[] = {[AUTH0DB_IDENTIFIER_USUAL] = "",
                                        [AUTH0DB_IDENTIFIER_EMAIL] = "email",
                                        [AUTH0DB_IDENTIFIER_USERNAME] = "username"};
    *out = AUTH0DB_IDENTIFIER_USUAL;
    for (size_t i = 0; i < A0_COUNT(words); i++) {
        if (strcmp(word != NULL ? word : "", words[i]) == 0) {
            *out = (auth0db_identifier)i;
            return AUTH0DB_OK;
        }
    }
    return a0_error_set(err, AUTH0DB_ERR_OPTION, "AUTH0_IDENTIFIER",
                        "is \"email\", \"username\" or empty");
}
