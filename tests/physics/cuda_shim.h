// CUDA's words for a C++ compiler: a kernel becomes a function that is called once a thread.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#define __global__
#define __device__

struct Place { unsigned int x, y, z; };
static thread_local Place threadIdx, blockIdx, blockDim, gridDim;

static inline int min(int a, int b) { return a < b ? a : b; }
static inline int max(int a, int b) { return a > b ? a : b; }
static inline long long min(long long a, long long b) { return a < b ? a : b; }
static inline long long max(long long a, long long b) { return a > b ? a : b; }
static inline size_t min(size_t a, size_t b) { return a < b ? a : b; }

static inline float __int_as_float(int bits) {
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}
static inline int __float_as_int(float value) {
  int bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}

static inline float __fdividef(float a, float b) { return a / b; }
static inline unsigned int __byte_perm(unsigned int low, unsigned int high, unsigned int places) {
  const unsigned long long both = (unsigned long long)high << 32 | low;
  unsigned int value = 0;
  for (int n = 0; n < 4; ++n)
    value |= (unsigned int)(both >> 8 * (places >> 4 * n & 7) & 0xff) << 8 * n;
  return value;
}

template <class T>
static inline T atomicAdd(T* place, T value) {
  const T before = *place;
  *place = before + value;
  return before;
}

// Every thread of every block in turn, or all of them backwards: no result may depend on it.
template <class... A, std::size_t... I>
static void launch_all(void (*kernel)(A...), const unsigned int* sizes, int backwards, void** given,
                       std::index_sequence<I...>) {
  gridDim = {sizes[0], sizes[1], sizes[2]};
  blockDim = {sizes[3], sizes[4], sizes[5]};
  const size_t per_block = (size_t)sizes[3] * sizes[4] * sizes[5];
  const size_t all = per_block * sizes[0] * sizes[1] * sizes[2];
  for (size_t n = 0; n < all; ++n) {
    const size_t number = backwards ? all - 1 - n : n;
    const size_t block = number / per_block, thread = number % per_block;
    blockIdx.x = block % sizes[0];
    blockIdx.y = block / sizes[0] % sizes[1];
    blockIdx.z = block / sizes[0] / sizes[1];
    threadIdx.x = thread % sizes[3];
    threadIdx.y = thread / sizes[3] % sizes[4];
    threadIdx.z = thread / sizes[3] / sizes[4];
    kernel(*static_cast<std::remove_reference_t<A>*>(given[I])...);
  }
}

template <class... A>
static void launch(void (*kernel)(A...), const unsigned int* sizes, int backwards, void** given) {
  launch_all(kernel, sizes, backwards, given, std::index_sequence_for<A...>{});
}

// A kernel's parameters as words: i4 for int, *u2 for a pointer to unsigned short, and so on.
template <class T>
static std::string word() {
  if constexpr (std::is_pointer_v<T>) {
    return "*" + word<std::remove_cv_t<std::remove_pointer_t<T>>>();
  } else {
    const char kind = std::is_floating_point_v<T> ? 'f' : (std::is_signed_v<T> ? 'i' : 'u');
    return kind + std::to_string(sizeof(T));
  }
}
template <class... A>
static std::string words(void (*)(A...)) {
  std::string all;
  ((all += word<A>() + " "), ...);
  return all;
}
