#!/bin/sh
# The phantom maker itself, checked by pydicom and other decoders: what all other tests stand on.
# shellcheck source=tests/lib.sh
. tests/lib.sh

[ -x "$TESTBIN/mkseries" ] || need "$TESTBIN/mkseries"
MKSERIES=$TESTBIN/mkseries "$PYTHON" tests/mkseries_selfcheck.py
