/*
 * SHA-256 of several messages, up to eight side by side in the lanes of the processor's vectors.
 */
#ifndef SHA256_MESSAGES_H
#define SHA256_MESSAGES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32 };

struct message {
	const uint8_t *bytes;
	size_t size;
	uint8_t *hash; /* SHA256_SIZE bytes, written here */
};

/* Whether messages are hashed in less time together than one after the other. */
bool sha256_gains_together(void);

/* Hashes them all, in whatever order; `messages` is sorted anew. False where OpenSSL fails. */
bool sha256_messages(struct message *messages, size_t count);

#endif
