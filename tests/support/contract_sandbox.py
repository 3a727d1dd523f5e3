#!/usr/bin/env python3
"""`auth0db`, with the contract proxy in front of `auth0db sandbox`.

A suite that finds this under the name `auth0db` in its AUTH0DB_BUILD runs unchanged, and every exchange with its
sandboxes is judged (contract_proxy.py; requests leniently, those of our own client strictly). At its end each
sandbox leaves a summary in the folder $CONTRACT_SUMMARIES. The real command is $CONTRACT_AUTH0DB, the Python that
has jsonschema $CONTRACT_PYTHON.

    link(folder, build, python, summaries) -> environment    prepares such a build folder"""
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def link(folder, build, python, summaries):
    for part in Path(build).iterdir():
        if part.name != "auth0db":
            (folder / part.name).symlink_to(part.resolve())
    command = folder / "auth0db"
    command.write_text(f'#!/bin/sh\nexec "$CONTRACT_PYTHON" "{Path(__file__).resolve()}" "$@"\n')
    command.chmod(0o755)
    return {"AUTH0DB_BUILD": str(folder), "CONTRACT_AUTH0DB": str(Path(build).resolve() / "auth0db"),
            "CONTRACT_PYTHON": str(python), "CONTRACT_SUMMARIES": str(summaries)}


def main():
    real, arguments = os.environ["CONTRACT_AUTH0DB"], sys.argv[1:]
    if arguments[:1] != ["sandbox"] or "--json" not in arguments or "--tls" in arguments:
        os.execv(real, [real, *arguments])
    sys.path.insert(0, str(HERE))
    from contract_proxy import ContractProxy
    sandbox = subprocess.Popen([real, *arguments], stdout=subprocess.PIPE, text=True)
    line = sandbox.stdout.readline()
    if not line:
        return sandbox.wait()
    info = json.loads(line)
    signal.signal(signal.SIGTERM, lambda *_: sandbox.terminate())
    with ContractProxy(info["url"], strict_requests=False) as proxy:
        domain = info["domain"].replace(info["url"], proxy.url)
        print(json.dumps({**info, "url": proxy.url, "domain": domain}), flush=True)
        status = sandbox.wait()
        summary = Path(os.environ["CONTRACT_SUMMARIES"]) / f"{os.getpid()}.json"
        summary.write_text(json.dumps(proxy.summary(), indent=1))
    return status


if __name__ == "__main__":
    sys.exit(main())
