/* A connection that behaves alike whatever server, role and option file have set, and that is
 * encrypted, and the server verified, where the URL asks for it: what goes over it are the hashes
 * of all users. */
#include "store/mysql_connect.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static const char setting[] = "DATABASE_URL";

typedef struct wishes {
    const char *socket;
    unsigned port;
    bool encrypt, verify;
} wishes;

static int failed(MYSQL *db, auth0db_error *err)
{
    const char *message = mysql_error(db);
    return a0_error_set(err, AUTH0DB_ERR_IO, setting, "MySQL: %.*s (%u)",
                        (int)strcspn(message, "\n"), message, mysql_errno(db));
}

/* --- options --------------------------------------------------------------------------------- */

static bool read_number(const char *text, unsigned max, unsigned *out)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || number > max)
        return false;
    *out = (unsigned)number;
    return true;
}

/* MySQL's own words for it. VERIFY_CA asks for less than we do: the name is verified as well.
 * PREFERRED, which goes on in the clear where the server has no TLS, is none of them. */
static bool read_ssl_mode(const char *word, wishes *w)
{
    w->verify = strcasecmp(word, "VERIFY_CA") == 0 || strcasecmp(word, "VERIFY_IDENTITY") == 0;
    w->encrypt = w->verify || strcasecmp(word, "REQUIRED") == 0;
    return w->encrypt || strcasecmp(word, "DISABLED") == 0;
}

static bool set_file_option(MYSQL *db, const char *name, const char *value)
{
    static const struct {
        const char *name;
        enum mysql_option option;
    } known[] = {
        {"read_default_file", MYSQL_READ_DEFAULT_FILE},
        {"read_default_group", MYSQL_READ_DEFAULT_GROUP},
        {"ssl_ca", MYSQL_OPT_SSL_CA},
        {"ssl_capath", MYSQL_OPT_SSL_CAPATH},
        {"ssl_cert", MYSQL_OPT_SSL_CERT},
        {"ssl_key", MYSQL_OPT_SSL_KEY},
        {"ssl_cipher", MYSQL_OPT_SSL_CIPHER},
    };
    for (size_t i = 0; i < A0_COUNT(known); i++) {
        if (strcmp(known[i].name, name) == 0)
            return mysql_optionsv(db, known[i].option, value) == 0;
    }
    return false;
}

static bool set_option(MYSQL *db, const char *name, const char *value, wishes *w)
{
    unsigned seconds;
    if (strcmp(name, "charset") == 0)
        return true;
    if (strcmp(name, "unix_socket") == 0) {
        w->socket = value;
        return true;
    }
    if (strcmp(name, "port") == 0)
        return read_number(value, 65535, &w->port);
    /* Read last (read_options), so that it decides whatever the order is. */
    if (strcmp(name, "ssl_mode") == 0)
        return true;
    if (strcmp(name, "connect_timeout") == 0)
        return read_number(value, 86400, &seconds) &&
               mysql_optionsv(db, MYSQL_OPT_CONNECT_TIMEOUT, &seconds) == 0;
    /* A site that names a certificate wants TLS, and one that names an authority wants the server
     * verified: the library by itself insists on neither. */
    if (strncmp(name, "ssl_", 4) == 0) {
        w->encrypt = true;
        w->verify = w->verify || strncmp(name, "ssl_ca", 6) == 0;
    }
    return set_file_option(db, name, value);
}

static int read_options(MYSQL *db, const a0_store_url *url, wishes *w, auth0db_error *err)
{
    const char *mode = NULL;
    for (unsigned i = 0; i < url->n_options; i++) {
        const char *name = url->options[i].name, *value = url->options[i].value;
        if (strcmp(name, "ssl_mode") == 0)
            mode = value;
        if (!set_option(db, name, value, w))
            return a0_error_set(err, AUTH0DB_ERR_OPTION, setting,
                                "MySQL takes no option %.40s with this value", name);
    }
    if (mode != NULL && !read_ssl_mode(mode, w))
        return a0_error_set(err, AUTH0DB_ERR_OPTION, setting,
                            "ssl_mode is DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY");
    return AUTH0DB_OK;
}

/* A server may ask the client for any of its files: none of ours is sent. And nobody waits for a
 * server longer than Django does. */
static bool set_defaults(MYSQL *db)
{
    const unsigned seconds = 10, no = 0;
    return mysql_optionsv(db, MYSQL_OPT_CONNECT_TIMEOUT, &seconds) == 0 &&
           mysql_optionsv(db, MYSQL_OPT_LOCAL_INFILE, &no) == 0 &&
           mysql_optionsv(db, MYSQL_SET_CHARSET_NAME, "utf8mb4") == 0;
}

static bool set_security(MYSQL *db, const wishes *w)
{
    const my_bool encrypt = w->encrypt, verify = w->verify;
    return mysql_optionsv(db, MYSQL_OPT_SSL_ENFORCE, &encrypt) == 0 &&
           mysql_optionsv(db, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify) == 0;
}

/* --- connection ------------------------------------------------------------------------------ */

/* Whatever the server's settings are: times in UTC, too long is an error, what others have
 * committed is seen, the factors of a user in one text (which MySQL would cut after 1024 bytes
 * without a word), and a connection that waits for a job stays. */
static int prepare_session(MYSQL *db, auth0db_error *err)
{
    static const char *const statements[] = {
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', "
        "group_concat_max_len = 1048576, wait_timeout = 86400",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    };
    for (size_t i = 0; i < A0_COUNT(statements); i++) {
        if (mysql_real_query(db, statements[i], strlen(statements[i])) != 0)
            return failed(db, err);
    }
    return AUTH0DB_OK;
}

static const char *given(const char *text)
{
    return *text != '\0' ? text : NULL;
}

int a0_mysql_connect(MYSQL **out, const a0_store_url *url, auth0db_error *err)
{
    wishes w = {.port = url->port, .socket = NULL};
    const char *host = given(url->host);
    MYSQL *db = *out = mysql_init(NULL);
    if (db == NULL || !set_defaults(db))
        return a0_error_no_memory(err);
    int rc = read_options(db, url, &w, err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (!set_security(db, &w))
        return failed(db, err);
    if (host != NULL && *host == '/') {
        w.socket = host;
        host = NULL;
    }
    /* Rows that a statement finds count, also where it changes nothing about them: else a batch
     * that is written as it was would look lost (batches.c). */
    if (mysql_real_connect(db, host, given(url->user), given(url->password), given(url->path),
                           w.port, w.socket, CLIENT_FOUND_ROWS) == NULL)
        return failed(db, err);
    /* The client library enforces it only where it verifies: with REQUIRED alone it goes on in the
     * clear. */
    if (w.encrypt && mysql_get_ssl_cipher(db) == NULL)
        return a0_error_set(err, AUTH0DB_ERR_IO, setting,
                            "MySQL: SSL is asked for, and the server offers none");
    return prepare_session(db, err);
}
