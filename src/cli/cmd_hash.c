#include "cli.h"

int cmd_hash(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return EXIT_USAGE;
}
