/* What --help prints; docs/man says the same at length. */
#ifndef CLI_BULK_HELP_H
#define CLI_BULK_HELP_H

extern const char plan_help[], import_help[], export_help[], settle_help[], status_help[],
    holdouts_help[], undo_help[], init_db_help[], watch_help[], remind_help[], resolve_help[];

#endif
