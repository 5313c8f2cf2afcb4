#!/usr/bin/env bash
# Every public name has a docstring: prints those that have none (documented.awk says what counts), and fails if there
# are any.
#
#   documented.sh DOXYGEN DOXYFILE
set -euo pipefail
doxygen=$1 doxyfile=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A comment is about the next declaration alone, and one that trails a line about that line: `second` and `height` have
# none here.
cat >"$scratch/sample.hpp" <<'END'
/// The first of two functions.
int first();
int second();
/// A size.
struct Size {
  int width;  ///< in pixels
  int height;
};
/// Has several lines before its name.
template <class T>
[[nodiscard]] int third(const T& a,
                        const T& b);
/// The values of an enumeration.
enum Values {
  one,  ///< the first
  two   ///< the second
};
END
while read -r line name kind; do
  echo "$scratch/sample.hpp:$line: warning: Member $name ($kind) of namespace v1 is not documented."
done >"$scratch/sample" <<'END'
2 first function
3 second function
6 width variable
7 height variable
11 third function
15 one enumvalue
16 two enumvalue
END
found=$(awk -f "$here/documented.awk" "$scratch/sample" | sed -E 's/.* Member ([a-z]+) .*/\1/' | tr '\n' ' ' || true)
if [[ $found != 'second height ' ]]; then
  echo "documented.awk finds '$found' without a comment in a sample, which is 'second height '"
  exit 1
fi

# Later lines of a Doxyfile overrule earlier ones.
{
  cat "$doxyfile"
  echo "OUTPUT_DIRECTORY = $scratch"
  echo "EXTRACT_ALL = NO"
  echo "WARN_IF_UNDOCUMENTED = YES"
  echo "WARN_AS_ERROR = NO"
  echo "GENERATE_HTML = NO"
  echo "GENERATE_XML = YES"
} >"$scratch/Doxyfile"
"$doxygen" "$scratch/Doxyfile" >/dev/null 2>"$scratch/warnings" || { cat "$scratch/warnings"; exit 1; }
# Whole headers are always documented: without a warning at all, doxygen was not asked.
if ! grep -q 'is not documented' "$scratch/warnings"; then
  echo "doxygen tells of no undocumented name, not even of a destructor:"
  head -5 "$scratch/warnings"
  exit 1
fi
if ! awk -f "$here/documented.awk" "$scratch/warnings" >"$scratch/missing"; then
  sed "s,^$PWD/,," "$scratch/missing"
  echo "$(wc -l <"$scratch/missing") public names have no docstring."
  exit 1
fi
