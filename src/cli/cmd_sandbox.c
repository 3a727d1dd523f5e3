#include "cli.h"

int cmd_sandbox(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return EXIT_USAGE;
}
