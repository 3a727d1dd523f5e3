/* Reports for people: 80 columns. Each takes the report's JSON object. */
#ifndef CLI_REPORTS_H
#define CLI_REPORTS_H

#include <jansson.h>

void report_plan(const json_t *report);
void report_import(const json_t *report);
void report_status(const json_t *report);
void report_resolve(const json_t *report);
void report_switch_over(const json_t *report);
void report_undo(const json_t *report);
void report_factors(const json_t *report);
void report_settle(const json_t *report);
void report_export(const json_t *report);
void report_remind(const json_t *report);
void report_watch(const json_t *report);

#endif
