#!/bin/sh
# Builds the native path for this machine into native/prebuilt/<platform>-<arch>/, or into the folder that is given.
# Needs a C compiler and Node's headers. Beside the file it writes what it was built with: the same sources and the same
# toolchain give the same bytes, in whatever folder (native/check-prebuilt.sh holds it to that).
set -eu
# It would lead cd elsewhere.
unset CDPATH
here=$(node -p '`${process.platform}-${process.arch}`')
mkdir -p "${1:-$(dirname "$0")/prebuilt/$here}"
out=$(cd "${1:-$(dirname "$0")/prebuilt/$here}" && pwd)
cd "$(dirname "$0")"
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
# What would let the machine's settings into the file: dates, language, folders of headers and libraries.
export SOURCE_DATE_EPOCH=0 LC_ALL=C
unset CPATH C_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH GCC_EXEC_PREFIX LD_RUN_PATH
# shellcheck disable=SC2086 # $link holds several options
"$compiler" -std=gnu11 -O2 -fPIC -shared -fvisibility=hidden -fstack-protector -Wall -Wextra -Wno-sign-compare \
  -Wno-unused-parameter -DNODE_GYP_MODULE_NAME=hash_gzip -DLIBDEFLATEEXPORT= -ffile-prefix-map="$PWD=." \
  -I"$headers" -Ilibdeflate -Ilibdeflate/lib \
  addon.c hash-gzip.c sha256-messages.c libdeflate/lib/deflate_decompress.c libdeflate/lib/crc32.c \
  libdeflate/lib/utils.c libdeflate/lib/x86/cpu_features.c libdeflate/lib/arm/cpu_features.c \
  $link -s -o "$out/hash-gzip.node.new"
# Moved, not written over: a process may have the old one loaded.
mv "$out/hash-gzip.node.new" "$out/hash-gzip.node"
{
  echo "compiler: $("$compiler" --version | head -n 1)"
  echo "linker: $("$("$compiler" -print-prog-name=ld)" --version 2>/dev/null | head -n 1)"
  echo "C library: $(getconf GNU_LIBC_VERSION 2>/dev/null || uname -sr)"
  echo "Node-API headers, SHA-256: $(
    cd "$headers" && cat node_api.h node_api_types.h js_native_api.h js_native_api_types.h |
      node -e 'process.stdout.write(crypto.createHash("sha256").update(fs.readFileSync(0)).digest("hex"))'
  )"
} >"$out/toolchain.txt"
echo "$out/hash-gzip.node"
