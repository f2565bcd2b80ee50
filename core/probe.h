/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_PROBE_H
#define TRUST_PROBE_H

/*
 * What a server really presents: its name resolved, each of its addresses tried, the STARTTLS
 * dialogue, the TLS handshake, the chain as sent, the versions it offers, an HTTP question. Facts
 * only: nothing is verified here (verdict.h does that on the chain), printed, or remembered.
 *
 * Everything a server sends is met by the NSS worker process alone, started for one probe, with no
 * store open unless an identity is to be shown. The name is resolved in a child of that process,
 * because a resolver knows no time limit. The calling program only reads the finished facts.
 *
 * A server that cannot be reached or fails half way is an answer, not an error: trust_probe_run()
 * returns true, and `problem` says in which phase it ended, by which cause, in words. What was
 * learnt until then (the chain, for instance, though the server then refuses us) is there.
 *
 * Caveats: the handshake accepts any certificate. TLS 1.0 to 1.3 are spoken, SSL 3.0 never. NSS
 * takes a handshake message of at most 128 KiB. No proxy is used, whatever the environment says.
 * Texts are displayable; DER and names of CAs are raw. One probe at a time per thread.
 */

#include "core/base.h"
#include "core/time.h"

struct trust_error;
struct trust_secret;

/* ---- what to ask --------------------------------------------------------------------------- */

/* constant, its name on the command line, its port */
#define TRUST_STARTTLS_ROWS(X)                                                                     \
	X(NONE, "none", 443) /* TLS from the first byte */                                         \
	X(IMAP, "imap", 143)                                                                       \
	X(POP3, "pop3", 110)                                                                       \
	X(SMTP, "smtp", 25)                                                                        \
	X(SUBMISSION, "submission", 587)                                                           \
	X(LMTP, "lmtp", 24)                                                                        \
	X(LDAP, "ldap", 389)                                                                       \
	X(FTP, "ftp", 21)                                                                          \
	X(XMPP, "xmpp", 5222)                                                                      \
	X(POSTGRES, "postgres", 5432)                                                              \
	X(MYSQL, "mysql", 3306)
enum trust_starttls {
#define X(constant, name, port) TRUST_STARTTLS_##constant,
	TRUST_STARTTLS_ROWS(X)
#undef X
	    TRUST_STARTTLS_COUNT,
};
const char *trust_starttls_name(enum trust_starttls starttls); /* static */
bool trust_starttls_from_name(const char *name, enum trust_starttls *ret_starttls);

struct trust_probe_target {
	char *host;    /* owned; what is resolved and sent as SNI: ASCII, lower case, no last dot */
	char *shown;   /* owned; displayable: "bücher.example (xn--bcher-kva.example)" */
	char *service; /* owned; "https", "imap", ...; NULL: a port nobody knows */
	char *path;    /* owned; of the HTTP question; begins with a slash */
	uint16_t port;
	bool is_address; /* host is an IP address (without brackets) */
	enum trust_starttls starttls;
};

/*
 * Understand HOST, HOST:PORT, [IPv6]:PORT, IPv6, or a URL whose scheme is a known service's.
 *
 * starttls    NULL: the port decides; TRUST_STARTTLS_NONE forces TLS from the first byte
 *
 * Errors: TRUST_USAGE.
 */
bool trust_probe_target_parse(const char *text, const enum trust_starttls *starttls,
    struct trust_probe_target **ret_target, struct trust_error *error) TRUST_MUST_CHECK;
void trust_probe_target_free(struct trust_probe_target *target);
TRUST_DEFINE_AUTO(trust_probe_target, trust_probe_target_free)

/* Does it speak HTTP: its port is known for that, or nobody knows for what? */
bool trust_probe_target_is_web(const struct trust_probe_target *target);

/* A personal certificate to show when the server asks. All borrowed. */
struct trust_probe_identity {
	const char *store;                   /* directory; opened read only */
	const char *nss_libdir;              /* as in trust_worker_start() */
	const struct trust_secret *password; /* NULL: the empty one */
	struct trust_bytes cert;             /* DER; its key is looked for in that store */
	/* A key that is in no store: PrivateKeyInfo; no store is opened then. NULL: in the
	 * store. */
	const struct trust_secret *pkcs8;
	const struct trust_bytes *others; /* with pkcs8: DER of CAs to send along */
	size_t other_count;
};

/* Milliseconds; 0 means the default named. Each of them holds against a server that sends
 * slowly. */
struct trust_probe_limits {
	uint32_t resolve_ms;   /* 10,000 */
	uint32_t connect_ms;   /* 10,000 for each address */
	uint32_t dialogue_ms;  /* 15,000 for the whole STARTTLS dialogue: mail servers greet late */
	uint32_t handshake_ms; /* 10,000 for each handshake */
	uint32_t http_ms;      /* 10,000 for each question */
	uint32_t total_ms;     /* 60,000 for everything together */
};

struct trust_probe_request { /* everything borrowed; zero is the plain question */
	const struct trust_probe_target *target;
	const char *connect_ip; /* connect there instead of resolving the name; NULL: resolve */
	unsigned ip_version;    /* 4, 6, or 0 for any */
	bool ask_versions;      /* one more short connection for each of TLS 1.0 to 1.3 */
	bool ask_http;          /* HEAD over TLS; where HTTP is not the service, nothing is asked */
	bool
	    ask_plain_http; /* HEAD on port 80 of the same address: what a captive portal answers */
	bool http_get;      /* GET in place of HEAD over TLS: portals ask for a certificate then */
	const struct trust_probe_identity *identity; /* NULL: none is shown */
	struct trust_probe_limits limits;
};

/* ---- what is answered ---------------------------------------------------------------------- */

#define TRUST_PROBE_PHASES(X)                                                                      \
	X(RESOLVE, "resolve")                                                                      \
	X(CONNECT, "connect")                                                                      \
	X(DIALOGUE, "starttls")                                                                    \
	X(HANDSHAKE, "handshake")                                                                  \
	X(VERSION, "version")                                                                      \
	X(HTTP, "http")                                                                            \
	X(PLAIN_HTTP, "plain-http")
enum trust_probe_phase {
#define X(constant, name) TRUST_PROBE_##constant,
	TRUST_PROBE_PHASES(X)
#undef X
	    TRUST_PROBE_PHASE_COUNT,
};
const char *trust_probe_phase_name(enum trust_probe_phase phase); /* static */

/* constant, identifier for programs, sentence */
#define TRUST_PROBE_CAUSES(X)                                                                      \
	X(NONE, "none", "nothing went wrong")                                                      \
	X(NAME_UNKNOWN, "name-unknown", "the name does not exist")                                 \
	X(NAME_NO_ADDRESS, "name-no-address", "the name has no address of the kind asked for")     \
	X(NAME_TIMEOUT, "name-timeout", "the resolver did not answer in time")                     \
	X(NAME_FAILED, "name-failed", "the resolver failed")                                       \
	X(CONNECT_REFUSED, "connect-refused", "nothing listens on that port")                      \
	X(CONNECT_UNREACHABLE, "connect-unreachable", "no way leads to the address")               \
	X(CONNECT_TIMEOUT, "connect-timeout", "the address does not answer")                       \
	X(CONNECT_FAILED, "connect-failed", "the connection failed")                               \
	X(STARTTLS_SILENT, "starttls-silent", "the server said nothing")                           \
	X(STARTTLS_SLOW, "starttls-slow", "the server did not finish its reply in time")           \
	X(STARTTLS_CLOSED, "starttls-closed", "the server hung up during the dialogue")            \
	X(STARTTLS_GARBAGE, "starttls-garbage", "the server speaks another protocol")              \
	X(STARTTLS_IMPLICIT, "starttls-implicit", "the server speaks TLS from the first byte")     \
	X(STARTTLS_REFUSED, "starttls-refused",                                                    \
	    "the server does not offer STARTTLS or refuses it")                                    \
	X(STARTTLS_ENDLESS, "starttls-endless", "the server's reply has no end")                   \
	X(STARTTLS_INJECTION, "starttls-injection", "data in plain text follows the go-ahead")     \
	X(TLS_SILENT, "tls-silent", "the server said nothing to the TLS hello")                    \
	X(TLS_SLOW, "tls-slow", "the handshake did not end in time")                               \
	X(TLS_CLOSED, "tls-closed", "the server hung up during the handshake")                     \
	X(TLS_NOT_TLS, "tls-not-tls", "the server does not speak TLS here")                        \
	X(TLS_ENDLESS, "tls-endless", "the server sent more than a handshake may hold")            \
	X(TLS_ALERT, "tls-alert", "the server ended the handshake with an alert")                  \
	X(TLS_VERSION, "tls-version", "no TLS version in common")                                  \
	X(TLS_NAME, "tls-name", "the server does not know the name it was asked for")              \
	X(TLS_CIPHER, "tls-cipher", "no cipher suite in common")                                   \
	X(TLS_CLIENT_CERT, "tls-client-cert", "the server requires a personal certificate")        \
	X(TLS_CLIENT_REFUSED, "tls-client-refused",                                                \
	    "the server refused the personal certificate shown")                                   \
	X(TLS_BROKEN, "tls-broken", "the server breaks the rules of TLS")                          \
	X(HTTP_SILENT, "http-silent", "no answer to the HTTP question in time")                    \
	X(HTTP_CLOSED, "http-closed", "the server hung up instead of answering the HTTP question") \
	X(HTTP_GARBAGE, "http-garbage", "the answer to the HTTP question is not HTTP")             \
	X(TIME, "time", "the whole probe did not end in time")                                     \
	X(IDENTITY, "identity", "the personal certificate cannot be used")                         \
	X(LOCAL, "local", "something failed on this machine")                                      \
	X(CRASH, "crash", "the process that talked to the server died")
enum trust_probe_cause {
#define X(constant, id, sentence) TRUST_PROBE_##constant,
	TRUST_PROBE_CAUSES(X)
#undef X
	    TRUST_PROBE_CAUSE_COUNT,
};
const char *trust_probe_cause_id(enum trust_probe_cause cause);       /* static */
const char *trust_probe_cause_sentence(enum trust_probe_cause cause); /* static */

struct trust_probe_problem {
	enum trust_probe_cause cause; /* TRUST_PROBE_NONE: none, and the rest is empty */
	enum trust_probe_phase phase;
	char *message; /* owned; in the form of error.h */
	char *hint;    /* owned; may be NULL */
};

struct trust_probe_step {
	enum trust_probe_phase phase;
	enum trust_probe_cause cause; /* TRUST_PROBE_NONE: it went well */
	char *subject;                /* owned; the address, the TLS version, the name */
	char *words;                  /* owned; what came of it; may be NULL */
	uint32_t ms;
};

enum trust_probe_client_cert {
	TRUST_PROBE_CLIENT_NOT_ASKED,
	TRUST_PROBE_CLIENT_ASKED, /* the server goes on without one, or it was not seen whether */
	TRUST_PROBE_CLIENT_REQUIRED, /* it refused us without one */
};

/* Bytes the facts own. */
struct trust_probe_blob {
	uint8_t *data;
	size_t size;
};
struct trust_probe_blobs {
	struct trust_probe_blob *list;
	size_t count;
};

struct trust_probe_tls {
	bool finished;    /* the handshake was completed */
	uint16_t version; /* 0x0301 to 0x0304; 0: the server chose none */
	uint16_t cipher_suite;
	char *cipher_suite_name; /* owned; these four may be NULL */
	char *group;             /* owned; "x25519" */
	char *signature;         /* owned; "rsa_pss_rsae_sha256" */
	char *alpn;              /* owned; displayable */
	uint32_t key_bits;       /* of the server's key */
	struct trust_probe_blobs
	    chain;           /* certificates as sent, in order, at most TRUST_MAX_PROBE_CERTS */
	uint32_t chain_sent; /* how many the server sent */
	struct trust_probe_blobs ocsp; /* stapled responses, DER */
	struct trust_probe_blob
	    scts; /* SignedCertificateTimestampList (RFC 6962) of the handshake */
	enum trust_probe_client_cert client_cert;
	struct trust_probe_blobs ca_names; /* Names, DER, the server wants the certificate from */
	bool identity_shown;
	bool asked_later; /* behind the handshake, when it had heard which page is wanted */
	int alert;        /* the last the server sent, as in RFC 8446 section 6; -1: none */
};

enum trust_probe_offer {
	TRUST_PROBE_OFFER_UNKNOWN, /* not asked, or the connection failed for another reason */
	TRUST_PROBE_OFFER_YES,
	TRUST_PROBE_OFFER_NO,
};

struct trust_probe_http {
	uint32_t status;      /* 0: not asked or not answered */
	char *date;           /* owned; these three are displayable and may be NULL */
	char *location;       /* owned */
	char *server;         /* owned */
	int64_t date_seconds; /* Date as UTC seconds; INT64_MIN when it does not say */
};

struct trust_probe_facts {
	struct trust_probe_problem
	    problem;                    /* what ended the probe before its purpose was reached */
	struct trust_probe_step *steps; /* in order of time */
	size_t step_count;
	char *address;  /* owned; the address that accepted the connection; NULL: none */
	char *greeting; /* owned; the server's first line in plain text; NULL: none */
	struct trust_probe_tls tls;
	enum trust_probe_offer offers[4]; /* TLS 1.0, 1.1, 1.2, 1.3 */
	struct trust_probe_http http;
	struct trust_probe_http plain_http;
	uint32_t total_ms;
};

/* What time the server says it is; false: it does not say. */
bool trust_probe_server_time(const struct trust_probe_facts *facts, struct trust_time *ret_time);

const char *trust_probe_version_name(uint16_t version); /* "TLS 1.3"; static */
/* "handshake failure" (RFC 8446 section 6); "unknown" for numbers without a name; static */
const char *trust_probe_alert_words(int alert);

/*
 * Ask a server. What it does wrong is in the facts.
 *
 * ret_facts   owned by the caller, trust_probe_facts_free()
 *
 * Errors: TRUST_USAGE (connect_ip is no address, or not of ip_version), TRUST_BUG (no worker),
 * TRUST_STORE_* (the identity's store cannot be opened or its password is wrong). Cost: a process;
 * one connection, and one more for each version, for HTTP where HTTP/2 was agreed on, and for
 * port 80.
 */
bool trust_probe_run(const struct trust_probe_request *request,
    struct trust_probe_facts **ret_facts, struct trust_error *error) TRUST_MUST_CHECK;
void trust_probe_facts_free(struct trust_probe_facts *facts);
TRUST_DEFINE_AUTO(trust_probe_facts, trust_probe_facts_free)

#endif
