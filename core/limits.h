/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TRUST_LIMITS_H
#define TRUST_LIMITS_H

/* Every bound on what input may ask for, in one place, each with its reason. */

/* The largest file read whole. The biggest real bundle (all public CAs as text) is about 1.5 MB. */
#define TRUST_MAX_FILE_BYTES ((size_t)64 * 1024 * 1024)
/* One certificate. NSS stored one of 440 KB; real ones are below 10 KB. */
#define TRUST_MAX_CERT_BYTES ((size_t)1024 * 1024)
/* Certificates, keys and other blocks of one file; the largest store measured has 100,000. */
#define TRUST_MAX_BLOCKS 200000
/* Depth of nested ASN.1. A certificate needs about 12. */
#define TRUST_MAX_DER_DEPTH 32
/* Names of one certificate's subjectAltName and of its name constraints. */
#define TRUST_MAX_NAMES 100000
/* Extensions of one certificate; real ones have about 10. */
#define TRUST_MAX_EXTENSIONS 256
/* Attributes of one distinguished name. */
#define TRUST_MAX_NAME_PARTS 256
/* PBKDF2 and PKCS#12 rounds a file may ask for: about 3 s of work. NSS writes 600,000. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION /* a fuzzer wants many files a second */
#define TRUST_MAX_KDF_ROUNDS 1000
#else
#define TRUST_MAX_KDF_ROUNDS 10000000
#endif
/* The same for signatures of one store's trust records that ask for more rounds than NSS gives
 * them, all together. */
#define TRUST_MAX_SEAL_ROUNDS TRUST_MAX_KDF_ROUNDS
/* One value or row of a database. What a store is read for is bounded by the size of a file; in
 * its other rows a change meets what others put there. */
#define TRUST_MAX_VALUE_BYTES ((size_t)128 * 1024 * 1024)
/* A password, in bytes of UTF-8. */
#define TRUST_MAX_PASSWORD_BYTES 4096
/* A nickname; NSS itself has no limit, a terminal has. */
#define TRUST_MAX_NICKNAME_BYTES 1024
/* One message between the program and its NSS worker. */
#define TRUST_MAX_WIRE_BYTES ((size_t)80 * 1024 * 1024)
/* Seconds that decoding one file may take in its own process. */
#define TRUST_MAX_DECODE_SECONDS 60
/* Memory of the process that decodes a file. */
#define TRUST_MAX_DECODE_MEMORY ((size_t)1024 * 1024 * 1024)
/* Mail addresses of one subject; real ones have one. Alternative names are not counted. */
#define TRUST_MAX_SUBJECT_EMAILS 16
/* Certificates of one path. Firefox stops at 8, which is a finding, Chromium takes longer ones;
 * real ones have at most 5. */
#define TRUST_MAX_PATH 24
/* What one verdict may cost, in units of about a microsecond: enough for a thousand signatures, and
 * an answer within half a second whatever others have built. */
#define TRUST_MAX_VERDICT_WORK 300000
/* What a command may spend on signatures outside verdicts, in the same units: those of 18,000
 * revocation lists of 2048 bits; and for each certificate of a store, where it asks of all of them
 * who issued whom. */
#define TRUST_MAX_SIGNATURE_WORK 3000000
#define TRUST_MAX_SIGNATURE_WORK_EACH 1000
/* An OCSP response; real ones have 0.5 to 5 KB, one answer and at most one certificate. */
#define TRUST_MAX_OCSP_BYTES ((size_t)1024 * 1024)
#define TRUST_MAX_OCSP_ANSWERS 1000
#define TRUST_MAX_OCSP_CERTS 16
/* How long a FIFO is waited for that nobody has opened to write into. */
#define TRUST_FIFO_WAIT_MS 10000
/* How long a writing command waits for another writer's lock. Firefox and certutil hold it for
 * milliseconds; a person gives up after some seconds. */
#define TRUST_LOCK_WAIT_MS 10000
/* How long a reading command waits for a lock. */
#define TRUST_READ_WAIT_MS 2000
/* Certificates of a chain that a server sends, and their bytes together; real ones have at most
 * 10. */
#define TRUST_MAX_PROBE_CERTS 64
#define TRUST_MAX_PROBE_CHAIN_BYTES ((size_t)1024 * 1024)
/* Names of CAs a server wants a personal certificate from; Windows servers send about 300. */
#define TRUST_MAX_PROBE_CA_NAMES 1000
/* What a server may send in one connection of a probe, dialogue and handshake apart. */
#define TRUST_MAX_PROBE_DIALOGUE_BYTES ((size_t)256 * 1024)
#define TRUST_MAX_PROBE_TLS_BYTES ((size_t)2 * 1024 * 1024)
/* The head of an HTTP answer. */
#define TRUST_MAX_PROBE_HTTP_BYTES ((size_t)64 * 1024)
/* A revocation list that is fetched; the largest of public CAs have had 30 MB. */
#define TRUST_MAX_FETCH_LIST_BYTES ((size_t)64 * 1024 * 1024)
/* An OCSP response that is fetched. */
#define TRUST_MAX_FETCH_OCSP_BYTES ((size_t)64 * 1024)
/* What of an answer is no body, and its URL. */
#define TRUST_MAX_FETCH_HEAD_BYTES ((size_t)64 * 1024)
#define TRUST_MAX_FETCH_URL_BYTES 2000
/* One fetch, redirects included, and how often it may be sent elsewhere. */
#define TRUST_FETCH_MS 10000
#define TRUST_MAX_FETCH_REDIRECTS 3
/* Everything that one command fetches: attempts, and time. A path of five has ten places at
 * most. */
#define TRUST_MAX_FETCHES 32
#define TRUST_MAX_FETCH_TOTAL_MS 60000

#endif
