/* The core of the addon; see the header for what it promises. */
#include "hash-gzip.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libdeflate.h"

enum { FIXED_HEADER = 10, TRAILER = 8, LONGEST_SIDECAR = 64 * 1024 };
/* Deflate cannot expand by more. */
static const uint64_t MAX_EXPANSION = 1032;
/* What a thread keeps between files; a larger buffer is freed at once. */
static const size_t LARGEST_KEPT = 32u << 20;
/* Room for files that are hashed together; one that is larger has the buffer for itself. */
static const size_t ROOM_TOGETHER = 8u << 20;
/* Contents that are hashed two at a time gather up to here, so that they are still in a near cache. */
static const size_t NEAR_CACHE = 512u << 10;
/* Contents from here on, where many are hashed at once, have a room of their own; so many batches may have one. */
static const size_t LARGE = 1u << 20, ROOM_FOR_LARGE = 128u << 20;
static const int MOST_LARGE_ROOMS = 3;
static atomic_int large_rooms;

/* Holds several files, one behind the other. */
struct buffer {
	uint8_t *bytes;
	size_t capacity, used;
};

/* What a thread works with, kept from one batch to the next. */
static __thread struct buffer stored_buffer, content_buffer;
static __thread struct libdeflate_decompressor *decompressor;
/* Kept for no longer than a batch. */
static __thread struct buffer large_buffer;

/* Hashes what was inflated; the buffers hold nothing of use then, but what is read for the item at hand. */
static void hash_inflated(struct batch *batch) {
	size_t count = 0;
	for (uint32_t at = batch->hashed; at < batch->inflated; at++) {
		struct item *item = &batch->items[at];
		if (item->content == NULL)
			continue;
		batch->messages[count++] = (struct message){item->bytes, item->size, item->stored_hash};
		batch->messages[count++] = (struct message){item->content, item->content_size, item->content_hash};
	}
	bool hashed = sha256_messages(batch->messages, count, sha256_best_lanes());
	for (; batch->hashed < batch->inflated; batch->hashed++) {
		struct item *item = &batch->items[batch->hashed];
		item->vouched = hashed && item->content != NULL &&
				(batch->take == NULL || batch->take(batch->taker, item, batch->hashed));
		item->content = NULL;
	}
	content_buffer.used = 0;
	large_buffer.used = 0;
}

static bool has_room(const struct buffer *buffer, size_t size) {
	return buffer->bytes != NULL && buffer->capacity - buffer->used >= size;
}

/* Room for `size` bytes in a buffer of which nothing is in use, and as much again while that may be kept: files come in pairs. */
static bool reserve(struct buffer *buffer, size_t size) {
	buffer->used = 0;
	size_t wanted = size < LARGEST_KEPT / 2 ? 2 * size : size;
	if (wanted < ROOM_TOGETHER)
		wanted = ROOM_TOGETHER;
	if (buffer->capacity >= wanted)
		return true;
	free(buffer->bytes);
	buffer->bytes = malloc(wanted);
	buffer->capacity = buffer->bytes == NULL ? 0 : wanted;
	return buffer->bytes != NULL;
}

static void trim(struct buffer *buffer) {
	buffer->used = 0;
	if (buffer->capacity <= LARGEST_KEPT)
		return;
	free(buffer->bytes);
	buffer->bytes = NULL;
	buffer->capacity = 0;
}

static int open_file(const char *path) {
	/* Never follows a link in the last place, and never waits for the other end of a named pipe. */
	return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* By its number: the wrapper in new C libraries has a name that old ones lack. */
static bool regular_size(int file, uint64_t *size) {
	struct stat status;
	if (syscall(SYS_fstat, file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0)
		return false;
	*size = (uint64_t)status.st_size;
	return true;
}

static bool read_whole(int file, uint8_t *bytes, size_t size) {
	for (size_t filled = 0; filled < size;) {
		ssize_t got = read(file, bytes + filled, size - filled);
		if (got <= 0)
			return false;
		filled += (size_t)got;
	}
	return true;
}

static bool reserve_stored(struct batch *batch, size_t size) {
	if (has_room(&stored_buffer, size))
		return true;
	hash_inflated(batch);
	return reserve(&stored_buffer, size);
}

static bool read_stored(struct batch *batch, struct item *item) {
	uint64_t size;
	int file = open_file(item->path);
	if (file < 0)
		return false;
	bool read = regular_size(file, &size) && size <= batch->max_stored && reserve_stored(batch, size) &&
		    read_whole(file, stored_buffer.bytes + stored_buffer.used, size);
	close(file);
	if (!read)
		return false;
	item->bytes = stored_buffer.bytes + stored_buffer.used;
	item->size = size;
	stored_buffer.used += size;
	return true;
}

/* True where there is no sidecar, or it was read. */
static bool read_sidecar(struct item *item, const char *suffix) {
	uint64_t size;
	size_t length = strlen(item->path);
	char path[4096];
	if (suffix[0] == 0)
		return true;
	if (length + strlen(suffix) >= sizeof path)
		return false;
	memcpy(path, item->path, length);
	strcpy(path + length, suffix);
	if (access(path, F_OK) != 0)
		return true;
	int file = open_file(path);
	if (file < 0)
		return false;
	bool read = regular_size(file, &size) && size <= LONGEST_SIDECAR;
	if (read) {
		item->sidecar = malloc(size + 1);
		item->sidecar_size = size;
		read = item->sidecar != NULL && read_whole(file, item->sidecar, size);
	}
	close(file);
	return read;
}

static uint32_t little_endian(const uint8_t *at) {
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool has_large_room(void) {
	if (large_buffer.bytes != NULL)
		return true;
	if (atomic_fetch_add(&large_rooms, 1) < MOST_LARGE_ROOMS)
		large_buffer = (struct buffer){malloc(ROOM_FOR_LARGE), ROOM_FOR_LARGE, 0};
	if (large_buffer.bytes == NULL)
		atomic_fetch_sub(&large_rooms, 1);
	return large_buffer.bytes != NULL;
}

static void leave_large_room(void) {
	if (large_buffer.bytes == NULL)
		return;
	free(large_buffer.bytes);
	large_buffer = (struct buffer){NULL, 0, 0};
	atomic_fetch_sub(&large_rooms, 1);
}

/* Where content of this length is to go; NULL for want of memory. */
static struct buffer *reserve_content(struct batch *batch, size_t length) {
	bool large = length >= LARGE && length <= ROOM_FOR_LARGE / 3 && batch->count > 1 && sha256_best_lanes() > 2;
	struct buffer *buffer = large && has_large_room() ? &large_buffer : &content_buffer;
	if (has_room(buffer, length))
		return buffer;
	hash_inflated(batch);
	return has_room(buffer, length) || reserve(buffer, length) ? buffer : NULL;
}

/* Whether the file is one whole, plain gzip member; its content lies in the buffer then. */
static bool inflate(struct batch *batch, struct item *item) {
	static const uint8_t bare_header[4] = {0x1f, 0x8b, 8, 0};
	const uint8_t *file = item->bytes;
	size_t size = item->size, consumed, written;
	if (size < FIXED_HEADER + TRAILER || size > batch->max_stored ||
	    memcmp(file, bare_header, sizeof bare_header) != 0)
		return false;
	/* The length it states decides how much is taken for it, so it is bounded first. */
	size_t length = little_endian(file + size - 4);
	if (length > batch->max_content || length > MAX_EXPANSION * size)
		return false;
	struct buffer *buffer = reserve_content(batch, length);
	if (buffer == NULL)
		return false;
	if (decompressor == NULL && (decompressor = libdeflate_alloc_decompressor()) == NULL)
		return false;
	size_t deflated = size - FIXED_HEADER - TRAILER;
	uint8_t *content = buffer->bytes + buffer->used;
	if (libdeflate_deflate_decompress_ex(decompressor, file + FIXED_HEADER, deflated, content, length, &consumed,
					     &written) != LIBDEFLATE_SUCCESS)
		return false;
	if (consumed != deflated || written != length ||
	    libdeflate_crc32(0, content, length) != little_endian(file + size - TRAILER))
		return false;
	item->content = content;
	item->content_size = length;
	buffer->used += length;
	return true;
}

/* One after the other they are hashed while the nearest cache holds them, in pairs soon, many at once when there is no more room. */
static bool is_time_to_hash(const struct batch *batch) {
	unsigned lanes = sha256_best_lanes();
	if (lanes > 2)
		return false;
	return lanes < 2 || ((batch->inflated - batch->hashed) % 2 == 0 && content_buffer.used >= NEAR_CACHE);
}

void hash_items(struct batch *batch) {
	stored_buffer.used = 0;
	for (; batch->inflated < batch->count; batch->inflated++) {
		struct item *item = &batch->items[batch->inflated];
		if (is_time_to_hash(batch)) {
			hash_inflated(batch);
			stored_buffer.used = 0;
		}
		if (item->path != NULL && (!read_stored(batch, item) || !read_sidecar(item, batch->suffix)))
			continue;
		inflate(batch, item);
	}
	hash_inflated(batch);
	trim(&stored_buffer);
	trim(&content_buffer);
	leave_large_room();
}

void free_thread_memory(void) {
	free(stored_buffer.bytes);
	free(content_buffer.bytes);
	stored_buffer = content_buffer = (struct buffer){NULL, 0, 0};
	libdeflate_free_decompressor(decompressor);
	decompressor = NULL;
}
