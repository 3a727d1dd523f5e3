/* The arguments of the subcommands that work on a whole site. One table, so that --help, --describe
 * and what is accepted cannot differ. */
#include "bulk_args.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- values that are more than a text: NULL, or what is wrong with one --- */

/* 0 is refused: to the library it means that there is no limit, and nobody who types it means that.
 */
static bool read_number(const char *text, uint64_t most, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    /* strtoull() takes blanks and a minus as well, and makes a huge number of it. */
    return isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0 && *out > 0 &&
           *out <= most;
}

static bool read_small(const char *text, uint64_t most, unsigned *out)
{
    uint64_t number;
    bool ok = read_number(text, most, &number);
    *out = ok ? (unsigned)number : 0;
    return ok;
}

static const char *read_limit(bulk_args *args, const char *value)
{
    return read_number(value, UINT64_MAX, &args->who.limit) ? NULL : "is a number of users";
}

static const char *read_entries(bulk_args *args, const char *value)
{
    return read_number(value, UINT64_MAX, &args->log.entries) ? NULL : "is a number of log entries";
}

static const char *read_duplicates(bulk_args *args, const char *value)
{
    bool recent = strcmp(value, "most-recent") == 0;
    args->who.duplicates = recent ? AUTH0DB_DUPLICATES_MOST_RECENT : AUTH0DB_DUPLICATES_SKIP;
    return recent || strcmp(value, "skip") == 0 ? NULL : "is skip or most-recent";
}

static const char *read_domain(bulk_args *args, const char *value)
{
    args->remind.domain = value;
    return value[0] != '\0' && strchr(value, '@') == NULL ? NULL : "is a domain: example.org";
}

static const char *read_rate(bulk_args *args, const char *value)
{
    enum { RATE_MAX = 60000 };
    return read_small(value, RATE_MAX, &args->remind.rate) ? NULL : "is 1 to 60000 mails a minute";
}

static const char *read_ticket_ttl(bulk_args *args, const char *value)
{
    enum { TTL_MAX = 30 * 86400 };
    return read_small(value, TTL_MAX, &args->remind.link_ttl_s) ? NULL : "is 1 to 2592000 seconds";
}

static const char *read_unconfirmed(bulk_args *args, const char *value)
{
    bool sent = strcmp(value, "sent") == 0;
    args->remind.in_air = sent ? AUTH0DB_IN_AIR_SENT : AUTH0DB_IN_AIR_RESEND;
    return sent || strcmp(value, "resend") == 0 ? NULL : "is sent or resend";
}

static const char *read_email(bulk_args *args, const char *value)
{
    args->email = value;
    return strchr(value, '=') != NULL ? NULL : "is USER=new@address";
}

/* --- the options: one table for what is read, for --help, and for other front ends --- */

typedef enum kind { FLAG, TEXT, READ } kind;

/* A row is an option of some subcommands. An option that is told in other words elsewhere has a row
 * for each; --help prints them in this order. */
static const struct known_option {
    unsigned of; /* subcommands */
    const char *name, *metavar;
    kind kind;
    size_t at;                                               /* FLAG: a bool, TEXT: its pointer */
    const char *(*read)(bulk_args *args, const char *value); /* READ */
    const char *help;
} known[] = {
#define SELECTING (OF_PLAN | OF_IMPORT | OF_EXPORT)
#define AT(member) offsetof(bulk_args, member)
    {OF_RESOLVE, "keep", "USER", TEXT, AT(keep), NULL,
     "of the users who share an e-mail, this one moves with it"},
    {OF_RESOLVE, "email", "USER=ADDRESS", READ, 0, read_email,
     "give a user another e-mail, in the site's own table"},
    {OF_RESOLVE, "retry", "REASON", TEXT, AT(retry), NULL,
     "try again whoever was held back for it: weak-password, ..."},
    {OF_STATUS, "switch-over", NULL, FLAG, AT(switch_over), NULL,
     "who is in the way of deleting the old hashes? Exit status 1: somebody"},
    {OF_STATUS, "factors-settled", NULL, FLAG, AT(factors_settled), NULL,
     "with it: second factors that stayed on the site have been seen to"},
    {OF_SITE, "adopt", NULL, FLAG, AT(adopt), NULL,
     "this database is the site's own, and no copy: changes at the tenant go on"},
    {OF_ANY, "site-map", "FILE", TEXT, AT(site_map), NULL,
     "what `manage.py auth0_site` printed; without it the stock auth_user"},
    {SELECTING | OF_STATUS | OF_REMIND | OF_FACTORS, "keep-local", "FILE", TEXT, AT(keep_local),
     NULL,
     "who stays on the site: a file of primary keys, one a line, beside those that the site map "
     "names"},
    {SELECTING, "only-active", NULL, FLAG, AT(who.only_active), NULL,
     "no effect: inactive users are left out unless --with-inactive says otherwise"},
    {SELECTING, "with-inactive", NULL, FLAG, AT(who.with_inactive), NULL,
     "also users who are not active, blocked at the tenant"},
    {OF_REMIND, "only-active", NULL, FLAG, AT(who.only_active), NULL,
     "no effect: only active users are mailed"},
    {SELECTING | OF_REMIND, "since-login", "DATE", TEXT, AT(who.since_login), NULL,
     "only users who have logged in since: 2026-01-31"},
    {OF_REMIND, "not-since", "DATE", TEXT, AT(remind.not_since), NULL,
     "only users who have not logged in since"},
    {OF_REMIND, "domain", "DOMAIN", READ, 0, read_domain, "only e-mails there: example.org"},
    {SELECTING, "limit", "N", READ, 0, read_limit, "at most N users"},
    {OF_REMIND, "limit", "N", READ, 0, read_limit, "at most N mails, a wave; the next run goes on"},
    {OF_REMIND, "rate", "N", READ, 0, read_rate, "at most N mails a minute (60)"},
    {SELECTING, "duplicates", "WHICH", READ, 0, read_duplicates,
     "of users who share an e-mail: skip (all are held back, the default) or most-recent (who "
     "logged in last moves)"},
    {OF_REMIND, "duplicates", "WHICH", READ, 0, read_duplicates,
     "of users who share an e-mail: skip (nobody, the default) or most-recent (the one who logged "
     "in last)"},
    {SELECTING | OF_REMIND, "retry-held", NULL, FLAG, AT(who.retry_held), NULL,
     "also users whom the tenant has refused before"},
    {SELECTING, "with-factors", NULL, FLAG, AT(who.with_factors), NULL,
     "take second factors along: where people log in at Universal Login, for the site's own page "
     "cannot ask"},
    {OF_REMIND, "even-if-hash-could-move", NULL, FLAG, AT(remind.even_if_hash_could_move), NULL,
     "also users whom an import could move with their password: afterwards it cannot any more"},
    {OF_REMIND, "without-password", NULL, FLAG, AT(remind.without_password), NULL,
     "also users who have no password on the site (social logins, SSO): for those it would be "
     "their first"},
    {OF_REMIND, "ticket", NULL, FLAG, AT(ticket), NULL,
     "the site sends the mails: each is a line of JSON on standard output with its link, answered "
     "by a line on standard input"},
    {OF_REMIND, "ticket-ttl", "SECONDS", READ, 0, read_ticket_ttl,
     "how long such a link works (five days)"},
    {OF_REMIND, "unconfirmed", "WHAT", READ, 0, read_unconfirmed,
     "mails that may have left when a run was killed, where nobody can tell: sent, or resend"},
    {OF_REMIND, "list", NULL, FLAG, AT(remind.list), NULL,
     "mail nobody; list who was mailed and has set no password yet, and link those who have"},
    {OF_UNDO, "hasher", "KIND", TEXT, AT(hasher), NULL,
     "only users whose stored password is of this kind, as watch names it: md5, or with its "
     "parameters"},
    {OF_IMPORT | OF_EXPORT, "no-canary", NULL, FLAG, AT(no_canary), NULL,
     "do not try each kind of hash on a made-up user first"},
    {OF_SETTLE, "file", "FILE", TEXT, AT(file), NULL,
     "an exported file; whoever of it is not at the tenant is free again"},
    {OF_SETTLE, "job", "ID", TEXT, AT(job), NULL,
     "the job that came of uploading the file by hand"},
    {OF_WATCH, "since", "DATE", TEXT, AT(log.since), NULL,
     "the log since then: 2026-01-31; without it, since the first import"},
    {OF_WATCH, "entries", "N", READ, 0, read_entries, "at most N entries of the log (100000)"},
    {OF_PLAN, "no-tenant", NULL, FLAG, AT(no_tenant), NULL,
     "do not ask the tenant: suppose Auth0's defaults"},
    {OF_HOLDOUTS, "reason", "REASON", TEXT, AT(reason), NULL,
     "only these: duplicate-email, must-reset, ..."},
    {OF_PLAN, "csv", "FILE", TEXT, AT(csv), NULL,
     "the users that do not move, with the reason; '-' is standard output"},
    {OF_HOLDOUTS, "csv", "FILE", TEXT, AT(csv), NULL, "'-' is standard output"},
    {OF_REMIND, "csv", "FILE", TEXT, AT(csv), NULL,
     "who is mailed, or listed; '-' is standard output"},
    {OF_IMPORT, "dry-run", NULL, FLAG, AT(dry_run), NULL, "do everything but write and send"},
    {OF_UNDO, "dry-run", NULL, FLAG, AT(dry_run), NULL, "say what would be deleted"},
    {OF_FACTORS, "dry-run", NULL, FLAG, AT(dry_run), NULL, "say what would be added"},
    {OF_RESOLVE, "dry-run", NULL, FLAG, AT(dry_run), NULL, "say what would be done"},
    {OF_REMIND, "dry-run", NULL, FLAG, AT(dry_run), NULL,
     "say who would be mailed, and how long it takes"},
    {OF_RESOLVE, "yes", NULL, FLAG, AT(yes), NULL, "do not ask"},
    {OF_IMPORT | OF_UNDO | OF_REMIND | OF_FACTORS | OF_SITE, "yes", NULL, FLAG, AT(yes), NULL,
     "do not ask; --tenant says which tenant is meant"},
    {OF_IMPORT | OF_UNDO | OF_REMIND | OF_FACTORS | OF_SITE, "tenant", "NAME", TEXT, AT(tenant),
     NULL,
     "stop unless this is the tenant: acme, or acme.eu.auth0.com. --yes needs it, but for a tenant "
     "on this machine"},
    {OF_IMPORT | OF_EXPORT | OF_SETTLE | OF_UNDO | OF_REMIND | OF_FACTORS, "json", NULL, FLAG,
     AT(json), NULL, "what happens, as lines of JSON"},
    {OF_HOLDOUTS, "json", NULL, FLAG, AT(json), NULL, "a line of JSON each"},
    {OF_PLAN | OF_STATUS | OF_RESOLVE | OF_INIT_DB | OF_WATCH | OF_SITE, "json", NULL, FLAG,
     AT(json), NULL, "one JSON object"},
    {OF_ANY, "help", NULL, FLAG, AT(help), NULL, "this text"},
#undef AT
#undef SELECTING
};
enum {
    N_KNOWN = sizeof known / sizeof known[0],
    FIRST = 1000,  /* getopt's value for known[0] */
    DESCRIBE = 999 /* --describe: the options as JSON, for manage.py; --help does not have it */
};

static const char *take(bulk_args *args, const struct known_option *option, const char *value)
{
    void *to = (char *)args + option->at;
    if (option->kind == READ)
        return option->read(args, value);
    if (option->kind == FLAG)
        *(bool *)to = true;
    else
        *(const char **)to = value;
    return NULL;
}

/* The options of a subcommand, as getopt wants them. Only these: an option of another subcommand is
 * an error, and not passed over. */
static void choose(struct option out[N_KNOWN + 2], unsigned of)
{
    size_t n = 0;
    memset(out, 0, (N_KNOWN + 2) * sizeof *out);
    for (int i = 0; i < N_KNOWN; i++) {
        if ((known[i].of & of) != 0)
            out[n++] = (struct option){known[i].name,
                                       known[i].kind == FLAG ? no_argument : required_argument,
                                       NULL, FIRST + i};
    }
    /* Known to every subcommand, and in no --help: it is for manage.py. */
    out[n] = (struct option){"describe", no_argument, NULL, DESCRIBE};
}

/* --- told --- */

enum { HELP_COLUMN = 23, HELP_WIDTH = 80 };

/* "  --limit N            at most N users", wrapped below the first word of the help. */
static void print_option(const struct known_option *option)
{
    int column = printf("  --%s%s%s", option->name, option->metavar != NULL ? " " : "",
                        option->metavar != NULL ? option->metavar : "");
    const char *help = option->help;
    if (column > HELP_COLUMN - 2)
        column = printf("\n") - 1;
    column += printf("%*s", HELP_COLUMN - column, "");
    for (bool first = true; *help != '\0'; first = false) {
        const int word = (int)strcspn(help, " ");
        if (!first && column + 1 + word > HELP_WIDTH) {
            column = printf("\n%*s", HELP_COLUMN, "") - 1;
            first = true;
        }
        column += printf("%s%.*s", first ? "" : " ", word, help);
        help += word;
        help += strspn(help, " ");
    }
    putchar('\n');
}

/* manage.py says these itself. */
static bool is_for_manage(const struct known_option *option)
{
    return cli_by_manage() &&
           (strcmp(option->name, "site-map") == 0 || strcmp(option->name, "keep-local") == 0);
}

static void print_help(const bulk_command *command)
{
    fputs(cli_shown(command->intro), stdout);
    putchar('\n');
    for (int i = 0; i < N_KNOWN; i++) {
        if ((known[i].of & command->of) != 0 && !is_for_manage(&known[i]))
            print_option(&known[i]);
    }
    printf("\n%s%s", cli_by_manage() ? "" : command->outro, command->manual);
}

/* manage.py makes its own options of it, so that they need no second list. */
static int describe(const bulk_command *command)
{
    json_t *list = json_array();
    for (int i = 0; i < N_KNOWN; i++) {
        if ((known[i].of & command->of) != 0 && !is_for_manage(&known[i]))
            json_array_append_new(list,
                                  json_pack("{s:s, s:s?, s:s}", "name", known[i].name, "metavar",
                                            known[i].metavar, "help", known[i].help));
    }
    json_t *told = json_pack("{s:s, s:o}", "about", command->intro, "options", list);
    const bool ok = told != NULL && json_dumpf(told, stdout, JSON_COMPACT) == 0;
    json_decref(told);
    return ok && putchar('\n') != EOF ? EXIT_DONE : EXIT_TROUBLE;
}

/* --- read --- */

/* export alone has an argument besides its options; anywhere else one is a slip of the hand. */
static int read_folder(bulk_args *args, int argc, char **argv, const bulk_command *command)
{
    if ((command->of & OF_EXPORT) != 0) {
        if (optind >= argc)
            return cli_usage(argv[0], "which folder?");
        args->folder = argv[optind++];
    }
    return optind < argc ? cli_usage(argv[0], "'%s' is not expected", argv[optind]) : -1;
}

int bulk_args_read(bulk_args *args, int argc, char **argv, const bulk_command *command)
{
    struct option options[N_KNOWN + 2];
    int choice;
    *args = (bulk_args){.who.size = sizeof args->who,
                        .log.size = sizeof args->log,
                        .remind.size = sizeof args->remind};
    choose(options, command->of);
    /* We say it ourselves, in the words of cli_usage. */
    opterr = 0;
    while ((choice = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (choice == '?')
            return cli_usage(argv[0], "'%s' is not an option, or lacks its value",
                             argv[optind - 1]);
        if (choice == DESCRIBE)
            return describe(command);
        const struct known_option *option = choice != 'h' ? &known[choice - FIRST] : NULL;
        const char *wrong = option != NULL ? take(args, option, optarg) : NULL;
        if (wrong != NULL)
            return cli_usage(argv[0], "--%s %s", option->name, wrong);
        /* At once: --help must work beside options that would fail. */
        if (option == NULL || args->help) {
            print_help(command);
            return EXIT_DONE;
        }
    }
    return read_folder(args, argc, argv, command);
}
