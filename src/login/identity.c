/* The login machine for somebody whom the tenant's own login page has let in. */
#include "auth0db/web.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "login/login_int.h"

/* There is no password: none is compared, made, pushed or renewed. What was proven is who it is, so
 * a reason may be told. */
static void start(auth0db_login *login, const auth0db_identity_options *options)
{
    login->tenant = *options->tenant;
    login->by_identity = true;
    login->hash_matched = true;
    a0_login_resolve(login);
}

int auth0db_identity_new(auth0db_login **out, const auth0db_identity_options *options,
                         auth0db_error *err)
{
    *out = NULL;
    if (options->site == NULL || *options->site == '\0')
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "site",
                            "is empty: ids could not tell sites apart");
    if (options->tenant == NULL || options->tenant->user_id[0] == '\0')
        return a0_error_set(err, AUTH0DB_ERR_USAGE, "tenant", "names nobody");
    /* An empty password is not grantable and not sendable, so no later step can send it by mistake.
     */
    auth0db_login *login = a0_login_alloc("", 0, options->deadline_ms);
    if (login == NULL)
        return a0_error_no_memory(err);
    login->site = a0_login_keep(login, options->site);
    login->identifier = a0_login_keep(login, "");
    login->client_ip = a0_login_keep(login, "");
    login->create_users = options->create_users;
    if (login->out_of_memory) {
        auth0db_login_free(login);
        return a0_error_no_memory(err);
    }
    start(login, options);
    *out = login;
    return AUTH0DB_OK;
}
