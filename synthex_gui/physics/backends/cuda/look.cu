// The display look, one thread a pixel: logarithm, Burt and Adelson's pyramid, sigmoid; the same
// operations in the same order as on the CPU.

__device__ float attenuation_ln(float signal, float smallest) {
  return -log32(fmaxf(signal, smallest));
}

// The logarithms at a lattice of pixels, (n_rows, n_columns).
extern "C" __global__ void sample_logs(const float* signal, int width, float smallest,
                                       const int* rows, int n_rows, const int* columns,
                                       int n_columns, float* out) {
  const unsigned int n = (unsigned int)thread_number();
  if (n >= (unsigned int)(n_rows * n_columns)) return;
  const size_t pixel = (size_t)rows[n / n_columns] * width + columns[n % n_columns];
  out[n] = attenuation_ln(signal[pixel], smallest);
}

// What is measured in the middle of an image: the middle, the largest logarithm that counts, and
// where grey is one half.
#define MIDDLE 0
#define MOST 1
#define HALF 2

// The number of `samples` that count / 2 of them stand before; of equal ones the first come first.
extern "C" __global__ void pick_median(const float* samples, int count, float* median) {
  const unsigned int n = (unsigned int)thread_number();
  if (n >= (unsigned int)count) return;
  const float value = samples[n];
  int before = 0;
  for (int k = 0; k < (int)n; ++k) before += samples[k] <= value;
  for (int k = n + 1; k < count; ++k) before += samples[k] < value;
  if (before == count / 2) *median = value;
}

// Per row of the samples (rows, columns) the sum, each at most the median and `most_above`.
extern "C" __global__ void sum_limited(const float* samples, int rows, int columns,
                                       const float* median, float most_above, double* sums) {
  const unsigned int n = (unsigned int)thread_number();
  if (n >= (unsigned int)rows) return;
  const float most = *median + most_above;
  double total = 0.0;
  for (int k = 0; k < columns; ++k) total += fminf(samples[n * columns + k], most);
  sums[n] = total;
}

extern "C" __global__ void set_middle(const double* sums, int rows, int count, double least,
                                      double most_above, double half_above, float* measured) {
  if (thread_number() > 0) return;
  double total = 0.0;
  for (int n = 0; n < rows; ++n) total += sums[n];
  const double middle = fmax(total / count, least);
  measured[MIDDLE] = (float)middle;
  measured[MOST] = (float)(middle + most_above);
  measured[HALF] = (float)(middle + half_above);
}

// Logarithms, as large as measured at most, which may be without a limit.
extern "C" __global__ void take_logs(const float* signal, int count, float smallest,
                                     const float* measured, float* out) {
  const size_t pixel = thread_number();
  if (pixel < count) out[pixel] = fminf(attenuation_ln(signal[pixel], smallest), measured[MOST]);
}

// What the pyramid's last level becomes: distances from the middle, made smaller the larger they are.
__device__ float toned(float value, float middle, float contrast, float broad) {
  const float distance = value - middle;
  return middle + distance * (contrast / (1.0f + fabsf(distance) / broad));
}

// The image (height, width) through 1 4 6 4 1, every other pixel kept: the pyramid's next level.
// The last one is toned at once, into `changed`.
extern "C" __global__ void reduce_level(const float* image, int height, int width, int is_last,
                                        const float* measured, float contrast, float broad,
                                        float* out, float* changed) {
  const int out_width = (width + 1) / 2;
  const unsigned int n = (unsigned int)thread_number();
  if (n >= (unsigned int)((height + 1) / 2 * out_width)) return;
  const int row = 2 * (int)(n / out_width), column = 2 * (int)(n % out_width);
  const float* a = image + (size_t)max(row - 2, 0) * width;
  const float* b = image + (size_t)max(row - 1, 0) * width;
  const float* c = image + (size_t)row * width;
  const float* d = image + (size_t)min(row + 1, height - 1) * width;
  const float* e = image + (size_t)min(row + 2, height - 1) * width;
  const float one = 1.0f / 16.0f, four = 4.0f / 16.0f, six = 6.0f / 16.0f;
  float line[5];
  for (int k = 0; k < 5; ++k) {
    const int x = clamped(column + k - 2, 0, width - 1);
    line[k] = one * (a[x] + e[x]) + four * (b[x] + d[x]) + six * c[x];
  }
  const float value = (one * (line[0] + line[4]) + four * (line[1] + line[3])) + six * line[2];
  out[n] = value;
  if (is_last) changed[n] = toned(value, measured[MIDDLE], contrast, broad);
}

// A pixel of the image (height, width) made twice as large.
__device__ float enlarged(const float* image, int height, int width, int row, int column) {
  const int i = row / 2, j = column / 2;
  const float* above = image + (size_t)max(i - 1, 0) * width;
  const float* here = image + (size_t)i * width;
  const float* below = image + (size_t)min(i + 1, height - 1) * width;
  float line[3];
  for (int k = 0; k < 3; ++k) {
    const int x = clamped(j + k - 1, 0, width - 1);
    line[k] = row % 2 ? 0.5f * (here[x] + below[x])
                      : 0.125f * (above[x] + below[x]) + 0.75f * here[x];
  }
  return column % 2 ? 0.5f * (line[1] + line[2]) : 0.125f * (line[0] + line[2]) + 0.75f * line[1];
}

// What a pixel of a level (height, width) becomes: `changed` enlarged, plus the detail that
// `coarse` lacks, made stronger: by 1 + `more` when it is faint, the less the stronger it is.
__device__ float recombined(const float* fine, int height, int width, const float* coarse,
                            const float* changed, float more, float per_soft, unsigned int n) {
  const int row = (int)(n / width), column = (int)(n % width);
  const int rows = (height + 1) / 2, columns = (width + 1) / 2;
  const float detail = fine[n] - enlarged(coarse, rows, columns, row, column);
  const float base = enlarged(changed, rows, columns, row, column);
  return base + detail * (1.0f + more / (1.0f + fabsf(detail) * per_soft));
}

extern "C" __global__ void recombine_level(const float* fine, int height, int width,
                                           const float* coarse, const float* changed, float more,
                                           float per_soft, float* out) {
  const unsigned int n = (unsigned int)thread_number();
  if (n < (unsigned int)(height * width))
    out[n] = recombined(fine, height, width, coarse, changed, more, per_soft, n);
}

// The finest level recombined, or toned where it is the only one; then grey: the sigmoid, falling
// to black where nothing attenuates, and black behind the blades.
extern "C" __global__ void shade_level(const float* fine, int height, int width,
                                       const float* coarse, const float* changed, float more,
                                       float per_soft, int has_coarse, const float* measured,
                                       float contrast, float broad, float slope, float per_open, int has_blades, const float* blades,
                                       float hide_below, float* out) {
  const unsigned int n = (unsigned int)thread_number();
  if (n >= (unsigned int)(height * width)) return;
  if (has_blades && blades[n] < hide_below) {
    out[n] = 0.0f;
    return;
  }
  const float value =
      has_coarse ? recombined(fine, height, width, coarse, changed, more, per_soft, n)
                 : toned(fine[n], measured[MIDDLE], contrast, broad);
  const float grey = 1.0f / (1.0f + exp32(-slope * (value - measured[HALF])));
  // That `fine` is limited does not matter: only logarithms near 0 count here.
  out[n] = grey * fminf(fmaxf(fine[n] * per_open, 0.0f), 1.0f);
}
