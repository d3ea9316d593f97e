// OpenSSL 3 calls SHA256_Init and its like deprecated in favour of contexts that it allocates. A code
// for every request needs a state that is a plain value.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

/* Macros that a module map does not carry over. */
static const uint64_t rankwire_tls_options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;
static const uint64_t rankwire_tls_no_ticket = SSL_OP_NO_TICKET;
static const int rankwire_bio_retry_read = BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY;
