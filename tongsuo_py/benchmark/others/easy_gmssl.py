"""easy_gmssl: by the classes that its own ones wrap; those read a key from a file each time."""

from easy_gmssl import gmssl

from tongsuo_py.benchmark.others.ctypes_gmssl import Adapter

ADAPTER = Adapter(gmssl)
