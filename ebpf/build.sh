#!/bin/sh
# Builds the eBPF objects in ebpf/prebuilt and writes down what they were built from.
#
#   ebpf/build.sh           rebuild, replace the objects and the MANIFEST
#   ebpf/build.sh --check   rebuild elsewhere; fail when the sources are not those of the MANIFEST,
#                           or when the same tools make other bytes
#   ebpf/build.sh --to DIR  rebuild into DIR only, for kernel tests with
#                           ZTC_DATAPATH_OBJECT=DIR/ztc-datapath.o
#
# Needs bpf-linker, llvm-strip, and a rustc whose standard library's source is installed: Debian's
# rustc-web with rust-web-src, or a nightly with the component rust-src. README.md says how to get
# them.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
prebuilt=$here/prebuilt
target=${CARGO_TARGET_DIR:-$here/datapath/target}

die() {
    printf 'ebpf/build.sh: %s\n' "$*" >&2
    exit 2
}

has_source() {
    [ -x "$1" ] && [ -d "$("$1" --print sysroot)/lib/rustlib/src/rust/library/core" ]
}

find_rust() {
    nightly=$(rustup which --toolchain nightly rustc 2>/dev/null || true)
    for rustc in "${RUSTC:-}" /usr/bin/rustc "$nightly"; do
        if [ -n "$rustc" ] && has_source "$rustc"; then
            cargo=$(dirname "$rustc")/cargo
            [ -x "$cargo" ] || die "$rustc has no cargo beside it"
            return
        fi
    done
    die "no rustc with the source of core: install rustc-web, cargo-web and rust-web-src (Debian)" \
        "or a nightly with 'rustup component add rust-src', or set RUSTC"
}

find_tools() {
    find_rust
    linker=$(command -v bpf-linker) || linker=${CARGO_HOME:-$HOME/.cargo}/bin/bpf-linker
    [ -x "$linker" ] || die "bpf-linker is missing: cargo install bpf-linker@0.13.0"
    llvm=$("$rustc" --version --verbose | sed -n 's/^LLVM version: //p')
    strip=
    found=$(command -v llvm-strip || true)
    for candidate in "/usr/lib/llvm-${llvm%%.*}/bin/llvm-strip" "$found"; do
        if [ -x "$candidate" ]; then
            strip=$candidate
            break
        fi
    done
    [ -n "$strip" ] || die "llvm-strip is missing: install llvm-${llvm%%.*}"
}

# No path of this machine may end up in the object: BTF names source files.
flags() {
    sysroot=$("$rustc" --print sysroot)
    printf '%s\037' \
        -C "linker=$linker" -C target-cpu=v3 -C debuginfo=2 \
        -C link-arg=--btf -C link-arg=--disable-expand-memcpy-in-order \
        --cfg 'bpf_target_arch="x86_64"' \
        "--remap-path-prefix=$sysroot=/rust" \
        "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
    # The folder of a registry is named after its host; the last prefix that fits is the one used.
    for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
        printf '%s\037' "--remap-path-prefix=$registry=/crates"
    done
    printf '%s' "--remap-path-prefix=$(dirname "$here")=/ztc"
}

build() {
    (
        cd "$here/datapath"
        # The registry's folder must be there before it can be named.
        "$cargo" fetch --quiet --locked
        encoded=$(flags)
        export RUSTC="$rustc" RUSTC_BOOTSTRAP=1 CARGO_ENCODED_RUSTFLAGS="$encoded"
        export CARGO_TARGET_DIR="$target"
        "$cargo" build --quiet --locked --release -Z build-std=core --target bpfel-unknown-none
    )
    mkdir -p "$1"
    for name in ztc-datapath ztc-bench; do
        cp "$target/bpfel-unknown-none/release/$name" "$1/$name.o"
        # DWARF goes; BTF, which the loader and the verifier's log need, stays.
        "$strip" --strip-debug "$1/$name.o"
    done
}

sources() {
    (
        cd "$here"
        {
            find abi/src datapath/src -type f -name '*.rs'
            printf '%s\n' abi/Cargo.toml datapath/Cargo.toml datapath/Cargo.lock
        } | LC_ALL=C sort | xargs sha256sum | sed 's/^\([0-9a-f]*\) [ *]/source \1 /'
    )
}

tools() {
    printf 'rustc %s\n' "$("$rustc" --version | cut -d' ' -f2)"
    printf 'llvm %s\n' "$llvm"
    printf 'bpf-linker %s\n' "$("$linker" --version | cut -d' ' -f2)"
}

manifest() {
    printf '# What the objects beside this file were built from. Written by ebpf/build.sh.\n'
    tools
    (cd "$1" && sha256sum ztc-datapath.o ztc-bench.o | sed 's/^\([0-9a-f]*\) [ *]/object \1 /')
    sources
}

case "${1:-}" in
'')
    find_tools
    build "$prebuilt"
    manifest "$prebuilt" >"$prebuilt/MANIFEST"
    ;;
--to)
    [ -n "${2:-}" ] || die "--to needs a directory"
    find_tools
    build "$2"
    ;;
--check)
    find_tools
    fresh=$(mktemp -d)
    trap 'rm -rf "$fresh"' EXIT
    # A target directory of its own, or the build would be a copy.
    target=$fresh/target
    build "$fresh"
    [ "$(sources)" = "$(grep '^source ' "$prebuilt/MANIFEST")" ] ||
        die "the objects are stale: run ebpf/build.sh and commit ebpf/prebuilt"
    if [ "$(tools)" != "$(grep -E '^(rustc|llvm|bpf-linker) ' "$prebuilt/MANIFEST")" ]; then
        printf 'ebpf/build.sh: built by other tools; the bytes are not compared\n' >&2
        exit 0
    fi
    for name in ztc-datapath.o ztc-bench.o; do
        cmp "$fresh/$name" "$prebuilt/$name" || die "$name: the same tools made other bytes"
    done
    ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '/^set/d' >&2
    exit 2
    ;;
esac
