"""The commands that people open Casewright with: everything at once, or the web application alone."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import typer

from ops.commands.serving import ip_address_option
from ops.commands.watching import MetricsPort, with_metrics

Port = Annotated[
    int, typer.Option("--port", min=1, max=65_535, help="The port of the pages.", show_default=True)
]


def web(
    port: Port = 8080,
    host: Annotated[
        str,
        typer.Option("--host", help="IP address it listens at (0.0.0.0: all).", parser=ip_address_option),
    ] = "127.0.0.1",
    metrics_port: MetricsPort = None,
) -> None:
    """Serve the pages and the API; a worker and a scheduler run beside it."""
    from ops.settings import load_settings
    from ops.web_server import serve

    serve(with_metrics(load_settings(), metrics_port), host, port)


def up(
    port: Port = 8080,
    demo: Annotated[
        bool, typer.Option("--demo", help="In a home of its own, with a year of synthetic cases.")
    ] = False,
) -> None:
    """Start everything on this machine: database, Prefect's server, worker, scheduler, pages."""
    from ops.settings import load_settings
    from ops.up import run_all
    from ops.up_demo import run_demo

    (run_demo if demo else run_all)(load_settings(), port)


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {"up": up, "web": web}
