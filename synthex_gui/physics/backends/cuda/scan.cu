// Running totals of integers, in three launches: totals of chunks, their running totals (the same
// again, until one thread can do it), and the running totals inside each chunk.

#define CHUNK 128

// Sums that are too large stay at the largest integer, which the caller looks for.
__device__ int added(int total, int value) {
  return value > 0x7fffffff - total ? 0x7fffffff : total + value;
}

extern "C" __global__ void total_chunks(const int* values, int count, int* totals) {
  const size_t chunk = thread_number(), first = chunk * CHUNK;
  if (first >= count) return;
  int total = 0;
  for (size_t n = first; n < min((size_t)count, first + CHUNK); ++n) total = added(total, values[n]);
  totals[chunk] = total;
}

// `befores` (chunks): inclusive running totals of the chunks, read when `has_befores`.
extern "C" __global__ void run_totals(const int* values, int count, int has_befores,
                                      const int* befores, int* ends) {
  const size_t chunk = thread_number(), first = chunk * CHUNK;
  if (first >= count) return;
  int total = has_befores && chunk ? befores[chunk - 1] : 0;
  for (size_t n = first; n < min((size_t)count, first + CHUNK); ++n) {
    total = added(total, values[n]);
    ends[n] = total;
  }
}
