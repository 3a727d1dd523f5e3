/* The tenant's domain, judged before the first request: the client's secret and people's passwords
 * go where it points. What is not plainly a host is refused, and not mended. */
#include "base/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

/* A list of what may be there, and not of what may not: with '@', '/', '?' or '#' the requests
 * would go to another host than the one that a reader sees. */
static bool host_ok(const char *host)
{
    size_t len = strlen(host);
    if (strcmp(host, "[::1]") == 0)
        return true;
    return len > 0 && len <= 253 && host[0] != '.' && host[0] != '-' &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == len;
}

static bool is_loopback(const char *host)
{
    unsigned a, b, c;
    char rest;
    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
        return true;
    /* To its very end: 127.0.0.1.evil.com is a host of somebody else's. */
    return sscanf(host, "127.%u.%u.%u%c", &a, &b, &c, &rest) == 3 && a < 256 && b < 256 && c < 256;
}

static int split_port(a0_base_url *out, const char *where, auth0db_error *err)
{
    char *colon = strrchr(out->host, ':');
    /* The colons of [::1] are no port's. */
    if (colon == NULL || strchr(colon, ']') != NULL)
        return AUTH0DB_OK;
    char *end;
    long port = strtol(colon + 1, &end, 10);
    if (end == colon + 1 || *end != '\0' || colon[1] == '+' || colon[1] == '-' || port < 1 ||
        port > 65535)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, where,
                            "the port is not a number from 1 to 65535");
    out->port = (int)port;
    *colon = '\0';
    return AUTH0DB_OK;
}

int a0_base_url_parse(a0_base_url *out, const char *domain, const char *where, auth0db_error *err)
{
    *out = (a0_base_url){.https = true};
    if (domain == NULL || *domain == '\0')
        return a0_error_set(err, AUTH0DB_ERR_OPTION, where,
                            "is missing; set it to the tenant's domain, such as acme.eu.auth0.com");
    const char *host = domain;
    if (strncasecmp(domain, "https://", 8) == 0) {
        host = domain + 8;
    } else if (strncasecmp(domain, "http://", 7) == 0) {
        host = domain + 7;
        out->https = false;
    }
    size_t len = strlen(host);
    if (len > 0 && host[len - 1] == '/')
        len--;
    if (len == 0 || len >= sizeof out->host)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, where, "is not a host name");
    memcpy(out->host, host, len);
    int rc = split_port(out, where, err);
    if (rc != AUTH0DB_OK)
        return rc;
    /* One spelling: issuers are compared byte by byte, and have no usual port. */
    a0_ascii_lower(out->host);
    if (out->port == (out->https ? 443 : 80))
        out->port = 0;
    if (!host_ok(out->host))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, where,
                            "is not a host name; give the domain alone, without path or user name");
    out->loopback = is_loopback(out->host);
    /* Over plain http everybody on the way reads the passwords. To the sandbox there is no way. */
    if (!out->https && !out->loopback)
        return a0_error_set(err, AUTH0DB_ERR_OPTION, where,
                            "plain http is only for the sandbox on this machine, not for %s",
                            out->host);
    int n = out->port != 0 ? snprintf(out->text, sizeof out->text, "%s://%s:%d",
                                      out->https ? "https" : "http", out->host, out->port)
                           : snprintf(out->text, sizeof out->text, "%s://%s",
                                      out->https ? "https" : "http", out->host);
    return n > 0 && (size_t)n < sizeof out->text
               ? AUTH0DB_OK
               : a0_error_set(err, AUTH0DB_ERR_OPTION, where, "is too long");
}
