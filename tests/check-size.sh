#!/bin/sh
# Functions and files stay small (tools/size.py).
exec /usr/bin/python3 "$(dirname "$0")/../tools/size.py"
