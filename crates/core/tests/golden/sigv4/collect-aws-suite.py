#!/usr/bin/env python3
"""Gathers AWS's published signing suite into one file.

usage: collect-aws-suite.py FOLDER > aws-suite.json
FOLDER is `tests/aws-signing-test-suite/v4` of awslabs/aws-c-auth, or `aws-signing-test-suite/v4` of the crate
aws-sigv4 1.6.4; both are Apache-2.0.
"""
import json
import pathlib
import sys

suite = []
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    if not (folder / "context.json").exists():
        continue
    text = lambda name: (folder / name).read_text()
    suite.append({
        "name": folder.name,
        "context": json.loads(text("context.json")),
        "request": text("request.txt"),
        "canonical_request": text("header-canonical-request.txt"),
        "string_to_sign": text("header-string-to-sign.txt"),
        "signature": text("header-signature.txt"),
        "signed_request": text("header-signed-request.txt"),
    })
json.dump(suite, sys.stdout, ensure_ascii=False, indent=1)
print()
