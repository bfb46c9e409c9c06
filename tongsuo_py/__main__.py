"""``python -m tongsuo_py``: the same as the command ``tongsuo-py``."""

import sys

from tongsuo_py.cli import main

if __name__ == "__main__":
    sys.exit(main())
