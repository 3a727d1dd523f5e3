/* A secret typed at the terminal. Standard input may be a pipe, so the terminal itself is opened.
 */
#include "prompt.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int fatal_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
enum { N_FATAL = sizeof fatal_signals / sizeof fatal_signals[0] };

static volatile sig_atomic_t caught;

static void remember(int signal)
{
    caught = signal;
}

static void say(int tty, const char *text)
{
    ssize_t written = write(tty, text, strlen(text));
    (void)written; /* a question that cannot be shown is still answered */
}

/* One line, byte by byte: the terminal's own line editing has made it whole. The fatal signals are
 * blocked but in ppoll, so that one which comes just before we wait is not slept over. */
static long read_line(int tty, const sigset_t *unblocked, char *out, size_t size)
{
    size_t len = 0;
    for (;;) {
        char c;
        struct pollfd input = {.fd = tty, .events = POLLIN};
        if (ppoll(&input, 1, NULL, unblocked) < 0 || read(tty, &c, 1) <= 0)
            return -1; /* EINTR too: a signal ends the question */
        if (c == '\n')
            return len < size ? (long)len : -1;
        if (len < size)
            out[len++] = c;
    }
}

long prompt_secret(const char *question, char *out, size_t size)
{
    struct termios shown, hidden;
    sigset_t fatal, unblocked;
    struct sigaction old[N_FATAL], action = {.sa_handler = remember};
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0)
        return -1;
    long len = -1;
    caught = 0;
    sigemptyset(&action.sa_mask);
    sigemptyset(&fatal);
    for (int i = 0; i < N_FATAL; i++) {
        sigaction(fatal_signals[i], &action, &old[i]);
        sigaddset(&fatal, fatal_signals[i]);
    }
    /* Before the echo goes off: whoever interrupts must find it on again in the shell. */
    sigprocmask(SIG_BLOCK, &fatal, &unblocked);
    if (tcgetattr(tty, &shown) == 0) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
        /* never ask where the answer would be seen */
        if (tcsetattr(tty, TCSAFLUSH, &hidden) == 0) {
            say(tty, question);
            len = read_line(tty, &unblocked, out, size);
            say(tty, "\n");
            tcsetattr(tty, TCSAFLUSH, &shown);
        }
    }
    /* a signal that waits is caught here, and raised below */
    sigprocmask(SIG_SETMASK, &unblocked, NULL);
    for (int i = 0; i < N_FATAL; i++)
        sigaction(fatal_signals[i], &old[i], NULL);
    close(tty);
    /* Last, when terminal and handlers are as they were: this usually ends the process. */
    if (caught != 0)
        raise(caught);
    return len;
}
