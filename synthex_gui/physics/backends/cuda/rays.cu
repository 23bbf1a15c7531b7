// Line integrals of packed fields along the rays of a pinhole camera, one thread a ray.
//
// A ray is cut into steps of `step` voxels along its fastest axis and sampled in their middles,
// trilinearly. The steps lie fixed to the voxels' planes, at a `phase` for which the mean over a
// ray has the same second moment across the ray as the exact integral of the trilinear field, so
// that one sample a voxel is right to third order. Only a span's ends have shorter steps.

template <class T, int N>
struct Voxel;

template <class T>
struct Voxel<T, 1> {
  static __device__ void read(const T* packed, size_t at, float* value) {
    value[0] = (float)packed[at];
  }
};

// Two fields of 16 bits in one load.
template <>
struct Voxel<unsigned short, 2> {
  static __device__ void read(const unsigned short* packed, size_t at, float* value) {
    const unsigned int both = ((const unsigned int*)packed)[at];
    value[0] = (float)(both & 0xffffu);
    value[1] = (float)(both >> 16);
  }
};

// `size` voxels without the layer around them.
template <class T, int N>
struct Packed {
  const T* voxels;
  const unsigned char* bricks;
  int size[3];
};

// The part of a ray inside the box: `at` where it begins, in padded voxels, `pace` per voxel along
// its fastest axis, `first` (<= 0) the start of the step it begins in, `length` of the part.
struct Span {
  float at[3];
  float pace[3];
  float first;
  float length;
};

// Adds weight * (the M first components) at a position in padded voxels.
template <class T, int N, int M>
__device__ void add_sample(const Packed<T, N>& field, float x, float y, float z, float weight,
                           float* sums) {
  const int i = (int)x, j = (int)y, k = (int)z;
  const float fx = x - (float)i, fy = y - (float)j, fz = z - (float)k;
  const unsigned int row = field.size[0] + 2, layer = row * (field.size[1] + 2);
  const size_t here = (size_t)k * layer + (unsigned int)j * row + (unsigned int)i;
  float a[N], b[N], c[N], d[N], e[N], f[N], g[N], h[N];
  Voxel<T, N>::read(field.voxels, here, a);
  Voxel<T, N>::read(field.voxels, here + 1, b);
  Voxel<T, N>::read(field.voxels, here + row, c);
  Voxel<T, N>::read(field.voxels, here + row + 1, d);
  Voxel<T, N>::read(field.voxels, here + layer, e);
  Voxel<T, N>::read(field.voxels, here + layer + 1, f);
  Voxel<T, N>::read(field.voxels, here + layer + row, g);
  Voxel<T, N>::read(field.voxels, here + layer + row + 1, h);
#pragma unroll
  for (int m = 0; m < M; ++m) {
    const float ab = a[m] + fx * (b[m] - a[m]), cd = c[m] + fx * (d[m] - c[m]);
    const float ef = e[m] + fx * (f[m] - e[m]), gh = g[m] + fx * (h[m] - g[m]);
    const float near = ab + fy * (cd - ab), far = ef + fy * (gh - ef);
    sums[m] += weight * (near + fz * (far - near));
  }
}

template <class T, int N, int M>
__device__ void add_steps(const Packed<T, N>& field, const Span& span, float step, int from, int to,
                          float* sums) {
  for (int n = from; n < to; ++n) {
    const float low = fmaxf(span.first + (float)n * step, 0.0f);
    const float high = fminf(span.first + (float)(n + 1) * step, span.length);
    const float middle = 0.5f * (low + high);
    add_sample<T, N, M>(field, span.at[0] + middle * span.pace[0],
                        span.at[1] + middle * span.pace[1], span.at[2] + middle * span.pace[2],
                        high - low, sums);
  }
}

// Sums over a span, in voxels along the fastest axis; empty bricks are stepped over.
template <class T, int N>
__device__ void add_span(const Packed<T, N>& field, const Span& span, float step, float* sums) {
  const int count = (int)ceilf((span.length - span.first) / step);
  const int across = bricks_along(field.size[0]), down = bricks_along(field.size[1]);
  int n = 0;
  while (n < count) {
    const float low = fmaxf(span.first + (float)n * step, 0.0f);
    const float high = fminf(span.first + (float)(n + 1) * step, span.length);
    const float middle = 0.5f * (low + high);
    int brick[3];
    float leave = span.length + step;
    for (int axis = 0; axis < 3; ++axis) {
      const int cell = (int)(span.at[axis] + middle * span.pace[axis]);
      brick[axis] = clamped(cell, 0, field.size[axis]) >> BRICK_SHIFT;
      const float pace = span.pace[axis];
      const int face = (brick[axis] + (pace > 0.0f ? 1 : 0)) << BRICK_SHIFT;
      if (pace != 0.0f) leave = fminf(leave, ((float)face - span.at[axis]) / pace);
    }
    // Rounded down: a sample on the border is looked up again, never stepped over.
    const int left = (int)floorf((leave - span.first) / step - 0.5f);
    const int stop = min(max(left, n + 1), count);
    const unsigned char here =
        field.bricks[((size_t)brick[2] * down + brick[1]) * across + brick[0]];
    if (here == 1 || (N == 1 && here))
      add_steps<T, N, 1>(field, span, step, n, stop, sums);
    else if (here)
      add_steps<T, N, N>(field, span, step, n, stop, sums);
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
    begin = fmax(begin, fmin(low / pace, high / pace));
    end = fmin(end, fmax(low / pace, high / pace));
  }
  if (!(begin < end)) return false;
  const double speed = fabs(direction[fastest]);
  const double along = direction[fastest] < 0.0 ? -1.0 : 1.0;
  for (int axis = 0; axis < 3; ++axis) {
    span->at[axis] = (float)(source[axis] + begin * direction[axis] + 1.0);
    span->pace[axis] = (float)(direction[axis] / speed);
  }
  const double offset = phase - 0.5 * step;
  const double place = along * (source[fastest] + begin * direction[fastest]);
  span->first = (float)(offset + floor((place - offset) / step) * step - place);
  span->length = (float)((end - begin) * speed);
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
      add_span<T, N>(field, span, (float)step, sums);
    if (piece < n_pieces) begin = pieces[2 * piece + 1];
  }
  const float mm = (float)(sqrt(squared) / fabs(direction[fastest]));
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
