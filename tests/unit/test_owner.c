/* Whose batch is it: a process that lives, or one that is gone? */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bulk/import/owner.h"
#include "unit.h"

static char self[A0_OWNER_SIZE];

static void know_self(void)
{
    ck_assert_int_eq(a0_owner_self(self, NULL), AUTH0DB_OK);
}

/* The owner's text of a process that has told it through a pipe. */
static pid_t other_process(char out[A0_OWNER_SIZE], bool stays)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char own[A0_OWNER_SIZE] = "";
        int rc = a0_owner_self(own, NULL);
        rc |= write(ends[1], own, sizeof own) != (ssize_t)sizeof own;
        if (stays)
            pause();
        _exit(rc);
    }
    ck_assert_int_eq(read(ends[0], out, A0_OWNER_SIZE), A0_OWNER_SIZE);
    close(ends[0]);
    close(ends[1]);
    return pid;
}

START_TEST(this_process_lives)
{
    know_self();
    ck_assert(!a0_owner_is_gone(self, self, 1000000));
}
END_TEST

START_TEST(another_one_of_this_machine_lives_until_it_ends_however_long_it_is_silent)
{
    char other[A0_OWNER_SIZE];
    know_self();
    pid_t pid = other_process(other, true);
    ck_assert(!a0_owner_is_gone(other, self, 1000000));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    ck_assert(a0_owner_is_gone(other, self, 0));
}
END_TEST

START_TEST(a_zombie_is_gone)
{
    char other[A0_OWNER_SIZE];
    know_self();
    pid_t pid = other_process(other, false);
    siginfo_t info;
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    ck_assert(a0_owner_is_gone(other, self, 0));
    waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(a_later_process_with_the_same_number_is_another_one)
{
    char earlier[A0_OWNER_SIZE + 32];
    know_self();
    const char *start = strrchr(self, ' ');
    snprintf(earlier, sizeof earlier, "%.*s 1", (int)(start - self), self);
    ck_assert(a0_owner_is_gone(earlier, self, 0));
}
END_TEST

START_TEST(elsewhere_only_silence_tells)
{
    char machine[A0_OWNER_SIZE + 32], container[A0_OWNER_SIZE + 32];
    know_self();
    snprintf(machine, sizeof machine, "00000000-0000-0000-0000-000000000000%s", strchr(self, ' '));
    snprintf(container, sizeof container, "%.36s pid:[1] 1 77", self);
    ck_assert(!a0_owner_is_gone(machine, self, A0_OWNER_SILENT_S - 1));
    ck_assert(a0_owner_is_gone(machine, self, A0_OWNER_SILENT_S));
    ck_assert(!a0_owner_is_gone(container, self, 0));
    ck_assert(a0_owner_is_gone(container, self, A0_OWNER_SILENT_S));
}
END_TEST

START_TEST(what_names_no_process_is_gone)
{
    static const char *const texts[] = {"", " ", "x", "a b c d", "a b 1", "a b 99999999999999 x"};
    know_self();
    for (size_t i = 0; i < A0_COUNT(texts); i++)
        ck_assert(a0_owner_is_gone(texts[i], self, 0));
}
END_TEST

UNIT_MAIN("owner", this_process_lives,
          another_one_of_this_machine_lives_until_it_ends_however_long_it_is_silent,
          a_zombie_is_gone, a_later_process_with_the_same_number_is_another_one,
          elsewhere_only_silence_tells, what_names_no_process_is_gone)
