#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# trustctl export --for: the network programs themselves read what is written, and log in with it.

load helper
load pki

PATH=$PATH:/usr/sbin:/sbin # where Debian has some of these programs

setup_file() {
	make_pki
	cat "$PKI/server.pem" "$PKI/inter.pem" >"$PKI/server-chain.pem"
	# OpenVPN's remote-cert-tls wants the usage of the key said.
	issue gateway '/CN=localhost' inter 900 'basicConstraints=CA:FALSE' 'keyUsage=digitalSignature' \
		'extendedKeyUsage=serverAuth'
	cat "$PKI/gateway.pem" "$PKI/inter.pem" >"$PKI/gateway-chain.pem"
}

setup() {
	setup_home
	make_user_store
	OUT=$BATS_TEST_TMPDIR
	trustctl import -q "$PKI/alice.p12" "$PKI/root.pem" "$PKI/root2.pem" \
		--password-file "$PKI/secret" >/dev/null
	started=
}

teardown() {
	local process
	for process in $started; do
		kill "$process" 2>/dev/null || true
		wait "$process" 2>/dev/null || true
	done
}

trust_root() {
	trustctl trust enable -q "$(sha256 root)" --fingerprint "$(sha256 root)" >/dev/null
}

# files PROGRAM ARGUMENTS: into $OUT/PROGRAM
files() {
	local program=$1
	shift
	trustctl export -q Alice --for "$program" -o "$OUT/$program" --password-file "$PKI/secret" "$@" \
		>"$OUT/snippet"
}

# wait_for FILE TEXT: at most 5 s
wait_for() {
	local i
	for ((i = 0; i < 50; i++)); do
		grep -q "$2" "$1" 2>/dev/null && return
		sleep 0.1
	done
	cat "$1"
	return 1
}

@test "the other side is checked against a root that is trusted, or named" {
	run --separate-stderr trustctl export Alice --for openvpn -o "$OUT/x" --password-file "$PKI/secret"
	[ "$status" -eq 5 ]
	[[ $stderr == *"'Test Root', which is undecided here"*"--ca $(sha256 root | cut -c 1-16)"* ]]
	[ ! -e "$OUT/x" ]
	files openvpn --ca 'Second Root'
	openssl x509 -in "$OUT/openvpn/ca.pem" -outform der | cmp - "$PKI/root2.der"
	trustctl trust distrust -q "$(sha256 root2)" --yes
	run trustctl export Alice --for openvpn -o "$OUT/y" --ca 'Second Root' --password-file "$PKI/secret"
	[ "$status" -eq 5 ]
	run trustctl export 'Test Root' --for openvpn -o "$OUT/z" --ca 'Test Root'
	[ "$status" -eq 3 ]
	trust_root
	files wpa_supplicant
	openssl x509 -in "$OUT/wpa_supplicant/ca.pem" -outform der | cmp - "$PKI/root.der"
}

@test "directory and key are private, the snippet is printed, the key encrypted" {
	trust_root
	local program
	for program in networkmanager wpa_supplicant strongswan openvpn; do
		files $program
		[ "$(stat -c %a "$OUT/$program")" = 700 ]
		[ "$(find "$OUT/$program" -type f -exec grep -l 'PRIVATE KEY' {} + | wc -l)" -eq 1 ]
		[ "$(find "$OUT/$program" -type f -exec grep -l 'BEGIN ENCRYPTED PRIVATE KEY' {} + |
			xargs stat -c %a)" = 600 ]
		[ "$(wc -l <"$OUT/snippet")" -ge 10 ]
	done
	run trustctl export Alice --for openvpn -o "$OUT/a\"b" --password-file "$PKI/secret"
	[ "$status" -eq 2 ]
	run trustctl export Alice --for openvpn -o "$OUT/x" --server 'a b'
	[ "$status" -eq 2 ]
	run trustctl export Alice --for wpa_supplicant -o "$OUT/x" --network $'a"\nb'
	[ "$status" -eq 2 ]
}

# A RADIUS server that knows Alice, with the server's certificate.
start_radius() {
	printf '127.0.0.1 radius-secret\n' >"$OUT/clients"
	printf '"alice@example.com" TLS\n' >"$OUT/users"
	printf '%s\n' driver=none interface=lo ssid=x eap_server=1 "eap_user_file=$OUT/users" \
		"ca_cert=$PKI/root.pem" "server_cert=$PKI/server-chain.pem" "private_key=$PKI/server.key" \
		"radius_server_clients=$OUT/clients" radius_server_auth_port=18127 >"$OUT/hostapd.conf"
	hostapd "$OUT/hostapd.conf" >"$OUT/hostapd.log" 2>&1 3>&- &
	started="$started $!"
	wait_for "$OUT/hostapd.log" AP-ENABLED
}

# What wpa_supplicant does when it meets the Wi-Fi, without a Wi-Fi.
log_in() {
	timeout 20 eapol_test -c "$OUT/wpa_supplicant/wpa_supplicant.conf" -a 127.0.0.1 -p 18127 \
		-s radius-secret -t 10 | tail -n 1 | grep -qx SUCCESS
}

@test "wpa_supplicant reads its block, and logs in with EAP-TLS" {
	trust_root
	start_radius
	files wpa_supplicant --network 'Office 2' --server localhost --insecure-plain-key
	log_in
	files wpa_supplicant --network 'Office 2' --server localhost --force
	sed -i 's/#private_key_passwd="..."/private_key_passwd="secret"/' \
		"$OUT/wpa_supplicant/wpa_supplicant.conf"
	log_in
	files wpa_supplicant --server other.example.com --insecure-plain-key --force
	run ! log_in
	run timeout 2 wpa_supplicant -D wired -i lo -c "$OUT/wpa_supplicant/wpa_supplicant.conf"
	[[ $output == *'Successfully initialized'* && $output != *'Failed to'* && $output != *Line* ]]
}

@test "NetworkManager's parser reads the keyfile and finds it complete" {
	trust_root
	files networkmanager --network 'Büro 2' --server radius.example.com
	run "${TRUSTCTL%/*}/tests/support/nm_keyfile" "$OUT/networkmanager/wifi.nmconnection"
	[ "$status" -eq 0 ]
	[[ $output == *"ssid : [0x42, 0xc3, 0xbc, 0x72, 0x6f, 0x20, 0x32]"* ]] # Büro 2
	[[ $output == *"identity : 'alice@example.com'"* ]]
	[[ $output == *"domain-suffix-match : 'radius.example.com'"* ]]
	[[ $output == *"private-key : b'file://$OUT/networkmanager/key.pem'"* ]]
	[ "$(stat -c %a "$OUT/networkmanager/wifi.nmconnection")" = 600 ]
	files networkmanager --insecure-plain-key --force
	"${TRUSTCTL%/*}/tests/support/nm_keyfile" "$OUT/networkmanager/wifi.nmconnection" |
		grep -q 'private-key-password-flags : 4'
}

@test "each Wi-Fi of an identity is a connection of its own for NetworkManager" {
	trust_root
	local network
	for network in Office Guests Office; do
		files networkmanager --network $network --force
		grep '^uuid=' "$OUT/networkmanager/wifi.nmconnection" >>"$OUT/$network"
	done
	[ "$(sort -u "$OUT/Office" | wc -l)" -eq 1 ]
	run ! grep -qf "$OUT/Office" "$OUT/Guests"
}

# strongSwan's daemon with its control socket, without touching the machine's: charon-cmd is a client
# that loads the same plugins. It wants to be root, if only of a namespace of its own.
start_charon() {
	local as=()
	[ "$(id -u)" -eq 0 ] || as=(unshare --map-root-user --net)
	cat >"$OUT/strongswan.conf" <<-END
		charon-cmd {
			load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey constraints hmac kdf kernel-netlink socket-default vici
			port = 0
			port_nat_t = 0
			plugins {
				vici {
					socket = unix://$OUT/vici
				}
			}
		}
		swanctl {
			load = random openssl pem pkcs1 pkcs8 x509 pubkey
		}
	END
	export STRONGSWAN_CONF=$OUT/strongswan.conf SWANCTL_DIR=$OUT/strongswan
	timeout 60 "${as[@]}" charon-cmd --host 127.0.0.1 --identity x >"$OUT/charon.log" 2>&1 3>&- </dev/null &
	started="$started $!"
	local i
	for ((i = 0; i < 50; i++)); do
		[ -S "$OUT/vici" ] && return
		sleep 0.1
	done
	cat "$OUT/charon.log"
	return 1
}

swan() {
	timeout 20 swanctl "$@" --uri "unix://$OUT/vici" 2>&1
}

@test "strongSwan loads certificates, key and connection from the directory" {
	trust_root
	files strongswan --server vpn.example.com
	start_charon
	swan --load-creds <<<secret >"$OUT/creds"
	grep -q 'loaded certificate from .*x509/Alice.pem' "$OUT/creds"
	grep -q 'loaded certificate from .*x509/Alice-chain-1.pem' "$OUT/creds"
	grep -q 'loaded certificate from .*x509ca/Alice-ca-1.pem' "$OUT/creds"
	grep -q 'loaded ECDSA key from .*pkcs8/Alice.pem' "$OUT/creds"
	swan --list-certs | grep -q 'has private key'
	echo 'include conf.d/*.conf' >"$OUT/strongswan/swanctl.conf" # as Debian's does
	swan --load-conns >"$OUT/loaded"
	grep -q "loaded connection 'Alice'" "$OUT/loaded"
	swan --list-conns >"$OUT/conns"
	grep -q 'remote: *vpn.example.com' "$OUT/conns"
	grep -q 'cacerts: CN=Test Root, O=Test' "$OUT/conns"
	grep -q 'certs: CN=Alice Test, E=alice@example.com' "$OUT/conns"
	files strongswan --force --insecure-plain-key
	swan --load-creds --clear | grep -q 'loaded ECDSA key from .*private/Alice.pem'
}

@test "strongSwan does not go on using a key or CA of an earlier export" {
	trust_root
	echo mine >"$OUT/other"
	files strongswan --insecure-plain-key --ca 'Test Root' --ca 'Second Root'
	cp "$OUT/other" "$OUT/strongswan/x509ca/other-ca-2.pem"
	cp "$OUT/other" "$OUT/strongswan/x509ca/Alice-ca-7.pem"
	run trustctl export Alice --for strongswan -o "$OUT/strongswan" --password-file "$PKI/secret"
	[ "$status" -eq 5 ]
	grep -q 'BEGIN PRIVATE KEY' "$OUT/strongswan/private/Alice.pem"
	run --separate-stderr trustctl export Alice --for strongswan -o "$OUT/strongswan" --force --json \
		--password-file "$PKI/secret"
	[ "$status" -eq 0 ]
	[ "$(json '.removed | join(" ")')" = 'private/Alice.pem x509ca/Alice-ca-2.pem' ]
	[ "$(json '.left | join(" ")')" = x509ca/Alice-ca-7.pem ]
	[[ $stderr == *"also uses what was there before: 'x509ca/Alice-ca-7.pem'; remove"* ]]
	run ! grep -rq 'BEGIN PRIVATE KEY' "$OUT/strongswan"
	[ -f "$OUT/strongswan/x509ca/other-ca-2.pem" ]
	start_charon
	swan --load-creds <<<secret >"$OUT/creds"
	[ "$(grep -c 'loaded ECDSA key' "$OUT/creds")" -eq 1 ]
	[ "$(grep -c 'loaded certificate from .*x509ca' "$OUT/creds")" -eq 1 ]
	# An unencrypted key takes the place of an encrypted one, too.
	run --separate-stderr trustctl export Alice --for strongswan -o "$OUT/strongswan" --force --insecure-plain-key
	[ "$status" -eq 0 ]
	[[ $output == *'removed 1 file of an earlier export'* ]]
	[ ! -e "$OUT/strongswan/pkcs8/Alice.pem" ]
}

@test "people whose names differ in signs or in letters that ASCII has not do not take each other's place in strongSwan's directory" {
	trust_root
	local name
	for name in Иван Зоя 'Иван (VPN)' 'Зоя (VPN)' 'Zoe work' 'Zoe (work)' Zoe-work; do
		issue person "/CN=$name" inter 900 'basicConstraints=CA:FALSE' 'extendedKeyUsage=clientAuth'
		trustctl import -q "$PKI/person.pem" "$PKI/person.key"
		trustctl export -q "$name" --for strongswan -o "$OUT/strongswan" --insecure-plain-key >/dev/null
		grep -l 'BEGIN CERT' "$OUT"/strongswan/x509/*.pem | grep -v chain | wc -l >>"$OUT/counts"
	done
	[ "$(tr '\n' ' ' <"$OUT/counts")" = '1 2 3 4 5 6 7 ' ]
	[ "$(find "$OUT/strongswan/private" -type f | wc -l)" -eq 7 ]
	[ -f "$OUT/strongswan/private/Zoe-work.pem" ]
	[ -f "$OUT/strongswan/private/VPN-$(printf 'Зоя (VPN)' | sha256sum | cut -c 1-8).pem" ]
}

@test "OpenVPN reads its configuration, and a client shakes hands with a server" {
	trust_root
	files openvpn --server localhost
	cat >"$OUT/server.conf" <<-END
		dev null
		port 18194
		local 127.0.0.1
		tls-server
		dh none
		ca $PKI/root.pem
		cert $PKI/gateway-chain.pem
		key $PKI/gateway.key
	END
	openvpn --config "$OUT/server.conf" >"$OUT/server.log" 2>&1 3>&- &
	started="$started $!"
	wait_for "$OUT/server.log" 'link remote'
	sed -i -e 's/^remote .*/remote 127.0.0.1 18194/' -e 's/^dev tun/dev null/' "$OUT/openvpn/client.ovpn"
	openvpn --config "$OUT/openvpn/client.ovpn" --askpass "$PKI/secret" --remap-usr1 SIGTERM \
		--ifconfig-noexec --route-noexec >"$OUT/client.log" 2>&1 3>&- &
	started="$started $!"
	wait_for "$OUT/client.log" '\[localhost\] Peer Connection Initiated'
	wait_for "$OUT/server.log" '\[Alice Test\] Peer Connection Initiated'
}

@test "a CA that is no root brings its issuers along, without which no program could connect" {
	local program
	for program in networkmanager strongswan openvpn wpa_supplicant; do
		run --separate-stderr trustctl export Alice --for $program -o "$OUT/$program" --ca 'Test Intermediate' \
			--server localhost --insecure-plain-key
		[ "$status" -eq 0 ]
		[[ $stderr == *"warning: 'Test Intermediate' is no root, and $program checks up to one"*"below 'Test Root'"* ]]
		[ "$(find "$OUT/$program" -name '*ca*' -type f -exec cat {} + | grep -c 'BEGIN CERT')" -eq 2 ]
	done
	start_radius
	log_in
	openssl verify -no-CApath -no-CAstore -CAfile "$OUT/openvpn/ca.pem" "$PKI/gateway.pem"
}

@test "a name that would spoil the terminal does not, where the root is missing" {
	openssl pkcs12 -export -inkey "$PKI/alice.key" -in "$PKI/alice.pem" -name $'p\e]0;X\aq' -passout pass:secret \
		-out "$OUT/odd.p12"
	trustctl store create --quiet "$OUT/other"
	trustctl import --quiet --store "$OUT/other" --password-file "$PKI/secret" "$OUT/odd.p12"
	run -3 trustctl export 'Alice Test' --store "$OUT/other" --for openvpn -o "$OUT/d" --insecure-plain-key
	[[ $output == *"the root of 'p\\x1b]0;X\\x07q' is not here"* && $output != *$'\e'* ]]
}
