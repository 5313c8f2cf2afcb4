#pragma once
/// Evaluates arrays over boxes of indices. An Evaluator belongs to one thread. It reads the elements that a slab needs
/// from sources, keeps them for all who want them, and hands out operands: pointers with strides, and how to decode the
/// elements that they point at.
#include <array>
#include <atomic>
#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/core/ndarray.hpp"
#include "runtime/graph/memory_view.hpp"
#include "runtime/load/load.hpp"
#include "runtime/plan/plan.hpp"
#include "runtime/trace/recorder.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

using graph::Materialised;

/// The state that a run's threads share.
struct RunContext {
  const plan::Plan* plan = nullptr;
  Materialised finished;  ///< changed between stages only
  std::atomic<bool>* cancelled = nullptr;
  trace::Recorder* trace = nullptr;  ///< of what threads do and when; null: nobody asks
  /// The counters that all threads write to have a cache line of their own, away from the data that they read.
  alignas(64) std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> elements_done{0};

  /// Throws cancelled if the caller wants the run to end. Called for each slab.
  void check_cancelled() const;
};

/// One entry an operand. A formula has a few, which lie in place: a chunk of a few elements would spend its time on
/// allocating them.
template <class T>
using PerOperand = boost::container::small_vector<T, 5>;

/// A strided view of elements, decoded or not. Strides are in elements.
struct Operand {
  const std::byte* data = nullptr;
  PerAxis<std::int64_t> strides;
  DType dtype = DType::float64;              ///< of the array
  const load::Decoding* decoding = nullptr;  ///< null: elements of `dtype` lie there as they are
  [[nodiscard]] DType stored() const { return decoding ? decoding->stored : dtype; }
};

/// Several linear maps from the indices of a box to offsets, walked together: axes that every map runs through without
/// a gap are joined, so that the last one, the stretch, is as long as it can be.
class Walk {
 public:
  /// `maps` are the strides of the maps, each of the box's rank.
  Walk(const Shape& shape, std::span<const PerAxis<std::int64_t>> maps);
  /// Makes every stretch one element long, for maps that do not run along the last axis as their user needs it.
  void single_elements() { single_ = true; }

  [[nodiscard]] std::int64_t stretch_length() const { return single_ ? 1 : shape_[shape_.rank() - 1]; }
  [[nodiscard]] std::int64_t stretch_stride(std::size_t map) const {
    return single_ ? 1 : strides_[map][shape_.rank() - 1];
  }
  /// Calls visit(offsets) for the start of each stretch, in row-major order; offsets[m] is map m's.
  template <class Visit>
  void for_each_stretch(Visit&& visit) const {
    PerOperand<std::int64_t> offsets(strides_.size(), 0);
    ChunkIndex at = ChunkIndex::filled(shape_.rank(), 0);
    const int outer = shape_.rank() - (single_ ? 0 : 1);
    if (shape_.elements() == 0) return;
    for (;;) {
      visit(std::span<const std::int64_t>(offsets.data(), offsets.size()));
      int axis = outer - 1;
      for (; axis >= 0; --axis) {
        for (std::size_t m = 0; m < strides_.size(); ++m) offsets[m] += strides_[m][axis];
        if (++at[axis] < shape_[axis]) break;
        for (std::size_t m = 0; m < strides_.size(); ++m) offsets[m] -= strides_[m][axis] * shape_[axis];
        at[axis] = 0;
      }
      if (axis < 0) return;
    }
  }

 private:
  Shape shape_;
  PerOperand<PerAxis<std::int64_t>> strides_;
  bool single_ = false;
};

using plan::block_elements;

/// A body made ready for one slab: hands out the elements of any block of a stretch.
class BodyRunner {
 public:
  BodyRunner(const plan::Body& body, PerOperand<Operand> operands);
  /// Hands out the elements of an operand as they are.
  explicit BodyRunner(const Operand& operand);
  [[nodiscard]] const PerOperand<Operand>& operands() const { return operands_; }
  /// Returns a pointer to elements [begin, begin + n) of the stretch at `offsets`, n at most block_elements unless
  /// direct(). They are in `out`, or elsewhere if `out` is null or they lie in memory already. `strides[i]` is operand
  /// i's step along the stretch.
  const void* block(const std::int64_t* offsets, const std::int64_t* strides, std::int64_t begin, std::int64_t n,
                    void* out);
  /// Goes on with elements of the first operand at another address, laid out as those before.
  void move_to(const std::byte* place) { operands_.front().data = place; }
  /// Returns true if elements are handed out as they lie in memory, whatever the length.
  [[nodiscard]] bool direct(const std::int64_t* strides) const;
  [[nodiscard]] DType dtype() const { return dtype_; }

 private:
  BodyRunner(const plan::Body* body, DType dtype, PerOperand<Operand> operands);
  const void* load(std::size_t slot, const std::byte* from, std::int64_t stride, std::int64_t n, void* out);

  const plan::Body* body_;  ///< null, or without a program: the first operand's elements
  PerOperand<Operand> operands_;
  DType dtype_;
  /// Returns block `number` of the staging memory.
  std::byte* stage(std::size_t number);
  Buffer staging_;  ///< null until it is needed
  PerOperand<const void*> inputs_;
  PerOperand<std::pair<const std::byte*, std::int64_t>> splatted_;
};

/// Evaluates boxes for one thread.
class Evaluator {
 public:
  /// `writes_alone`: of each slab one body is evaluated, once, so that fetched operands need not be remembered.
  explicit Evaluator(RunContext& context, bool writes_alone = false)
      : context_(&context), writes_alone_(writes_alone) {}

  /// Returns the elements of `region` of an array. Valid until the next call of new_slab().
  Operand fetch(const NodePtr& node, const Region& region);
  /// Returns the body's operands over a region of the domain, broadcast to its rank.
  PerOperand<Operand> operands(const plan::Body& body, const Region& region, int domain_rank);
  /// Returns the elements of a rechunked array over a region, row-major without gaps; null for any other body.
  const void* rechunked(const plan::Body& body, const Region& region, const Shape& domain);
  /// Computes the body over a region into row-major memory without gaps.
  void evaluate(const plan::Body& body, const Region& region, const Shape& domain, std::byte* out);
  /// Computes the body over a region into strided memory (strides in elements, innermost 1).
  void evaluate(const plan::Body& body, const Region& region, const Shape& domain, std::byte* out,
                const PerAxis<std::int64_t>& strides);
  /// Forgets the fetched operands.
  void new_slab();
  /// Lets go of the chunks of sources that slabs were parts of.
  void leave_chunk();

 private:
  struct ChunkView {
    const Source* source = nullptr;
    Region box;
    UntypedNdArray view;  ///< data is null: one part of the chunk was asked for so far
  };
  /// Memory for lines and their results, for the evaluator at work: evaluators of one thread share it.
  struct LineMemory {
    Buffer memory;
    std::size_t bytes = 0;
  };
  struct Fetched {
    const Node* node;
    Region region;
    Operand operand;
  };
  std::byte* scratch(std::size_t bytes);
  /// Returns a region of an array that lies in memory as a whole, alone or joined; data is null if the array does not.
  Operand part_of_memory(const Node& node, const Region& region);
  Operand fetch_new(const NodePtr& node, const Region& region);
  /// Returns the whole of a source that lies in memory, asked for once in a row: threads that each took and gave back a
  /// share in its owner for every chunk would wait for each other.
  const UntypedNdArray& memory_of(const Source& source);
  /// Returns a view of a part of a source. Slabs of a chunk follow each other, so the whole chunk is asked for.
  UntypedNdArray view_of_source(const Source& source, const Region& region);
  Operand fetch_source(const SourceNode& source, const Region& region);
  Operand fetch_view(const Node& node, const ViewNode& view, const Region& region);
  /// Returns the part that has all of a box, if the node only joins arrays; the box becomes one of the part.
  const NodePtr* only_part_of_join(const NodePtr& node, Region& box) const;
  /// Returns a box of the parts of a view together, before its transform.
  Operand fetch_joined(DType dtype, const ViewNode& view, const Region& region);
  /// Strided memory for a box: strides in elements, the last of which is 1.
  struct Place {
    std::byte* memory = nullptr;
    PerAxis<std::int64_t> strides;
  };
  /// Writes the elements of a box of a view that is_placed (executor/places.cpp).
  void place(const Node& node, const ViewNode& view, const Region& region, const Place& to);
  /// The same of a view through lists, one stretch after the other.
  void place_listed(const Node& node, const ViewNode& view, const Region& region, const Place& to);
  /// The same if the elements lie so near each other that a box of the input with all of them is fetched.
  void place_gathered(const Node& node, const ViewNode& view, const Region& region, const Region& box, const Place& to);
  /// The same of a view with a fill value.
  void place_filled(const Node& node, const ViewNode& view, const Region& region, const Place& to);
  /// The same of an array in another shape, one piece after the other; the memory is row-major without gaps.
  void place_reshaped(const Node& node, const ViewNode& view, const Region& region, const Place& to);
  /// Writes a body that is a view which is_placed, or a function of lines; returns false, and does nothing, for all
  /// others.
  bool place_body(const plan::Body& body, const Region& region, const Shape& domain, const Place& to);
  /// Returns an evaluator for pieces that are needed one after the other, so that none has to be remembered.
  Evaluator& inner();
  Operand fetch_map(const Node& node, const Region& region);
  /// Writes the elements of a box of a function of lines (executor/lines.cpp).
  void place_lines(const Node& node, const AlongNode& along, const Region& region, const Place& to);
  /// Returns the elements of a box of a function of lines.
  Operand fetch_along(const Node& node, const AlongNode& along, const Region& region);
  /// Writes an operand's elements, decoded, into strided memory.
  static void copy_out(const Operand& operand, const Shape& shape, std::byte* out,
                       const PerAxis<std::int64_t>& strides);

  RunContext* context_;
  bool writes_alone_;
  std::vector<Fetched> fetched_;
  std::vector<std::shared_ptr<const void>> held_;        ///< owners that keep views of this slab alive
  std::vector<std::pair<Buffer, std::size_t>> scratch_;  ///< kept from slab to slab
  std::size_t scratch_used_ = 0;
  std::unordered_map<const Source*, load::Decoding> decodings_;
  const Source* asked_ = nullptr;  ///< the source that memory_ belongs to
  UntypedNdArray memory_;
  std::array<ChunkView, 4> chunk_views_;  ///< the last few that slabs are parts of
  std::size_t next_view_ = 0;
  std::unique_ptr<Evaluator> inner_;  ///< fetches lines and others piece by piece; null until it is needed
  std::shared_ptr<LineMemory> lines_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
