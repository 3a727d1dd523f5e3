/* Runs a target once for every file of the folders given: the corpus as a unit test, without
 * libFuzzer. */
#include <dirent.h>
#include <string.h>

#include "fuzz.h"

static int replayed;

static int replay_file(const char *path)
{
    enum { SIZE_LIMIT = 1 << 20 };
    static uint8_t data[SIZE_LIMIT];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return EXIT_FAILURE;
    }
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    uint8_t *exact = malloc(size > 0 ? size : 1); /* so that a sanitizer sees a read past the end */
    if (exact == NULL)
        return EXIT_FAILURE;
    memcpy(exact, data, size);
    fprintf(stderr, "%s\n", path); /* the last one printed is the one that crashed */
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    replayed++;
    return EXIT_SUCCESS;
}

static int replay_folder(const char *folder)
{
    int status = EXIT_SUCCESS;
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        perror(folder);
        return EXIT_FAILURE;
    }
    for (const struct dirent *entry; status == EXIT_SUCCESS && (entry = readdir(dir)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        status = replay_file(path);
    }
    closedir(dir);
    return status;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (replay_folder(argv[i]) != EXIT_SUCCESS)
            return EXIT_FAILURE;
    }
    fprintf(stderr, "%d inputs replayed\n", replayed);
    return replayed > 0 ? EXIT_SUCCESS
                        : EXIT_FAILURE; /* a corpus that was not found proves nothing */
}
