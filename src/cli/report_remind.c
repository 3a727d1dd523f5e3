/* What remind has done, or would do, for people. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "reports.h"
#include "screen.h"

enum { NAME_WIDTH = 58 };

static double number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value != NULL ? value : "";
}

static void line(const char *name, double n)
{
    if (n > 0)
        printf("%-*s %15s\n", NAME_WIDTH, cli_shown(name), screen_count(n));
}

static void reasons(const json_t *list)
{
    size_t i;
    json_t *row;
    json_array_foreach(list, i, row)
    {
        char name[NAME_WIDTH + 1];
        bool could = strcmp(text(row, "reason"), "could-move") == 0;
        snprintf(name, sizeof name, "    %s",
                 could ? "whom an import could have moved" : text(row, "reason"));
        line(name, number(row, "users"));
    }
}

static void who(const json_t *report)
{
    const json_t *users = json_object_get(report, "users");
    line("Users of the site", number(users, "all"));
    line("  moved already", number(users, "migrated"));
    line("  in an import that is not settled", number(users, "in_flight"));
    line("  mailed before, or about to be", number(users, "reminded_before"));
    line("  not active: never mailed", number(users, "inactive"));
    line("  not selected", number(users, "not_selected"));
    line("  have no password on the site: --without-password", number(users, "no_password"));
    line("  could move with their password: auth0db import", number(users, "could_move"));
    line("  cannot be mailed as they are: auth0db holdouts", number(users, "held"));
    reasons(json_object_get(report, "left"));
    line("  to be mailed", number(users, "to_mail"));
    reasons(json_object_get(report, "why"));
}

static void sample(const json_t *report)
{
    const json_t *first = json_object_get(report, "sample");
    if (!json_is_object(first))
        return;
    printf("\n%s, %s a minute: %s.\n", screen_number(number(report, "mails"), "mail"),
           screen_count(number(report, "rate")), screen_time(number(report, "seconds")));
    printf("The first one goes to %s.\n", text(first, "email"));
    if (strcmp(text(report, "channel"), "tenant") == 0)
        puts("Auth0 sends it, as its dashboard has it: Branding, Email Templates, Change\n"
             "Password.");
}

static void listed(const json_t *report)
{
    const json_t *users = json_object_get(report, "users");
    const double all = number(users, "all"), linked = number(report, "linked");
    printf("%s were mailed and had not moved. Of them, %s have set a\n"
           "password since, and are linked now.\n",
           screen_count(all), screen_count(linked));
}

static void done(const json_t *report)
{
    const json_t *on_record = json_object_get(report, "on_record");
    line("Mailed", number(report, "sent"));
    line("Found to be mailed by an earlier run", number(report, "settled"));
    line("Had a password at the tenant already: linked", number(report, "linked"));
    line("Not taken: tried again by the next run", number(report, "failed"));
    line("Held back: auth0db holdouts", number(report, "held"));
    line("Unconfirmed: nobody can tell whether it was mailed", number(report, "in_air"));
    if (number(report, "in_air") > 0)
        puts("  say --unconfirmed sent, or --unconfirmed resend");
    line("Mailed, and not come yet: auth0db remind --list", number(on_record, "sent"));
}

void report_remind(const json_t *report)
{
    if (json_is_true(json_object_get(report, "list"))) {
        listed(report);
        return;
    }
    who(report);
    if (json_is_true(json_object_get(report, "dry_run"))) {
        sample(report);
        return;
    }
    putchar('\n');
    done(report);
}
