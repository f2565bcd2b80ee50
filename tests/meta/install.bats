#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# What `make install` puts down works where it lies, and compiles nothing a second time.

load ../cli/helper

setup() {
	setup_home
	cd "$BATS_TEST_DIRNAME/../.."
}

@test "the installed program finds its worker, also below DESTDIR" {
	local build=${TRUSTCTL%/*}
	[[ $build == "$PWD"/build ]] || skip 'installs the plain build only'
	make -s -n install DESTDIR="$BATS_TEST_TMPDIR" prefix=/usr >"$BATS_TEST_TMPDIR/plan"
	# Another prefix is known to one object.
	[ "$(grep -c -- ' -c -o ' "$BATS_TEST_TMPDIR/plan")" -le 1 ]

	# As `make install` does it, but without building in the folder other tests use.
	(umask 077 && sed -e ':a' -e '/\\$/{N;s/\\\n//;ta' -e '}' "$BATS_TEST_TMPDIR/plan" | grep '^install ' | sh)
	# Whatever the umask of who installs it, everybody can use it.
	[ "$(find "$BATS_TEST_TMPDIR/usr" -type f -perm -444 | wc -l)" -gt 20 ]
	[ -z "$(find "$BATS_TEST_TMPDIR/usr" ! -perm -444)" ]
	run "$BATS_TEST_TMPDIR/usr/bin/trustctl" store create "$HOME/store"
	[ "$status" -eq 0 ]
	[ -e "$HOME/store/cert9.db" ]
}

# With a sudo that passes nothing of the environment, and nothing installed yet.
@test "who interrupts the installation of packages leaves no policy, and no package asks" {
	local bin=$BATS_TEST_TMPDIR/bin policy=$BATS_TEST_TMPDIR/policy
	mkdir "$bin"
	sed "s|^policy=.*|policy=$policy|" tests/install-packages >"$bin/install-packages"
	printf '#!/bin/sh\necho 1000\n' >"$bin/id"
	printf '#!/bin/sh\nexit 1\n' >"$bin/dpkg-query"
	printf '#!/bin/sh\nexec env -i PATH="$PATH" "$@"\n' >"$bin/sudo"
	cat >"$bin/apt-get" <<-END
		#!/bin/sh
		echo "\$DEBIAN_FRONTEND" >"$BATS_TEST_TMPDIR/frontend"
		[ -x "$policy" ] && kill -TERM \$PPID
	END
	chmod 755 "$bin"/*
	PATH=$bin:$PATH run sh "$bin/install-packages" build
	[ "$status" -eq 130 ]
	[ "$(cat "$BATS_TEST_TMPDIR/frontend")" = noninteractive ]
	[ ! -e "$policy" ]
}

@test "make removes or installs what it needs alone, and formats and builds at once" {
	run make -n clean all
	[ "$status" -eq 2 ]
	[[ $output == *"run it alone, then 'make all'"* ]]
	make -n clean
	make -n B="$BATS_TEST_TMPDIR/build" format all
}
