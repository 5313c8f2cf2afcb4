#include <algorithm>
#include <optional>

#include "chunkwise/expr/gather.hpp"
#include "chunkwise/expr/index.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/positions.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

using Raw = detail::RawSubscript;

std::optional<std::int64_t> bound(const Value& part) {
  if (part.as<LeftOut>() || part.as<NoValue>()) return std::nullopt;
  return take_int(part, "a bound of a slice");
}

/// The indices that a subscript becomes before all others are looked at: those of a mask, and of an array whose
/// elements are known.
using Listed = std::vector<IndexList>;

Raw raw(const Value& subscript, const IndexList& list) {
  Raw result;
  if (const Term* const term = subscript.as<Term>()) {
    result.kind = Raw::Kind::array;
    result.array = std::make_shared<const UntypedArray>(array_of(*term));
  } else if (list) {
    result.kind = Raw::Kind::list;
    result.list = list;
  } else if (subscript.as<NoValue>()) {
    result.kind = Raw::Kind::create;
  } else if (subscript.as<Ellipses>()) {
    result.kind = Raw::Kind::ellipsis;
  } else if (const Slice* slice = subscript.as<Slice>()) {
    result.kind = Raw::Kind::range;
    result.range = {bound(slice->parts[0]), bound(slice->parts[1]), bound(slice->parts[2]).value_or(1)};
    if (result.range.step == 0)
      throw Mistake{ErrorCode::invalid_argument, "a slice cannot have a step of 0", slice->parts[2].offset};
  } else if (const Tuple* several = subscript.as<Tuple>()) {
    if (!several->is_list)
      throw Mistake{ErrorCode::unsupported,
                    describe(subscript) +
                        " cannot be one subscript among others; write x[0, 1] for one element and "
                        "x[[0, 1]] for two",
                    subscript.offset};
    std::vector<std::int64_t> indices;
    for (const Value& index : several->values) indices.push_back(take_int(index, "an index of a list"));
    result.kind = Raw::Kind::list;
    result.list = std::make_shared<const std::vector<std::int64_t>>(std::move(indices));
  } else {
    result.kind = Raw::Kind::integer;
    result.integer = take_int(subscript, "a subscript that is no slice, None or '...'");
  }
  return result;
}

/// Subscripts that are arrays, and lists that stand for some: masks are made lists of indices, and so are known indices
/// of one axis.
class ArraySubscripts {
 public:
  ArraySubscripts(Term& array, std::vector<Value>& subscripts, const BackendPtr& backend)
      : array_(array), subscripts_(subscripts), backend_(backend), lists_(subscripts.size()) {}

  void run() {
    for (Value& subscript : subscripts_) make_array(subscript);
    int taken = 0;
    for (const Value& subscript : subscripts_) taken += axes_of(subscript);
    int axis = 0;
    for (std::size_t i = 0; i < subscripts_.size(); ++i) {
      if (subscripts_[i].as<Ellipses>()) axis += std::max(array_.shape.rank() - taken, 0);
      const Term* const term = subscripts_[i].as<Term>();
      if (term && axis >= array_.shape.rank()) return;  // told with the others, as too many
      if (term && term->dtype == DType::boolean) {
        taken -= term->shape.rank() - 1;
        take_mask(i, axis);
      } else if (term) {
        take_indices(i);
      }
      axis += axes_of(subscripts_[i]) > 0;
    }
  }

  [[nodiscard]] const Listed& lists() const { return lists_; }

 private:
  [[nodiscard]] static int axes_of(const Value& subscript) {
    if (subscript.as<NoValue>() || subscript.as<Ellipses>()) return 0;
    const Term* const term = subscript.as<Term>();
    return term && term->dtype == DType::boolean ? term->shape.rank() : 1;
  }

  /// A list of truths is a mask, and lists within a list are indices of several axes.
  static void make_array(Value& subscript) {
    const Tuple* const list = subscript.as<Tuple>();
    if (!list || !list->is_list || list->values.empty()) return;
    const bool is_nested = list->values.front().as<Tuple>();
    const bool is_mask = std::ranges::all_of(list->values, [](const Value& one) {
      const Number* const number = one.as<Number>();
      return number && kind_of(*number) == WeakKind::boolean;
    });
    if (!is_nested && !is_mask) return;
    const std::size_t offset = subscript.offset;
    Term array = call("array", offset, {std::move(subscript)});
    subscript = Value{std::move(array), offset};
  }

  void take_mask(std::size_t i, int axis) {
    const std::size_t offset = subscripts_[i].offset;
    const UntypedArray mask = array_of(std::get<Term>(subscripts_[i].data));
    const UntypedArray x = array_of(array_);
    array_ = term_of(about(subscripts_[i], [&] { return chunkwise::detail::masked_axes(x, mask, axis); }));
    if (IndexList known = known_truths(mask)) {
      lists_[i] = std::move(known);
    } else {
      require_backend(backend_,
                      "how often a mask is true has to be known when the formula is made; where(mask, x, nan) "
                      "keeps the shape of x",
                      offset);
      lists_[i] = std::make_shared<const std::vector<std::int64_t>>(
          about(subscripts_[i], [&] { return positions_where(backend_, mask); }));
    }
    subscripts_[i] = Value{Tuple{{}, true}, offset};
  }

  void take_indices(std::size_t i) {
    const std::size_t offset = subscripts_[i].offset;
    const UntypedArray indices = array_of(std::get<Term>(subscripts_[i].data));
    about(subscripts_[i], [&] { chunkwise::detail::require_integers(indices, "a subscript"); });
    const IndexList known = chunkwise::detail::known_indices(indices);
    if (known && indices.shape.rank() == 0) {
      subscripts_[i] = Value{Number(known->front()), offset};
      return;
    }
    // Those with a name of their own name the axis, as computed ones do.
    if (known && indices.shape.rank() == 1 && indices.labels.dimension(0).empty()) {
      lists_[i] = known;
      subscripts_[i] = Value{Tuple{{}, true}, offset};
      return;
    }
  }

  Term& array_;
  std::vector<Value>& subscripts_;
  const BackendPtr& backend_;
  Listed lists_;
};

}  // namespace

Term subscripted(Term array, std::vector<Value> subscripts, std::size_t offset, const BackendPtr& backend) {
  // x[(0, 1)] is x[0, 1]; x[[0, 1]] would be two elements.
  const Tuple* only = subscripts.size() == 1 ? subscripts[0].as<Tuple>() : nullptr;
  if (only && !only->is_list) {
    std::vector<Value> within = std::move(std::get<Tuple>(subscripts[0].data).values);
    subscripts = std::move(within);
  } else if (subscripts.empty()) {
    throw Mistake{ErrorCode::invalid_argument, "no subscript in the brackets; x[...] is the whole array", offset};
  }
  ArraySubscripts arrays(array, subscripts, backend);
  arrays.run();
  std::vector<Raw> raws;
  int taken = 0;
  int ellipses = 0;
  for (std::size_t i = 0; i < subscripts.size(); ++i) {
    const Value& subscript = subscripts[i];
    raws.push_back(raw(subscript, arrays.lists()[i]));
    taken += raws.back().kind == Raw::Kind::integer || raws.back().kind == Raw::Kind::range ||
             raws.back().kind == Raw::Kind::list || raws.back().kind == Raw::Kind::array;
    ellipses += raws.back().kind == Raw::Kind::ellipsis;
    if (ellipses > 1) throw Mistake{ErrorCode::invalid_argument, "an index can have only one '...'", subscript.offset};
    if (taken > array.shape.rank())
      throw Mistake{ErrorCode::out_of_range,
                    "too many subscripts for an array of " + std::to_string(array.shape.rank()) +
                        (array.shape.rank() == 1 ? " axis" : " axes"),
                    subscript.offset};
  }
  // Each index is checked by itself first, so that an error points to it.
  int axis = 0;
  for (std::size_t i = 0; i < raws.size(); ++i) {
    if (raws[i].kind == Raw::Kind::ellipsis) axis += array.shape.rank() - taken;
    if (raws[i].kind == Raw::Kind::range || raws[i].kind == Raw::Kind::array) ++axis;
    const auto check = [&](std::int64_t index, std::size_t place) {
      try {
        static_cast<void>(build::resolve_integer(index, axis, array.shape[axis]));
      } catch (const Error& error) {
        throw Mistake{error.code(), error.what(), place};
      }
    };
    if (raws[i].kind == Raw::Kind::list && arrays.lists()[i])
      for (const std::int64_t index : *raws[i].list) check(index, subscripts[i].offset);
    else if (raws[i].kind == Raw::Kind::list)
      for (std::size_t k = 0; k < raws[i].list->size(); ++k)
        check((*raws[i].list)[k], subscripts[i].as<Tuple>()->values[k].offset);
    if (raws[i].kind == Raw::Kind::integer) check(raws[i].integer, subscripts[i].offset);
    if (raws[i].kind == Raw::Kind::list || raws[i].kind == Raw::Kind::integer) ++axis;
  }
  const auto computed = std::ranges::find(raws, Raw::Kind::array, &Raw::kind);
  if (computed != raws.end()) {
    const Value& place = subscripts[static_cast<std::size_t>(computed - raws.begin())];
    return term_of(about(place, [&] { return chunkwise::subscripted(array_of(std::move(array)), raws); }));
  }
  std::vector<AxisSubscript> resolved = resolve_subscripts(array.shape, raws);
  const Shape shape = subscripted_shape(resolved);
  Labels labels = subscripted_labels(array.labels, resolved);
  return term_of({build::index(array_of(std::move(array)).node, std::move(resolved)), shape, std::move(labels)});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
