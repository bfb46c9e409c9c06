"""gmssl-python: GmSSL's shared library through ctypes."""

import gmssl

from tongsuo_py.benchmark.others.ctypes_gmssl import Adapter

ADAPTER = Adapter(gmssl)
