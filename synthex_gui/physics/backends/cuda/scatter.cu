// Scatter on the coarse grid, as the CPU sums it, but cell by cell: for a hundred cells
// a side that is less work than many launches. Nodes: (3, n_nodes), see `ScatterStage`.

// Cells of a column that a thread of `spread_cells` has in hand.
#define HELD 8

// The product of matrices (rows, inner) and (inner, columns), the second's numbers from 0 to `most`.
extern "C" __global__ void multiply(const float* left, const float* right, int rows, int inner,
                                    int columns, float most, float* out) {
  const unsigned int n = (unsigned int)thread_number();
  if (n >= (unsigned int)(rows * columns)) return;
  const float* row = left + n / columns * inner;
  const float* column = right + n % columns;
  float total = 0.0f;
  for (int k = 0; k < inner; ++k)
    total += row[k] * fminf(fmaxf(column[(size_t)k * columns], 0.0f), most);
  out[n] = total;
}

// What arrives where matter `around` stands, over what the kernel of node t says; `thick` and `thin`
// are e to the -rate times `around`.
__device__ float arriving(const double* nodes, int n_nodes, int t, float around, float thick,
                          float thin) {
  return around > (float)nodes[t] ? thick * (float)nodes[n_nodes + t]
                                  : thin * (float)nodes[2 * n_nodes + t];
}

// What scatters by each node's kernel: linear between nodes and from 0 to the first. `parts`
// (n_nodes, padded, columns), 0 in the rows from `rows` on; `is_used` (n_nodes), 0 before.
extern "C" __global__ void share_out(const float* signal, const float* water, const float* around,
                                     int rows, int columns, int padded, const double* nodes,
                                     int n_nodes, float thicker, float thinner, float* parts,
                                     int* is_used) {
  const unsigned int n = (unsigned int)thread_number(), cells = padded * columns;
  if (n >= cells) return;
  int upper = -1;
  float high = 0.0f, low = 0.0f;
  const bool is_there = n < (unsigned int)(rows * columns);
  const float thick =
      is_there ? fminf(fmaxf(water[n], 0.0f), (float)nodes[n_nodes - 1]) : 0.0f;
  if (thick > 0.0f) {
    double below = 0.0;
    upper = 0;
    while (upper < n_nodes - 1 && thick >= nodes[upper]) below = nodes[upper++];
    const float share = (float)((thick - below) / (nodes[upper] - below));
    const float here = around[n], down = exp32(-thicker * here), up = exp32(-thinner * here);
    // What a slab between two nodes would get of both, so that it gets 1.
    float whole = share, own = share * arriving(nodes, n_nodes, upper, here, down, up);
    if (upper > 0) {
      whole = 1.0f - share + share;
      own = (1.0f - share) * arriving(nodes, n_nodes, upper - 1, here, down, up) + own;
    }
    const float source = signal[n] * fmaxf(whole, 1e-6f) / fmaxf(own, 1e-6f);
    high = source * share;
    low = source * (1.0f - share);
  }
  for (int t = 0; t < n_nodes; ++t) {
    const float part = upper < 0 ? 0.0f : t == upper ? high : t == upper - 1 ? low : 0.0f;
    parts[(size_t)t * cells + n] = part;
    if (part != 0.0f) is_used[t] = 1;
  }
}

// Kernels (n_nodes, padded, columns) between those of two gaps (n_nodes, table_rows, table_columns),
// which go at least as far as the grid.
extern "C" __global__ void blend_kernels(const float* near, const float* far, float share,
                                         int n_nodes, int table_rows, int table_columns, int rows,
                                         int columns, int padded, float* out) {
  const unsigned int n = (unsigned int)thread_number(), cells = padded * columns;
  if (n >= n_nodes * cells) return;
  const unsigned int t = n / cells, row = n % cells / columns;
  const unsigned int from = (t * table_rows + row) * table_columns + n % columns;
  out[n] = row < (unsigned int)rows ? near[from] + share * (far[from] - near[from]) : 0.0f;
}

// What each node's part becomes by its kernel: `spread` (n_nodes, n_splits, padded, columns), which
// the splits add up to. A thread has HELD cells of a column in hand and goes down the columns of its
// split: a number of the part, the same for neighbouring threads, and the next one of the kernel,
// which then stands a place further for each cell.
extern "C" __global__ void spread_cells(const float* parts, const float* kernels,
                                        const int* is_used, int n_nodes, int n_splits, int padded,
                                        int columns, float* spread) {
  const unsigned int n = (unsigned int)thread_number(), runs = padded / HELD;
  if (n >= n_nodes * n_splits * runs * columns) return;
  const int j = n % columns, first = n / columns % runs * HELD;
  const int piece = n / (columns * runs), t = piece / n_splits, split = piece % n_splits;
  if (!is_used[t]) return;
  const size_t node = (size_t)t * padded * columns;
  float total[HELD], window[HELD];
  for (int q = 0; q < HELD; ++q) total[q] = 0.0f;
  const int end = columns * (split + 1) / n_splits;
  for (int b = columns * split / n_splits; b < end; ++b) {
    const float* part = parts + node + b;
    const float* kernel = kernels + node + abs(j - b);
    for (int q = 0; q < HELD - 1; ++q) window[q] = kernel[(size_t)(first + q + 1) * columns];
    for (int a = 0; a < padded; a += HELD) {
      // Above its own cells a thread comes nearer to them row by row, then it goes away.
      const float* next = kernel + (size_t)abs(first - a) * columns;
      const int step = a < first ? -columns : columns;
#pragma unroll
      for (int k = 0; k < HELD; ++k) {
        const float value = *part;
        part += columns;
#pragma unroll
        for (int q = HELD - 1; q > 0; --q) window[q] = window[q - 1];
        window[0] = *next;
        next += step;
#pragma unroll
        for (int q = 0; q < HELD; ++q) total[q] += value * window[q];
      }
    }
  }
  float* out = spread + ((size_t)piece * padded + first) * columns + j;
  for (int q = 0; q < HELD; ++q) out[(size_t)q * columns] = total[q];
}

// The nodes' scatter as far as it arrives, behind a grid that lets `passing` of it through.
extern "C" __global__ void gather_cells(const float* spread, const int* is_used, int n_splits,
                                        const float* around, int rows, int columns, int padded,
                                        const double* nodes, int n_nodes, float thicker,
                                        float thinner, float passing, float* out) {
  const unsigned int n = (unsigned int)thread_number(), cells = padded * columns;
  if (n >= (unsigned int)(rows * columns)) return;
  const float here = around[n], down = exp32(-thicker * here), up = exp32(-thinner * here);
  float total = 0.0f;
  for (int t = 0; t < n_nodes; ++t) {
    if (!is_used[t]) continue;
    float sum = 0.0f;
    for (int s = 0; s < n_splits; ++s) sum += spread[(size_t)(t * n_splits + s) * cells + n];
    total += sum * arriving(nodes, n_nodes, t, here, down, up);
  }
  out[n] = fmaxf(total, 0.0f) * passing;
}

// Exposure control: per row of the measuring field the sum of what arrives there, grid and scatter
// included, in `coarse` (rows, columns) from `top` on, columns `left` to `right`.
extern "C" __global__ void meter_rows(const float* coarse, int columns, int top, int n_rows,
                                      int left, int right, const float* grid, int width, int cell,
                                      int has_scatter, const float* scatter, double* sums) {
  const unsigned int n = (unsigned int)thread_number();
  if (n >= (unsigned int)n_rows) return;
  double total = 0.0;
  for (int j = left; j < right; ++j) {
    const size_t place = (size_t)(top + n) * columns + j;
    const float stray = has_scatter ? scatter[place] : 0.0f;
    total += coarse[place] * grid[min(j * cell + cell / 2, width - 1)] + stray;
  }
  sums[n] = total;
}

// The photons that give the measuring field `wanted` in sum, and 1 over them.
extern "C" __global__ void set_photons(const double* sums, int n_rows, double wanted, double least,
                                       double most, double* photons) {
  if (thread_number() > 0) return;
  double total = 0.0;
  for (int n = 0; n < n_rows; ++n) total += sums[n];
  photons[0] = fmin(fmax(wanted / fmax(total, 1e-12), least), most);
  photons[1] = 1.0 / photons[0];
}
