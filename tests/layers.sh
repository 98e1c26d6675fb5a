#!/usr/bin/env bash
# Fails when a folder includes what its layer may not see, and on a few habits that a compiler does not catch.
# usage: layers.sh [SOURCE_DIR]
set -u
cd "${1:-.}" || exit 2
status=0

# forbid PLACE PATTERN [ALLOWED_FILE...]: no file of PLACE includes PATTERN, but the allowed ones.
forbid() {
  local place=$1 pattern=$2; shift 2
  local skip=() file
  for file in "$@"; do skip+=(--exclude="$(basename "$file")"); done
  if grep -rnE --include='*.h' --include='*.cc' --include='*.inc' "${skip[@]}" "#include [<\"]($pattern)" "$place"; then
    echo "layers: $place/ may not include: $pattern" >&2
    status=1
  fi
}

# matching/ computes: values in, values out.
forbid matching 'storage/|daemon/|tools/|vigie/|rocksdb/|grpcpp/|grpc/|google/|spdlog/|boost/|openssl/|nlohmann/|filesystem|fstream|thread|mutex'
forbid matching 'unicode/' text_icu.cc
forbid matching 'toml' model_toml.cc indicator_toml.cc
# storage/ remembers.
forbid storage 'daemon/|tools/|vigie/|grpcpp/|grpc/|boost/|toml|nlohmann/|unicode/'
forbid storage 'rocksdb/' rocks_kv.cc
forbid storage 'storage/.*\.pb\.h' record_codec.cc record_labels.cc record_standing.cc
# daemon/registry/ holds the use cases: no wire, no threads of its own.
forbid daemon/registry 'vigie/|grpcpp/|grpc/|google/|rocksdb/|boost/|spdlog/|daemon/(grpc|console)/|toml|unicode/'
forbid daemon 'rocksdb/|tools/'
forbid tools 'rocksdb/'
# Nothing but tests/ includes tests/.
for folder in matching storage daemon tools; do forbid "$folder" 'tests/'; done

# Every test source is built.
for file in $(find tests -name '*.cc'); do
  if ! grep -rqE "^[^#]*\b$(basename "$file")" --include=CMakeLists.txt tests; then
    echo "layers: $file is in no CMakeLists.txt" >&2
    status=1
  fi
done
# A silenced warning says why.
if grep -rnE --include='*.h' --include='*.cc' 'NOLINT[A-Z]*(\([^)]*\))?[[:space:]]*$' matching storage daemon tools tests; then
  echo "layers: a NOLINT without its reason" >&2
  status=1
fi
# Pure code does not print.
if grep -rnE --include='*.h' --include='*.cc' 'std::c(out|err)|\bprintf\(' matching storage daemon/registry; then
  echo "layers: matching/, storage/ and daemon/registry/ do not print" >&2
  status=1
fi
exit $status
