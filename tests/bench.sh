#!/usr/bin/env bash
# Measures what a user runs (check, build, reach, diff, test, paths): wall time, peak memory, rows per
# table; and `ztc reach` with ever more pods of the same workloads.
#
#   tests/bench.sh [RUNS]
#
# Repositories come from the example `generate_repository`. With GEN_SCALE naming the script that
# made the cases of Cilium's own figures, these cases are measured too. Needs python3 for that
# script only; prefers hyperfine where it is installed.
set -euo pipefail

runs=${1:-5}
root=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cargo build --quiet --release --manifest-path "$root/Cargo.toml" --package ztc
cargo build --quiet --release --manifest-path "$root/Cargo.toml" --package ztc-tests --example generate_repository
ztc=$target/release/ztc
generate=$target/release/examples/generate_repository

# The median time of several runs of a command, and the peak of its memory.
measure() {
    local label=$1 seconds memory status=0
    shift
    "$@" >/dev/null 2>"$scratch/stderr" || status=$?
    if [ "$status" -gt 1 ]; then
        cat "$scratch/stderr" >&2
        return 1
    fi
    # Hyperfine takes a command as one word; no path of ours has a space.
    if command -v hyperfine >/dev/null; then
        hyperfine --shell=none --ignore-failure --warmup 1 --runs "$runs" \
            --export-json "$scratch/time.json" "$*" >/dev/null 2>&1
        seconds=$(sed -n 's/^ *"median": \([0-9.]*\),*/\1/p' "$scratch/time.json" | head -n 1)
    else
        seconds=$(for _ in $(seq "$runs"); do
            local begin=$EPOCHREALTIME
            "$@" >/dev/null 2>&1 || true
            echo "$begin $EPOCHREALTIME" | awk '{ print $2 - $1 }'
        done | sort -n | sed -n "$(((runs + 1) / 2))p")
    fi
    memory=unknown
    if [ -x /usr/bin/time ]; then
        memory=$(/usr/bin/time -f %M -- "$@" 2>&1 >/dev/null | tail -n 1 |
            awk '{ printf "%.0f MiB", $1 / 1024 }')
    fi
    printf '%-24s %8.3f s   %s\n' "$label" "$seconds" "$memory"
}

# A change of one namespace in twenty: their own policies are gone.
change() {
    cp -r "$1" "$2"
    rm -f "$2"/team-??[024]0/policies.yaml
}

# Two assertions for each of 100 namespaces.
assertions() {
    printf 'apiVersion: ztc.dev/v1alpha1\nkind: PolicyTest\nmetadata: {name: bench}\nspec:\n  assertions:\n'
    for n in $(seq 0 99); do
        printf '  - deny: {from: world, to: "team-%04d/*", ports: [22/TCP]}\n' "$n"
        printf '  - allow: {from: {any: "team-%04d/*"}, to: {any: cluster}, ports: [53/UDP]}\n' "$n"
    done
}

# Every command on one repository, then what the bundle holds.
case_of() {
    local name=$1 folder=$2
    echo "== $name"
    measure "ztc check" "$ztc" check "$folder"
    measure "ztc build" "$ztc" build "$folder" -o "$scratch/out.ztcb"
    measure "ztc reach" "$ztc" reach "$folder"
    measure "ztc reach --bundle" "$ztc" reach --bundle "$scratch/out.ztcb"
    measure "ztc reach, as JSON" "$ztc" reach --bundle "$scratch/out.ztcb" --format json
    change "$folder" "$folder-changed"
    measure "ztc diff" "$ztc" diff "$folder" "$folder-changed"
    rm -rf "$folder-changed"
    assertions >"$scratch/assertions.yaml"
    measure "ztc test" "$ztc" test "$folder" "$scratch/assertions.yaml"
    measure "ztc test --coverage" "$ztc" test --coverage "$folder" "$scratch/assertions.yaml"
    measure "ztc paths" "$ztc" paths "$folder" --from world --to "team-0001/*"
    measure "ztc paths --all" "$ztc" paths "$folder" --all --from world --to "team-0001/*"
    "$ztc" inspect "$scratch/out.ztcb" | sed -n '/^sections/,/^$/p'
    # The kernel keeps sixteen neighbouring port classes of a port map in one row.
    "$ztc" inspect "$scratch/out.ztcb" --section verdicts |
        awk 'NR > 1 { rows[$1 "/" int($2 / 16)] } END { print "  verdict rows in the kernel", length(rows) }'
    rm -rf "$folder"
}

for size in "1000 200 5000" "10000 2000 50000"; do
    # shellcheck disable=SC2086  # three numbers are meant
    "$generate" "$scratch/repository" $size --seed 42
    case_of "policies, namespaces, pods: $size" "$scratch/repository"
done

# Ten workloads in each of 200 namespaces, with so many pods each: the policies stay the same.
for replicas in 1 2 4; do
    "$generate" "$scratch/repository" 1000 200 $((2000 * replicas)) --seed 42
    echo "== pods per workload: $replicas"
    "$ztc" build "$scratch/repository" -o "$scratch/out.ztcb" >/dev/null 2>&1 || true
    measure "ztc reach" "$ztc" reach "$scratch/repository"
    measure "ztc reach --bundle" "$ztc" reach --bundle "$scratch/out.ztcb"
    rm -rf "$scratch/repository"
done

if [ -n "${GEN_SCALE:-}" ]; then
    for n_policies in 1000 5000; do
        for cidrs in "" nocidr; do
            # shellcheck disable=SC2086  # no argument is meant when there is none
            python3 "$GEN_SCALE" "$scratch/scale" 42 "$n_policies" 50 10 4 $cidrs
            case_of "Cilium's case: $n_policies policies ${cidrs:-with CIDRs}" "$scratch/scale"
        done
    done
fi
