/* The password policy of the connection: read from its options, and what it has against a password.
 * It is another reading of Auth0's rules than the sandbox's, so that a shared mistake cannot pass.
 * What it does not understand asks for nothing, for the tenant refuses in the end: a policy of
 * tomorrow must not keep people from setting passwords. */
#include "auth0/policy.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

enum {
    PASSWORD_MAX_BYTES = 72, /* bcrypt's */
    MIN_LENGTH_MAX = 128,    /* Auth0's bound: a larger one would refuse every password */
    WORDS_MAX = 10000,       /* Auth0 takes 200 */
    PART_MIN_CHARS = 3,      /* somebody called "J" may still have a j in the password */
    ALL_KINDS =
        AUTH0DB_KIND_LOWER | AUTH0DB_KIND_UPPER | AUTH0DB_KIND_NUMBER | AUTH0DB_KIND_SPECIAL,
};

struct auth0db_policy {
    auth0db_policy_rules rules;
    bool given_name,
        family_name; /* named by the connection as personal; e-mail and username always are */
    char **words;
    size_t n_words;
};

/* facts/auth0.md 4.2; the minimum is the level's where none is configured */
static const struct {
    const char *name;
    auth0db_policy_rules rules;
} levels[] = {
    {"none", {.min_length = 1}},
    {"low", {.min_length = 6}},
    {"fair",
     {.min_length = 8,
      .kinds = AUTH0DB_KIND_LOWER | AUTH0DB_KIND_UPPER | AUTH0DB_KIND_NUMBER,
      .kinds_needed = 3}},
    {"good", {.min_length = 8, .kinds = ALL_KINDS, .kinds_needed = 3}},
    {"excellent", {.min_length = 10, .kinds = ALL_KINDS, .kinds_needed = 3, .no_repeats = true}},
};

/* --- reading -------------------------------------------------------------------------------- */

static bool is_word(const json_t *object, const char *key, const char *word)
{
    const char *text = a0_json_text(object, key);
    return text != NULL && strcmp(text, word) == 0;
}

/* What is outside of Auth0's own bounds is not understood. As a rule it could refuse every
 * password. */
static unsigned bounded(const json_t *object, const char *key, unsigned max, unsigned fallback)
{
    json_int_t value = a0_json_int(object, key, -1);
    return value >= 1 && value <= (json_int_t)max ? (unsigned)value : fallback;
}

static auth0db_policy_rules level_rules(const json_t *options)
{
    /* A level without a row here asks for nothing. */
    auth0db_policy_rules rules = levels[0].rules;
    for (size_t i = 0; i < A0_COUNT(levels); i++) {
        if (is_word(options, "passwordPolicy", levels[i].name))
            rules = levels[i].rules;
    }
    const json_t *complexity = json_object_get(options, "password_complexity_options");
    rules.min_length = bounded(complexity, "min_length", MIN_LENGTH_MAX, rules.min_length);
    return rules;
}

static unsigned read_kinds(const json_t *names)
{
    static const struct {
        const char *name;
        unsigned kind;
    } kinds[] = {{"lowercase", AUTH0DB_KIND_LOWER},
                 {"uppercase", AUTH0DB_KIND_UPPER},
                 {"number", AUTH0DB_KIND_NUMBER},
                 {"special", AUTH0DB_KIND_SPECIAL}};
    unsigned found = 0;
    const json_t *name;
    size_t at;
    json_array_foreach(names, at, name)
    {
        for (size_t i = 0; i < A0_COUNT(kinds); i++) {
            if (json_is_string(name) && strcmp(json_string_value(name), kinds[i].name) == 0)
                found |= kinds[i].kind;
        }
    }
    return found;
}

static unsigned count(unsigned kinds)
{
    return (unsigned)__builtin_popcount(kinds);
}

static auth0db_policy_rules flexible_rules(const json_t *flexible)
{
    const json_t *complexity = json_object_get(flexible, "complexity");
    auth0db_policy_rules rules = {
        .min_length = bounded(complexity, "min_length", PASSWORD_MAX_BYTES, 1),
        .kinds = read_kinds(json_object_get(complexity, "character_types")),
        .max_72_bytes = is_word(complexity, "max_length_exceeded", "error"),
        .no_repeats = is_word(complexity, "identical_characters", "block"),
        .no_sequences = is_word(complexity, "sequential_characters", "block"),
    };
    /* "Three of four" needs four: with fewer kinds listed, each of them is asked for. */
    bool three_of_four =
        is_word(complexity, "character_type_rule", "three_of_four") && rules.kinds == ALL_KINDS;
    rules.kinds_needed = three_of_four ? 3 : count(rules.kinds);
    return rules;
}

/* Out of memory is a failure and no shorter list, which would let words pass that the tenant
 * refuses. */
static bool read_words(auth0db_policy *policy, const json_t *words)
{
    size_t n = json_array_size(words);
    if (n == 0)
        return true;
    n = n < WORDS_MAX ? n : WORDS_MAX;
    policy->words = a0_alloc_array(n, sizeof *policy->words);
    for (size_t i = 0; policy->words != NULL && i < n; i++) {
        const json_t *item = json_array_get(words, i);
        const char *word = json_string_value(item);
        if (word == NULL || strlen(word) != json_string_length(item))
            continue; /* no text that C can hold */
        char *copy = a0_strdup(word);
        if (copy == NULL)
            return false;
        policy->words[policy->n_words++] = copy;
    }
    return policy->words != NULL;
}

static bool lists(const json_t *names, const char *wanted)
{
    const json_t *name;
    size_t at;
    json_array_foreach(names, at, name)
    {
        if (json_is_string(name) && strcmp(json_string_value(name), wanted) == 0)
            return true;
    }
    return false;
}

/* Two generations of settings: passwordPolicy and password_*, or all of it under password_options.
 */
auth0db_policy *a0_policy_read(const json_t *options)
{
    const json_t *flexible = json_object_get(options, "password_options");
    bool modern = json_is_object(flexible);
    const char *on = modern ? "active" : "enable";
    const json_t *root = modern ? flexible : options;
    const json_t *dictionary = json_object_get(root, modern ? "dictionary" : "password_dictionary");
    const json_t *personal =
        json_object_get(root, modern ? "profile_data" : "password_no_personal_info");
    const json_t *history = json_object_get(root, modern ? "history" : "password_history");
    const json_t *fields = json_object_get(personal, "blocked_fields");
    auth0db_policy *policy = a0_alloc(sizeof *policy);
    if (policy == NULL)
        return NULL;
    policy->rules = modern ? flexible_rules(flexible) : level_rules(options);
    policy->rules.dictionary = a0_json_true(dictionary, on);
    policy->rules.no_personal_data = a0_json_true(personal, on);
    /* The number is only told to people: the former passwords are known to the tenant alone, so no
     * check is made of them. The same goes for the words of the tenant's built-in dictionary. */
    policy->rules.history = a0_json_true(history, on) ? bounded(history, "size", 24, 0) : 0;
    policy->given_name = lists(fields, "given_name");
    policy->family_name = lists(fields, "family_name");
    /* A list that is switched off is not read: it forbids nothing. */
    if (policy->rules.dictionary &&
        !read_words(policy, json_object_get(dictionary, modern ? "custom" : "dictionary"))) {
        auth0db_policy_free(policy);
        return NULL;
    }
    return policy;
}

int auth0db_policy_parse(auth0db_policy **out, const char *options, size_t len, auth0db_error *err)
{
    json_t *json;
    *out = NULL;
    int rc = a0_json_parse(&json, options, len, "options", err);
    if (rc != AUTH0DB_OK)
        return rc;
    if (!json_is_object(json)) {
        json_decref(json);
        return a0_error_set(err, AUTH0DB_ERR_MALFORMED, "options", "expected an object");
    }
    *out = a0_policy_read(json);
    json_decref(json);
    return *out != NULL ? AUTH0DB_OK : a0_error_no_memory(err);
}

void auth0db_policy_free(auth0db_policy *policy)
{
    if (policy == NULL)
        return;
    for (size_t i = 0; i < policy->n_words; i++)
        a0_free(policy->words[i]);
    a0_free(policy->words);
    a0_free(policy);
}

void auth0db_policy_get_rules(const auth0db_policy *policy, auth0db_policy_rules *out)
{
    *out = policy->rules;
}

/* --- checking ------------------------------------------------------------------------------- */

typedef struct measured {
    unsigned long length;
    unsigned kinds;
    bool repeated, sequence;
    uint32_t before, last;
} measured;

/* Only ASCII is of a kind. A letter beyond it counts for the length and for nothing else. */
static unsigned kind_of(uint32_t unit)
{
    if (unit >= 'a' && unit <= 'z')
        return AUTH0DB_KIND_LOWER;
    if (unit >= 'A' && unit <= 'Z')
        return AUTH0DB_KIND_UPPER;
    if (unit >= '0' && unit <= '9')
        return AUTH0DB_KIND_NUMBER;
    return unit >= ' ' && unit <= '~' ? AUTH0DB_KIND_SPECIAL : 0;
}

static bool is_alnum(uint32_t unit)
{
    return (kind_of(unit) & (unsigned)~AUTH0DB_KIND_SPECIAL) != 0;
}

static bool in_sequence(uint32_t a, uint32_t b, uint32_t c)
{
    bool up = b == a + 1 && c == b + 1, down = a == b + 1 && b == c + 1;
    return (up || down) && is_alnum(a) && is_alnum(b) && is_alnum(c);
}

static void see(measured *m, uint32_t unit)
{
    if (m->length >= 2) {
        m->repeated |= unit == m->last && unit == m->before;
        m->sequence |= in_sequence(m->before, m->last, unit);
    }
    m->kinds |= kind_of(unit);
    m->length++;
    m->before = m->last;
    m->last = unit;
}

/* Auth0 counts JavaScript's characters: a supplementary one is two. */
static bool measure(measured *m, const char *text, size_t len)
{
    *m = (measured){0};
    while (len > 0) {
        uint32_t c;
        size_t n = a0_utf8_next(text, len, &c);
        if (n == 0)
            return false;
        if (c >= 0x10000) {
            see(m, 0xd800 + ((c - 0x10000) >> 10));
            c = 0xdc00 + (c & 0x3ff);
        }
        see(m, c);
        text += n;
        len -= n;
    }
    return true;
}

/* This is done by hand and of ASCII only: tolower() follows the locale, which is the site's. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool starts_with(const char *text, const char *part, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (lower(text[i]) != lower(part[i]))
            return false;
    }
    return true;
}

/* The whole password is compared, as Auth0 does (facts/auth0.md 4.2): a longer one may hold a word.
 */
static bool is_common(const auth0db_policy *policy, const char *password, size_t len)
{
    for (size_t i = 0; i < policy->n_words; i++) {
        if (strlen(policy->words[i]) == len && starts_with(password, policy->words[i], len))
            return true;
    }
    return false;
}

static bool contains(const char *password, size_t len, const char *part, size_t part_len)
{
    if (part_len > len || a0_utf8_count(part, part_len) < PART_MIN_CHARS)
        return false;
    for (size_t i = 0; i + part_len <= len; i++) {
        if (starts_with(password + i, part, part_len))
            return true;
    }
    return false;
}

static bool contains_text(const char *password, size_t len, const char *part)
{
    return part != NULL && contains(password, len, part, strlen(part));
}

/* Auth0 names a user without a name after the e-mail, so the whole of it is personal as well. */
static bool is_personal(const auth0db_policy *policy, const char *password, size_t len,
                        const auth0db_policy_person *person)
{
    const char *email = person->email != NULL ? person->email : "";
    return contains(password, len, email, strcspn(email, "@")) ||
           contains_text(password, len, email) || contains_text(password, len, person->username) ||
           (policy->given_name && contains_text(password, len, person->given_name)) ||
           (policy->family_name && contains_text(password, len, person->family_name));
}

unsigned auth0db_policy_check(const auth0db_policy *policy, const char *password, size_t len,
                              const auth0db_policy_person *person)
{
    const auth0db_policy_rules *rules = &policy->rules;
    measured m;
    unsigned faults = 0;
    /* What is no UTF-8 has no characters to count, so nothing else can be said of it. */
    if (!measure(&m, password, len))
        return AUTH0DB_POLICY_NOT_TEXT;
    if (m.length < rules->min_length)
        faults |= AUTH0DB_POLICY_TOO_SHORT;
    /* This holds only where the tenant refuses it. One that cuts refuses nothing, and what we would
     * not send to it auth0db_password_is_sendable says. */
    if (rules->max_72_bytes && len > PASSWORD_MAX_BYTES)
        faults |= AUTH0DB_POLICY_TOO_LONG;
    if (count(m.kinds & rules->kinds) < rules->kinds_needed)
        faults |= AUTH0DB_POLICY_KINDS;
    if (rules->no_repeats && m.repeated)
        faults |= AUTH0DB_POLICY_REPEATED;
    if (rules->no_sequences && m.sequence)
        faults |= AUTH0DB_POLICY_SEQUENCE;
    if (rules->dictionary && is_common(policy, password, len))
        faults |= AUTH0DB_POLICY_COMMON;
    if (rules->no_personal_data && person != NULL && is_personal(policy, password, len, person))
        faults |= AUTH0DB_POLICY_PERSONAL;
    return faults;
}
