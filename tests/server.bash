# bats helper: a throw-away PostgreSQL of one's own, on a private socket.
#
#	load ../server
#	setup_file() { server_start; }
#	setup() { server_database; }		# an empty database for each test
#
# server_start sets PGHOST, PGUSER and PGDATABASE; no other server is touched.
# It ends with the file.
# Root cannot run PostgreSQL, so then everything of the server is done as the
# user postgres.

# Run a command as somebody who may run a server.
server_as_owner()
{
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && runuser -u postgres -- "$@")
	else
		"$@"
	fi
}

# The newest PostgreSQL that is installed.
server_programs()
{
	local directory

	if command -v initdb > /dev/null; then
		dirname "$(command -v initdb)"
		return
	fi
	for directory in $(printf '%s\n' /usr/lib/postgresql/*/bin |
		sort -t/ -k5 -rn); do
		if [ -x "$directory/initdb" ]; then
			echo "$directory"
			return
		fi
	done
	echo "no PostgreSQL server is installed" >&2
	return 1
}

# Where servers live: in memory where there is plenty.  A socket's path is at
# most 107 bytes long: not below BATS_TMPDIR.
server_place()
{
	local free

	free=$(df -k --output=avail /dev/shm 2> /dev/null | tail -n 1)
	if [ "${free:-0}" -gt 4000000 ] && [ -w /dev/shm ]; then
		echo /dev/shm
	else
		echo /tmp
	fi
}

# server_data PROGRAMS: the data directory of $SERVER.  $SERVER_TEMPLATE, where
# it is set, is the path of a copy of the first one that was made: initdb takes
# many times as long as a copy.
server_data()
{
	local programs=$1 template=${SERVER_TEMPLATE:-}

	template=${template:+$template-$("$programs/initdb" --version |
		tr -c '[:alnum:].\n' -)}
	if [ -n "$template" ] && [ -d "$template" ]; then
		cp -a "$template" "$SERVER/data"
		return
	fi
	server_as_owner "$programs/initdb" -D "$SERVER/data" -A trust \
		-U postgres -E UTF8 --locale=C.UTF-8 -N > "$SERVER.log" 2>&1 || {
		cat "$SERVER.log" >&2
		return 1
	}
	if [ -n "$template" ]; then
		# Others may do so, too: the first is taken, and it is whole.
		cp -a "$SERVER/data" "$template.$$" &&
			mv -T "$template.$$" "$template" 2> /dev/null ||
			rm -rf "$template.$$"
	fi
}

# server_start [SETTING=VALUE]...: settings as postgresql.conf has them.
server_start()
{
	local programs setting

	programs=$(server_programs) || return 1
	SERVER=$(mktemp -d "$(server_place)/litehaul-server-XXXXXX")
	if [ "$(id -u)" -eq 0 ]; then
		chown postgres "$SERVER"
	fi
	server_data "$programs" || return 1
	{
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$SERVER'"
		echo "unix_socket_permissions = 0777"
		echo "fsync = off"
		echo "shared_buffers = 64MB"
		echo "max_wal_size = 2GB"
		for setting in "$@"; do
			echo "${setting%%=*} = '${setting#*=}'"
		done
	} > "$SERVER.conf"
	server_as_owner tee -a "$SERVER/data/postgresql.conf" \
		< "$SERVER.conf" > /dev/null
	export SERVER SERVER_PROGRAMS=$programs
	export PGHOST=$SERVER PGUSER=postgres PGDATABASE=postgres
	unset PGPORT PGSERVICE PGHOSTADDR PGPASSWORD DATABASE_URL
	server_resume
}

# Start the server that is there.
server_resume()
{
	# Its output must not hold bats' descriptors open.
	server_as_owner "$SERVER_PROGRAMS/pg_ctl" -D "$SERVER/data" -s -w \
		-l "$SERVER/log" start > "$SERVER.log" 2>&1 3>&- < /dev/null || {
		cat "$SERVER.log" >&2
		return 1
	}
}

# server_halt [MODE]: stop it, keep its data; immediate is a crash.
server_halt()
{
	server_as_owner "$SERVER_PROGRAMS/pg_ctl" -D "$SERVER/data" -s -w \
		-m "${1:-fast}" stop > /dev/null 2>&1
}

# Stop it and remove everything of it.
server_stop()
{
	if [ -z "${SERVER:-}" ]; then
		return 0
	fi
	server_halt immediate || true
	rm -rf "$SERVER" "$SERVER.log" "$SERVER.conf"
	unset SERVER
}

teardown_file()
{
	server_stop
}

# server_database [NAME]: an empty database, which PGDATABASE then names.
server_database()
{
	local name=${1:-test}

	export PGDATABASE=postgres
	psql -qX -c "DROP DATABASE IF EXISTS \"$name\" WITH (FORCE)" \
		-c "CREATE DATABASE \"$name\"" 2> /dev/null
	export PGDATABASE=$name
}

# Ask it something: unaligned rows without a header.
server_ask()
{
	psql -qXAt -v ON_ERROR_STOP=1 -c "$1"
}
