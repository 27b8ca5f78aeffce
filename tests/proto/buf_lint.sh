#!/usr/bin/env bash
# Lints proto/ with the pinned buf. buf goes into FOLDER (a build folder), never into the repository.
# Exit 77: skipped, with the reason on the last line: no npm, or no way to its registry. Any other trouble fails.
# NOODSTOP_BUF names a buf that is already there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
folder=$(realpath -m "${1:?usage: tests/proto/buf_lint.sh FOLDER}")

skip() {
    echo "SKIP: $*"
    exit 77
}

# npm's error code and its first sentence, or the last line of the log where it gave none.
npm_complaint() {
    local said
    said=$(sed -nE 's/^npm (error|ERR!) +//p' "$folder/npm.log" | grep -vE '^(syscall|errno|path|$)' | head -n 2 |
        paste -sd ' ')
    echo "${said:-$(tail -n 1 "$folder/npm.log")}"
}

# `npm install`, since `npm ci` of npm 11 wants the packages of all systems in the lock file. It keeps to the lock
# file's versions and digests as well, and --no-save leaves both files as they are.
install_buf() {
    local code=0
    command -v npm >/dev/null || skip "npm is not here, so buf can't be installed"
    mkdir -p "$folder"
    cp "$here/package.json" "$here/package-lock.json" "$folder/"
    (cd "$folder" && timeout 180 npm install --ignore-scripts --no-save --no-audit --no-fund >npm.log 2>&1) || code=$?
    [ "$code" != 0 ] || return 0
    if [ "$code" = 124 ] || grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT' \
        "$folder/npm.log"; then
        skip "no way to npm's registry: $(npm_complaint)"
    fi
    echo "npm could not install buf: $(npm_complaint)"
    exit 1
}

buf=${NOODSTOP_BUF:-$folder/node_modules/.bin/buf}
if [ -z "${NOODSTOP_BUF:-}" ] && ! cmp -s "$here/package-lock.json" "$folder/package-lock.json"; then
    rm -rf "$folder"
fi
[ -x "$buf" ] || install_buf
cd "$repository/proto"
"$buf" lint
echo "proto/ is clean by $("$buf" --version 2>/dev/null | head -n 1)"
