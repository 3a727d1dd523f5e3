#include "prompt.h"

#include <errno.h>
#include <fcntl.h>
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

/* One line, byte by byte: the terminal's own line editing has made it whole. */
static long read_line(int tty, char *out, size_t size)
{
    size_t len = 0;
    for (;;) {
        char c;
        ssize_t n = read(tty, &c, 1);
        if (n <= 0)
            return -1; /* EINTR too: no SA_RESTART, a signal ends the question */
        if (c == '\n')
            return len < size ? (long)len : -1;
        if (len < size)
            out[len++] = c;
    }
}

long prompt_secret(const char *question, char *out, size_t size)
{
    struct termios shown, hidden;
    struct sigaction old[N_FATAL], action = {.sa_handler = remember};
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0)
        return -1;
    long len = -1;
    caught = 0;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < N_FATAL; i++)
        sigaction(fatal_signals[i], &action, &old[i]);
    if (tcgetattr(tty, &shown) == 0) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
        if (tcsetattr(tty, TCSAFLUSH, &hidden) ==
            0) { /* never ask where the answer would be seen */
            say(tty, question);
            len = read_line(tty, out, size);
            say(tty, "\n");
            tcsetattr(tty, TCSAFLUSH, &shown);
        }
    }
    for (int i = 0; i < N_FATAL; i++)
        sigaction(fatal_signals[i], &old[i], NULL);
    close(tty);
    if (caught != 0)
        raise(caught);
    return len;
}
