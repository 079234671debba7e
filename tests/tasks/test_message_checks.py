"""What the checker says about steps that send messages, and how they are explained."""

from textwrap import dedent, indent

from message_world import ALERT, NOTICE, TEMPLATES
from step_bench import HEADER, catalogue

from definitions.catalogue import Template
from definitions.checker import check
from definitions.source import parse


def faults(steps: str, templates: dict[str, Template] | None = None) -> list[tuple[str, str]]:
    document = parse((HEADER + indent(dedent(steps).strip("\n"), "  ") + "\n").encode(), "try-it.yaml")
    found = check(document, catalogue(TEMPLATES if templates is None else templates)).diagnostics
    return [(each.code, each.message) for each in found if each.severity == "error"]


def test_right_steps_have_no_faults() -> None:
    assert faults(ALERT.format(to="client or guardian", more="tell: duty_manager")) == []
    assert faults(NOTICE.format(more="ends: delivered")) == []


def test_a_template_of_another_channel_is_found() -> None:
    (fault,) = faults(ALERT.format(to="client", more="").replace("safety_alert", "appointment"))
    assert fault == ("CW613", "template `appointment` is for email, not for sms")


def test_a_variable_that_the_step_does_not_fill_is_found() -> None:
    found = faults(NOTICE.format(more="").replace("about: = visit.appointment", "variables: {place: Room 2}"))
    assert ("CW610", "this step does not fill `starts_at` of template `appointment`") in found
    assert not any("`place`" in message for _, message in found)


def test_a_message_to_the_client_and_to_staff_is_refused() -> None:
    (fault,) = faults(ALERT.format(to="client or caseworker", more=""))
    assert fault == ("CW405", "a message goes to people outside or to staff, not to both")


def test_about_something_that_is_no_appointment_is_found() -> None:
    (fault,) = faults(ALERT.format(to="client", more="about: = inputs.client"))
    assert fault[0] == "CW338"


def test_a_template_without_a_rule_in_the_vocabulary_is_held_to_the_general_one() -> None:
    texts = {("body", language): "Your risk review. " + "Please call. " * 40 for language in ("en", "es")}
    templates = {"other": Template("other", "sms", texts, frozenset())}
    found = faults(ALERT.format(to="client", more="").replace("safety_alert", "other"), templates)
    assert ("CW611", "the template `other` (body, en) must not hold `risk`") in found
    assert ("CW612", "the template `other` (en) takes more than 3 SMS") in found


def test_the_steps_say_in_words_what_they_do() -> None:
    document = parse(
        (HEADER + indent(NOTICE.format(more="tell: supervisor").strip("\n"), "  ") + "\n").encode(), "x"
    )
    plan = check(document, catalogue(TEMPLATES)).plan
    assert plan is not None
    step = plan.step("notice")
    assert step.kind.explain is not None
    assert list(step.kind.explain(step.arguments)) == [
        "Writes to client, with the template appointment, if a contact is safe.",
        "Sends the calendar entry too; when the appointment moves or is cancelled, that goes out again.",
        "Tells somebody of the staff at once, whatever becomes of the message.",
    ]
