"""A stand-in for CuPy: arrays in host memory, kernels compiled as C++, faults on demand.

It has what the CUDA backend uses and nothing else, so that the backend's whole Python path runs
where there is no GPU. What it offers was compared with CuPy 14.2.
"""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

import numpy as np
from cuda_on_cpu import Kernels, kernels


class CUDARuntimeError(RuntimeError):
    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(text or f"cudaError {status}")
        self.status = status


class CUDADriverError(RuntimeError):
    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(text or f"CUDA_ERROR {status}")
        self.status = status


class OutOfMemoryError(MemoryError):
    pass


class CompileException(Exception):
    pass


class Array:
    """Device memory: NumPy never sees it by accident."""

    def __init__(self, cupy: FakeCupy, values: np.ndarray, owner: Array | None = None) -> None:
        self.cupy, self.values, self.owner = cupy, values, owner
        self.dtype, self.shape, self.size, self.nbytes = (
            values.dtype,
            values.shape,
            values.size,
            values.nbytes,
        )

    def __del__(self) -> None:
        if self.owner is None:
            self.cupy.used -= self.nbytes

    def __array__(self, *_: object, **__: object) -> np.ndarray:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __getitem__(self, key: object) -> Array:
        part = self.values[key]
        assert part.base is not None
        return Array(self.cupy, part, self)

    def __len__(self) -> int:
        return len(self.values)

    def reshape(self, *shape: int) -> Array:
        return Array(self.cupy, self.values.reshape(*shape), self)

    def get(
        self,
        stream: object = None,
        order: str = "C",
        out: np.ndarray | None = None,
        blocking: bool = True,
    ) -> object:
        self.cupy.step("get")
        if out is None:
            return self.values.copy()
        assert isinstance(out, np.ndarray)
        assert out.dtype == self.dtype
        assert out.shape == self.shape
        assert out.flags.c_contiguous
        if blocking:
            out[...] = self.values
        else:
            # Not there before the stream has been waited for.
            self.cupy.under_way.append((out, self.values.copy()))
        return out

    def set(self, values: np.ndarray, stream: object = None) -> None:
        self.cupy.step("set")
        assert isinstance(values, np.ndarray)
        assert values.dtype == self.dtype
        assert values.shape == self.shape
        assert values.flags.c_contiguous
        self.values[...] = values


class _Context:
    def __init__(self, cupy: FakeCupy, name: str) -> None:
        self.cupy, self.context_name = cupy, name

    def __enter__(self) -> _Context:
        self.cupy.inside.append(self.context_name)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.cupy.inside.pop() == self.context_name


class FakeCupy(ModuleType):
    """`sys.modules["cupy"]`. `devices` of `memory` bytes each; `faults` maps the number of a device
    call, counted from 1, to the exception that it raises.
    """

    __version__ = "14.2.0"

    def __init__(self, devices: int = 1, memory: int = 8 << 30, driver: int = 12080) -> None:
        super().__init__("cupy")
        self.memory, self.used, self.calls = memory, 0, 0
        self.driver, self.count = driver, devices
        self.faults: dict[int, Exception] = {}
        self.sticky: Exception | None = None
        self.inside: list[str] = []
        self.launched: list[str] = []
        self.under_way: list[tuple[np.ndarray, np.ndarray]] = []
        self.locked: dict[int, int] = {}
        self.refuses_to_lock = False
        self.kernels: Kernels = kernels()
        cupy = self

        class Device(_Context):
            def __init__(self, number: int) -> None:
                super().__init__(cupy, f"device {number}")
                self.id = number

            @property
            def mem_info(self) -> tuple[int, int]:
                return cupy.memory - cupy.used, cupy.memory

        class Stream(_Context):
            def __init__(self, non_blocking: bool = False) -> None:
                assert non_blocking
                super().__init__(cupy, "stream")

            def synchronize(self) -> None:
                cupy.step("synchronize")
                for out, values in cupy.under_way:
                    out[...] = values
                cupy.under_way.clear()

        class RawModule:
            def __init__(self, *, code: str, options: tuple[str, ...]) -> None:
                assert all(isinstance(option, str) for option in options)
                assert "__global__" in code
                cupy.step("compile")

            def get_function(self, name: str) -> object:
                cupy.kernels.words(name)

                def run(grid: tuple, block: tuple, arguments: tuple) -> None:
                    cupy.step(name)
                    cupy.launched.append(name)
                    plain = [a.values if isinstance(a, Array) else a for a in arguments]
                    cupy.kernels.launch(name, grid, block, tuple(plain))

                return run

        runtime = SimpleNamespace(
            CUDARuntimeError=CUDARuntimeError,
            getDeviceCount=self._count,
            driverGetVersion=lambda: cupy.driver,
            runtimeGetVersion=lambda: 12080,
            hostRegister=self._lock,
            hostUnregister=self._unlock,
            getDeviceProperties=lambda n: {
                "name": b"Imaginary GPU",
                "totalGlobalMem": cupy.memory,
                "major": 9,
                "minor": 0,
            },
        )
        self.cuda = SimpleNamespace(
            Device=Device,
            Stream=Stream,
            runtime=runtime,
            driver=SimpleNamespace(CUDADriverError=CUDADriverError),
            memory=SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
            compiler=SimpleNamespace(CompileException=CompileException),
            alloc_pinned_memory=bytearray,
        )
        self.RawModule = RawModule

    def _count(self) -> int:
        if self.driver == 0:
            raise CUDARuntimeError(35, "cudaErrorInsufficientDriver")
        if self.count == 0:
            raise CUDARuntimeError(100, "cudaErrorNoDevice")
        return self.count

    def _lock(self, address: int, size: int, flags: int) -> None:
        self.step("lock")
        assert flags == 0
        # CUDA refuses pages that are locked already.
        assert all(address + size <= a or a + n <= address for a, n in self.locked.items())
        if self.refuses_to_lock:
            raise CUDARuntimeError(801, "cudaErrorNotSupported")
        self.locked[address] = size

    def _unlock(self, address: int) -> None:
        self.step("unlock")
        del self.locked[address]

    def step(self, name: str) -> None:
        """One call to the device; raises the fault that is due."""
        self.calls += 1
        if self.sticky is not None:
            raise self.sticky
        fault = self.faults.pop(self.calls, None)
        if isinstance(fault, CUDARuntimeError) and fault.status >= 700:
            self.sticky = fault
        if fault is not None:
            raise fault
        assert self.inside[-2:] == [self.inside[-2], "stream"], f"{name} outside of device, stream"

    def _take(self, size: int) -> None:
        self.step("allocate")
        if self.used + size > self.memory:
            raise OutOfMemoryError(f"Out of memory allocating {size:,} bytes")
        self.used += size

    def empty(self, shape: object, dtype: object) -> Array:
        made = np.empty(shape, dtype)
        self._take(made.nbytes)
        # What a program must not read before it has been written.
        made.reshape(-1).view(np.uint8)[...] = 0xCD
        return Array(self, made)

    def zeros(self, shape: object, dtype: object) -> Array:
        made = np.zeros(shape, dtype)
        self._take(made.nbytes)
        return Array(self, made)

    def get_default_memory_pool(self) -> SimpleNamespace:
        return SimpleNamespace(free_all_blocks=lambda: self.step("free"))
