#!/bin/sh
# Checks an evidence bag of trail-verify with a POSIX shell and openssl alone.
#
#   sh verify.sh [SIGNER.pem|- [TSA-CA.pem|- [BAG]]]
#
#   SIGNER.pem  the certificate of whoever signed the report, or of the authority that issued it
#   TSA-CA.pem  the authority of the timestamp (default: SIGNER.pem)
#   BAG         the folder of the bag (default: this one)
#
# Get both certificates from elsewhere than the bag, and this script too: whoever can change a bag can change all of it.
# Needs openssl (3.0 was tried) and gzip, od, sed, tr, cut, grep, sort, uniq, comm, find, xargs, tail, wc; uses sha256sum
# or shasum where there is one, and head -c to end what inflates beyond all bounds. Writes nothing into the bag.
# The texts and renderings around the evidence are not signed: it names them, trail-verify evidence verify makes them anew.
# The last line begins with GENUINE, REFUSED or UNPROVEN. Exit code: GENUINE 0 where the report says VALID, 1 INVALID,
# 3 INCONCLUSIVE; UNPROVEN 3, REFUSED 5; 2 wrong use. VERIFY.md says what each means.

set -uf +aCex
# What the environment may say that would change what this does: where cd goes, how words part, functions in place of commands,
# and options, configurations and libraries of the tools.
unset IFS CDPATH ENV BASH_ENV POSIXLY_CORRECT _POSIX2_VERSION GREP_OPTIONS GREP_COLOR GREP_COLORS GZIP
unset OPENSSL_CONF OPENSSL_CONF_INCLUDE OPENSSL_MODULES OPENSSL_ENGINES PERL5OPT PERL5LIB PERLLIB PERL5DB
for name in cat cd comm command cut date find grep gzip head mkdir od openssl printf rm sed sha256sum shasum sort tail tr uniq wc xargs; do
  unset -f $name 2>/dev/null || :
done
# Commands come from absolute folders alone: inside the bag, any other would be one of the bag's.
IFS=:
folders=
for folder in ${PATH:-}; do
  case $folder in /*) folders=$folders${folders:+:}$folder ;; esac
done
unset IFS
PATH=${folders:-/usr/bin:/bin}
LC_ALL=C
export PATH LC_ALL
umask 077
tab=$(printf '\t')
blanks=$(printf ' \t\r')
newline='
'
refused=0
unproven=0

# Nothing that a bag holds may reach the terminal as it is. What has these characters alone needs no process to clean it.
say() {
  case "$*" in
    *[!A-Za-z0-9\ .,:\;\(\)\'/_=+@%~-]*) ;;
    *) printf '%s\n' "$*" 2>/dev/null && return ;;
  esac
  printf '%s\n' "$*" | tr -cd '\n\40-\176'
}
# Where nobody reads what is said, the check goes on to its end all the same.
trap : PIPE
ok() { say "OK    $*"; }
note() { say "NOTE  $*"; }
fail() { say "FAIL  $*"; refused=1; }
skip() { say "SKIP  $*"; unproven=1; }
each() { while IFS= read -r line; do fail "$1: $line"; done < "$2"; }
wrong_use() { say "verify.sh: $*" >&2; exit 2; }

signer=${1:--}
authority=${2:--}
bag=${3:-.}
for file in "$signer" "$authority"; do
  [ "$file" = - ] || { [ -f "$file" ] && [ -r "$file" ]; } || wrong_use "cannot read $file"
  [ "$file" = - ] || [ -z "$(find -H "$file" -size +1048576c 2>/dev/null)" ] || wrong_use "$file is larger than any certificate"
  [ "$file" = - ] || grep -q 'BEGIN CERTIFICATE' < "$file" || wrong_use "$file holds no certificate in PEM"
done
case $signer in -|/*) ;; *) signer=$PWD/$signer ;; esac
case $authority in -|/*) ;; *) authority=$PWD/$authority ;; esac
case $bag in -*) bag=./$bag ;; esac
cd "$bag" >/dev/null 2>&1 || wrong_use "there is no folder $bag"
[ -f report.json ] || [ -f manifest-sha256.txt ] || wrong_use "$bag is no evidence bag"

# Before anything is read: what has another kind, a size beyond all bounds or a name that no bag has ends the check. A pipe would
# be waited for without an end, and a name may be an option or two lines.
refuse_at_once() { say "FAIL  $1"; say "REFUSED: this bag is not what a trusted signer signed, or contradicts itself"; exit 5; }
first_of() { find . "$@" 2>/dev/null | sed -n 1p | cut -c1-500; }
# Whether there is a file in the folder $1: an empty one is nothing, as the manifests name files alone
has_files() { [ -n "$(first_of -path "./$1/*" -type f)" ]; }
stop_at() {
  what=$1
  shift
  first=$(first_of "$@")
  [ -z "$first" ] || refuse_at_once "$what: $first"
}
# Gives the command $1 each thing that ends the check: what it is, and the tests of find that it fits
each_end() {
  $1 'neither a file nor a folder' ! -type d ! -type f
  $1 'a name that no bag has' -name '*[!A-Za-z0-9._=+@%~-]*'
  $1 'a name that no bag has' -name '-*'
  $1 'a name that no bag has' -name '?*' ! -name '*[!.]*' ! -name .
  $1 'larger than any digest or signature' -path './data/digests/*' -type f -size +33554432c
  $1 'larger than any signature of a digest' -path './data/digests/*.sig' -type f -size +1024c
  $1 'larger than any key' -path './data/keys/*' -type f -size +65536c
  $1 'larger than any log file' -path './data/logs/*' -type f -size +67108864c
  $1 'larger than any sign file' -path './data/lake/*' -name 'result_sign*' -type f -size +4194304c
  $1 'larger than any signature of query results' -path './data/lake/*.sig' -type f -size +1024c
  $1 'larger than any report' -name 'report.json' -type f -size +268435456c
  $1 'larger than any signature' -name 'report.json.*' -type f -size +4194304c
  $1 'larger than any corroboration' -name 'corroboration.json' -type f -size +268435456c
  $1 'larger than any signature' -name 'corroboration.json.*' -type f -size +4194304c
  $1 'larger than any statement' -name 'report.sigstore.json' -type f -size +1048576c
  $1 'larger than any declaration' -name 'bagit.txt' -type f -size +1024c
  $1 'larger than any file of a bag' -type f -size +4294967296c
}
# One search for all of them as a rule: one that finds something, or fails, leaves it to a search for each.
tests=
add_tests() { shift; tests="$tests${tests:+ -o }$*"; }
each_end add_tests
# shellcheck disable=SC2086
[ -z "$({ find . $tests 2>/dev/null || printf failed; } | sed -n 1p)" ] || each_end stop_at
find . -type d > /dev/null 2>&1 || refuse_at_once 'a folder that cannot be read'

# Process numbers come again, and a run that was killed leaves its folder: another name is taken then.
place=${TMPDIR:-/tmp}/verify-bag-$$
work=
for suffix in '' -1 -2 -3 -4 -5 -6 -7 -8 -9; do
  mkdir "$place$suffix" 2>/dev/null || continue
  work=$place$suffix
  break
done
[ -n "$work" ] || wrong_use "cannot make the folder $place"
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
# Only the certificates given are trusted, never those that the machine trusts for other purposes.
SSL_CERT_FILE=$work/none
SSL_CERT_DIR=$work/none
export SSL_CERT_FILE SSL_CERT_DIR

have_openssl=yes
command -v openssl >/dev/null 2>&1 || have_openssl=no
if command -v sha256sum >/dev/null 2>&1; then hash_with='sha256sum'
elif command -v shasum >/dev/null 2>&1; then hash_with='shasum -a 256'
elif [ $have_openssl = yes ]; then hash_with='openssl dgst -sha256 -r'
else hash_with=; fi
# These leave their result in a variable: of a process for each, thousands of files would be too many.
hash_of() { hash=$($hash_with < "$1"); hash=${hash%% *}; }
hex_of() {
  # shellcheck disable=SC2046
  set -- $(od -An -v -tx1 < "$1")
  IFS=
  hex="$*"
  unset IFS
}
# What a file holds; one that whatever copied it has inflated (it does not begin as gzip does) is its own content.
content_of() {
  gzip -dc < "$1" 2>/dev/null || case $(od -An -tx1 -N1 < "$1") in *1f*) ;; *) cat < "$1" ;; esac
}
lower_of() { lower=$1; case $1 in *[A-F]*) lower=$(printf '%s' "$1" | tr 'A-F' 'a-f') ;; esac; }

# "Nov 20 12:06:52 2026 GMT" as seconds since 1970
epoch_of() {
  # shellcheck disable=SC2086
  set -- $1
  [ $# -ge 4 ] || return
  month=1
  for name in Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec; do
    [ "$1" = "$name" ] && break
    month=$((month + 1))
  done
  clock=${3%%.*}
  hour=${clock%%:*} rest=${clock#*:}
  minute=${rest%%:*} second=${rest#*:}
  late=$(((14 - month) / 12))
  year=$(($4 + 4800 - late))
  days=$(($2 + (153 * (month + 12 * late - 3) + 2) / 5 + 365 * year + year / 4 - year / 100 + year / 400 - 2472633))
  printf '%s' $((days * 86400 + ${hour#0} * 3600 + ${minute#0} * 60 + ${second#0}))
}

# Lines "hash  path" of a manifest $1 whose paths fit $2, plain, into $3; compare_files takes the paths alone
read_manifest() {
  : > "$3"
  : > "$work/named"
  plain=yes
  if [ ! -f "$1" ]; then fail "there is no $1"; return; fi
  if [ -n "$(tail -c 1 "$1")" ] || grep -q -v "^[0-9a-f]\{64\}  $2\$" "$1"; then plain=no; fail "$1 has a line that is none"; fi
  if grep -q -e '/\.\{1,2\}/' -e '/\.\{1,2\}$' -e '//' "$1"; then plain=no; fail "$1 has a path that leads elsewhere"; fi
  if grep -q % "$1"; then
    plain=no
    if sed 's/%25//g' "$1" | grep -q %; then fail "$1 has a path that is wrongly encoded"; fi
  fi
  if [ $plain = yes ]; then sort "$1" > "$3"
  else grep "^[0-9a-f]\{64\}  $2\$" "$1" | grep -v -e '/\.\{1,2\}/' -e '/\.\{1,2\}$' | sed 's/%25/%/g' | sort > "$3"; fi
  cut -c67- "$3" | sort > "$work/named"
  uniq -d "$work/named" > "$work/twice"
  each "$1 names a file twice" "$work/twice"
}

# Holds files against the manifest read last: lines $1, files found $2, what they are $3
compare_files() {
  sort "$2" > "$work/found"
  : > "$work/extra"
  : > "$work/missing"
  : > "$work/changed"
  both=$work/found
  comm -3 "$work/named" "$work/found" > "$work/unlike"
  if [ -s "$work/unlike" ]; then
    comm -13 "$work/named" "$work/found" > "$work/extra"
    comm -23 "$work/named" "$work/found" > "$work/missing"
    both=$work/both
    comm -12 "$work/named" "$work/found" > "$both"
  fi
  each "$3 that the manifest does not name" "$work/extra"
  each "$3 missing" "$work/missing"
  if [ -z "$hash_with" ]; then skip "$3: there is nothing to hash with"; return; fi
  : > "$work/hashed"
  if [ -s "$work/named" ]; then
    # shellcheck disable=SC2086
    xargs $hash_with < "$both" 2>/dev/null | sed 's/^\(.\{64\}\) [ *]/\1  /' | sort > "$work/hashed"
  fi
  comm -23 "$1" "$work/hashed" > "$work/unlike"
  [ ! -s "$work/unlike" ] || cut -c67- "$work/unlike" | sort | comm -12 - "$work/found" > "$work/changed"
  each "$3 changed" "$work/changed"
  if [ ! -s "$work/extra" ] && [ ! -s "$work/missing" ] && [ ! -s "$work/changed" ]; then
    ok "$(($(wc -l < "$1"))) of $3 as the manifest names them, and none besides"
  fi
}

# The report, or with `witness` what a witness said of it, is what was signed from here on: $document, and what lines begin with
document=report.json about=
sign_of() { document=$1; about=${2:-}; }

# The values that the file $1 is made of, in strict DER, down to the depth $2, as $shape: ` 0cons:SEQUENCE 1prim:OBJECT:pkcs7-signedData …`.
# Strict are lengths in their shortest form, and one value that ends where the file does. A text may have lines in it that look like
# further values: those begin at another place. $certificates has the places of the certificates of a signature file.
read_der() {
  next=0 deepest=$2 shape= certificates= part=
  openssl asn1parse -inform DER -in "$1" > "$work/parsed" 2>/dev/null || return 1
  value='^ *\([0-9]*\):d=\([0-9]*\) *hl=\([0-9]*\) *l= *\([0-9a-z]*\) *\([a-z]*\): '
  sed -n -e "s/$value*cont \\[ \\([0-9]*\\) \\].*/\\1 \\2 \\3 \\4 \\5:\\6/p" -e t \
    -e "s/$value*\\(OBJECT\\) *:\\(.*\\)/\\1 \\2 \\3 \\4 \\5:\\6:\\7/p" -e t \
    -e "s/$value*\\(INTEGER\\) *:\\(.*\\)/\\1 \\2 \\3 \\4 \\5:\\6:\\7/p" -e t \
    -e "s/$value*\\([A-Z]*\\).*/\\1 \\2 \\3 \\4 \\5:\\6/p" "$work/parsed" > "$work/values"
  while read -r place depth header length kind; do
    case $length in ''|*[!0-9]*) return 1 ;; esac
    if [ "$length" -lt 128 ]; then shortest=2
    elif [ "$length" -lt 256 ]; then shortest=3
    elif [ "$length" -lt 65536 ]; then shortest=4
    else shortest=5; fi
    [ "$place" = $next ] && [ "$header" = $shortest ] || return 1
    next=$((place + header))
    case $kind in prim:*) next=$((next + length)) ;; esac
    case $depth$kind in
      0*) [ "$place" = 0 ] || return 1 ;;
      # Certificates, and then the signer, whose own parts count too, and those of a timestamp in it
      3cons:0) part=certificates ;;
      3*) [ "$part" != certificates ] || deepest=7; part= ;;
      4cons:SEQUENCE) [ "$part" != certificates ] || certificates="$certificates $place" ;;
      5cons:1) deepest=8 ;;
    esac
    [ "$depth" -gt "$deepest" ] || shape="$shape $depth$kind"
  done < "$work/values"
  [ $next -gt 0 ] && [ $next -eq $(($(wc -c < "$1"))) ]
}

# Whether the file $1 is a signature file of one signer, as the tool takes it: over content of the type $2, of the version $3, with the
# parts $4 behind the type, and with $5 behind the signature. No signature covers the rest of it, in which anything could stand:
# content of its own, a further signer, a list of revoked certificates.
is_signature_file() {
  read_der "$1" 5 || return 1
  for hash in 256 384 512; do
    digest="prim:OBJECT:sha$hash( [56]prim:NULL)?"
    scheme="(OBJECT:ecdsa-with-SHA$hash|OBJECT:(rsaEncryption|sha${hash}WithRSAEncryption)( 6prim:NULL)?|OBJECT:rsassaPss 6cons:SEQUENCE 7cons:0 7cons:1 7cons:2)"
    printf '%s\n' "$shape" | grep -q -x -E " 0cons:SEQUENCE 1prim:OBJECT:pkcs7-signedData 1cons:0 2cons:SEQUENCE 3prim:INTEGER:$3\
 3cons:SET 4cons:SEQUENCE 5$digest 3cons:SEQUENCE 4prim:OBJECT:$2$4\
 3cons:0( 4cons:SEQUENCE 5cons:SEQUENCE 5cons:SEQUENCE 5prim:BIT){1,16}\
 3cons:SET 4cons:SEQUENCE 5prim:INTEGER:01 5cons:SEQUENCE 6cons:SEQUENCE( 7cons:SET)* 6prim:INTEGER:[0-9A-F-]+\
 5cons:SEQUENCE 6$digest 5cons:0( 6cons:SEQUENCE 7prim:OBJECT:[A-Za-z0-9 ./()-]+ 7cons:SET)+ 5cons:SEQUENCE 6prim:$scheme 5prim:OCTET$5" && return
  done
  return 1
}

# Whether the certificates at the places $3 of the file $1 belong to the chain of that of its signer, $2, each once
are_of_chain() {
  count=0
  for place in $3; do
    count=$((count + 1))
    openssl asn1parse -inform DER -in "$1" -strparse "$place" -out "$work/came.der" -noout >/dev/null 2>&1
    openssl x509 -inform DER -in "$work/came.der" -out "$work/came-$count" >/dev/null 2>&1 || return 1
    [ "$(cat "$work/came-$count")" != "$(openssl x509 -in "$2" 2>/dev/null)" ] || came=$count
  done
  [ $count -gt 1 ] || return 0
  chain=" $came " waiting=$came
  while [ -n "$waiting" ]; do
    link=${waiting%% *}
    waiting=${waiting#"$link"} waiting=${waiting# }
    other=0
    while [ $other -lt $count ]; do
      other=$((other + 1))
      case $chain in *" $other "*) continue ;; esac
      [ "$(cat "$work/came-$other")" != "$(cat "$work/came-$link")" ] || return 1
      openssl verify -partial_chain -no_check_time -CAfile "$work/came-$other" "$work/came-$link" >/dev/null 2>&1 || continue
      # One that names itself as its issuer has signed itself.
      names=$(openssl x509 -in "$work/came-$other" -noout -subject_hash -issuer_hash | uniq | wc -l)
      [ $((names)) -gt 1 ] ||
        openssl verify -partial_chain -no_check_time -check_ss_sig -CAfile "$work/came-$other" "$work/came-$other" >/dev/null 2>&1 || return 1
      chain="$chain$other " waiting="$waiting${waiting:+ }$other"
    done
  done
  # shellcheck disable=SC2086
  set -- $chain
  [ $# = $count ]
}

check_timestamp() {
  at= earliest= formed=yes certificates= came_along=
  : > "$work/embedded"
  token='( 5cons:1 6cons:SEQUENCE 7prim:OBJECT:id-smime-aa-timeStampToken 7cons:SET 8cons:SEQUENCE)?'
  if [ ! -f "$document.p7s" ] || is_signature_file "$document.p7s" pkcs7-data 01 '' "$token"; then
    came_along=$certificates
    find_embedded
  else
    formed=no
    case $shape in
      *' 5cons:1'*) fail "${about}the signature has unsigned attributes, which nothing protects" ;;
      *) fail "${about}the signature is no file of one signature in strict DER" ;;
    esac
  fi
  if [ ! -f "$document.p7s.tsr" ] && [ ! -s "$work/embedded" ]; then
    [ "$authority" = - ] || skip "${about}there is no timestamp"
    return
  fi
  [ ! -f "$document.p7s.tsr" ] || check_stamp "$document.p7s" "$document.p7s.tsr"
  [ ! -s "$work/embedded" ] || check_stamp "$work/signed" "$work/embedded" -token_in
}

# The timestamp in the signature file itself, into $work/embedded, and the bare signature that it is over, into $work/signed
find_embedded() {
  openssl asn1parse -inform DER -in "$document.p7s" > "$work/parsed" 2>/dev/null || return
  token=$(sed -n '/:d=7 .*OBJECT *:id-smime-aa-timeStampToken$/{n;n;s/^ *\([0-9]*\):d=8 .*SEQUENCE.*/\1/p;}' "$work/parsed")
  over=$(sed -n 's/^ *\([0-9]*\):d=5 .*OCTET STRING.*/\1/p' "$work/parsed")
  case $token in ''|*[!0-9]*) return ;; esac
  case $over in ''|*[!0-9]*) return ;; esac
  # Of the signature openssl says that it is no ASN.1; it is written all the same.
  openssl asn1parse -inform DER -in "$document.p7s" -strparse "$over" -out "$work/signed" -noout >/dev/null 2>&1
  openssl asn1parse -inform DER -in "$document.p7s" -strparse "$token" -out "$work/embedded" -noout >/dev/null 2>&1
}

# The token of the timestamp $1 (a bare one with $2), into $work/token: of one signer and in strict DER too, and granted without changes
find_token() {
  if [ -n "$2" ]; then cat < "$1" > "$work/token"
  else
    read_der "$1" 2 || return 1
    case $shape in ' 0cons:SEQUENCE 1cons:SEQUENCE 2prim:INTEGER:00 '*) ;; *) return 1 ;; esac
    place=$(sed -n 's/^\([0-9]*\) 1 .* cons:SEQUENCE$/\1/p' "$work/values" | sed 1d)
    case $place in ''|*[!0-9]*) return 1 ;; esac
    openssl asn1parse -inform DER -in "$1" -strparse "$place" -out "$work/token" -noout >/dev/null 2>&1
  fi
  is_signature_file "$work/token" id-smime-ct-TSTInfo 03 ' 4cons:0 5prim:OCTET' '' || return 1
  openssl cms -verify -noverify -inform DER -in "$work/token" -signer "$work/stamper.pem" -out /dev/null >/dev/null 2>&1 &&
    are_of_chain "$work/token" "$work/stamper.pem" "$certificates"
}

# The timestamp $2 (a bare one with $3) is over the file $1, and the earliest counts
check_stamp() {
  over=$1 file=$2 form=${3:-}
  what=timestamp
  [ -z "$form" ] || what="timestamp in the signature"
  if ! find_token "$file" "$form"; then fail "${about}the $what is not of this signature, or forged"; return; fi
  # shellcheck disable=SC2086
  stamp=$(openssl ts -reply -in "$file" $form -text 2>/dev/null | sed -n 's/^Time stamp: //p')
  epoch=$(epoch_of "$stamp")
  check_token() {
    # shellcheck disable=SC2086
    openssl ts -verify -data "$over" -in "$file" $form -attime "${epoch:-0}" -CAfile "$@" >/dev/null 2>&1
  }
  anchors=$authority
  [ "$anchors" = - ] && anchors=$signer
  if [ "$anchors" != - ] && check_token "$anchors" -partial_chain; then
    now=$(date +%s 2>/dev/null)
    case $now in ''|*[!0-9]*) now=$epoch ;; esac
    if [ "$epoch" -gt "$now" ]; then skip "${about}the $what is of the future, by this machine's clock"; return; fi
    ok "${about}signed before $stamp, as the $what confirms"
    if [ -z "$earliest" ] || [ "$epoch" -lt "$earliest" ]; then
      earliest=$epoch
      at="-attime $epoch"
    fi
    return
  fi
  openssl pkcs7 -inform DER -in "$work/token" -print_certs -out "$work/token.pem" 2>/dev/null
  if [ -s "$work/token.pem" ] && check_token "$work/token.pem" -partial_chain; then
    if [ "$authority" = - ]; then skip "${about}$what of $stamp: whom to trust for it was not said"
    else fail "${about}the $what is of an authority that is not trusted"; fi
  else
    fail "${about}the $what is not of this signature, or forged"
  fi
}

check_signature() {
  what=report
  [ -z "$about" ] || what=corroboration
  if [ ! -f "$document.p7s" ]; then skip "${about}the $what is not signed"; return; fi
  rm -f "$work/who.pem"
  options= cades=
  help=$(openssl cms -help 2>&1)$newline
  knows() { case $help in *"$1 "*|*"$1$newline"*) return 0 ;; *) return 1 ;; esac; }
  for option in -no-CApath -no-CAstore; do
    knows $option && options="$options $option"
  done
  # With it openssl also checks that the signature names this very certificate; it refuses it beside -noverify.
  knows -cades && cades=-cades
  check_cms() {
    # shellcheck disable=SC2086
    openssl cms -verify -binary -inform DER -in "$document.p7s" -content "$document" $options "$@" \
      -signer "$work/who.pem" -out /dev/null >/dev/null 2>&1
  }
  who() {
    name=$(openssl x509 -in "$work/who.pem" -noout -subject -nameopt RFC2253 2>/dev/null | sed 's/^subject= *//')
    printf '%s (certificate SHA-256 %s)' "$name" "$actual"
  }
  # Nobody else, trusted or not, may take for his own a report that names its signer
  is_intended() {
    intended=$(sed -n 's/^ *"certificateSha256": "\([0-9a-f]\{64\}\)",\{0,1\}$/\1/p' "$document")
    actual=$(openssl x509 -in "$work/who.pem" -outform DER 2>/dev/null | openssl dgst -sha256 -r)
    actual=${actual%% *}
    [ -z "$intended" ] || [ "$intended" = "$actual" ]
  }
  # shellcheck disable=SC2086
  if [ $formed = no ]; then return; fi
  if ! check_cms -noverify; then fail "${about}the $what is not the one that was signed"
  elif ! are_of_chain "$document.p7s" "$work/who.pem" "$came_along"; then
    fail "${about}the signature holds a certificate that is no part of the chain of its signer"
  elif ! is_intended; then fail "${about}signed by $(who), and the report names another as its signer"
  elif [ "$signer" = - ]; then skip "${about}signed by $(who): whom to trust was not said"
  elif check_cms $cades -CAfile "$signer" -partial_chain $at; then ok "$document as $(who) signed it"
  elif check_cms $cades -CAfile "$signer" -partial_chain -no_check_time; then
    skip "${about}signed by $(who): when is not proven, and the certificate is not valid now"
  else fail "${about}signed by $(who), who is not trusted"; fi
}

# The statement for pipelines (a Sigstore bundle): signed with the key of the report's signer, and about this report
check_bundle() {
  [ -f report.sigstore.json ] && [ -s "$work/who.pem" ] || return
  type=application/vnd.in-toto+json
  field() { sed -n "s/.*\"$1\":\"\([A-Za-z0-9+/=]*\)\".*/\1/p" report.sigstore.json; }
  # Two readers of JSON can take one file otherwise: it is made again of what it holds, and must be the same to the letter.
  stamp=$(field signedTimestamp)
  [ -z "$stamp" ] || stamp="{\"signedTimestamp\":\"$stamp\"}"
  printf '%s\n' "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"verificationMaterial\":{\"publicKey\":{\"hint\":\"$(field hint)\"},\"tlogEntries\":[],\"timestampVerificationData\":{\"rfc3161Timestamps\":[$stamp]}},\"dsseEnvelope\":{\"payload\":\"$(field payload)\",\"payloadType\":\"$type\",\"signatures\":[{\"sig\":\"$(field sig)\",\"keyid\":\"\"}]}}" > "$work/bundle"
  hash_of "$work/bundle"
  written=$hash
  hash_of report.sigstore.json
  [ "$hash" = "$written" ] || { fail "report.sigstore.json is not written as this tool writes it"; return; }
  field payload | openssl base64 -d -A > "$work/payload" 2>/dev/null
  field sig | openssl base64 -d -A > "$work/sig" 2>/dev/null
  openssl x509 -in "$work/who.pem" -noout -pubkey > "$work/signer.pub" 2>/dev/null
  hint=$(openssl pkey -pubin -in "$work/signer.pub" -outform DER 2>/dev/null | openssl dgst -sha256 -binary | openssl base64 -A)
  printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$(($(wc -c < "$work/payload")))" > "$work/encoded"
  cat "$work/payload" >> "$work/encoded"
  hash_of report.json
  if [ "$(field hint)" = "$hint" ] &&
    openssl dgst -sha256 -verify "$work/signer.pub" -signature "$work/sig" "$work/encoded" >/dev/null 2>&1 &&
    grep -q "\"name\":\"report.json\",\"digest\":{\"sha256\":\"$hash\"}" "$work/payload"
  then ok "report.sigstore.json is of the same signer, about this report"
  else fail "report.sigstore.json is not of that signer, or not about this report"; fi
}

# The public key $1 is the one of its fingerprint: the MD5 of its bytes in one of two forms
check_key() {
  [ -f "data/keys/$1.pem" ] || return 1
  [ -f "$work/$1.key" ] && return 0
  : > "$work/$1.key"
  pkcs1=$(openssl rsa -pubin -in "data/keys/$1.pem" -RSAPublicKey_out -outform DER 2>/dev/null | openssl dgst -md5 -r 2>/dev/null | cut -c1-32)
  spki=$(openssl pkey -pubin -in "data/keys/$1.pem" -outform DER 2>/dev/null | openssl dgst -md5 -r 2>/dev/null | cut -c1-32)
  if [ -z "$spki" ]; then note "key $1: this openssl has no MD5 to compare its fingerprint with"
  elif [ "$pkcs1" != "$1" ] && [ "$spki" != "$1" ]; then fail "data/keys/$1.pem is not the key of that fingerprint"; fi
}

# Of the content of a file nobody need take more than this: a small file may hold any number of bytes.
most_flat=1048576 most_digest=134217728 most_log=268435456 most_lines=8589934592
part_flat=cat part_digest=cat part_log=cat part_lines=cat
if printf x | head -c 1 > /dev/null 2>&1; then
  part_flat="head -c $((most_flat + 1))" part_digest="head -c $((most_digest + 1))"
  part_log="head -c $((most_log + 1))" part_lines="head -c $most_lines"
fi

# The digest file $1: its content, and that without white space
open_digest() {
  # In a variable it costs no process to look into; a large one would be copied with every process.
  is_large=no
  if [ "$part_flat" != cat ]; then
    content_of "$1" | $part_flat > "$work/content"
    # Each byte that a variable cannot hold, or loses at its end, is a space in it: its length is the size.
    flat=$(tr '\0\n' '  ' < "$work/content")
    if [ ${#flat} -le $most_flat ]; then
      case $flat in *["$blanks"]*) flat=$(tr -d ' \t\r\n\0' < "$work/content") ;; esac
      return
    fi
  fi
  content_of "$1" | $part_digest > "$work/content"
  size=$(($(wc -c < "$work/content")))
  # Of one that the report calls malformed nothing counts, so what was inflated of it will do.
  [ $size -le $most_digest ] || [ "$end" = - ] || refuse_at_once "a digest that inflates beyond all bounds: $1"
  flat=
  if [ $size -le $most_flat ]; then flat=$(tr -d ' \t\r\n\0' < "$work/content"); return; fi
  is_large=yes
  tr -d ' \t\r\n\0' < "$work/content" > "$work/flat"
}

# A digest is opened again for its log files: of small ones what was found is kept, in lines, as the shell reads them by itself.
keep_digest() {
  kept=$work/kept-${1##*/}
  case $flat in *[!!-~]*) return ;; esac
  [ $is_large = no ] && [ ${#flat} -le 16384 ] && [ ${#kept} -le 255 ] && [ ! -f "$kept" ] && [ $keeping -le $most_kept ] || return
  keeping=$((keeping + ${#flat}))
  printf '%s\n' "$1" "$proof" "$flat" > "$kept"
}
# Opens the digest file $1 for its log files, with the proof of its row
reopen_digest() {
  kept=$work/kept-${1##*/}
  if [ -f "$kept" ]; then
    { IFS= read -r name; IFS= read -r proof; IFS= read -r flat; } < "$kept"
    is_large=no
    [ "$name" != "$1" ] || return
  fi
  open_digest "$1"
  proof=$(grep "^$1$tab" data/digests.tsv | sed -n 1p | cut -f4)
}
flat_text() { if [ $is_large = yes ]; then cat "$work/flat"; else printf '%s\n' "$flat"; fi; }
# Whether the digest opened last has the field $1 with the hex digits $2, in letters of any case
has_field() {
  case $flat in *"\"$1\":\"$2\""*) return 0 ;; esac
  flat_text | grep -q -i -F -e "\"$1\":\"$2\""
}

# Whether $1 is nothing (-) or a digest of the bag: a path must not lead elsewhere
in_digests() {
  case $1 in -) return 0 ;; */../*|*/./*|*/..|*/.) return 1 ;; data/digests/*) return 0 ;; esac
  return 1
}

check_digests() {
  digests=0 proven=0 valid=0 invalid=0 contradicting=0 before='' before_hash='' before_signature='' before_outcome=''
  if [ ! -f data/digests.tsv ]; then fail "there is no data/digests.tsv"; return; fi
  while IFS=$tab read -r file outcome counted proof key end place sha256 previous previous_sha256 previous_file successor chain; do
    case $file in '#'*) continue ;; esac
    case $file$previous_file$successor in *[!A-Za-z0-9._=+@%~/-]*|*/../*|*/./*) fail "data/digests.tsv has a line that is none"; continue ;; esac
    case $file in data/digests/*) ;; *) fail "data/digests.tsv has a line that is none"; continue ;; esac
    if ! in_digests "$previous_file" || ! in_digests "$successor"; then fail "data/digests.tsv has a line that is none"; continue; fi
    case $key in ''|*[!0-9a-f]*) key=- ;; esac
    if [ ! -f "$file" ]; then fail "missing: $file"; continue; fi
    digests=$((digests + 1))
    printf '%s\n' "$file" >> "$work/digests"
    open_digest "$file"
    hash_of "$work/content"
    # Of one that is no digest, gzip may show more than the strict reader of the tool.
    [ "$end" = - ] || [ "$hash" = "$sha256" ] || fail "its content is another than data/digests.tsv says: $file"
    signed=unknown signature=
    if [ -f "$file.sig" ]; then
      printf '%s\n' "$file.sig" >> "$work/digests"
      hex_of "$file.sig"
      signature=$hex
      if [ "$end" != - ] && check_key "$key"; then
        printf '%s\n%b\n%s\n%s' "$end" "$place" "$hash" "$previous" > "$work/signed"
        if openssl dgst -sha256 -verify "data/keys/$key.pem" -signature "$file.sig" "$work/signed" >/dev/null 2>&1
        then signed=yes; else signed=no; fi
      fi
    fi
    [ "$end" = - ] || has_field digestPublicKeyFingerprint "$key" || fail "it names another key: $file"
    case $proof in
      own-signature)
        if [ $signed = yes ]; then proven=$((proven + 1)); else fail "AWS's signature does not verify, though the report relies on it: $file"; fi ;;
      successor)
        if [ $signed = yes ]; then proven=$((proven + 1))
        elif [ "$successor" != - ] && [ -f "$successor" ] && content_of "$successor" | $part_digest | tr -d ' \t\r\n' |
          grep -q -i -F "\"previousDigestHashValue\":\"$hash\""; then proven=$((proven + 1))
        else fail "nothing in the bag proves it, though the report relies on it: $file"; fi ;;
      none)
        [ "$outcome" != valid ] || fail "valid without a proof: $file"
        if [ $signed = no ]; then contradicting=$((contradicting + 1)); note "AWS's signature does not verify: $file"; fi ;;
      *) fail "data/digests.tsv has a line that is none" ;;
    esac
    if [ "$proof" != none ] && [ "$previous_sha256" != - ]; then
      has_field previousDigestHashValue "$previous_sha256" || fail "it names another digest before it: $file"
    fi
    if [ "$proof" != none ] && [ "$previous_file" != - ] && [ -f "$previous_file" ]; then
      if [ "$previous_file" != "$before" ]; then
        before_hash=$(content_of "$previous_file" | $part_digest | $hash_with)
        before_hash=${before_hash%% *}
        before_signature=
        if [ -f "$previous_file.sig" ]; then hex_of "$previous_file.sig"; before_signature=$hex; fi
        before_outcome=$(grep "^$previous_file$tab" data/digests.tsv | sed -n 1p | cut -f2)
      fi
      if [ "$before_hash" != "$previous_sha256" ] ||
        { [ -n "$before_signature" ] && lower_of "$previous" && [ "$before_signature" != "$lower" ]; }; then
        if [ "$before_outcome" = valid ]; then fail "the digest before it is not the one that it names: $file"
        else contradicting=$((contradicting + 1)); note "the digest before it is not the one that it names: $file"; fi
      fi
    fi
    if [ "$counted" = yes ]; then
      [ "$outcome" = valid ] && valid=$((valid + 1))
      [ "$outcome" = invalid ] && invalid=$((invalid + 1))
    fi
    keep_digest "$file"
    before=$file before_hash=$hash before_signature=$signature before_outcome=$outcome
  done < data/digests.tsv
  if [ -d data/digests ]; then
    find data/digests -type f | sort > "$work/found"
    : >> "$work/digests"
    sort "$work/digests" | comm -13 - "$work/found" > "$work/extra"
    each "a file that data/digests.tsv does not name" "$work/extra"
  fi
  say "      $digests digest files: $proven proven by AWS's signatures; the report calls $valid valid, $invalid invalid"
  check_count digests valid "$valid"
  # One that is larger than any digest is invalid too, and not in the bag.
  [ "$invalid" -le "$(total digests invalid)" ] || fail "the report counts fewer invalid digest files than the bag holds"
}

# A number of the report's totals: of $1 (digests, logs), those that are $2
total() {
  number=$(sed -n -e '/^  "totals": {/,/^  }/{' -e "/^    \"$1\": {/,/^    }/s/^      \"$2\": \([0-9]*\),\{0,1\}\$/\1/p" -e '}' report.json)
  printf '%s' "${number:-0}"
}
check_count() {
  reported=$(total "$1" "$2")
  [ "$reported" = "$3" ] || fail "the report counts $reported $2 $1, and the bag holds $3"
}

check_logs() {
  if [ ! -f data/logs.tsv ]; then
    has_files data/logs && fail "there is no data/logs.tsv"
    note "the bag holds no log files: what the report says of them rests on its signature"
    return
  fi
  logs=0 agreeing=0 valid=0 opened=
  while IFS=$tab read -r file outcome counted sha256 digest bucket key chain; do
    case $file in '#'*) continue ;; esac
    case $file$digest in *[!A-Za-z0-9._=+@%~/-]*|*/../*|*/./*) fail "data/logs.tsv has a line that is none"; continue ;; esac
    case $file$tab$digest in data/logs/*"$tab"data/digests/*) ;; *) fail "data/logs.tsv has a line that is none"; continue ;; esac
    case $sha256 in ''|*[!0-9a-f]*) fail "data/logs.tsv has a line that is none"; continue ;; esac
    if [ ! -f "$file" ]; then fail "missing: $file"; continue; fi
    logs=$((logs + 1))
    printf '%s\n' "$file" >> "$work/logs"
    if [ "$digest" != "$opened" ]; then
      reopen_digest "$digest"
      opened=$digest
      case $proof in own-signature|successor) ;; *) fail "the digest that names log files is not proven: $digest" ;; esac
    fi
    case $flat in
      # As CloudTrail writes it
      *"\"s3Object\":\"$key\",\"hashValue\":\"$sha256\""*) ;;
      *)
        has_field hashValue "$sha256" || fail "its digest records another hash: $file"
        # A key that JSON may write in several ways is left to readers of JSON.
        case $key in
          *[!A-Za-z0-9._=+@/-]*) ;;
          *) flat_text | tr '{' '\n' | grep -F "\"s3Object\":\"$key\"" | grep -q -i -F "\"hashValue\":\"$sha256\"" ||
            fail "its digest does not name it with that hash: $file" ;;
        esac ;;
    esac
    hash=$(content_of "$file" | $part_log | $hash_with)
    if [ "${hash%% *}" = "$sha256" ]; then
      agreeing=$((agreeing + 1))
    elif [ "$outcome" = valid ]; then fail "not what its digest recorded, though the report calls it valid: $file"
    else contradicting=$((contradicting + 1)); note "not what its digest recorded: $file"; fi
    [ "$counted" = yes ] && [ "$outcome" = valid ] && valid=$((valid + 1))
  done < data/logs.tsv
  if [ -d data/logs ]; then
    find data/logs -type f | sort > "$work/found"
    : >> "$work/logs"
    sort -u "$work/logs" | comm -13 - "$work/found" > "$work/extra"
    each "a file that data/logs.tsv does not name" "$work/extra"
  fi
  say "      $logs log files: $agreeing as AWS's digests recorded them; the report calls $valid valid"
  check_count logs valid "$valid"
}

# The hashes that the sign file $1 lists, in their order, as CloudTrail signs them; the strict reader takes none with escapes
hashes_of() {
  listed=$(tr -d ' \t\r\n\0' < "$1" | tr '{}[],' '\n\n\n\n\n' | sed -n 's/^"fileHashValue":"\([0-9a-f]\{64\}\)"$/\1/p' | tr '\n' ' ')
  listed=${listed% }
}
lake_section() { sed -n '/^  "lake": {/,/^  }/p' report.json; }

check_queries() {
  if [ ! -f data/sign-files.tsv ]; then
    if has_files data/lake || [ -f data/results.tsv ] || lake_section | grep -q '^        "signFileSha256": "'; then
      fail "there is no data/sign-files.tsv"
    fi
    return
  fi
  sets=0 proven=0 results=0 agreeing=0 valid=0
  : > "$work/lake"
  : > "$work/listed"
  : > "$work/claimed"
  while IFS=$tab read -r file outcome proof key hashes; do
    case $file in '#'*) continue ;; esac
    case $file in *[!A-Za-z0-9._=+@%~/-]*|*/../*|*/./*) fail "data/sign-files.tsv has a line that is none"; continue ;; esac
    case $file in data/lake/*) ;; *) fail "data/sign-files.tsv has a line that is none"; continue ;; esac
    case $key in ''|*[!0-9a-f]*) key=- ;; esac
    if [ ! -f "$file" ]; then fail "missing: $file"; continue; fi
    sets=$((sets + 1))
    printf '%s\n' "$file" "$file.sig" >> "$work/lake"
    for hash in $hashes; do printf '%s\t%s\n' "$file" "$hash"; done >> "$work/listed"
    signed=unknown
    if [ "$hashes" != - ]; then
      hashes_of "$file"
      [ "$listed" = "$hashes" ] || fail "its hashes are others than data/sign-files.tsv says: $file"
      if [ ! -f "$file.sig" ]; then fail "missing: $file.sig"
      else
        hex_of "$file.sig"
        tr 'A-F' 'a-f' < "$file" | grep -q -F "\"$hex\"" || fail "its signature is not the one next to it: $file"
        if check_key "$key"; then
          printf '%s' "$listed" > "$work/signed"
          if openssl dgst -sha256 -verify "data/keys/$key.pem" -signature "$file.sig" "$work/signed" >/dev/null 2>&1
          then signed=yes; else signed=no; fi
        fi
      fi
    fi
    case $proof in
      own-signature)
        if [ $signed = yes ]; then proven=$((proven + 1)); else fail "AWS's signature does not verify, though the report relies on it: $file"; fi ;;
      none)
        [ "$outcome" != valid ] || fail "valid without a proof: $file"
        if [ $signed = no ]; then contradicting=$((contradicting + 1)); note "AWS's signature does not verify: $file"; fi ;;
      *) fail "data/sign-files.tsv has a line that is none" ;;
    esac
  done < data/sign-files.tsv
  counted=$(lake_section | grep -c '^        "signed": true,\{0,1\}$')
  [ "$counted" = "$proven" ] || fail "the report counts $counted signed query results, and the bag holds $proven"
  say "      $sets sign files of query results: $proven proven by AWS's signatures"
  if [ ! -f data/results.tsv ]; then
    note "the bag holds no query results: what the report says of them rests on its signature"
  else
    known=
    while IFS=$tab read -r file outcome sha256 list; do
      case $file in '#'*) continue ;; esac
      case $file$list in *[!A-Za-z0-9._=+@%~/-]*|*/../*|*/./*) fail "data/results.tsv has a line that is none"; continue ;; esac
      case $file$tab$list in data/lake/*"$tab"data/lake/*) ;; *) fail "data/results.tsv has a line that is none"; continue ;; esac
      case $sha256 in ''|*[!0-9a-f]*) fail "data/results.tsv has a line that is none"; continue ;; esac
      if [ ! -f "$file" ]; then fail "missing: $file"; continue; fi
      results=$((results + 1))
      printf '%s\n' "$file" >> "$work/lake"
      printf '%s\t%s\t%s\n' "$list" "$sha256" "$file" >> "$work/claimed"
      if [ "$list" != "$known" ]; then known=$list proof=$(grep "^$list$tab" data/sign-files.tsv | sed -n 1p | cut -f3); fi
      [ "$outcome" != valid ] || [ "$proof" = own-signature ] || fail "valid without a proof: $file"
      hash_of "$file"
      if [ "$hash" = "$sha256" ]; then agreeing=$((agreeing + 1))
      elif [ "$outcome" = valid ]; then fail "not as it was listed, though the report calls it valid: $file"
      else contradicting=$((contradicting + 1)); note "not as it was listed: $file"; fi
      [ "$outcome" = valid ] && valid=$((valid + 1))
    done < data/results.tsv
    # At once for all: to look through the list of a set for each of its files would take the square of their number.
    sort -u "$work/listed" > "$work/unlike"
    cut -f1,2 "$work/claimed" | sort -u | comm -23 - "$work/unlike" > "$work/extra"
    if [ -s "$work/extra" ]; then
      grep -F -f "$work/extra" "$work/claimed" | cut -f3 > "$work/missing"
      each 'no sign file lists it as data/results.tsv says' "$work/missing"
    fi
    counted=$(lake_section | sed -n '/^      "files": {/,/^      }/s/^        "valid": \([0-9]*\),\{0,1\}$/\1/p')
    [ "${counted:-0}" = "$valid" ] || fail "the report counts ${counted:-0} valid result files, and the bag holds $valid"
    say "      $results query results: $agreeing as their sign files list them"
  fi
  if [ -d data/lake ]; then
    find data/lake -type f | sort > "$work/found"
    sort -u "$work/lake" | comm -13 - "$work/found" > "$work/extra"
    each "a file that no table of query results names" "$work/extra"
  fi
}

# Whether the file $1 is written as the tool writes a corroboration, line by line. What else makes it one is left to the tool, which only
# notes it: src/bag/witness-lines.ts has the same patterns.
is_in_lines() {
  text='"([ -!#-[^-~]|]|\\["\\bfnrtu])*"'
  value="($text|0|[1-9][0-9]{0,15}|true|false|null|\\{|\\[|\\[])"
  top='schema|tool|made|report|asked|result|witnesses|findings|furtherFindings|recovered|unlogged|limits'
  below='name|version|sha256|run|verdict|window|from|to|kind|events|matched|same|differing|recovered|unlogged|leftOut|lacking|refused'
  below="$below|places|account|region|asked|answered|refusal|code|witness|eventId|time|eventName|eventSource|log|fields|path|verified"
  below="$below|further|explainedBy|file|lines|text"
  [ $(($(tr -d '\n\40-\176' < "$1" | wc -c))) = 0 ] &&
    [ "$(sed -n 1,2p "$1")" = "{$newline  \"schema\": \"trail-verify/corroboration/v1\"," ] &&
    [ "$(tail -c 3 "$1" | tr '\n' '|')" = '|}|' ] &&
    ! grep -q -v -E -e "^  \"($top)\": $value,?\$" -e "^    ( {2}){0,5}\"($below)\": $value,?\$" -e '^( {2}){0,7}(\{|}|])?,?$' "$1"
}

# The same of the list $1 of events: what its lines hold is left to the tool
is_in_events() {
  [ -s "$1" ] && [ $(($(tr -d '\n\40-\176' < "$1" | wc -c))) = 0 ] && [ $(($(tail -c 1 "$1" | wc -l))) = 1 ] &&
    ! grep -q -v -e '^{"witness":".*}}$' "$1"
}

# What a witness said of the times that the report lacks: of this report, as it was signed, with the lists that it names. It came after
# the report, so that no signature of that covers it, and it is no part of the verdict.
check_witness() {
  if [ ! -f witness/corroboration.json ]; then fail "there is no witness/corroboration.json"; return; fi
  if [ -f witness/corroboration.json.p7s ] || [ -f witness/corroboration.json.p7s.tsr ]; then
    if [ $have_openssl = yes ]; then
      sign_of witness/corroboration.json 'witness/corroboration.json: '
      check_timestamp
      check_signature
    fi
  else note "witness/corroboration.json is not signed"; fi
  [ -n "$hash_with" ] || return
  is_in_lines witness/corroboration.json || fail "witness/corroboration.json is not written as this tool writes it"
  witness_field() { sed -n "/^  \"$1\": {\$/,/^  }/s/^    \"$2\": \"\{0,1\}\([0-9a-f]*\)\"\{0,1\},\{0,1\}\$/\1/p" witness/corroboration.json; }
  # Text behind the last line end is a line as well
  lines_of() {
    lines=$(($(wc -l < "$1")))
    [ ! -s "$1" ] || lines=$((lines + 1 - $(tail -c 1 "$1" | wc -l)))
  }
  hash_of report.json
  [ "$(witness_field report sha256)" = "$hash" ] || fail "witness/corroboration.json is of another report"
  for list in recovered unlogged; do
    named=$(witness_field $list sha256)
    if [ -z "$named" ]; then
      [ ! -f "witness/$list.jsonl" ] || fail "a list that witness/corroboration.json does not name: witness/$list.jsonl"
    elif [ ! -f "witness/$list.jsonl" ]; then fail "missing: witness/$list.jsonl"
    elif hash_of "witness/$list.jsonl"; [ "$hash" != "$named" ]; then
      fail "witness/$list.jsonl is not the list that witness/corroboration.json names"
    else
      is_in_events "witness/$list.jsonl" || fail "witness/$list.jsonl is not written as this tool writes it"
      lines_of "witness/$list.jsonl"
      [ "$lines" = "$(witness_field $list lines)" ] || fail "witness/$list.jsonl has $lines lines, and witness/corroboration.json counts others"
    fi
  done
  note "no JSON of witness/ was read: whether its counts and events fit one another and the report, trail-verify evidence verify says"
  say "      what a witness said of the report: AWS's word over TLS, not signed by AWS, and never part of the verdict"
}

contradicting=0 keeping=0 most_kept=67108864
: > "$work/digests"
: > "$work/logs"

if [ $have_openssl = yes ]; then check_timestamp; check_signature; check_bundle
else skip "there is no openssl: signatures and the timestamp were not checked"; fi

named=$(sed -n 's/^ *"payloadManifestSha256": "\([0-9a-f]\{64\}\)",\{0,1\}$/\1/p' report.json 2>/dev/null)
if [ -z "$hash_with" ]; then skip "there is nothing to hash with"
elif [ ! -f manifest-sha256.txt ]; then fail "there is no manifest-sha256.txt"
elif hash_of manifest-sha256.txt; [ "$hash" = "$named" ]; then ok "manifest-sha256.txt is the one that the report names"
else fail "manifest-sha256.txt is not the one that the report names"; fi

# The inventory lies beside the report, which names the hash of its lines.
named=$(sed -n '/^    "inventory": {$/,/^    }/s/^ *"sha256": "\([0-9a-f]\{64\}\)",\{0,1\}$/\1/p' report.json 2>/dev/null)
if [ -n "$named" ] && [ -n "$hash_with" ]; then
  if [ ! -f inventory.jsonl.gz ]; then fail "the inventory that the report names is missing"
  elif ! gzip -t < inventory.jsonl.gz >/dev/null 2>&1; then fail "inventory.jsonl.gz is no whole gzip file"
  elif [ "$(content_of inventory.jsonl.gz | $part_lines | $hash_with | cut -c1-64)" = "$named" ]; then ok "inventory.jsonl.gz is the one that the report names"
  else fail "inventory.jsonl.gz is not the one that the report names"; fi
fi

# So do the overflow findings, where there are more than the report itself lists.
named_overflow=$(sed -n '/^  "overflowFindings": {$/,/^  }/s/^    "sha256": "\([0-9a-f]\{64\}\)",\{0,1\}$/\1/p' report.json 2>/dev/null)
if [ -n "$named_overflow" ] && [ -n "$hash_with" ]; then
  if [ ! -f overflow-findings.jsonl.gz ]; then fail "the overflow findings that the report counts are missing"
  elif ! gzip -t < overflow-findings.jsonl.gz >/dev/null 2>&1; then fail "overflow-findings.jsonl.gz is no whole gzip file"
  elif [ "$(content_of overflow-findings.jsonl.gz | $part_lines | $hash_with | cut -c1-64)" = "$named_overflow" ]; then ok "overflow-findings.jsonl.gz is the one that the report names"
  else fail "overflow-findings.jsonl.gz is not the one that the report names"; fi
fi
[ -n "$named" ] || [ ! -f inventory.jsonl.gz ] || fail "a file that the report does not name: inventory.jsonl.gz"
[ -n "$named_overflow" ] || [ ! -f overflow-findings.jsonl.gz ] || fail "a file that the report does not name: overflow-findings.jsonl.gz"

read_manifest manifest-sha256.txt 'data/[A-Za-z0-9._=+@%~/-]*' "$work/payload"
: > "$work/files"
[ -d data ] && find data -type f > "$work/files"
compare_files "$work/payload" "$work/files" 'the files in data'
read_manifest tagmanifest-sha256.txt '\(witness/\)\{0,1\}[A-Za-z0-9][A-Za-z0-9._-]*' "$work/tags"
find . -type f | sed 's/^\.\///' | grep -v -e '^data/' -e '^tagmanifest-sha256\.txt$' > "$work/files"
compare_files "$work/tags" "$work/files" 'the files around data'
# The manifest of these is not signed, so a name that no bag has shows what was added, and what follows from the report is not
# made anew here: the tool does that.
uncovered=
while IFS= read -r file; do
  case $file in
    report.json|report.json.p7s|report.json.p7s.tsr|report.sigstore.json|bagit.txt|manifest-sha256.txt) ;;
    inventory.jsonl.gz|overflow-findings.jsonl.gz) ;;
    witness/corroboration.json.p7s|witness/corroboration.json.p7s.tsr) ;;
    witness/README.md) uncovered="$uncovered, $file" ;;
    witness/corroboration.json|witness/recovered.jsonl|witness/unlogged.jsonl)
      [ -f witness/corroboration.json.p7s ] || uncovered="$uncovered, $file" ;;
    CERTIFICATION.md|VERIFY.md|bag-info.txt|verify.sh) uncovered="$uncovered, $file" ;;
    report.asff.json|report.html|report.junit.xml|report.md|report.ocsf.jsonl|report.sarif) uncovered="$uncovered, $file" ;;
    chains.csv|covered.csv|evidence.csv|findings.csv|further-findings.csv|limits.csv|run.csv|uncovered.csv) uncovered="$uncovered, $file" ;;
    *) fail "a file that no bag has: $file" ;;
  esac
done < "$work/found"
[ -z "$uncovered" ] || note "not covered by the signature: ${uncovered#, }"
[ "$(cat bagit.txt 2>/dev/null)" = 'BagIt-Version: 1.0
Tag-File-Character-Encoding: UTF-8' ] || fail "bagit.txt is not that of BagIt 1.0"

! grep -q '^witness/' "$work/found" || check_witness

if [ $have_openssl = yes ]; then check_digests; check_logs; check_queries
else skip "there is no openssl: AWS's signatures were not checked"; fi

# Time that the report calls uncovered has a finding that says why, or nobody would look for it.
sed -n '/^  "window": {$/,/^  }/s/^        "reason": "\([A-Z_]*\)",\{0,1\}$/\1/p' report.json 2>/dev/null | sort -u > "$work/reasons"
sed -n '/^  "findings": \[$/,/^  ]/s/^      "code": "\([A-Z_]*\)",\{0,1\}$/\1/p' report.json 2>/dev/null | sort -u > "$work/codes"
comm -23 "$work/reasons" "$work/codes" > "$work/extra"
each "the report contradicts itself: time is uncovered, and no finding says so" "$work/extra"

verdict=
verdicts=$newline$(sed -n 's/^  "verdict": "\([A-Z]*\)",$/\1/p' report.json 2>/dev/null)$newline
for known in VALID INVALID INCONCLUSIVE; do
  case $verdicts in *"$newline$known$newline"*) verdict=$known ;; esac
done
if [ "$verdict" = VALID ] && [ $contradicting -gt 0 ]; then fail "the report says VALID, and $contradicting things in the bag contradict it"; fi

if [ $refused = 1 ]; then
  say "REFUSED: this bag is not what a trusted signer signed, or contradicts itself"; exit 5
elif [ $unproven = 1 ]; then
  say "UNPROVEN: this bag is not proven; its report says $verdict"; exit 3
fi
# What is accepted is not proven: the count belongs to the verdict.
accepted=$(sed -n -e '/^  "conclusion": {/,/^  }/s/^      "accepted": \([1-9][0-9]*\),\{0,1\}$/\1/p' report.json)
case $verdict$accepted in
  VALID?*)
    findings=findings
    [ "$accepted" != 1 ] || findings=finding
    say "GENUINE: this bag is as it was signed; its report says VALID, $accepted $findings accepted: all else is as AWS signed it (that its keys are AWS's is the signer's word)"; exit 0 ;;
esac
case $verdict in
  VALID) say "GENUINE: this bag is as it was signed; its report says VALID: everything is as AWS signed it (that its keys are AWS's is the signer's word)"; exit 0 ;;
  INVALID) say "GENUINE: this bag is as it was signed; its report says INVALID: evidence contradicts AWS's signatures"; exit 1 ;;
  INCONCLUSIVE) say "GENUINE: this bag is as it was signed; its report says INCONCLUSIVE: something is not proven"; exit 3 ;;
esac
say "REFUSED: the report has no verdict"; exit 5
