#include "runtime/notation/arguments.hpp"

#include <algorithm>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/expr/elementwise.hpp"
#include "runtime/notation/syntax.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

Arguments::Arguments(const Function& function, std::size_t offset, std::vector<Value> values)
    : function_(function), offset_(offset) {
  const std::vector<std::string> keywords = keywords_of(function);
  for (Value& value : values) {
    if (value.keyword.empty()) {
      if (!named_.empty())
        throw Mistake{ErrorCode::invalid_argument, "an argument by position follows one by name", value.offset};
      by_position_.push_back(std::move(value));
      continue;
    }
    const std::string keyword(value.keyword);
    if (std::ranges::find(keywords, keyword) == keywords.end())
      throw Mistake{ErrorCode::invalid_argument,
                    quoted(function.name) + " has no argument " + quoted(keyword) + did_you_mean(keyword, keywords) +
                        " (" + signature_of(function) + ")",
                    value.keyword_offset};
    if (find(keyword))
      throw Mistake{ErrorCode::invalid_argument, quoted(keyword) + " is given twice", value.keyword_offset};
    named_.push_back(std::move(value));
  }
}

void Arguments::expect(std::size_t least, std::size_t most) const {
  const std::size_t count = by_position_.size();
  if (count >= least && count <= most) return;
  const std::size_t wanted = count < least ? least : most;
  throw Mistake{ErrorCode::invalid_argument,
                quoted(function_.name) + " takes " +
                    (least == most   ? ""
                     : count < least ? "at least "
                                     : "at most ") +
                    std::to_string(wanted) + (wanted == 1 ? " argument" : " arguments") +
                    (least == most ? "" : " by position") + ", and here are " + std::to_string(count) + ": " +
                    signature_of(function_),
                count > most ? by_position_[most].offset : offset_};
}

const Value* Arguments::option(std::string_view keyword, std::size_t position) const {
  const Value* named = find(keyword);
  if (position >= by_position_.size()) return named;
  if (named) throw Mistake{ErrorCode::invalid_argument, quoted(keyword) + " is given twice", named->keyword_offset};
  return &by_position_[position];
}

const Value* Arguments::find(std::string_view keyword) const {
  for (const Value& value : named_)
    if (value.keyword == keyword) return &value;
  return nullptr;
}

const Value& needed_option(const Arguments& arguments, std::string_view keyword, std::size_t position) {
  if (const Value* value = arguments.option(keyword, position)) return *value;
  const Function& function = arguments.function();
  throw Mistake{ErrorCode::invalid_argument,
                quoted(function.name) + " needs " + quoted(keyword) + ": " + signature_of(function),
                arguments.offset()};
}

std::vector<const Value*> values_of(const Value& value) {
  std::vector<const Value*> values;
  if (const Tuple* tuple = value.as<Tuple>())
    for (const Value& one : tuple->values) values.push_back(&one);
  else
    values.push_back(&value);
  return values;
}

std::vector<std::int64_t> ints_of(const Value& value, const std::string& what) {
  std::vector<std::int64_t> ints;
  for (const Value* one : values_of(value)) ints.push_back(take_int(*one, what));
  return ints;
}

Scalar element_of(const Value& value, DType dtype, const std::string& what) {
  const Number* number = value.as<Number>();
  if (!number)
    throw Mistake{ErrorCode::type_mismatch, what + " is a number, and this is " + describe(value), value.offset};
  return dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    return std::visit(
        [&](auto own) {
          const bool is_lost = std::is_integral_v<T> && std::is_floating_point_v<decltype(own)>;
          const bool is_no_truth = std::is_same_v<T, bool> && !(own == decltype(own)(0) || own == decltype(own)(1));
          if (is_lost || is_no_truth)
            throw Mistake{ErrorCode::type_mismatch,
                          describe(value) + " is no element of an array of " + std::string(name_of(dtype)) +
                              "; cast the array first",
                          value.offset};
          return about(value, [&] {
            detail::check_fits<T>(own, "the array; cast it first");
            return Scalar(detail::weak_to<T>(own));
          });
        },
        *number);
  });
}

DType element_type_of(const Value& value) {
  if (const ElementType* type = value.as<ElementType>()) return type->dtype;
  if (const Word* word = value.as<Word>()) {
    if (const auto type = element_type(without_prefix(word->text))) return *type;
    const std::vector<std::string> names = element_type_names();
    throw Mistake{ErrorCode::not_found, "no element type " + quoted(word->text) + choices(word->text, names),
                  value.offset};
  }
  throw Mistake{ErrorCode::type_mismatch, "dtype is an element type such as float32, and this is " + describe(value),
                value.offset};
}

const Value* axis_option(const Arguments& arguments, std::size_t required) {
  const Value* axis = arguments.option("axis", required);
  const Value* dim = arguments.find("dim");
  if (axis && dim) throw Mistake{ErrorCode::invalid_argument, "'dim' is 'axis', which is given too", dim->offset};
  return axis ? axis : dim;
}

int one_axis(const Value& value, const Term& array) {
  const int rank = array.shape.rank();
  if (const Word* word = value.as<Word>()) return about(value, [&] { return array.labels.axis(word->text, rank); });
  if (const Term* term = value.as<Term>()) {
    const std::string& name = term->labels.name();
    bool is_dimension = false;
    for (int axis = 0; axis < rank; ++axis)
      is_dimension = is_dimension || (!name.empty() && array.labels.dimension(axis) == name);
    throw Mistake{ErrorCode::type_mismatch,
                  "an axis is an int, a dimension's name in quotes or a tuple of them, and this is " + describe(value) +
                      (is_dimension ? "; write the dimension as \"" + name + "\""
                                    : "; the smaller and larger of two arrays are minimum(a, b) and maximum(a, b)"),
                  value.offset};
  }
  return about(
      value, [&] { return normalize_axis(take_int(value, "an axis that is not a dimension's name in quotes"), rank); });
}

int axis_of_keyword(const Value& argument, const Labels& labels, int rank) {
  try {
    return labels.axis(argument.keyword, rank);
  } catch (const Error& error) {
    throw Mistake{error.code(), error.what(), argument.keyword_offset};
  }
}

CoordinateValue coordinate_value(const Value& value, std::string_view taken) {
  if (const Word* word = value.as<Word>()) return std::string(word->text);
  if (const Number* number = value.as<Number>())
    return std::visit(
        [](auto own) -> CoordinateValue {
          if constexpr (std::is_same_v<decltype(own), bool>)
            return static_cast<int>(own);
          else
            return own;
        },
        *number);
  throw Mistake{ErrorCode::type_mismatch, std::string(taken) + ", and this is " + describe(value), value.offset};
}

void require_once(std::span<const Value> arguments, std::size_t i) {
  for (const Value& earlier : arguments.first(i))
    if (earlier.keyword == arguments[i].keyword)
      throw Mistake{ErrorCode::invalid_argument, quoted(earlier.keyword) + " is given twice",
                    arguments[i].keyword_offset};
}

std::uint32_t axes_of(const Value* axis, const Term& array) {
  if (!axis || axis->as<NoValue>() || axis->as<Ellipses>()) return (1U << array.shape.rank()) - 1U;
  const Tuple* tuple = axis->as<Tuple>();
  if (!tuple) return 1U << one_axis(*axis, array);
  std::uint32_t bits = 0;
  for (const Value& value : tuple->values) {
    const int number = one_axis(value, array);
    if (bits >> number & 1U)
      throw Mistake{ErrorCode::invalid_argument, "axis " + std::to_string(number) + " is named twice", value.offset};
    bits |= 1U << number;
  }
  if (bits == 0)
    throw Mistake{ErrorCode::invalid_argument, "no axis in the tuple; leave axis out to reduce them all", axis->offset};
  return bits;
}

bool truth(const Value* value, const std::string& what) {
  if (!value) return false;
  const Number* number = value->as<Number>();
  const auto equals = [&](int wanted) { return std::visit([&](auto v) { return v == decltype(v)(wanted); }, *number); };
  if (!number || kind_of(*number) == WeakKind::floating || !(equals(0) || equals(1)))
    throw Mistake{ErrorCode::type_mismatch, what + " is True or False, and this is " + describe(*value), value->offset};
  return equals(1);
}

const Function& skipping(const Function& function, const Arguments& arguments) {
  const Value* skip = arguments.find("skipna");
  if (!skip || skip->as<NoValue>()) return function;
  const bool skips = function.name.starts_with("nan") || function.name == "count";
  if (truth(skip, "skipna") == skips) return function;
  const Function* other =
      find_function(skips ? std::string(function.name.substr(3)) : "nan" + std::string(function.name));
  if (!other)
    throw Mistake{ErrorCode::unsupported,
                  quoted(function.name) + (skips ? " never counts NaN" : " has no variant that skips NaN"),
                  skip->keyword_offset};
  return *other;
}

std::vector<UntypedArray> arrays_of(Value& value, const Function& function) {
  Tuple* tuple = std::get_if<Tuple>(&value.data);
  if (!tuple || tuple->values.empty())
    throw Mistake{ErrorCode::type_mismatch,
                  quoted(function.name) + " needs arrays in parentheses or brackets, " + signature_of(function) +
                      ", and this is " + (tuple ? "an empty tuple" : describe(value)),
                  value.offset};
  std::vector<Term> terms;
  std::vector<op::OperandType> types;
  for (Value& one : tuple->values) {
    terms.push_back(take_array(std::move(one), quoted(function.name)));
    types.push_back({terms.back().dtype, false, WeakKind::floating});
  }
  const DType common = op::common_type(types);
  std::vector<UntypedArray> arrays;
  for (Term& term : terms) {
    if (term.dtype != common) term = cast(std::move(term), common);
    arrays.push_back(array_of(std::move(term)));
  }
  return arrays;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
