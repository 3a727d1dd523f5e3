/* Reports for people, in 80 columns. What is in them was counted by the library; here it is only
 * said. All text has come through the screen, which has made what cannot be seen visible. */
#include "reports.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "screen.h"

enum { NAME_WIDTH = 58, WIDTH = 80 };

static double number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value != NULL ? value : "";
}

/* "name .... 1,234". A long name is cut, not wrapped. What is zero is left out, unless a reader
 * would look for it (`always`). */
static void line(const char *indent, const char *name, double n, bool always)
{
    if (n != 0 || always)
        printf("%s%-*.*s %15s\n", indent, NAME_WIDTH - (int)strlen(indent),
               NAME_WIDTH - (int)strlen(indent), cli_shown(name), screen_count(n));
}

/* Text in lines of at most 80 columns, the second and following ones indented: below the first
 * word, where only blanks stand before it. */
static void paragraph(const char *first, const char *text)
{
    const char *body = cli_shown(text);
    int blanks = (int)strspn(first, " ");
    bool bare = first[blanks] == '\0';
    int column = printf("%s", first);
    bool begun = bare;
    while (*body != '\0') {
        size_t word = strcspn(body, " ");
        if (column + 1 + (int)word > WIDTH) {
            column = printf("\n%*s", bare ? blanks : blanks + 2, "") - 1;
            begun = true;
        }
        column += printf("%s%.*s", begun ? "" : " ", (int)word, body);
        begun = false;
        body += word;
        body += strspn(body, " ");
    }
    putchar('\n');
}

/* `skip`: what is listed elsewhere in the same report must not be counted twice by a reader. */
static void reasons(const json_t *report, const char *skip)
{
    size_t i;
    json_t *reason;
    json_array_foreach(json_object_get(report, "reasons"), i, reason)
    {
        char name[NAME_WIDTH + 1];
        const char *detail = text(reason, "detail");
        if (skip != NULL && strcmp(text(reason, "reason"), skip) == 0)
            continue;
        snprintf(name, sizeof name, "%s%s%s", text(reason, "reason"), detail[0] != '\0' ? ": " : "",
                 detail);
        line("    ", name, number(reason, "users"), true);
    }
}

/* Who is not told of would be taken for forgotten. */
static void stay_here(double inactive)
{
    if (inactive > 0)
        printf("\n%s %s here. --with-inactive moves those who can, blocked.\n",
               screen_number(inactive, "inactive user"), inactive == 1 ? "stays" : "stay");
}

static void fates(const json_t *report)
{
    const json_t *users = json_object_get(report, "users"), *n = json_object_get(report, "fates");
    size_t i;
    json_t *reason;
    line("", "Users of the site", number(users, "all"), true);
    line("  ", "not selected",
         number(users, "all") - number(users, "selected") - number(users, "inactive"), false);
    line("  ", "inactive", number(users, "inactive"), false);
    line("  ", "moved already", number(users, "migrated"), false);
    line("  ", "in an import that is not settled", number(users, "in_flight"), false);
    line("  ", "move with their password", number(n, "moves"), true);
    line("  ", "must reset: by a login, or by a reset mail at the end", number(n, "must_reset"),
         true);
    json_array_foreach(json_object_get(report, "reasons"), i, reason)
    {
        if (strcmp(text(reason, "reason"), "must-reset") == 0)
            line("    ", text(reason, "detail"), number(reason, "users"), true);
    }
    line("  ", "held back", number(n, "holdouts"), true);
    reasons(report, "must-reset");
    stay_here(number(users, "inactive"));
}

static void hashers(const json_t *report)
{
    size_t i;
    json_t *row;
    const json_t *rows = json_object_get(report, "hashers");
    if (json_array_size(rows) > 0)
        printf("\nStored passwords\n");
    json_array_foreach(rows, i, row)
    {
        printf("  %-13.13s %-35.35s %-13.13s %8s\n", text(row, "hasher"), text(row, "parameters"),
               text(row, "fate"), screen_count(number(row, "users")));
    }
    if (json_array_size(rows) > 0 && !json_is_true(json_object_get(report, "site_hashers_asked")))
        paragraph("  *",
                  "whether the site's own hashers read these as Auth0 will could not be "
                  "checked here: manage.py auth0_plan, auth0_import and auth0_site ask them");
}

static void shared(const json_t *report)
{
    const json_t *emails = json_object_get(report, "shared_emails");
    const json_t *names = json_object_get(report, "shared_usernames");
    if (number(emails, "groups") > 0) {
        bool skip = strcmp(text(emails, "policy"), "skip") == 0;
        printf("\nShared e-mails\n");
        line("  ", "e-mails that several users have, ignoring case", number(emails, "groups"),
             true);
        line("  ", "users who have one", number(emails, "users"), true);
        line("  ",
             skip ? "would move with --duplicates most-recent"
                  : "move, as the one who logged in last",
             number(emails, "would_move"), true);
    }
    if (number(names, "groups") > 0) {
        printf("\nShared user names\n");
        line("  ", "names that several users have, ignoring case", number(names, "groups"), true);
        line("  ", "users who have one", number(names, "users"), true);
    }
}

static void notes(const json_t *report)
{
    size_t i;
    json_t *note;
    const json_t *mfa = json_object_get(report, "mfa");
    const json_t *rows = json_object_get(report, "notes");
    if (json_array_size(rows) > 0)
        printf("\nMove, but\n");
    json_array_foreach(rows, i, note)
    {
        line("  ", text(note, "message"), number(note, "users"), true);
    }
    const json_t *left = json_object_get(mfa, "left_behind");
    const bool taken = json_is_true(json_object_get(mfa, "taken"));
    const char *says = text(json_object_get(report, "tenant"), "mfa_says");
    if (number(mfa, "moves") > 0 || json_array_size(left) > 0 || says[0] != '\0')
        printf("\nSecond factors\n");
    line("  ", "travel", number(mfa, "moves"), false);
    json_array_foreach(left, i, note)
    {
        char name[NAME_WIDTH];
        snprintf(name, sizeof name, "%s: %s", taken ? "cannot travel" : "stay on the site",
                 text(note, "label"));
        line("  ", name, number(note, "users"), true);
    }
    if (says[0] != '\0')
        paragraph("  *", says);
    if (!taken && json_array_size(left) > 0)
        paragraph("  *", "--with-factors takes along those that Auth0 has a place for: once people "
                         "log in at Universal Login, which can ask for them");
}

void report_plan(const json_t *report)
{
    size_t i;
    json_t *assumption;
    const json_t *estimate = json_object_get(report, "estimate");
    fates(report);
    hashers(report);
    shared(report);
    notes(report);
    printf("\nImport\n");
    line("  ", "jobs", number(report, "jobs"), true);
    line("  ", "bytes", number(report, "bytes"), true);
    if (number(report, "jobs") > 0) {
        printf("  %-*s %15s\n", NAME_WIDTH - 2, "time, roughly",
               screen_time(number(estimate, "seconds")));
        if (json_object_get(estimate, "seconds_low") != NULL) {
            char least[40];
            snprintf(least, sizeof least, "%s", screen_time(number(estimate, "seconds_low")));
            printf("  %-*s %15s\n", NAME_WIDTH - 2, "  at least", least);
            printf("  %-*s %15s\n", NAME_WIDTH - 2, "  at most",
                   screen_time(number(estimate, "seconds_high")));
        }
        json_array_foreach(json_object_get(estimate, "assumptions"), i, assumption)
        {
            paragraph("  *", json_string_value(assumption));
        }
        paragraph("  *", "first a made-up user for each stored password above is imported, logs in "
                         "and is deleted (auth0db-canary-...@example.com). Each login runs the "
                         "tenant's Actions, and counts as an active user of the month");
    }
}

/* "argon2 argon2id m=102400 t=2 p=8": as plan, watch and undo --hasher name it. */
static void name_kind(const json_t *kind, char *out, size_t size)
{
    const char *parameters = text(kind, "parameters");
    snprintf(out, size, "%s%s%s", text(kind, "hasher"), parameters[0] != '\0' ? " " : "",
             parameters);
}

/* Apart from the other reasons, and loudly: nothing is wrong with these users, but with how their
 * kind of hash verifies at the tenant. */
static void failed_kinds(const json_t *report)
{
    size_t i;
    json_t *kind;
    const json_t *kinds = json_object_get(report, "failed_kinds");
    if (json_array_size(kinds) > 0)
        puts("\nFAILED: the test of these kinds of hashes. Their users did not move.");
    json_array_foreach(kinds, i, kind)
    {
        char name[128];
        name_kind(kind, name, sizeof name);
        line("  ", name, number(kind, "users"), true);
        paragraph("    ", text(kind, "detail"));
    }
}

void report_import(const json_t *report)
{
    const json_t *check = json_object_get(report, "check");
    printf("Imported %s in %s, %s.\n", screen_number(number(report, "linked"), "user"),
           screen_number(number(report, "jobs"), "job"), screen_time(number(report, "seconds")));
    line("  ", "held back", number(report, "held"), false);
    reasons(report, NULL);
    failed_kinds(report);
    printf("\n");
    line("", "Users of the site", number(check, "users"), true);
    line("  ", "moved", number(check, "links"), true);
    line("  ", "held back, with a reason", number(check, "holdouts"), true);
    line("  ", "inactive", number(check, "inactive"), false);
    line("  ", "with a primary key that no record can hold", number(check, "unrecordable_keys"),
         false);
    /* What no other line accounts for: so the lines always add up to the users of the site. */
    line("  ", "in jobs or files that are not settled",
         number(check, "users") - number(check, "links") - number(check, "holdouts") -
             number(check, "inactive") - number(check, "unrecordable_keys") - number(check, "left"),
         false);
    line("  ", "left", number(check, "left"), true);
    stay_here(number(check, "inactive"));
    if (!json_is_true(json_object_get(report, "complete")))
        paragraph("\nNot complete:", text(report, "next"));
}

static void table(const json_t *report, const char *member, const char *title)
{
    const char *name;
    json_t *n;
    json_t *rows = json_object_get(report, member);
    if (json_object_size(rows) > 0)
        printf("\n%s\n", title);
    json_object_foreach(rows, name, n)
    {
        line("  ", name, json_number_value(n), true);
    }
}

void report_status(const json_t *report)
{
    double links = 0, users = number(report, "users");
    const char *name;
    json_t *n;
    json_object_foreach(json_object_get(report, "links"), name, n)
    {
        links += json_number_value(n);
    }
    /* rounded down: 100.0 means everybody */
    printf("%.1f%% of the users have moved to Auth0: %s of %s\n",
           users > 0 ? (double)(long)(links * 1000 / users) / 10 : 0.0, screen_count(links),
           screen_count(users));
    table(report, "links", "moved by");
    table(report, "holdouts", "held back because");
    table(report, "batches", "import batches");
    table(report, "reminders", "mailed to set a password, and have not moved yet");
    table(report, "tombstones", "deleted on the site, and what became of their Auth0 accounts");
    if (number(report, "claims") + number(report, "inactive") + number(report, "staying") +
            number(report, "left") >
        0)
        puts("\nothers");
    line("  ", "in batches that are not settled", number(report, "claims"), false);
    line("  ", "inactive, and not moved", number(report, "inactive"), false);
    line("  ", "stay on the site (AUTH0_KEEP_LOCAL)", number(report, "staying"), false);
    line("  ", "neither moved nor held back yet", number(report, "left"), false);
}

void report_factors(const json_t *report)
{
    bool dry = json_is_true(json_object_get(report, "dry_run"));
    printf("%s %s and %s, of %s.\n", dry ? "Would add" : "Added",
           screen_number(number(report, "totp"), "TOTP device"),
           screen_number(number(report, "phone"), "phone"),
           screen_number(number(report, "users"), "user"));
    line("  ", "of a kind that the user has at the tenant", number(report, "there"), false);
    line("  ", "stay on the site: no place for them at Auth0", number(report, "stay"), false);
    line("  ", "refused by the tenant", number(report, "refused"), false);
    line("  ", "users who are gone at the tenant", number(report, "gone"), false);
    line("  ", "inactive users who have one: left out", number(report, "inactive"), false);
}

void report_undo(const json_t *report)
{
    size_t i;
    json_t *row;
    bool dry = json_is_true(json_object_get(report, "dry_run"));
    printf("%s %s and %s.\n", dry ? "Would delete" : "Deleted",
           screen_number(number(report, "deleted"), "tenant user"),
           screen_number(number(report, "unlinked"), "link"));
    json_array_foreach(json_object_get(report, "kept"), i, row)
    {
        char name[NAME_WIDTH];
        snprintf(name, sizeof name, "kept: %s", text(row, "why"));
        line("  ", name, number(row, "users"), true);
    }
    line("  ", "of other kinds of hashes: not looked at", number(report, "not_selected"), false);
}

void report_settle(const json_t *report)
{
    double settled = number(report, "settled");
    printf("Settled %s batch%s: %s moved, %s held back.\n", screen_count(settled),
           settled == 1 ? "" : "es", screen_number(number(report, "linked"), "user"),
           screen_count(number(report, "held")));
    line("  ", "free again, for the next import or export", number(report, "released"), false);
    line("  ", "batches still open", number(report, "open"), false);
    line("    ", "of them files that were exported: settle --file", number(report, "exports"),
         false);
}

void report_export(const json_t *report)
{
    bool recorded = json_is_true(json_object_get(report, "recorded"));
    printf("Wrote %s in %s to %s.\n", screen_number(number(report, "users"), "user"),
           screen_number(number(report, "files"), "file"), text(report, "folder"));
    failed_kinds(report);
    stay_here(number(report, "inactive"));
    if (number(report, "files") == 0 && recorded)
        paragraph("Nobody twice:", "who is in a file that was written before is free again after "
                                   "auth0db settle --file FILE.");
    else if (number(report, "files") > 0)
        paragraph("They hold password hashes:",
                  recorded ? "upload each as one job, record the result with auth0db settle --job "
                             "ID --file FILE, then delete them."
                           : "upload each as one job, then delete them. Of NDJSON nothing is on "
                             "record: the next export writes these users again.");
}

/* What a verdict means to who reads the table. A verdict of a newer library is shown as it is. */
static const char *explain(const char *verdict)
{
    static const struct {
        const char *verdict, *meaning;
    } known[] = {
        {"good", "good"},
        {"too_few", "too few to tell"},
        {"suspicious", "SUSPICIOUS"},
        {"failing", "FAILING"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].verdict, verdict) == 0)
            return known[i].meaning;
    }
    return verdict;
}

/* What to do, to be pasted: for each kind that stands out. The command that is shown only looks:
 * what to delete is decided by a person. */
static void alarm(const json_t *kinds)
{
    size_t i;
    json_t *kind;
    paragraph("\nLook into it:",
              "more first logins failed than mistyped passwords explain. Where one kind of hash "
              "stands out, its hashes do not verify at the tenant: auth0db-watch(1). Stop "
              "importing. This says who of that kind can be taken back:");
    json_array_foreach(kinds, i, kind)
    {
        const char *verdict = text(kind, "verdict");
        char name[128], command[192];
        if (strcmp(verdict, "failing") != 0 && strcmp(verdict, "suspicious") != 0)
            continue;
        name_kind(kind, name, sizeof name);
        snprintf(command, sizeof command, "auth0db undo --dry-run --hasher \"%s\"", name);
        printf("  %s\n", cli_shown(command));
    }
}

/* What nobody can see any more must not pass for silence. */
static void gone(const char *log_from)
{
    char begins[80];
    snprintf(begins, sizeof begins,
             log_from[0] != '\0' ? "The tenant's log begins at %.19s:"
                                 : "The tenant's log is empty:",
             log_from);
    putchar('\n');
    paragraph(begins,
              "who tried before that cannot be seen any more. Auth0 keeps it for a day on the "
              "free plan, and for a few days on others: run watch every day.");
}

void report_watch(const json_t *report)
{
    size_t i;
    json_t *row;
    const json_t *users = json_object_get(report, "users"), *rows;
    double moved = number(users, "moved"), tried = number(users, "tried");
    printf("%s %s imported; %s %s tried to log in since.\n", screen_number(moved, "user"),
           moved == 1 ? "was" : "were", screen_count(tried), tried == 1 ? "has" : "have");
    rows = json_object_get(report, "hashers");
    if (json_array_size(rows) > 0)
        printf("\n%-42s %9s %11s  %s\n", "stored password", "tried", "failed 1st", "");
    json_array_foreach(rows, i, row)
    {
        char name[43];
        snprintf(name, sizeof name, "%s %s", text(row, "hasher"), text(row, "parameters"));
        printf("%-42s %9s %11s  %s\n", name, screen_count(number(row, "tried")),
               screen_count(number(row, "first_failed")), explain(text(row, "verdict")));
    }
    if (json_is_true(json_object_get(report, "alarm")))
        alarm(rows);
    if (!json_is_true(json_object_get(report, "complete")))
        paragraph("\nNot the whole log:", "--entries says how much of it to read.");
    if (!json_is_true(json_object_get(report, "reaches_back")))
        gone(text(report, "log_from"));
    if (number(report, "unnamed") > 0)
        printf("\n%s name no user: whose they were cannot be told, and they count\n"
               "for nobody above.\n",
               screen_number(number(report, "unnamed"), "attempt"));
}

static void account(const char *before, const json_t *user)
{
    const char *last = text(user, "last_login");
    printf("%s%s %s <%s>, last login %.10s, joined %.10s%s%s%s\n", before, text(user, "key"),
           text(user, "username"), text(user, "email"), last[0] != '\0' ? last : "never",
           text(user, "joined"), json_is_true(json_object_get(user, "active")) ? "" : ", inactive",
           json_is_true(json_object_get(user, "staff")) ? ", staff" : "",
           json_is_true(json_object_get(user, "superuser")) ? ", superuser" : "");
}

void report_resolve(const json_t *report)
{
    const bool dry = json_is_true(json_object_get(report, "dry_run"));
    const char *action = text(report, "action");
    size_t i;
    json_t *other;
    if (strcmp(action, "retry") == 0) {
        printf("%s %s users who were held back for %s.\n", dry ? "Would free" : "Freed",
               screen_count(number(report, "users")), text(report, "value"));
        return;
    }
    if (strcmp(action, "email") == 0)
        printf("%s the e-mail %s to user\n", dry ? "Would give" : "Gave", text(report, "value"));
    else
        puts(dry ? "Would move with the e-mail they share:" : "Moves with the e-mail they share:");
    const json_t *user = json_object_get(report, "user");
    account("  ", user);
    json_array_foreach(json_object_get(report, "others"), i, other)
    {
        account("  held back: ", other);
    }
    if (strcmp(action, "keep") == 0 && !json_is_true(json_object_get(user, "active")))
        puts("An inactive user moves once it is active, or by import --with-inactive.");
}

/* In this order: the hashes go last, and after a backup, for that step ends sessions and cannot be
 * taken back. */
static void what_to_change(bool some_stay)
{
    printf("\nNobody is in the way of deleting the old hashes. When you switch over:\n"
           "  1. Let logins go to Auth0's own page (Universal Login); auth0_id of Auth0User\n"
           "     is the \"sub\" that it names a user by.\n"
           "  2. Take MigrateToAuth0Backend out of AUTHENTICATION_BACKENDS and leave\n"
           "     ModelBackend in: sessions name it, and stay open.\n"
           "  3. Take the site's own pages for login, reset and password change away%s.\n"
           "  4. Back up, then give the users unusable passwords, but not those who stay on\n"
           "     the site. That ends their sessions: wait for SESSION_COOKIE_AGE, or choose\n"
           "     a quiet hour.\n",
           some_stay ? ", but\n     leave a login page for those who stay, such as the admin's"
                     : "");
}

/* A cure is said once for all it is for: rows of one cure stand together, and it comes behind the
 * last of them. */
static void with_cures(const json_t *rows)
{
    size_t i;
    json_t *row;
    char name[NAME_WIDTH];
    json_array_foreach(rows, i, row)
    {
        const char *reason = text(row, "reason");
        snprintf(name, sizeof name, "%s%s%s", text(row, "why"), reason[0] != '\0' ? ": " : "",
                 reason);
        line("  ", name, number(row, "users"), true);
        if (strcmp(text(row, "cure"), text(json_array_get(rows, i + 1), "cure")) != 0)
            paragraph("    ", text(row, "cure"));
    }
}

static double sum(json_t *numbers)
{
    const char *name;
    json_t *n;
    double all = 0;
    json_object_foreach(numbers, name, n)
    {
        all += json_number_value(n);
    }
    return all;
}

static void what_differs(const json_t *report)
{
    const json_t *rows = json_object_get(report, "differences");
    if (json_array_size(rows) > 0) {
        puts("\nNot the same at Auth0, and in nobody's way");
        with_cures(rows);
    }
    if (number(report, "verified") > 0)
        paragraph("\nNot on record:",
                  "whether Auth0 has the e-mails as verified that are verified here. "
                  "`manage.py auth0_sync --verified` asks Auth0, and tells it.");
}

static void users_of_the_site(const json_t *report)
{
    json_t *n;
    const char *lane;
    char name[NAME_WIDTH];
    line("", "Users of the site", number(report, "users"), true);
    line("  ", "moved", number(report, "moved"), true);
    json_object_foreach(json_object_get(report, "links"), lane, n)
    {
        snprintf(name, sizeof name, "by %s", lane);
        line("    ", name, json_number_value(n), true);
    }
    line("  ", "stay on the site (break-glass)", number(report, "staying"), false);
    line("    ", "with an Auth0 account too", number(report, "staying_moved"), false);
    line("  ", "inactive, and not moved", number(report, "inactive"), false);
    line("  ", "without a password, and not moved", number(report, "no_password"), false);
    line("", "Users who were deleted here", sum(json_object_get(report, "tombstones")), false);
}

void report_switch_over(const json_t *report)
{
    const bool ready = json_is_true(json_object_get(report, "ready"));
    users_of_the_site(report);
    if (!ready) {
        puts("\nIn the way of deleting the old hashes");
        with_cures(json_object_get(report, "in_the_way"));
    }
    what_differs(report);
    if (ready)
        what_to_change(number(report, "staying") > 0);
}
