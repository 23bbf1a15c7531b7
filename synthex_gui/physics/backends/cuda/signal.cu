// The imaging chain, one thread a pixel (or a cell): attenuation, coarse primary, arrival, read-out.

#define OPAQUE 1e-26f

// Where areal densities [g/cm2] come from: material m is factors[m] times one of the projected
// images, sources[m] (-1 for none), and amounts[m] of what lies in `crossed` (when `has_slab`).
struct Matter {
  const float* images;
  size_t pixels;
  const int* sources;
  const float* factors;
  int has_slab;
  const float* crossed;
  const float* amounts;
};

__device__ float areal(const Matter& matter, int material, size_t pixel) {
  const int source = matter.sources[material];
  float value = source < 0 ? 0.0f
                           : matter.images[source * matter.pixels + pixel] * matter.factors[material];
  if (matter.has_slab) value += matter.crossed[pixel] * matter.amounts[material];
  return value;
}

// Areal density [g/cm2] of a box without end along z on each ray. `slab`: rays (3, 3), the box along
// x and y less the source [mm], density per mm of path, as in `Slab`.
extern "C" __global__ void cross_slab(const double* slab, int height, int width, float* out) {
  const size_t pixel = thread_number();
  if (pixel >= (size_t)height * width) return;
  const int row = (int)(pixel / width), column = (int)(pixel % width);
  double ray[3], squared = 0.0;
  for (int axis = 0; axis < 3; ++axis) {
    const double* along = slab + 3 * axis;
    ray[axis] = along[0] * column + along[1] * row + along[2];
    squared += ray[axis] * ray[axis];
  }
  double entry = 0.0, leaving = 1e300;
  for (int axis = 0; axis < 2; ++axis) {
    // A ray along a face is inside for ever or never; a tiny slope says the same.
    const double pace = fabs(ray[axis]) > 1e-9 ? ray[axis] : 1e-9;
    const double one = slab[9 + 2 * axis] / pace, two = slab[10 + 2 * axis] / pace;
    entry = fmax(entry, fmin(one, two));
    leaving = fmin(leaving, fmax(one, two));
  }
  out[pixel] = (float)(fmax(leaving - entry, 0.0) * sqrt(squared) * slab[13]);
}

// `mean` and `spread` as `transmit` on the CPU: a sum over energy groups of first exp(-mu a);
// `minus_mu` (groups, materials) [cm2/g], `first`, `second` (lines, groups) weights of each row, or
// of each column when `by_column`.
extern "C" __global__ void transmit(const float* images, int height, int width, int n_materials,
                                    const int* sources, const float* factors, int has_slab,
                                    const float* crossed, const float* amounts, const float* minus_mu,
                                    int n_groups, const float* first, const float* second,
                                    int by_column, float* mean, float* spread) {
  const size_t pixel = thread_number(), pixels = (size_t)height * width;
  if (pixel >= pixels) return;
  const Matter matter = {images, pixels, sources, factors, has_slab, crossed, amounts};
  float density[MOST_MESHES];
  for (int m = 0; m < n_materials; ++m) density[m] = areal(matter, m, pixel);
  const size_t line = by_column ? pixel % width : pixel / width;
  float total = 0.0f, square = 0.0f;
  for (int k = 0; k < n_groups; ++k) {
    float exponent = 0.0f;
    for (int m = 0; m < n_materials; ++m) exponent += minus_mu[k * n_materials + m] * density[m];
    const float through = exp32(exponent);
    total += first[line * n_groups + k] * through;
    square += second[line * n_groups + k] * through;
  }
  mean[pixel] = total;
  spread[pixel] = square / fmaxf(total, OPAQUE);
}

// A beam of one energy: the sum of all materials, and e to the minus it.
extern "C" __global__ void attenuate(const float* images, int height, int width, int n_materials,
                                     const int* sources, const float* factors, float* integral,
                                     float* signal) {
  const size_t pixel = thread_number(), pixels = (size_t)height * width;
  if (pixel >= pixels) return;
  const Matter matter = {images, pixels, sources, factors, 0, factors, factors};
  float total = 0.0f;
  for (int m = 0; m < n_materials; ++m) total += areal(matter, m, pixel);
  integral[pixel] = total;
  signal[pixel] = exp32(-total);
}

// An even filter along rows; beyond its edges an image goes on with their values. `taps` by
// distance from the middle.
extern "C" __global__ void filter_across(const float* image, int height, int width,
                                         const float* taps, int n_taps, float* out) {
  const size_t pixel = thread_number();
  if (pixel >= (size_t)height * width) return;
  const int column = (int)(pixel % width);
  const float* row = image + (pixel - column);
  float total = taps[0] * row[column];
  for (int k = 1; k < n_taps; ++k)
    total += taps[k] * (row[max(column - k, 0)] + row[min(column + k, width - 1)]);
  out[pixel] = total;
}

// The same along columns, added to what is there unless `is_first`.
extern "C" __global__ void filter_down(const float* image, int height, int width, const float* taps,
                                       int n_taps, int is_first, float* out) {
  const size_t pixel = thread_number();
  if (pixel >= (size_t)height * width) return;
  const int row = (int)(pixel / width), column = (int)(pixel % width);
  float total = is_first ? taps[0] * image[pixel] : out[pixel] + taps[0] * image[pixel];
  for (int k = 1; k < n_taps; ++k) {
    const size_t above = (size_t)max(row - k, 0) * width + column;
    const size_t below = (size_t)min(row + k, height - 1) * width + column;
    total += taps[k] * (image[above] + image[below]);
  }
  out[pixel] = total;
}

// Per cell of `cell` pixels the mean of up to 4 x 4 evenly spread ones: the primary's signal behind
// the blades, and the areal density of the first `tissues` materials. No beam beyond the edge.
extern "C" __global__ void sample_cells(const float* mean, const float* exposure, float darkest,
                                        int has_blades, const float* blades, const float* images,
                                        int height, int width, const int* sources,
                                        const float* factors, int has_slab, const float* crossed,
                                        const float* amounts, int tissues, int cell, int rows,
                                        int columns, float* signal, float* water) {
  const size_t n = thread_number();
  if (n >= (size_t)rows * columns) return;
  const Matter matter = {images, (size_t)height * width, sources, factors, has_slab, crossed, amounts};
  const int i = (int)(n / columns), j = (int)(n % columns), per_side = min(4, cell);
  const float share = 1.0f / (float)(per_side * per_side);
  float total = 0.0f, matters = 0.0f;
  for (int a = 0; a < per_side; ++a)
    for (int b = 0; b < per_side; ++b) {
      const int row = i * cell + (2 * a + 1) * cell / (2 * per_side);
      const int column = j * cell + (2 * b + 1) * cell / (2 * per_side);
      if (row >= height || column >= width) continue;
      const size_t pixel = (size_t)row * width + column;
      float passed = mean[pixel] * fmaxf(exposure[pixel], darkest);
      if (has_blades) passed *= blades[pixel];
      total += share * passed;
      for (int m = 0; m < tissues; ++m) matters += share * areal(matter, m, pixel);
    }
  signal[n] = total;
  water[n] = matters;
}

// A coarse image at a pixel, linear between the centres of its cells.
__device__ float between_cells(const float* coarse, int rows, int columns, int cell, int row,
                               int column) {
  const double y = fmin(fmax((row + 0.5) / cell - 0.5, 0.0), rows - 1.0);
  const int i = min((int)y, max(rows - 2, 0)), below = min(i + 1, rows - 1);
  const float down = (float)(y - i), step = (float)(1.0 / cell);
  const float x = fminf(fmaxf(((float)column + 0.5f) * step - 0.5f, 0.0f), (float)(columns - 1));
  const int left = (int)x, right = min(left + 1, columns - 1);
  const float* upper = coarse + (size_t)i * columns;
  const float* lower = coarse + (size_t)below * columns;
  const float one = upper[left] + down * (lower[left] - upper[left]);
  const float two = upper[right] + down * (lower[right] - upper[right]);
  return one + (two - one) * (x - (float)left);
}

// What arrives at the detector: blades, grid (width), scatter (rows, columns), quantum noise. `photons`
// per open-field pixel, and 1 over them.
extern "C" __global__ void arrive(const float* mean, const float* spread, const float* exposure,
                                  float darkest, int has_blades, const float* blades,
                                  const float* grid, int has_scatter, const float* scatter,
                                  int rows, int columns, int cell, float scatter_spread,
                                  const double* photons, int has_noise, unsigned int k0,
                                  unsigned int k1, int height, int width, float* out) {
  const size_t pixel = thread_number();
  if (pixel >= (size_t)height * width) return;
  const int row = (int)(pixel / width), column = (int)(pixel % width);
  float beam = mean[pixel] * fmaxf(exposure[pixel], darkest) * grid[column];
  if (has_blades) beam *= blades[pixel];
  const float stray =
      has_scatter ? between_cells(scatter, rows, columns, cell, row, column) : 0.0f;
  const float whole = beam + stray;
  if (!has_noise) {
    out[pixel] = whole;
    return;
  }
  const float share = (beam * spread[pixel] + stray * scatter_spread) * (float)photons[1];
  out[pixel] = quanta(whole, share / fmaxf(whole, 1e-30f), (unsigned int)pixel, QUANTUM, k0, k1);
}

// The blurred signal, in place, to the flat-fielded one: gains, electronic noise, lag, saturation,
// rounding to square-root coded counts up to `levels`; 0 switches lag and rounding off.
// `flat_share` of the open field is what the flat field was taken with.
extern "C" __global__ void read_out(const float* exposure, float darkest, float flat_share,
                                    int has_gains, const float* gains, float lag,
                                    const float* previous, float electronic, float saturation,
                                    float levels, const double* photons, int has_noise,
                                    unsigned int k0, unsigned int k1, int count, float* out) {
  const size_t pixel = thread_number();
  if (pixel >= count) return;
  float value = out[pixel], flat = fmaxf(exposure[pixel], darkest) * flat_share;
  if (has_gains) {
    value *= gains[pixel];
    flat *= gains[pixel];
  }
  if (has_noise && electronic > 0.0f) {
    float uniform, normal;
    deviates((unsigned int)pixel, ELECTRONIC, k0, k1, &uniform, &normal);
    value += electronic * (float)photons[1] * normal;
  }
  if (lag > 0.0f) value += lag * (previous[pixel] * flat - value);
  value = fminf(fmaxf(value, 0.0f), saturation);
  if (levels > 0.0f) {
    const float coded = levels / sqrtf(saturation), decoded = saturation / (levels * levels);
    const float counts = floorf(sqrtf(value) * coded + 0.5f);
    value = counts * counts * decoded;
  }
  out[pixel] = value / flat;
}

// An ideal detector's signal: what arrived over the flat field, in place.
extern "C" __global__ void divide_flat(const float* exposure, float darkest, float flat_share,
                                       int count, float* out) {
  const size_t pixel = thread_number();
  if (pixel < count) out[pixel] /= fmaxf(exposure[pixel], darkest) * flat_share;
}
