"""One streamed call with each vendor's Python SDK: `sdk.py URL TOKEN MODEL`. Fails if a stream does not bring the mock's words."""

import sys

from anthropic import Anthropic
from google import genai
from google.genai import types
from openai import OpenAI

URL, TOKEN, MODEL = sys.argv[1:]
ASKED = "Say a-word-to-come-back."


def messages():
    client = Anthropic(api_key=TOKEN, base_url=URL + "/anthropic", max_retries=0)
    asked = [{"role": "user", "content": ASKED}]
    with client.messages.stream(model=MODEL, max_tokens=64, messages=asked) as stream:
        text = "".join(stream.text_stream)
        assert stream.get_final_message().stop_reason == "end_turn"
    return text


def chat():
    client = OpenAI(api_key=TOKEN, base_url=URL + "/openai/v1", max_retries=0)
    stream = client.chat.completions.create(model=MODEL, stream=True, messages=[{"role": "user", "content": ASKED}])
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


def responses():
    client = OpenAI(api_key=TOKEN, base_url=URL + "/openai/v1", max_retries=0)
    with client.responses.stream(model=MODEL, input=ASKED) as stream:
        for _ in stream:
            pass
        final = stream.get_final_response()
    assert final.status == "completed"
    return final.output_text


def gemini():
    client = genai.Client(api_key=TOKEN, http_options=types.HttpOptions(base_url=URL + "/gemini"))
    stream = client.models.generate_content_stream(model=MODEL, contents=ASKED)
    return "".join(chunk.text or "" for chunk in stream)


for call in (messages, chat, responses, gemini):
    said = call()
    assert said.startswith("mock: ") and "a-word-to-come-back" in said, f"{call.__name__}: {said!r}"
    print(call.__name__)
