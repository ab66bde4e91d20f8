#!/bin/sh
# Whether the native file in the repository is what its sources give: builds it twice, in folders of different names, and
# compares. With another toolchain than that of native/prebuilt/<platform>-<arch>/toolchain.txt it compares the two builds
# alone, and says so. Exit code 1: something differs.
set -eu
# It would lead cd elsewhere.
unset CDPATH
cd "$(dirname "$0")"
committed=prebuilt/$(node -p '`${process.platform}-${process.arch}`')
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for name in one 'another, longer name'; do
  mkdir -p "$scratch/$name"
  cp -R ./*.c ./*.h build.sh libdeflate "$scratch/$name"
  if ! sh "$scratch/$name/build.sh" "$scratch/$name/built" >"$scratch/log" 2>&1; then
    # 2 is said where something is not there to build with.
    grep -E '^no (C compiler|node_api.h)' "$scratch/log" || { cat "$scratch/log"; exit 1; }
    echo "not compared: nothing here builds it"
    exit 0
  fi
done
first=$scratch/one/built
if ! cmp "$first/hash-gzip.node" "$scratch/another, longer name/built/hash-gzip.node"; then
  echo "two builds in different folders differ"
  exit 1
fi
echo "two builds in different folders are equal"
if [ ! -e "$committed/hash-gzip.node" ]; then
  echo "not compared with a file of the repository: it has none for this platform"
elif ! cmp -s "$committed/toolchain.txt" "$first/toolchain.txt"; then
  echo "not compared with the file of the repository: it was built with another toolchain (<) than is here (>)"
  diff "$committed/toolchain.txt" "$first/toolchain.txt" || true
elif cmp "$committed/hash-gzip.node" "$first/hash-gzip.node"; then
  echo "the file of the repository is what its sources give"
else
  echo "the file of the repository is not what its sources give: run npm run build:native and commit what it writes"
  exit 1
fi
