// From areal densities to the primary's signal: a sum of exponentials over energy groups.

#define MOST_MATERIALS 32
#define OPAQUE 1e-26f

// `mean` and `spread` (height, width) as `transmit` on the CPU: signal = sum_k first exp(-mu a) for
// `areal` (materials, height, width) [g/cm2] and `mu` (groups, materials) [cm2/g]; the variance of
// N photons is mean * spread / N. `first`, `second` (lines, groups): weights of each row, or of each
// column when `by_column`.
extern "C" __global__ void transmit(const float* areal, int n_materials, int height, int width,
                                    const float* mu, int n_groups, const float* first,
                                    const float* second, int by_column, float* mean,
                                    float* spread) {
  const size_t pixel = thread_number(), pixels = (size_t)height * width;
  if (pixel >= pixels) return;
  float amounts[MOST_MATERIALS];
  for (int m = 0; m < n_materials; ++m) amounts[m] = areal[m * pixels + pixel];
  const size_t line = by_column ? pixel % width : pixel / width;
  float total = 0.0f, square = 0.0f;
  for (int k = 0; k < n_groups; ++k) {
    float exponent = 0.0f;
    for (int m = 0; m < n_materials; ++m) exponent -= mu[k * n_materials + m] * amounts[m];
    const float through = exp32(exponent);
    total += first[line * n_groups + k] * through;
    square += second[line * n_groups + k] * through;
  }
  mean[pixel] = total;
  spread[pixel] = square / fmaxf(total, OPAQUE);
}
