/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_TIME_H
#define TRUST_TIME_H

/* Points in time as certificates have them: UTC, whole seconds, years 0000 to 9999. */

#include "core/base.h"

struct trust_time {
	int64_t seconds; /* since 1970-01-01T00:00:00Z; may be negative */
};

/* The clock, or what TRUSTCTL_NOW (RFC 3339) says where tests fixed it. */
struct trust_time trust_time_now(void);
/* Of a clock that nobody sets: for deadlines. */
int64_t trust_monotonic_ms(void);
/* Is it in the years that there are? Text and differences are made only of such. */
bool trust_time_is_valid(struct trust_time time);
int trust_time_compare(struct trust_time a, struct trust_time b);
/* UTCTime and GeneralizedTime of RFC 5280 section 4.1.2.5 (tag 0x17 and 0x18), strictly. */
bool trust_time_from_asn1(
    uint8_t tag, struct trust_bytes content, struct trust_time *ret_time) TRUST_MUST_CHECK;
/* "2026-11-24T14:59:35Z", "2026-11-24" (midnight UTC) or with an offset "+01:00". */
bool trust_time_parse(const char *text, struct trust_time *ret_time) TRUST_MUST_CHECK;
/* RFC 3339 in UTC, 21 bytes with the NUL. */
void trust_time_format(struct trust_time time, char ret_text[32]);
/* "2026-11-24" */
void trust_time_format_date(struct trust_time time, char ret_text[32]);
/* "Sun, 06 Nov 1994 08:49:37 GMT", or the two older forms of RFC 9110 section 5.6.7. */
bool trust_time_parse_http(const char *text, struct trust_time *ret_time) TRUST_MUST_CHECK;

/* When this program was made: a clock that says an earlier time is wrong. */
struct trust_time trust_time_made(void);
/* A machine that sets its clock by the network is never off by more. */
#define TRUST_MAX_CLOCK_SKEW_SECONDS 300
/* How far a clock is from another: "400 days ahead of", "7 minutes behind" (seconds < 0). Owned by
 * the caller. */
char *trust_time_skew_words(int64_t seconds) TRUST_MUST_CHECK;
/* The word people want: "expired 3 years ago", "expired today", "in 12 days", "in 4 months",
 * "in 9 years", or "not yet valid". Owned by the caller. */
char *trust_time_expiry_words(struct trust_time not_before, struct trust_time not_after,
    struct trust_time now) TRUST_MUST_CHECK;

#endif
