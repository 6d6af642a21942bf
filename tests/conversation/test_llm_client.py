"""The client against a real server that answers well, badly, slowly, not at all, or is not what it says."""

from __future__ import annotations

import datetime
import gc
import ipaddress
import json
import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from carebot.benchmarks.llm_server import MODEL, Answer, Fault, LlmServer, llm_server
from carebot.conversation.leash.client import ChatClient
from carebot.conversation.leash.events import End, Event, Failure, ToolCall, Words
from carebot.conversation.leash.settings import ModelSettings
from carebot.conversation.leash.tools import Routine, tool_list
from carebot.errors import ConfigError

ASKED = [{"role": "user", "content": "hello"}]
KEY = "sk-very-secret-1234"
LONG_S = 20.0


def settings(server: LlmServer | str, **values: object) -> ModelSettings:
    url = server if isinstance(server, str) else server.url
    return ModelSettings.model_validate({"url": url, "model": MODEL, **values})


def events_of(used: ModelSettings, wait_s: float = LONG_S, tools: Sequence[Routine] | None = None) -> list[Event]:
    """All events of one question; each is waited for at most `wait_s`."""
    with ChatClient(used) as client:
        request = client.ask(ASKED, [] if tools is None else tool_list(tools))
        try:
            return list(_until_end(request.next_event, wait_s))
        finally:
            request.close()


def _until_end(next_event: object, wait_s: float) -> Iterator[Event]:
    while True:
        event = next_event(wait_s)  # type: ignore[operator]
        yield event
        if isinstance(event, (End, Failure)):
            return


def failure_of(answer: Answer, wait_s: float = LONG_S) -> str:
    with llm_server(lambda _: answer) as server:
        last = events_of(settings(server), wait_s)[-1]
    assert isinstance(last, Failure), last
    assert last.sentence.endswith(".")
    return last.kind


def test_text_comes_in_pieces_and_then_the_tools() -> None:
    answer = Answer(
        text=("Bon", "jour. Ça ", "va ?"), calls=(("remind", '{"what": "thé", "at": "15:00"}'), ("say", "{}"))
    )
    with llm_server(lambda _: answer) as server:
        events = events_of(settings(server))
    assert events == [
        *(Words(piece) for piece in answer.text),
        ToolCall("remind", '{"what": "thé", "at": "15:00"}'),
        ToolCall("say", "{}"),
        End(),
    ]


def test_what_is_sent() -> None:
    with llm_server(lambda _: Answer(text=("Hello.",))) as server:
        events_of(settings(server, most_tokens=50, temperature=0.5), tools=[Routine("tea")])
        (body,) = server.requests
    assert body["messages"] == ASKED
    assert (body["stream"], body["max_tokens"], body["temperature"], body["tool_choice"]) == (True, 50, 0.5, "auto")
    assert "start_routine" in [tool["function"]["name"] for tool in body["tools"]]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(status=500), "refused"),
        (Answer(status=429), "refused"),
        (Answer(status=400), "refused"),
        (Answer(status=404), "refused"),
        (Answer(status=204), "refused"),
        (Answer(status=302, location="http://127.0.0.1:1/v1"), "redirected"),
        (Answer(status=308, location="https://elsewhere.example/v1"), "redirected"),
        (Answer(text=("Hello",), fault="cut"), "cut"),
        (Answer(text=("Hello",), fault="reset"), "cut"),
        (Answer(text=("Hello",), fault="no_end"), "cut"),
        (Answer(fault="garbage"), "garbage"),
        (Answer(fault="wrong_json"), "garbage"),
        (Answer(fault="not_utf8"), "garbage"),
        (Answer(fault="huge"), "too_long"),
    ],
)
def test_every_failure_is_a_value(answer: Answer, kind: str) -> None:
    assert failure_of(answer) == kind


@pytest.mark.parametrize("fault", ["hangs", "trickles", "endless"])
def test_a_server_that_says_nothing_is_waited_for_as_long_as_was_said(fault: Fault) -> None:
    assert failure_of(Answer(fault=fault), wait_s=0.2) == "slow"


def test_nobody_at_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    (failure,) = events_of(settings(f"http://127.0.0.1:{port}/v1"))
    assert isinstance(failure, Failure)
    assert (failure.kind, str(port) in failure.sentence) == ("unreachable", True)


@pytest.mark.parametrize(
    "reply", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 100, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 99_999]
)
def test_a_server_of_another_kind(reply: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_answer_once, args=(listening, reply), daemon=True).start()
        (failure,) = events_of(settings(f"http://127.0.0.1:{listening.getsockname()[1]}/v1"))
    assert isinstance(failure, Failure)
    assert failure.kind == "cut"


def _answer_once(listening: socket.socket, reply: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(100_000)
        try:
            connection.sendall(reply)
        except OSError:
            return


def test_an_answer_that_is_compressed_unasked_is_not_unpacked() -> None:
    body = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_answer_once, args=(listening, body), daemon=True).start()
        (failure,) = events_of(settings(f"http://127.0.0.1:{listening.getsockname()[1]}/v1"))
    assert isinstance(failure, Failure)
    assert failure.kind == "garbage"


def test_an_answer_can_be_called_off_from_another_thread() -> None:
    with llm_server(lambda _: Answer(fault="hangs")) as server, ChatClient(settings(server)) as client:
        request = client.ask(ASKED, [])
        threading.Timer(0.05, request.interrupt).start()
        event = request.next_event(LONG_S)
        request.close()
    assert isinstance(event, Failure)
    assert event.kind == "interrupted"


def test_a_closed_client_answers_with_a_failure_and_leaves_no_thread() -> None:
    client = ChatClient(settings("http://127.0.0.1:9/v1"))
    client.close()
    client.close()
    assert isinstance(client.ask(ASKED, []).next_event(LONG_S), Failure)
    assert not any(thread.name == "language-model" for thread in threading.enumerate())


def test_a_client_closed_right_after_an_answer_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "asyncio")
    with llm_server(lambda _: Answer(text=("Hello.",))) as server:
        for _ in range(100):
            assert events_of(settings(server))[-1] == End()
    gc.collect()
    assert not caplog.messages


def test_one_client_asks_again_after_a_failure() -> None:
    answers = iter([Answer(fault="hangs"), Answer(text=("Hello.",))])
    with llm_server(lambda _: next(answers)) as server, ChatClient(settings(server)) as client:
        first = client.ask(ASKED, [])
        assert isinstance(first.next_event(0.1), Failure)
        first.close()
        assert client.ask(ASKED, []).next_event(LONG_S) == Words("Hello.")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate for 127.0.0.1 that only its own key has signed, and that key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.datetime(2020, 1, 1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = (folder / "certificate.pem", folder / "key.pem")
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths[1].write_bytes(key.private_bytes(*form))
    return str(paths[0]), str(paths[1])


def test_a_certificate_that_nobody_vouches_for_is_not_trusted_until_the_operator_names_it(
    certificate: tuple[str, str],
) -> None:
    with llm_server(lambda _: Answer(text=("Hello.",)), certificate=certificate) as server:
        (failure,) = events_of(settings(server))
        assert isinstance(failure, Failure)
        assert failure.kind == "untrusted"
        assert server.requests == []
        assert events_of(settings(server, ca_file=certificate[0])) == [Words("Hello."), End()]


def test_a_key_reaches_the_server_and_nothing_else(
    certificate: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "key").write_text(f"{KEY}\n")
    with llm_server(lambda _: Answer(text=("Hello.",)), key=KEY, certificate=certificate) as server:
        refused = events_of(settings(server, ca_file=certificate[0]))
        from_file = events_of(settings(server, ca_file=certificate[0], key_file=tmp_path / "key"))
        monkeypatch.setenv("CAREBOT_LLM_KEY", KEY)
        used = settings(server, ca_file=certificate[0])
        from_environment = events_of(used)
        assert server.keys == [f"Bearer {KEY}"] * 2
    assert isinstance(refused[0], Failure)
    assert from_file == from_environment == [Words("Hello."), End()]
    for said in (caplog.text, repr(used), used.model_dump_json(), repr(used.key()), repr(refused)):
        assert KEY not in said


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8080",
        "ftp://host/v1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "https://user:password@host/v1",
        "http://host/v1?key=1",
        "http://host/v1#x",
        "http://host:port/v1",
        "http://ho st/v1",
        "http://host/\r\nX: y",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        settings(url)


@pytest.mark.parametrize("ending", ["", "/", "/chat/completions"])
def test_the_base_address_is_taken_in_all_its_forms(ending: str) -> None:
    assert settings(f"http://host:1/v1{ending}").completions_url == "http://host:1/v1/chat/completions"


def test_a_key_never_travels_in_clear_text_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREBOT_LLM_KEY", KEY)
    with pytest.raises(ConfigError, match="clear text"):
        ChatClient(settings("http://192.0.2.1/v1"))
    ChatClient(settings("http://localhost:1/v1")).close()


@pytest.mark.parametrize("content", [b"two words", b"\xff\xfe", "キー".encode()])
def test_a_key_file_that_holds_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(ConfigError):
        settings("https://host/v1", key_file=tmp_path / "key").key()
    with pytest.raises(ConfigError, match="nowhere"):
        settings("https://host/v1", key_file=tmp_path / "nowhere").key()
    with pytest.raises(ConfigError, match="PEM"):
        ChatClient(settings("https://host/v1", ca_file=tmp_path / "key"))


@pytest.mark.parametrize(
    "wrong", [{"first_sentence_s": 0}, {"answer_s": 3.9}, {"most_tokens": 1}, {"model": ""}, {"unknown": 1}]
)
def test_settings_have_limits(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        settings("http://host/v1", **wrong)


def test_the_environments_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with llm_server(lambda _: Answer(text=("Hello.",))) as server:
        assert events_of(settings(server))[-1] == End()


def test_a_server_that_does_not_stream() -> None:
    """It sends one whole completion, as JSON."""
    call = {"id": "c", "type": "function", "function": {"name": "say", "arguments": "{}"}}
    message = {"role": "assistant", "content": "Hello.", "tool_calls": [call, call]}
    body = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_answer_once, args=(listening, head + body), daemon=True).start()
        events = events_of(settings(f"http://127.0.0.1:{listening.getsockname()[1]}/v1"))
    assert events == [Words("Hello."), ToolCall("say", "{}"), ToolCall("say", "{}"), End()]


class TestTheServerKeepsTheContract:
    """The scripted server, seen by OpenAI's own client."""

    def test_streams_and_whole_answers(self) -> None:
        openai = pytest.importorskip("openai")
        answer = Answer(text=("Hel", "lo."), calls=(("remind", '{"what": "tea"}'),))
        with llm_server(lambda _: answer, key=KEY) as server, openai.OpenAI(base_url=server.url, api_key=KEY) as client:
            whole = client.chat.completions.create(model=MODEL, messages=ASKED).choices[0]
            stream = client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
            deltas = [chunk.choices[0].delta for chunk in stream]
            assert [model.id for model in client.models.list()] == [MODEL]
        assert (whole.message.content, whole.finish_reason) == ("Hello.", "tool_calls")
        assert whole.message.tool_calls[0].function.arguments == '{"what": "tea"}'
        assert "".join(delta.content or "" for delta in deltas) == "Hello."
        parts = [call for delta in deltas for call in delta.tool_calls or []]
        assert parts[0].function.name == "remind"
        assert "".join(part.function.arguments for part in parts) == '{"what": "tea"}'

    def test_errors(self) -> None:
        openai = pytest.importorskip("openai")
        with (
            llm_server(lambda _: Answer(status=500), key=KEY) as server,
            openai.OpenAI(base_url=server.url, api_key="no", max_retries=0) as stranger,
            openai.OpenAI(base_url=server.url, api_key=KEY, max_retries=0) as client,
        ):
            with pytest.raises(openai.AuthenticationError):
                stranger.chat.completions.create(model=MODEL, messages=ASKED)
            with pytest.raises(openai.NotFoundError, match="other"):
                client.chat.completions.create(model="other", messages=ASKED)
            with pytest.raises(openai.BadRequestError, match="messages"):
                client.chat.completions.create(model=MODEL, messages=[])
            with pytest.raises(openai.InternalServerError):
                client.chat.completions.create(model=MODEL, messages=ASKED)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{}",
            b'{"model": "scripted"}',
            b'{"model": "scripted", "messages": [{"role": "boss", "content": ""}]}',
            b'{"model": "scripted", "messages": [{"role": "user", "content": 7}]}',
            b'{"model": "scripted", "messages": [{"role": "user", "content": ""}], "tools": [{"type": "x"}]}',
        ],
    )
    def test_wrong_requests(self, body: bytes) -> None:
        with llm_server(lambda _: Answer()) as server:
            answer = httpx.post(f"{server.url}/chat/completions", content=body, trust_env=False)
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"
