/*
 * A processor without SHA instructions hashes one message at some 7.7 cycles a byte, and eight side by side at some 2.4.
 * OpenSSL has code for the latter, for its TLS records, and Node exports it with the rest; where it is not there, one
 * message is hashed after the other.
 */
#include "sha256-messages.h"

#include <stdlib.h>
#include <string.h>

/* Of the OpenSSL that Node exports to its addons. */
extern int EVP_Digest(const void *data, size_t count, unsigned char *md, unsigned int *size, const void *type,
		      void *engine);
extern const void *EVP_sha256(void);

enum { LANES = 8, BLOCK = 64, LENGTH_FIELD = 8 };
/* Lanes that must be at work for all of them together to be quicker than OpenSSL's code for one. */
static const uint64_t LEAST_LANES = 3;
static const size_t MOST_BLOCKS = INT32_MAX;

static bool one_by_one(const struct message *messages, size_t count) {
	for (size_t at = 0; at < count; at++)
		if (EVP_Digest(messages[at].bytes, messages[at].size, messages[at].hash, NULL, EVP_sha256(), NULL) != 1)
			return false;
	return true;
}

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>

/* The eight words of the state, each for all lanes. */
struct states {
	uint32_t words[8][LANES];
} __attribute__((aligned(32)));

/* What a lane is to read next; without blocks, its state is left as it is. */
struct blocks {
	const uint8_t *bytes;
	int count;
};

/* Of OpenSSL (crypto/sha/asm/sha256-mb-x86_64.pl), absent where Node does not export it; `fours` counts lanes by fours. */
extern void sha256_multi_block(struct states *states, const struct blocks lanes[LANES], int fours)
	__attribute__((weak));

bool sha256_gains_together(void) {
	unsigned eax, ebx, ecx, edx;
	if (sha256_multi_block == NULL || __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0)
		return false;
	/* With SHA instructions, the content is best hashed at once, while the nearest cache still holds it. */
	return (ebx & bit_AVX2) != 0 && (ebx & bit_SHA) == 0;
}

static void big_endian(uint8_t *to, uint64_t value, int bytes) {
	for (int at = 0; at < bytes; at++)
		to[at] = (uint8_t)(value >> (8 * (bytes - 1 - at)));
}

/* The blocks that end a message, with its last bytes: one of them, or two (FIPS 180-4, 5.1.1). */
static int last_blocks(const struct message *message, uint8_t end[2 * BLOCK]) {
	size_t rest = message->size % BLOCK;
	int count = rest + 1 + LENGTH_FIELD > BLOCK ? 2 : 1;
	memset(end, 0, 2 * BLOCK);
	if (rest > 0)
		memcpy(end, message->bytes + message->size - rest, rest);
	end[rest] = 0x80;
	big_endian(end + count * BLOCK - LENGTH_FIELD, 8 * (uint64_t)message->size, LENGTH_FIELD);
	return count;
}

/* The longest comes first: where a lane begins empty, the function may pass over those behind. */
static void side_by_side(const struct message *messages, size_t count) {
	static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	struct states states;
	struct blocks lanes[LANES] = {{NULL, 0}};
	uint8_t ends[LANES][2 * BLOCK];
	for (int word = 0; word < 8; word++)
		for (int lane = 0; lane < LANES; lane++)
			states.words[word][lane] = first[word];
	for (size_t at = 0; at < count; at++)
		lanes[at] = (struct blocks){messages[at].bytes, (int)(messages[at].size / BLOCK)};
	/* With nothing to do for any lane it would count down from zero. */
	if (lanes[0].count > 0)
		sha256_multi_block(&states, lanes, LANES / 4);
	for (size_t at = 0; at < count; at++)
		lanes[at] = (struct blocks){ends[at], last_blocks(&messages[at], ends[at])};
	sha256_multi_block(&states, lanes, LANES / 4);
	for (size_t at = 0; at < count; at++)
		for (int word = 0; word < 8; word++)
			big_endian(messages[at].hash + 4 * word, states.words[word][at], 4);
}

static int longest_first(const void *a, const void *b) {
	size_t one = ((const struct message *)a)->size, other = ((const struct message *)b)->size;
	return (one < other) - (one > other);
}

bool sha256_messages(struct message *messages, size_t count) {
	if (!sha256_gains_together())
		return one_by_one(messages, count);
	/* Neighbours of one size: a lane that ends early stands idle until the longest is done. */
	qsort(messages, count, sizeof *messages, longest_first);
	for (size_t at = 0, taken; at < count; at += taken) {
		uint64_t bytes = 0;
		taken = count - at < LANES ? count - at : LANES;
		for (size_t lane = 0; lane < taken; lane++)
			bytes += messages[at + lane].size;
		size_t longest = messages[at].size;
		if (longest / BLOCK > MOST_BLOCKS || bytes < LEAST_LANES * longest) {
			if (!one_by_one(messages + at, taken))
				return false;
		} else
			side_by_side(messages + at, taken);
	}
	return true;
}
#else
bool sha256_gains_together(void) {
	return false;
}

bool sha256_messages(struct message *messages, size_t count) {
	return one_by_one(messages, count);
}
#endif
