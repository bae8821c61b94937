/** What is run on hosts: POSIX shell, nothing that has to be installed. */

/** Says whose a host is; it is there from before anything else is done, and goes last. */
const RECORD = '/var/lib/juju-enrolment.json'
/** Process group of a setup that is under way. */
const RUNNING = '/run/juju-enrolment.pid'
const DATA_DIR = '/var/lib/juju'
const UNITS = '/etc/systemd/system/jujud-*.service'
const SUDOERS = '/etc/sudoers.d/90-juju-enrolment'
const [BEGIN, END] = ['# begin juju-enrolment', '# end juju-enrolment']

/** Exit codes of {@link CLAIM}. */
export const CLAIM_REFUSED = { enrolled: 17, hasAgent: 18, hasFile: 19 } as const

/** Given a user and the file of the nonce: lines `name=value` about the machine, and the record in base64 if it has one. */
export const INSPECT = `[ -r /etc/os-release ] && . /etc/os-release
printf 'os=%s\\nversion=%s\\n' "$ID" "$VERSION_ID"
uname -nm | { read -r node arch; printf 'hostname=%s\\narch=%s\\n' "$node" "$arch"; }
printf 'cores=%s\\n' "$(getconf _NPROCESSORS_ONLN)"
while read -r name size _; do
  if [ "$name" = MemTotal: ]; then printf 'memKiB=%s\\n' "$size"; break; fi
done < /proc/meminfo
df -Pk / | { read -r _; read -r _ size _; printf 'diskKiB=%s\\n' "$size"; }
if getent passwd "$1" > /dev/null; then echo hasUser=yes; fi
if [ -e ${DATA_DIR} ]; then echo hasAgent=yes; fi
if [ -r "$2" ]; then printf 'nonce=%s\\n' "$(cat "$2")"; fi
if [ -e ${RECORD} ]; then printf 'record=%s\\n' "$(base64 < ${RECORD} | tr -d '\\n')"; fi`

/**
 * Given the SHA-256 of the record, which it reads, and the files that are to be written: makes the host ours, in one step
 * and whole, unless it is somebody's.
 */
export const CLAIM = `set -eu
umask 022
sum=$1
shift
if [ -e ${RECORD} ]; then exit ${CLAIM_REFUSED.enrolled}; fi
if [ -e ${DATA_DIR} ]; then exit ${CLAIM_REFUSED.hasAgent}; fi
for unit in ${UNITS}; do
  if [ -e "$unit" ]; then exit ${CLAIM_REFUSED.hasAgent}; fi
done
for file; do
  if [ -e "$file" ]; then echo "$file" >&2; exit ${CLAIM_REFUSED.hasFile}; fi
done
new=$(mktemp ${RECORD}.XXXXXX)
trap 'rm -f "$new"' EXIT
trap 'exit 1' HUP INT TERM
cat > "$new"
got=$(sha256sum < "$new")
[ "\${got%% *}" = "$sum" ]
chmod 0644 "$new"
if ln "$new" ${RECORD} 2> /dev/null; then exit 0; fi
if [ -e ${RECORD} ]; then exit ${CLAIM_REFUSED.enrolled}; fi
exit 1`

/** Given a user, reads lines of authorized_keys: the user exists, may become root, and these keys may log in. */
export const ADD_USER = `set -eu
if ! getent passwd "$1" > /dev/null; then useradd --create-home --shell /bin/bash "$1"; fi
home=$(getent passwd "$1" | cut -d: -f6)
group=$(id -gn "$1" 2> /dev/null || echo "$1")
install -d -m 0700 "$home/.ssh"
keys=$home/.ssh/authorized_keys
touch "$keys"
chmod 0600 "$keys"
if [ -n "$(tail -c 1 "$keys")" ]; then echo >> "$keys"; fi
{ echo '${BEGIN}'; cat; echo '${END}'; } >> "$keys"
chown "$1:$group" "$home/.ssh" "$keys"
install -d -m 0755 /etc/sudoers.d
printf '%s ALL=(ALL) NOPASSWD:ALL\\n' "$1" > ${SUDOERS}
chmod 0440 ${SUDOERS}`

/** Given directories: makes them. */
export const MAKE_DIRECTORIES = `set -eu
mkdir -p -- "$@"`

/** Given packages: those that are missing are installed, where there is a tool for it. */
export const INSTALL_PACKAGES = `if command -v apt-get > /dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  missing=
  for package; do dpkg -s "$package" > /dev/null 2>&1 || missing="$missing $package"; done
  [ -z "$missing" ] || apt-get install -y -q $missing || { apt-get update -q && apt-get install -y -q $missing; }
elif command -v dnf > /dev/null; then
  dnf install -y -q "$@"
fi`

/** Given a script: runs it in a process group of its own, so that {@link RELEASE} can end all of it. */
export const RUN_SETUP = `exec setsid -w sh -c 'echo $$ > ${RUNNING}
trap "rm -f ${RUNNING}" EXIT
eval "$1"' sh "$1"`

/**
 * Given the SHA-256 of the record, the user, whether that one was made, and the files that were written: the host is as it
 * was, apart from packages. Does nothing when the record is another, or gone.
 */
export const RELEASE = `set -eu
if [ ! -e ${RECORD} ]; then exit 0; fi
got=$(sha256sum < ${RECORD})
if [ "\${got%% *}" != "$1" ]; then exit 0; fi
user=$2 made=$3
shift 3
if [ -s ${RUNNING} ]; then
  group=$(cat ${RUNNING})
  if grep -q juju-enrolment "/proc/$group/cmdline" 2> /dev/null; then kill -s KILL -- "-$group" || :; fi
fi
for unit in ${UNITS}; do
  [ -e "$unit" ] || continue
  systemctl disable --now "\${unit##*/}"
  rm -f "$unit"
  systemctl daemon-reload
done
rm -f -- "$@" ${RUNNING} ${SUDOERS}
rm -rf ${DATA_DIR}
home=$(getent passwd "$user" | cut -d: -f6)
if [ "$made" = yes ] && [ -n "$home" ]; then
  userdel --force --remove "$user" 2> /dev/null || ! getent passwd "$user" > /dev/null
elif [ -f "$home/.ssh/authorized_keys" ]; then
  sed -i '/^${BEGIN}$/,/^${END}$/d' "$home/.ssh/authorized_keys"
fi
rm -f ${RECORD}`
