/* What is quoted is decided on the text as it is written, so what cannot be seen is shown first. */
#include "csv.h"

#include <stdlib.h>
#include <string.h>

#include "auth0db/text.h"

static void field(FILE *out, const char *text)
{
    /* A spreadsheet runs what begins so, and names are chosen by the site's users. */
    bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    if (!formula && strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    if (formula)
        putc('\'', out);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"')
            putc('"', out);
        putc(*c, out);
    }
    putc('"', out);
}

static bool shown_field(FILE *out, const char *raw)
{
    size_t len = auth0db_show_text(NULL, 0, raw);
    char *text = malloc(len + 1);
    if (text == NULL)
        return false;
    auth0db_show_text(text, len + 1, raw);
    field(out, text);
    free(text);
    return true;
}

bool csv_write(FILE *out, const char *const *fields, size_t n)
{
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) {
        if (i > 0)
            putc(',', out);
        ok = shown_field(out, fields[i]);
    }
    /* As RFC 4180 has it. */
    fputs("\r\n", out);
    return ok && !ferror(out);
}
