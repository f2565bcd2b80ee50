/* SPDX-License-Identifier: MPL-2.0 */
#ifndef CLI_HTML_H
#define CLI_HTML_H

/*
 * Pages of HTML that load nothing and run nothing: one file, readable on a screen, on paper and
 * aloud. Text given is displayable, and escaped here.
 */

#include "cli/cli.h"
#include "core/buffer.h"

/* From the doctype to the heading, which is the title. */
void cli_html_begin(struct trust_buffer *out, const char *title);
void cli_html_end(struct trust_buffer *out);
void cli_html_text(struct trust_buffer *out, const char *text);
/* An element on a line of its own. class: NULL: none. */
void cli_html_element(
    struct trust_buffer *out, const char *tag, const char *class, const char *text);
/* A list of the lines of a text; nothing of an empty one. */
void cli_html_lines(struct trust_buffer *out, const char *class, const char *lines);
/* Does the file's name say that it is such a page? */
bool cli_html_is_named(const char *path);

/* A report's file, a page or text: written whole or not at all, which is noted. Errors: as
 * export_save(), and TRUST_INPUT_LIMIT where it grew too long. */
bool cli_report_save(struct cli *cli, const char *path, const struct trust_buffer *out, bool force,
    struct trust_error *error) TRUST_MUST_CHECK;

#endif
