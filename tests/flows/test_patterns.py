"""The workflow patterns of docs/patterns.md: basic control flow, branching and joining, termination.

Each test runs the definition on the page and looks at what happened when, with people answering in more than
one order.
"""

from patterns import answers, trace, written

from models import InstanceStatus


def happened(number: int, *names: str, **form: object) -> list[str]:
    """What becomes of a pattern, to its end, when the form is answered like this and people do the tasks of
    these steps in this order.
    """
    with written(number) as case:
        if form:
            answers(case, "form", **form)
        answers(case, *names)
        assert case.status() is InstanceStatus.COMPLETED
        assert case.tasks() == {}
        return trace(case)[1 if form else 0 :]


# -- basic control flow


def test_sequence() -> None:
    assert happened(1, "call", "visit") == ["call+", "call- visit+", "visit-"]


def test_parallel_split() -> None:
    assert happened(2, "call", "visit") == ["beside+ call+ visit+", "call-", "beside- visit-"]
    assert happened(2, "visit", "call") == ["beside+ call+ visit+", "visit-", "beside- call-"]


def test_synchronization() -> None:
    assert happened(3, "call", "visit") == ["call+ visit+", "call-", "visit- done"]
    assert happened(3, "visit", "call") == ["call+ visit+", "visit-", "call- done"]


def test_exclusive_choice() -> None:
    assert happened(4, "call", way="call") == ["form- route+ call+", "route- call-"]
    assert happened(4, "visit", way="visit") == ["form- route+ visit+", "route- visit-"]
    assert happened(4, way="wait") == ["form- route"]


def test_simple_merge() -> None:
    assert happened(5, "call", way="call") == ["form- route+ call+", "route- call- done"]
    assert happened(5, "visit", way="visit") == ["form- route+ visit+", "route- visit- done"]
    assert happened(5, way="wait") == ["form- route done"]


# -- branching and joining


def test_multi_choice() -> None:
    begun = "form- beside+ visit+ letter+"
    assert happened(6, "visit", "letter", needs=["money", "home"]) == [begun, "visit-", "beside- letter-"]
    assert happened(6, "letter", "visit", needs=["money", "home"]) == [begun, "letter-", "beside- visit-"]
    assert happened(6, "call", needs=["food"]) == ["form- beside+ call+", "beside- call-"]
    assert happened(6, needs=[]) == ["form- beside"]


def test_structured_synchronizing_merge() -> None:
    assert happened(7, "letter", "call", needs=["food", "home"]) == [
        "form- beside+ call+ letter+",
        "letter-",
        "beside- call- done",
    ]
    assert happened(7, "visit", needs=["money"]) == ["form- beside+ visit+", "beside- visit- done"]
    assert happened(7, needs=[]) == ["form- beside done"]


def test_multi_merge() -> None:
    begun = "form- help+ route@food+ route@money+ call@food+ visit@money+"
    assert happened(8, "visit@money", "call@food", needs=["food", "money"]) == [
        begun,
        "route@money- visit@money- done@money",
        "help- route@food- call@food- done@food",
    ]
    assert happened(8, "call@food", "visit@money", needs=["food", "money"]) == [
        begun,
        "route@food- call@food- done@food",
        "help- route@money- visit@money- done@money",
    ]


THREE = "beside+ call+ visit+ letter+"


def test_structured_discriminator() -> None:
    assert happened(9, "visit", "letter", "call") == [THREE, "beside- visit- done", "letter-", "call-"]
    assert happened(9, "call", "visit", "letter") == [THREE, "beside- call- done", "visit-", "letter-"]


def test_cancelling_discriminator() -> None:
    assert happened(29, "visit") == [THREE, "beside- call! visit- letter! done"]
    assert happened(29, "letter") == [THREE, "beside- call! visit! letter- done"]


def test_structured_partial_join() -> None:
    assert happened(30, "letter", "call", "visit") == [THREE, "letter-", "beside- call- done", "visit-"]
    assert happened(30, "visit", "letter", "call") == [THREE, "visit-", "beside- letter- done", "call-"]


def test_cancelling_partial_join() -> None:
    assert happened(32, "letter", "call") == [THREE, "letter-", "beside- call- visit! done"]
    assert happened(32, "call", "visit") == [THREE, "call-", "beside- visit- letter! done"]


def test_generalized_and_join() -> None:
    with written(33) as case:
        answers(case, "visit", "call")
        answers(case, "review", answer="call_again")
        assert set(case.tasks()) == {"call"}
        answers(case, "call")
        answers(case, "review", answer="yes_it_is")
        assert trace(case) == [
            "call+ visit+",
            "visit-",
            "call* review+",
            "call+ review*",
            "call- review+",
            "review-",
        ]
        assert case.status() is InstanceStatus.COMPLETED


def test_local_synchronizing_merge() -> None:
    assert happened(37, "visit", "call", needs=["food", "money"]) == [
        "form- call+ visit+",
        "visit-",
        "call- done",
    ]
    assert happened(37, "call", needs=["food"]) == ["form- call+ visit~", "call- done"]
    assert happened(37, "visit", needs=["money"]) == ["form- call~ visit+", "visit- done"]
    assert happened(37, needs=[]) == ["form- call~ visit~ done~"]


def test_general_synchronizing_merge() -> None:
    with written(38) as case:
        answers(case, "form", needs=["food", "money"])
        answers(case, "call@1", answer="nobody")
        answers(case, "visit")
        assert case.stand("done") is None
        answers(case, "call@2", answer="reached")
        assert trace(case)[1:] == [
            "form- beside+ rounds+ call@1+ visit+",
            "call@1- call@2+",
            "visit-",
            "beside- rounds- call@2- done",
        ]
    assert happened(38, "visit", needs=["money"]) == ["form- beside+ visit+", "beside- visit- done"]


def test_thread_merge() -> None:
    begun = "form- help+ call@food+ call@home+"
    assert happened(41, "call@home", "call@food", needs=["food", "home"]) == [
        begun,
        "call@home-",
        "help- call@food- done",
    ]
    assert happened(41, "call@food", "call@home", needs=["food", "home"]) == [
        begun,
        "call@food-",
        "help- call@home- done",
    ]


def test_thread_split() -> None:
    assert happened(42, "call@home", "call@food", needs=["food", "home"]) == [
        "form- help+ call@food+ call@home+",
        "call@home- done@home",
        "help- call@food- done@food",
    ]


# -- ending


def test_implicit_termination() -> None:
    assert happened(11, "call", "visit") == ["call+ visit+", "call-", "visit-"]
    assert happened(11, "visit", "call") == ["call+ visit+", "visit-", "call-"]


def test_explicit_termination() -> None:
    assert happened(43, "stop") == ["beside+ call+ stop+", "beside- call! stop-"]
    assert happened(43, "call", "stop") == ["beside+ call+ stop+", "call- visit+", "beside- visit! stop-"]
    assert happened(43, "call", "visit") == ["beside+ call+ stop+", "call- visit+", "beside- visit- stop!"]
