#include <string.h>

#include "auth0db/hash.h"
#include "base/json.h"
#include "fuzz.h"

static void check_object(const char *json, size_t len)
{
    json_t *object = json_loadb(json, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    CLAIM(json_is_object(object));
    CLAIM(json_is_string(json_object_get(object, "algorithm")));
    const json_t *hash = json_object_get(object, "hash");
    CLAIM(json_string_length(json_object_get(hash, "value")) >= 32);
    CLAIM(json_is_string(json_object_get(hash, "encoding")));
    const json_t *salt = json_object_get(object, "salt");
    CLAIM(salt == NULL || json_string_length(json_object_get(salt, "value")) > 0);
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t room = AUTH0DB_CONVERTED_MAX(size);
    char *json = malloc(room); /* exactly what is promised to be enough */
    size_t len = 1;
    CLAIM(json != NULL);
    auth0db_conversion how = auth0db_hash_convert((const char *)data, size, json, room, &len);
    CLAIM((unsigned)how < AUTH0DB_CONVERSION_COUNT && how != AUTH0DB_CONVERT_NO_ROOM);
    if (how == AUTH0DB_CONVERTED || how == AUTH0DB_CONVERTED_UNCONFIRMED) {
        auth0db_hash_params params;
        CLAIM(auth0db_hash_identify((const char *)data, size, &params, NULL) == AUTH0DB_OK);
        check_object(json, len);
        CLAIM(auth0db_hash_convert((const char *)data, size, json, room - 1, &len) ==
              AUTH0DB_CONVERT_NO_ROOM);
    }
    CLAIM(len == 0 || how == AUTH0DB_CONVERTED || how == AUTH0DB_CONVERTED_UNCONFIRMED);
    free(json);
    return 0;
}
