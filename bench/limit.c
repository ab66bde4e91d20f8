/*
 * What the machine can do: reads, inflates and hashes the files of a list, each line "<path> <sha256>", with libdeflate
 * and OpenSSL on a number of threads, and compares the hashes. No listing, no digests, no report.
 *
 *     gcc -O2 -march=native -o limit limit.c -ldeflate -lcrypto -lpthread && ./limit list.txt 2
 */
#include <fcntl.h>
#include <libdeflate.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char **paths;
static char **hashes;
static size_t count;
static atomic_size_t next;
static atomic_size_t agreed;

static void fail(const char *what, const char *path) {
  fprintf(stderr, "%s: %s\n", what, path);
  exit(1);
}

static void *reserve(void *buffer, size_t *size, size_t wanted) {
  if (wanted <= *size) return buffer;
  free(buffer);
  *size = wanted;
  buffer = malloc(wanted);
  if (buffer == NULL) fail("out of memory", "");
  return buffer;
}

static void *work(void *unused) {
  (void)unused;
  struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
  EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  unsigned char *file = NULL, *content = NULL;
  size_t file_size = 0, content_size = 0;
  for (size_t at; (at = atomic_fetch_add(&next, 1)) < count;) {
    const char *path = paths[at];
    int handle = open(path, O_RDONLY);
    struct stat status;
    if (handle < 0 || fstat(handle, &status) != 0) fail("cannot open", path);
    size_t size = (size_t)status.st_size;
    file = reserve(file, &file_size, size);
    for (size_t filled = 0; filled < size;) {
      ssize_t got = read(handle, file + filled, size - filled);
      if (got <= 0) fail("cannot read", path);
      filled += (size_t)got;
    }
    close(handle);
    if (size < 18) fail("too short", path);
    const unsigned char *end = file + size - 4;
    size_t length = end[0] | end[1] << 8 | end[2] << 16 | (size_t)end[3] << 24;
    content = reserve(content, &content_size, length == 0 ? 1 : length);
    size_t inflated = 0;
    if (libdeflate_gzip_decompress(inflater, file, size, content, length, &inflated) != LIBDEFLATE_SUCCESS)
      fail("cannot inflate", path);
    unsigned char digest[32];
    char text[65];
    EVP_DigestInit_ex(context, sha256, NULL);
    EVP_DigestUpdate(context, content, inflated);
    EVP_DigestFinal_ex(context, digest, NULL);
    for (int byte = 0; byte < 32; byte++) sprintf(text + 2 * byte, "%02x", digest[byte]);
    if (strcmp(text, hashes[at]) != 0) fail("does not agree", path);
    atomic_fetch_add(&agreed, 1);
  }
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: limit <list> <threads>\n");
    return 2;
  }
  FILE *list = fopen(argv[1], "r");
  if (list == NULL) fail("cannot open", argv[1]);
  size_t room = 0;
  char line[4096];
  while (fgets(line, sizeof line, list) != NULL) {
    char *space = strrchr(line, ' ');
    if (space == NULL) fail("not a line of a list", line);
    if (count == room) {
      room = room == 0 ? 1024 : 2 * room;
      paths = realloc(paths, room * sizeof *paths);
      hashes = realloc(hashes, room * sizeof *hashes);
    }
    *space = '\0';
    space[1 + strcspn(space + 1, "\n")] = '\0';
    paths[count] = strdup(line);
    hashes[count++] = strdup(space + 1);
  }
  fclose(list);
  int threads = atoi(argv[2]);
  pthread_t running[256];
  if (threads < 1 || threads > 256) fail("not a number of threads", argv[2]);
  for (int at = 0; at < threads; at++) pthread_create(&running[at], NULL, work, NULL);
  for (int at = 0; at < threads; at++) pthread_join(running[at], NULL);
  printf("%zu files agree\n", (size_t)agreed);
  return 0;
}
