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

bool sb_call_has_scope(const sb_call *call, const char *scope)
{
    const char *all = a0_json_text(call->token, "scope");
    size_t len = strlen(scope);
    while (all != NULL && *all != '\0') {
        size_t word = strcspn(all, " ");
        if (word == len && strncmp(all, scope, len) == 0)
            return true;
        all += word + strspn(all + word, " ");
    }
    return false;
}
