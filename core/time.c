/* SPDX-License-Identifier: MPL-2.0 */
/* Points in time, by the proleptic Gregorian calendar, without the C library's time zones. */

#include "core/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY INT64_C(86400)
#define FIRST INT64_C(-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST INT64_C(253402300799)  /* 9999-12-31T23:59:59Z */

/* Days since 1970-01-01 of a civil date; the classic era arithmetic, valid for all our years. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

struct civil {
	int year;
	int month;
	int day;
	int second_of_day;
};

static struct civil
civil_of(struct trust_time time)
{
	int64_t days = time.seconds / DAY;
	int64_t rest = time.seconds % DAY;
	if (rest < 0) {
		rest += DAY;
		days--;
	}
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
	    day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted = (5 * day_of_year + 2) / 153;
	int month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
	return (struct civil){
		.year = (int)(year_of_era + era * 400 + (month <= 2)),
		.month = month,
		.day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1),
		.second_of_day = (int)rest,
	};
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

static bool
from_parts(
    int year, int month, int day, int hour, int minute, int second, struct trust_time *ret_time)
{
	if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
	    minute > 59 || second > 59)
		return false;
	ret_time->seconds = days_of(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
	return true;
}

static bool
digits(const char **at, int count, int *ret_number)
{
	int number = 0;
	for (int i = 0; i < count; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		number = number * 10 + (**at - '0');
	}
	*ret_number = number;
	return true;
}

struct trust_time
trust_time_now(void)
{
	struct trust_time fixed;
	const char *text = getenv("TRUSTCTL_NOW");

	if (text && trust_time_parse(text, &fixed))
		return fixed;
	return (struct trust_time){ .seconds = (int64_t)time(NULL) };
}

int64_t
trust_monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / (1000 * 1000);
}

bool
trust_time_is_valid(struct trust_time time)
{
	return time.seconds >= FIRST && time.seconds <= LAST;
}

int
trust_time_compare(struct trust_time a, struct trust_time b)
{
	return (a.seconds > b.seconds) - (a.seconds < b.seconds);
}

bool
trust_time_from_asn1(uint8_t tag, struct trust_bytes content, struct trust_time *ret_time)
{
	bool utc = tag == 0x17;
	size_t want = utc ? 13 : 15; /* YYMMDDHHMMSSZ, YYYYMMDDHHMMSSZ */
	char text[16] = "";
	int year, month, day, hour, minute, second;

	if ((!utc && tag != 0x18) || content.size != want)
		return false;
	memcpy(text, content.data, want);
	const char *at = text;
	if (!digits(&at, utc ? 2 : 4, &year) || !digits(&at, 2, &month) || !digits(&at, 2, &day) ||
	    !digits(&at, 2, &hour) || !digits(&at, 2, &minute) || !digits(&at, 2, &second) ||
	    *at != 'Z')
		return false;
	if (utc) /* RFC 5280 section 4.1.2.5.1 */
		year += year >= 50 ? 1900 : 2000;
	return from_parts(year, month, day, hour, minute, second, ret_time);
}

static bool
parse_zone(const char **at, int *ret_offset_seconds)
{
	int hours = 0;
	int minutes = 0;

	if (**at == 'Z' || **at == 'z') {
		(*at)++;
		*ret_offset_seconds = 0;
		return true;
	}
	char sign = *(*at)++;
	if ((sign != '+' && sign != '-') || !digits(at, 2, &hours) || *(*at)++ != ':' ||
	    !digits(at, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_offset_seconds = (hours * 3600 + minutes * 60) * (sign == '+' ? 1 : -1);
	return true;
}

bool
trust_time_parse(const char *text, struct trust_time *ret_time)
{
	const char *at = text;
	int year, month, day, hour = 0, minute = 0, second = 0, offset = 0;
	struct trust_time time;

	if (!digits(&at, 4, &year) || *at++ != '-' || !digits(&at, 2, &month) || *at++ != '-' ||
	    !digits(&at, 2, &day))
		return false;
	if (*at) {
		if (*at != 'T' && *at != 't' && *at != ' ')
			return false;
		at++;
		if (!digits(&at, 2, &hour) || *at++ != ':' || !digits(&at, 2, &minute) ||
		    *at++ != ':' || !digits(&at, 2, &second) || !parse_zone(&at, &offset) || *at)
			return false;
	}
	if (!from_parts(year, month, day, hour, minute, second, &time))
		return false;
	time.seconds -= offset;
	if (!trust_time_is_valid(time)) /* the offset leads out of our years */
		return false;
	*ret_time = time;
	return true;
}

void
trust_time_format(struct trust_time time, char ret_text[32])
{
	struct civil civil = civil_of(time);
	snprintf(ret_text, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", civil.year, civil.month, civil.day,
	    civil.second_of_day / 3600, civil.second_of_day / 60 % 60, civil.second_of_day % 60);
}

void
trust_time_format_date(struct trust_time time, char ret_text[32])
{
	struct civil civil = civil_of(time);
	snprintf(ret_text, 32, "%04d-%02d-%02d", civil.year, civil.month, civil.day);
}

/* "1 day", "12 days", "4 months", "9 years": the largest unit that leaves at least 2 of it, so that
 * nothing is said more coarsely than people would. */
static char *
span_words(int64_t seconds)
{
	int64_t days = seconds / DAY;
	if (days >= 2 * 365)
		return trust_printf("%lld years", (long long)(days / 365));
	if (days >= 2 * 30)
		return trust_printf("%lld months", (long long)(days / 30));
	if (days == 1)
		return trust_strdup("1 day");
	return trust_printf("%lld days", (long long)days);
}

char *
trust_time_expiry_words(
    struct trust_time not_before, struct trust_time not_after, struct trust_time now)
{
	int64_t left = not_after.seconds - now.seconds;

	if (now.seconds < not_before.seconds)
		return trust_strdup("not yet valid");
	if (left < 0) {
		if (-left < DAY)
			return trust_strdup("expired today");
		TRUST_AUTO_FREE char *span = span_words(-left);
		return trust_printf("expired %s ago", span);
	}
	if (left < DAY)
		return trust_strdup("expires today");
	TRUST_AUTO_FREE char *span = span_words(left);
	return trust_printf("in %s", span);
}

char *
trust_time_skew_words(int64_t seconds)
{
	const char *words = seconds > 0 ? "ahead of" : "behind";
	int64_t skew = llabs(seconds);

	if (skew >= 2 * DAY)
		return trust_printf("%lld days %s", (long long)(skew / DAY), words);
	if (skew >= 7200)
		return trust_printf("%lld hours %s", (long long)(skew / 3600), words);
	return trust_printf("%lld minutes %s", (long long)(skew / 60), words);
}

bool
trust_time_parse_http(const char *text, struct trust_time *ret_time)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char month[4] = "";
	char iso[32];
	unsigned day = 0;
	unsigned year = 0;
	unsigned clock[3] = { 0 };
	int end = 0; /* once all of a form is read */

	/* The form of today, and two that a recipient has to take (RFC 9110 section 5.6.7). */
	(void)sscanf(text, "%*3[A-Za-z], %2u %3[A-Za-z] %4u %2u:%2u:%2u GMT%n", &day, month, &year,
	    &clock[0], &clock[1], &clock[2], &end);
	if (end == 0) {
		(void)sscanf(text, "%*9[A-Za-z], %2u-%3[A-Za-z]-%2u %2u:%2u:%2u GMT%n", &day, month,
		    &year, &clock[0], &clock[1], &clock[2], &end);
		year += year < 70 ? 2000 : 1900;
	}
	if (end == 0)
		(void)sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2u %2u:%2u:%2u %4u%n", month, &day,
		    &clock[0], &clock[1], &clock[2], &year, &end);
	if (end == 0 || text[end + (int)strspn(text + end, " \t")] || strlen(month) != 3)
		return false;
	const char *found = strstr(months, month);
	if (!found || (found - months) % 3 != 0)
		return false;
	snprintf(iso, sizeof iso, "%04u-%02u-%02uT%02u:%02u:%02uZ", year,
	    (unsigned)(found - months) / 3 + 1, day, clock[0], clock[1], clock[2]);
	return trust_time_parse(iso, ret_time);
}

struct trust_time
trust_time_made(void)
{
	struct trust_time made = { 0 };

	return trust_time_parse(TRUSTCTL_DATE, &made) ? made : (struct trust_time){ 0 };
}
