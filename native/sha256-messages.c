/*
 * Several messages at once, each in a lane of its own. A processor with SHA instructions waits in every round for the
 * round before it, so a second message costs little: two lanes hash at 1.5 times the speed of one, more bring nothing.
 * A processor with AVX2 alone hashes one message at some 7.7 cycles a byte and eight in its vectors at some 2.4.
 *
 * The code for both is OpenSSL's own, made for its TLS records; Node exports it with the rest of OpenSSL. Where it is
 * absent, or gains nothing, one message is hashed after the other.
 */
#include "sha256-messages.h"

#include <stdlib.h>
#include <string.h>

/* Of the OpenSSL that Node exports to its addons. */
extern int EVP_Digest(const void *data, size_t count, unsigned char *md, unsigned int *size, const void *type,
		      void *engine);
extern const void *EVP_sha256(void);

static bool one_by_one(const struct message *messages, size_t count) {
	for (size_t at = 0; at < count; at++)
		if (EVP_Digest(messages[at].bytes, messages[at].size, messages[at].hash, NULL, EVP_sha256(), NULL) != 1)
			return false;
	return true;
}

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <stdatomic.h>

enum { LANES = SHA256_MOST_LANES, WORDS = 8, BLOCK = 64, LENGTH_FIELD = 8 };

/* The words of the state, each for all lanes. */
struct states {
	uint32_t words[WORDS][LANES];
} __attribute__((aligned(32)));

/* What a lane is to read next; without blocks, its state stays as it is. */
struct blocks {
	const uint8_t *bytes;
	int count;
};

/*
 * Of OpenSSL, absent where Node does not export them (crypto/sha/asm/sha256-mb-x86_64.pl, sha512-x86_64.pl). `fours`
 * counts lanes by fours. It passes over lanes that come after a pair, or after four, without blocks.
 */
extern void sha256_multi_block(struct states *states, const struct blocks lanes[LANES], int fours)
	__attribute__((weak));
extern void sha256_block_data_order(uint32_t state[WORDS], const void *bytes, size_t blocks) __attribute__((weak));

/* A message on its way. */
struct lane {
	uint32_t state[WORDS];
	const struct message *message;
	const uint8_t *next;
	size_t blocks; /* to hash from there on */
	bool ends;     /* `next` is in `end` */
	uint8_t end[2 * BLOCK];
};

static void big_endian(uint8_t *to, uint64_t value, int bytes) {
	for (int at = 0; at < bytes; at++)
		to[at] = (uint8_t)(value >> (8 * (bytes - 1 - at)));
}

/* The blocks that end a message, with its last bytes: one of them, or two (FIPS 180-4, 5.1.1). */
static size_t last_blocks(const struct message *message, uint8_t end[2 * BLOCK]) {
	size_t rest = message->size % BLOCK;
	size_t count = rest + 1 + LENGTH_FIELD > BLOCK ? 2 : 1;
	memset(end, 0, 2 * BLOCK);
	if (rest > 0)
		memcpy(end, message->bytes + message->size - rest, rest);
	end[rest] = 0x80;
	big_endian(end + count * BLOCK - LENGTH_FIELD, 8 * (uint64_t)message->size, LENGTH_FIELD);
	return count;
}

/* Whether there are blocks to hash: those at hand, then the last ones. After them it writes the hash. */
static bool has_blocks(struct lane *lane) {
	if (lane->blocks > 0)
		return true;
	if (!lane->ends) {
		lane->ends = true;
		lane->next = lane->end;
		lane->blocks = last_blocks(lane->message, lane->end);
		return true;
	}
	for (int word = 0; word < WORDS; word++)
		big_endian(lane->message->hash + 4 * word, lane->state[word], 4);
	return false;
}

static void begin(struct lane *lane, const struct message *message) {
	static const uint32_t first[WORDS] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	memcpy(lane->state, first, sizeof first);
	lane->message = message;
	lane->next = message->bytes;
	lane->blocks = message->size / BLOCK;
	lane->ends = false;
	has_blocks(lane);
}

/* Hashes as many blocks of each lane as the one with the fewest has. */
static void advance(struct lane *lanes[LANES], unsigned active) {
	struct states states;
	struct blocks given[LANES] = {{NULL, 0}};
	size_t count = INT32_MAX;
	for (unsigned at = 0; at < active; at++)
		if (lanes[at]->blocks < count)
			count = lanes[at]->blocks;
	memset(&states, 0, sizeof states);
	for (unsigned at = 0; at < active; at++) {
		given[at] = (struct blocks){lanes[at]->next, (int)count};
		for (int word = 0; word < WORDS; word++)
			states.words[word][at] = lanes[at]->state[word];
	}
	sha256_multi_block(&states, given, active > 4 ? 2 : 1);
	for (unsigned at = 0; at < active; at++) {
		for (int word = 0; word < WORDS; word++)
			lanes[at]->state[word] = states.words[word][at];
		lanes[at]->next += count * BLOCK;
		lanes[at]->blocks -= count;
	}
}

/* A lane whose message is done takes the next one. What is left at the end, too few to gain, ends one by one. */
static void side_by_side(const struct message *messages, size_t count, unsigned width) {
	struct lane room[LANES], *lanes[LANES];
	const unsigned least = width > 3 ? 3 : 2;
	unsigned active = 0;
	for (unsigned at = 0; at < width; at++)
		lanes[at] = &room[at];
	for (;;) {
		for (; active < width && count > 0; count--)
			begin(lanes[active++], messages++);
		if (active < least)
			break;
		advance(lanes, active);
		for (unsigned at = active; at-- > 0;)
			if (!has_blocks(lanes[at])) {
				struct lane *idle = lanes[at];
				lanes[at] = lanes[--active];
				lanes[active] = idle;
			}
	}
	for (unsigned at = 0; at < active; at++)
		do {
			sha256_block_data_order(lanes[at]->state, lanes[at]->next, lanes[at]->blocks);
			lanes[at]->blocks = 0;
		} while (has_blocks(lanes[at]));
}

static int longest_first(const void *a, const void *b) {
	size_t one = ((const struct message *)a)->size, other = ((const struct message *)b)->size;
	return (one < other) - (one > other);
}

bool sha256_has_lanes(void) {
	return sha256_multi_block != NULL && sha256_block_data_order != NULL;
}

static unsigned best_lanes(void) {
	unsigned eax, ebx, ecx, edx;
	if (!sha256_has_lanes() || __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0)
		return 1;
	return (ebx & bit_SHA) != 0 ? 2 : (ebx & bit_AVX2) != 0 ? LANES : 1;
}

unsigned sha256_best_lanes(void) {
	/* Asked once: a virtual machine takes long over this instruction. */
	static atomic_uint best;
	unsigned lanes = atomic_load_explicit(&best, memory_order_relaxed);
	if (lanes == 0)
		atomic_store_explicit(&best, lanes = best_lanes(), memory_order_relaxed);
	return lanes;
}

bool sha256_messages(struct message *messages, size_t count, unsigned lanes) {
	if (lanes < 2 || !sha256_has_lanes())
		return one_by_one(messages, count);
	/* The longest first, lest one of them be left alone at the end. */
	qsort(messages, count, sizeof *messages, longest_first);
	side_by_side(messages, count, lanes < LANES ? lanes : LANES);
	return true;
}
#else
bool sha256_has_lanes(void) {
	return false;
}

unsigned sha256_best_lanes(void) {
	return 1;
}

bool sha256_messages(struct message *messages, size_t count, unsigned lanes) {
	(void)lanes;
	return one_by_one(messages, count);
}
#endif
