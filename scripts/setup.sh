#!/usr/bin/env bash
# Installs the missing tools of the native build: cmake, a C++ compiler, libclang. Prints nothing when none is missing.
set -euo pipefail

has() { command -v "$1" >/dev/null 2>&1; }

has_libclang() {
  [ -n "${LIBCLANG_PATH:-}" ] && return 0
  # The file names that bindgen searches for: libclang.so and libclang-14.so.1, but not libclang-cpp, which is another library.
  compgen -G '/usr/lib/llvm-*/lib/libclang.so*' >/dev/null && return 0
  compgen -G '/usr/lib/llvm-*/lib/libclang-[0-9]*.so*' >/dev/null && return 0
  compgen -G '/usr/lib/*/libclang.so*' >/dev/null && return 0
  compgen -G '/usr/lib/*/libclang-[0-9]*.so*' >/dev/null && return 0
  compgen -G '/usr/lib64/libclang.so*' >/dev/null && return 0
  compgen -G '/Library/Developer/CommandLineTools/usr/lib/libclang.dylib' >/dev/null && return 0
  compgen -G '/Applications/Xcode.app/Contents/Developer/Toolchains/*/usr/lib/libclang.dylib' >/dev/null
}

has cargo || { echo "error: cargo is missing; install Rust with rustup, see rust-toolchain.toml for the version" >&2; exit 1; }
has python3 || { echo "error: python3 is missing; the demo's models come from Python packages" >&2; exit 1; }

missing=()
has cmake || missing+=(cmake)
has c++ || missing+=(g++)
has make || missing+=(make)
has_libclang || missing+=(libclang-dev)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
# Optional, but repeated native builds then take a tenth of the time.
has ccache || missing+=(ccache)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! has apt-get; then
  # ccache is optional.
  [ "${missing[*]}" = ccache ] && exit 0
  echo "error: missing: ${missing[*]} (names of the Debian packages). Install them with this system's package manager:" >&2
  echo "  cmake, a C++ compiler, libclang (LLVM's C interface; set LIBCLANG_PATH if it is in an unusual place), Python's venv" >&2
  exit 1
fi
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  has sudo || { echo "error: run as root: apt-get install ${missing[*]}" >&2; exit 1; }
  sudo=(sudo)
fi
echo "installing ${missing[*]} with apt-get"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
if ! { "${sudo[@]}" apt-get update -qq && "${sudo[@]}" apt-get install -y -q "${missing[@]}"; } 2>&1 |
  tee "$log" | sed -un 's/^Need to get /  to download: /p'; then
  tail -n 20 "$log" >&2
  echo "error: apt-get could not install ${missing[*]}" >&2
  exit 1
fi
