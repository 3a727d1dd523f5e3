/* A secret typed at the terminal. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include <stddef.h>

/** Ask on the controlling terminal, echo off, for at most size - 1 bytes. Returns the length
 * without the newline, -1 where there is no terminal, input ended, or the line is too long (said on
 * the terminal). A signal restores the echo and is then delivered. The caller wipes out. */
long prompt_secret(const char *question, char *out, size_t size);

#endif
