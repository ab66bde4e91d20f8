#!/bin/sh
# One nightly run: state beside the reports, metrics for node_exporter, reports kept by day. Exit code as that of verify.
set -u
trail=${1:?usage: nightly.sh <trail ARN or s3://bucket>}
case $trail in
  # An option such as --help would end with 0, and prove nothing.
  -*)
    echo "trail-verify: $0 takes a trail or a bucket, not an option" >&2
    exit 2
    ;;
esac
home=${TRAIL_VERIFY_HOME:-/var/lib/trail-verify}
metrics=${TRAIL_VERIFY_METRICS:-/var/lib/node_exporter/trail-verify.prom}
# Runs that overlap would read and write one state; the lock ends with this process.
exec 9>"$home/lock"
flock -n 9 || {
  echo "trail-verify: the run before has not ended" >&2
  exit 4
}
trail-verify verify "$trail" --state "$home/state.json" --metrics "$metrics" \
  --output "$home/reports/$(date -u +%Y%m%dT%H%M%SZ)" --also html --quiet
