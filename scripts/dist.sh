#!/usr/bin/env bash
# Builds what is distributed, into dist/: an archive (.tar.gz), a Python wheel and a Debian package, all of one tree: bin/tripod, its
# libraries in lib/tripod, and share/ with the demo's classifier, manual pages, completions and licences. The program finds the
# libraries and the classifier from where it lies, so the tree works wherever it is put. With `tree`, makes the tree only.
#
#   TRIPOD_CACHE=directory scripts/dist.sh [tree]
set -euo pipefail
cd "$(dirname "$0")/.."

export CARGO_TARGET_DIR="${TRIPOD_CACHE:?}/build-portable"
tree="$CARGO_TARGET_DIR/tree"
version=$(sed -n '0,/^version/s/^version = "\(.*\)"/\1/p' Cargo.toml)
# The instructions of every processor of the architecture; better ones are chosen when the program runs. This replaces the flags of
# .cargo/config.toml. Paths of this machine stay out of the program.
export RUSTFLAGS="-C link-arg=-Wl,-rpath,\$ORIGIN/../lib/tripod --remap-path-prefix=$HOME=/build --remap-path-prefix=$PWD=/build/tripod"
export CMAKE_INSTALL_RPATH="\$ORIGIN" CMAKE_BUILD_WITH_INSTALL_RPATH=ON

# The newest version of a library's symbols (GLIBC, GLIBCXX) that anything in the tree asks for.
needs() {
  objdump -T "$tree/bin/tripod" "$tree"/lib/tripod/* 2>/dev/null | grep -oE "\($1_[0-9.]+\)" | tr -d '()' | sed "s/$1_//" | sort -uV | tail -n 1
}

make_tree() {
  scripts/build.sh dist --features portable
  local built="$CARGO_TARGET_DIR/dist" out library
  # The newest is of this build.
  out=$(dirname "$(ls -dt "$built"/build/llama-cpp-sys-2-*/out/backends | head -n 1)")
  rm -rf "$tree"
  mkdir -p "$tree"/{bin,lib/tripod,share/doc/tripod,share/man/man1,share/bash-completion/completions,share/zsh/vendor-completions,share/fish/vendor_completions.d}
  install "$built/tripod" "$tree/bin/tripod"

  # llama.cpp's libraries, by the names that the program asks for, and its code for each generation of processors.
  while read -r library; do
    install -m 644 "$library" "$tree/lib/tripod/$(basename "$library")"
  done < <(LD_LIBRARY_PATH="$out/lib:$out/lib64:$out/build/bin:$out/build/common" ldd "$tree/bin/tripod" | awk -v out="$out" 'index($3, out) == 1 { print $3 }')
  install -m 644 "$out"/backends/libggml-cpu-*.so "$tree/lib/tripod"
  # Its tile instructions fault when GCC 12 compiles them (.cargo/config.toml); the next best is used instead.
  rm -f "$tree/lib/tripod/libggml-cpu-sapphirerapids.so"
  strip --strip-unneeded "$tree"/lib/tripod/*

  # The classifier is assembled by Python packages, which nobody needs who has the result.
  scripts/models.sh "$tree/bin/tripod"
  local classifier
  classifier=$(dirname "$("$tree/bin/tripod" models path sentiment-headlines-minilm)")
  mkdir -p "$tree/share/tripod/models"
  cp -r "$classifier" "$tree/share/tripod/models/"

  "$tree/bin/tripod" man "$tree/share/man/man1"
  "$tree/bin/tripod" completions bash >"$tree/share/bash-completion/completions/tripod"
  "$tree/bin/tripod" completions zsh >"$tree/share/zsh/vendor-completions/_tripod"
  "$tree/bin/tripod" completions fish >"$tree/share/fish/vendor_completions.d/tripod.fish"
  cp README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$tree/share/doc/tripod"
  python3 scripts/licences.py >"$tree/share/doc/tripod/licences.txt"
  echo "tree: glibc $(needs GLIBC) or later, libstdc++ with GLIBCXX_$(needs GLIBCXX) or later"
}

archive() {
  local name
  name="tripod-$version-linux-$(uname -m)"
  tar --create --gzip --file "dist/$name.tar.gz" --owner 0 --group 0 --transform "s,^tree,$name," -C "$CARGO_TARGET_DIR" tree
}

wheel() {
  scripts/environment.sh "$TRIPOD_CACHE/packaging" packaging/requirements.txt "maturin and the linters of packaging"
  rm -rf dist/tripod.data
  mkdir dist/tripod.data
  cp -r "$tree/lib" "$tree/share" dist/tripod.data/
  mkdir dist/tripod.data/data
  mv dist/tripod.data/{lib,share} dist/tripod.data/data/
  # The program is built already. What the tag promises was measured above, and the libraries are packed beside it.
  local glibc
  glibc=$(needs GLIBC)
  PATH="$TRIPOD_CACHE/packaging/bin:$PATH" maturin build --quiet --auditwheel skip --compatibility "manylinux_${glibc/./_}" --out dist
  rm -rf dist/tripod.data
}

debian() {
  local root="$CARGO_TARGET_DIR/debian" architecture
  architecture=$(dpkg --print-architecture)
  rm -rf "$root"
  mkdir -p "$root"/{DEBIAN,usr,etc/default,usr/lib/systemd/system}
  cp -r "$tree"/* "$root/usr/"
  mv "$root/usr/share/doc/tripod/licences.txt" "$root/usr/share/doc/tripod/copyright"
  gzip -9n "$root/usr/share/doc/tripod/CHANGELOG.md" "$root"/usr/share/man/man1/*
  mv "$root/usr/share/doc/tripod/CHANGELOG.md.gz" "$root/usr/share/doc/tripod/changelog.gz"
  install -m 644 packaging/tripod.service "$root/usr/lib/systemd/system/"
  install -m 644 packaging/tripod.default "$root/etc/default/tripod"
  echo /etc/default/tripod >"$root/DEBIAN/conffiles"
  cat >"$root/DEBIAN/control" <<CONTROL
Package: tripod
Version: $version
Architecture: $architecture
Maintainer: The Tripod authors <tripod@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: libc6 (>= $(needs GLIBC)), libstdc++6 (>= 12)
Recommends: python3-pip, ca-certificates
Section: misc
Priority: optional
Description: local stock analyst
 Three small models, one after the other: a forecast with bands, the sentiment of
 headlines, and a report. A command, a web page and a server with the API of OpenAI.
 The service fetches its models at its first start: systemctl enable --now tripod.
CONTROL
  dpkg-deb --root-owner-group --build "$root" "dist/tripod_${version}_$architecture.deb" >/dev/null
}

make_tree
[ "${1:-}" = tree ] && exit 0
rm -rf dist
mkdir dist
archive
wheel
if command -v dpkg-deb >/dev/null 2>&1; then
  debian
else
  echo "skipped: the Debian package needs dpkg-deb" >&2
fi
(cd dist && ls -l --block-size=M | awk 'NR > 1 { print "  dist/" $NF, $5 }')
