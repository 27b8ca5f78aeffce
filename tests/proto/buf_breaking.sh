#!/usr/bin/env bash
# Compares proto/ with what clients in the field were built from: the commit named in `baseline` beside this script,
# which moves on with each release. The rules are in proto/buf.yaml.
# Usage and exit codes are those of buf_lint.sh, which also brings buf.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
folder=$(realpath -m "${1:?usage: tests/proto/buf_breaking.sh FOLDER}")
baseline=$(cat "$here/baseline")

"$here/buf_lint.sh" "$folder"
if ! git -C "$repository" cat-file -e "$baseline^{commit}" 2>/dev/null; then
    echo "SKIP: commit $baseline is not in this clone. Cure: git fetch --unshallow"
    exit 77
fi
"${NOODSTOP_BUF:-$folder/node_modules/.bin/buf}" breaking "$repository/proto" \
    --against "$repository/.git#ref=$baseline,subdir=proto"
echo "proto/ breaks nothing that $baseline promised"
