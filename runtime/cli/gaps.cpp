#include "runtime/cli/gaps.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <iterator>
#include <string>
#include <unordered_set>
#include <utility>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/aggregate/numpy.hpp"
#include "chunkwise/op/line/numpy.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/cli/result_file.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/for_each_node.hpp"
#include "runtime/notation/functions.hpp"

namespace chunkwise::cli {

namespace {

/// Most elements that are read a second time to count missing ones: about a second's work.
constexpr std::int64_t most_counted = std::int64_t{1} << 27;

/// Returns the name of the row that is `nan` and a name; empty if there is none.
template <class Rows>
std::string variant_without_nan(const Rows& rows, std::string_view name) {
  for (const auto& row : rows)
    if (row.name.starts_with("nan") && row.name.substr(3) == name) return std::string(row.name);
  return {};
}

/// Returns true if a text has a name as a word.
bool has_word(std::string_view text, std::string_view name) {
  const auto is_of_word = [&](std::size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_');
  };
  for (std::size_t at = text.find(name); !name.empty() && at != text.npos; at = text.find(name, at + 1))
    if (!(at > 0 && is_of_word(at - 1)) && !is_of_word(at + name.size())) return true;
  return false;
}

/// Returns true if a formula has a function that takes skipna.
bool may_skip(std::string_view text) {
  return std::ranges::any_of(notation::all_functions(), [&](const notation::Function& function) {
    const std::vector<std::string> keywords = notation::keywords_of(function);
    const bool takes = function.kind == notation::Function::Kind::average || function.name == "weighted" ||
                       std::ranges::find(keywords, "skipna") != keywords.end();
    return takes && has_word(text, function.name);
  });
}

/// What a function of lines without a variant does with missing values; empty for those that are there to fill them.
std::string_view instead_of(LineCode function) {
  switch (function) {
    case linewise::Sort::code:
      return "puts NaN last";
    case linewise::ArgSort::code:
      return "puts the positions of NaN last";
    case linewise::ForwardFill::code:
    case linewise::BackwardFill::code:
    case linewise::InterpolateNan::code:
    case linewise::Interp::code:  // of each element by itself
      return "";
    default:
      return "is NaN where it takes NaN";
  }
}

template <class T>
std::int64_t count_nan(const T* values, std::int64_t elements) {
  return std::count_if(values, values + elements, [](T value) { return std::isnan(value); });
}

std::int64_t count_nan(DType dtype, const void* values, std::int64_t elements) {
  if (dtype == DType::float64) return count_nan(static_cast<const double*>(values), elements);
  if (dtype == DType::float32) return count_nan(static_cast<const float*>(values), elements);
  return 0;
}

/// The values that one function misses in its input.
struct Missing {
  std::int64_t values = 0, of = 0;
  std::int64_t saved = 0;  ///< outputs that have some values, and miss others
};

Missing missing_of(const UntypedNdArray& counts, std::int64_t reduced) {
  Missing missing;
  const std::int64_t outputs = counts.shape.elements();
  missing.of = outputs * reduced;
  const auto* there = static_cast<const std::int64_t*>(counts.data);
  for (std::int64_t i = 0; i < outputs; ++i) {
    missing.values += reduced - there[i];
    missing.saved += there[i] > 0 && there[i] < reduced;
  }
  return missing;
}

/// Returns true if an array is one of some, or made of one.
bool reaches(const Node& array, const std::unordered_set<const Node*>& some) {
  bool found = false;
  for_each_node({{NodePtr(NodePtr{}, &array)}}, [&](const Node& node) {
    found = found || some.contains(&node);
    return !found;
  });
  return found;
}

/// Returns true if more elements than are counted are read to make an array, or are in it.
bool takes_much(const Node& array) {
  bool much = array.shape.elements() > most_counted;
  for_each_node({{NodePtr(NodePtr{}, &array)}}, [&](const Node& node) {
    const FoldNode* const fold = graph::fold_of(node);
    const AlongNode* const along = graph::along_of(node);
    const Node* const input = fold ? fold->input.get() : along ? along->input.get() : nullptr;
    much = much || (input && input->shape.elements() > most_counted);
    return !much;
  });
  return much;
}

}  // namespace

/// Counts the NaN among the elements that a sink receives.
class Gaps::Watch final : public Sink {
 public:
  Watch(SinkPtr sink, std::shared_ptr<Seen> seen) : sink_(std::move(sink)), seen_(std::move(seen)) {}
  [[nodiscard]] std::string describe() const override { return sink_->describe(); }
  void begin(DType dtype, const Shape& shape, const ChunkGrid& grid, const Labels& labels) override {
    dtype_ = dtype;
    sink_->begin(dtype, shape, grid, labels);
  }
  void write(const Region& region, const void* data) override {
    seen_->elements += region.elements();
    seen_->nan += count_nan(dtype_, data, region.elements());
    sink_->write(region, data);
  }
  void finish() override { sink_->finish(); }
  void abort() noexcept override { sink_->abort(); }

 private:
  SinkPtr sink_;
  std::shared_ptr<Seen> seen_;
  DType dtype_ = DType::float64;
};

/// Returns the Taker of a node; without a name if it is none.
Gaps::Taker Gaps::taker_of(const Node& node, std::string_view text) {
  Taker taker;
  taker.node = &node;
  const auto name = [&](const auto& rows, auto code) {
    for (const auto& row : rows)
      if (row.code == code && !row.name.starts_with("nan")) {
        taker.name = row.name;
        taker.named = has_word(text, row.name) || has_word(text, row.alias);
      }
    taker.without = variant_without_nan(rows, taker.name);
  };
  if (const FoldNode* const fold = graph::fold_of(node)) {
    if (fold->op == aggregate::Count::code) return taker;
    taker.input = fold->input;
    taker.axes = fold->axes;
    name(aggregate::numpy_names, fold->op);
    taker.instead = "takes NaN for true";  // any, all
  } else if (const AlongNode* const along = graph::along_of(node); along && !along->own) {
    taker.input = along->input;
    taker.axes = 1U << along->axis;
    name(linewise::numpy_names, along->function);
    taker.instead = instead_of(along->function);
    if (taker.without.empty() && taker.instead.empty()) taker.name.clear();
  }
  // Windows are filled where they are not whole: min_periods decides of those.
  const AlongNode* const lines = graph::along_of(node);
  const bool are_windows = lines && lines->function == linewise::Windows::code;
  if (taker.input && (are_windows || graph::fill_of(*taker.input))) taker.name.clear();
  if (taker.input && !is_floating(taker.input->dtype)) taker.name.clear();
  taker.shows = is_floating(node.dtype);
  return taker;
}

Gaps::Gaps(const std::vector<UntypedArray>& results, std::string_view text) : may_skip_(cli::may_skip(text)) {
  for_each_node(detail::graph_of(results), [&](const Node& node) {
    if (Taker taker = taker_of(node, text); !taker.name.empty()) takers_.push_back(std::move(taker));
    return true;
  });
  std::ranges::reverse(takers_);
}

std::vector<SinkPtr> Gaps::watched(std::vector<SinkPtr> sinks) const {
  if (!takers_.empty())
    for (SinkPtr& sink : sinks) sink = std::make_shared<Watch>(std::move(sink), seen_);
  return sinks;
}

void Gaps::look_at(const UntypedNdArray& values) const {
  seen_->elements += values.shape.elements();
  seen_->nan += count_nan(values.dtype, values.data, values.shape.elements());
}

std::string Gaps::result_text() const {
  if (seen_->nan == 0) return "chunkwise: ";
  if (seen_->elements == 1) return "chunkwise: the result is NaN: ";
  return "chunkwise: " + std::to_string(seen_->nan) + " of " + std::to_string(seen_->elements) +
         " values of the result are NaN: ";
}

std::vector<Gaps::Taker> Gaps::relevant() const {
  const auto is_told = [&](const Taker& taker) { return (taker.shows && seen_->nan > 0) || !takes_much(*taker.input); };
  std::vector<Taker> takers;
  std::ranges::copy_if(takers_, std::back_inserter(takers), is_told);
  if (seen_->nan > 0) return takers;
  // Without NaN among the results, missing values count if the results do not show them, and in their inputs.
  const std::vector<Taker> all = takers;
  std::erase_if(takers, [&](const Taker& taker) {
    return std::ranges::none_of(all, [&](const Taker& other) {
      return !other.shows && (other.node == taker.node || reaches(*other.input, {taker.node}));
    });
  });
  return takers;
}

Gaps::Found Gaps::find(const BackendPtr& backend, const std::vector<Taker>& takers) {
  std::vector<UntypedArray> wanted;
  for (const Taker& taker : takers) {
    const NodePtr counted = build::fold(aggregate::Count::code, taker.input, taker.axes, false, 0);
    wanted.push_back({counted, counted->shape, {}});
  }
  const std::vector<UntypedNdArray> counts =
      interruptible([&](const RunOption& cancel) { return compute(backend, wanted, cancel); });
  Found found;
  std::unordered_set<const Node*> counted_inputs;
  std::unordered_set<const Node*> told;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const Taker& taker = takers[i];
    const std::int64_t lines = counts[i].shape.elements();
    if (lines == 0) continue;
    const Missing missing = missing_of(counts[i], taker.input->shape.elements() / lines);
    if (missing.of == 0) found.takes_none = taker.name;
    if (missing.of > 0 && missing.values == missing.of) found.takes_missing = taker.name;
    if (missing.saved == 0) continue;
    // A result that is made of one with missing values misses them for that reason.
    if (reaches(*taker.input, told)) continue;
    told.insert(taker.node);
    // An array that several functions take counts once.
    if (counted_inputs.insert(taker.input.get()).second) {
      found.missing += missing.values;
      found.values += missing.of;
    }
    const auto has_its_name = [&](const Taker& other) { return other.name == taker.name; };
    if (std::ranges::none_of(found.takers, has_its_name)) found.takers.push_back(taker);
  }
  return found;
}

void Gaps::say(const BackendPtr& backend) const {
  const std::vector<Taker> takers = relevant();
  if (takers.empty()) return;
  const auto is_large = [](const Taker& taker) { return takes_much(*taker.input); };
  if (std::ranges::any_of(takers, is_large)) {
    const Taker& first = takers.front();
    std::cerr << result_text() << first.name << " is NaN where values that it takes are missing; "
              << (first.without.empty() ? first.name + " " + std::string(first.instead)
                                        : first.without + " leaves those out, and --skipna does it in all functions")
              << '\n';
    return;
  }
  const Found found = find(backend, takers);
  if (found.takers.empty()) {
    // A part that is missing throughout, like land in a field of the sea, is right; a whole result is not.
    if (seen_->nan != seen_->elements && seen_->nan > 0) return;
    if (!found.takes_missing.empty())
      std::cerr << result_text() << "all values that " << found.takes_missing << " takes are missing\n";
    else if (!found.takes_none.empty())
      std::cerr << result_text() << found.takes_none << " takes no values, since its array is empty\n";
    return;
  }
  if (std::ranges::none_of(found.takers, &Taker::named)) {
    const std::string them = found.missing == 1 ? "it" : "them";
    std::cerr << result_text() << found.missing << " of the " << found.values << " values that the formula takes"
              << (found.missing == 1 ? " is" : " are") << " missing; "
              << (may_skip_ ? "skipna=True leaves " + them + " out, and --skipna does it in all functions"
                            : "fillna(x, 0) puts a number in place of " + them)
              << '\n';
    return;
  }
  const auto list = [](std::string& names, const std::string& name) { names += (names.empty() ? "" : " and ") + name; };
  std::string plain, without, rest;
  std::size_t variants = 0;
  for (const Taker& taker : found.takers) {
    list(plain, taker.name);
    if (taker.without.empty()) {
      rest += "; " + taker.name + " " + std::string(taker.instead);
    } else {
      list(without, taker.without);
      ++variants;
    }
  }
  std::cerr << result_text() << found.missing << " of the " << found.values << " values that " << plain
            << (found.takers.size() == 1 ? " takes" : " take") << (found.missing == 1 ? " is" : " are") << " missing"
            << (variants > 0
                    ? "; " + without + (variants == 1 ? " leaves" : " leave") +
                          (found.missing == 1 ? " it out" : " them out") + ", and --skipna does it in all functions"
                    : "")
            << rest << '\n';
}

void Gaps::tell(const BackendPtr& backend) const noexcept {
  const auto hides = [](const Taker& taker) { return !taker.shows; };
  if (seen_->nan == 0 && std::ranges::none_of(takers_, hides)) return;
  try {
    say(backend);
  } catch (...) {
    // The results do not depend on this.
  }
}

}  // namespace chunkwise::cli
