// A kind of node that does not say which boxes of its inputs it needs.
// expect-error: a kind of node has to say which `boxes` of its inputs a box needs
#include "runtime/graph/kind.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

struct Sixth {};

template <>
struct Kind<Sixth> {
  static constexpr std::uint8_t number = 5;
  static constexpr Flow flow = Flow::elsewhere;
  static std::span<const NodePtr> inputs(const Sixth&);
  static NodePtr with_inputs(const Node&, const Sixth&, std::vector<NodePtr>);
  static std::uint64_t hash(const Sixth&);
  static bool equal(const Node&, const Sixth&, const Node&, const Sixth&);
  static void write(const Node&, const Sixth&, NodeWriter&);
  static NodePtr read(NodeReader&);
  static std::string describe(const Node&, const Sixth&);
#ifdef CHUNKWISE_GOOD_TWIN
  static void boxes(const Node&, const Sixth&, const Region&, const VisitBox&);
#endif
  static NodePtr push(const NodePtr&, const Sixth&, const IndexTransform&, IndexPusher&);
};

static_assert(is_complete_kind<Kind<Sixth>, Sixth>());

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
