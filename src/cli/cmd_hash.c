/* auth0db hash: identify, convert, verify, make. Nothing secret in argv: hashes and passwords come
 * on standard input, or are asked for without echo. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "hash_make.h"
#include "lines.h"
#include "prompt.h"

enum { PROMPT_MAX = 8193 };

const char hash_help[] =
    "Usage: auth0db hash identify|convert|verify < LINES\n"
    "       auth0db hash make [OPTION...] < PASSWORD\n"
    "\n"
    "  identify  stored Django passwords as lines in; one JSON line each out: hasher,\n"
    "            parameters, and whether Auth0's bulk import can take it\n"
    "  convert   the same in; {\"custom_password_hash\": {...}} for the bulk import\n"
    "            out, or {\"reason\": \"...\", \"message\": \"...\"} where Auth0 cannot\n"
    "            take it\n"
    "  verify    {\"encoded\": \"...\", \"password\": \"...\"} lines in; {\"match\": true},\n"
    "            {\"match\": false} or {\"error\": {\"code\": ..., \"message\": ...}} out.\n"
    "            At a terminal it asks for both, without echo\n"
    "  make      all of standard input, but for one newline at its end, is a\n"
    "            password; print it as Django would store it. At a terminal it\n"
    "            asks twice, without echo\n"
    "\n"
    "Options of make; without any, it does what Django 5.2 does:\n"
    "  --hasher NAME     pbkdf2_sha256, pbkdf2_sha1, argon2, bcrypt, bcrypt_sha256,\n"
    "                    scrypt, sha1, md5, unsalted_sha1, unsalted_md5, crypt or\n"
    "                    unusable\n"
    "  --salt TEXT       UTF-8 without '$'; default: random\n"
    "  --salt-length N   of the random salt; 22\n"
    "  --iterations N    pbkdf2; 1000000\n"
    "  --cost N          bcrypt; 12\n"
    "  --variant 2b      bcrypt; 2a, 2b or 2y\n"
    "  --n N --r N --p N scrypt; 16384, 8, 5\n"
    "  --type argon2id   argon2; also argon2i, argon2d\n"
    "  --version 19      argon2; 16 is Argon2 1.0\n"
    "  --m KIB --t N --p N  argon2; 102400, 2, 8\n"
    "  --hash-length N   argon2; 32 bytes\n"
    "  --lines           every line of standard input is a password; one hash a line\n"
    "\n"
    "Exit status: 0 all is well, 1 some line was bad (its answer says why; at a\n"
    "terminal also: no match), 2 usage, 3 trouble. auth0db-hash(1) has the reasons.\n";

/* One JSON object as a line; takes the reference. False where memory is short. */
static bool print_object(json_t *object)
{
    bool ok = object != NULL && json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) == 0;
    /* In any case: whoever counts the answers must not get out of step with the questions. */
    putchar('\n');
    json_decref(object);
    return ok;
}

/* Passwords pass through jansson: every block it frees is wiped first. */
typedef struct block {
    size_t size;
    max_align_t data[];
} block;

/* The size stands in front of the block, for free() does not tell it. */
static void *wiping_malloc(size_t size)
{
    block *b = size < SIZE_MAX / 2 ? malloc(sizeof *b + size) : NULL;
    if (b == NULL)
        return NULL;
    b->size = size;
    return b->data;
}

static void wiping_free(void *data)
{
    if (data == NULL)
        return;
    block *b = (block *)((char *)data - offsetof(block, data));
    explicit_bzero(b->data, b->size);
    free(b);
}

/* --- one line each: print the answer, say whether the line was good --- */

/* A bad line to a script: there is nothing to import of it. */
static bool reason_line(auth0db_conversion how)
{
    print_object(json_pack("{s:s, s:s}", "reason", auth0db_conversion_code(how), "message",
                           auth0db_conversion_message(how)));
    return false;
}

/* What no recording confirms is converted all the same: identify says which that is, and the canary
 * of an import tries it. */
static bool convert_line(char *line, size_t len, line_kind kind)
{
    static char json[AUTH0DB_CONVERTED_MAX(8192)];
    size_t n;
    auth0db_conversion how = kind == LINE_WHOLE
                                 ? auth0db_hash_convert(line, len, json, sizeof json, &n)
                                 : AUTH0DB_CONVERT_OVER_LONG;
    if (how != AUTH0DB_CONVERTED && how != AUTH0DB_CONVERTED_UNCONFIRMED)
        return reason_line(how);
    fputs("{\"custom_password_hash\":", stdout);
    fwrite(json, 1, n, stdout);
    fputs("}\n", stdout);
    return true;
}

/* Zero is what a hasher does not have, so it is not told. */
static void set_number(json_t *object, const char *key, uint64_t value)
{
    if (value != 0)
        json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void set_params(json_t *object, const auth0db_hash_params *q)
{
    static const char *const types[] = {"argon2id", "argon2i", "argon2d"};
    set_number(object, "iterations", q->iterations);
    if (q->cost != 0) {
        const char variant[] = {'2', q->variant, '\0'};
        json_object_set_new(object, "variant", json_string(variant));
        set_number(object, "cost", q->cost);
    }
    if (q->hasher == AUTH0DB_HASHER_ARGON2) {
        json_object_set_new(object, "type", json_string(types[q->argon2_type]));
        set_number(object, "version", q->argon2_version);
    }
    set_number(object, "n", q->n);
    set_number(object, "r", q->r);
    set_number(object, "m", q->m_kib);
    set_number(object, "t", q->t);
    set_number(object, "p", q->p);
    set_number(object, "hash_bytes", q->hash_len);
    set_number(object, "salt_bytes", q->salt_len);
}

/* A hash that cannot move was identified all the same; bad is only what could not be read. */
static bool identify_line(char *line, size_t len, line_kind kind)
{
    static char json[AUTH0DB_CONVERTED_MAX(8192)];
    auth0db_hash_params params = {.hasher = AUTH0DB_HASHER_UNKNOWN};
    auth0db_error err = {.message = "longer than any line may be"};
    size_t n;
    if (kind == LINE_TOO_LONG)
        len = 0;
    int rc = kind == LINE_WHOLE ? auth0db_hash_identify(line, len, &params, &err)
                                : AUTH0DB_ERR_TOO_LARGE;
    json_t *object = json_pack("{s:s}", "hasher", auth0db_hasher_name(params.hasher));
    if (params.hasher == AUTH0DB_HASHER_UNKNOWN && auth0db_hash_algorithm(line, len) > 0)
        json_object_set_new(object, "name", json_stringn(line, auth0db_hash_algorithm(line, len)));
    if (rc == AUTH0DB_OK) {
        auth0db_conversion how = auth0db_hash_convert(line, len, json, sizeof json, &n);
        set_params(object, &params);
        json_object_set_new(object, "auth0", json_string(auth0db_conversion_code(how)));
    } else {
        const bool over = rc == AUTH0DB_ERR_TOO_LARGE;
        json_object_set_new(object, "reason", json_string(over ? "over-long" : "malformed"));
        json_object_set_new(object, "message", json_string(err.message));
    }
    return print_object(object) && rc == AUTH0DB_OK;
}

static bool error_line(auth0db_code code, const char *where, const char *message)
{
    char text[sizeof((auth0db_error *)NULL)->where + sizeof((auth0db_error *)NULL)->message + 2];
    snprintf(text, sizeof text, "%s%s%s", where, where[0] != '\0' ? ": " : "", message);
    print_object(
        json_pack("{s:{s:s, s:s}}", "error", "code", auth0db_code_name(code), "message", text));
    return false;
}

/* A password that does not fit is an answer, and no bad line. */
static bool verdict_line(auth0db_verdict verdict, const auth0db_error *err)
{
    if (verdict == AUTH0DB_NO_VERDICT)
        return error_line(err->code, err->where, err->message);
    return print_object(json_pack("{s:b}", "match", verdict == AUTH0DB_MATCH));
}

static bool verify_line(char *line, size_t len, line_kind kind)
{
    if (kind == LINE_TOO_LONG)
        return error_line(AUTH0DB_ERR_TOO_LARGE, "line", "longer than any line may be");
    /* No error is asked for: jansson's own messages quote the line, and so perhaps the password. A
     * name that is there twice is refused, or two readers would take two passwords; a NUL is
     * allowed, since Django allows it in one. */
    json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    const json_t *encoded = json_object_get(object, "encoded");
    const json_t *password = json_object_get(object, "password");
    bool good;
    if (!json_is_object(object)) {
        good = error_line(AUTH0DB_ERR_MALFORMED, "line", "not a JSON object in UTF-8");
    } else if (!json_is_string(encoded) || !json_is_string(password)) {
        good = error_line(AUTH0DB_ERR_MALFORMED, json_is_string(encoded) ? "password" : "encoded",
                          "missing, or not a string");
    } else {
        auth0db_error err;
        good = verdict_line(
            auth0db_hash_verify(json_string_value(encoded), json_string_length(encoded),
                                json_string_value(password), json_string_length(password), &err),
            &err);
    }
    json_decref(object);
    return good;
}

/* The hash is typed without echo as well: whoever sees it can try passwords on it. */
static int verify_on_terminal(void)
{
    char encoded[PROMPT_MAX], password[PROMPT_MAX];
    auth0db_error err;
    int status = EXIT_TROUBLE;
    long encoded_len = prompt_secret("Stored password (hash): ", encoded, sizeof encoded);
    long password_len =
        encoded_len < 0 ? -1 : prompt_secret("Password: ", password, sizeof password);
    if (password_len >= 0) {
        auth0db_verdict verdict =
            auth0db_hash_verify(encoded, (size_t)encoded_len, password, (size_t)password_len, &err);
        verdict_line(verdict, &err);
        status = verdict == AUTH0DB_MATCH ? EXIT_DONE : EXIT_SOME_BAD;
    } else {
        fputs("auth0db hash verify: nothing was entered\n", stderr);
    }
    explicit_bzero(encoded, sizeof encoded);
    explicit_bzero(password, sizeof password);
    return status;
}

static int each_line(bool (*answer)(char *line, size_t len, line_kind kind))
{
    char *line = NULL;
    size_t len = 0;
    bool all_good = true;
    lines *in = lines_open(STDIN_FILENO);
    if (in == NULL) {
        fputs("auth0db: not enough memory\n", stderr);
        return EXIT_TROUBLE;
    }
    /* An answer that cannot be written ends it: the rest would be computed for nobody. */
    for (line_kind kind; (kind = lines_next(in, &line, &len)) != LINE_NONE && !ferror(stdout);)
        /* The answer first: the other way round, && would leave the lines behind a bad one
         * unanswered. */
        all_good = answer(line, len, kind) && all_good;
    bool failed = lines_failed(in);
    lines_close(in);
    if (fflush(stdout) != 0 || ferror(stdout) || failed) {
        perror(failed ? "auth0db: standard input" : "auth0db: standard output");
        return EXIT_TROUBLE;
    }
    return all_good ? EXIT_DONE : EXIT_SOME_BAD;
}

int cmd_hash(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
        fputs(hash_help, stdout);
        return EXIT_DONE;
    }
    /* Before jansson's first block: one that it got from malloc() must never come to wiping_free.
     */
    json_set_alloc_funcs(wiping_malloc, wiping_free);
    if (strcmp(verb, "make") == 0)
        return hash_make(argc - 1, argv + 1);
    if (argc > 2 && strcmp(argv[2], "--help") == 0) {
        fputs(hash_help, stdout);
        return EXIT_DONE;
    }
    if (argc > 2)
        return cli_usage("hash", "'%s' takes no arguments: hashes come on standard input", verb);
    if (strcmp(verb, "identify") == 0)
        return each_line(identify_line);
    if (strcmp(verb, "convert") == 0)
        return each_line(convert_line);
    if (strcmp(verb, "verify") == 0)
        return isatty(STDIN_FILENO) ? verify_on_terminal() : each_line(verify_line);
    return cli_usage("hash", "expected identify, convert, verify or make");
}
