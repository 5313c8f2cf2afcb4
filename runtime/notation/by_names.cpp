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

/// Returns a term with its axes in the order of these names, and axes of extent 1 for those that it lacks.
Term laid(Term term, const std::vector<std::string>& names) {
  const std::vector<std::string> own = names_of(term);
  std::vector<int> order;
  std::uint32_t lacking = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto at = std::ranges::find(own, names[i]);
    if (at == own.end())
      lacking |= 1U << i;
    else
      order.push_back(static_cast<int>(at - own.begin()));
  }
  const bool turns = !std::ranges::is_sorted(order);
  // Axes of extent 1 in front need not be there.
  std::uint32_t needed = lacking;
  std::size_t first = 0;
  for (; first < names.size() && (needed >> first & 1U); ++first) needed &= ~(1U << first);
  if (!turns && needed == 0) return term;
  UntypedArray array = array_of(std::move(term));
  if (turns) array = transpose(array, order);
  return term_of(needed ? expand_dims(array, needed >> first) : array);
}

}  // namespace

void lay_by_names(std::vector<Operand>& operands) {
  std::vector<std::string> all;
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
    for (const std::string& name : names)
      if (std::ranges::find(all, name) == all.end()) all.push_back(name);
    each.push_back(names);
  }
  if (!differ || all.size() > static_cast<std::size_t>(max_rank)) return;
  for (Operand& operand : operands)
    if (Term* const term = std::get_if<Term>(&operand); term && term->shape.rank() > 0)
      operand = laid(std::move(*term), all);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
