/* Any text as a site map: read or refused, and what is read can be put into SQL. */
#include <string.h>

#include "django/site_map.h"
#include "fuzz.h"

static void check_name(const char *name, bool required)
{
    CLAIM(memchr(name, '\0', A0_NAME_SIZE) != NULL);
    CLAIM(!required || *name != '\0');
    for (; *name != '\0'; name++)
        CLAIM((unsigned char)*name >= 0x20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    a0_site_map map;
    auth0db_error err = {0};
    int rc = a0_site_map_parse(&map, (const char *)data, size, &err);
    if (rc != AUTH0DB_OK) {
        CLAIM(rc == AUTH0DB_ERR_MALFORMED || rc == AUTH0DB_ERR_UNSUPPORTED ||
              rc == AUTH0DB_ERR_TOO_LARGE);
        CLAIM(strncmp(err.where, "site_map", 8) == 0 && err.message[0] != '\0');
        CLAIM(strcmp(map.users, "auth_user") == 0 && map.n_mfa == 0);
        return 0;
    }
    check_name(map.users, true);
    check_name(map.key, true);
    check_name(map.password, true);
    check_name(map.email, false);
    check_name(map.links, true);
    check_name(map.claims, true);
    CLAIM(map.key_type <= A0_KEY_STRING && map.n_mfa <= A0_MFA_SOURCES_MAX);
    for (unsigned i = 0; i < map.n_mfa; i++) {
        check_name(map.mfa[i].table, true);
        check_name(map.mfa[i].user, true);
        check_name(map.mfa[i].value, map.mfa[i].format != A0_MFA_OTHER);
    }
    return 0;
}
