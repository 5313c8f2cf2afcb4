/// The functions of the notation that look elements up, and those whose result has as many elements as are found.
#include "chunkwise/expr/search.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "chunkwise/expr/gather.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/catalog.hpp"
#include "chunkwise/positions.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

constexpr std::int64_t most_numbers = std::int64_t{1} << 20;

/// Returns a number as float64, which has to hold it.
double exact(const Number& number, const Value& value) {
  const double result = as_double(number);
  const bool is_exact = std::visit(
      [&](auto own) {
        if constexpr (std::is_floating_point_v<decltype(own)>)
          return true;
        else
          return result < 0x1p63 && static_cast<decltype(own)>(result) == own;
      },
      number);
  if (!is_exact)
    throw Mistake{ErrorCode::unsupported, describe(value) + " is not compared exactly; float64 has no such number",
                  value.offset};
  return result;
}

/// Returns the elements of an array, of which there are not many.
UntypedNdArray elements_now(const Term& term, const std::string& what, std::size_t offset, const BackendPtr& backend,
                            std::int64_t most) {
  const UntypedArray array = array_of(term);
  if (array.shape.elements() > most)
    throw Mistake{ErrorCode::unsupported,
                  what + " have to be known when the formula is made, and these are " +
                      std::to_string(array.shape.elements()) + "; at most " + std::to_string(most) + " are supported",
                  offset};
  if (UntypedNdArray known = chunkwise::detail::known_elements(array, most); known.data) return known;
  require_backend(backend, what + " have to be known when the formula is made", offset);
  return compute(backend, std::span<const UntypedArray>(&array, 1)).front();
}

}  // namespace

std::vector<double> numbers_of(const Value& value, const std::string& what, const BackendPtr& backend,
                               std::int64_t most) {
  std::vector<double> numbers;
  const Term* const term = value.as<Term>();
  if (!term) {
    for (const Value* const one : values_of(value)) {
      const Number* const number = one->as<Number>();
      if (!number)
        throw Mistake{ErrorCode::type_mismatch, what + " are numbers, and this is " + describe(*one), one->offset};
      numbers.push_back(exact(*number, *one));
    }
    return numbers;
  }
  const UntypedNdArray known = elements_now(*term, what, value.offset, backend, most);
  dispatch(known.dtype, [&](auto zero) {
    using T = decltype(zero);
    const auto count = static_cast<std::size_t>(known.shape.elements());
    const std::unique_ptr<T[]> elements(new T[count + 1]);
    memory_source(known)->read(Region::whole(known.shape), elements.get());
    for (const T element : std::span<const T>(elements.get(), count)) {
      if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, bool> || sizeof(T) < 8)
        numbers.push_back(static_cast<double>(element));
      else
        numbers.push_back(exact(
            Number(static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>(element)), value));
    }
  });
  return numbers;
}

IndexList known_truths(const UntypedArray& mask) {
  constexpr std::int64_t most_known = std::int64_t{1} << 24;
  const UntypedNdArray known = chunkwise::detail::known_elements(mask, most_known);
  if (!known.data || known.dtype != DType::boolean) return nullptr;
  std::vector<std::int64_t> positions;
  const bool* const truths = static_cast<const bool*>(known.data);
  for (std::int64_t i = 0; i < mask.shape.elements(); ++i)
    if (truths[i]) positions.push_back(i);
  return std::make_shared<const std::vector<std::int64_t>>(std::move(positions));
}

std::vector<std::int64_t> truths_of(const Value& mask, const BackendPtr& backend) {
  const UntypedArray array = array_of(*mask.as<Term>());
  if (const IndexList known = known_truths(array)) return *known;
  require_backend(backend, "how often a condition is true has to be known when the formula is made", mask.offset);
  return about(mask, [&] { return positions_where(backend, array); });
}

void require_backend(const BackendPtr& backend, const std::string& what, std::size_t offset) {
  if (!backend)
    throw Mistake{ErrorCode::unsupported,
                  what + ", and nothing is computed before: this formula has no backend (Variables::backend)", offset};
}

namespace {

class SearchCall {
 public:
  SearchCall(Arguments arguments, const BackendPtr& backend) : arguments_(std::move(arguments)), backend_(backend) {}

  UntypedArray run() {
    using Do = UntypedArray (SearchCall::*)();
    struct Entry {
      std::string_view name;
      std::size_t most;  ///< arguments by position
      Do apply;
    };
    constexpr std::array entries{
        Entry{"searchsorted", 3, &SearchCall::places},
        Entry{"digitize", 3, &SearchCall::bins},
        Entry{"isin", 2, &SearchCall::among},
        Entry{"bincount", 3, &SearchCall::counts},
        Entry{"topk", 3, &SearchCall::largest},
        Entry{"argtopk", 3, &SearchCall::largest},
        Entry{"partition", 3, &SearchCall::in_order},
        Entry{"argpartition", 3, &SearchCall::in_order},
        Entry{"take_along_axis", 3, &SearchCall::gathered},
        Entry{"compress", 3, &SearchCall::compressed},
        Entry{"extract", 2, &SearchCall::extracted},
        Entry{"flatnonzero", 1, &SearchCall::positions},
        Entry{"argwhere", 1, &SearchCall::positions},
        Entry{"unique_values", 1, &SearchCall::values},
    };
    for (const Entry& entry : entries)
      if (entry.name == name()) {
        arguments_.expect(1, entry.most);
        return (this->*entry.apply)();
      }
    throw Error(ErrorCode::unsupported, "there is no function that looks up called '" + std::string(name()) + "'");
  }

 private:
  [[nodiscard]] std::string_view name() const { return arguments_.function().name; }
  [[nodiscard]] const Value& needed(std::string_view keyword, std::size_t position) const {
    return needed_option(arguments_, keyword, position);
  }
  [[nodiscard]] Term at(std::size_t position) {
    return take_array(std::move(arguments_.by_position()[position]), quoted(name()));
  }
  [[nodiscard]] UntypedArray array(Value value) const { return array_of(take_array(std::move(value), quoted(name()))); }

  UntypedArray places() {
    const Value& x = needed("v", 1);
    const Value* const side = arguments_.option("side", 2);
    const Word* const word = side ? side->as<Word>() : nullptr;
    if (side && (!word || (word->text != "left" && word->text != "right")))
      throw Mistake{ErrorCode::invalid_argument, "side is 'left' or 'right', and this is " + describe(*side),
                    side->offset};
    const bool is_right = word && word->text == "right";
    const Value& sorted = arguments_.by_position()[0];
    const std::vector<double> numbers = numbers_of(sorted, "the numbers of searchsorted", backend_);
    const UntypedArray of = array(x);
    return about(sorted, [&] {
      return chunkwise::searchsorted(std::span<const double>(numbers), of, is_right ? Side::right : Side::left);
    });
  }
  UntypedArray bins() {
    const Value& edges = needed("bins", 1);
    const bool right = truth(arguments_.option("right", 2), "right");
    const std::vector<double> numbers = numbers_of(edges, "the bins of digitize", backend_);
    const UntypedArray x = array_of(at(0));
    return about(edges, [&] { return chunkwise::digitize(x, std::span<const double>(numbers), right); });
  }
  UntypedArray among() {
    const Value& elements = needed("test_elements", 1);
    Term x = at(0);
    const std::vector<const Value*> words = values_of(elements);
    std::vector<double> numbers;
    if (!words.empty() && std::ranges::all_of(words, [](const Value* one) { return one->as<Word>() != nullptr; }))
      for (const Value* const word : words) numbers.push_back(as_double(number_of_word(x, *word)));
    else
      numbers = numbers_of(elements, "the numbers of isin", backend_);
    const bool inverts = truth(arguments_.find("invert"), "invert");
    UntypedArray result = chunkwise::isin(array_of(std::move(x)), std::span<const double>(numbers));
    return inverts ? array_of(apply(op::LogicalNot::code, term_of(result))) : std::move(result);
  }
  UntypedArray counts() {
    const Value* weights = arguments_.option("weights", 1);
    if (weights && weights->as<NoValue>()) weights = nullptr;
    if (weights && weights->as<Number>())
      throw Mistake{
          ErrorCode::type_mismatch,
          "the weights of bincount are an array, one for each element; a least number of counts is minlength=" +
              to_string(*weights->as<Number>()),
          weights->offset};
    const Value* const least = arguments_.option("minlength", 2);
    const std::int64_t length = least ? take_int(*least, "minlength") : 0;
    const UntypedArray x = array_of(at(0));
    const Value place = weights && length >= 0 ? *weights : least ? *least : Value{Number(length), arguments_.offset()};
    const auto counted = [&](std::int64_t of) {
      return about(place,
                   [&] { return weights ? chunkwise::bincount(x, of, array(*weights)) : chunkwise::bincount(x, of); });
    };
    if (!backend_ || length < 0 || is_floating(x.node->dtype) || x.shape.elements() == 0) return counted(length);
    // As many as the largest element asks for.
    const std::uint32_t all = (1U << x.shape.rank()) - 1U;
    UntypedArray largest{
        build::fold(aggregate::Maximum::code, build::cast(x.node, DType::int64), all, false, 0), {}, {}};
    const UntypedNdArray found = compute(backend_, std::span<const UntypedArray>(&largest, 1)).front();
    const std::int64_t most = *static_cast<const std::int64_t*>(found.data);
    if (most >= most_numbers)
      throw Mistake{ErrorCode::unsupported,
                    "counts of elements up to " + std::to_string(most) + "; at most 2**20 are supported",
                    arguments_.offset()};
    return counted(std::max(length, most + 1));
  }
  [[nodiscard]] int axis_at(std::size_t position, const Term& x) const {
    const Value* const axis = axis_option(arguments_, position);
    const Value last{Number(std::int64_t{-1}), arguments_.offset()};
    return one_axis(axis ? *axis : last, x);
  }
  UntypedArray largest() {
    const std::int64_t k = take_int(needed("k", 1), "k");
    const Term x = at(0);
    const int axis = axis_at(2, x);
    return name() == "topk" ? chunkwise::topk(array_of(x), k, axis) : chunkwise::argtopk(array_of(x), k, axis);
  }
  /// A sorted line is one that is partitioned at every place.
  UntypedArray in_order() {
    const std::vector<std::int64_t> places = ints_of(needed("kth", 1), "kth");
    const Term x = at(0);
    const int axis = axis_at(2, x);
    for (const std::int64_t place : places)
      static_cast<void>(about(needed("kth", 1), [&] { return build::resolve_integer(place, axis, x.shape[axis]); }));
    Term result = call(name() == "partition" ? "sort" : "argsort", arguments_.offset(),
                       {Value{x, arguments_.offset()}, Value{Number(std::int64_t{axis}), arguments_.offset()}});
    return array_of(std::move(result));
  }
  UntypedArray gathered() {
    const Value& indices = needed("indices", 1);
    const Value* const axis = axis_option(arguments_, 2);
    const Term x = at(0);
    const UntypedArray wanted = array(indices);
    if (axis && axis->as<NoValue>())
      return about(indices,
                   [&] { return chunkwise::take_along_axis(chunkwise::reshape(array_of(x), {-1}), wanted, 0); });
    const int along = axis_at(2, x);
    return about(indices, [&] { return chunkwise::take_along_axis(array_of(x), wanted, along); });
  }

  /// Returns a mask, which may be written as a list of True and False.
  [[nodiscard]] UntypedArray mask_of(const Value& value) const {
    const Term mask =
        value.as<Tuple>() ? call("array", value.offset, {Value(value)}) : take_array(Value(value), quoted(name()));
    return array_of(mask.dtype == DType::boolean ? mask : cast(mask, DType::boolean));
  }
  UntypedArray compressed() {
    const Value& condition = arguments_.by_position()[0];
    Term x = take_array(Value(needed("a", 1)), quoted(name()));
    const Value* const axis = axis_option(arguments_, 2);
    const bool has_axis = axis && !axis->as<NoValue>();
    const int along = has_axis ? one_axis(*axis, x) : 0;
    UntypedArray from = array_of(std::move(x));
    if (!has_axis) from = chunkwise::reshape(from, {-1});
    UntypedArray mask = mask_of(condition);
    if (mask.shape.rank() != 1)
      throw Mistake{ErrorCode::shape_mismatch, "a mask of compress has one axis; x[mask] takes one of several",
                    condition.offset};
    const IndexList known = known_truths(mask);
    // NumPy takes what a shorter mask does not reach for False.
    if (mask.shape[0] < from.shape[along])
      mask = chunkwise::pad(mask, std::array{Padding{0, from.shape[along] - mask.shape[0]}}, PadMode::constant,
                            Scalar(false));
    return where_true(condition, from, mask, along, known);
  }
  UntypedArray extracted() {
    const Value& condition = arguments_.by_position()[0];
    const UntypedArray x = array(needed("arr", 1));
    const UntypedArray mask = mask_of(condition);
    // Elements meet by position, so coordinates are compared first.
    if (mask.shape == x.shape)
      (void)about(condition,
                  [&] { return broadcast_labels(x.labels, x.shape.rank(), mask.labels, mask.shape.rank()); });
    const IndexList known = known_truths(mask);
    return where_true(condition, chunkwise::reshape(x, {-1}), chunkwise::reshape(mask, {-1}), 0, known);
  }
  /// Returns the parts of x along an axis where a mask is true, at positions that a run finds unless they are known.
  [[nodiscard]] UntypedArray where_true(const Value& condition, const UntypedArray& x, const UntypedArray& mask,
                                        int along, const IndexList& known) const {
    if (!known)
      require_backend(backend_, "the number of True has to be known when the formula is made", condition.offset);
    return about(condition, [&] {
      if (!known) return chunkwise::masked(backend_, x, mask, along);
      return chunkwise::take(chunkwise::detail::masked_axes(x, mask, along), *known, along);
    });
  }
  UntypedArray positions() {
    const UntypedArray x = array_of(at(0));
    require_backend(backend_, "the number of elements that are not zero has to be known when the formula is made",
                    arguments_.offset());
    if (name() == "argwhere") return chunkwise::argwhere(backend_, x);
    return chunkwise::nonzero(backend_, chunkwise::reshape(x, {-1})).front();
  }
  UntypedArray values() {
    const UntypedArray x = array_of(at(0));
    require_backend(backend_, "the number of different elements has to be known when the formula is made",
                    arguments_.offset());
    return chunkwise::unique(backend_, x).values;
  }

  Arguments arguments_;
  const BackendPtr& backend_;
};

}  // namespace

Term search_call(const Function& function, std::size_t offset, std::vector<Value> values, const BackendPtr& backend) {
  return term_of(SearchCall(Arguments(function, offset, std::move(values)), backend).run());
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
