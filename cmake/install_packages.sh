#!/usr/bin/env bash
# Installs the Debian packages of cmake/packages.txt that are missing; does nothing when all are there.
#
#   cmake/install_packages.sh GROUP...      groups: library explorer study tests long aarch64 bench
set -euo pipefail
cd "$(dirname "$0")"

if [[ $# -eq 0 ]]; then
  echo "usage: $0 GROUP...   (library explorer study tests long aarch64 bench; see cmake/packages.txt)" >&2
  exit 2
fi

installed() {
  # npm often comes with a nodejs that is not Debian's, and Debian's npm conflicts with that.
  if [[ $1 == npm ]] && command -v npm >/dev/null; then return; fi
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

wanted=()
missing=()
for group in "$@"; do
  while read -r package needed_by _; do
    [[ $needed_by == "$group" ]] || continue
    wanted+=("$package")
    if command -v dpkg-query >/dev/null && ! installed "$package"; then missing+=("$package"); fi
  done < <(grep -v '^ *#' packages.txt)
done

if ! command -v apt-get >/dev/null; then
  echo "There is no apt-get here; these Debian packages, by the names your system has for them, are needed: ${wanted[*]}"
  exit 0
fi
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $EUID -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing and only root can install them: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "Installing with apt-get: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() { "${as_root[@]}" "$@" >"$log" 2>&1 || { cat "$log" >&2; return 1; }; }
if [[ " ${missing[*]} " == *:arm64\ * ]]; then quietly dpkg --add-architecture arm64; fi
quietly apt-get update -q
quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
