#include "runtime/interpret/interpret.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "chunkwise/core/made_once.hpp"
#include "runtime/core/level.hpp"
#include "runtime/load/load.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace interpret {

namespace {

const detail::Table& kernels() {
  return *chunkwise::detail::made_once([] { return &CHUNKWISE_PICK_LEVEL(interpret); });
}

/// Returns the temporaries of one thread: a block for each instruction of a program.
std::byte* temporaries(std::size_t instructions) {
  thread_local std::vector<std::byte> memory;
  if (memory.size() < instructions * block_bytes + 64) memory.resize(instructions * block_bytes + 64);
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
  return memory.data() + (64 - address % 64) % 64;
}

/// Returns the elements of one block: as many as the widest value of the program leaves room for.
std::size_t elements_of_block(std::span<const Instruction> code) {
  std::size_t widest = 1;
  for (const Instruction& instruction : code) widest = std::max(widest, size_of(instruction.result));
  return block_bytes / widest;
}

}  // namespace

void cast(DType from, DType to, const void* in, void* out, std::size_t n) {
  if (from == to)
    std::memcpy(out, in, n * size_of(from));
  else
    kernels().casts[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)](in, nullptr, nullptr, out, n);
}

void run(const Program& program, const void* const* inputs, const Scalar* parameters, void* output, std::size_t n) {
  const detail::Table& table = kernels();
  const KernelFunction call = program.function() ? require_function(*program.function()) : nullptr;
  const auto code = program.code();
  const std::size_t last = code.size() - 1;
  const std::size_t block_elements = elements_of_block(code);
  std::byte* memory = temporaries(code.size());
  thread_local std::vector<const void*> values;
  values.resize(code.size());
  const auto temporary = [&](std::size_t i) { return memory + i * block_bytes; };
  // Parameters are splatted once: they are the same for every block.
  for (std::size_t i = 0; i < code.size(); ++i)
    if (code[i].code == OpCode::parameter) {
      load::splat(parameters[code[i].arguments[0]].bytes.data(), size_of(code[i].result), temporary(i),
                  std::min(n, block_elements));
      values[i] = temporary(i);
    }
  for (std::size_t base = 0; base < n; base += block_elements) {
    const std::size_t count = std::min(block_elements, n - base);
    for (std::size_t i = 0; i < code.size(); ++i) {
      const Instruction& instruction = code[i];
      if (instruction.code == OpCode::parameter) continue;
      if (instruction.code == OpCode::input) {
        values[i] =
            static_cast<const std::byte*>(inputs[instruction.arguments[0]]) + base * size_of(instruction.result);
        continue;
      }
      void* out = i == last ? static_cast<std::byte*>(output) + base * size_of(instruction.result) : temporary(i);
      if (instruction.code == OpCode::call) {
        call(values.data(), nullptr, out, count);
        continue;
      }
      const auto type = static_cast<std::size_t>(instruction.type);
      const auto function = instruction.code == op::Cast::code
                                ? table.casts[type][static_cast<std::size_t>(instruction.result)]
                                : table.operations[op::position(instruction.code)][type];
      function(values[instruction.arguments[0]], values[instruction.arguments[1]], values[instruction.arguments[2]],
               out, count);
      values[i] = out;
    }
    if (code[last].code == OpCode::input || code[last].code == OpCode::parameter)
      std::memmove(static_cast<std::byte*>(output) + base * size_of(program.result()), values[last],
                   count * size_of(program.result()));
  }
}

}  // namespace interpret

namespace math {

namespace {
void square_roots(DType type, const void* a, void* out, std::size_t n) {
  const auto& functions = interpret::kernels().operations[op::position(op::Sqrt::code)];
  functions[static_cast<std::size_t>(type)](a, nullptr, nullptr, out, n);
}
}  // namespace

void sqrt(const float* a, float* out, std::size_t n) { square_roots(DType::float32, a, out, n); }
void sqrt(const double* a, double* out, std::size_t n) { square_roots(DType::float64, a, out, n); }

}  // namespace math

}  // namespace chunkwise::inline CHUNKWISE_ABI
