/* make_site FILE USERS: a Django site's auth_user in SQLite, quickly; the same rows every time. The
 * shares of hashers, e-mails and names are those of a site that began with Django 1.4. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 88172645463325252u;

static uint64_t rnd(uint64_t below) /* xorshift64: speed is all that is asked */
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

static void fill(char *out, size_t n, const char *alphabet)
{
    const size_t size = strlen(alphabet);
    for (size_t i = 0; i < n; i++)
        out[i] = alphabet[rnd(size)];
    out[n] = '\0';
}

static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
static const char bcrypt64[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static void make_password(char *out, size_t size)
{
    static const int iterations[] = {10000, 36000, 150000, 260000, 390000, 600000, 870000};
    char salt[23], digest[54];
    const unsigned kind = (unsigned)rnd(100);
    fill(salt, kind % 2 ? 22 : 12, alnum);
    if (kind < 90) {
        fill(digest, 42, alnum);
        snprintf(out, size, "pbkdf2_sha256$%d$%s$%sA=", iterations[kind % 7], salt, digest);
    } else if (kind < 94) {
        fill(digest, 53, bcrypt64);
        digest[21] = "O.eu"[rnd(4)];
        digest[52] = 'O';
        snprintf(out, size, "bcrypt%s$$2b$12$%s", kind < 92 ? "" : "_sha256", digest);
    } else if (kind < 97) {
        fill(digest, 40, "0123456789abcdef");
        snprintf(out, size, "sha1$%.5s$%s", salt, digest);
    } else {
        fill(digest, 40, alnum);
        snprintf(out, size, "!%s", digest);
    }
}

static void make_email(char *out, size_t size, uint64_t i)
{
    static const char *const hosts[] = {"example.com", "mail.example.org", "uni.example.edu",
                                        "gmail.example", "company.example.net"};
    const unsigned kind = (unsigned)rnd(1000);
    const char *host = hosts[rnd(5)];
    if (kind < 5)
        out[0] = '\0';
    else if (kind < 8)
        snprintf(out, size, "not an address %llu", (unsigned long long)i);
    else if (kind < 13) /* somebody else's, perhaps in another case */
        snprintf(out, size, "%ser%llu@%s", kind < 10 ? "US" : "us", (unsigned long long)rnd(i + 1),
                 host);
    else
        snprintf(out, size, "user%llu@%s", (unsigned long long)i, host);
}

static void make_date(char *out, size_t size)
{
    snprintf(out, size, "20%02d-%02d-%02d %02d:%02d:%02d.%06d", 15 + (int)rnd(10), 1 + (int)rnd(12),
             1 + (int)rnd(28), (int)rnd(24), (int)rnd(60), (int)rnd(60), (int)rnd(1000000));
}

static void check(sqlite3 *db, int rc)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE)
        return;
    fprintf(stderr, "make_site: %s\n", sqlite3_errmsg(db));
    exit(EXIT_FAILURE);
}

static void bind(sqlite3_stmt *insert, int at, const char *text)
{
    sqlite3_bind_text(insert, at, text, -1, SQLITE_TRANSIENT);
}

static void insert_user(sqlite3 *db, sqlite3_stmt *insert, uint64_t i)
{
    static const char *const first[] = {"Anna", "Jos\xc3\xa9", "Mary", "Wei", "Olga", "Tom", ""};
    static const char *const last[] = {"Smith",
                                       "M\xc3\xbcller",
                                       "Garc\xc3\xad"
                                       "a",
                                       "Li",
                                       "Lee",
                                       ""};
    char text[160];
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)i);
    make_password(text, sizeof text);
    bind(insert, 2, text);
    make_date(text, sizeof text);
    if (rnd(5) > 0)
        bind(insert, 3, text);
    else
        sqlite3_bind_null(insert, 3);
    snprintf(text, sizeof text, "user%llu", (unsigned long long)i);
    bind(insert, 4, text);
    bind(insert, 5, last[rnd(6)]);
    make_email(text, sizeof text, i);
    bind(insert, 6, text);
    sqlite3_bind_int(insert, 7, rnd(50) > 0);
    make_date(text, sizeof text);
    bind(insert, 8, text);
    bind(insert, 9, first[rnd(7)]);
    if (sqlite3_step(insert) != SQLITE_DONE)
        check(db, SQLITE_ERROR);
    check(db, sqlite3_reset(insert));
}

int main(int argc, char **argv)
{
    static const char tables[] =
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;"
        "CREATE TABLE \"auth_user\" (\"id\" integer NOT NULL PRIMARY KEY AUTOINCREMENT,"
        " \"password\" varchar(128) NOT NULL, \"last_login\" datetime NULL,"
        " \"is_superuser\" bool NOT NULL, \"username\" varchar(150) NOT NULL,"
        " \"last_name\" varchar(150) NOT NULL, \"email\" varchar(254) NOT NULL,"
        " \"is_staff\" bool NOT NULL, \"is_active\" bool NOT NULL,"
        " \"date_joined\" datetime NOT NULL, \"first_name\" varchar(150) NOT NULL); BEGIN";
    sqlite3 *db;
    sqlite3_stmt *insert;
    if (argc != 3) {
        fprintf(stderr, "usage: make_site FILE USERS\n");
        return EXIT_FAILURE;
    }
    remove(argv[1]);
    check(NULL, sqlite3_open(argv[1], &db));
    check(db, sqlite3_exec(db, tables, NULL, NULL, NULL));
    check(db, sqlite3_prepare_v2(db,
                                 "INSERT INTO auth_user (id, password, last_login, username, "
                                 "last_name, email, is_active, date_joined, first_name, "
                                 "is_superuser, is_staff) VALUES (?,?,?,?,?,?,?,?,?,0,0)",
                                 -1, &insert, NULL));
    for (uint64_t i = 1, n = strtoull(argv[2], NULL, 10); i <= n; i++)
        insert_user(db, insert, i);
    sqlite3_finalize(insert);
    check(db, sqlite3_exec(db,
                           "COMMIT; CREATE UNIQUE INDEX auth_user_username_key "
                           "ON auth_user (username)",
                           NULL, NULL, NULL));
    return sqlite3_close(db) == SQLITE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
