"""`python -m geo`; see `geo.cli`."""

import sys

try:
    from geo.cli import main
except KeyboardInterrupt:
    print("geo: stopped before it began.", file=sys.stderr)
    sys.exit(130)

sys.exit(main())
