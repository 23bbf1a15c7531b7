// Fields as the ray caster reads them: unsigned, one layer of repeated edge values around, several
// fields of one grid interleaved, and for every brick of 8 x 8 x 8 cells which of them are there,
// and whether they are the same everywhere in it, as air around a patient is.
//
// The layer makes trilinear interpolation need no test at the faces: voxel (x, y, z) lies at
// (x + 1, y + 1, z + 1), and the outer half voxel interpolates between a value and its copy.

#define BRICK_SHIFT 3

// The number of bricks along an axis of n voxels: cells are 0 .. n.
__device__ int bricks_along(int n) { return (n >> BRICK_SHIFT) + 1; }

__device__ int clamped(int value, int low, int high) {
  return value < low ? low : (value > high ? high : value);
}

__device__ size_t thread_number() {
  return (size_t)blockIdx.x * blockDim.x + threadIdx.x;
}

// Padded layers [first, last) of component `component` of `components` from the source layers
// [source_first, ...) of a box of nx * ny * nz voxels; what is negative becomes 0.
template <class From, class To>
__device__ void pack(const From* source, int source_first, int nx, int ny, int nz, int first,
                     int last, int component, int components, To* packed) {
  const size_t row = nx + 2, layer = row * (ny + 2), n = thread_number();
  if (n >= layer * (last - first)) return;
  const int x = clamped((int)(n % row) - 1, 0, nx - 1);
  const int y = clamped((int)(n / row % (ny + 2)) - 1, 0, ny - 1);
  const int z = clamped(first + (int)(n / layer) - 1, 0, nz - 1) - source_first;
  const From value = source[((size_t)z * ny + y) * nx + x];
  packed[(first * layer + n) * components + component] = value > 0 ? (To)value : (To)0;
}

extern "C" __global__ void pack_u8(const unsigned char* source, int source_first, int nx, int ny,
                                   int nz, int first, int last, int component, int components,
                                   unsigned char* packed) {
  pack(source, source_first, nx, ny, nz, first, last, component, components, packed);
}

extern "C" __global__ void pack_u16(const unsigned short* source, int source_first, int nx, int ny,
                                    int nz, int first, int last, int component, int components,
                                    unsigned short* packed) {
  pack(source, source_first, nx, ny, nz, first, last, component, components, packed);
}

extern "C" __global__ void pack_i16(const short* source, int source_first, int nx, int ny, int nz,
                                    int first, int last, int component, int components,
                                    unsigned short* packed) {
  pack(source, source_first, nx, ny, nz, first, last, component, components, packed);
}

#define UNIFORM 0x80

// Bit c of a brick's byte: component c has a value in one of its cells' corners. UNIFORM: all corners
// have the same values.
template <class T>
__device__ void occupy(const T* packed, int nx, int ny, int nz, int components,
                       unsigned char* bricks) {
  const int across = bricks_along(nx), down = bricks_along(ny), deep = bricks_along(nz);
  const size_t brick = thread_number();
  if (brick >= (size_t)across * down * deep) return;
  const int x0 = (int)(brick % across) << BRICK_SHIFT;
  const int y0 = (int)(brick / across % down) << BRICK_SHIFT;
  const int z0 = (int)(brick / across / down) << BRICK_SHIFT;
  const int reach = 1 << BRICK_SHIFT;
  const T* first = packed + (((size_t)z0 * (ny + 2) + y0) * (nx + 2) + x0) * components;
  unsigned char found = UNIFORM;
  for (int z = z0; z <= clamped(z0 + reach, 0, nz + 1); ++z)
    for (int y = y0; y <= clamped(y0 + reach, 0, ny + 1); ++y)
      for (int x = x0; x <= clamped(x0 + reach, 0, nx + 1); ++x) {
        const T* voxel = packed + (((size_t)z * (ny + 2) + y) * (nx + 2) + x) * components;
        for (int c = 0; c < components; ++c) {
          if (voxel[c]) found |= (unsigned char)(1 << c);
          if (voxel[c] != first[c]) found &= (unsigned char)~UNIFORM;
        }
      }
  bricks[brick] = found;
}

extern "C" __global__ void occupy_u8(const unsigned char* packed, int nx, int ny, int nz,
                                     int components, unsigned char* bricks) {
  occupy(packed, nx, ny, nz, components, bricks);
}

extern "C" __global__ void occupy_u16(const unsigned short* packed, int nx, int ny, int nz,
                                      int components, unsigned char* bricks) {
  occupy(packed, nx, ny, nz, components, bricks);
}
