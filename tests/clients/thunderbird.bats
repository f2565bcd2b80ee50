#!/usr/bin/env bats
# SPDX-License-Identifier: MPL-2.0
# Thunderbird, unmodified and headless, reads what trustctl wrote into its profile. It is the real path
# of a mail account: the profile has one on a Dovecot of ours on the loopback, IMAP with TLS from the
# first byte; Thunderbird logs in and fetches the inbox, and tells the code when it is refused.

load servers

# What keeps the tests from running: nothing, or the reason.
obstacle() {
	if ! command -v thunderbird >/dev/null; then echo 'thunderbird is not installed'
	elif ! command -v dovecot >/dev/null; then echo 'dovecot is not installed'
	elif [ "$(id -u)" != 0 ]; then echo 'Dovecot needs root'; fi
}

# Bats 1.8 fails where a setup_file skips; the tests do.
setup_file() {
	[ -z "$(obstacle)" ] || return 0
	pick_address
	new_pki
	make_certificates >make.log 2>&1 || { cat make.log >&2; false; }
	put_mail
	start_dovecot plain mail 8143 8993 8110 8995 plain.conf
	start_dovecot mtls mail 9143 9993 9110 9995 mtls.conf
	answers 8993 9993
}
teardown_file() { stop_all; }
setup() {
	local why
	why=$(obstacle)
	[ -z "$why" ] || skip "$why"
	setup_home
	PROFILE=$(made_profile work thunderbird)
}

make_certificates() {
	cert root - '/CN=Mail Root/O=Test' "$CA"
	cert inter root '/CN=Mail Intermediate/O=Test' "$CA"
	cert mail inter "/CN=$ADDRESS" "${END}extendedKeyUsage=serverAuth\nsubjectAltName=IP:$ADDRESS\n"
	cert alice inter '/CN=alice' "${END}extendedKeyUsage=clientAuth\nsubjectAltName=email:alice@example.com\n"
	openssl pkcs12 -export -inkey alice.key -in alice.pem -certfile inter.pem -name alice -passout pass:secret -out alice.p12
	printf secret >p12.pw
	cat inter.pem root.pem >cas.pem
}

# A mailbox with one message, and what the two servers have beyond start_dovecot's: one takes a password,
# the other nothing but a client certificate, and no user's name but the one in that.
put_mail() {
	mkdir -p "$SERVERS/mail/alice/new"
	printf 'From: bob@example.com\nSubject: Hello\n\nHello.\n' >"$SERVERS/mail/alice/new/1.host"
	chown -R nobody "$SERVERS/mail"
	cat >plain.conf <<-END
		userdb {
		  driver = static
		  args = uid=nobody gid=nogroup home=$SERVERS/mail/alice
		}
		last_valid_uid = 0
		mail_location = maildir:$SERVERS/mail/alice
	END
	{
		cat plain.conf
		cat <<-END
			auth_mechanisms = external
			auth_ssl_require_client_cert = yes
			auth_ssl_username_from_cert = yes
			ssl_verify_client_cert = yes
			ssl_ca = <$PKI/cas.pem
			ssl_require_crl = no
		END
	} >mtls.conf
}

# account PORT METHOD: the profile's; METHOD 3: password, 7: client certificate. A proxy that is not there
# keeps all else from the network.
account() {
	local option
	{
		printf 'user_pref("%s", "%s");\n' \
		    mail.accountmanager.accounts account1 mail.accountmanager.defaultaccount account1 \
		    mail.account.account1.server server1 mail.account.account1.identities id1 \
		    mail.identity.id1.useremail alice@example.com mail.server.server1.type imap \
		    mail.server.server1.hostname "$ADDRESS" mail.server.server1.userName alice \
		    network.proxy.http 127.0.0.1 network.proxy.ssl 127.0.0.1 network.proxy.socks 127.0.0.1 \
		    network.proxy.no_proxies_on "$ADDRESS" mailnews.start_page_override.mstone ignore
		for option in "mail.server.server1.port $1" 'mail.server.server1.socketType 3' \
		    "mail.server.server1.authMethod $2" 'mail.server.server1.login_at_startup false' \
		    'mail.server.server1.check_new_mail false' 'mailnews.start_page.enabled false' \
		    'mail.inappnotifications.enabled false' 'mail.provider.suppress_dialog_on_startup true' \
		    'mail.rights.version 1' 'network.proxy.type 1' 'network.proxy.http_port 9' \
		    'network.proxy.ssl_port 9' 'network.proxy.socks_port 9'; do
			printf 'user_pref("%s", %s);\n' "${option% *}" "${option#* }"
		done
	} >"$PROFILE/user.js"
}

# says WORDS: what a Thunderbird just started says of its inbox
says() {
	local got
	got=$(FIREFOX=thunderbird MARIONETTE_SECONDS=40 timeout 50 "$BATS_TEST_DIRNAME/marionette" "$PROFILE" \
	    "script $BATS_TEST_DIRNAME/thunderbird-asks.js" 3>&- </dev/null) || true
	[ "$got" = "$1" ] || { echo "wanted '$1', got '$got'"; tail -n 5 "$SERVERS"/*/log; return 1; }
}
inbox='read: Hello'
login_failed=0x80004005

@test "Thunderbird refuses an IMAPS server until its root's trust is enabled, and again after a distrust" {
	account 8993 3
	says SEC_ERROR_UNKNOWN_ISSUER
	trustctl import --store thunderbird "$PKI/root.pem"
	says SEC_ERROR_UNKNOWN_ISSUER
	run ! grep Login: "$SERVERS/plain/log"
	trustctl trust enable --store thunderbird --fingerprint "$(identifier root)"
	says "$inbox"
	trustctl trust distrust --yes --store thunderbird "$(identifier root)"
	says SEC_ERROR_UNTRUSTED_ISSUER
}

@test "Thunderbird logs in by the identity imported from a .p12 file, where nothing else is taken" {
	account 9993 7
	trustctl import --store thunderbird "$PKI/root.pem"
	trustctl trust enable --store thunderbird --fingerprint "$(identifier root)"
	says $login_failed
	grep -q "client didn't send a cert.*method=EXTERNAL" "$SERVERS/mtls/log"
	run ! grep Login: "$SERVERS/mtls/log"
	trustctl import --store thunderbird:work --password-file "$PKI/p12.pw" "$PKI/alice.p12"
	says "$inbox"
	grep -q 'Login: user=<alice>, method=EXTERNAL' "$SERVERS/mtls/log"
}
