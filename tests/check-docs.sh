#!/bin/sh
# The manual and the tests know every command, option, error, route and metric of the build.
exec /usr/bin/python3 "$(dirname "$0")/check_docs.py"
