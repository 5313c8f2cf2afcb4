# Reads doxygen's warnings "FILE:LINE: warning: ... is not documented." and prints, without repeating itself, those about
# public names without a docstring. A comment is about the next declaration alone, and one that trails a line about that
# line. Further names that need none of their own:
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

# True if the line is the end of a declaration, or of an access specifier: a comment above it is not about the lines
# below it. `is_value`: in an enumeration, whose values end with a comma.
function ends(code, is_value) {
  sub(/[ \t]*\/\/.*/, "", code)
  return code ~ /[;{}][ \t]*$/ || code ~ /^[ \t]*(public|private|protected):[ \t]*$/ || (is_value && code ~ /,[ \t]*$/)
}

# True if a comment trails the line, or stands above it and no other declaration between.
function has_comment(file, line, is_value,   i) {
  if (text[file, line] ~ /\/\/\/</) return 1
  for (i = line; i > 0 && text[file, i] !~ /^[ \t]*$/; --i) {
    if (text[file, i] ~ /^[ \t]*\/\/\/[^<]/) return 1
    if (i < line && ends(text[file, i], is_value)) return 0
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
  if (has_comment(file, line, / \(enumvalue\) /) || class_names(file, line, name)) next
  sub(/ v1::/, " chunkwise::")
  print
  ++missing
}

END { exit missing > 0 }
