"""Which tests can end otherwise on another site, and why.

The whole folder runs on the oldest Django and on the newest. The other runs change one thing each, and run the tests
that can tell: what a test does depends on that thing, or it is not run there. A file without a row is a finding of
tests/guards; a row says for each thing either WHOLE, only(...) or all_but(...) of the functions of the file.
"""
from dataclasses import dataclass

# What a run changes, and what a test must do to be run there
SERVERS = "servers"      # writes in transactions, waits for locks, compares texts, or asks the schema, in SQL
KEYS = "keys"            # what a user's key is: stored, sent as part of an id, or read back from the command
NAMES = "names"          # what a person types, and what a form or a page calls them
DJANGO = "django"        # takes part in a machinery of Django that changed between 3.2 and 6.1
EXTENSION = "extension"  # brings new kinds of values, threads or forks into the C code
ASPECTS = (SERVERS, KEYS, NAMES, DJANGO, EXTENSION)


@dataclass(frozen=True)
class Part:
    names: tuple = ()
    named_are_in: bool = False

    def has(self, function):
        return (function in self.names) == self.named_are_in


WHOLE = Part()


def only(*names):
    return Part(names, True)


def all_but(*names):
    return Part(names)


AROUND = "test_before_migrate_users_are_deleted_changed_and_dumped_as_without_us"
JOINS = ("test_without_a_link_the_join_rule_decides", "test_an_address_that_two_users_have_joins_nobody",
         "test_who_is_known_to_the_tenant_alone_becomes_a_user_without_a_password")

DIFFERS = {
    "test_admin": {KEYS: WHOLE, NAMES: WHOLE, DJANGO: WHOLE},
    "test_answers": {SERVERS: WHOLE},  # what is written only over what was read
    # backends beside ours, and logins that are awaited
    "test_around": {KEYS: only("test_the_kind_of_site_is_the_one_asked_for"), NAMES: WHOLE, DJANGO: WHOLE},
    "test_bad_input": {SERVERS: WHOLE, NAMES: WHOLE, EXTENSION: WHOLE},
    "test_client_ip": {},  # headers of a request and our own settings
    "test_commands": {SERVERS: WHOLE, NAMES: WHOLE},
    "test_concurrency": {SERVERS: WHOLE, EXTENSION: WHOLE},
    "test_copies": {SERVERS: WHOLE},  # where a database lives
    "test_deleted": {SERVERS: WHOLE, KEYS: WHOLE, DJANGO: only("test_a_cascade_leaves_a_tombstone",
                     "test_the_admin_says_what_becomes_of_the_account", "test_many_are_deleted_at_once",
                     "test_a_cascade_of_the_databases_own_fails_for_who_has_moved",
                     "test_what_goes_past_django_fails_and_deletes_nobody")},
    "test_differences": {KEYS: WHOLE, NAMES: WHOLE},  # the store suites compare the statements on each server
    "test_forgotten": {NAMES: WHOLE, DJANGO: WHOLE},
    "test_forms": {DJANGO: WHOLE, SERVERS: only("test_what_is_rolled_back_here_does_not_happen_there")},
    "test_frames": {DJANGO: only("test_a_login_of_somebody_who_has_not_moved", "test_a_login_that_is_awaited",
                                 "test_the_admin")},
    "test_guest": {
        SERVERS: only(AROUND, "test_before_there_is_any_table", "test_before_migrate_every_command_says_what_to_do",
                      "test_between_upgrade_and_migrate_nobody_gets_in_by_the_password_of_before"),
        KEYS: only(AROUND), NAMES: only(AROUND, "test_what_a_user_is_called_is_not_a_command"), DJANGO: only(AROUND),
    },
    "test_hashes": {DJANGO: WHOLE, EXTENSION: WHOLE},
    "test_in_an_import": {SERVERS: WHOLE, KEYS: all_but("test_a_crowd_that_logs_in_and_changes_passwords_while_it_is_imported")},
    "test_in_step": {SERVERS: WHOLE, EXTENSION: WHOLE},
    "test_kept": {KEYS: WHOLE, NAMES: WHOLE},
    "test_leak": {},  # the memory of one process; a sanitizer's has its own
    "test_login": {SERVERS: WHOLE, KEYS: WHOLE, NAMES: WHOLE, DJANGO: WHOLE, EXTENSION: WHOLE},
    "test_mailboxes": {SERVERS: WHOLE, NAMES: WHOLE},
    "test_many_users": {SERVERS: WHOLE, KEYS: WHOLE},
    "test_migrations": {SERVERS: WHOLE, DJANGO: WHOLE},  # of each kind of users, whatever the site's own are
    "test_outage": {EXTENSION: WHOLE},
    "test_outbox": {SERVERS: WHOLE, DJANGO: only("test_djangos_tasks_are_handed_a_key_and_send_the_mail")},
    "test_password_policy": {NAMES: WHOLE, DJANGO: WHOLE},
    "test_refusals": {DJANGO: WHOLE},
    "test_remind": {SERVERS: WHOLE, KEYS: WHOLE},
    "test_resolutions": {SERVERS: WHOLE, KEYS: WHOLE, NAMES: WHOLE},
    "test_rows": {KEYS: WHOLE, NAMES: WHOLE, DJANGO: WHOLE},
    "test_setup_refused": {EXTENSION: WHOLE},
    "test_site_checks": {NAMES: WHOLE, DJANGO: WHOLE},
    "test_site_hashers": {DJANGO: WHOLE},
    "test_site_map": {SERVERS: WHOLE, KEYS: WHOLE, NAMES: WHOLE, DJANGO: WHOLE},
    "test_site_rules": {DJANGO: WHOLE},
    "test_spellings": {SERVERS: WHOLE, NAMES: WHOLE},
    "test_stale": {SERVERS: WHOLE},
    "test_sync": {SERVERS: WHOLE, KEYS: WHOLE, NAMES: WHOLE, EXTENSION: WHOLE},
    "test_tenants": {NAMES: WHOLE},
    "test_translations": {DJANGO: WHOLE},
    "test_universal_login": {SERVERS: only(*JOINS), KEYS: only(*JOINS), NAMES: only(*JOINS), DJANGO: WHOLE, EXTENSION: WHOLE},
    "test_walk": {SERVERS: WHOLE},
    "test_whose_name": {SERVERS: all_but("test_every_refusal_of_a_name_of_two_is_the_same_work"), NAMES: WHOLE},
}


def is_chosen(module, function, aspect):
    part = DIFFERS[module].get(aspect)
    return part is not None and part.has(function)
