#include "sandbox/tenant/policy.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum {
    PASSWORD_MAX_BYTES = 72, /* bcrypt's: what comes after is dropped, or refused on request */
    PERSONAL_MIN_LENGTH = 3, /* a user called "J" may still have a "j" in the password */
};

typedef enum kind { LOWER = 1, UPPER = 2, NUMBER = 4, SPECIAL = 8, ALL_KINDS = 15 } kind;

/* What a policy asks for, whichever of the two generations of options it came from. */
typedef struct rules {
    long min_length;  /* UTF-16 code units */
    unsigned kinds;   /* each of these must occur ... */
    int kinds_needed; /* ... or this many of them; 0: all */
    bool no_triples, no_sequences, max_72_bytes;
} rules;

/* One password, measured once. */
typedef struct shape {
    long units;
    unsigned kinds;
    int longest_run, longest_sequence;
} shape;

/* The levels are documented, their default lengths of old (facts/auth0.md 4.2). "good" is not
 * "fair" and more: it asks for three kinds of four, whichever. */
static const struct {
    const char *name;
    rules rules;
} levels[] = {
    {"none", {.min_length = 1}},
    {"low", {.min_length = 6}},
    {"fair", {.min_length = 8, .kinds = LOWER | UPPER | NUMBER}},
    {"good", {.min_length = 8, .kinds = ALL_KINDS, .kinds_needed = 3}},
    {"excellent", {.min_length = 10, .kinds = ALL_KINDS, .kinds_needed = 3, .no_triples = true}},
};

/* The head of every published list. Auth0's own has 10,000 entries; these are enough to see the
 * rule at work, and password_dictionary.dictionary adds more. Lower case. */
static const char *const common[] = {
    "000000",     "111111",    "112233",     "121212",     "123123",      "123321",     "1234",
    "12345",      "123456",    "1234567",    "12345678",   "123456789",   "1234567890", "123qwe",
    "1q2w3e",     "1q2w3e4r",  "1q2w3e4r5t", "1qaz2wsx",   "555555",      "654321",     "666666",
    "696969",     "7777777",   "888888",     "987654321",  "aa123456",    "abc123",     "abcd1234",
    "access",     "admin",     "admin123",   "adobe123",   "andrew",      "asdfgh",     "asdfghjkl",
    "ashley",     "azerty",    "bailey",     "baseball",   "batman",      "charlie",    "computer",
    "daniel",     "donald",    "dragon",     "flower",     "football",    "freedom",    "george",
    "guest",      "hello",     "hello123",   "hottie",     "hunter",      "hunter2",    "iloveyou",
    "jennifer",   "jessica",   "jordan",     "killer",     "letmein",     "letmein1",   "login",
    "lovely",     "loveme",    "master",     "matthew",    "michael",     "michelle",   "monkey",
    "mustang",    "ninja",     "nothing",    "p@ssw0rd",   "p@ssword",    "pa$$w0rd",   "passw0rd",
    "password",   "password!", "password1",  "password12", "password123", "photoshop",  "pokemon",
    "princess",   "qazwsx",    "qwerty",     "qwerty123",  "qwertyuiop",  "ranger",     "robert",
    "secret",     "shadow",    "soccer",     "solo",       "starwars",    "summer",     "sunshine",
    "superman",   "test",      "test123",    "thomas",     "trustno1",    "welcome",    "welcome1",
    "welcome123", "whatever",  "zaq12wsx",   "zaq1zaq1",   "zxcvbn",      "zxcvbnm",
};

static bool is_alnum(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* "Special" is every other printable ASCII character, the space among them, and no letter with an
 * accent: so npm auth0-password-policies counts. */
static unsigned kind_of(uint32_t c)
{
    if (c >= 'a' && c <= 'z')
        return LOWER;
    if (c >= 'A' && c <= 'Z')
        return UPPER;
    if (c >= '0' && c <= '9')
        return NUMBER;
    return c >= ' ' && c <= '~' ? SPECIAL : 0;
}

/* The judge walks UTF-16 code units, so a supplementary character is two of them, never alike. */
typedef struct walk {
    uint32_t last;
    int run, sequence, direction;
} walk;

static void walk_unit(shape *s, walk *w, uint32_t unit)
{
    bool first = s->units == 0;
    s->units++;
    s->kinds |= kind_of(unit);
    w->run = !first && unit == w->last ? w->run + 1 : 1;
    int step = !first && is_alnum(unit) && is_alnum(w->last) ? (int)unit - (int)w->last : 0;
    if (step != 1 && step != -1) {
        w->direction = 0;
        w->sequence = 1;
    } else {
        w->sequence = step == w->direction ? w->sequence + 1 : 2;
        w->direction = step;
    }
    w->last = unit;
    if (w->run > s->longest_run)
        s->longest_run = w->run;
    if (w->sequence > s->longest_sequence)
        s->longest_sequence = w->sequence;
}

/* What is no UTF-8 has no characters to count, and is weak. */
static bool measure(a0_slice password, shape *s)
{
    *s = (shape){0};
    walk w = {0};
    const char *text = password.data;
    for (size_t i = 0; i < password.len;) {
        uint32_t c;
        size_t n = a0_utf8_next(text + i, password.len - i, &c);
        if (n == 0)
            return false;
        i += n;
        if (c >= 0x10000) {
            walk_unit(s, &w, 0xd800 + ((c - 0x10000) >> 10));
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        walk_unit(s, &w, c);
    }
    return true;
}

/* More than 72 bytes are refused only where the options say so; otherwise bcrypt drops the rest
 * (Auth0's sources contradict each other: facts/auth0.md 0, row 6). */
static bool strong(const rules *r, a0_slice password)
{
    shape s;
    if (!measure(password, &s) || s.units < r->min_length || s.units == 0)
        return false;
    unsigned have = s.kinds & r->kinds;
    if (r->kinds_needed == 0 ? have != r->kinds : __builtin_popcount(have) < r->kinds_needed)
        return false;
    return !(r->no_triples && s.longest_run > 2) && !(r->no_sequences && s.longest_sequence > 2) &&
           !(r->max_72_bytes && password.len > PASSWORD_MAX_BYTES);
}

/* min_length wins over the level's own, also where it is shorter (documented: facts/auth0.md 4.2).
 */
static rules legacy_rules(const json_t *options)
{
    const char *name = a0_json_text(options, "passwordPolicy");
    rules r = levels[0].rules;
    for (size_t i = 0; name != NULL && i < A0_COUNT(levels); i++)
        if (strcmp(name, levels[i].name) == 0)
            r = levels[i].rules;
    const json_t *complexity = json_object_get(options, "password_complexity_options");
    r.min_length = (long)a0_json_int(complexity, "min_length", r.min_length);
    return r;
}

static bool is_text(const json_t *object, const char *key, const char *want)
{
    const char *text = a0_json_text(object, key);
    return text != NULL && strcmp(text, want) == 0;
}

static unsigned kind_by_name(const char *name)
{
    static const struct {
        const char *name;
        kind kind;
    } names[] = {
        {"lowercase", LOWER}, {"uppercase", UPPER}, {"number", NUMBER}, {"special", SPECIAL}};
    for (size_t i = 0; name != NULL && i < A0_COUNT(names); i++)
        if (strcmp(name, names[i].name) == 0)
            return names[i].kind;
    return 0;
}

static rules flexible_rules(const json_t *password_options)
{
    const json_t *c = json_object_get(password_options, "complexity");
    rules r = {.min_length = (long)a0_json_int(c, "min_length", 1),
               .kinds_needed = is_text(c, "character_type_rule", "three_of_four") ? 3 : 0,
               .no_triples = is_text(c, "identical_characters", "block"),
               .no_sequences = is_text(c, "sequential_characters", "block"),
               .max_72_bytes = is_text(c, "max_length_exceeded", "error")};
    const json_t *types = json_object_get(c, "character_types");
    for (size_t i = 0; i < json_array_size(types); i++)
        r.kinds |= kind_by_name(json_string_value(json_array_get(types, i)));
    return r;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool equal_ignoring_case(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

static bool is_word(a0_slice password, const char *word)
{
    size_t len = strlen(word);
    return len == password.len && equal_ignoring_case(password.data, word, len);
}

/* The whole password, in any case (documented: facts/auth0.md 4.2). */
static bool in_dictionary(const json_t *own, a0_slice password)
{
    for (size_t i = 0; i < A0_COUNT(common); i++)
        if (is_word(password, common[i]))
            return true;
    for (size_t i = 0; i < json_array_size(own); i++) {
        const char *word = json_string_value(json_array_get(own, i));
        if (word != NULL && is_word(password, word))
            return true;
    }
    return false;
}

static bool contains(a0_slice password, const char *part, size_t len)
{
    if (part == NULL || a0_utf8_count(part, len) < PERSONAL_MIN_LENGTH)
        return false;
    const char *text = password.data;
    for (size_t i = 0; i + len <= password.len; i++)
        if (equal_ignoring_case(text + i, part, len))
            return true;
    return false;
}

static bool contains_field(a0_slice password, const json_t *object, const char *field)
{
    const char *value = a0_json_text(object, field);
    if (value == NULL)
        return false;
    const char *at = strcmp(field, "email") == 0 ? strchr(value, '@') : NULL;
    return contains(password, value, at != NULL ? (size_t)(at - value) : strlen(value));
}

/* The fields are documented (facts/auth0.md 4.2). Of an e-mail only the part before the @ counts:
 * the site's own domain in it would bar everybody. */
static bool is_personal(const json_t *user, const json_t *blocked_fields, a0_slice password)
{
    static const char *const root[] = {"name", "username", "nickname", "email"};
    static const char *const meta[] = {"name", "first", "last"};
    for (size_t i = 0; i < A0_COUNT(root); i++)
        if (contains_field(password, user, root[i]))
            return true;
    const json_t *metadata = json_object_get(user, "user_metadata");
    for (size_t i = 0; i < A0_COUNT(meta); i++)
        if (contains_field(password, metadata, meta[i]))
            return true;
    for (size_t i = 0; i < json_array_size(blocked_fields); i++) {
        const char *field = json_string_value(json_array_get(blocked_fields, i));
        static const char prefix[] = "user_metadata.";
        if (field == NULL)
            continue;
        bool nested = strncmp(field, prefix, sizeof prefix - 1) == 0;
        if (contains_field(password, nested ? metadata : user,
                           nested ? field + sizeof prefix - 1 : field))
            return true;
    }
    return false;
}

/* All that a policy asks for; NULL and 0 for what it does not. Borrows from the options. */
typedef struct policy {
    rules rules;
    bool dictionary;
    const json_t *own_words; /* besides the common ones */
    bool personal;
    const json_t *blocked_fields;
    json_int_t history; /* how many passwords back */
} policy;

static policy policy_of(const json_t *options)
{
    const json_t *flexible = json_object_get(options, "password_options");
    /* Both are recorded where passwordPolicy was sent and the other was filled in; that what was
     * sent decides is a guess */
    bool modern = json_is_object(flexible) && json_object_get(options, "passwordPolicy") == NULL;
    const json_t *root = modern ? flexible : options;
    const char *enabled = modern ? "active" : "enable";
    const json_t *dictionary = json_object_get(root, modern ? "dictionary" : "password_dictionary");
    const json_t *personal =
        json_object_get(root, modern ? "profile_data" : "password_no_personal_info");
    const json_t *history = json_object_get(root, modern ? "history" : "password_history");
    json_int_t size = a0_json_int(history, "size", 0);
    return (policy){
        .rules = modern ? flexible_rules(flexible) : legacy_rules(options),
        .dictionary = a0_json_true(dictionary, enabled),
        .own_words = json_object_get(dictionary, modern ? "custom" : "dictionary"),
        .personal = a0_json_true(personal, enabled),
        .blocked_fields = json_object_get(personal, "blocked_fields"),
        .history = a0_json_true(history, enabled) && size > 0 ? size : 0,
    };
}

/* The history is asked last: each look into it costs a bcrypt. */
sb_policy_verdict sb_policy_check(const sb_policy_input *input)
{
    policy p = policy_of(input->options);
    if (!strong(&p.rules, input->password))
        return SB_POLICY_WEAK;
    if (p.dictionary && in_dictionary(p.own_words, input->password))
        return SB_POLICY_COMMON;
    if (p.personal && is_personal(input->user, p.blocked_fields, input->password))
        return SB_POLICY_PERSONAL;
    if (p.history > 0 && input->reused != NULL && input->reused(input->ctx, (size_t)p.history))
        return SB_POLICY_REUSED;
    return SB_POLICY_OK;
}

static void describe_kinds(const rules *r, sb_policy_line *line, void *ctx)
{
    static const char *const names[] = {"lower-case letters", "upper-case letters", "numbers",
                                        "special characters"};
    char text[160];
    const char *comma = "";
    size_t len = (size_t)snprintf(text, sizeof text, "%s",
                                  r->kinds_needed > 0 ? "Three of these: " : "Each of these: ");
    for (size_t i = 0; i < A0_COUNT(names); i++) {
        if ((r->kinds & 1u << i) == 0)
            continue;
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", comma, names[i]);
        comma = ", ";
    }
    if (r->kinds != 0)
        line(ctx, text);
}

void sb_policy_describe(const json_t *options, sb_policy_line *line, void *ctx)
{
    char text[80];
    policy p = policy_of(options);
    snprintf(text, sizeof text, "At least %ld characters", p.rules.min_length);
    if (p.rules.min_length > 1)
        line(ctx, text);
    describe_kinds(&p.rules, line, ctx);
    if (p.rules.no_triples)
        line(ctx, "No character more than twice in a row");
    if (p.rules.no_sequences)
        line(ctx, "No sequences such as abc or 123");
    if (p.rules.max_72_bytes)
        line(ctx, "At most 72 bytes");
    if (p.dictionary)
        line(ctx, "No common password");
    if (p.personal)
        line(ctx, "Nothing of your name or address");
    snprintf(text, sizeof text, "None of your last %d passwords", (int)p.history);
    if (p.history > 0)
        line(ctx, text);
}

/* The names are documented, the texts but for the first are a guess (facts/auth0.md 4.2, 4.12). */
const char *sb_policy_name(sb_policy_verdict verdict)
{
    static const char *const names[] = {"", "PasswordStrengthError", "PasswordDictionaryError",
                                        "PasswordNoUserInfoError", "PasswordHistoryError"};
    return (size_t)verdict < A0_COUNT(names) ? names[verdict] : "";
}

const char *sb_policy_text(sb_policy_verdict verdict)
{
    static const char *const texts[] = {"", "Password is too weak", "Password is too common",
                                        "Password contains user information",
                                        "Password has previously been used"};
    return (size_t)verdict < A0_COUNT(texts) ? texts[verdict] : "";
}
