# SPDX-License-Identifier: MIT
# Checks for the tests in shell, the kin of tap.h: `. tests/tap.sh` from the repository's root, then
#     check "what should hold" command words...
# and at the end `tap_done suite`. Silent while all is well; $scratch is a folder that is gone afterwards.
# $FOVEA_BUILD names the build folder (build).

set -u
build=${FOVEA_BUILD:-build}
mkdir -p build-scratch
scratch=$(mktemp -d "$PWD/build-scratch/XXXXXX")
trap 'rm -rf "$scratch"' EXIT
tap_passed=0 tap_failed=0

check() {
    local what=$1
    shift
    if "$@" >"$scratch/.log" 2>&1; then
        tap_passed=$((tap_passed + 1))
    else
        tap_failed=$((tap_failed + 1))
        printf 'not ok: %s: %s\n' "$what" "$*"
        sed 's/^/    /' "$scratch/.log" | tail -n 60
    fi
}

tap_done() {
    printf '%s: %d passed, %d failed\n' "$1" "$tap_passed" "$tap_failed"
    [ "$tap_failed" -eq 0 ] && [ "$tap_passed" -gt 0 ]
}
