# Reads doxygen's warnings "FILE:LINE: warning: ... is not documented." and prints, without repeating itself, those about
# public names without a docstring. A comment also tells of
#   * names on the lines below it, up to a blank line: a group of functions;
#   * members that the comment of their class names;
#   * what a struct of a catalogue has (op/operation.hpp, op/aggregate/aggregate.hpp and op/line/line.hpp tell it for
#     all), and what the standard library has given a meaning: iterators, begin(), operator== and the like.
# Whatever is called detail, or is protected, is nobody's business.

function load(file,   n, line) {
  if (file in lines) return
  n = 0
  while ((getline line < file) > 0) text[file, ++n] = line
  close(file)
  lines[file] = n
}

function name_of(message) {
  sub(/.* warning: (Member|Compound) /, "", message)
  if (match(message, /^operator[^a-zA-Z]*/)) return "operator"
  sub(/[(< ].*/, "", message)
  sub(/.*::/, "", message)
  return message
}

# True if a comment stands on the line, or above it without a blank line or the beginning of a class between.
function has_comment(file, line,   i) {
  if (text[file, line] ~ /\/\/\/</) return 1
  for (i = line; i > 0 && text[file, i] !~ /^[ \t]*$/; --i) {
    if (text[file, i] ~ /^[ \t]*\/\/\//) return 1
    if (i < line && text[file, i] ~ /[{][ \t]*$/) return 0
  }
  return 0
}

# True if the comment above the class around a line has the name as a word.
function class_names(file, line, name,   i, code, depth, comment) {
  for (i = line - 1; i > 0 && depth <= 0; --i) {
    code = text[file, i]
    sub(/\/\/.*/, "", code)
    depth += gsub(/[{]/, "", code) - gsub(/[}]/, "", code)
  }
  for (; i > 0 && text[file, i] !~ /^[ \t]*$/; --i) comment = text[file, i] "\n" comment
  return comment ~ ("(^|[^A-Za-z0-9_])" name "([^A-Za-z0-9_]|$)")
}

BEGIN {
  split("begin end size empty data push_back insert erase value_type difference_type reference pointer " \
        "iterator_category", list, " ")
  for (i in list) known[list[i]] = 1
}

/ is not documented\.$/ {
  if (/detail/ || /_ \(variable\)/ || /\)=default \(function\)/) next
  split($0, at, ":")
  file = at[1]
  line = at[2] + 0
  name = name_of($0)
  # Operators of arrays count, those of every other class mean what they do everywhere.
  if (name == "operator" && (/operator<</ || !/\(function\) of namespace/)) next
  if (name in known || (file, line, name) in seen) next
  seen[file, line, name] = 1
  if (file ~ /\/op\/(arithmetic|bits|comparison|division|rounding|transcendental|aggregate\/[a-z]+|line\/[a-z]+)\.hpp$/ && / of (struct|class) /) next
  load(file)
  if (has_comment(file, line) || class_names(file, line, name)) next
  sub(/ v1::/, " chunkwise::")
  print
  ++missing
}

END { exit missing > 0 }
