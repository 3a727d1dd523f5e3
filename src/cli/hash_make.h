/* The part of auth0db hash that has options. */
#ifndef CLI_HASH_MAKE_H
#define CLI_HASH_MAKE_H

extern const char hash_help[];

/** auth0db hash make; argv[0] is "make". */
int hash_make(int argc, char **argv);

#endif
