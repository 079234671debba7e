"""The call of a step that has long ended, for a timer that it left behind."""

from sqlmodel import col, select

from models import Instance, StepRun
from tasks.call import Call
from tasks.names import Names, current_runs
from tasks.timers import FreeCall


def step_call(free: FreeCall, instance_id: str, step: str) -> Call:
    """A call of the latest attempt of a step, by the version that its instance keeps.

    It reads what the step could read and acts in the timer's transaction; the step run itself has ended and
    stays as it is.
    """
    instance = free.session.get_one(Instance, instance_id)
    plan = free.plan_of(instance_id)
    wanted = select(StepRun).where(StepRun.instance_id == instance_id).order_by(col(StepRun.attempt))
    runs = list(free.session.exec(wanted))
    latest = [run for run in runs if run.step == step][-1]
    names = Names(free.session, plan, instance, current_runs(runs))
    return Call(free.session, free.now, plan, plan.step(step), instance, latest, names, free.new_id)
