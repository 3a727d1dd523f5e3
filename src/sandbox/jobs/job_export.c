/* What an export does: users as lines of JSON or CSV, compressed as they come. Never a hash. Auth0
 * gives hashes out by a support ticket alone (documented: facts/auth0.md 4.11). */
#include <limits.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "sandbox/jobs/jobs_int.h"
#include "sandbox/tenant/db.h"
#include "sandbox/tenant/users.h"

enum { GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8, EXPORT_MAX = 1024 * 1024 * 1024 };

struct sb_export {
    z_stream zip;
    a0_buf file;
    int64_t last_seq; /* of the users that are in it */
    bool is_csv;
    json_t *fields; /* [{"name", "export_as"?}], NULL: the whole profile */
};

/* Which fields Auth0 takes where none are named is not known: these are a guess. */
static json_t *csv_fields(void)
{
    static const char *const usual[] = {"user_id",    "email",      "email_verified", "username",
                                        "name",       "nickname",   "given_name",     "family_name",
                                        "created_at", "last_login", "logins_count"};
    json_t *fields = json_array();
    for (size_t i = 0; i < A0_COUNT(usual); i++)
        json_array_append_new(fields, json_pack("{s:s}", "name", usual[i]));
    return fields;
}

static const char *title_of(const json_t *field)
{
    const char *title = a0_json_text(field, "export_as");
    return title != NULL ? title : a0_json_text(field, "name");
}

static int squeeze(sb_export *out, const a0_buf *text, int how)
{
    char block[16 * 1024];
    /* zlib counts in unsigned int. */
    if (text->len > UINT_MAX)
        return AUTH0DB_ERR_TOO_LARGE;
    out->zip.next_in = (Bytef *)(uintptr_t)a0_buf_text(text);
    out->zip.avail_in = (uInt)text->len;
    do {
        out->zip.next_out = (Bytef *)block;
        out->zip.avail_out = sizeof block;
        if (deflate(&out->zip, how) == Z_STREAM_ERROR)
            return AUTH0DB_ERR_STATE;
        int rc = a0_buf_append(&out->file, block, sizeof block - out->zip.avail_out);
        if (rc != AUTH0DB_OK)
            return rc;
    } while (out->zip.avail_out == 0);
    return AUTH0DB_OK;
}

/* ---- one line a user ---- */

/* A name may lead into metadata: "user_metadata.plan". */
static json_t *value_at(json_t *profile, const char *name)
{
    char part[101];
    json_t *value = profile;
    while (value != NULL && *name != '\0') {
        size_t len = strcspn(name, ".");
        if (len >= sizeof part)
            return NULL;
        memcpy(part, name, len);
        part[len] = '\0';
        value = json_object_get(value, part);
        name += len + (name[len] == '.');
    }
    return value;
}

/* What a user does not have is left out; in CSV its column stays empty, or all behind it would
 * move. */
static int json_line(const sb_export *out, json_t *profile, a0_buf *line)
{
    size_t i;
    json_t *field;
    if (out->fields == NULL)
        return a0_json_write(line, profile);
    json_t *chosen = json_object();
    json_array_foreach(out->fields, i, field)
    {
        json_t *value = value_at(profile, a0_json_text(field, "name"));
        if (value != NULL)
            json_object_set(chosen, title_of(field), value);
    }
    int rc = chosen != NULL ? a0_json_write(line, chosen) : AUTH0DB_ERR_NO_MEMORY;
    json_decref(chosen);
    return rc;
}

/* A text in quotes, its own doubled (RFC 4180). */
static int csv_text(a0_buf *line, const char *text)
{
    int rc = a0_buf_puts(line, "\"");
    for (size_t len; rc == AUTH0DB_OK && *text != '\0'; text += len) {
        len = strcspn(text, "\"");
        rc = a0_buf_append(line, text, len);
        if (rc == AUTH0DB_OK && text[len] == '"') {
            rc = a0_buf_puts(line, "\"\"");
            len++;
        }
    }
    return rc == AUTH0DB_OK ? a0_buf_puts(line, "\"") : rc;
}

static int csv_value(a0_buf *line, const json_t *value)
{
    a0_buf text = {0};
    int rc = AUTH0DB_OK;
    if (json_is_string(value))
        return csv_text(line, json_string_value(value));
    if (value != NULL && (rc = a0_json_write(&text, value)) == AUTH0DB_OK)
        rc = json_is_object(value) || json_is_array(value) ? csv_text(line, a0_buf_text(&text))
                                                           : a0_buf_puts(line, a0_buf_text(&text));
    a0_buf_clear(&text);
    return rc;
}

/* profile NULL: the line of titles. */
static int csv_line(const sb_export *out, json_t *profile, a0_buf *line)
{
    int rc = AUTH0DB_OK;
    size_t i;
    json_t *field;
    json_array_foreach(out->fields, i, field)
    {
        if (i > 0 && rc == AUTH0DB_OK)
            rc = a0_buf_puts(line, ",");
        if (rc == AUTH0DB_OK)
            rc = profile == NULL ? csv_text(line, title_of(field))
                                 : csv_value(line, value_at(profile, a0_json_text(field, "name")));
    }
    return rc;
}

static int add_line(sb_export *out, json_t *profile)
{
    a0_buf line = {0};
    int rc = out->is_csv ? csv_line(out, profile, &line) : json_line(out, profile, &line);
    if (rc == AUTH0DB_OK)
        rc = a0_buf_puts(&line, "\n");
    if (rc == AUTH0DB_OK)
        rc = squeeze(out, &line, Z_NO_FLUSH);
    a0_buf_clear(&line);
    return rc;
}

/* ---- the file ---- */

static int begin(sb_run *run)
{
    const char *format = a0_json_text(run->job.record, "format");
    sb_export *out = a0_alloc(sizeof *out);
    if (out == NULL)
        return AUTH0DB_ERR_NO_MEMORY;
    if (deflateInit2(&out->zip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        a0_free(out);
        return AUTH0DB_ERR_NO_MEMORY;
    }
    /* From here on the run owns it, whatever fails below. */
    run->out = out;
    out->file.limit = EXPORT_MAX;
    out->is_csv = format != NULL && strcmp(format, "csv") == 0;
    out->fields = json_incref(json_object_get(run->job.record, "fields"));
    if (out->is_csv && out->fields == NULL)
        out->fields = csv_fields();
    return out->is_csv ? add_line(out, NULL) : AUTH0DB_OK;
}

void sb_export_free(sb_export *out)
{
    if (out == NULL)
        return;
    deflateEnd(&out->zip);
    a0_buf_clear(&out->file);
    json_decref(out->fields);
    a0_free(out);
}

/* By the number of the row and not by an offset: a user who is deleted meanwhile must not make the
 * export leave another one out. */
int sb_export_work(sb_tenant *tenant, sb_run *run, int64_t until)
{
    sqlite3_stmt *stmt = NULL;
    sb_user user;
    int rc = AUTH0DB_OK;
    if (run->out == NULL && (rc = begin(run)) != AUTH0DB_OK)
        return rc;
    rc = sb_db_prepare(&stmt, tenant->db,
                       "SELECT " SB_USER_COLUMNS " FROM users"
                       " WHERE seq > ?1 AND (?2 IS NULL OR connection = ?2) ORDER BY seq LIMIT ?3",
                       "isi", run->out->last_seq, a0_json_text(run->job.record, "connection"),
                       until - run->job.done);
    while (rc == AUTH0DB_OK && sb_user_next(stmt, &user)) {
        rc = add_line(run->out, user.profile);
        run->out->last_seq = user.seq;
        sb_user_clear(&user);
    }
    sqlite3_finalize(stmt);
    run->job.done = until; /* fewer may have come: users can be deleted meanwhile */
    return rc;
}

int sb_export_finish(sb_run *run, a0_buf *out)
{
    static const a0_buf nothing = {0};
    int rc = run->out != NULL ? AUTH0DB_OK : begin(run); /* a tenant without users */
    if (rc == AUTH0DB_OK)
        rc = squeeze(run->out, &nothing, Z_FINISH);
    if (rc != AUTH0DB_OK)
        return rc;
    *out = run->out->file;
    run->out->file = (a0_buf){0};
    return AUTH0DB_OK;
}
