"""One NVIDIA GPU through CuPy: memory, launches, copies, and its failures as our errors.

The only file that knows CuPy, which is imported when a device is first asked for. Nothing of
CuPy's own kernels is used, so that neither CUDA's headers nor its toolkit are needed, NVRTC alone.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.backends.base import BackendError, BackendLostError
from synthex_gui.physics.backends.cuda.source import OPTIONS, cuda_source

log = logging.getLogger(__name__)

# Threads of a block.
BLOCK = 128
# Open fields, blades, gains, weights and kernels of scatter that stay on the device.
KEPT = 24
# Arrays of the host whose pages stay locked.
MOST_LOCKED = 8
# Serves every driver from 525 on; NVRTC is what CuPy does not bring along.
INSTALL = 'python -m pip install "cupy-cuda12x>=14" "nvidia-cuda-nvrtc-cu12>=12.8"'
DRIVERS = "https://www.nvidia.com/drivers"
# CUDA's statuses (driver_types.h); from most of them a process does not recover.
NO_MEMORY, STUB_LIBRARY, OLD_DRIVER, NO_DEVICE, BAD_DEVICE = 2, 34, 35, 100, 101
NO_KERNEL_IMAGE, MISMATCH, INCOMPATIBLE = 209, 803, 804
STICKY = frozenset({46, 214, 219, 220, 226, *range(700, 703), 709, 710, *range(714, 720), 999})


def load_cupy() -> Any:
    """The module `cupy`; BackendError with what to install where it is missing or broken."""
    try:
        import cupy
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == "cupy"
        why = "CuPy is not installed" if missing else f"CuPy cannot be loaded ({_line(error)})"
        raise BackendError(f"CUDA: {why}; {INSTALL}") from error
    except Exception as error:
        # CuPy's import runs code of the CUDA libraries, which can fail in any way.
        raise BackendError(f"CUDA: CuPy cannot be loaded ({_line(error)}); {INSTALL}") from error
    return cupy


def device_count(cupy: Any) -> int:
    """GPUs that CUDA sees; BackendError where there is no driver, too old a one, or no GPU."""
    runtime = cupy.cuda.runtime
    try:
        count = int(runtime.getDeviceCount())
    except runtime.CUDARuntimeError as error:
        raise described(error, int(error.status), _driver_of(cupy)) from error
    if count == 0:
        raise BackendError("CUDA: the driver shows no NVIDIA GPU; check CUDA_VISIBLE_DEVICES")
    return count


def device_name(cupy: Any, number: int) -> str:
    """``NVIDIA H100, 80 GB``."""
    properties = cupy.cuda.runtime.getDeviceProperties(number)
    name = properties["name"]
    text = name.decode() if isinstance(name, bytes) else str(name)
    return f"{text}, {properties['totalGlobalMem'] / 1e9:.0f} GB"


def _driver_of(cupy: Any) -> int:
    """CUDA's version that the driver serves, 0 without a driver."""
    try:
        return int(cupy.cuda.runtime.driverGetVersion())
    except cupy.cuda.runtime.CUDARuntimeError:
        return 0


class CudaDevice:
    """A device of this process, with a stream and the compiled kernels.

    Raises BackendError for everything that keeps it from being used.
    """

    def __init__(self, number: int) -> None:
        self._cupy = load_cupy()
        count = device_count(self._cupy)
        if not 0 <= number < count:
            raise BackendError(f"CUDA: there is no device {number}; there are {count}, from 0 on")
        self.number = number
        self.name = device_name(self._cupy, number)
        self._device = self._cupy.cuda.Device(number)
        self._functions: dict[str, Any] = {}
        self._kept: OrderedDict[int, tuple[NDArray[Any], Any]] = OrderedDict()
        self._locked: OrderedDict[int, tuple[NDArray[Any], bool]] = OrderedDict()
        with self._described("use the device"), self._device:
            self._stream = self._cupy.cuda.Stream(non_blocking=True)
        with self.running("compile the kernels"):
            self._module = self._cupy.RawModule(code=cuda_source(), options=OPTIONS)
            # Compiled when a function is first asked for.
            self._function("run_totals")

    @contextmanager
    def running(self, what: str) -> Iterator[None]:
        """The device and a stream of its own are current inside; failures become BackendError,
        BackendLostError where this process cannot go on with the device.
        """
        with self._described(what), self._device, self._stream:
            yield

    @contextmanager
    def _described(self, what: str) -> Iterator[None]:
        cupy = self._cupy
        try:
            yield
        except MemoryError as error:
            with self._described("free memory"), self._device, self._stream:
                cupy.get_default_memory_pool().free_all_blocks()
            raise BackendError(
                f"CUDA: not enough memory on {self.name} to {what}; close other programs that use "
                "it, or choose the CPU"
            ) from error
        except (cupy.cuda.runtime.CUDARuntimeError, cupy.cuda.driver.CUDADriverError) as error:
            raise described(error, int(error.status), _driver_of(cupy), what) from error
        except cupy.cuda.compiler.CompileException as error:
            raise BackendError(f"CUDA: the kernels do not compile ({_line(error)})") from error
        except (ImportError, OSError, RuntimeError) as error:
            # What CuPy raises when NVRTC is not there differs between its versions.
            raise BackendError(f"CUDA: cannot {what} ({_line(error)}); {INSTALL}") from error

    def _function(self, name: str) -> Any:
        if name not in self._functions:
            self._functions[name] = self._module.get_function(name)
        return self._functions[name]

    def launch(self, name: str, threads: int, arguments: Sequence[Any]) -> None:
        """Run a kernel for at least that many threads; scalars must be NumPy's, of its types."""
        if threads > 0:
            self._function(name)((-(-threads // BLOCK),), (BLOCK,), tuple(arguments))

    def empty(self, shape: tuple[int, ...] | int, dtype: type[np.generic] | np.dtype[Any]) -> Any:
        """Memory of the device, not set."""
        return self._cupy.empty(shape, dtype)

    def zeros(self, shape: tuple[int, ...] | int, dtype: type[np.generic] | np.dtype[Any]) -> Any:
        """Memory of the device, all 0."""
        return self._cupy.zeros(shape, dtype)

    def upload(self, values: NDArray[Any]) -> Any:
        """A copy on the device."""
        array = self._cupy.empty(values.shape, values.dtype)
        if values.size:
            array.set(np.ascontiguousarray(values))
        return array

    def keep(self, array: NDArray[Any]) -> Any:
        """A copy on the device, the same one for the same object; the latest are kept."""
        # The object is held, so that its id stays its own.
        found = self._kept.pop(id(array), None)
        if found is None:
            found = array, self.upload(array)
        self._kept[id(array)] = found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found[1]

    def download(self, array: Any) -> NDArray[Any]:
        """A copy in page-locked memory of the host, the fastest way across; waits for it."""
        if array.size == 0:
            return np.empty(array.shape, array.dtype)
        memory = self._cupy.cuda.alloc_pinned_memory(array.nbytes)
        host = np.frombuffer(memory, array.dtype, array.size).reshape(array.shape)
        array.get(out=host)
        return host

    def copy_out(self, array: Any, into: NDArray[Any] | None = None) -> NDArray[Any]:
        """A copy at the head of `into` (n,), else in page-locked memory; there after `finish`."""
        if array.size == 0:
            return np.empty(array.shape, array.dtype)
        if into is None:
            memory = self._cupy.cuda.alloc_pinned_memory(array.nbytes)
            into = np.frombuffer(memory, array.dtype, array.size)
        host = into[: array.size].reshape(array.shape)
        array.get(out=host, blocking=False)
        return host

    def finish(self) -> None:
        """Wait for everything that was asked for."""
        self._stream.synchronize()

    def lock_pages(self, array: NDArray[Any]) -> None:
        """Let the device write to this memory of the host by itself; where the system refuses,
        copies go through memory of CUDA's own, which takes longer.
        """
        # The array is held, so that its memory is not given back while it is locked.
        address = array.ctypes.data
        if address in self._locked:
            self._locked.move_to_end(address)
            return
        runtime = self._cupy.cuda.runtime
        is_locked = True
        try:
            runtime.hostRegister(address, array.nbytes, 0)
        except runtime.CUDARuntimeError as error:
            is_locked = False
            log.info("memory that is shared with the GPU cannot be locked: %s", _line(error))
        self._locked[address] = (array, is_locked)
        while len(self._locked) > MOST_LOCKED:
            self._unlock(self._locked.popitem(last=False))

    def _unlock(self, item: tuple[int, tuple[NDArray[Any], bool]]) -> None:
        address, (_, is_locked) = item
        if is_locked:
            self._cupy.cuda.runtime.hostUnregister(address)

    def free_bytes(self) -> int:
        """What the device's memory has left for everybody."""
        return int(self._device.mem_info[0])

    def close(self) -> None:
        """Give unused memory back."""
        self._kept.clear()
        with self.running("free its memory"):
            while self._locked:
                self._unlock(self._locked.popitem())
            self._cupy.get_default_memory_pool().free_all_blocks()


def described(
    error: Exception, status: int, driver: int, what: str = "use the device"
) -> BackendError:
    """What a status of CUDA means for the user; BackendLostError for the sticky ones."""
    if status in (STUB_LIBRARY, OLD_DRIVER) and driver == 0:
        return BackendError(f"CUDA: there is no NVIDIA driver here; install it: {DRIVERS}")
    if status in (STUB_LIBRARY, OLD_DRIVER, MISMATCH, INCOMPATIBLE):
        served = f"{driver // 1000}.{driver % 1000 // 10}"
        return BackendError(
            f"CUDA: the NVIDIA driver is too old for CuPy (it serves CUDA {served}); "
            f"update it: {DRIVERS}"
        )
    if status in (NO_DEVICE, BAD_DEVICE):
        return BackendError("CUDA: the driver shows no NVIDIA GPU; check CUDA_VISIBLE_DEVICES")
    if status == NO_MEMORY:
        return BackendError(f"CUDA: not enough memory on the device to {what}; or choose the CPU")
    if status == NO_KERNEL_IMAGE:
        return BackendError(
            f"CUDA: this GPU is of a generation that CuPy does not serve; {INSTALL}"
        )
    if status in STICKY:
        return BackendLostError(
            f"CUDA: the device was lost while it was to {what} ({_line(error)})"
        )
    return BackendError(f"CUDA: cannot {what} ({_line(error)})")


def _line(error: BaseException) -> str:
    """The first line of an error's text, not too long for a status bar."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return (text or type(error).__name__)[:160]
