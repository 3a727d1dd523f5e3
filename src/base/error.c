/* Errors as text, in memory that the caller has already: an error is set where something has
 * failed, perhaps the memory. So a message is cut, never refused. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "auth0db/version.h"
#include "base/utf8.h"

/* Searched and not indexed: the codes are in classes, with gaps between them. */
static const struct {
    auth0db_code code;
    const char *name;
} code_names[] = {
    {AUTH0DB_OK, "OK"},
    {AUTH0DB_ERR_USAGE, "USAGE"},
    {AUTH0DB_ERR_OPTION, "OPTION"},
    {AUTH0DB_ERR_LOCAL, "LOCAL"},
    {AUTH0DB_ERR_NO_MEMORY, "NO_MEMORY"},
    {AUTH0DB_ERR_IO, "IO"},
    {AUTH0DB_ERR_CRYPTO, "CRYPTO"},
    {AUTH0DB_ERR_STATE, "STATE"},
    {AUTH0DB_ERR_INTERRUPTED, "INTERRUPTED"},
    {AUTH0DB_ERR_REMOTE, "REMOTE"},
    {AUTH0DB_ERR_UNREACHABLE, "UNREACHABLE"},
    {AUTH0DB_ERR_RATE_LIMIT, "RATE_LIMIT"},
    {AUTH0DB_ERR_PROTOCOL, "PROTOCOL"},
    {AUTH0DB_ERR_UNTRUSTED, "UNTRUSTED"},
    {AUTH0DB_ERR_DATA, "DATA"},
    {AUTH0DB_ERR_MALFORMED, "MALFORMED"},
    {AUTH0DB_ERR_TOO_LARGE, "TOO_LARGE"},
    {AUTH0DB_ERR_UNSUPPORTED, "UNSUPPORTED"},
};

const char *auth0db_code_name(auth0db_code code)
{
    for (size_t i = 0; i < A0_COUNT(code_names); i++) {
        if (code_names[i].code == code)
            return code_names[i].name;
    }
    return "UNKNOWN";
}

const char *auth0db_version(void)
{
    return AUTH0DB_VERSION;
}

int a0_error_set(auth0db_error *err, auth0db_code code, const char *where, const char *format, ...)
{
    if (err == NULL)
        return code;
    /* The message is made beside err, for an argument may point into err itself. */
    va_list args;
    char message[sizeof err->message];
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    /* A cut by bytes may leave half a character. The message goes into rows and events, and
     * PostgreSQL and JSON refuse that. */
    a0_utf8_trim(message);
    /* `where` may be err's own text, and to print a text over itself is undefined. */
    if (where != err->where)
        snprintf(err->where, sizeof err->where, "%s", where != NULL ? where : "");
    memcpy(err->message, message, sizeof message);
    err->code = code;
    return code;
}

int a0_error_no_memory(auth0db_error *err)
{
    return a0_error_set(err, AUTH0DB_ERR_NO_MEMORY, NULL, "out of memory");
}
