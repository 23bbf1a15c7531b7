// Path lengths through closed meshes: every hit of every ray, counted, placed, sorted, walked.
//
// Vertices lie on a fine integer grid of the image plane, so that the test whether a pixel lies in
// a triangle has no rounding. A pixel exactly on an edge is decided as if all pixels were moved by
// one infinitesimal (e, e^2): triangles that share an edge never both have it and never both lack
// it. Work is handed out in runs of at most 32 columns of one row of one triangle.

#define RUN 32
#define MOST_MESHES 64

// Columns and rows in 1 / grid pixels, and 1 / depth, of vertices (n, 3) under P (3, 4).
extern "C" __global__ void place_vertices(const double* vertices, int n_vertices, const double* p,
                                          double grid, double limit, long long* points,
                                          double* inverse_depth) {
  const size_t n = thread_number();
  if (n >= n_vertices) return;
  const double *v = vertices + 3 * n;
  double h[3];
  for (int i = 0; i < 3; ++i)
    h[i] = p[4 * i] * v[0] + p[4 * i + 1] * v[1] + p[4 * i + 2] * v[2] + p[4 * i + 3];
  for (int i = 0; i < 2; ++i)
    points[2 * n + i] = (long long)rint(fmin(fmax(h[i] / h[2], -limit), limit) * grid);
  inverse_depth[n] = 1.0 / h[2];
}

__device__ int floor_divided(long long value, int by) {
  return (int)(value >= 0 ? value / by : -((-value + by - 1) / by));
}

// First and last row, first and last column that each triangle may cover, and its number of runs.
extern "C" __global__ void bound_triangles(const long long* points, const int* triangles,
                                           int n_triangles, int grid, int width, int height,
                                           int* boxes, int* runs) {
  const size_t n = thread_number();
  if (n >= n_triangles) return;
  const long long *a = points + 2 * (size_t)triangles[3 * n],
                  *b = points + 2 * (size_t)triangles[3 * n + 1],
                  *c = points + 2 * (size_t)triangles[3 * n + 2];
  int* box = boxes + 4 * n;
  box[0] = max(-floor_divided(-min(min(a[1], b[1]), c[1]), grid), 0);
  box[1] = min(floor_divided(max(max(a[1], b[1]), c[1]), grid), height - 1);
  box[2] = max(-floor_divided(-min(min(a[0], b[0]), c[0]), grid), 0);
  box[3] = min(floor_divided(max(max(a[0], b[0]), c[0]), grid), width - 1);
  const long long area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  const bool is_seen = area != 0 && box[0] <= box[1] && box[2] <= box[3];
  runs[n] = is_seen ? (box[1] - box[0] + 1) * ((box[3] - box[2]) / RUN + 1) : 0;
}

// An edge function: its steps per column and row and its value at pixel (0, 0), positive inside;
// lowered by one where a pixel exactly on the edge is outside, so that inside is >= 0.
struct Edge {
  long long x, y, at;
};

__device__ Edge edge_of(const long long* a, const long long* b, int sign, int grid) {
  const long long x = sign * (a[1] - b[1]), y = sign * (b[0] - a[0]);
  long long at = sign * (a[0] * b[1] - a[1] * b[0]);
  if (!(x > 0 || (x == 0 && y > 0))) at -= 1;
  return {x * grid, y * grid, at};
}

// The first index whose inclusive prefix sum exceeds a number.
__device__ int owner_of(const int* ends, int count, int number) {
  int low = 0, high = count - 1;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (ends[middle] > number)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

// One run of one triangle: counts its pixels, or writes a hit for each of them.
template <bool IS_COUNTING>
__device__ void walk_run(const long long* points, const double* inverse_depth, const int* triangles,
                         const int* mesh_of, int n_triangles, const int* boxes, const int* run_ends,
                         int grid, int width, int* counts, const int* hit_ends, double* depths,
                         int* codes, int* ranks) {
  const size_t number = thread_number();
  if (number >= (size_t)run_ends[n_triangles - 1]) return;
  const int n = owner_of(run_ends, n_triangles, (int)number);
  const int local = (int)number - (n ? run_ends[n - 1] : 0);
  const int* box = boxes + 4 * (size_t)n;
  const int per_row = (box[3] - box[2]) / RUN + 1;
  const int row = box[0] + local / per_row;
  const int left = box[2] + local % per_row * RUN, right = min(left + RUN - 1, box[3]);
  const int *corner = triangles + 3 * (size_t)n;
  const long long *a = points + 2 * (size_t)corner[0], *b = points + 2 * (size_t)corner[1],
                  *c = points + 2 * (size_t)corner[2];
  const long long area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  const int sign = area > 0 ? 1 : -1;
  const Edge bc = edge_of(b, c, sign, grid), ca = edge_of(c, a, sign, grid),
             ab = edge_of(a, b, sign, grid);
  double za = 0.0, zb = 0.0, zc = 0.0;
  if (!IS_COUNTING) {
    // 1 / depth is linear in the image; a vertex weighs by the edge function opposite to it.
    const double share = 1.0 / (double)(sign * area);
    za = inverse_depth[corner[0]] * share;
    zb = inverse_depth[corner[1]] * share;
    zc = inverse_depth[corner[2]] * share;
  }
  for (int column = left; column <= right; ++column) {
    const long long f = bc.at + bc.y * row + bc.x * column, g = ca.at + ca.y * row + ca.x * column,
                    h = ab.at + ab.y * row + ab.x * column;
    if ((f | g | h) < 0) continue;
    const size_t pixel = (size_t)row * width + column;
    if (IS_COUNTING) {
      atomicAdd(counts + pixel, 1);
    } else {
      const int left_over = atomicAdd(counts + pixel, -1);
      const size_t place = (size_t)(hit_ends[pixel] - left_over);
      depths[place] = 1.0 / ((double)f * za + (double)g * zb + (double)h * zc);
      codes[place] = sign * (mesh_of[n] + 1);
      ranks[place] = n;
    }
  }
}

extern "C" __global__ void count_hits(const long long* points, const int* triangles,
                                      int n_triangles, const int* boxes, const int* run_ends,
                                      int grid, int width, int* counts) {
  walk_run<true>(points, nullptr, triangles, nullptr, n_triangles, boxes, run_ends, grid, width,
                 counts, nullptr, nullptr, nullptr, nullptr);
}

// `counts` fall back to 0. Hits of one pixel come in any order, and are sorted later.
extern "C" __global__ void place_hits(const long long* points, const double* inverse_depth,
                                      const int* triangles, const int* mesh_of, int n_triangles,
                                      const int* boxes, const int* run_ends, int grid, int width,
                                      int* counts, const int* hit_ends, double* depths, int* codes,
                                      int* ranks) {
  walk_run<false>(points, inverse_depth, triangles, mesh_of, n_triangles, boxes, run_ends, grid,
                  width, counts, hit_ends, depths, codes, ranks);
}

// By depth; equal depths in the meshes' and triangles' order, whatever order they came in.
__device__ void sort_hits(double* depths, int* codes, int* ranks, int first, int last) {
  for (int n = first + 1; n < last; ++n) {
    const double depth = depths[n];
    const int code = codes[n], rank = ranks[n];
    int place = n;
    while (place > first &&
           (depths[place - 1] > depth ||
            (depths[place - 1] == depth && ranks[place - 1] > rank))) {
      depths[place] = depths[place - 1];
      codes[place] = codes[place - 1];
      ranks[place] = ranks[place - 1];
      --place;
    }
    depths[place] = depth;
    codes[place] = code;
    ranks[place] = rank;
  }
}

// One ray: what each mesh owns of it and its whole path [mm], the first metal, and the pieces
// inside any mesh, in mm of depth, from `pieces` [start of the pixel's hits] on. `entry_signs`, `priorities` (meshes); of the meshes that a ray
// is in at once the one of highest priority owns it. A mesh counts once however many of its own
// bodies overlap. `mm_from_pixel` (3, 3) gives the mm vector per mm of depth.
extern "C" __global__ void resolve_hits(const int* hit_ends, double* depths, int* codes, int* ranks,
                                        const int* entry_signs, const int* priorities, int n_meshes,
                                        const double* mm_from_pixel, int width, int height,
                                        float* owned, float* whole, float* first_mm,
                                        int* piece_counts, double* pieces) {
  const size_t pixel = thread_number(), pixels = (size_t)width * height;
  if (pixel >= pixels) return;
  const int start = pixel ? hit_ends[pixel - 1] : 0, stop = hit_ends[pixel];
  piece_counts[pixel] = 0;
  first_mm[pixel] = __int_as_float(0x7f800000);
  for (int mesh = 0; mesh < n_meshes; ++mesh)
    owned[mesh * pixels + pixel] = whole[mesh * pixels + pixel] = 0.0f;
  if (start == stop) return;
  sort_hits(depths, codes, ranks, start, stop);

  const int row = (int)(pixel / width), column = (int)(pixel % width);
  double squared = 0.0;
  for (int axis = 0; axis < 3; ++axis) {
    const double* along = mm_from_pixel + 3 * axis;
    const double mm = along[0] * column + along[1] * row + along[2];
    squared += mm * mm;
  }
  const double length = sqrt(squared);
  int nested[MOST_MESHES];
  double own[MOST_MESHES], full[MOST_MESHES];
  for (int mesh = 0; mesh < n_meshes; ++mesh) {
    nested[mesh] = 0;
    own[mesh] = full[mesh] = 0.0;
  }
  // What is left more often than entered holds the source.
  for (int hit = start; hit < stop; ++hit) {
    const int mesh = abs(codes[hit]) - 1;
    nested[mesh] += codes[hit] * entry_signs[mesh] > 0 ? -1 : 1;
  }
  for (int mesh = 0; mesh < n_meshes; ++mesh) nested[mesh] = max(nested[mesh], 0);

  double previous = 0.0, entered = -1.0;
  bool is_met = false;
  int found = 0;
  for (int hit = start; hit <= stop; ++hit) {
    const double at = hit < stop ? depths[hit] : previous;
    int owner = -1;
    for (int mesh = 0; mesh < n_meshes; ++mesh) {
      if (nested[mesh] <= 0) continue;
      full[mesh] += at - previous;
      if (owner < 0 || priorities[mesh] > priorities[owner]) owner = mesh;
    }
    if (owner >= 0) {
      own[owner] += at - previous;
      if (entered < 0.0) {
        entered = previous;
        if (!is_met) first_mm[pixel] = (float)(previous * length);
        is_met = true;
      }
    } else if (entered >= 0.0) {
      if (previous > entered) {
        pieces[2 * (size_t)(start + found)] = entered;
        pieces[2 * (size_t)(start + found) + 1] = previous;
        ++found;
      }
      entered = -1.0;
    }
    if (hit < stop) {
      const int mesh = abs(codes[hit]) - 1;
      nested[mesh] += codes[hit] * entry_signs[mesh] > 0 ? 1 : -1;
      previous = at;
    }
  }
  piece_counts[pixel] = found;
  for (int mesh = 0; mesh < n_meshes; ++mesh) {
    owned[mesh * pixels + pixel] = (float)(own[mesh] * length);
    whole[mesh * pixels + pixel] = (float)(full[mesh] * length);
  }
}
