"""llama.cpp's server as a process of its own: run as a module by the provider `local`, ended by the end of its input.

The first line of the input is JSON with what to load, the first line of the output the address. Nothing is left running
when the parent dies, for then the input ends too.
"""

import sys

import msgspec


class Settings(msgspec.Struct):
    """What the server is started with; `key` is asked of every caller, who is told `name` and no path."""

    name: str
    weights: str
    key: str
    threads: int
    context_tokens: int
    parallel: int


def main() -> None:
    """Serve until the input ends."""
    import xllamacpp

    settings = msgspec.json.decode(sys.stdin.buffer.readline(), type=Settings)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings.weights
    parameters.model_alias = {settings.name}
    parameters.api_keys = [settings.key]
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = settings.threads
    parameters.n_ctx = settings.context_tokens * settings.parallel
    parameters.n_parallel = settings.parallel
    parameters.n_gpu_layers = 0
    parameters.port = 0  # any that is free
    parameters.ui = False
    server = xllamacpp.Server(parameters)
    sys.stdout.write(server.listening_address + "\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
