#include "runtime/reduce/reduce.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "runtime/core/forks.hpp"
#include "runtime/core/level.hpp"
#include "runtime/reduce/absent.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::reduce {

namespace {

const detail::Table& kernels() {
  return *chunkwise::detail::made_once([] { return &CHUNKWISE_PICK_LEVEL(reduce); });
}

constexpr std::size_t of(StateCode state) { return static_cast<std::size_t>(state); }

/// The number in bytes of every state of a user's own aggregate: the largest one that a byte holds.
constexpr std::uint8_t own_state_in_bytes = 255;

/// The states of users' own aggregates, numbered behind those of the catalogue as they come.
class OwnStates {
 public:
  OwnStates() { hold_over_forks(mutex_); }

  StateCode number_of(const Function& own) {
    const std::scoped_lock lock(mutex_);
    auto index = static_cast<std::size_t>(std::ranges::find(known_, own) - known_.begin());
    if (index == most)
      throw Error(ErrorCode::unsupported, "a process has numbers for " + std::to_string(most) +
                                              " aggregates of users' own, and this is one more");
    if (index == known_.size()) {
      known_.push_back(own);
      kernels_[index] = planned(own);
    }
    // An aggregate may be registered after a plan was made of it.
    if (kernels_[index].load()->begin == nullptr)
      if (const KernelFunction tell = find_function(own)) {
        const detail::Kernels* registered = nullptr;
        tell(nullptr, nullptr, &registered, 0);
        kernels_[index] = registered;
      }
    return static_cast<StateCode>(state_count + index);
  }
  [[nodiscard]] const detail::Kernels& kernels_of(StateCode state) const { return *kernels_[of(state) - state_count]; }

 private:
  static constexpr std::size_t most = own_state_in_bytes - state_count;

  /// Returns the sizes of a state without its functions, for plans that run elsewhere. Never destroyed, as states that
  /// point to it may outlive any other object.
  static const detail::Kernels* planned(const Function& own) {
    aggregate::OwnFacts facts;
    if (!aggregate::read_own(own, facts))
      throw Error(ErrorCode::invalid_argument, "the function " + to_string(own) + " is no aggregate");
    auto* const kernels = new detail::Kernels;
    kernels->fields = 1;
    kernels->field_bytes = facts.state_bytes;
    kernels->lane_bytes = facts.state_bytes * (facts.takes_lanes ? lanes : 1);
    kernels->takes_positions = facts.takes_positions;
    return kernels;
  }

  std::mutex mutex_;
  std::vector<Function> known_;
  std::array<std::atomic<const detail::Kernels*>, most> kernels_{};
};

OwnStates& own_states() {
  return *chunkwise::detail::made_once([] { return new OwnStates; });
}

const detail::Kernels& kernels_of(StateCode state, DType element) {
  if (of(state) >= state_count) return own_states().kernels_of(state);
  return kernels().kernels[of(state)][static_cast<std::size_t>(element)];
}

struct FieldPointers {
  void* pointers[max_fields] = {};
  FieldPointers(const State& state, std::size_t first_output) {
    for (std::size_t f = 0; f < state.fields; ++f) pointers[f] = state.field(f) + first_output * state.field_bytes;
  }
};

double* doubles(const State& state, std::size_t field) { return reinterpret_cast<double*>(state.field(field)); }

/// The state of each aggregate over each type, in the catalogue's order, and which states hold which.
struct States {
  std::array<std::array<StateCode, dtype_count>, aggregate::descriptions.size()> needed{};
  std::array<std::array<bool, state_count>, state_count> holds{};
};

template <class T, class... A>
constexpr void add_type(States& states) {
  std::size_t i = 0;
  ((states.needed[i++][static_cast<std::size_t>(dtype_of<T>)] = state_code<A, T>), ...);
  const auto add_pairs = [&]<class Have>(std::type_identity<Have>) {
    const auto add = [&]<class Want>(std::type_identity<Want>) {
      using H = typename Have::template state<T>;
      using W = typename Want::template state<T>;
      constexpr bool same = state_code<Have, T> == state_code<Want, T>;
      constexpr bool converts = aggregate::Special<H> && aggregate::Special<W> && std::is_convertible_v<H, W>;
      if constexpr (same || converts) states.holds[of(state_code<Have, T>)][of(state_code<Want, T>)] = true;
    };
    (add(std::type_identity<A>{}), ...);
  };
  (add_pairs(std::type_identity<A>{}), ...);
}

template <class... A>
constexpr States states_of(aggregate::List<A...> /*catalog*/) {
  States states;
  aggregate::detail::for_each_type([&](auto... zeros) { (add_type<decltype(zeros), A...>(states), ...); });
  return states;
}

constexpr States all_states = states_of(aggregate::Catalog{});

}  // namespace

StateCode state_for(AggregateCode aggregate, DType element) {
  const auto index = static_cast<std::size_t>(aggregate::find(aggregate) - aggregate::descriptions.data());
  return all_states.needed[index][static_cast<std::size_t>(element)];
}

StateCode own_state(const Function& own) { return own_states().number_of(own); }

std::uint8_t number_in_bytes(StateCode state) {
  return of(state) < state_count ? static_cast<std::uint8_t>(state) : own_state_in_bytes;
}

bool holds(StateCode have, StateCode want) {
  return of(have) < state_count && of(want) < state_count ? all_states.holds[of(have)][of(want)] : have == want;
}

bool is_state(StateCode state, DType element) {
  return of(state) < state_count && kernels_of(state, element).fields > 0;
}

std::size_t state_bytes(StateCode state, DType element) {
  const detail::Kernels& kernels = kernels_of(state, element);
  return kernels.fields * kernels.field_bytes;
}

std::size_t lane_state_bytes(StateCode state, DType element) { return kernels_of(state, element).lane_bytes; }

bool takes_positions(StateCode state, DType element) { return kernels_of(state, element).takes_positions; }

State::State(StateCode state_kind, DType element_type, std::size_t output_count, Buffer place)
    : kind(state_kind), element(element_type), outputs(output_count), memory(std::move(place)) {
  kernels = &kernels_of(kind, element);
  fields = kernels->fields;
  field_bytes = kernels->field_bytes;
}

State::State(StateCode state_kind, DType element_type, std::size_t output_count)
    : State(state_kind, element_type, output_count, nullptr) {
  memory = allocate_buffer(std::max<std::size_t>(bytes(), 64));
}

void State::begin() {
  kernels->begin(FieldPointers(*this, 0).pointers, outputs);
  count = 0;
}

void begin_lanes(StateCode kind, DType element, void* lane_states, std::size_t outputs) {
  kernels_of(kind, element).begin_lanes(lane_states, outputs);
}

void accumulate_lanes(StateCode kind, DType element, void* lane_state, const void* values, std::size_t n,
                      std::int64_t number, std::int64_t position) {
  kernels_of(kind, element).accumulate_lanes(lane_state, values, n, static_cast<std::size_t>(number) % lanes, position);
}

void reduce_lanes(const State& state, std::size_t output, const void* values, std::size_t n, std::int64_t position) {
  state.kernels->reduce_lanes(FieldPointers(state, output).pointers, values, n, position);
}

void accumulate_rows(const State& state, std::size_t first_output, const void* const* rows, std::size_t row_count,
                     std::size_t n, bool first, const std::int64_t* positions) {
  state.kernels->accumulate_rows(FieldPointers(state, first_output).pointers, rows, row_count, n, first, positions);
}

void accumulate_products(const State& state, std::size_t first_output, const void* const* factors,
                         const void* const* rows, std::size_t row_count, std::size_t n) {
  state.kernels->accumulate_products(FieldPointers(state, first_output).pointers, factors, rows, row_count, n);
}

bool has_products(const State& state) { return state.kernels->accumulate_products != nullptr; }

void accumulate_row(const State& state, std::size_t first_output, const void* values, std::size_t n, bool first,
                    std::int64_t position) {
  accumulate_rows(state, first_output, &values, 1, n, first, &position);
}

void fold_rows(const State& folded, std::size_t first_output, const void* const* rows, std::size_t row_count,
               std::size_t chunks, std::size_t n, const std::int64_t* positions) {
  folded.kernels->fold_rows(FieldPointers(folded, first_output).pointers, rows, row_count, chunks, n,
                            static_cast<double>(folded.count), positions);
}

void close_lanes(const State& state, const void* lane_states, std::int64_t count, std::size_t first_output) {
  const detail::Kernels& kernels = *state.kernels;
  const auto* from = static_cast<const std::byte*>(lane_states) + first_output * kernels.lane_bytes;
  for (std::size_t o = first_output; o < state.outputs; ++o, from += kernels.lane_bytes)
    kernels.close_lanes(FieldPointers(state, o).pointers, from, static_cast<double>(count));
}

void close_rows(const State& state, std::int64_t count) {
  const bool skips_nan = state.kind == aggregate::NanMomentsState::code;
  if (!skips_nan && state.kind != aggregate::MomentsState::code) return;
  const double* deviation = doubles(state, 2);
  double* m2 = doubles(state, 3);
  if (!skips_nan) {
    const double inverse = 1.0 / static_cast<double>(count);
    for (std::size_t i = 0; i < state.outputs; ++i) m2[i] = detail::centre(m2[i], deviation[i], inverse);
  } else {
    const double* counts = doubles(state, 4);
    for (std::size_t i = 0; i < state.outputs; ++i)
      m2[i] = counts[i] == 0.0 ? 0.0 : detail::centre(m2[i], deviation[i], 1.0 / counts[i]);
  }
}

void merge(State& left, const State& right) {
  if (right.count == 0) return;
  if (left.count == 0) {
    if (is_absent(left)) left = State(left.kind, left.element, left.outputs);
    for (std::size_t f = 0; f < left.fields; ++f)
      std::memcpy(left.field(f), right.field(f), left.outputs * left.field_bytes);
    left.count = right.count;
    return;
  }
  left.kernels->merge(FieldPointers(left, 0).pointers, FieldPointers(right, 0).pointers, left.outputs,
                      static_cast<double>(left.count), static_cast<double>(right.count));
  left.count += right.count;
}

void finish(AggregateCode aggregate, const State& state, std::int64_t ddof, void* out) {
  state.kernels->finish(aggregate, FieldPointers(state, 0).pointers, state.outputs,
                        {static_cast<double>(state.count), static_cast<double>(ddof)}, out);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::reduce
