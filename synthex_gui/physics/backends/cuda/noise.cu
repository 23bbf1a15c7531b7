// The same counter-based noise as on the CPU: Philox4x32-10 (Salmon et al., SC'11), key from NumPy's
// SeedSequence, counter (pixel, purpose, 0, 0); elementary functions by the same polynomials.

__device__ void philox(unsigned int c0, unsigned int c1, unsigned int k0, unsigned int k1,
                       unsigned int* one, unsigned int* two) {
  unsigned int x0 = c0, x1 = c1, x2 = 0, x3 = 0;
  for (int round = 0; round < 10; ++round) {
    const unsigned long long p0 = (unsigned long long)0xD2511F53u * x0;
    const unsigned long long p1 = (unsigned long long)0xCD9E8D57u * x2;
    x0 = (unsigned int)(p1 >> 32) ^ x1 ^ k0;
    x1 = (unsigned int)p1;
    x2 = (unsigned int)(p0 >> 32) ^ x3 ^ k1;
    x3 = (unsigned int)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  *one = x0;
  *two = x1;
}

// A number in (0, 1) from the upper 24 bits of a word.
__device__ float to_unit(unsigned int word) {
  return ((float)(word >> 8) + 0.5f) * 5.9604644775390625e-8f;
}

// e^x, relative error below 3e-6 for x from -40 to 3; never below 2^-90 nor above 2^126.
__device__ float exp32(float x) {
  const float y = fminf(fmaxf(x * 1.4426950408889634f, -90.0f), 126.0f);
  const float whole = floorf(y + 0.5f);
  const float r = y - whole;
  float p = 0.00134f + r * 0.00015345972f;
  p = 0.009618489f + r * p;
  p = 0.055503286f + r * p;
  p = 0.24022646f + r * p;
  p = 0.69314718f + r * p;
  p = 1.0f + r * p;
  return p * __int_as_float(((int)whole + 127) << 23);
}

// Natural logarithm of a normal x > 0.
__device__ float log32(float x) {
  const int bits = __float_as_int(x);
  const int exponent = (bits - 0x3F3504F3) >> 23;
  const float r = __int_as_float(bits - exponent * (1 << 23)) - 1.0f;
  float p = -0.14368764f + r * 0.08723053f;
  p = 0.14952871f + r * p;
  p = -0.16562176f + r * p;
  p = 0.19956757f + r * p;
  p = -0.2500208f + r * p;
  p = 0.33334187f + r * p;
  p = -0.49999988f + r * p;
  p = 1.0f + r * p;
  return (float)exponent * 0.6931471805599453f + r * p;
}

// cos(2 pi t) for t in [0, 1].
__device__ float cos_turns32(float turns) {
  const float t = turns - 0.5f, z = t * t;
  float p = -25.968363f + z * 6.5296135f;
  p = 60.167862f + z * p;
  p = -85.450172f + z * p;
  p = 64.939117f + z * p;
  p = -19.739204f + z * p;
  return -(1.0f + z * p);
}

// Two uniforms of a pixel, and the normal deviate of Box and Muller from them.
__device__ void deviates(unsigned int pixel, unsigned int purpose, unsigned int k0, unsigned int k1,
                         float* uniform, float* normal) {
  unsigned int a, b;
  philox(pixel, purpose, k0, k1, &a, &b);
  *uniform = to_unit(a);
  *normal = sqrtf(-2.0f * log32(*uniform)) * cos_turns32(to_unit(b));
}

// The counter's purpose word.
#define QUANTUM 0u
#define ELECTRONIC 1u

#define POISSON_BELOW 30.0f
#define MOST_PHOTONS 80

// A number of photons for its expectation and a uniform: the quantile, found by adding up.
__device__ float few_photons(float expected, float uniform) {
  float term = exp32(-expected), below = term, count = 0.0f;
  const int last = min((int)(expected + 6.0f * sqrtf(expected)) + 8, MOST_PHOTONS);
  for (int k = 1; k <= last && uniform > below; ++k) {
    count += 1.0f;
    term *= expected * (1.0f / (float)k);
    below += term;
  }
  return count;
}

// A noisy signal, never negative: `gain` is variance over mean, the expected photons mean / gain.
__device__ float quanta(float mean, float gain, unsigned int pixel, unsigned int purpose,
                        unsigned int k0, unsigned int k1) {
  float uniform, normal;
  deviates(pixel, purpose, k0, k1, &uniform, &normal);
  const float photons = fmaxf(mean, 0.0f) / fmaxf(gain, 1e-30f);
  if (photons < POISSON_BELOW) return few_photons(photons, uniform) * gain;
  return fmaxf((photons + normal * sqrtf(photons)) * gain, 0.0f);
}
