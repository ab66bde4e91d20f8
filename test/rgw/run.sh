#!/bin/sh
# Runs the S3 conformance tests against Ceph's radosgw, brought up for the purpose: one monitor and one OSD that
# keeps all in memory, everything on loopback and in a temporary folder, removed again at the end.
# Needs root (or the right to run Ceph's daemons) and Debian's packages:
#   apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd ceph-common
# Exit: the tests' own status; 2 where a package is missing or a daemon does not come up.
set -eu
unset CDPATH
cd "$(dirname "$0")/../.."

for tool in radosgw radosgw-admin ceph-mon ceph-osd ceph monmaptool; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "$tool is not installed; get it with: apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd ceph-common" >&2
    exit 2
  fi
done

work=$(mktemp -d)
pids=
finish() {
  for pid in $pids; do kill -9 "$pid" 2>/dev/null || true; done
  for pid in $pids; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

give_up() {
  echo "$1" >&2
  tail -n 30 "$work"/*.log >&2 || true
  exit 2
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

mon_port=$(free_port)
rgw_port=$(free_port)
fsid=$(cat /proc/sys/kernel/random/uuid)
export CEPH_CONF="$work/ceph.conf"
mkdir -p "$work/mon" "$work/osd" "$work/run"
cat >"$CEPH_CONF" <<CONF
[global]
fsid = $fsid
mon host = [v2:127.0.0.1:$mon_port/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
run dir = $work/run
admin socket = $work/run/\$name.asok
pid file =
log file = $work/\$name.log
mon cluster log file = $work/cluster.log
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
[mon.a]
mon data = $work/mon
[osd.0]
osd data = $work/osd
osd objectstore = memstore
osd class load list = *
memstore device bytes = 1073741824
[client.rgw]
# radosgw would insist on an encrypted connection, which needs the authentication that is off here.
ms mon client mode = crc
rgw frontends = beast endpoint=127.0.0.1:$rgw_port
rgw enable usage log = false
rgw enable gc threads = false
rgw enable lc threads = false
rgw thread pool size = 32
CONF

monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_port]" "$work/monmap" >"$work/monmap.log"
ceph-mon --mkfs -i a --monmap "$work/monmap" >"$work/mon-mkfs.log" 2>&1 || give_up 'the monitor could not be made'
ceph-mon -f -i a >"$work/mon.out.log" 2>&1 &
pids="$pids $!"
timeout 60 ceph --connect-timeout 60 status >"$work/status.log" 2>&1 || give_up 'the monitor did not come up'

# The monitor ignores an OSD whose own uuid is not the one it was announced with.
osd_uuid=$(cat /proc/sys/kernel/random/uuid)
osd_id=$(ceph osd new "$osd_uuid" 2>"$work/osd-new.log") || give_up 'no OSD could be made'
[ "$osd_id" = 0 ] || give_up "the first OSD has the number $osd_id"
ceph-osd -i 0 --mkfs --osd-uuid "$osd_uuid" >"$work/osd-mkfs.log" 2>&1 || give_up 'the OSD could not be made'
ceph-osd -f -i 0 >"$work/osd.out.log" 2>&1 &
pids="$pids $!"
tries=0
until ceph osd stat 2>/dev/null | grep -q '1 up'; do
  tries=$((tries + 1))
  [ "$tries" -le 60 ] || give_up 'the OSD did not come up'
  sleep 1
done

timeout 180 radosgw-admin user create --uid=conformance --display-name=conformance \
  --access-key=conformance --secret-key=conformance-secret >"$work/user.log" 2>&1 || give_up 'radosgw-admin could not make a user'
radosgw -f -n client.rgw >"$work/rgw.out.log" 2>&1 &
pids="$pids $!"
tries=0
until node -e 'fetch(process.argv[1]).then(() => process.exit(0), () => process.exit(1))' "http://127.0.0.1:$rgw_port/"; do
  tries=$((tries + 1))
  [ "$tries" -le 120 ] || give_up 'radosgw did not come up'
  sleep 1
done

status=0
S3_CONFORMANCE_ENDPOINT="http://127.0.0.1:$rgw_port" \
S3_CONFORMANCE_ACCESS_KEY=conformance \
S3_CONFORMANCE_SECRET_KEY=conformance-secret \
  npx vitest run test/source/s3/conformance.test.ts || status=$?
exit "$status"
