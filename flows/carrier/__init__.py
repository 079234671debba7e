"""Prefect as carrier: a pass becomes a flow run. Besides the compiler and the worker type, only this package
talks to Prefect.
"""

from flows.carrier.deployments import Deployment, Deployments, deploy
from flows.carrier.embedded import PrefectCarrier, current, use
from flows.carrier.line import Line, PrefectAwayError
from flows.carrier.reports import Reporter
from flows.carrier.runs import Runs, create_run, hand_over

__all__ = [
    "Deployment",
    "Deployments",
    "Line",
    "PrefectAwayError",
    "PrefectCarrier",
    "Reporter",
    "Runs",
    "create_run",
    "current",
    "deploy",
    "hand_over",
    "use",
]
