/* A multipart body, taken apart. What is doubtful is refused: two readers of it could see two
 * files. */
#include "sandbox/multipart.h"

#include <microhttpd.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

enum { PROCESSOR_MEMORY = 8 * 1024 }; /* headers of a part, and its boundary */

/* One part on its way in. */
typedef struct reader {
    sb_request *request;
    char name[64];
    bool open;
    a0_buf text;
    unsigned parts;
    const char *complaint; /* NULL: all is well so far */
} reader;

bool sb_is_multipart(const sb_request *request)
{
    return strncasecmp(request->content_type, "multipart/form-data", 19) == 0;
}

static bool complain(reader *r, const char *what)
{
    if (r->complaint == NULL)
        r->complaint = what;
    return false;
}

/* The part before is whole when the next one begins, or the body ends. The file is not looked at
 * here, for its JSON is parsed later and must be UTF-8 there. */
static bool close_part(reader *r)
{
    const a0_buf *text = &r->text;
    if (!r->open)
        return true;
    r->open = false;
    if (strcmp(r->name, "users") == 0)
        return true;
    if (!a0_utf8_valid(a0_buf_text(text), text->len) || strlen(a0_buf_text(text)) != text->len)
        return complain(r, "a field is not text");
    if (json_object_set_new(r->request->form, r->name, json_string(a0_buf_text(text))) != 0)
        return complain(r, "out of memory");
    return true;
}

/* Nothing here decodes base64 or quoted-printable: taken as it stands, such a part would be another
 * text. */
static bool open_part(reader *r, const char *name, const char *encoding)
{
    if (++r->parts > SB_PARTS_MAX)
        return complain(r, "too many parts");
    if (name == NULL || *name == '\0' || strlen(name) >= sizeof r->name ||
        !a0_utf8_valid(name, strlen(name)))
        return complain(r, "a part without a usable name");
    if (encoding != NULL && strcasecmp(encoding, "binary") != 0 &&
        strcasecmp(encoding, "8bit") != 0 && strcasecmp(encoding, "7bit") != 0)
        return complain(r, "a transfer encoding");
    memcpy(r->name, name, strlen(name) + 1);
    bool is_file = strcmp(name, "users") == 0;
    if (is_file ? r->request->has_upload : json_object_get(r->request->form, name) != NULL)
        return complain(r, "the same part twice");
    r->request->has_upload |= is_file;
    r->open = true;
    a0_buf_reset(&r->text);
    return true;
}

static enum MHD_Result on_data(void *ctx, enum MHD_ValueKind kind, const char *name,
                               const char *file, const char *type, const char *encoding,
                               const char *data, uint64_t at, size_t size)
{
    reader *r = ctx;
    if (at == 0 && (!close_part(r) || !open_part(r, name, encoding)))
        return MHD_NO;
    a0_buf *out = strcmp(r->name, "users") == 0 ? &r->request->upload : &r->text;
    if (!r->open || a0_buf_append(out, data, size) != AUTH0DB_OK) {
        complain(r, "a part is too long");
        return MHD_NO;
    }
    return MHD_YES;
}

int sb_multipart_read(struct MHD_Connection *connection, sb_request *request, auth0db_error *err)
{
    reader r = {.request = request, .text.limit = SB_PART_TEXT_MAX};
    request->upload.limit = SB_BODY_MAX;
    request->form = json_object();
    struct MHD_PostProcessor *processor =
        request->form != NULL ? MHD_create_post_processor(connection, PROCESSOR_MEMORY, on_data, &r)
                              : NULL;
    if (processor == NULL)
        complain(&r, "no boundary");
    else if (MHD_post_process(processor, a0_buf_text(&request->raw_body), request->raw_body.len) !=
             MHD_YES)
        complain(&r, "its parts cannot be told apart");
    /* Without its last boundary the body was cut off, and must not pass for a shorter file. */
    if (processor != NULL && MHD_destroy_post_processor(processor) != MHD_YES)
        complain(&r, "it has no end");
    close_part(&r);
    a0_buf_clear(&r.text);
    return r.complaint == NULL ? AUTH0DB_OK
                               : a0_error_set(err, AUTH0DB_ERR_MALFORMED, "body",
                                              "not a valid multipart form: %s", r.complaint);
}
