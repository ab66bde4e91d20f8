/*
 * SHA-256 of many messages, several at once where the processor gains by it.
 */
#ifndef SHA256_MESSAGES_H
#define SHA256_MESSAGES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_MOST_LANES = 8 };

struct message {
	const uint8_t *bytes;
	size_t size;
	uint8_t *hash; /* SHA256_SIZE bytes, written here */
};

/* How many messages at once are quickest on this processor: 8, 2, or 1 for one after the other. */
unsigned sha256_best_lanes(void);

/* Whether this build and this Node can hash several messages at once, be it quicker or not. */
bool sha256_has_lanes(void);

/* Hashes them all, so many at once, in any order; `messages` is sorted. False where OpenSSL fails. */
bool sha256_messages(struct message *messages, size_t count, unsigned lanes);

#endif
