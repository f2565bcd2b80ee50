# SPDX-License-Identifier: MPL-2.0
# What every command-line test needs: the built program, and a home directory to throw away. A test
# that would touch a store outside its own temporary directory is aborted.

bats_require_minimum_version 1.5.0

# The runner names the build; alone, the one beside the tests is meant.
: "${TRUSTCTL:=$BATS_TEST_DIRNAME/../../build/trustctl}"
TRUSTCTL=$(readlink -f "$TRUSTCTL")
export TRUSTCTL

# The program as a command, wherever it was built.
PATH=${TRUSTCTL%/*}:$PATH

# Nothing of the person who runs the tests may leak into them.
unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME CREDENTIALS_DIRECTORY NO_COLOR COLUMNS
unset TRUSTCTL_NOW TRUSTCTL_ROOT TRUSTCTL_NSS_WORKER NSS_DEFAULT_DB_TYPE NSS_SSL_CBC_RANDOM_IV
unset SUDO_USER SUDO_UID SUDO_GID SSL_DIR

# A fresh home below the test's own directory, and a machine (TRUSTCTL_ROOT) without system stores. Staged
# copies lie in memory, apart from those of tests that run at the same time; the runner removes them.
setup_home() {
	XDG_RUNTIME_DIR=$(mktemp -d "${TRUSTCTL_TEST_MEMORY:-$BATS_TEST_TMPDIR}/memory.XXXXXX")
	export XDG_RUNTIME_DIR
	HOME=$BATS_TEST_TMPDIR/home
	TRUSTCTL_ROOT=$BATS_TEST_TMPDIR/machine
	export HOME TRUSTCTL_ROOT
	mkdir -p "$HOME" "$TRUSTCTL_ROOT"
	must_be_throw_away "$HOME"
}

# must_be_throw_away PATH: stop everything when it is not below the test's temporary directory
must_be_throw_away() {
	local real root
	real=$(readlink -f "$1")
	root=$(readlink -f "$BATS_TEST_TMPDIR")
	if [[ $real != "$root"/* || $HOME != "$BATS_TEST_TMPDIR"/* ]]; then
		echo "refusing to run: '$1' is not below the test's temporary directory" >&2
		exit 99
	fi
}

# made_store [DIRECTORY]: an empty store without password; its path is printed
made_store() {
	local directory=${1:-$HOME/.local/share/pki/nssdb}
	mkdir -p "$directory"
	must_be_throw_away "$directory"
	certutil -N -d "sql:$directory" --empty-password >/dev/null
	echo "$directory"
}

# made_profile NAME [firefox|thunderbird]: a profile with a store, the one the program opens
made_profile() {
	local base=$HOME/.mozilla/firefox
	[[ ${2:-firefox} == firefox ]] || base=$HOME/.thunderbird
	mkdir -p "$base/$1"
	printf '[Profile0]\nName=%s\nIsRelative=1\nPath=%s\nDefault=1\n' "$1" "$1" >"$base/profiles.ini"
	made_store "$base/$1"
}

# Chromium is installed on this machine.
made_chromium() {
	mkdir -p "$TRUSTCTL_ROOT/usr/bin"
	install -m 755 /dev/null "$TRUSTCTL_ROOT/usr/bin/chromium"
}

# json FILTER: a question to the JSON of the last `run`; an invalid document fails the test
json() {
	jq -er "$1" <<<"$output"
}

# admit_nobody: the home is that user's
admit_nobody() {
	command -v setpriv >/dev/null || skip 'needs setpriv to become another user'
	chown -R nobody "$HOME"
	# The way down to the store must be open for that user.
	local dir=$HOME
	while [[ $dir != / && $dir != /tmp ]]; do chmod a+x "$dir" && dir=$(dirname "$dir"); done
	setpriv --reuid nobody --clear-groups test -x "$(command -v trustctl)" ||
		skip 'the program is not reachable for another user'
}
