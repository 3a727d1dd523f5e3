/* Tickets: made, found, spent. What a ticket opens, and what is said to whoever follows it, stands
 * in api_reset.c. */
#include "sandbox/tenant/tickets.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "sandbox/tenant/db.h"

enum { TEXT_LEN = 43, TICKETS_MAX = 50000 };

static const char *const paths[] = {[SB_TICKET_RESET] = "/u/reset-password",
                                    [SB_TICKET_VERIFY] = "/u/email-verification",
                                    [SB_TICKET_UNBLOCK] = "/u/unblock"};

/* Kept as a digest: whoever reads the tickets' table must not be able to use one. */
static int digest_of(const char *text, char hex[static 65])
{
    uint8_t digest[A0_DIGEST_MAX];
    a0_slice part = {text, strlen(text)};
    int rc = a0_digest("sha256", &part, 1, digest, NULL);
    if (rc == AUTH0DB_OK)
        a0_hex_encode(digest, 32, hex);
    return rc;
}

static int insert(sb_tenant *tenant, sb_ticket *ticket, const sb_user *user, const char *digest)
{
    int rc =
        sb_db_run(tenant->db,
                  "INSERT INTO tickets (digest, kind, user_seq, email, flags, result_url,"
                  " expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
                  "siisisi", digest, (int64_t)ticket->kind, user->seq, sb_user_text(user, "email"),
                  (int64_t)ticket->flags, ticket->result_url, ticket->expires_ms);
    if (rc != AUTH0DB_OK)
        return rc;
    ticket->seq = sqlite3_last_insert_rowid(tenant->db);
    /* Only the newest mail's link works (documented: facts/auth0.md 4.12). A ticket that the API
     * made is not ended by a mail: whoever asked for it sends it himself. */
    if ((ticket->flags & SB_TICKET_MAILED) != 0)
        rc = sb_db_run(tenant->db,
                       "UPDATE tickets SET spent = 1 WHERE user_seq = ? AND kind = ?"
                       " AND flags & ? AND seq < ?",
                       "iiii", user->seq, (int64_t)ticket->kind, (int64_t)SB_TICKET_MAILED,
                       ticket->seq);
    if (rc == AUTH0DB_OK)
        /* The oldest go: whoever asks for mails without end must not fill the disk. */
        rc = sb_db_run(tenant->db, "DELETE FROM tickets WHERE seq <= ?", "i",
                       ticket->seq - TICKETS_MAX);
    return rc;
}

int sb_ticket_make(sb_call *call, sb_ticket *ticket, const sb_user *user, a0_buf *link)
{
    char text[TEXT_LEN + 1], digest[65], base[300];
    int rc = sb_random_text(call->tenant, text, TEXT_LEN);
    if (rc == AUTH0DB_OK)
        rc = digest_of(text, digest);
    if (rc == AUTH0DB_OK)
        rc = insert(call->tenant, ticket, user, digest);
    sb_call_base(call, base);
    if (rc == AUTH0DB_OK) /* the # is Auth0's: what is added behind it stays in the browser */
        rc = a0_buf_printf(link, "%s%s?ticket=%s#", base, paths[ticket->kind], text);
    a0_wipe(text, sizeof text);
    return rc;
}

static sb_ticket_state state_of(sb_tenant *tenant, sqlite3_stmt *stmt, sb_ticket *ticket,
                                sb_user *user)
{
    bool spent = sqlite3_column_int(stmt, 4) != 0;
    ticket->seq = sqlite3_column_int64(stmt, 0);
    ticket->flags = (unsigned)sqlite3_column_int64(stmt, 1);
    snprintf(ticket->result_url, sizeof ticket->result_url, "%s", sb_db_text(stmt, 2));
    ticket->expires_ms = sqlite3_column_int64(stmt, 3);
    if (!sb_user_by_seq(tenant, sqlite3_column_int64(stmt, 5), user))
        return SB_TICKET_UNKNOWN;
    /* A link in a mailbox is good for the account that has that address, and for no later one */
    if (strcmp(sb_user_text(user, "email"), sb_db_text(stmt, 6)) != 0) {
        sb_user_clear(user);
        return SB_TICKET_UNKNOWN;
    }
    if (spent)
        return SB_TICKET_SPENT;
    return sb_now_ms(tenant) < ticket->expires_ms ? SB_TICKET_OPEN : SB_TICKET_EXPIRED;
}

/* The kind belongs to the name: a link that verifies an address must set no password. */
sb_ticket_state sb_ticket_find(sb_tenant *tenant, sb_ticket_kind kind, const char *text,
                               sb_ticket *ticket, sb_user *user)
{
    char digest[65];
    sqlite3_stmt *stmt = NULL;
    sb_ticket_state state = SB_TICKET_UNKNOWN;
    *ticket = (sb_ticket){.kind = kind};
    *user = (sb_user){0};
    if (strlen(text) != TEXT_LEN || digest_of(text, digest) != AUTH0DB_OK ||
        sb_db_prepare(&stmt, tenant->db,
                      "SELECT seq, flags, result_url, expires_ms, spent, user_seq, email"
                      " FROM tickets WHERE digest = ? AND kind = ?",
                      "si", digest, (int64_t)kind) != AUTH0DB_OK)
        return SB_TICKET_UNKNOWN;
    if (sqlite3_step(stmt) == SQLITE_ROW)
        state = state_of(tenant, stmt, ticket, user);
    sqlite3_finalize(stmt);
    return state;
}

static int spend(sb_tenant *tenant, const sb_ticket *ticket, sb_user *user)
{
    int rc = sb_user_save(tenant, user);
    if (rc == AUTH0DB_OK)
        rc = sb_db_run(tenant->db, "UPDATE tickets SET spent = 1 WHERE seq = ?", "i", ticket->seq);
    /* Every link of a user that could set a password ends with the first one that does: an older
     * one may lie in a mailbox that somebody else reads. */
    if (rc == AUTH0DB_OK && ticket->kind == SB_TICKET_RESET)
        rc = sb_db_run(tenant->db, "UPDATE tickets SET spent = 1 WHERE user_seq = ? AND kind = ?",
                       "ii", user->seq, (int64_t)ticket->kind);
    return rc;
}

/* Both or neither: a link that was spent without its password would lock a person out, and one that
 * was not spent could be used twice. */
int sb_ticket_spend(sb_tenant *tenant, const sb_ticket *ticket, sb_user *user)
{
    int rc = sb_db_run(tenant->db, "BEGIN", "");
    if (rc != AUTH0DB_OK)
        return rc;
    rc = spend(tenant, ticket, user);
    int ended = sb_db_run(tenant->db, rc == AUTH0DB_OK ? "COMMIT" : "ROLLBACK", "");
    return rc != AUTH0DB_OK ? rc : ended;
}

/* ---- where a ticket leads in the end ---- */

/* No "@" belongs to a host here: what stands before one looks like the host and is not. */
static size_t origin_length(const char *url)
{
    static const char host[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:[]";
    size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
    size_t len = scheme > 0 ? strspn(url + scheme, host) : 0;
    bool ends = len > 0 && strchr("/?#", url[scheme + len]) != NULL; /* or with the NUL */
    return ends ? scheme + len : 0;
}

/* Printable ASCII without the characters that could end an attribute, a header or a policy: the URL
 * is put into all three. */
bool sb_result_url_ok(const char *url)
{
    size_t len = strlen(url);
    if (len > SB_RESULT_URL_MAX || origin_length(url) == 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (url[i] <= ' ' || url[i] > '~' || strchr("\"<>\\^`{|}", url[i]) != NULL)
            return false;
    }
    return true;
}

void sb_result_url_origin(const char *url, char out[static SB_RESULT_URL_MAX + 1])
{
    snprintf(out, SB_RESULT_URL_MAX + 1, "%.*s", (int)origin_length(url), url);
}
