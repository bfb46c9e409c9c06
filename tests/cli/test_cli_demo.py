"""tongsuo-py demo: what it shows, and that it would notice if anything of it were not so."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import (
    ESCAPE,
    PATIENCE,
    ended,
    environment,
    on_a_terminal,
    one_line,
    processes_with,
    run,
    start,
    wait_until,
)

from tongsuo_py.cli.demonstration import attacks, regular
from tongsuo_py.cli.demonstration.proxy import Proxy, flip_a_bit
from tongsuo_py.cli.demonstration.stage import Stage
from tongsuo_py.cli.demonstration.world import World, made_in
from tongsuo_py.cli.output import Printer, cells

SUITE = "ECDHE-SM2-SM4-GCM-SM3"
STEPS = [
    "1. Negotiate the protocol",
    "2. Prepare the environment: verification, certificates, keys",
    "3. Bind the session to a TCP socket",
    "4. Handshake",
    "5. Encrypted transfer",
    "6. Release everything",
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(place: Path) -> subprocess.CompletedProcess[bytes]:
    """One run, its temporary files in ``place``."""
    return run("demo", TMPDIR=str(place))


@pytest.fixture(scope="module")
def shown(demo: subprocess.CompletedProcess[bytes]) -> str:
    return demo.stdout.decode()


def after(text: str, *parts: str) -> None:
    """The parts occur in this order, each after the one before."""
    position = 0
    for part in parts:
        found = text.find(part, position)
        assert found >= 0, f"{part!r} is missing after {text[:position][-200:]!r}"
        position = found + len(part)


def session_of(shown: str) -> str:
    return shown[: shown.index("Attack 1")]


def test_all_of_it_is_good(demo: subprocess.CompletedProcess[bytes]) -> None:
    assert (demo.returncode, demo.stderr) == (0, b"")


def test_six_steps_in_their_order(shown: str) -> None:
    after(shown, *(f"\n{step}\n" for step in STEPS), "\nAttack 1: ", "\nAttack 2: ", "\nAttack 3: ")


def test_step_2_chooses_verification_loads_certificates_and_checks_keys(shown: str) -> None:
    part = shown[shown.index(STEPS[1]) : shown.index(STEPS[2])]
    for side in ("server", "client"):
        lines = "\n".join(line for line in part.splitlines() if line.startswith(f"  {side}"))
        after(
            lines,
            "certificates must come from CN=TLCP Demo Root CA",
            "our signing certificate",
            "our encryption certificate",
            "each private key belongs to its certificate",
        )


def test_the_servers_side(shown: str) -> None:
    after(
        session_of(shown),
        "server   │ socket      created",
        "server   │ bound       127.0.0.1:",
        "server   │ listening   for clients on 127.0.0.1:",
        "server   │ client      connected from 127.0.0.1:",
        'server   │ received    33 bytes  "meter-0001: 42.70 kWh at 230.1 V"',
        "server   │ released",
    )


def test_the_clients_side(shown: str) -> None:
    part = session_of(shown)
    after(
        part,
        "client   │ connected   to 127.0.0.1:",
        f"client   │ handshake   done: TLCP 1.1, {SUITE}, 128 bits",
        "client   │ certificate the server's signing certificate, verified",
        "subject  CN=localhost,OU=platform",
        "issuer   CN=TLCP Demo Root CA",
        "client   │ certificate the server's encryption certificate, verified",
        "subject  CN=localhost,OU=platform",
        "issuer   CN=TLCP Demo Root CA",
        'client   │ sent        37 bytes  "电表 0001:四十二点七千瓦时"',
        "client   │ total       sent      66 messages, 1,048,646 bytes",
        "client   │             received  66 messages, 1,048,646 bytes",
        "client   │ ended       close_notify sent and received",
        "client   │ released",
    )


def test_cause_comes_before_effect(shown: str) -> None:
    after(
        session_of(shown),
        "client   │ sent        33 bytes",
        "server   │ received    33 bytes",
        "server   │ sent        33 bytes",
        "client   │ received    33 bytes",
    )


def test_three_attacks_are_refused(shown: str) -> None:
    after(
        shown,
        "the server's certificate is refused: it was not issued by a CA that is trusted here",
        "✓ the client sent nothing and received nothing",
        "attacker │ record      before  17 01 01",
        "a record was altered on the way (bad record mac)",
        "✓ the server delivered the first message, and of the altered one nothing",
        "key values mismatch: the private key impostor/sign.key is not that of the certificate",
        "✓ no socket was opened",
    )
    result = shown[shown.index("\nResult\n") :]
    assert result.count("✓") == 4
    assert "✗" not in shown


def test_no_key_is_shown(shown: str) -> None:
    assert "PRIVATE KEY" not in shown


def test_plain_text_where_there_is_no_terminal(shown: str) -> None:
    assert "\x1b" not in shown


def test_nothing_is_left_behind(place: Path, shown: str) -> None:
    name = re.search(rf"They are in ({re.escape(str(place))}/\S+)\.", shown)
    assert name is not None
    assert list(place.iterdir()) == []
    assert processes_with(name[1]) == []


def test_on_a_terminal_it_is_coloured_and_fits(place: Path) -> None:
    code, text = on_a_terminal(["demo", "--suite", "ecc-sm2-sm4-cbc-sm3"], TMPDIR=str(place))
    assert code == 0
    assert ESCAPE.search(text)
    plain = ESCAPE.sub("", text)
    after(plain, *STEPS, "done: TLCP 1.1, ECC-SM2-SM4-CBC-SM3", "Result")
    assert max(map(cells, plain.splitlines())) <= 80


def test_without_rich_it_is_plain_and_fits(tmp_path: Path) -> None:
    (tmp_path / "rich.py").write_text("raise ImportError('not here')\n")
    home = Path(attacks.__file__).resolve().parents[3]
    code, text = on_a_terminal(["demo"], PYTHONPATH=f"{tmp_path}{os.pathsep}{home}")
    assert code == 0
    assert "\x1b" not in text
    after(text, *STEPS, "Result")
    assert max(map(cells, text.splitlines())) <= 80


def test_a_directory_of_ones_own_is_kept_and_not_used_twice(tmp_path: Path) -> None:
    directory = tmp_path / "my demo"
    first = run("demo", "--dir", directory)
    assert first.returncode == 0
    assert f"tongsuo-py server --pair '{directory}/server' --echo" in first.stdout.decode()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    for side in ("server", "client"):
        names = {file.name for file in (directory / side).iterdir()}
        assert names == {"sign.pem", "sign.key", "enc.pem", "enc.key", "ca.pem"}
    for key in directory.glob("*/*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    second = run("demo", "--dir", directory)
    assert second.returncode == 2
    assert one_line(second.stderr).endswith("my demo: this directory is not empty")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("moment", [b"5. Encrypted", b"Attack 2"])
def test_a_signal_ends_it_and_all_that_it_started(
    tmp_path: Path, number: int, code: int, moment: bytes
) -> None:
    with ended(start("demo", env=environment(TMPDIR=str(tmp_path)))) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if moment in line:
                break
        process.send_signal(number)
        process.stdout.read()
        assert process.wait(PATIENCE) == code
        assert b"Traceback" not in process.stderr.read()
    assert list(tmp_path.iterdir()) == []
    assert processes_with(str(tmp_path)) == []


def test_a_reader_that_goes_away_ends_it(tmp_path: Path) -> None:
    with ended(start("demo", env=environment(TMPDIR=str(tmp_path)))) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE) == 1
        assert process.stderr.read() == b""
    assert list(tmp_path.iterdir()) == []
    assert processes_with(str(tmp_path)) == []


def test_its_programs_end_even_if_it_is_killed(tmp_path: Path) -> None:
    with ended(start("demo", env=environment(TMPDIR=str(tmp_path)))) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if b"4. Handshake" in line:
                break
        process.kill()
    wait_until(lambda: not processes_with(str(tmp_path)))


# ---- the demo as a detector: where things are not as they should be, it says so and fails ----


@pytest.fixture
def world() -> Iterator[World]:
    with made_in(None) as world:
        yield world


def outcome(world: World, play: attacks.Attack | None, **options: object) -> tuple[int, str]:
    """What the demo comes to and shows with this one part."""
    stream = io.StringIO()
    stage = Stage(Printer(stream), world)
    if play is None:
        stage.act("The session", lambda: regular.play(stage, world, SUITE))
    else:
        stage.act(play.title, lambda: play.play(stage, world, SUITE, **options))  # type: ignore[call-arg]
    return stage.summary(kept=None), stream.getvalue()


OTHER_CA, ALTERED, WRONG_KEY = attacks.ALL


def test_each_part_is_good_by_itself(world: World) -> None:
    code, text = outcome(world, ALTERED)
    assert code == 0, text


def test_an_accepted_record_fails_the_demo(world: World) -> None:
    # The same proxy without the flip: all arrives, which in this place must not be.
    def leave(record: bytes) -> bytes:
        return record

    code, text = outcome(world, ALTERED, tamper=leave)
    assert code == 1
    after(
        text,
        'server   │ received    22 bytes  "pay 200 to meter-0002"',
        "NOT SO: the record that the attacker passed on differs from the client's",
        "NOT SO: the server delivered the first message, and of the altered one nothing",
        "NOT SO: the server noticed",
    )


def test_an_accepted_impostor_fails_the_demo(world: World) -> None:
    shutil.rmtree(world["impostor"])
    world.ca.issue_pair("localhost", "127.0.0.1").save(world["impostor"])
    code, text = outcome(world, OTHER_CA)
    assert code == 1
    after(
        text,
        "close_notify sent and received",
        "NOT SO: the client refused the server's certificate",
        "NOT SO: the client sent nothing",
        "NOT SO: the impostor's server got no session",
    )


def test_an_accepted_key_fails_the_demo(world: World) -> None:
    for name in ("sign.key", "enc.key"):
        shutil.copy(world["server"] / name, world["impostor"] / name)
    code, text = outcome(world, WRONG_KEY)
    assert code == 1
    after(
        text,
        "NOT SO: the server refused to load the key",
        "NOT SO: no socket was opened",
        "NOT SO: a client finds nobody to talk to",
    )


def test_a_session_that_is_refused_fails_the_demo(world: World) -> None:
    shutil.rmtree(world["server"])
    shutil.copytree(world["impostor"], world["server"])
    shutil.copy(world["ca"] / "ca.pem", world["server"] / "ca.pem")
    code, text = outcome(world, None)
    assert code == 1
    assert "the server's certificate is refused" in text


def test_other_certificates_than_those_issued_fail_the_demo(world: World) -> None:
    shutil.rmtree(world["server"])
    world.ca.issue_pair("localhost", "127.0.0.1", role="somebody else").save(world["server"])
    code, text = outcome(world, None)
    assert code == 1
    assert "NOT SO: each side saw the other's two certificates" in text


# ---- the attacker's proxy ----


def record(kind: int, body: bytes) -> bytes:
    return bytes([kind, 1, 1]) + len(body).to_bytes(2, "big") + body


def test_flip_a_bit_flips_one_bit_of_the_ciphertext() -> None:
    before = record(23, bytes(range(64)))
    after_it = flip_a_bit(before)
    differing = [i for i, (a, b) in enumerate(zip(before, after_it, strict=True)) if a != b]
    assert differing == [5 + 8]
    assert (before[13] ^ after_it[13]).bit_count() == 1


def test_the_proxy_alters_one_record_of_the_client_and_nothing_else() -> None:
    first = record(22, b"hello" * 9) + record(23, b"one" * 9)
    second = record(23, b"two" * 9)
    third = record(23, b"three" * 9)
    answer = os.urandom(100_000)
    received = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                while data := connection.recv(65536):
                    received.extend(data)
                connection.sendall(answer)

        server = threading.Thread(target=serve)
        server.start()
        with (
            Proxy(listener.getsockname(), flip_a_bit) as proxy,
            socket.create_connection(("127.0.0.1", proxy.port), PATIENCE) as client,
        ):
            client.sendall(first)
            wait_until(lambda: bytes(received) == first)
            assert proxy.altered is None
            proxy.tamper_with_next()
            client.sendall(second + third)
            client.shutdown(socket.SHUT_WR)
            back = b""
            while data := client.recv(65536):
                back += data
            server.join(PATIENCE)
            assert proxy.altered is not None
            assert (proxy.altered.before, proxy.altered.after) == (second, flip_a_bit(second))
    assert bytes(received) == first + flip_a_bit(second) + third
    assert back == answer
