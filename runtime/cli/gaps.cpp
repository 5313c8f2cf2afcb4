#include "runtime/cli/gaps.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <string>
#include <unordered_set>
#include <utility>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/aggregate/numpy.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/cli/result_file.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/for_each_node.hpp"

namespace chunkwise::cli {

namespace {

/// Most elements that are read a second time to count what is missing: about a second's work.
constexpr std::int64_t most_counted = std::int64_t{1} << 27;

/// Returns the aggregate's variant that skips NaN, or null.
const aggregate::NumpyNames* skipping(AggregateCode code) {
  const std::string name = "nan" + std::string(chunkwise::name_of(code));
  for (std::size_t i = 0; i < aggregate::descriptions.size(); ++i)
    if (aggregate::descriptions[i].name == name) return &aggregate::numpy_names[i];
  return nullptr;
}

/// Returns true if one NaN among the elements makes the result NaN, and there is a variant that leaves them out.
bool goes_through(const FoldNode& reduction) {
  const DType element = reduction.input->dtype;
  return is_floating(element) && is_floating(aggregate::result_type(reduction.op, element)) &&
         aggregate::find(reduction.op)->meaning != Meaning::part && skipping(reduction.op) != nullptr;
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

/// The values that one reduction misses in its input.
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

/// Returns the reduction's name in formulas.
std::string name_of(const FoldNode& reduction) { return std::string(skipping(reduction.op)->name.substr(3)); }

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

Gaps::Gaps(const std::vector<ArrayHandle>& results) {
  for_each_node(detail::graph_of(results), [&](const Node& node) {
    const FoldNode* const reduction = graph::fold_of(node);
    // Shared with the graph, which outlives this.
    if (reduction && goes_through(*reduction)) reductions_.emplace_back(NodePtr{}, &node);
    return true;
  });
  // Those that see the data come first.
  std::reverse(reductions_.begin(), reductions_.end());
}

std::vector<SinkPtr> Gaps::watched(std::vector<SinkPtr> sinks) const {
  if (!reductions_.empty())
    for (SinkPtr& sink : sinks) sink = std::make_shared<Watch>(std::move(sink), seen_);
  return sinks;
}

void Gaps::look_at(const UntypedNdArray& values) const {
  seen_->elements += values.shape.elements();
  seen_->nan += count_nan(values.dtype, values.data, values.shape.elements());
}

std::string Gaps::result_text() const {
  if (seen_->elements == 1) return "chunkwise: the result is NaN: ";
  return "chunkwise: " + std::to_string(seen_->nan) + " of " + std::to_string(seen_->elements) +
         " values of the result are NaN: ";
}

std::vector<UntypedNdArray> Gaps::count_values(const BackendPtr& backend) const {
  std::vector<ArrayHandle> counts;
  for (const NodePtr& node : reductions_) {
    const FoldNode& reduction = *graph::fold_of(*node);
    const NodePtr counted = build::fold(aggregate::Count::code, reduction.input, reduction.axes, false, 0);
    counts.push_back({counted, counted->shape, {}});
  }
  return interruptible([&](const RunOption& cancel) { return compute(backend, counts, cancel); });
}

Gaps::Found Gaps::find(const BackendPtr& backend) const {
  const std::vector<UntypedNdArray> counts = count_values(backend);
  Found found;
  std::unordered_set<const Node*> counted_inputs;
  std::unordered_set<const Node*> told;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const FoldNode& reduction = *graph::fold_of(*reductions_[i]);
    const std::int64_t outputs = counts[i].shape.elements();
    if (outputs == 0) continue;
    const Missing missing = missing_of(counts[i], reduction.input->shape.elements() / outputs);
    if (missing.values == missing.of) found.takes_nothing = name_of(reduction);
    if (missing.saved == 0) continue;
    // A result of a reduction that misses values misses them for that reason.
    if (reaches(*reduction.input, told)) continue;
    told.insert(reductions_[i].get());
    // An array that several reductions take counts once.
    if (counted_inputs.insert(reduction.input.get()).second) {
      found.missing += missing.values;
      found.values += missing.of;
    }
    const std::string name = name_of(reduction);
    if (std::ranges::find(found.names, name) == found.names.end()) found.names.push_back(name);
  }
  return found;
}

void Gaps::say(const BackendPtr& backend) const {
  const auto is_large = [](const NodePtr& node) {
    return graph::fold_of(*node)->input->shape.elements() > most_counted;
  };
  if (std::ranges::any_of(reductions_, is_large)) {
    const std::string name = name_of(*graph::fold_of(*reductions_.front()));
    std::cerr << result_text() << name << " is NaN where any of its values is missing; nan" << name
              << " leaves those out\n";
    return;
  }
  const Found found = find(backend);
  if (found.names.empty()) {
    // A part that is missing throughout, as land is in a field of the sea, is what it should be; a whole result is not.
    if (!found.takes_nothing.empty() && seen_->nan == seen_->elements)
      std::cerr << result_text() << "all values that " << found.takes_nothing << " takes are missing\n";
    return;
  }
  std::string plain;
  std::string saving;
  for (const std::string& name : found.names) {
    plain += (plain.empty() ? "" : " and ") + name;
    saving += (saving.empty() ? "nan" : " and nan") + name;
  }
  const bool one = found.names.size() == 1;
  std::cerr << result_text() << found.missing << " of the " << found.values << " values that " << plain
            << (one ? " takes" : " take") << " are missing; " << saving << (one ? " leaves" : " leave")
            << " them out\n";
}

void Gaps::tell(const BackendPtr& backend) const noexcept {
  if (reductions_.empty() || seen_->nan == 0) return;
  try {
    say(backend);
  } catch (...) {
    // Nothing that the results depend on.
  }
}

}  // namespace chunkwise::cli
