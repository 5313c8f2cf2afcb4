#include <algorithm>
#include <optional>

#include "chunkwise/expr/gather.hpp"
#include "chunkwise/expr/index.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/positions.hpp"
#include "runtime/core/list_place.hpp"
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
  if (list) {
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

/// Subscripts that are arrays, and lists that stand for some, made lists of indices or put off.
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
  /// Indices that are taken when the others are done; their subscript is a whole axis meanwhile.
  [[nodiscard]] const std::optional<std::pair<std::size_t, UntypedArray>>& put_off() const { return put_off_; }

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

  /// Returns true if no other subscript is, or has been, a list, a mask or an array.
  [[nodiscard]] bool is_only_list(std::size_t i) const {
    for (std::size_t k = 0; k < subscripts_.size(); ++k) {
      const Term* const term = subscripts_[k].as<Term>();
      if (k != i && (subscripts_[k].as<Tuple>() || (term && !is_single(*term)))) return false;
    }
    return !put_off_;
  }
  static bool is_single(const Term& term) { return term.shape.rank() == 0 && term.dtype != DType::boolean; }

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
    // Indices with a name of their own name the axis, if no other list shares it.
    const bool names_axis = indices.shape.rank() == 1 && !indices.labels.dimension(0).empty() && is_only_list(i);
    if (known && indices.shape.rank() == 1 && !names_axis) {
      lists_[i] = known;
      subscripts_[i] = Value{Tuple{{}, true}, offset};
      return;
    }
    if (put_off_)
      throw Mistake{
          ErrorCode::unsupported,
          "one array of indices that is computed can be a subscript, and here are two; take(x, i, axis) takes "
          "one after the other",
          offset};
    put_off_.emplace(i, indices);
    subscripts_[i] =
        Value{Slice{{Value{LeftOut{}, offset}, Value{LeftOut{}, offset}, Value{LeftOut{}, offset}}}, offset};
  }

  Term& array_;
  std::vector<Value>& subscripts_;
  const BackendPtr& backend_;
  Listed lists_;
  std::optional<std::pair<std::size_t, UntypedArray>> put_off_;
};

/// Returns the parts of an array at indices of the axis that a subscript has left whole. Where NumPy would put their
/// axes is where a list would stand.
Term with_indices(Term array, const UntypedArray& indices, const std::vector<Raw>& raws, const Shape& given,
                  std::size_t subscript, std::size_t offset) {
  int axis = 0;
  std::vector<Raw> as_list = raws;
  as_list[subscript].kind = Raw::Kind::list;
  as_list[subscript].list = std::make_shared<const std::vector<std::int64_t>>();
  int taken = 0;
  for (const Raw& one : raws) taken += one.kind != Raw::Kind::create && one.kind != Raw::Kind::ellipsis;
  for (std::size_t i = 0; i < subscript; ++i) {
    axis += raws[i].kind == Raw::Kind::range || raws[i].kind == Raw::Kind::create;
    if (raws[i].kind == Raw::Kind::ellipsis) axis += given.rank() - taken;
  }
  const Value place{NoValue{}, offset};
  UntypedArray result = about(place, [&] { return chunkwise::take(array_of(std::move(array)), indices, axis); });
  const int wanted = list_place(resolve_subscripts(given, as_list));
  if (wanted == axis) return term_of(result);
  std::vector<int> from, to;
  for (int i = 0; i < indices.shape.rank(); ++i) {
    from.push_back(axis + i);
    to.push_back(wanted + i);
  }
  return term_of(chunkwise::transpose(result, moved_axes(result.shape.rank(), from, to)));
}

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
             raws.back().kind == Raw::Kind::list;
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
    if (raws[i].kind == Raw::Kind::range) ++axis;
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
  const Shape given = array.shape;
  std::vector<AxisSubscript> resolved = resolve_subscripts(given, raws);
  const Shape shape = subscripted_shape(resolved);
  Labels labels = subscripted_labels(array.labels, resolved);
  NodePtr node = build::index(array_of(std::move(array)).node, std::move(resolved));
  Term result = term_of({std::move(node), shape, std::move(labels)});
  if (!arrays.put_off()) return result;
  const auto& [subscript, indices] = *arrays.put_off();
  if (std::ranges::count(raws, Raw::Kind::list, &Raw::kind) > 0)
    throw Mistake{
        ErrorCode::unsupported,
        "beside an array of indices that is computed no list or mask can be a subscript; take(x, i, axis) takes "
        "one after the other",
        subscripts[subscript].offset};
  return with_indices(std::move(result), indices, raws, given, subscript, subscripts[subscript].offset);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
