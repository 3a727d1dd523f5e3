#include "sandbox/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool sb_is_our_host(const sb_tenant *tenant, const char *host)
{
    /* Any port: who reaches us through a forwarded one (ssh -L, a container, a proxy that judges
     * the contract) names that. Another name is what a page in a browser would come with. */
    static const char *const names[] = {"127.0.0.1:", "localhost:", "[::1]:"};
    for (size_t i = 0; i < A0_COUNT(names); i++) {
        size_t len = strlen(names[i]), digits = 0;
        if (strncmp(host, names[i], len) == 0)
            digits = strspn(host + len, "0123456789");
        if (digits > 0 && digits <= 5 && host[len + digits] == '\0')
            return true;
    }
    return strcmp(host, strstr(tenant->url, "//") + 2) == 0; /* 127.0.0.2, say */
}

/* Anything but a name of ours in Host is not repeated into tokens. */
void sb_call_base(const sb_call *call, char out[static 300])
{
    const sb_tenant *tenant = call->tenant;
    if (sb_is_our_host(tenant, call->request->host))
        snprintf(out, 300, "%s://%s", tenant->tls ? "https" : "http", call->request->host);
    else
        snprintf(out, 300, "%s", tenant->url);
}

/* With the slash at its end (documented: facts/auth0.md 1.6). Any name of ours will do: the same
 * client may reach us by several, and Auth0 leaves the audience alone where the host changes. */
bool sb_is_management_audience(const sb_tenant *tenant, const char *audience)
{
    static const char end[] = "/api/v2/";
    const char *host = strstr(audience, "://");
    if (host == NULL || strncmp(audience, "http", 4) != 0)
        return false;
    host += 3;
    size_t len = strcspn(host, "/");
    char name[64];
    if (len >= sizeof name || strcmp(host + len, end) != 0)
        return false;
    snprintf(name, sizeof name, "%.*s", (int)len, host);
    return sb_is_our_host(tenant, name);
}

bool sb_refuse_member(sb_call *call, const char *name, const char *what)
{
    sb_reply_api_error(call->reply, 400, "invalid_body",
                       "Payload validation error: '%s' on property %s.", what, name);
    return false;
}

bool sb_refuse_unknown_member(sb_call *call, const char *name)
{
    sb_reply_api_error(call->reply, 400, "invalid_body",
                       "Payload validation error: 'Additional properties not allowed: %.60s'.",
                       name);
    return false;
}

bool sb_has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    while (words != NULL && *words != '\0') {
        size_t n = strcspn(words, " ");
        if (n == len && strncmp(words, word, len) == 0)
            return true;
        words += n + strspn(words + n, " ");
    }
    return false;
}

bool sb_call_has_scope(const sb_call *call, const char *scope)
{
    return sb_has_word(a0_json_text(call->token, "scope"), scope);
}
