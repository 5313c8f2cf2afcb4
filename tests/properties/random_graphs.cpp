// Grows random graphs. The file is long because one Grower has a step for each kind of node, and each step draws on the
// nodes that others made.
#include "tests/properties/random_graphs.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/op/line/catalog.hpp"
#include "tests/line_parameters.hpp"

namespace chunkwise::properties {

// ---------------------------------------------------------------- StoredSource

StoredSource::StoredSource(DType dtype, ChunkGrid grid, Encoding encoding, std::vector<std::byte> stored,
                           Shape read_block, std::string identity)
    : dtype_(dtype),
      shape_(grid.shape()),
      grid_(std::move(grid)),
      encoding_(std::move(encoding)),
      stored_(std::move(stored)),
      read_block_(read_block),
      identity_(std::move(identity)) {}

std::string StoredSource::describe() const {
  std::string text = "stored as " + std::string(name_of(encoding_.stored));
  if (encoding_.has_valid_range) text += ", valid in a range";
  if (!encoding_.missing.empty()) text += ", " + std::to_string(encoding_.missing.size()) + " missing values";
  if (encoding_.scaled) text += ", scaled";
  return text + ", read in blocks of " + chunkwise::to_string(read_block_);
}

void StoredSource::read(const Region& region, void* out) const {
  const std::size_t size = size_of(encoding_.stored);
  const PerAxis<std::int64_t> strides = row_major_strides(shape_);
  auto* to = static_cast<std::byte*>(out);
  const auto copy = [&](const auto& self, int axis, std::int64_t offset) -> void {
    if (axis == region.rank()) {
      std::memcpy(to, stored_.data() + static_cast<std::size_t>(offset) * size, size);
      to += size;
      return;
    }
    const AxisRange& range = region[axis];
    for (std::int64_t i = 0; i < range.count; ++i) {
      const std::int64_t at = range.start + i * range.step;
      if (at < 0 || at >= shape_[axis])
        throw Error(ErrorCode::io,
                    "read outside the array: " + chunkwise::to_string(region) + " of " + chunkwise::to_string(shape_));
      self(self, axis + 1, offset + at * strides[axis]);
    }
  };
  copy(copy, 0, 0);
}

// ---------------------------------------------------------------- graphs

namespace {

class Grower {
 public:
  Grower(const Choose& choose, const GraphSize& size) : choose_(&choose), size_(size) {
    flavour_ = static_cast<Flavour>(pick(3));
  }

  RandomGraph grow() {
    add(source(shape(), any_type()));
    const std::int64_t steps = 1 + pick(size_.operations);
    for (std::int64_t i = 0; i < steps; ++i) {
      try {
        step();
      } catch (const Error& error) {
        // What no front door offers: bool arithmetic, the smallest of nothing.
        if (error.code() != ErrorCode::type_mismatch && error.code() != ErrorCode::invalid_argument) throw;
      }
    }
    made_.graph.outputs.push_back(nodes_.back());
    for (std::int64_t more = pick(3); more > 0; --more) made_.graph.outputs.push_back(any_node());
    return std::move(made_);
  }

  /// One large array, and statistics of it.
  RandomGraph grow_reductions() {
    Shape shape;
    std::int64_t left = 20000 + pick(size_.elements - 20000);
    for (std::int64_t axes = pick(3); axes > 0; --axes) {
      shape.push_back(1 + pick(pick(3) == 0 ? 200 : 6));
      left = std::max<std::int64_t>(left / shape[shape.rank() - 1], 1);
    }
    shape.insert(static_cast<int>(pick(shape.rank() + 1)), left);
    NodePtr x = pick(3) == 0 ? memory(shape, any_type()) : stored(shape, any_type());
    if (maybe()) {
      const NodePtr operands[] = {x, source(fitting_shape(shape), any_type())};
      x = build::apply(op::Add::code, operands);
    }
    if (pick(4) == 0) x = subscripts(x);
    if (pick(6) == 0) x = transformed(x);
    if (pick(8) == 0) x = maybe() ? filled(x) : reshaped(x);
    if (pick(5) == 0) x = lines(x);
    nodes_.push_back(x);
    while (made_.graph.outputs.empty())
      for (std::int64_t i = 1 + pick(3); i > 0; --i) try {
          made_.graph.outputs.push_back(reduction(x, maybe()));
        } catch (const Error& error) {
          if (error.code() != ErrorCode::invalid_argument) throw;
        }
    return std::move(made_);
  }

 private:
  std::int64_t pick(std::int64_t n) { return n <= 1 ? 0 : (*choose_)(n); }
  bool maybe() { return pick(2) == 1; }
  DType any_type() {
    // float64 and float32 as often as all others together.
    if (maybe()) return maybe() ? DType::float32 : DType::float64;
    return static_cast<DType>(pick(static_cast<std::int64_t>(dtype_count)));
  }
  /// The newest node as often as all others together, so that graphs grow deep.
  const NodePtr& any_node() {
    if (maybe()) return nodes_.back();
    return nodes_[static_cast<std::size_t>(pick(static_cast<std::int64_t>(nodes_.size())))];
  }
  void add(NodePtr node) {
    if (node->shape.elements() <= size_.elements) nodes_.push_back(std::move(node));
  }
  Sequence sequence() { return Sequence(static_cast<std::uint64_t>(pick(1 << 20))); }

  // ---- shapes and chunks

  Shape shape() {
    Shape result;
    const std::int64_t kind = pick(20);
    const std::int64_t rank = kind == 0 ? 0 : 1 + pick(4);
    for (std::int64_t axis = 0; axis < rank; ++axis) result.push_back(1 + pick(7));
    if (kind == 1) result[static_cast<int>(pick(rank))] = 0;
    if (kind >= 2 && kind <= 5) result[static_cast<int>(pick(rank))] = 17 + pick(50);
    if (kind == 6 || kind == 7)
      result[static_cast<int>(pick(rank))] = std::min<std::int64_t>(1025 + pick(1200), size_.elements);
    for (int axis = 0; result.elements() > size_.elements; axis = (axis + 1) % result.rank())
      if (result[axis] < 1000) result[axis] = 1;
    return result;
  }

  AxisChunks axis_chunks(std::int64_t extent) {
    const std::int64_t smallest = extent / 70 + 1;
    switch (pick(4)) {
      case 0:
        return AxisChunks::regular(extent, std::max<std::int64_t>(extent, 1));
      case 1:
        return AxisChunks::regular(extent, smallest);
      case 2:
        return AxisChunks::regular(extent, smallest + pick(std::max<std::int64_t>(extent, 1)));
      default: {
        std::vector<std::int64_t> sizes;
        for (std::int64_t left = extent; left > 0; left -= sizes.back())
          sizes.push_back(std::min(left, smallest + pick(std::max<std::int64_t>(extent / 2, 1))));
        return AxisChunks::of_sizes(sizes);
      }
    }
  }
  ChunkGrid grid(const Shape& of) {
    ChunkGrid result;
    for (const std::int64_t extent : of) result.push_back(axis_chunks(extent));
    return result;
  }

  /// A shape that broadcasts with `other`: axes left out in front, axes of extent 1.
  Shape fitting_shape(const Shape& other) {
    Shape result;
    const auto first = static_cast<int>(maybe() ? 0 : pick(other.rank() + 1));
    for (int axis = first; axis < other.rank(); ++axis) result.push_back(pick(3) == 0 ? 1 : other[axis]);
    return result;
  }

  // ---- sources

  NodePtr source(const Shape& of, DType dtype) {
    switch (pick(8)) {
      case 0:
        return build::source(full_source(of, scalar(dtype), regular_chunks(of)));
      case 1:
        if (is_floating(dtype))
          return build::source(random_source(of, dtype, static_cast<std::uint64_t>(pick(3)), regular_chunks(of)));
        [[fallthrough]];
      case 2:
        if (of.rank() == 1 && of[0] > 0) {
          return build::source(arange_source(scalar(dtype), scalar(dtype), of[0], regular_chunks(of)));
        }
        [[fallthrough]];
      case 3:
      case 4:
        return memory(of, dtype);
      default:
        return stored(of, dtype);
    }
  }
  Scalar scalar(DType dtype) {
    Sequence numbers = sequence();
    return random_scalar(numbers, dtype, flavour_);
  }
  Shape regular_chunks(const Shape& of) {
    Shape chunks;
    for (const std::int64_t extent : of) chunks.push_back(extent / 70 + 1 + pick(std::max<std::int64_t>(extent, 1)));
    return chunks;
  }

  /// Memory with axes in any order, gaps, steps backwards, and repeated elements.
  NodePtr memory(const Shape& of, DType dtype) {
    const std::size_t size = size_of(dtype);
    PerAxis<std::int64_t> strides = row_major_strides(of);
    std::int64_t elements = std::max<std::int64_t>(of.elements(), 1);
    std::int64_t first = 0;
    if (maybe() && of.elements() > 0) {
      std::vector<int> order;
      for (int axis = 0; axis < of.rank(); ++axis) order.insert(order.begin() + pick(axis + 1), axis);
      std::int64_t next = 1;
      for (const int axis : order) {
        if (pick(6) == 0) {
          strides[axis] = 0;
          continue;
        }
        strides[axis] = next * (1 + pick(2));
        next = strides[axis] * of[axis];
        if (pick(3) == 0) {
          first += strides[axis] * (of[axis] - 1);
          strides[axis] = -strides[axis];
        }
      }
      elements = next;
    }
    auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(elements) * size);
    Sequence numbers = sequence();
    random_elements(numbers, dtype, flavour_, bytes->data(), elements);
    UntypedNdArray array{dtype, of, strides, nullptr, bytes->data() + static_cast<std::size_t>(first) * size};
    if (maybe())
      array.owner = bytes;
    else
      made_.borrowed.push_back(bytes);
    return build::source(memory_source(std::move(array), grid(of)));
  }

  NodePtr stored(const Shape& of, DType dtype) {
    Encoding encoding;
    encoding.stored = dtype;
    const std::int64_t kind = pick(4);
    if (kind > 0) {
      do encoding.stored = any_type();
      while (encoding.stored == DType::boolean);
      encoding.scaled = kind == 1 || kind == 2;
      encoding.scale = 0.25 + static_cast<double>(pick(100)) / 64;
      encoding.offset = static_cast<double>(pick(100)) / 3;
    }
    if (kind >= 2 && is_floating(dtype)) {
      Sequence numbers = sequence();
      for (std::int64_t i = pick(5); i > 0; --i)
        encoding.missing.push_back(random_scalar(numbers, encoding.stored, Flavour::small_integers));
      if (maybe()) {
        encoding.has_valid_range = true;
        dispatch(encoding.stored, [&](auto zero) {
          using T = decltype(zero);
          encoding.valid_min = Scalar(static_cast<T>(pick(2)));
          encoding.valid_max = Scalar(static_cast<T>(2 + pick(2)));
        });
      }
    }
    std::vector<std::byte> bytes(static_cast<std::size_t>(of.elements()) * size_of(encoding.stored));
    Sequence numbers = sequence();
    random_elements(numbers, encoding.stored, encoding.has_missing() ? Flavour::small_integers : flavour_, bytes.data(),
                    of.elements());
    Shape read_block = Shape::filled(of.rank(), 1);
    if (pick(3) == 0)
      for (int axis = 0; axis < of.rank(); ++axis)
        read_block[axis] = 1 + pick(std::clamp<std::int64_t>(of[axis], 1, pick(4) == 0 ? 1000 : 5));
    static std::atomic<int> number{0};
    return build::source(std::make_shared<StoredSource>(dtype, grid(of), std::move(encoding), std::move(bytes),
                                                        read_block,
                                                        maybe() ? "stored " + std::to_string(++number) : ""));
  }

  // ---- operations

  void step() {
    switch (pick(16)) {
      case 0:
      case 1:
      case 2:
        return add(operation());
      case 3:
        return add(cast(any_node(), any_type()));
      case 4:
      case 5:
        return add(program());
      case 6:
      case 7:
      case 8:
        switch (pick(6)) {
          case 0:
          case 1:
            return add(transformed(any_node()));
          case 2:
            return add(maybe() ? filled(any_node()) : maybe() ? reshaped(any_node()) : rechunked(any_node()));
          default:
            return add(subscripts(any_node()));
        }
      case 9:
        return add(join(any_node()));
      case 10:
        return add(source(shape(), any_type()));
      case 11:
        return anomalies();
      case 12:
      case 13:
        return add(lines(any_node()));
      default:
        return add(reduction(any_node(), maybe()));
    }
  }

  NodePtr rechunked(const NodePtr& node) {
    Shape chunks;
    for (const std::int64_t extent : node->shape) chunks.push_back(pick(extent + 2));
    return build::rechunk(node, ChunkGrid::regular(node->shape, chunks));
  }

  NodePtr cast(const NodePtr& node, DType to) {
    if (node->dtype == to) return node;
    const std::vector<Instruction> code{{OpCode::input, node->dtype, node->dtype, {0}},
                                        {op::Cast::code, node->dtype, to, {0}}};
    return build::map(std::make_shared<const Program>(code), {node}, {});
  }

  /// A node that broadcasts with `shape` to something not too large: one that is there, or a new one.
  NodePtr partner(const Shape& with) {
    std::vector<NodePtr> fitting;
    for (const NodePtr& node : nodes_) try {
        if (broadcast(node->shape, with).elements() <= size_.elements) fitting.push_back(node);
      } catch (const Error&) {  // does not fit
      }
    const std::int64_t i = pick(static_cast<std::int64_t>(fitting.size()) + 1);
    if (i > 0) return fitting[static_cast<std::size_t>(i - 1)];
    return source(fitting_shape(with), any_type());
  }

  NodePtr operation() {
    const op::Description& description = op::descriptions[static_cast<std::size_t>(pick(op::descriptions.size()))];
    if (description.code == op::Cast::code) return cast(any_node(), any_type());
    std::vector<NodePtr> operands{any_node()};
    Shape whole = operands[0]->shape;
    while (operands.size() < static_cast<std::size_t>(description.arity)) {
      operands.push_back(partner(whole));
      whole = broadcast(whole, operands.back()->shape);
    }
    if (maybe()) std::reverse(operands.begin(), operands.end());
    return build::apply(description.code, operands);
  }

  NodePtr program() {
    auto choose = [this](std::int64_t n) { return pick(n); };
    auto made =
        std::make_shared<const Program>(random_program(choose, any_type(), static_cast<std::size_t>(1 + pick(8))));
    std::vector<NodePtr> inputs;
    Shape whole;
    for (const DType type : made->inputs()) {
      inputs.push_back(cast(inputs.empty() ? any_node() : partner(whole), type));
      whole = broadcast(whole, inputs.back()->shape);
    }
    std::vector<Scalar> parameters;
    for (const DType type : made->parameters()) parameters.push_back(scalar(type));
    return build::map(std::move(made), std::move(inputs), std::move(parameters));
  }

  NodePtr subscripts(const NodePtr& node) {
    using Kind = AxisSubscript::Kind;
    std::vector<AxisSubscript> chosen;
    std::int64_t created = 0;
    const auto create = [&] {
      if (pick(5) == 0 && node->shape.rank() + created < 6) chosen.push_back({Kind::create, {}}), ++created;
    };
    const int last = static_cast<int>(maybe() ? node->shape.rank() : pick(node->shape.rank() + 1));
    for (int axis = 0; axis < last; ++axis) {
      create();
      const std::int64_t extent = node->shape[axis];
      const std::int64_t kind = pick(6);
      if (kind == 0 && extent > 0)
        chosen.push_back({Kind::integer, {pick(extent), 1, 1}});
      else if (kind == 1)
        chosen.push_back({Kind::range, {0, 1, extent}});
      else
        chosen.push_back({Kind::range, range(extent)});
    }
    create();
    return build::index(node, std::move(chosen));
  }
  /// Permuted axes, windows, diagonals, lists of indices and axes that repeat.
  NodePtr transformed(const NodePtr& node) {
    IndexTransform transform;
    const auto add_axis = [&](std::int64_t extent) {
      transform.shape.push_back(extent);
      return transform.shape.rank() - 1;
    };
    for (const std::int64_t extent : node->shape) {
      AxisTransform own = AxisTransform::constant(0);
      const std::int64_t kind = extent == 0 ? 5 : pick(8);
      const int room = max_rank - 2 - transform.shape.rank();
      if (kind == 0 || room < 2) {
        own = AxisTransform::constant(extent > 0 ? pick(extent) : 0);
        if (extent == 0) return node;
      } else if (kind == 1) {
        const std::int64_t width = 1 + pick(std::min<std::int64_t>(extent, 4));
        const int start = add_axis(extent - width + 1);
        own = {0, 2, {AxisTransform::Term{start, 1}, AxisTransform::Term{add_axis(width), 1}}, nullptr};
      } else if (kind == 2) {
        auto list = std::make_shared<std::vector<std::int64_t>>();
        for (std::int64_t more = pick(6); more >= 0; --more) list->push_back(pick(extent));
        own = AxisTransform::along(add_axis(static_cast<std::int64_t>(list->size())));
        own.list = std::move(list);
      } else if (kind == 3 && transform.shape.rank() > 0 && transform.shape[0] <= extent) {
        own = AxisTransform::along(0);
      } else {
        const AxisRange part = range(extent);
        own = AxisTransform::along(add_axis(part.count), part.start, part.step);
      }
      transform.axes.push_back(own);
    }
    if (pick(4) == 0 && transform.shape.rank() < 6) add_axis(1 + pick(3));
    const int turn = static_cast<int>(pick(transform.shape.rank()));
    const int rank = transform.shape.rank();
    Shape turned = transform.shape;
    for (int axis = 0; axis < rank; ++axis) turned[(axis + turn) % rank] = transform.shape[axis];
    transform.shape = turned;
    for (AxisTransform& own : transform.axes)
      for (int t = 0; t < own.count; ++t) {
        int& axis = own.terms[static_cast<std::size_t>(t)].axis;
        axis = (axis + turn) % rank;
      }
    if (transform.shape.elements() > size_.elements) return node;
    return build::view(node, std::move(transform));
  }

  /// Slices, windows and lists that leave the array, on any side, at any distance.
  NodePtr filled(const NodePtr& node) {
    if (node->shape.rank() > 5) return node;
    IndexTransform transform;
    for (const std::int64_t extent : node->shape) {
      const int own = transform.shape.rank();
      const std::int64_t before = pick(4);
      const std::int64_t kind = pick(6);
      if (kind == 0 && own < 3) {
        transform.shape.push_back(1 + pick(extent + 2));
        transform.shape.push_back(1 + pick(4));
        transform.axes.push_back(
            {-before, 2, {AxisTransform::Term{own, 1}, AxisTransform::Term{own + 1, 1 + pick(2)}}, nullptr});
      } else if (kind == 1) {
        auto list = std::make_shared<std::vector<std::int64_t>>();
        for (std::int64_t more = pick(6); more >= 0; --more) list->push_back(pick(extent + 5) - 2);
        transform.shape.push_back(static_cast<std::int64_t>(list->size()));
        transform.axes.push_back({0, 1, {AxisTransform::Term{own, 1}}, std::move(list)});
      } else if (kind == 2) {
        transform.shape.push_back(1 + pick(extent + 3));
        transform.axes.push_back(AxisTransform::along(own, extent + pick(3) - 1, -1 - pick(2)));
      } else {
        transform.shape.push_back(kind == 3 ? extent : extent + before + pick(3));
        transform.axes.push_back(AxisTransform::along(own, kind == 3 ? 0 : -before));
      }
    }
    if (transform.shape.elements() > size_.elements) return node;
    return build::view(node, std::move(transform), scalar(node->dtype));
  }

  /// Neighbouring axes merged, and the result split again where that can be done.
  NodePtr reshaped(const NodePtr& node) {
    Shape shape;
    for (const std::int64_t extent : node->shape) {
      if (shape.rank() > 0 && pick(3) == 0)
        shape[shape.rank() - 1] *= extent;
      else
        shape.push_back(extent);
      const int last = shape.rank() - 1;
      const std::int64_t divisor = 1 + pick(6);
      if (shape.rank() < 6 && pick(3) == 0 && shape[last] % divisor == 0) {
        shape[last] /= divisor;
        shape.push_back(divisor);
      }
      if (shape.rank() < 5 && pick(8) == 0) shape.push_back(1);
      if (shape.rank() > 5) return node;
    }
    return build::reshape(node, shape);
  }

  AxisRange range(std::int64_t extent) {
    AxisRange result;
    // Empty ones are rarer than chance would have them.
    for (int tries = 0; tries < 3 && result.count == 0; ++tries) {
      const std::int64_t magnitude = 1 + pick(pick(4) == 0 ? extent + 2 : 3);
      result = build::resolve_range(maybe(), pick(2 * extent + 3) - extent - 1, maybe(),
                                    pick(2 * extent + 3) - extent - 1, maybe() ? magnitude : -magnitude, extent);
    }
    return result;
  }

  NodePtr join(const NodePtr& first) {
    if (first->shape.rank() == 0) return join(build::index(first, {{AxisSubscript::Kind::create, {}}}));
    const auto axis = static_cast<int>(pick(first->shape.rank()));
    std::vector<NodePtr> parts{first};
    std::int64_t total = first->shape.elements();
    for (std::int64_t more = 1 + pick(4); more > 0; --more) {
      NodePtr part = first;
      std::vector<NodePtr> fitting;
      for (const NodePtr& node : nodes_) {
        bool fits = node->dtype == first->dtype && node->shape.rank() == first->shape.rank();
        for (int a = 0; fits && a < node->shape.rank(); ++a) fits = a == axis || node->shape[a] == first->shape[a];
        if (fits) fitting.push_back(node);
      }
      switch (pick(3)) {
        case 0: {
          std::vector<AxisSubscript> part_of(static_cast<std::size_t>(axis) + 1);
          for (int a = 0; a <= axis; ++a) part_of[static_cast<std::size_t>(a)].range = {0, 1, first->shape[a]};
          part_of.back().range = range(first->shape[axis]);
          part = build::index(first, part_of);
          break;
        }
        case 1: {
          Shape of = first->shape;
          of[axis] = pick(5);
          part = source(of, first->dtype);
          break;
        }
        default:
          if (!fitting.empty())
            part = fitting[static_cast<std::size_t>(pick(static_cast<std::int64_t>(fitting.size())))];
      }
      if (total + part->shape.elements() > size_.elements) continue;
      total += part->shape.elements();
      parts.insert(parts.begin() + pick(static_cast<std::int64_t>(parts.size()) + 1), part);
    }
    return build::concatenate(std::move(parts), axis);
  }

  NodePtr lines(const NodePtr& node) {
    if (node->shape.rank() == 0) return node;
    const auto& function = linewise::descriptions[static_cast<std::size_t>(pick(std::ssize(linewise::descriptions)))];
    if (function.floating_only && !is_floating(node->dtype)) return node;
    if (!function.is_function && function.code != linewise::Windows::code)
      return looked_up(function.code, node, static_cast<int>(pick(node->shape.rank())));
    const int axis = static_cast<int>(pick(node->shape.rank()));
    std::vector<double> parameters =
        chunkwise_test::some_parameters(function, node->shape[axis], [this](std::int64_t n) { return pick(n); });
    return build::along(function.code, node, axis, maybe(), std::move(parameters));
  }

  /// A function of lines that looks elements up among a few numbers in order, or takes those at positions.
  NodePtr looked_up(LineCode code, const NodePtr& node, int axis) {
    const std::int64_t extent = node->shape[axis];
    if (code == linewise::Gather::code && extent > 0) {
      const DType type = is_floating(node->dtype)       ? DType::float64
                         : node->dtype == DType::uint64 ? DType::uint64
                                                        : DType::int64;
      Shape shape = node->shape;
      shape[axis] = pick(6);
      std::vector<std::int64_t> positions(static_cast<std::size_t>(shape.elements()) + 1);
      for (std::int64_t& position : positions) position = pick(extent) - (maybe() ? extent : 0);
      const auto memory = std::make_shared<const std::vector<std::int64_t>>(std::move(positions));
      const NodePtr indices = build::source(memory_source(
          {DType::int64, shape, row_major_strides(shape), memory, memory->data()}, regular_chunks(shape)));
      const std::vector<NodePtr> both{build::cast(node, type), build::cast(indices, type)};
      return build::along(code, build::concatenate(both, axis), axis, maybe(), {static_cast<double>(extent)});
    }
    if (code == linewise::WeightedCount::code) {
      const std::vector<NodePtr> both{build::cast(node, DType::float64), build::cast(node, DType::float64)};
      const auto places = static_cast<double>(pick(6));
      return build::along(code, build::concatenate(both, axis), axis, maybe(), {places, 1});
    }
    if (code == linewise::SparseProduct::code) return build::along(code, node, axis, maybe(), sparse_table(extent));
    if (code == linewise::WeightedQuantile::code && extent % 2 == 0)
      return build::along(code, node, axis, maybe(), {static_cast<double>(pick(5)) / 4, maybe() ? 1.0 : 0.0});
    if (code != linewise::SearchSorted::code && code != linewise::IsIn::code) code = linewise::Histogram::code;
    std::vector<double> numbers(static_cast<std::size_t>(1 + pick(5)));
    for (double& number : numbers) number = static_cast<double>(pick(40) - 20) / 2;
    std::ranges::sort(numbers);
    if (code == linewise::SearchSorted::code) numbers.insert(numbers.begin(), maybe() ? 1.0 : 0.0);
    numbers.insert(numbers.begin(), static_cast<double>(numbers.size()));
    return build::along(code, node, axis, maybe(), std::move(numbers));
  }

  /// A sparse matrix of a few rows, of some of which no element is a part.
  std::vector<double> sparse_table(std::int64_t extent) {
    const std::int64_t rows = pick(6);
    std::vector<double> table{0, static_cast<double>(extent), static_cast<double>(rows)}, links;
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t count = extent > 0 ? pick(4) : 0;
      table.push_back(static_cast<double>(2 * count + (maybe() ? 1 : 0)));
      for (std::int64_t i = 0; i < count; ++i) {
        links.push_back(static_cast<double>(pick(extent)));
        links.push_back(static_cast<double>(pick(9) - 2) / 4);
      }
    }
    table.insert(table.end(), links.begin(), links.end());
    table[0] = static_cast<double>(table.size() - 1);
    return table;
  }

  AggregateCode any_aggregate() {
    return aggregate::descriptions[static_cast<std::size_t>(pick(std::ssize(aggregate::descriptions)))].code;
  }

  NodePtr reduction(const NodePtr& node, bool keepdims) {
    const auto op = any_aggregate();
    const int rank = node->shape.rank();
    auto axes = static_cast<std::uint32_t>(pick(1 << rank));
    if (pick(3) == 0) axes = (1U << rank) - 1;
    GroupingPtr grouping = rank > 0 && pick(3) == 0 ? groups(op, *node) : nullptr;
    return build::fold(op, node, axes, keepdims, pick(4) == 0 ? pick(4) : 0, std::move(grouping));
  }

  /// Groups of the indices along some axis: long stretches, or labels that alternate, or any.
  GroupingPtr groups(AggregateCode op, const Node& node) {
    auto grouping = std::make_shared<Grouping>();
    grouping->axis = static_cast<int>(pick(node.shape.rank()));
    const std::int64_t extent = node.shape[grouping->axis];
    grouping->groups = 1 + pick(std::min<std::int64_t>(extent + 2, 40));
    const std::int64_t pattern = pick(3);
    const std::int64_t length = 1 + pick(std::max<std::int64_t>(extent / 2, 1));
    const bool leaves_some_out = pick(3) == 0;
    for (std::int64_t i = 0; i < extent; ++i) {
      const std::int64_t label = pattern == 0   ? i / length % grouping->groups
                                 : pattern == 1 ? i % grouping->groups
                                                : pick(grouping->groups);
      grouping->labels.push_back(leaves_some_out && pick(4) == 0 ? -1 : static_cast<std::int32_t>(label));
    }
    if (!aggregate::find(op)->needs_elements) return grouping;
    // Each group has to have an index: groups are numbered as they come.
    std::map<std::int32_t, std::int32_t> numbers;
    for (std::int32_t& label : grouping->labels)
      if (label >= 0) label = numbers.try_emplace(label, static_cast<std::int32_t>(numbers.size())).first->second;
    grouping->groups = std::ssize(numbers);
    return numbers.empty() ? nullptr : grouping;
  }

  /// x - mean(x, axes, keepdims), several statistics over the same axes at once.
  void anomalies() {
    const NodePtr x = any_node();
    const auto axes = static_cast<std::uint32_t>(pick(1 << x->shape.rank()));
    std::vector<NodePtr> statistics;
    for (std::int64_t i = 1 + pick(4); i > 0; --i) {
      statistics.push_back(build::fold(any_aggregate(), x, axes, true, 0));
      add(statistics.back());
    }
    const NodePtr operands[] = {x, statistics[0]};
    add(build::apply(maybe() ? op::Subtract::code : op::Divide::code, operands));
  }

  const Choose* choose_;
  GraphSize size_;
  Flavour flavour_ = Flavour::ordinary;
  std::vector<NodePtr> nodes_;
  RandomGraph made_;
};

std::string chunks_text(const AxisChunks& axis) {
  std::string text;
  for (std::int64_t i = 0; i < axis.count(); ++i) {
    if (i == 8) return text + " ... (" + std::to_string(axis.count()) + ")";
    text += (i ? " " : "") + std::to_string(axis.size(i));
  }
  return text;
}

std::string grid_text(const ChunkGrid& grid) {
  std::string text;
  for (const AxisChunks& axis : grid) text += "[" + chunks_text(axis) + "]";
  return text;
}

}  // namespace

RandomGraph random_graph(const Choose& choose, const GraphSize& size) { return Grower(choose, size).grow(); }

RandomGraph random_reductions(const Choose& choose, std::int64_t elements) {
  return Grower(choose, {elements, 0}).grow_reductions();
}

std::string to_text(const Graph& graph) {
  std::unordered_map<const Node*, std::size_t> numbers;
  std::string text;
  const auto visit = [&](const auto& self, const NodePtr& node) -> std::string {
    if (const auto found = numbers.find(node.get()); found != numbers.end()) return "n" + std::to_string(found->second);
    std::string inputs;
    for (const auto& input : inputs_of(*node)) inputs += " " + self(self, input);
    const std::size_t number = numbers.size();
    numbers.emplace(node.get(), number);
    text += "n" + std::to_string(number) + " = " + describe(*node) + inputs + " : " +
            std::string(name_of(node->dtype)) + " " + chunkwise::to_string(node->shape) + " chunks " +
            grid_text(node->grid);
    if (const auto* map = node->as<MapNode>()) {
      for (const Scalar& p : map->parameters) text += " p=" + std::string(name_of(p.dtype));
    }
    if (const auto* reduce = node->as<FoldNode>()) {
      text += " value grid " + grid_text(reduce->value_grid) + " lanes " + std::to_string(reduce->definition.lanes);
      if (reduce->grouping) {
        text += " labels";
        for (const std::int32_t label : reduce->grouping->labels) text += " " + std::to_string(label);
      }
      text += " ddof " + std::to_string(reduce->ddof) + (reduce->keepdims ? " keepdims" : "");
    }
    text += "\n";
    return "n" + std::to_string(number);
  };
  std::string outputs = "outputs:";
  for (const NodePtr& output : graph.outputs) outputs += " " + visit(visit, output);
  return text + outputs + "\n";
}

}  // namespace chunkwise::properties
