#!/usr/bin/env python3
"""Signs Bedrock requests with botocore, the reference that sigv4 is compared with.

usage: pip install botocore==1.44.8; generate-bedrock.py > bedrock.json
"""
import itertools
import json
import sys
from datetime import datetime, timedelta, timezone
from unittest import mock
from urllib.parse import quote

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

MODELS = [
    "anthropic.claude-opus-5-5",
    "anthropic.claude-opus-4-6-v1",
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "global.anthropic.claude-haiku-4-5-20251001-v1:0",
    "us.anthropic.claude-sonnet-4-20250514-v1:0",
    "us-gov.anthropic.claude-sonnet-5-5",
    "anthropic.claude-3-5-sonnet-20241022-v2:0:200k",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-1-20250805-v1:0",
    "arn:aws:bedrock:eu-west-3:123456789012:application-inference-profile/a1b2c3d4e5f6",
    "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:provisioned-model/x0y1_z2.3~4",
]
REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2", "us-gov-west-1"]
PATHS = ["invoke", "invoke-with-response-stream", "count-tokens"]
BODIES = [
    '{"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"messages":[{"role":"user","content":"hi"}]}',
    '{"max_tokens":1,"messages":[{"role":"user","content":"Grüße, 世界 🌍\\u0000"}],"anthropic_version":"bedrock-2023-05-31"}',
    "",
]
KEYS = [
    ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None),
    ("ASIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22w+/=="),
]
START = datetime(2026, 2, 28, 23, 59, 59, tzinfo=timezone.utc)


def signed(number, model, region, operation, raw_colons):
    key_id, secret, session = KEYS[number // 2 % len(KEYS)]
    body = BODIES[number % len(BODIES)]
    # Some clients leave the colons as they are; both are accepted, and each is signed as it is sent.
    path = f"/model/{quote(model, safe=':' if raw_colons else '')}/{operation}"
    host = f"bedrock-runtime.{region}.amazonaws.com"
    now = START + timedelta(hours=7 * number, seconds=13 * number)
    request = AWSRequest(
        method="POST", url=f"https://{host}{path}", data=body.encode(), headers={"content-type": "application/json"}
    )
    auth = botocore.auth.SigV4Auth(Credentials(key_id, secret, session), "bedrock", region)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: now.replace(tzinfo=None)):
        auth.add_auth(request)
    return {
        "host": host,
        "path": path,
        "region": region,
        "body": body,
        "now": int(now.timestamp()),
        "key_id": key_id,
        "secret": secret,
        "session": session,
        "authorization": request.headers["Authorization"],
    }


cases = itertools.product(MODELS, REGIONS, PATHS, [False, True])
golden = [signed(number, *case) for number, case in enumerate(cases)]
sys.stdout.write("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in golden) + "\n]\n")
