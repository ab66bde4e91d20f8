#!/bin/sh
# Runs the S3 conformance tests, and the state machines of deploy asl, against moto (pip install 'moto[server]'), and ends it again.
# Exit: the tests' own status; 2 where moto_server is missing or does not come up.
set -eu
unset CDPATH
cd "$(dirname "$0")/../.."

if ! command -v moto_server >/dev/null 2>&1; then
  echo "moto_server is not installed; get it with: pip install 'moto[server]'" >&2
  exit 2
fi

work=$(mktemp -d)
pid=
finish() {
  if [ -n "$pid" ]; then
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
moto_server -H 127.0.0.1 -p "$port" >"$work/log" 2>&1 &
pid=$!

tries=0
until node -e 'fetch(process.argv[1]).then(() => process.exit(0), () => process.exit(1))' "http://127.0.0.1:$port/moto-api/data.json"; do
  tries=$((tries + 1))
  if [ "$tries" -gt 60 ] || ! kill -0 "$pid" 2>/dev/null; then
    echo 'moto_server did not come up:' >&2
    cat "$work/log" >&2
    exit 2
  fi
  sleep 0.5
done

status=0
S3_CONFORMANCE_ENDPOINT="http://127.0.0.1:$port" \
S3_CONFORMANCE_ACCESS_KEY=moto \
S3_CONFORMANCE_SECRET_KEY=moto \
S3_CONFORMANCE_GAPS='wrong-secret=moto_server does not check signatures' \
  npx vitest run test/source/s3/conformance.test.ts || status=$?
MOTO_ENDPOINT="http://127.0.0.1:$port" npx vitest run test/moto/machine.test.ts || status=$?
exit "$status"
