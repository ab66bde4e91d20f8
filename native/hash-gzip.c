/*
 * Hashes gzip files on the threads of libuv's pool: libdeflate inflates, the OpenSSL that Node carries hashes.
 *
 * It vouches only for what is beyond doubt: one member with a bare header, a stream that ends exactly at the
 * trailer, CRC-32 and length right, within both bounds. Of everything else it says nothing, and the JavaScript
 * beside it judges: so no verdict depends on which of the two was there.
 *
 *     hashBatch(items, sidecarSuffix, maxStored, maxContent) -> Promise<results>
 *     item: Uint8Array (the bytes of a file) or string (its path)
 *     result: undefined (not vouched for) or [size, sha256, contentSize, contentSha256, sidecar | undefined]
 */
#define NAPI_VERSION 8
#include <fcntl.h>
#include <node_api.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libdeflate.h"
#include "sha256-messages.h"

enum { HASH = SHA256_SIZE, FIXED_HEADER = 10, TRAILER = 8, LONGEST_SIDECAR = 64 * 1024 };
/* Deflate cannot expand by more. */
static const uint64_t MAX_EXPANSION = 1032;
/* What a thread keeps between files; a larger buffer is freed at once. */
static const size_t LARGEST_KEPT = 32u << 20;
/* Room for files that are hashed together; one that is larger has the buffer for itself. */
static const size_t ROOM_TOGETHER = 8u << 20;
/* Contents from here on lie in a room of their own, for several of them to be hashed together; so many batches may have one. */
static const size_t LARGE = 1u << 20, ROOM_FOR_LARGE = 128u << 20;
static const int MOST_LARGE_ROOMS = 3;
static atomic_int large_rooms;

/* Holds several files, one behind the other. */
struct buffer {
	uint8_t *bytes;
	size_t capacity, used;
};

/* What one thread works with; the pool's threads live as long as the process. */
static __thread struct buffer stored_buffer, content_buffer;
/* Kept for no longer than a batch. */
static __thread struct buffer large_buffer;
static __thread struct libdeflate_decompressor *decompressor;

struct item {
	char *path; /* or: */
	const uint8_t *bytes;
	size_t size;
	bool vouched;
	const uint8_t *content; /* until it was hashed */
	size_t content_size;
	uint8_t stored_hash[HASH], content_hash[HASH];
	uint8_t *sidecar;
	size_t sidecar_size;
};

struct batch {
	napi_async_work work;
	napi_deferred deferred;
	napi_ref items_ref; /* keeps the bytes alive */
	uint32_t count;
	uint64_t max_stored, max_content;
	char suffix[64];
	/* Inflated and not yet hashed are the items from the first of these to before the second. */
	uint32_t hashed, inflated;
	struct message *messages; /* room for two of each item */
	struct item items[];
};

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
	bool hashed = sha256_messages(batch->messages, count);
	for (; batch->hashed < batch->inflated; batch->hashed++) {
		struct item *item = &batch->items[batch->hashed];
		item->vouched = hashed && item->content != NULL;
		item->content = NULL;
	}
	content_buffer.used = 0;
	large_buffer.used = 0;
}

static bool has_room(const struct buffer *buffer, size_t size) {
	return buffer->bytes != NULL && buffer->capacity - buffer->used >= size;
}

/* Room for `size` bytes in a buffer of which nothing is in use. */
static bool reserve(struct buffer *buffer, size_t size) {
	buffer->used = 0;
	if (size < ROOM_TOGETHER)
		size = ROOM_TOGETHER;
	if (buffer->capacity >= size)
		return true;
	free(buffer->bytes);
	/* A little more, so that files of nearly one size do not each take memory anew. */
	size_t capacity = size < LARGEST_KEPT / 2 ? size + size / 2 : size;
	buffer->bytes = malloc(capacity);
	buffer->capacity = buffer->bytes == NULL ? 0 : capacity;
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
	bool large = length >= LARGE && length <= ROOM_FOR_LARGE / 3 && batch->count > 1 && sha256_gains_together();
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

static void execute(napi_env env, void *data) {
	struct batch *batch = data;
	bool together = sha256_gains_together();
	(void)env;
	for (; batch->inflated < batch->count; batch->inflated++) {
		struct item *item = &batch->items[batch->inflated];
		if (!together) {
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

static napi_value hex(napi_env env, const uint8_t *hash) {
	static const char digits[] = "0123456789abcdef";
	char text[2 * HASH];
	napi_value value;
	for (int at = 0; at < HASH; at++) {
		text[2 * at] = digits[hash[at] >> 4];
		text[2 * at + 1] = digits[hash[at] & 15];
	}
	return napi_create_string_latin1(env, text, sizeof text, &value) == napi_ok ? value : NULL;
}

static napi_value result_of(napi_env env, const struct item *item) {
	napi_value result, value;
	if (!item->vouched || napi_create_array_with_length(env, 5, &result) != napi_ok)
		return NULL;
	napi_create_double(env, (double)item->size, &value);
	napi_set_element(env, result, 0, value);
	napi_set_element(env, result, 1, hex(env, item->stored_hash));
	napi_create_double(env, (double)item->content_size, &value);
	napi_set_element(env, result, 2, value);
	napi_set_element(env, result, 3, hex(env, item->content_hash));
	if (item->sidecar != NULL &&
	    napi_create_buffer_copy(env, item->sidecar_size, item->sidecar, NULL, &value) == napi_ok)
		napi_set_element(env, result, 4, value);
	return result;
}

static void release(napi_env env, struct batch *batch) {
	for (uint32_t at = 0; at < batch->count; at++) {
		free(batch->items[at].path);
		free(batch->items[at].sidecar);
	}
	free(batch->messages);
	if (batch->items_ref != NULL)
		napi_delete_reference(env, batch->items_ref);
	if (batch->work != NULL)
		napi_delete_async_work(env, batch->work);
	free(batch);
}

static void complete(napi_env env, napi_status status, void *data) {
	struct batch *batch = data;
	napi_value results;
	napi_create_array_with_length(env, batch->count, &results);
	for (uint32_t at = 0; status == napi_ok && at < batch->count; at++) {
		napi_value result = result_of(env, &batch->items[at]);
		if (result != NULL)
			napi_set_element(env, results, at, result);
	}
	napi_resolve_deferred(env, batch->deferred, results);
	release(env, batch);
}

static bool read_item(napi_env env, napi_value value, struct item *item) {
	bool is_array;
	if (napi_is_typedarray(env, value, &is_array) != napi_ok)
		return false;
	if (is_array) {
		napi_typedarray_type type;
		void *bytes;
		if (napi_get_typedarray_info(env, value, &type, &item->size, &bytes, NULL, NULL) != napi_ok)
			return false;
		item->bytes = bytes;
		return type == napi_uint8_array;
	}
	size_t length;
	if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok)
		return false;
	item->path = malloc(length + 1);
	if (item->path == NULL || napi_get_value_string_utf8(env, value, item->path, length + 1, NULL) != napi_ok)
		return false;
	/* No file has a zero byte in its name, and what stands before it is another name. */
	if (strlen(item->path) != length)
		item->path[0] = 0;
	return true;
}

static napi_value hash_batch(napi_env env, napi_callback_info info) {
	size_t given = 4, suffix_length;
	napi_value args[4], promise, name;
	uint32_t count = 0;
	double max_stored, max_content;
	struct batch *batch = NULL;
	if (napi_get_cb_info(env, info, &given, args, NULL, NULL) != napi_ok || given != 4 ||
	    napi_get_array_length(env, args[0], &count) != napi_ok ||
	    napi_get_value_double(env, args[2], &max_stored) != napi_ok ||
	    napi_get_value_double(env, args[3], &max_content) != napi_ok ||
	    (batch = calloc(1, sizeof *batch + count * sizeof batch->items[0])) == NULL)
		goto fail;
	batch->count = count;
	if ((batch->messages = malloc((2 * (size_t)count + 1) * sizeof *batch->messages)) == NULL)
		goto fail;
	batch->max_stored = (uint64_t)max_stored;
	batch->max_content = (uint64_t)max_content;
	if (napi_get_value_string_utf8(env, args[1], batch->suffix, sizeof batch->suffix, &suffix_length) != napi_ok ||
	    napi_create_reference(env, args[0], 1, &batch->items_ref) != napi_ok)
		goto fail;
	for (uint32_t at = 0; at < count; at++) {
		napi_value value;
		if (napi_get_element(env, args[0], at, &value) != napi_ok ||
		    !read_item(env, value, &batch->items[at]))
			goto fail;
	}
	if (napi_create_string_latin1(env, "trail-verify", NAPI_AUTO_LENGTH, &name) != napi_ok ||
	    napi_create_async_work(env, NULL, name, execute, complete, batch, &batch->work) != napi_ok ||
	    napi_create_promise(env, &batch->deferred, &promise) != napi_ok)
		goto fail;
	if (napi_queue_async_work(env, batch->work) == napi_ok)
		return promise;
fail:
	if (batch != NULL)
		release(env, batch);
	napi_throw_error(env, NULL, "the files could not be handed to a thread");
	return NULL;
}

NAPI_MODULE_INIT() {
	napi_value function;
	if (napi_create_function(env, "hashBatch", NAPI_AUTO_LENGTH, hash_batch, NULL, &function) == napi_ok)
		napi_set_named_property(env, exports, "hashBatch", function);
	return exports;
}
