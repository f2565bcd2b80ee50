# SPDX-License-Identifier: MPL-2.0
# Real servers (nginx, Dovecot, Postfix, OpenLDAP, PostgreSQL, MariaDB) on a loopback address of the test's own, as plain
# processes with their own configuration; nothing of the system's services is touched.

load ../cli/helper

# Addresses of 127/8 need no setting up, so ports cannot clash with anybody's.
pick_address() {
	ADDRESS=127.$((RANDOM % 200 + 20)).$((RANDOM % 250 + 1)).$((RANDOM % 250 + 1))
	PORTAL=${ADDRESS%.*}.251
	# Dovecot and Postfix give up root, and bats' own directory is root's alone.
	SERVERS=$(mktemp -d "${TMPDIR:-/tmp}/trustctl-servers.XXXXXX")
	chmod 755 "$SERVERS"
	export ADDRESS PORTAL SERVERS
}

# bats 1.8 takes a skip in setup_file for a failure: it makes nothing then, and setup skips each test.
have_nginx() { command -v nginx >/dev/null; }
need_nginx() { have_nginx || skip 'nginx is not installed'; }

# ---- certificates ------------------------------------------------------------------------------

CA='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
END='basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n'
FOR_MAIL="${END}extendedKeyUsage=serverAuth\nsubjectAltName=DNS:mail.example.com\n"

new_pki() {
	PKI=$BATS_FILE_TMPDIR/pki
	export PKI
	mkdir -p "$PKI"
	cd "$PKI" || return
	: >index.txt
	printf '%s\n' '[ca]' 'default_ca=x' '[x]' 'database=index.txt' 'new_certs_dir=.' 'policy=any' \
	    'unique_subject=no' 'rand_serial=yes' 'string_mask=utf8only' '[any]' 'commonName=optional' \
	    'organizationName=optional' >ca.cnf
}

# cert NAME ISSUER|- SUBJECT EXTENSIONS [FROM TO [DIGEST]]: days from today; NAME.pem, .key and .der
cert() {
	local name=$1 issuer=$2 from=${5:--1} to=${6:-200} digest=${7:-sha256} by
	[ -f "$name.key" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$name.key"
	openssl req -new -utf8 -key "$name.key" -subj "$3" -out "$name.csr"
	if [ "$issuer" = - ]; then by=(-selfsign -keyfile "$name.key"); else by=(-cert "$issuer.pem" -keyfile "$issuer.key"); fi
	openssl ca -config ca.cnf -batch -notext -in "$name.csr" -out "$name.pem" -md "$digest" "${by[@]}" \
	    -startdate "$(date -u -d "$from days" +%Y%m%d%H%M%SZ)" \
	    -enddate "$(date -u -d "$to days" +%Y%m%d%H%M%SZ)" -extfile <(printf '%b' "$4")
	openssl x509 -in "$name.pem" -outform der -out "$name.der"
}
identifier() { sha256sum <"$PKI/$1.der" | cut -d ' ' -f 1; }

# ---- servers -----------------------------------------------------------------------------------

# put_server PORT CHAIN KEY [DIRECTIVE...]: a server of nginx; CHAIN: names of certificates, in order
put_server() {
	local port=$1 chain=$2 key=$3 name
	shift 3
	for name in $chain; do cat "$PKI/$name.pem"; done >"$PKI/chain-$port.pem"
	printf 'server {\n listen %s:%s ssl;\n ssl_certificate %s;\n ssl_certificate_key %s;\n' \
	    "$ADDRESS" "$port" "$PKI/chain-$port.pem" "$PKI/$key.key"
	[ $# -eq 0 ] || printf ' %s;\n' "$@"
	echo ' location / { return 200 "hello\n"; }'
	echo ' location /closed { return 403; }'
	echo '}'
}

# start_nginx FILE: with the server blocks of that file
start_nginx() {
	local dir=$SERVERS/nginx
	mkdir -p "$dir"
	{
		echo "daemon off; worker_processes 1; pid $dir/pid; error_log $dir/error.log;"
		echo 'events { worker_connections 200; }'
		echo "http { access_log off; ssl_session_cache off; ssl_protocols TLSv1.2 TLSv1.3;"
		for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $dir/$kind;"; done
		cat "$1"
		echo '}'
	} >"$dir/nginx.conf"
	[ "$(id -u)" != 0 ] || sed -i "1i user root;" "$dir/nginx.conf"
	nginx -p "$dir" -e "$dir/error.log" -c "$dir/nginx.conf" >"$dir/log" 2>&1 </dev/null 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/servers"
}

# start_dovecot NAME CERTIFICATE IMAP IMAPS POP3 POP3S [FILE]: FILE is more of its configuration
start_dovecot() {
	local dir=$SERVERS/$1
	mkdir -p "$dir"
	cat "$PKI/$2.pem" "$PKI/inter.pem" >"$dir/chain.pem"
	cat >"$dir/dovecot.conf" <<-END
		base_dir = $dir/run
		state_dir = $dir/state
		log_path = $dir/log
		protocols = imap pop3
		listen = $ADDRESS
		ssl = yes
		ssl_cert = <$dir/chain.pem
		ssl_key = <$PKI/$2.key
		disable_plaintext_auth = yes
		passdb {
		  driver = static
		  args = nopassword=y
		}
		service imap-login {
		  chroot =
		  inet_listener imap {
		    port = $3
		  }
		  inet_listener imaps {
		    port = $4
		    ssl = yes
		  }
		}
		service pop3-login {
		  chroot =
		  inet_listener pop3 {
		    port = $5
		  }
		  inet_listener pop3s {
		    port = $6
		    ssl = yes
		  }
		}
	END
	[ -z "${7:-}" ] || cat "$7" >>"$dir/dovecot.conf"
	dovecot -F -c "$dir/dovecot.conf" >"$dir/out" 2>&1 </dev/null 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/servers"
}

# start_postfix CERTIFICATE SMTP SUBMISSION SMTPS PLAIN
start_postfix() {
	local dir=$SERVERS/postfix
	mkdir -p "$dir/queue" "$dir/data"
	chown postfix "$dir/data"
	cat "$PKI/$1.pem" "$PKI/inter.pem" >"$dir/chain.pem"
	cat >"$dir/main.cf" <<-END
		compatibility_level = 3.6
		queue_directory = $dir/queue
		data_directory = $dir/data
		maillog_file = $dir/log
		maillog_file_prefixes = $dir
		myhostname = mail.example.com
		inet_interfaces = loopback-only
		inet_protocols = ipv4
		smtpd_tls_cert_file = $dir/chain.pem
		smtpd_tls_key_file = $PKI/$1.key
		smtpd_tls_security_level = may
		alias_maps =
		alias_database =
	END
	cat >"$dir/master.cf" <<-END
		$ADDRESS:$2 inet n - n - - smtpd
		$ADDRESS:$3 inet n - n - - smtpd -o smtpd_tls_security_level=encrypt
		$ADDRESS:$4 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
		$ADDRESS:$5 inet n - n - - smtpd -o smtpd_tls_security_level=none
		cleanup unix n - n - 0 cleanup
		rewrite unix - - n - - trivial-rewrite
		tlsmgr unix - - n 1000? 1 tlsmgr
		anvil unix - - n - 1 anvil
		proxymap unix - - n - - proxymap
		postlog unix-dgram n - n - 1 postlogd
	END
	postfix -c "$dir" start >"$dir/out" 2>&1 </dev/null 3>&-
}

# start_slapd CERTIFICATE LDAP LDAPS
start_slapd() {
	local dir=$SERVERS/slapd
	mkdir -p "$dir"
	cat >"$dir/slapd.conf" <<-END
		include /etc/ldap/schema/core.schema
		pidfile $dir/pid
		TLSCertificateFile $PKI/$1.pem
		TLSCertificateKeyFile $PKI/$1.key
		TLSCACertificateFile $PKI/inter.pem
	END
	slapd -d 0 -f "$dir/slapd.conf" -h "ldap://$ADDRESS:$2 ldaps://$ADDRESS:$3" >"$dir/log" 2>&1 </dev/null 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/servers"
}

# put_site PORT CHAIN KEY [DIRECTIVE...]: a site of Apache's; a page /secret lies beside the others
put_site() {
	local port=$1 chain=$2 key=$3 name
	shift 3
	for name in $chain; do cat "$PKI/$name.pem"; done >"$PKI/site-$port.pem"
	printf 'Listen %s:%s\n<VirtualHost %s:%s>\n SSLEngine on\n SSLCertificateFile %s\n SSLCertificateKeyFile %s\n' \
	    "$ADDRESS" "$port" "$ADDRESS" "$port" "$PKI/site-$port.pem" "$PKI/$key.key"
	[ $# -eq 0 ] || printf ' %s\n' "$@"
	echo '</VirtualHost>'
}

# start_apache FILE: with the sites of that file
start_apache() {
	local dir=$SERVERS/apache module
	mkdir -p "$dir/pages"
	chmod 755 "$dir" "$dir/pages"
	echo hello >"$dir/pages/index.html"
	echo secret >"$dir/pages/secret"
	{
		for module in mpm_event authz_core dir socache_shmcb ssl; do
			echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
		done
		printf '%s\n' "ServerRoot $dir" "PidFile $dir/pid" "ErrorLog $dir/error.log" 'LogLevel ssl:info' \
		    'ServerName localhost' 'DirectoryIndex index.html' 'SSLSessionCache none' "DocumentRoot $dir/pages" \
		    'StartServers 1' "DefaultRuntimeDir $dir"
		[ "$(id -u)" != 0 ] || printf '%s\n' 'User www-data' 'Group www-data'
		echo "<Directory $dir/pages>"
		printf '%s\n' 'Require all granted' '</Directory>'
		cat "$1"
	} >"$dir/apache.conf"
	apache2 -D FOREGROUND -f "$dir/apache.conf" >"$dir/log" 2>&1 </dev/null 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/servers"
}

# start_postgres NAME PORT [CERTIFICATE]: without one it has no TLS. It does not run as root.
start_postgres() {
	local dir=$SERVERS/postgres-$1 as=() bin
	bin=$(compgen -G '/usr/lib/postgresql/*/bin' | tail -n 1)
	mkdir -p "$dir"
	if [ $# -gt 2 ]; then
		cat "$PKI/$3.pem" "$PKI/inter.pem" >"$dir/chain.pem"
		install -m 600 "$PKI/$3.key" "$dir/key.pem"
	fi
	if [ "$(id -u)" = 0 ]; then
		as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
		chown -R nobody:nogroup "$dir"
	fi
	"${as[@]}" "$bin/initdb" -D "$dir/data" -A trust -N -U test >"$dir/out" 2>&1 </dev/null 3>&-
	"${as[@]}" "$bin/postgres" -D "$dir/data" -h "$ADDRESS" -p "$2" -k "$dir" -F \
	    ${3:+-c ssl=on -c ssl_cert_file="$dir/chain.pem" -c ssl_key_file="$dir/key.pem"} >"$dir/log" 2>&1 </dev/null 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/servers"
}

# start_mariadb NAME PORT [CERTIFICATE]: without one it has no TLS. Nobody logs in, so it needs no tables.
start_mariadb() {
	local dir=$SERVERS/mariadb-$1 as=()
	mkdir -p "$dir/data"
	[ $# -lt 3 ] || cat "$PKI/$3.pem" "$PKI/inter.pem" >"$dir/chain.pem"
	[ "$(id -u)" != 0 ] || as=(--user=root)
	mariadbd --no-defaults "${as[@]}" --datadir="$dir/data" --socket="$dir/socket" --pid-file="$dir/pid" \
	    --bind-address="$ADDRESS" --port="$2" --skip-grant-tables --skip-networking=0 --skip-innodb \
	    --default-storage-engine=MyISAM --default-tmp-storage-engine=MyISAM \
	    ${3:+--ssl-cert="$dir/chain.pem" --ssl-key="$PKI/$3.key"} >"$dir/log" 2>&1 </dev/null 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/servers"
}

# answers PORT...: wait until something listens there
answers() {
	local port
	for port in "$@"; do
		for _ in $(seq 100); do
			(exec 9<>"/dev/tcp/$ADDRESS/$port") 2>/dev/null && continue 2
			sleep 0.1
		done
		echo "nothing listens on $ADDRESS:$port" >&2
		tail -5 "$SERVERS"/*/{log,error.log,out} >&2 2>/dev/null
		return 1
	done
}

stop_all() {
	[ -n "${SERVERS:-}" ] || return 0
	[ ! -d "$SERVERS/postfix" ] || postfix -c "$SERVERS/postfix" stop >/dev/null 2>&1 || true
	[ ! -f "$BATS_FILE_TMPDIR/servers" ] || xargs kill <"$BATS_FILE_TMPDIR/servers" 2>/dev/null || true
	sleep 0.5
	rm -rf "$SERVERS"
}

# ---- what diagnose says ------------------------------------------------------------------------

# causes STATUS ID...: these are all that are more than a note, in this order
causes() {
	local want=$1 got
	shift
	got=$(jq -r '[.causes[] | select(.severity != "note") | .id] | join(" ")' <<<"$output")
	[[ $got == "$*" && $status == "$want" ]] || {
		echo "wanted $want: $*"
		echo "got $status: $got"
		jq '.causes, .steps, .stores' <<<"$output"
		echo "$stderr"
		false
	}
}
