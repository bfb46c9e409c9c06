"""The only place that touches C: loading, errors, ownership, buffers, BIOs.

Modules above this package import ``ffi`` and ``lib`` from here and call C through the helpers, so
that no return code goes unchecked and no error is left in OpenSSL's queue.
"""

from tongsuo_py._binding.library import ffi, lib

__all__ = ["ffi", "lib"]
