/// Operands that are laid on each other by the names of their axes, as xarray's are.
#include <algorithm>

#include "chunkwise/expr/shape.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

std::vector<std::string> names_of(const Term& term) {
  std::vector<std::string> names;
  for (int axis = 0; axis < term.shape.rank(); ++axis) names.push_back(term.labels.dimension(axis));
  return names;
}

/// Returns true if different names stand at one place, counted from the last axis.
bool meet_differently(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 1; i <= std::min(a.size(), b.size()); ++i)
    if (a[a.size() - i] != b[b.size() - i]) return true;
  return false;
}

/// Returns true if the names that both have stand in one order. A transpose beside the array is NumPy's, by position.
bool have_one_order(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  auto from = b.begin();
  for (const std::string& name : a) {
    if (std::ranges::find(b, name) == b.end()) continue;
    from = std::find(from, b.end(), name);
    if (from == b.end()) return false;
  }
  return true;
}

/// A name that operands have axes of, and the coordinate of those if all have extent 1.
struct CommonAxis {
  std::string name;
  bool is_single = true;
  Coordinate coordinate;
};

/// Returns a term with its axes in the order of these names, and axes of extent 1 for those that it lacks. Such an axis
/// has the one place of the others: it has no say about it, and must not take it away.
Term laid(Term term, const std::vector<CommonAxis>& axes) {
  const std::vector<std::string> own = names_of(term);
  std::vector<int> order;
  std::uint32_t lacking = 0;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto at = std::ranges::find(own, axes[i].name);
    if (at == own.end())
      lacking |= 1U << i;
    else
      order.push_back(static_cast<int>(at - own.begin()));
  }
  const bool turns = !std::ranges::is_sorted(order);
  // Axes of extent 1 in front need not be there.
  std::uint32_t needed = lacking;
  std::size_t first = 0;
  for (; first < axes.size() && (needed >> first & 1U); ++first) needed &= ~(1U << first);
  if (!turns && needed == 0) return term;
  UntypedArray array = array_of(std::move(term));
  if (turns) array = transpose(array, order);
  if (needed == 0) return term_of(array);
  array = expand_dims(array, needed >> first);
  for (std::size_t i = first; i < axes.size(); ++i)
    if ((needed >> i & 1U) && axes[i].is_single && axes[i].coordinate)
      array.labels = array.labels.with_coordinate(static_cast<int>(i - first), axes[i].coordinate);
  return term_of(array);
}

}  // namespace

void lay_by_names(std::vector<Operand>& operands) {
  std::vector<CommonAxis> all;
  bool differ = false;
  std::vector<std::vector<std::string>> each;
  for (const Operand& operand : operands) {
    const Term* const term = std::get_if<Term>(&operand);
    if (!term || term->shape.rank() == 0) continue;
    const std::vector<std::string> names = names_of(*term);
    if (std::ranges::find(names, std::string()) != names.end()) return;
    for (const std::vector<std::string>& other : each) {
      if (!have_one_order(other, names)) return;
      differ = differ || meet_differently(other, names);
    }
    for (int axis = 0; axis < term->shape.rank(); ++axis) {
      const std::string& name = names[static_cast<std::size_t>(axis)];
      auto known = std::ranges::find(all, name, &CommonAxis::name);
      if (known == all.end()) known = all.insert(all.end(), CommonAxis{name, true, {}});
      known->is_single = known->is_single && term->shape[axis] == 1;
      if (!known->coordinate) known->coordinate = term->labels.coordinate(axis);
    }
    each.push_back(names);
  }
  if (!differ || all.size() > static_cast<std::size_t>(max_rank)) return;
  for (Operand& operand : operands)
    if (Term* const term = std::get_if<Term>(&operand); term && term->shape.rank() > 0)
      operand = laid(std::move(*term), all);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
