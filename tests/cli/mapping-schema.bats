#!/usr/bin/env bats
# share/mapping.schema.json says what transform takes, and the manual says all
# of it.

setup() {
	SOURCE=${SOURCE:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}
	command -v python3 >/dev/null || skip "no python3 here"
	cd "$SOURCE"
}

@test "the schema has the keys that transform takes, and no others" {
	python3 - <<-'PYTHON'
	import json, re
	code = "".join(open("transform/" + name).read() for name in
	    ("mapping.c", "mapping_entry.c", "mapping_field.h"))
	key = re.compile(r'\{\s*"([a-z_0-9]+)",\s*[a-z]\w*,')
	shared = re.search(r"#define MAPPING_FIELD_DEFAULTS.*?\n\n", code, re.S)
	shared = set(key.findall(shared[0].replace("\\\n", "")))
	assert len(shared) == 4, shared
	taken = {}
	for name, fields in re.findall(
	    r"MappingField (\w+)_fields\[\] = \{(.*?)\n\};", code, re.S):
	    taken[name] = set(key.findall(fields))
	    if "MAPPING_FIELD_DEFAULTS" in fields:
	        taken[name] |= shared
	schema = json.load(open("share/mapping.schema.json"))
	top, inner = schema["properties"], schema["$defs"]
	said = {
	    "root": top,
	    "target": top["target"]["properties"],
	    "defaults": top["defaults"]["properties"],
	    "table": inner["table"]["properties"],
	    "rename": inner["table"]["properties"]["rename"]["oneOf"][1]
	        ["properties"],
	    "column": inner["column"]["properties"],
	    "add": inner["add"]["properties"],
	}
	assert set(said) == set(taken), taken.keys()
	for name in said:
	    assert set(said[name]) == taken[name], (
	        name, set(said[name]) ^ taken[name])
	PYTHON
}

@test "the manual explains every key, word and conversion of the schema" {
	python3 - <<-'PYTHON'
	import json, re
	manual = open("man/litehaul-mapping.5").read()
	named = set(re.findall(r"\w+", "\n".join(line for line in
	    manual.splitlines() if line.startswith((".It", ".Cm")))))
	words = set()

	def walk(node):
	    if isinstance(node, list):
	        for item in node:
	            walk(item)
	    elif isinstance(node, dict):
	        words.update(node.get("properties", {}))
	        words.update(w for w in node.get("enum", [])
	            if isinstance(w, str) and re.fullmatch(r"\w+", w))
	        for item in node.values():
	            walk(item)

	walk(json.load(open("share/mapping.schema.json")))
	words -= {"1"}
	assert len(words) > 60, words
	assert words <= named, words - named
	PYTHON
}

@test "mapping files of the tests are as the schema says" {
	local python found=

	for python in $(type -ap python3); do
		if "$python" -c 'import jsonschema, yaml' 2>/dev/null; then
			found=$python
			break
		fi
	done
	[ -n "$found" ] || skip "no python3 here has jsonschema and yaml"
	"$found" - <<-'PYTHON'
	import glob, json, yaml, jsonschema
	schema = json.load(open("share/mapping.schema.json"))
	kind = jsonschema.Draft202012Validator
	kind.check_schema(schema)
	judge = kind(schema)
	files = glob.glob("tests/data/mapping-*.yaml")
	assert len(files) >= 3, files
	for name in files:
	    with open(name) as file:
	        text = file.read()
	    try:
	        document = json.loads(text)
	    except ValueError:
	        document = yaml.safe_load(text)
	    judge.validate(document)
	column = lambda entry: {"version": 1,
	    "tables": {"t": {"columns": {"c": entry}}}}
	for bad in ({}, {"version": 2}, {"version": 1, "tabels": {}},
	    column({"rname": "x"}), column({"using": "telepathy"}),
	    column({"values": {}}), column({"on_error": "skip"}),
	    {"version": 1, "target": {"schema": "pg_x"}},
	    {"version": 1, "tables": {"t": {"add": {"c": {}}}}}):
	    assert not judge.is_valid(bad), bad
	PYTHON
}
