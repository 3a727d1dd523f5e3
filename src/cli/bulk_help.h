/* What --help prints: paragraphs, ended by NULL. docs/man says the same at length. */
#ifndef CLI_BULK_HELP_H
#define CLI_BULK_HELP_H

extern const char *const plan_help[],
    *const import_help[], *const export_help[], *const settle_help[],
                                                    *const status_help[],
                                                        *const holdouts_help[],
                                                            *const undo_help[],
                                                                *const init_db_help[],
                                                                    *const watch_help[],
                                                                        *const remind_help[],
                                                                            *const resolve_help[];

#endif
