/* auth0db hash make: a password in, a stored hash out. The library checks the parameters; here they
 * are only read. */
#include "hash_make.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "lines.h"
#include "prompt.h"

typedef struct options {
    auth0db_hash_params params;
    bool lines, help;
} options;

enum option_code {
    OPT_HELP = 'h',
    OPT_LINES = 256,
    OPT_HASHER,
    OPT_SALT,
    OPT_SALT_LENGTH,
    OPT_ITERATIONS,
    OPT_COST,
    OPT_VARIANT,
    OPT_N,
    OPT_R,
    OPT_P,
    OPT_TYPE,
    OPT_M,
    OPT_T,
    OPT_HASH_LENGTH,
    OPT_VERSION
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, OPT_HELP},
    {"lines", no_argument, NULL, OPT_LINES},
    {"hasher", required_argument, NULL, OPT_HASHER},
    {"salt", required_argument, NULL, OPT_SALT},
    {"salt-length", required_argument, NULL, OPT_SALT_LENGTH},
    {"iterations", required_argument, NULL, OPT_ITERATIONS},
    {"cost", required_argument, NULL, OPT_COST},
    {"variant", required_argument, NULL, OPT_VARIANT},
    {"n", required_argument, NULL, OPT_N},
    {"r", required_argument, NULL, OPT_R},
    {"p", required_argument, NULL, OPT_P},
    {"type", required_argument, NULL, OPT_TYPE},
    {"m", required_argument, NULL, OPT_M},
    {"t", required_argument, NULL, OPT_T},
    {"hash-length", required_argument, NULL, OPT_HASH_LENGTH},
    {"version", required_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

/* Plain decimal above 0: zero means "default" to the library, and nobody types that. */
static bool positive(const char *text, uint32_t *out)
{
    char *end;
    errno = 0;
    unsigned long value = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;
    if (value == 0 || errno != 0 || *end != '\0' || value > UINT32_MAX)
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool set_hasher(auth0db_hash_params *q, const char *name)
{
    q->hasher = auth0db_hasher_by_name(name);
    return q->hasher != AUTH0DB_HASHER_UNKNOWN && q->hasher != AUTH0DB_HASHER_EMPTY;
}

static bool set_type(auth0db_hash_params *q, const char *name)
{
    static const char *const types[] = {"argon2id", "argon2i", "argon2d"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(name, types[i]) == 0) {
            q->argon2_type = (auth0db_argon2_type)i;
            return true;
        }
    }
    return false;
}

/* The letter alone is kept; whether there is such a variant says the library. */
static bool set_variant(auth0db_hash_params *q, const char *text)
{
    q->variant = text[0] == '2' ? text[1] : '\0';
    return strlen(text) == 2;
}

static bool set_salt(auth0db_hash_params *q, const char *text)
{
    q->salt = text;
    q->salt_len = (uint32_t)strlen(text);
    return text[0] != '\0';
}

static bool set_option(options *o, int code, const char *text)
{
    auth0db_hash_params *q = &o->params;
    uint32_t n;
    switch (code) {
    case OPT_HASHER:
        return set_hasher(q, text);
    case OPT_SALT:
        return set_salt(q, text);
    case OPT_SALT_LENGTH:
        return positive(text, &q->salt_len);
    case OPT_ITERATIONS:
        return positive(text, &q->iterations);
    case OPT_COST:
        return positive(text, &q->cost);
    case OPT_VARIANT:
        return set_variant(q, text);
    case OPT_N:
        return positive(text, &n) && (q->n = n) > 0;
    case OPT_R:
        return positive(text, &q->r);
    case OPT_P:
        return positive(text, &q->p);
    case OPT_TYPE:
        return set_type(q, text);
    case OPT_M:
        return positive(text, &q->m_kib);
    case OPT_T:
        return positive(text, &q->t);
    case OPT_HASH_LENGTH:
        return positive(text, &q->hash_len);
    default: /* OPT_VERSION */
        return positive(text, &q->argon2_version);
    }
}

static int parse(options *o, int argc, char **argv)
{
    opterr = 0;
    optind = 1;
    for (int index = 0, code; (code = getopt_long(argc, argv, "h", long_options, &index)) != -1;) {
        if (code == '?')
            return cli_usage("hash", "unknown or incomplete option '%s'", argv[optind - 1]);
        if (code == OPT_HELP)
            o->help = true;
        else if (code == OPT_LINES)
            o->lines = true;
        else if (!set_option(o, code, optarg))
            return cli_usage("hash", "--%s: '%s' is no such value", long_options[index].name,
                             optarg);
    }
    if (optind < argc)
        return cli_usage("hash", "takes no arguments: the password comes on standard input");
    /* Whichever of the two came last: a salt has the length that it has. */
    if (o->params.salt != NULL && o->params.salt_len != strlen(o->params.salt))
        return cli_usage("hash", "--salt and --salt-length exclude each other");
    return EXIT_DONE;
}

static int print_hash(const options *o, const char *password, size_t len)
{
    char encoded[AUTH0DB_MADE_MAX];
    auth0db_error err;
    if (auth0db_hash_make(&o->params, password, len, encoded, sizeof encoded, &err) != AUTH0DB_OK) {
        cli_fail(&err);
        return err.code & AUTH0DB_CLASS_USAGE ? EXIT_USAGE
               : err.code & AUTH0DB_CLASS_DATA
                   ? EXIT_SOME_BAD /* a password that this hasher cannot take */
                   : EXIT_TROUBLE;
    }
    puts(encoded);
    return EXIT_DONE;
}

/* It stops at the first that fails: one hash a line, so the next ones would stand in the wrong
 * place. */
static int make_from_lines(const options *o)
{
    char *line;
    size_t len;
    int status = EXIT_DONE;
    lines *in = lines_open(STDIN_FILENO);
    if (in == NULL) {
        fputs("auth0db: not enough memory\n", stderr);
        return EXIT_TROUBLE;
    }
    for (line_kind kind;
         status == EXIT_DONE && (kind = lines_next(in, &line, &len)) != LINE_NONE;) {
        if (kind == LINE_TOO_LONG) {
            fputs("auth0db hash make: a line is longer than any password may be\n", stderr);
            status = EXIT_SOME_BAD;
        } else {
            status = print_hash(o, line, len);
        }
    }
    if (status == EXIT_DONE && lines_failed(in)) {
        perror("auth0db: standard input");
        status = EXIT_TROUBLE;
    }
    lines_close(in);
    return status;
}

/* A password may hold newlines of its own, so all of standard input is one. */
static int make_from_input(const options *o)
{
    static char password[LINE_MAX_BYTES + 2];
    size_t len = 0;
    ssize_t n;
    /* The buffer has a byte more than a password and its newline may have, so that too long a one
     * is seen as such. */
    while ((n = read(STDIN_FILENO, password + len, sizeof password - len)) > 0)
        len += (size_t)n;
    if (len > 0 && len < sizeof password && password[len - 1] == '\n')
        len--;
    int status = EXIT_TROUBLE;
    if (n < 0)
        perror("auth0db: standard input");
    else if (len > LINE_MAX_BYTES)
        status = cli_usage("hash", "the password is longer than %d bytes", LINE_MAX_BYTES);
    else
        status = print_hash(o, password, len);
    explicit_bzero(password, sizeof password);
    return status;
}

/* Twice: what nobody sees can be mistyped. */
static int make_on_terminal(const options *o)
{
    char first[4097], second[4097];
    int status = EXIT_TROUBLE;
    long len = prompt_secret("Password: ", first, sizeof first);
    long again = len < 0 ? -1 : prompt_secret("Password (again): ", second, sizeof second);
    if (again < 0)
        fputs("auth0db hash make: nothing was entered\n", stderr);
    else if (len != again || memcmp(first, second, (size_t)len) != 0)
        fputs("auth0db hash make: the two passwords differ\n", stderr);
    else
        status = print_hash(o, first, (size_t)len);
    /* Both, whatever came of them. */
    explicit_bzero(first, sizeof first);
    explicit_bzero(second, sizeof second);
    return status;
}

int hash_make(int argc, char **argv)
{
    options o = {.lines = false};
    int status = parse(&o, argc, argv);
    if (status != EXIT_DONE)
        return status;
    if (o.help) {
        fputs(hash_help, stdout);
        return EXIT_DONE;
    }
    if (o.lines)
        status = make_from_lines(&o);
    else
        status = isatty(STDIN_FILENO) ? make_on_terminal(&o) : make_from_input(&o);
    if (fflush(stdout) != 0) {
        perror("auth0db: standard output");
        status = EXIT_TROUBLE;
    }
    return status;
}
