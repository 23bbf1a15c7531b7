// Line integrals of packed fields along the rays of a pinhole camera, one thread a ray.
//
// A ray is cut into steps of `step` voxels along its fastest axis and sampled in their middles,
// trilinearly. The steps lie fixed to the voxels' planes, at a `phase` for which the mean over a
// ray has the same second moment across the ray as the exact integral of the trilinear field, so
// that one sample a voxel is right to third order. Only a span's ends have shorter steps.

// Conversions between integers and floats run at a fraction of the rate of additions. A whole number n
// below 2^23 in the last bits of LIFT is the float 2^23 + n, and differences of such floats are
// exact; a float up to 2^22, lifted, is rounded to a whole number.
#define LIFT 8388608.0f
#define LIFT_BITS 0x4b000000u

template <class T, int N>
struct Voxel;

// What one load reads, and the lifted values in it.
template <class T>
struct Voxel<T, 1> {
  typedef T Cell;
  static __device__ void lift(Cell cell, float* value) {
    value[0] = __int_as_float((int)(cell | LIFT_BITS));
  }
};

// Two fields of 16 bits.
template <>
struct Voxel<unsigned short, 2> {
  typedef unsigned int Cell;
  static __device__ void lift(Cell cell, float* value) {
    value[0] = __int_as_float((int)__byte_perm(cell, LIFT_BITS >> 16, 0x5410));
    value[1] = __int_as_float((int)__byte_perm(cell, LIFT_BITS >> 16, 0x5432));
  }
};

// `size` voxels without the layer around them.
template <class T, int N>
struct Packed {
  const T* voxels;
  const unsigned char* bricks;
  int size[3];
};

// The part of a ray inside the box, in steps: from `begin` (in the first step) to `end`, step n from
// base + n * stride on, in padded voxels.
struct Span {
  float base[3];
  float stride[3];
  float begin;
  float end;
};

// Where a position stands along an axis: `cell` lifted, `part` from 0 to 1. A
// position on a voxel may lie at the end of one cell or at the start of the next.
struct Foot {
  unsigned int cell;
  float part;
};

__device__ Foot foot_of(float position) {
  const float lifted = position + (LIFT - 0.5f);
  return {(unsigned int)__float_as_int(lifted), position - (lifted - LIFT)};
}

// Adds weight * (the M first components) at a place `at` of a span.
template <class T, int N, int M>
__device__ void add_sample(const Packed<T, N>& field, const Span& span, float at, float weight,
                           float* sums) {
  const Foot x = foot_of(span.base[0] + at * span.stride[0]);
  const Foot y = foot_of(span.base[1] + at * span.stride[1]);
  const Foot z = foot_of(span.base[2] + at * span.stride[2]);
  const unsigned int row = field.size[0] + 2, layer = row * (field.size[1] + 2);
  // Modulo 2^32, as all of it.
  const unsigned int here =
      z.cell * layer + y.cell * row + x.cell - LIFT_BITS * (layer + row + 1u);
  const typename Voxel<T, N>::Cell* near_upper =
      (const typename Voxel<T, N>::Cell*)field.voxels + here;
  const typename Voxel<T, N>::Cell *near_lower = near_upper + row, *far_upper = near_upper + layer,
                                   *far_lower = far_upper + row;
  float a[N], b[N], c[N], d[N], e[N], f[N], g[N], h[N];
  Voxel<T, N>::lift(near_upper[0], a);
  Voxel<T, N>::lift(near_upper[1], b);
  Voxel<T, N>::lift(near_lower[0], c);
  Voxel<T, N>::lift(near_lower[1], d);
  Voxel<T, N>::lift(far_upper[0], e);
  Voxel<T, N>::lift(far_upper[1], f);
  Voxel<T, N>::lift(far_lower[0], g);
  Voxel<T, N>::lift(far_lower[1], h);
#pragma unroll
  for (int m = 0; m < M; ++m) {
    const float ab = (a[m] - LIFT) + x.part * (b[m] - a[m]);
    const float cd = (c[m] - LIFT) + x.part * (d[m] - c[m]);
    const float ef = (e[m] - LIFT) + x.part * (f[m] - e[m]);
    const float gh = (g[m] - LIFT) + x.part * (h[m] - g[m]);
    const float near = ab + y.part * (cd - ab), far = ef + y.part * (gh - ef);
    sums[m] += weight * (near + z.part * (far - near));
  }
}

// A step that ends where the span does.
template <class T, int N, int M>
__device__ void add_end(const Packed<T, N>& field, const Span& span, int n, float* sums) {
  const float low = fmaxf((float)n, span.begin), high = fminf((float)(n + 1), span.end);
  add_sample<T, N, M>(field, span, 0.5f * (low + high), high - low, sums);
}

// Steps [from, to) of `count`.
template <class T, int N, int M>
__device__ void add_steps(const Packed<T, N>& field, const Span& span, int from, int to, int count,
                          float* sums) {
  if (from == 0) add_end<T, N, M>(field, span, from++, sums);
  if (to == count && from < to) add_end<T, N, M>(field, span, --to, sums);
  float at = (float)from + 0.5f;
  for (; from < to; ++from, at += 1.0f) add_sample<T, N, M>(field, span, at, 1.0f, sums);
}

// What the first corner of a brick has, over a length in steps.
template <class T, int N>
__device__ void add_uniform(const Packed<T, N>& field, const int* brick, float length,
                            float* sums) {
  const unsigned int row = field.size[0] + 2, layer = row * (field.size[1] + 2);
  const unsigned int here = (unsigned int)(brick[2] << BRICK_SHIFT) * layer +
                            (unsigned int)(brick[1] << BRICK_SHIFT) * row +
                            (unsigned int)(brick[0] << BRICK_SHIFT);
  float value[N];
  Voxel<T, N>::lift(((const typename Voxel<T, N>::Cell*)field.voxels)[here], value);
  for (int m = 0; m < N; ++m) sums[m] += length * (value[m] - LIFT);
}

// Sums over a span, in steps; empty bricks are stepped over, uniform ones read once.
template <class T, int N>
__device__ void add_span(const Packed<T, N>& field, const Span& span, float* sums) {
  const int count = (int)ceilf(span.end);
  const int across = bricks_along(field.size[0]), down = bricks_along(field.size[1]);
  int n = 0;
  while (n < count) {
    const float low = fmaxf((float)n, span.begin), high = fminf((float)(n + 1), span.end);
    const float middle = 0.5f * (low + high);
    int brick[3];
    float leave = span.end + 1.0f;
    for (int axis = 0; axis < 3; ++axis) {
      const float stride = span.stride[axis];
      const int cell = (int)(span.base[axis] + middle * stride);
      brick[axis] = clamped(cell, 0, field.size[axis]) >> BRICK_SHIFT;
      const int face = (brick[axis] + (stride > 0.0f ? 1 : 0)) << BRICK_SHIFT;
      if (stride != 0.0f) leave = fminf(leave, __fdividef((float)face - span.base[axis], stride));
    }
    // Rounded down, the division's own error included: a sample near the border is looked up again,
    // never stepped over.
    const int stop = min(max((int)floorf(leave - 0.501f), n + 1), count);
    const unsigned char here =
        field.bricks[((size_t)brick[2] * down + brick[1]) * across + brick[0]];
    if (here == UNIFORM) {
      // Nothing is there.
    } else if (here & UNIFORM)
      add_uniform<T, N>(field, brick, fminf((float)stop, span.end) - fmaxf((float)n, span.begin),
                        sums);
    else if (here == 1 || (N == 1 && here))
      add_steps<T, N, 1>(field, span, n, stop, count, sums);
    else if (here)
      add_steps<T, N, N>(field, span, n, stop, count, sums);
    n = stop;
  }
}

// The part of source + t * direction, begin <= t <= end, inside the box; false for none. The
// field's faces lie half a voxel beyond the outer voxels' centres.
__device__ bool clip(const double* source, const double* direction, const int* size, double begin,
                     double end, int fastest, double step, double phase, Span* span) {
  for (int axis = 0; axis < 3; ++axis) {
    const double low = -0.5 - source[axis], high = size[axis] - 0.5 - source[axis];
    const double pace = direction[axis];
    if (pace == 0.0) {
      if (low > 0.0 || high < 0.0) return false;
      continue;
    }
    const double inverse = 1.0 / pace, one = low * inverse, two = high * inverse;
    begin = fmax(begin, fmin(one, two));
    end = fmin(end, fmax(one, two));
  }
  if (!(begin < end)) return false;
  const double speed = fabs(direction[fastest]);
  const double along = direction[fastest] < 0.0 ? -1.0 : 1.0;
  const double offset = phase - 0.5 * step;
  const double place = along * (source[fastest] + begin * direction[fastest]);
  // Voxels from where the span begins back to where its first step does.
  const double first = place - (offset + floor((place - offset) / step) * step);
  for (int axis = 0; axis < 3; ++axis) {
    const double pace = direction[axis] / speed;
    span->base[axis] = (float)(source[axis] + begin * direction[axis] - first * pace + 1.0);
    span->stride[axis] = (float)(step * pace);
  }
  span->begin = (float)(first / step);
  span->end = (float)((first + (end - begin) * speed) / step);
  return true;
}

// One ray from the source to infinity but for the pieces that metal fills; mm * (stored units).
template <class T, int N>
__device__ void integrate(const Packed<T, N>& field, const double* view, int column, int row,
                          double step, double phase, const double* pieces, int n_pieces,
                          float* sums) {
  double direction[3], squared = 0.0;
  int fastest = 0;
  for (int axis = 0; axis < 6; ++axis) {
    const double* along = view + 3 + 3 * axis;
    const double value = along[0] * column + along[1] * row + along[2];
    if (axis >= 3) {
      squared += value * value;
      continue;
    }
    direction[axis] = value;
    if (fabs(value) > fabs(direction[fastest])) fastest = axis;
  }
  for (int m = 0; m < N; ++m) sums[m] = 0.0f;
  double begin = 0.0;
  for (int piece = 0; piece <= n_pieces; ++piece) {
    const double end = piece < n_pieces ? pieces[2 * piece] : 1e300;
    Span span;
    if (begin < end &&
        clip(view, direction, field.size, begin, end, fastest, step, phase, &span))
      add_span<T, N>(field, span, sums);
    if (piece < n_pieces) begin = pieces[2 * piece + 1];
  }
  const float mm = (float)(step * sqrt(squared) / fabs(direction[fastest]));
  for (int m = 0; m < N; ++m) sums[m] *= mm;
}

// Pixels of an area (row, row end, column, column end) in tiles of 16 x 8, each warp 8 x 4 of them,
// since neighbouring rays read the same voxels. `view`: source (3) and directions (6, 3), rows 0-2
// the ray of pixel (column, row, 1) in voxels along x, y, z, rows 3-5 in mm, both per mm of depth.
// `hit_ends`, `piece_counts` (pixels) and `pieces` are those of `resolve_hits`, read when
// `has_pieces`.
template <class T, int N>
__device__ void integrate_area(const T* voxels, const unsigned char* bricks, int nx, int ny, int nz,
                               const double* view, int width, int top, int bottom, int left,
                               int right, double step, double phase, int has_pieces,
                               const int* hit_ends, const int* piece_counts,
                               const double* pieces, const float* scales, float* const* images) {
  const int tiles = (right - left + 15) / 16;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  const int column = left + 16 * (int)(blockIdx.x % tiles) + 8 * (warp & 1) + (lane & 7);
  const int row = top + 8 * (int)(blockIdx.x / tiles) + 4 * (warp >> 1) + (lane >> 3);
  if (column >= right || row >= bottom) return;
  const size_t pixel = (size_t)row * width + column;
  const Packed<T, N> field = {voxels, bricks, {nx, ny, nz}};
  const int n_pieces = has_pieces ? piece_counts[pixel] : 0;
  const double* own = n_pieces && pixel ? pieces + 2 * (size_t)hit_ends[pixel - 1] : pieces;
  float sums[N];
  integrate<T, N>(field, view, column, row, step, phase, own, n_pieces, sums);
  for (int m = 0; m < N; ++m) images[m][pixel] = sums[m] * scales[m];
}

#define INTEGRATE(NAME, TYPE)                                                                     \
  extern "C" __global__ void NAME##_1(                                                            \
      const TYPE* voxels, const unsigned char* bricks, int nx, int ny, int nz, const double* view, \
      int width, int top, int bottom, int left, int right, double step, double phase,             \
      int has_pieces, const int* hit_ends, const int* piece_counts, const double* pieces,     \
      float scale, float* image) {                                                                \
    float* const images[1] = {image};                                                             \
    const float scales[1] = {scale};                                                              \
    integrate_area<TYPE, 1>(voxels, bricks, nx, ny, nz, view, width, top, bottom, left, right,    \
                            step, phase, has_pieces, hit_ends, piece_counts, pieces, scales,  \
                            images);                                                              \
  }

INTEGRATE(integrate_u8, unsigned char)
INTEGRATE(integrate_u16, unsigned short)

extern "C" __global__ void integrate_u16_2(
    const unsigned short* voxels, const unsigned char* bricks, int nx, int ny, int nz,
    const double* view, int width, int top, int bottom, int left, int right, double step,
    double phase, int has_pieces, const int* hit_ends, const int* piece_counts,
    const double* pieces, float scale_0, float scale_1, float* image_0, float* image_1) {
  float* const images[2] = {image_0, image_1};
  const float scales[2] = {scale_0, scale_1};
  integrate_area<unsigned short, 2>(voxels, bricks, nx, ny, nz, view, width, top, bottom, left,
                                    right, step, phase, has_pieces, hit_ends, piece_counts,
                                    pieces, scales, images);
}
