#!/usr/bin/env bats
# scripts/check passes over this tree, and does not over planted violations.

SOURCE=${SOURCE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}

# A tree in which all is well, for planting things in.
setup_file() {
	local tree=$BATS_FILE_TMPDIR/tree

	mkdir -p "$tree"/{scripts,formats,export,transform,import,tests/unit}
	cp "$SOURCE/scripts/check" "$tree/scripts/"
	cp "$SOURCE/.clang-format" "$tree/"
	printf '%s\n' '#include <stdbool.h>' '' 'bool bytes_are(void);' \
	    >"$tree/formats/bytes.h"
	printf '%s\n' '#include "formats/bytes.h"' '' 'bool' \
	    'bytes_are(void)' '{' $'\treturn true;' '}' \
	    >"$tree/formats/bytes.c"
	"$tree/scripts/check" --quick
}

setup() {
	tree=$BATS_TEST_TMPDIR/tree
}

plant_tree() {
	cp -r "$BATS_FILE_TMPDIR/tree" "$tree"
}

check() {
	run "$tree/scripts/check" --quick
}

# refused FILE TEXT: it was refused for that reason.
refused() {
	[ "$status" -eq 1 ]
	[[ $output == *"$1:"*"$2"* ]]
}

@test "this tree passes" {
	run "$SOURCE/scripts/check" --quick
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "a file that is not laid out is refused" {
	plant_tree
	echo 'int  bytes_count( void );' >>"$tree/formats/bytes.h"
	check
	refused formats/bytes.h "not laid out"
}

@test "formats including a program's folder is refused" {
	plant_tree
	sed -i '1a #include "import/ledger.h"' "$tree/formats/bytes.c"
	check
	refused formats/bytes.c "may not include import/ledger.h"
}

@test "programs including each other is refused" {
	plant_tree
	echo '#include "transform/cast.h"' >"$tree/import/load.c"
	check
	refused import/load.c "may not include transform/cast.h"
}

@test "a lower level including a higher one is refused" {
	plant_tree
	sed -i '1a #include "formats/chunk.h"' "$tree/formats/bytes.c"
	check
	refused formats/bytes.c "level 0 includes formats/chunk.h of level 3"
}

@test "a module of formats without a level is refused" {
	plant_tree
	echo '#include <stdint.h>' >"$tree/formats/utils.h"
	check
	refused formats/utils.h "has no level"
}

@test "a file that does not begin with its own header is refused" {
	plant_tree
	sed -i '1i #include <errno.h>' "$tree/formats/bytes.c"
	check
	refused formats/bytes.c "its own header is not its first include"
}

@test "a foreign library outside its file is refused" {
	plant_tree
	for line in formats/chunk.h:zstd.h formats/io.h:zlib.h \
	    formats/digest.h:jansson.h formats/archive.h:archive_entry.h \
	    export/plan.h:libpq-fe.h formats/schema.h:sqlite3.h \
	    import/load.h:pthread.h export/scan.h:yaml.h \
	    transform/rewrite.h:sqlite3.h; do
		echo "#include <${line#*:}>" >"$tree/${line%:*}"
	done
	check
	for line in formats/chunk.h:zstd formats/io.h:zlib \
	    formats/digest.h:jansson formats/archive.h:archive \
	    export/plan.h:libpq-fe formats/schema.h:sqlite3 \
	    import/load.h:pthread export/scan.h:yaml \
	    transform/rewrite.h:sqlite3; do
		refused "${line%:*}" "may include <${line#*:}"
	done
}

@test "a foreign library in the files that it is let into is not" {
	plant_tree
	for line in formats/archive_tar.c:archive_entry.h \
	    export/scan.h:sqlite3.h transform/expression_rows.h:sqlite3.h \
	    transform/mapping.c:yaml.h import/load.h:libpq-fe.h; do
		echo "#include <${line#*:}>" >"$tree/${line%:*}"
	done
	check
	[ "$status" -eq 0 ]
}

@test "memory taken outside bytes and arena is refused" {
	plant_tree
	mkdir -p "$tree/export"
	printf '%s\n' '#include <stdlib.h>' '' 'void *' 'plan_room(void)' '{' \
	    $'\treturn malloc(8);' '}' >"$tree/export/plan.c"
	check
	refused export/plan.c:6 "memory comes from a Buf or an Arena"
}

@test "printing or exiting below main is refused" {
	plant_tree
	printf '%s\n' '#include <stdio.h>' '' 'void' 'plan_say(void)' '{' \
	    $'\tputs("x");' '}' >"$tree/export/plan.c"
	check
	refused export/plan.c:6 "only main, report and options print or exit"
}

@test "what stands in comments and literals is no call" {
	plant_tree
	printf '%s\n' '/* malloc(8) and' ' * exit(1) */' 'const char *' \
	    'plan_text(void)' '{' $'\treturn "printf(\\"abort()\\")";' '}' \
	    >"$tree/export/plan.c"
	check
	[ "$status" -eq 0 ]
}

@test "a function of 61 lines is refused and one of 60 is not" {
	plant_tree
	{
		printf '%s\n' 'int' 'plan_count(int n)' '{'
		for ((i = 0; i < 59; i++)); do
			printf '\tn++;\n'
		done
		printf '\treturn n;\n}\n'
	} >"$tree/export/plan.c"
	check
	[ "$status" -eq 0 ]
	sed -i '4i \\tn++;' "$tree/export/plan.c"
	check
	refused export/plan.c "plan_count has 61 lines"
}

@test "a file of 601 lines is refused and one of 600 is not" {
	local files=(export/plan.h tests/unit/plan.h tests/pipe/plan.bats
	    tests/plan.bash tests/oracle/plan.py scripts/plan) file

	plant_tree
	mkdir "$tree/tests"/{pipe,oracle}
	for ((i = 0; i < 600; i++)); do
		echo "int plan_$i(void);"
	done | tee "$tree/export/plan.h" >"$tree/tests/unit/plan.h"
	{
		echo '#!/usr/bin/env bats'
		printf '#%s\n' {2..600}
	} | tee "$tree/tests/pipe/plan.bats" "$tree/tests/plan.bash" \
	    "$tree/tests/oracle/plan.py" >"$tree/scripts/plan"
	check
	[ "$status" -eq 0 ]
	for file in "${files[@]}"; do
		tail -n 1 "$tree/$file" >>"$tree/$file"
	done
	check
	for file in "${files[@]}"; do
		refused "$file" "601 lines"
	done
}

@test "notes to oneself and paths of one machine are refused" {
	plant_tree
	echo "this is a TODO" >"$tree/README.md"
	echo "see /home/somebody/notes" >"$tree/NOTES.md"
	check
	refused README.md:1 "a note to oneself"
	refused NOTES.md:1 "a path of one machine"
}

@test "a careless shell script is refused" {
	plant_tree
	# shellcheck disable=SC2016
	printf '%s\n' '#!/usr/bin/env bash' 'rm -r $1' >"$tree/scripts/careless"
	check
	refused scripts/careless "Double quote"
}

@test "a man page with errors is refused" {
	plant_tree
	mkdir "$tree/man"
	printf '%s\n' '.Dd November 21, 2026' '.Dt X 1' '.Os' '.Sh NAME' \
	    '.Nm x' '.Nd a page' '.Xx' >"$tree/man/x.1"
	check
	refused man/x.1:7 "unknown macro"
}
