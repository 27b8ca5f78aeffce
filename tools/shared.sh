# Sourced by the commands of tools that build something: how they speak, and how they install and build.
# The caller has set `repository` to the root of the working tree.

bold= green= red= yellow= plain=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' yellow=$'\e[33m' plain=$'\e[0m'
fi

say() { printf '%s\n' "$*"; }
headline() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
complain() { printf '%s%s%s\n' "$red" "$*" "$plain" >&2; }

# wanted_packages GROUP...: the packages of these groups that are neither installed nor served by another command.
wanted_packages() {
    local group package command
    while read -r group package command; do
        [[ " $* " == *" $group "* ]] || continue
        [ -n "$command" ] && command -v "$command" >/dev/null && continue
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || echo "$package"
    done < <(grep -v '^#' "$repository/tools/packages.txt")
}

# as_root COMMAND...: directly, or through sudo.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        complain "This needs root, and sudo is not here. Cure: run as root: $*"
        return 1
    fi
}

# without_services COMMAND...: what it installs starts no server. Tests start their own, on ports of their own.
without_services() (
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'as_root rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root install -m 755 /dev/stdin "$policy"
    fi
    "$@"
)

# install_packages GROUP...: nothing is touched if everything is there.
install_packages() {
    local wanted log
    if ! command -v dpkg-query >/dev/null; then
        say "No dpkg here: taking it that what tools/packages.txt names is installed."
        return 0
    fi
    mapfile -t wanted < <(wanted_packages "$@")
    [ "${#wanted[@]}" = 0 ] && return 0
    log=$(mktemp)
    say "Installing with apt-get: ${wanted[*]}"
    if as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >"$log" 2>&1 &&
        without_services as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -q -y install --no-install-recommends "${wanted[@]}" >>"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    tail -n 20 "$log" >&2
    rm -f "$log"
    complain "The packages could not be installed. Cure: see above; then: apt-get install ${wanted[*]}"
    return 1
}

# One compiler for each processor, but no more than the free memory bears: the largest files want 1.5 GiB.
build_jobs() {
    local processors fitting
    processors=$(nproc)
    fitting=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
    [ "$fitting" -ge 1 ] || fitting=1
    echo $((processors < fitting ? processors : fitting))
}
