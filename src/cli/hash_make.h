#ifndef CLI_HASH_MAKE_H
#define CLI_HASH_MAKE_H

/** auth0db hash make; argv[0] is "make". */
int hash_make(int argc, char **argv);

#endif
