/*
 * What JavaScript calls, for src/hashing/native-addon.ts:
 *
 *     hashNow(items, sidecarSuffix, maxStored, maxContent, rows) -> sidecars or undefined, on the thread that calls
 *     row, 88 bytes for each item, all zero where it is not vouched for:
 *         0 one if vouched for   8 size   16 size of the content (doubles, little-endian)
 *         24 SHA-256             56 SHA-256 of the content
 *     sidecars: Buffer or undefined for each item; undefined where no item has one
 *
 *     openNow(items, sidecarSuffix, maxStored, maxContent, rows) -> texts, on the thread that calls
 *     rows as above; texts: content and sidecar of each item by turns, undefined where there is none. What is not ASCII is not
 *     vouched for, so that no text is another one than its bytes are
 *
 *     sha256(messages, lanes) -> hashes, one behind the other: for the tests alone, so that they reach every way of
 *     hashing on any processor; undefined where several messages cannot be hashed at once
 *
 *     item: Uint8Array (the bytes of a file) or string (its path)
 */
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdlib.h>
#include <string.h>

#include "hash-gzip.h"

enum { ROW = 88 };

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
	/* No file has a zero byte in its name, and what comes before it is another name. */
	if (strlen(item->path) != length)
		item->path[0] = 0;
	return true;
}

static bool read_bound(napi_env env, napi_value value, uint64_t *bound) {
	double number;
	if (napi_get_value_double(env, value, &number) != napi_ok || !(number >= 0))
		return false;
	*bound = number < 0x1p63 ? (uint64_t)number : UINT64_MAX;
	return true;
}

/* The first four arguments. What it allocated is freed by `free_batch`, also where it returns false. */
static bool read_batch(napi_env env, const napi_value args[4], struct batch *batch) {
	uint32_t count;
	size_t length;
	if (napi_get_array_length(env, args[0], &count) != napi_ok ||
	    napi_get_value_string_utf8(env, args[1], NULL, 0, &length) != napi_ok || length >= sizeof batch->suffix ||
	    napi_get_value_string_utf8(env, args[1], batch->suffix, sizeof batch->suffix, NULL) != napi_ok ||
	    !read_bound(env, args[2], &batch->max_stored) || !read_bound(env, args[3], &batch->max_content))
		return false;
	batch->items = calloc((size_t)count + 1, sizeof *batch->items);
	batch->messages = calloc(2 * (size_t)count + 1, sizeof *batch->messages);
	if (batch->items == NULL || batch->messages == NULL)
		return false;
	for (; batch->count < count; batch->count++) {
		napi_value value;
		/* Counted first, for its path is freed even if it cannot be read. */
		struct item *item = &batch->items[batch->count];
		if (napi_get_element(env, args[0], batch->count, &value) != napi_ok || !read_item(env, value, item)) {
			free(item->path);
			return false;
		}
	}
	return true;
}

static void free_batch(struct batch *batch) {
	for (uint32_t at = 0; at < batch->count; at++) {
		free(batch->items[at].path);
		free(batch->items[at].sidecar);
	}
	free(batch->items);
	free(batch->messages);
}

static void write_double(uint8_t *to, double number) {
	uint64_t bits;
	memcpy(&bits, &number, sizeof bits);
	for (int at = 0; at < 8; at++)
		to[at] = (uint8_t)(bits >> (8 * at));
}

static void write_row(uint8_t row[ROW], const struct item *item) {
	memset(row, 0, ROW);
	if (!item->vouched)
		return;
	row[0] = 1;
	write_double(row + 8, (double)item->size);
	write_double(row + 16, (double)item->content_size);
	memcpy(row + 24, item->stored_hash, SHA256_SIZE);
	memcpy(row + 56, item->content_hash, SHA256_SIZE);
}

/* An array only where an item that is vouched for has a sidecar; NULL stands for undefined. */
static napi_value sidecars_of(napi_env env, const struct batch *batch) {
	napi_value sidecars = NULL, value;
	for (uint32_t at = 0; at < batch->count; at++) {
		const struct item *item = &batch->items[at];
		if (!item->vouched || item->sidecar == NULL)
			continue;
		if (sidecars == NULL && napi_create_array_with_length(env, batch->count, &sidecars) != napi_ok)
			return NULL;
		if (napi_create_buffer_copy(env, item->sidecar_size, item->sidecar, NULL, &value) == napi_ok)
			napi_set_element(env, sidecars, at, value);
	}
	return sidecars;
}

static napi_value hash_now(napi_env env, napi_callback_info info) {
	size_t given = 5, room;
	napi_value args[5], sidecars;
	napi_typedarray_type type;
	void *rows;
	struct batch batch = {.count = 0};
	/* The rows come last: nothing of JavaScript runs between finding and filling them. */
	if (napi_get_cb_info(env, info, &given, args, NULL, NULL) != napi_ok || given != 5 ||
	    !read_batch(env, args, &batch) ||
	    napi_get_typedarray_info(env, args[4], &type, &room, &rows, NULL, NULL) != napi_ok ||
	    type != napi_uint8_array || room < (size_t)batch.count * ROW) {
		free_batch(&batch);
		napi_throw_error(env, NULL, "the files could not be hashed");
		return NULL;
	}
	hash_items(&batch);
	for (uint32_t at = 0; at < batch.count; at++)
		write_row((uint8_t *)rows + (size_t)at * ROW, &batch.items[at]);
	sidecars = sidecars_of(env, &batch);
	free_batch(&batch);
	return sidecars;
}

static bool is_ascii(const uint8_t *bytes, size_t size) {
	uint8_t all = 0;
	for (size_t at = 0; at < size; at++)
		all |= bytes[at];
	return all < 0x80;
}

/* Where texts go. */
struct texts {
	napi_env env;
	napi_value array;
};

static bool keep_text(const struct texts *texts, uint32_t at, const uint8_t *bytes, size_t size) {
	napi_value text;
	return is_ascii(bytes, size) &&
	       napi_create_string_latin1(texts->env, (const char *)bytes, size, &text) == napi_ok &&
	       napi_set_element(texts->env, texts->array, at, text) == napi_ok;
}

static bool keep_texts(void *taker, const struct item *item, uint32_t at) {
	const struct texts *texts = taker;
	return keep_text(texts, 2 * at, item->content, item->content_size) &&
	       (item->sidecar == NULL || keep_text(texts, 2 * at + 1, item->sidecar, item->sidecar_size));
}

static napi_value open_now(napi_env env, napi_callback_info info) {
	size_t given = 5, room = 0;
	napi_value args[5];
	napi_typedarray_type type = napi_uint8_array;
	void *rows;
	struct texts texts = {.env = env};
	struct batch batch = {.take = keep_texts, .taker = &texts};
	bool sound = napi_get_cb_info(env, info, &given, args, NULL, NULL) == napi_ok && given == 5 &&
		     read_batch(env, args, &batch) &&
		     napi_create_array_with_length(env, 2 * (size_t)batch.count, &texts.array) == napi_ok;
	if (sound) {
		hash_items(&batch);
		/* The rows come last: nothing of JavaScript runs between finding and filling them. */
		sound = napi_get_typedarray_info(env, args[4], &type, &room, &rows, NULL, NULL) == napi_ok &&
			type == napi_uint8_array && room >= (size_t)batch.count * ROW;
	}
	for (uint32_t at = 0; sound && at < batch.count; at++)
		write_row((uint8_t *)rows + (size_t)at * ROW, &batch.items[at]);
	free_batch(&batch);
	if (sound)
		return texts.array;
	napi_throw_error(env, NULL, "the files could not be opened");
	return NULL;
}

static napi_value sha256(napi_env env, napi_callback_info info) {
	size_t given = 2;
	napi_value args[2], hashes = NULL;
	uint32_t count, lanes;
	void *room;
	if (napi_get_cb_info(env, info, &given, args, NULL, NULL) != napi_ok || given != 2 ||
	    napi_get_array_length(env, args[0], &count) != napi_ok ||
	    napi_get_value_uint32(env, args[1], &lanes) != napi_ok || (lanes > 1 && !sha256_has_lanes()) ||
	    napi_create_buffer(env, (size_t)count * SHA256_SIZE, &room, &hashes) != napi_ok)
		return NULL;
	struct message *messages = calloc((size_t)count + 1, sizeof *messages);
	bool sound = messages != NULL;
	for (uint32_t at = 0; sound && at < count; at++) {
		napi_value value;
		struct item item = {.path = NULL};
		sound = napi_get_element(env, args[0], at, &value) == napi_ok && read_item(env, value, &item) &&
			item.path == NULL;
		free(item.path);
		messages[at] = (struct message){item.bytes, item.size, (uint8_t *)room + (size_t)at * SHA256_SIZE};
	}
	sound = sound && sha256_messages(messages, count, lanes);
	free(messages);
	return sound ? hashes : NULL;
}

static void leave_thread(napi_env env, void *data, void *hint) {
	(void)env, (void)data, (void)hint;
	free_thread_memory();
}

static void add(napi_env env, napi_value exports, const char *name, napi_callback call) {
	napi_value function;
	if (napi_create_function(env, name, NAPI_AUTO_LENGTH, call, NULL, &function) == napi_ok)
		napi_set_named_property(env, exports, name, function);
}

NAPI_MODULE_INIT() {
	add(env, exports, "hashNow", hash_now);
	add(env, exports, "openNow", open_now);
	add(env, exports, "sha256", sha256);
	/* A worker's thread ends with its environment: what `hashNow` kept for it is of no use then. */
	napi_set_instance_data(env, NULL, leave_thread, NULL);
	return exports;
}
