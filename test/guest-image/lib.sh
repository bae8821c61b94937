# Shared by build and by whoever boots what it built.
OUT=${GUEST_IMAGE_HOME:-/var/tmp/guest-image}
QCOW=debian-12-cloud.qcow2
T0=$(date +%s.%N)
since() { awk -v a="${1:-$T0}" -v b="$(date +%s.%N)" 'BEGIN{printf "%.1f", b-a}'; }
say() { printf '%-16s %s\n' "$1" "$2"; }
die() { echo "${0##*/}: $*" >&2; exit 1; }
# tools FILE:PACKAGE...: install the packages whose program or file is not there
tools() {
  local t p need=
  for t in "$@"; do p=${t#*:} t=${t%%:*}; [ -e "$t" ] || command -v "$t" >/dev/null || case " $need " in *" $p "*) ;; *) need+=" $p";; esac; done
  [ -n "$need" ] || return 0
  say tools "installing$need"
  local apt=(apt-get -q -o DPkg::Lock::Timeout=600) log; log=$(mktemp)
  # shellcheck disable=SC2086
  if ! DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends $need >"$log" 2>&1; then
    "${apt[@]}" update >"$log" 2>&1
    DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends $need >"$log" 2>&1 || { tail -15 "$log" >&2; rm -f "$log"; die "cannot install$need"; }
  fi
  rm -f "$log"
}
