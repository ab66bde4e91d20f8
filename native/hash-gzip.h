/*
 * Hashes gzip files on the thread that calls: libdeflate inflates, the OpenSSL that Node carries hashes.
 *
 * It vouches only for what is beyond doubt: one member with a bare header, a stream that ends exactly at the
 * trailer, CRC-32 and length right, within both bounds. Of everything else it says nothing, and the JavaScript
 * beside it judges: so no verdict depends on which of the two was there.
 */
#ifndef HASH_GZIP_H
#define HASH_GZIP_H
#include "sha256-messages.h"

/* One file: the caller gives its path (which it frees), or its bytes and their count. */
struct item {
	char *path;
	const uint8_t *bytes;
	size_t size;
	bool vouched; /* only then do the rest and `size` count */
	const uint8_t *content; /* until it is hashed */
	size_t content_size;
	uint8_t stored_hash[SHA256_SIZE], content_hash[SHA256_SIZE];
	uint8_t *sidecar; /* NULL where there is none; the caller frees it */
	size_t sidecar_size;
};

/* Is given each item that is about to be vouched for, while its content is there; false where it is not to be. */
typedef bool take_content(void *taker, const struct item *item, uint32_t at);

struct batch {
	struct item *items;
	take_content *take; /* NULL where nobody wants contents */
	void *taker;
	uint32_t count;
	uint64_t max_stored, max_content; /* bytes of a file, and of what it inflates to */
	char suffix[64]; /* of a path, for its sidecar; empty where no sidecar is to be read */
	struct message *messages; /* room for two of each item */
	/* Zero at first. Inflated and not yet hashed are the items from the first of these to before the second. */
	uint32_t hashed, inflated;
};

/* Reads, inflates and hashes all items. */
void hash_items(struct batch *batch);

/* Frees what this thread keeps from one batch to the next. */
void free_thread_memory(void);

#endif
