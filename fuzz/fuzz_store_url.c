/* Any text as DATABASE_URL: taken apart or refused; an error shows nothing of a password. */
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "store/url.h"

static void check_part(const a0_store_url *url, const char *part)
{
    bool inside = part >= url->bytes && part < url->bytes + url->size + 1;
    CLAIM(inside || *part == '\0');
    for (; *part != '\0'; part++)
        CLAIM((unsigned char)*part >= 0x20 && *part != 0x7f);
}

/* Only an unknown scheme is quoted, and it ends at the first ':'. */
static void check_error(const char *text, const auth0db_error *err)
{
    char secret[256];
    const char *at = strchr(text, ':');
    if (at == NULL || strlen(at) < 8)
        return;
    snprintf(secret, sizeof secret, "%s", at);
    CLAIM(strstr(err->message, secret) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    a0_store_url url;
    auth0db_error err = {0};
    char *text = a0_strndup((const char *)data, size);
    if (text == NULL)
        return 0;
    int rc = a0_store_url_parse(&url, text, &err);
    if (rc == AUTH0DB_OK) {
        CLAIM(url.path[0] != '\0' && url.port <= 65535 && url.n_options <= A0_URL_OPTIONS_MAX);
        const char *parts[] = {url.user, url.password, url.host, url.path};
        for (size_t i = 0; i < A0_COUNT(parts); i++)
            check_part(&url, parts[i]);
        for (unsigned i = 0; i < url.n_options; i++) {
            CLAIM(url.options[i].name[0] != '\0');
            check_part(&url, url.options[i].name);
            check_part(&url, url.options[i].value);
        }
    } else {
        CLAIM(rc == AUTH0DB_ERR_OPTION && url.bytes == NULL);
        CLAIM(strcmp(err.where, "DATABASE_URL") == 0);
        check_error(text, &err);
    }
    a0_store_url_clear(&url);
    a0_free(text);
    return 0;
}
