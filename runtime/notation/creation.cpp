/// The functions of the notation that make arrays from nothing.
#include "chunkwise/io/creation.hpp"

#include <array>
#include <cstring>
#include <utility>

#include "chunkwise/expr/elementwise.hpp"
#include "chunkwise/op/transcendental.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Returns the type of an array of numbers without a type of its own.
DType type_of_kind(WeakKind kind) {
  return kind == WeakKind::boolean ? DType::boolean : kind == WeakKind::integer ? DType::int64 : DType::float64;
}

/// Numbers in brackets, row by row.
struct Literal {
  Shape shape;
  std::vector<const Value*> numbers;
  WeakKind kind = WeakKind::boolean;

  void take(const Value& value, int depth) {
    const Tuple* const tuple = value.as<Tuple>();
    if (!tuple) {
      const Number* const number = value.as<Number>();
      if (!number)
        throw Mistake{ErrorCode::type_mismatch, "an array is made of numbers, and this is " + describe(value),
                      value.offset};
      if (depth != shape.rank()) throw ragged(value);
      kind = std::max(kind, kind_of(*number));
      numbers.push_back(&value);
      return;
    }
    const auto count = static_cast<std::int64_t>(tuple->values.size());
    // The first number, or the first list of none, ends the shape.
    if (depth == shape.rank() && numbers.empty() && !is_closed_) {
      if (depth == max_rank)
        throw Mistake{ErrorCode::invalid_argument, "an array can have at most 8 axes", value.offset};
      shape.push_back(count);
    } else if (depth >= shape.rank() || shape[depth] != count) {
      throw ragged(value);
    }
    for (const Value& one : tuple->values) take(one, depth + 1);
    is_closed_ = true;
  }

 private:
  static Mistake ragged(const Value& value) {
    return {ErrorCode::shape_mismatch, "the lists of an array are as long as each other, and this one is not",
            value.offset};
  }
  bool is_closed_ = false;
};

class CreationCall {
 public:
  explicit CreationCall(Arguments arguments) : arguments_(std::move(arguments)) {}

  Term run() {
    using Do = Term (CreationCall::*)();
    struct Entry {
      std::string_view name;
      std::size_t most;  ///< arguments by position
      Do apply;
    };
    constexpr std::array entries{
        Entry{"arange", 4, &CreationCall::in_steps},    Entry{"linspace", 5, &CreationCall::between},
        Entry{"logspace", 6, &CreationCall::powers},    Entry{"zeros", 2, &CreationCall::of_one_number},
        Entry{"ones", 2, &CreationCall::of_one_number}, Entry{"empty", 2, &CreationCall::of_one_number},
        Entry{"full", 3, &CreationCall::filled},        Entry{"zeros_like", 2, &CreationCall::like},
        Entry{"ones_like", 2, &CreationCall::like},     Entry{"empty_like", 2, &CreationCall::like},
        Entry{"full_like", 3, &CreationCall::like},     Entry{"eye", 4, &CreationCall::identity},
        Entry{"indices", 2, &CreationCall::of_indices}, Entry{"array", 2, &CreationCall::literal},
    };
    for (const Entry& entry : entries)
      if (entry.name == name()) {
        arguments_.expect(0, entry.most);
        return (this->*entry.apply)();
      }
    throw Error(ErrorCode::unsupported, "there is no function that makes arrays called '" + std::string(name()) + "'");
  }

 private:
  [[nodiscard]] std::string_view name() const { return arguments_.function().name; }
  [[nodiscard]] const Value& needed(std::string_view keyword, std::size_t position) const {
    return needed_option(arguments_, keyword, position);
  }
  /// Returns an option that is neither left out nor None.
  [[nodiscard]] const Value* given(std::string_view keyword, std::size_t position) const {
    const Value* const value = arguments_.option(keyword, position);
    return value && !value->as<NoValue>() ? value : nullptr;
  }
  [[nodiscard]] DType dtype(std::size_t position, DType otherwise) const {
    const Value* const type = given("dtype", position);
    return type ? element_type_of(*type) : otherwise;
  }
  [[nodiscard]] std::int64_t int_of(std::string_view keyword, std::size_t position, std::int64_t otherwise) const {
    const Value* const value = given(keyword, position);
    return value ? take_int(*value, std::string(keyword)) : otherwise;
  }
  [[nodiscard]] static const Number& number_of(const Value& value, const std::string& what) {
    if (const Number* const number = value.as<Number>()) return *number;
    throw Mistake{ErrorCode::type_mismatch, what + " is a number, and this is " + describe(value), value.offset};
  }
  [[nodiscard]] static Shape shape_of(const Value& value) {
    Shape shape;
    for (const Value* const one : values_of(value)) {
      if (shape.rank() == max_rank)
        throw Mistake{ErrorCode::invalid_argument, "an array can have at most 8 axes", one->offset};
      shape.push_back(take_int(*one, "an extent"));
    }
    static_cast<void>(about(value, [&] { return count_elements(shape); }));
    return shape;
  }
  [[nodiscard]] static Scalar small(std::int64_t value, DType dtype) {
    return dispatch(dtype, [&](auto zero) { return Scalar(static_cast<decltype(zero)>(value)); });
  }

  Term in_steps() {
    const Value* first = &needed("start", 0);
    const Value* second = given("stop", 1);
    const Value* const step = given("step", 2);
    WeakKind kind = WeakKind::integer;
    for (const Value* const value : {first, second, step})
      if (value) kind = std::max(kind, kind_of(number_of(*value, "a bound or the step of arange")));
    const DType type = dtype(3, type_of_kind(kind));
    const Value zero{Number(std::int64_t{0}), first->offset};
    const Value one{Number(std::int64_t{1}), first->offset};
    if (!second) std::swap(first, second);  // arange(stop)
    const Value& begin = first ? *first : zero;
    const Value& each = step ? *step : one;
    const Scalar start = element_of(begin, type, "the start of arange");
    const Scalar stop = element_of(*second, type, "the stop of arange");
    const Scalar by = element_of(each, type, "the step of arange");
    return term_of(about(step ? *step : *second, [&] {
      if (!is_floating(type)) return chunkwise::arange(start, stop, by);
      // They are counted before they are rounded to the type.
      const auto as_given = [](const Value& value) { return as_double(*value.as<Number>()); };
      const std::int64_t count = chunkwise::detail::arange_count(as_given(begin), as_given(*second), as_given(each));
      NodePtr node = build::source(arange_source(start, by, count));
      return UntypedArray{std::move(node), Shape{count}, {}};
    }));
  }
  UntypedArray in_line(DType type) {
    const double start = as_double(number_of(needed("start", 0), "the start"));
    const double stop = as_double(number_of(needed("stop", 1), "the stop"));
    const Value* const endpoint = arguments_.option("endpoint", 3);
    const std::int64_t count = int_of("num", 2, 50);
    const bool has_end = !endpoint || truth(endpoint, "endpoint");
    return chunkwise::linspace(start, stop, count, has_end, type);
  }
  Term between() { return term_of(in_line(dtype(4, DType::float64))); }
  Term powers() {
    const Value* const given_base = given("base", 4);
    const Number base = given_base ? number_of(*given_base, "base") : Number(10.0);
    const DType type = dtype(5, DType::float64);
    Term result = apply(op::Pow::code, Number(as_double(base)), term_of(in_line(DType::float64)));
    return type == DType::float64 ? std::move(result) : cast(std::move(result), type);
  }

  Term of_one_number() {
    const Shape shape = shape_of(needed("shape", 0));
    return term_of(chunkwise::full(shape, small(name() == "ones" ? 1 : 0, dtype(1, DType::float64))));
  }
  Term filled() {
    const Shape shape = shape_of(needed("shape", 0));
    const Value& value = needed("fill_value", 1);
    const DType type = dtype(2, type_of_kind(kind_of(number_of(value, "fill_value"))));
    return term_of(chunkwise::full(shape, element_of(value, type, "fill_value")));
  }
  Term like() {
    const bool is_full = name() == "full_like";
    arguments_.expect(1, is_full ? 3 : 2);
    const UntypedArray x = array_of(take_array(std::move(arguments_.by_position()[0]), quoted(name())));
    const DType type = dtype(is_full ? 2 : 1, x.node->dtype);
    const Scalar value =
        is_full ? element_of(needed("fill_value", 1), type, "fill_value") : small(name() == "ones_like" ? 1 : 0, type);
    return term_of(chunkwise::full_like(x, value));
  }
  Term identity() {
    const std::int64_t rows = take_int(needed("n", 0), "n");
    const std::int64_t columns = int_of("m", 1, rows);
    return term_of(chunkwise::eye(rows, columns, int_of("k", 2, 0), dtype(3, DType::float64)));
  }
  Term of_indices() {
    const Value& dimensions = needed("dimensions", 0);
    const Shape shape = shape_of(dimensions);
    const DType type = dtype(1, DType::int64);
    Term result = term_of(about(dimensions, [&] { return chunkwise::indices(shape); }));
    return type == DType::int64 ? std::move(result) : cast(std::move(result), type);
  }
  Term literal() {
    const Value& object = needed("object", 0);
    if (const Term* const array = object.as<Term>()) {
      const DType type = dtype(1, array->dtype);
      return type == array->dtype ? *array : cast(*array, type);
    }
    Literal literal;
    literal.take(object, 0);
    const DType type = dtype(1, literal.numbers.empty() ? DType::float64 : type_of_kind(literal.kind));
    const std::size_t size = size_of(type);
    const auto memory = std::make_shared<std::vector<std::byte>>(literal.numbers.size() * size);
    for (std::size_t i = 0; i < literal.numbers.size(); ++i) {
      const Scalar element = element_of(*literal.numbers[i], type, "an element");
      std::memcpy(memory->data() + i * size, element.bytes.data(), size);
    }
    NodePtr node =
        build::source(memory_source({type, literal.shape, row_major_strides(literal.shape), memory, memory->data()}));
    return term_of({std::move(node), literal.shape, {}});
  }

  Arguments arguments_;
};

}  // namespace

Term creation_call(Arguments arguments) { return CreationCall(std::move(arguments)).run(); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
