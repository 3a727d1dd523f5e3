/* No text passes for a state of this site but the one that was made with its secret. The input is
 * tried as a state, and as the parts of one ("ID.TIME.TRY") behind which the right MAC is put. */
#include <string.h>

#include "auth0db/web.h"
#include "base/mem.h"
#include "fuzz.h"

static const auth0db_web_key key = {"secret", 6};

static void try_text(const char *text)
{
    auth0db_web_state state;
    auth0db_error err = {0};
    int rc = auth0db_web_state_read(&state, &key, text, 1700000000, &err);
    CLAIM(rc == AUTH0DB_OK || (rc == AUTH0DB_ERR_MALFORMED && state.id[0] == '\0'));
    CLAIM(rc != AUTH0DB_OK); /* nobody has the secret */
}

/* What is made is read back as it was, wherever its time is near. */
static void try_parts(const char *text)
{
    char made[AUTH0DB_WEB_STATE_SIZE], longer[AUTH0DB_WEB_STATE_SIZE + 2];
    auth0db_web_state state = {.at_s = 1700000000 - (int64_t)(strlen(text) % 4000),
                               .again = strlen(text) % 2 == 1},
                      read;
    for (size_t i = 0; i < AUTH0DB_WEB_ID_LEN && text[i] != '\0'; i++)
        state.id[i] = text[i];
    if (auth0db_web_state_make(made, &key, &state, NULL) != AUTH0DB_OK)
        return;
    bool near = 1700000000 - state.at_s <= AUTH0DB_WEB_LIFETIME_S;
    CLAIM((auth0db_web_state_read(&read, &key, made, 1700000000, NULL) == AUTH0DB_OK) == near);
    CLAIM(!near || (strcmp(read.id, state.id) == 0 && read.at_s == state.at_s));
    memcpy(longer, made, strlen(made) + 1);
    strcat(longer, "A");
    CLAIM(auth0db_web_state_read(&read, &key, longer, 1700000000, NULL) != AUTH0DB_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = a0_strndup((const char *)data, size);
    CLAIM(text != NULL);
    try_text(text);
    try_parts(text);
    a0_free(text);
    return 0;
}
