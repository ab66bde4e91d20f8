#!/bin/sh
# Builds the native path for this machine into prebuilds/<platform>-<arch>/. Needs a C compiler and Node's headers.
set -eu
cd "$(dirname "$0")"
here=$(node -p '`${process.platform}-${process.arch}`')
headers=${NODE_HEADERS:-$(node -p 'require("node:path").resolve(process.execPath, "../../include/node")')}
if [ ! -e "$headers/node_api.h" ]; then
  echo "no node_api.h in $headers: set NODE_HEADERS to the folder of Node's headers" >&2
  exit 2
fi
compiler=${CC:-}
for name in gcc clang cc; do
  [ -n "$compiler" ] || compiler=$(command -v "$name" || true)
done
if [ -z "$compiler" ]; then
  echo "no C compiler: install gcc or clang, or name one in CC" >&2
  exit 2
fi
case $here in
  darwin-*) link='-undefined dynamic_lookup' ;;
  *) link='-Wl,-z,now -Wl,-z,relro -Wl,-z,noexecstack -Wl,--build-id=none' ;;
esac
mkdir -p "../prebuilds/$here"
# shellcheck disable=SC2086 # $link holds several options
"$compiler" -std=gnu11 -O2 -fPIC -shared -fvisibility=hidden -fstack-protector -Wall -Wextra -Wno-sign-compare \
  -Wno-unused-parameter -DNODE_GYP_MODULE_NAME=hash_gzip -DLIBDEFLATEEXPORT= \
  -I"$headers" -Ilibdeflate -Ilibdeflate/lib \
  hash-gzip.c sha256-messages.c libdeflate/lib/deflate_decompress.c libdeflate/lib/crc32.c libdeflate/lib/utils.c \
  libdeflate/lib/x86/cpu_features.c libdeflate/lib/arm/cpu_features.c \
  $link -s -o "../prebuilds/$here/hash-gzip.node"
echo "prebuilds/$here/hash-gzip.node"
