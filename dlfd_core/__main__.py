"""``python -m dlfd_core``."""

import sys

from dlfd_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
