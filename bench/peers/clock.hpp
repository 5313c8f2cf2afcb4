#pragma once
/// The times of operations as programs of bench/peers print them: a line "operation<TAB>seconds" a repetition.
#include <chrono>
#include <cstdio>

template <class F>
void time(const char* operation, int repetitions, F&& f) {
  for (int i = 0; i < repetitions; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    f();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("%s\t%.9f\n", operation, took.count());
  }
}
