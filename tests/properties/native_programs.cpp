#include "tests/properties/native_programs.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "runtime/interpret/interpret.hpp"
#include "tests/properties/naive.hpp"

namespace chunkwise::properties {

void expect_native_equals_interpreted(const ProgramPtr& program, std::size_t number) {
  SCOPED_TRACE("program " + std::to_string(number) + ": " + to_string(*program));
  const KernelFunction kernel = find_kernel(*program);
  ASSERT_NE(kernel, nullptr);
  EXPECT_EQ(Program::from_bytes(program->to_bytes()), *program);
  Sequence sequence(number);
  const std::size_t size = size_of(program->result());
  for (const Flavour flavour : {Flavour::small_integers, Flavour::ordinary, Flavour::special}) {
    for (const std::size_t n : {1U, 7U, 255U, 256U, 257U, 1500U}) {
      std::vector<std::vector<std::byte>> memory;
      std::vector<const void*> inputs;
      for (const DType type : program->inputs()) {
        memory.emplace_back(n * size_of(type));
        random_elements(sequence, type, flavour, memory.back().data(), static_cast<std::int64_t>(n));
        inputs.push_back(memory.back().data());
      }
      std::vector<Scalar> parameters;
      for (const DType type : program->parameters()) parameters.push_back(random_scalar(sequence, type, flavour));

      // One element more, which nobody may touch.
      const std::byte untouched{0x5a};
      std::vector<std::byte> native((n + 1) * size, untouched);
      std::vector<std::byte> interpreted((n + 1) * size, untouched);
      kernel(inputs.data(), parameters.data(), native.data(), n);
      interpret::run(*program, inputs.data(), parameters.data(), interpreted.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        Scalar a, b;
        a.dtype = b.dtype = program->result();
        std::memcpy(a.bytes.data(), native.data() + i * size, size);
        std::memcpy(b.bytes.data(), interpreted.data() + i * size, size);
        ASSERT_TRUE(naive::same(a, b)) << "element " << i << " of " << n << " is " << naive::with_bits(a)
                                       << " natively, " << naive::with_bits(b) << " interpreted";
        if (i % 16 != 0) continue;
        std::vector<Scalar> elements;
        for (std::size_t slot = 0; slot < memory.size(); ++slot) {
          elements.emplace_back().dtype = program->inputs()[slot];
          const std::size_t width = size_of(elements.back().dtype);
          std::memcpy(elements.back().bytes.data(), memory[slot].data() + i * width, width);
        }
        const Scalar c = naive::evaluate(*program, elements, parameters);
        ASSERT_TRUE(naive::same(a, c)) << "element " << i << " of " << n << " is " << naive::with_bits(a)
                                       << " natively, " << naive::with_bits(c) << " by hand";
      }
      for (std::size_t byte = n * size; byte < (n + 1) * size; ++byte) {
        ASSERT_EQ(native[byte], untouched) << "the native kernel wrote behind its " << n << " elements";
        ASSERT_EQ(interpreted[byte], untouched) << "the interpreter wrote behind its " << n << " elements";
      }
    }
  }
}

}  // namespace chunkwise::properties
