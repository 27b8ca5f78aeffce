#!/usr/bin/env bash
# Lints proto/ with the pinned buf. buf goes into FOLDER (a build folder), never into the repository.
# Exit 77: skipped, with the reason on the last line. NOODSTOP_BUF names a buf that is already there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
folder=$(realpath -m "${1:?usage: tests/proto/buf_lint.sh FOLDER}")

skip() {
    echo "SKIP: $*"
    exit 77
}

install_buf() {
    command -v npm >/dev/null || skip "npm is not here, so buf can't be installed"
    mkdir -p "$folder"
    cp "$here/package.json" "$here/package-lock.json" "$folder/"
    (cd "$folder" && timeout 180 npm ci --ignore-scripts --no-audit --no-fund --silent >npm.log 2>&1) ||
        skip "npm could not install buf (no registry?): $(tail -n 1 "$folder/npm.log")"
}

buf=${NOODSTOP_BUF:-$folder/node_modules/.bin/buf}
if [ -z "${NOODSTOP_BUF:-}" ] && ! cmp -s "$here/package-lock.json" "$folder/package-lock.json"; then
    rm -rf "$folder"
fi
[ -x "$buf" ] || install_buf
cd "$repository/proto"
"$buf" lint
echo "proto/ is clean by $("$buf" --version 2>/dev/null | head -n 1)"
