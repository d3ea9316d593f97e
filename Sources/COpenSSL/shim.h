// OpenSSL 3 calls SHA256_Init and its like deprecated in favour of contexts that it allocates. A code
// for every request needs a state that is a plain value.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
