"""Commands of the processes that carry cases through Prefect: server, worker, and the deployments."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ops.commands.watching import MetricsPort, with_metrics
from ops.pages.terminal import note, say, say_json

if TYPE_CHECKING:
    from flows.carrier.deployments import Deployed
    from ops.composition import Engine
    from ops.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
Pool = Annotated[str | None, typer.Option("--pool", help="The work pool (default: CASEWRIGHT_POOL).")]


def ip_address_option(text: str) -> str:
    """An IP address as an option takes it."""
    from ipaddress import ip_address

    try:
        return str(ip_address(text))
    except ValueError:
        raise typer.BadParameter(f"`{text}` is no IP address; 0.0.0.0 means all") from None


def server(
    port: Annotated[
        int | None, typer.Option("--port", help="Its port (default: the last one, or any).")
    ] = None,
    host: Annotated[
        str,
        typer.Option("--host", help="IP address it listens at (0.0.0.0: all).", parser=ip_address_option),
    ] = "127.0.0.1",
) -> None:
    """Run Prefect's server of this home, with its pages: where flow runs are seen."""
    from ops.prefect_server import serving
    from ops.settings import load_settings
    from ops.stopping import until_stopped

    with until_stopped() as stopped, serving(load_settings(), port, host) as (api, process):
        note(f"Prefect's pages are at {api.removesuffix('/api')}; Ctrl-C ends it")
        while not stopped.wait(1.0):
            if process.poll() is not None:
                note(f"Prefect's server ended (status {process.returncode}); its log says why")
                raise typer.Exit(1)


def worker(
    pool: Pool = None,
    name: Annotated[str | None, typer.Option("--name", help="Its name in Prefect's pages.")] = None,
    metrics_port: MetricsPort = None,
) -> None:
    """Work: dispatch what is ready and run it, run what is critical at once, and send messages."""
    from ops.settings import load_settings
    from ops.working import work

    settings = with_metrics(load_settings(), metrics_port)
    work(settings, pool or settings.pool, name)


def deploy(
    pool: Pool = None,
    kind: Annotated[
        str | None,
        typer.Option("--type", help="Worker type of a pool that does not exist yet (default: casewright)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring Prefect's work pool and deployments in step with the versions in use; what has runs stays."""
    from ops.composition import open_engine, publish_known
    from ops.settings import load_settings

    settings = load_settings()
    with open_engine(settings) as engine:
        publish_known(engine)
        done = _deploy(settings, engine, pool or settings.pool, kind)
    if as_json:
        rows = [{"flow": each.flow, "name": each.name, "done": each.done} for each in done.deployments]
        say_json(
            "deploy/1",
            {
                "pool": done.pool,
                "type": done.pool_type,
                "pool_created": done.pool_created,
                "deployments": rows,
            },
        )
        return
    say(f"work pool {done.pool} ({done.pool_type}): {'created' if done.pool_created else 'kept'}")
    for each in done.deployments:
        say(f"{each.flow} / {each.name}: {each.done}")


def dispatch(pool: Pool = None, metrics_port: MetricsPort = None) -> None:
    """Make flow runs of what is ready, for workers of another type than Casewright's own."""
    from ops.settings import load_settings
    from ops.working import hand_over

    settings = with_metrics(load_settings(), metrics_port)
    hand_over(settings, pool or settings.pool)


def _deploy(settings: "Settings", engine: "Engine", pool: str, kind: str | None) -> "Deployed":
    from flows.versions import in_use
    from ops.prefect_home import own_prefect, worker_environment
    from ops.prefect_server import needed_api

    with engine.store.read() as session:
        versions, running = in_use(session)
    with own_prefect(settings, worker_environment(settings, needed_api(settings))):
        from flows.carrier.deployments import Deployments, deploy
        from flows.carrier.line import Line
        from ops.prefect_worker import MODULE

        with Line() as line:
            deployments = Deployments(pool, MODULE)
            return line.ask(lambda client: deploy(client, deployments, versions, running, kind))


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {
    "server": server,
    "worker": worker,
    "dispatch": dispatch,
    "deploy": deploy,
}
