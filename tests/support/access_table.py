"""Who may do what, written by hand; `test_access_table.py` holds the program to it.

In the grids `Y` is allowed, `n` refused (the person may know that the thing exists), `-` hidden: it looks as
if there were no such thing. Caseworker and specialist stand together, as do supervisor and manager.
"""

CASE_TIES = """
own       theirs as worker, of another team
team      of a team they work in
task      of another team; they have an open task in it
led       of another team; they are its worker's supervisor
other     of another team, no tie
opened    of another team, and they have broken the glass within the hour
sealed    of a team they work in, sealed, and they are not named
named     of another team, sealed, and they are named
conflict  theirs as worker, but they know the client
closed    of a team they work in, closed
"""

WITH_CASE = """
read_case          own team task led other opened sealed named conflict closed
caseworker         Y   Y    Y    -   -     Y      -      Y     -        Y
supervisor         Y   Y    Y    Y   -     Y      -      Y     -        Y
operations         -   -    -    -   -     -      -      -     -        -
data_protection    -   -    -    -   -     Y      -      -     -        -
administrator      -   -    -    -   -     -      -      -     -        -

write_case         own team task led other opened sealed named conflict closed
caseworker         Y   Y    Y    -   -     Y      -      Y     -        n
supervisor         Y   Y    Y    Y   -     Y      -      Y     -        n
operations         -   -    -    -   -     -      -      -     -        -
data_protection    -   -    -    -   -     n      -      -     -        -
administrator      -   -    -    -   -     -      -      -     -        -

start_process      own team task led other opened sealed named conflict closed
caseworker         Y   Y    Y    -   -     n      -      Y     -        n
supervisor         Y   Y    Y    Y   -     n      -      Y     -        Y
operations         -   -    -    -   -     -      -      -     -        -
data_protection    -   -    -    -   -     n      -      -     -        -
administrator      -   -    -    -   -     -      -      -     -        -

hold_process       own team task led other opened sealed named conflict closed
caseworker         Y   n    n    -   -     n      -      n     -        n
supervisor         Y   Y    n    Y   -     n      -      Y     -        Y
operations         -   -    -    -   -     -      -      -     -        -
data_protection    -   -    -    -   -     n      -      -     -        -
administrator      -   -    -    -   -     -      -      -     -        -

manage_case        own team task led other opened sealed named conflict closed
caseworker         n   n    n    -   -     n      -      n     -        n
supervisor         Y   Y    n    Y   -     n      -      Y     -        Y
operations         -   -    -    -   -     -      -      -     -        -
data_protection    -   -    -    -   -     n      -      -     -        -
administrator      -   -    -    -   -     -      -      -     -        -

print_case         own team task led other opened sealed named conflict closed
caseworker         Y   n    n    -   -     n      -      n     -        n
supervisor         Y   Y    n    Y   -     n      -      Y     -        Y
operations         -   -    -    -   -     -      -      -     -        -
data_protection    -   -    -    -   -     Y      -      -     -        -
administrator      -   -    -    -   -     -      -      -     -        -

export_case        own team task led other opened sealed named conflict closed
caseworker         n   n    n    -   -     n      -      n     -        n
supervisor         Y   Y    n    Y   -     n      -      Y     -        Y
operations         -   -    -    -   -     -      -      -     -        -
data_protection    -   -    -    -   -     Y      -      -     -        -
administrator      -   -    -    -   -     -      -      -     -        -

see_readers        own team task led other opened sealed named conflict closed
caseworker         n   n    n    -   -     n      -      n     -        n
supervisor         Y   Y    n    Y   -     n      -      Y     -        Y
operations         -   -    -    -   -     -      -      -     -        -
data_protection    -   -    -    -   -     Y      -      -     -        -
administrator      -   -    -    -   -     -      -      -     -        -

seal_case          own team task led other opened sealed named conflict closed
caseworker         n   n    n    -   -     n      -      n     -        n
supervisor         Y   Y    n    Y   -     n      -      Y     -        Y
operations         -   -    -    -   -     -      -      -     -        -
data_protection    -   -    -    -   -     n      -      -     -        -
administrator      -   -    -    -   -     -      -      -     -        -

declare_conflict   own team task led other opened sealed named conflict closed
caseworker         Y   Y    Y    -   -     Y      -      Y     -        Y
supervisor         Y   Y    Y    Y   -     Y      -      Y     -        Y
operations         -   -    -    -   -     -      -      -     -        -
data_protection    -   -    -    -   -     n      -      -     -        -
administrator      -   -    -    -   -     -      -      -     -        -

break_glass        own team task led other opened sealed named conflict closed
caseworker         n   n    n    Y   Y     n      -      n     -        n
supervisor         n   n    n    n   Y     n      Y      n     -        n
operations         -   -    -    -   -     -      -      -     -        -
data_protection    Y   Y    Y    Y   Y     n      Y      Y     -        Y
administrator      -   -    -    -   -     -      -      -     -        -
"""

TASK_TIES = """
mine      theirs, of another team's case
queue     in the queue of a group they work in
told      of another team; they were told on the way up a ladder
owner     somebody else's, and they see to it
cover     somebody else's whose cover they are
lead      somebody else's, of a case of the team that they lead
team      somebody else's, of a case of a team that they work in
other     somebody else's, of another team
sealed    theirs, of a sealed case, and they are not named
conflict  theirs, but they know the client
excluded  in the queue of a group they work in, and somebody else has to do it (four eyes)
nobodys   of no case, with nobody
delegated somebody else's, who does it for them
"""

WITH_TASK = """
read_task          mine queue told owner cover lead team other sealed conflict excluded nobodys delegated
caseworker         Y    Y     Y    Y     Y     Y    Y    -     Y      -        Y        -        Y
supervisor         Y    Y     Y    Y     Y     Y    Y    -     Y      -        Y        Y        Y
operations         -    -     -    -     -     -    -    -     -      -        -        -        -
data_protection    -    -     -    -     -     -    -    -     -      -        -        -        -
administrator      -    -     -    -     -     -    -    -     -      -        -        -        -

work_task          mine queue told owner cover lead team other sealed conflict excluded nobodys delegated
caseworker         Y    Y     Y    Y     Y     Y    n    -     Y      -        n        -        Y
supervisor         Y    Y     Y    Y     Y     Y    n    -     Y      -        n        Y        Y
operations         -    -     -    -     -     -    -    -     -      -        -        -        -
data_protection    -    -     -    -     -     -    -    -     -      -        -        -        -
administrator      -    -     -    -     -     -    -    -     -      -        -        -        -

reassign_task      mine queue told owner cover lead team other sealed conflict excluded nobodys delegated
caseworker         Y    n     n    n     n     n    n    -     Y      -        n        -        n
supervisor         Y    Y     Y    Y     Y     Y    n    -     Y      -        n        Y        Y
operations         -    -     -    -     -     -    -    -     -      -        -        -        -
data_protection    -    -     -    -     -     -    -    -     -      -        -        -        -
administrator      -    -     -    -     -     -    -    -     -      -        -        -        -

move_due           mine queue told owner cover lead team other sealed conflict excluded nobodys delegated
caseworker         n    n     n    n     n     n    n    -     n      -        n        -        n
supervisor         Y    Y     Y    Y     Y     Y    n    -     Y      -        n        Y        Y
operations         -    -     -    -     -     -    -    -     -      -        -        -        -
data_protection    -    -     -    -     -     -    -    -     -      -        -        -        -
administrator      -    -     -    -     -     -    -    -     -      -        -        -        -

delegate_task      mine queue told owner cover lead team other sealed conflict excluded nobodys delegated
caseworker         Y    n     n    n     n     n    n    -     Y      -        n        -        n
supervisor         Y    Y     Y    Y     Y     Y    n    -     Y      -        n        Y        Y
operations         -    -     -    -     -     -    -    -     -      -        -        -        -
data_protection    -    -     -    -     -     -    -    -     -      -        -        -        -
administrator      -    -     -    -     -     -    -    -     -      -        -        -        -

ask_about_task     mine queue told owner cover lead team other sealed conflict excluded nobodys delegated
caseworker         Y    Y     Y    Y     Y     Y    n    -     Y      -        n        -        Y
supervisor         Y    Y     Y    Y     Y     Y    n    -     Y      -        n        Y        Y
operations         -    -     -    -     -     -    -    -     -      -        -        -        -
data_protection    -    -     -    -     -     -    -    -     -      -        -        -        -
administrator      -    -     -    -     -     -    -    -     -      -        -        -        -

comment_task       mine queue told owner cover lead team other sealed conflict excluded nobodys delegated
caseworker         Y    Y     Y    Y     Y     Y    Y    -     Y      -        Y        -        Y
supervisor         Y    Y     Y    Y     Y     Y    Y    -     Y      -        Y        Y        Y
operations         -    -     -    -     -     -    -    -     -      -        -        -        -
data_protection    -    -     -    -     -     -    -    -     -      -        -        -        -
administrator      -    -     -    -     -     -    -    -     -      -        -        -        -

correct_answer     mine queue told owner cover lead team other sealed conflict excluded nobodys delegated
caseworker         Y    Y     Y    Y     Y     Y    n    -     Y      -        n        -        Y
supervisor         Y    Y     Y    Y     Y     Y    n    -     Y      -        n        Y        Y
operations         -    -     -    -     -     -    -    -     -      -        -        -        -
data_protection    -    -     -    -     -     -    -    -     -      -        -        -        -
administrator      -    -     -    -     -     -    -    -     -      -        -        -        -

print_task         mine queue told owner cover lead team other sealed conflict excluded nobodys delegated
caseworker         Y    Y     Y    Y     Y     Y    n    -     Y      -        n        -        Y
supervisor         Y    Y     Y    Y     Y     Y    n    -     Y      -        n        Y        Y
operations         -    -     -    -     -     -    -    -     -      -        -        -        -
data_protection    -    -     -    -     -     -    -    -     -      -        -        -        -
administrator      -    -     -    -     -     -    -    -     -      -        -        -        -
"""

STAFF_TIES = """
me         they themselves
under      somebody whose supervisor they are
led_staff  somebody of a group that they lead
beside     somebody of a group in which they work
stranger   somebody of neither
"""

WITH_STAFF = """
plan_absence       me under led_staff beside stranger
caseworker         Y  n     n         n      n
supervisor         Y  Y     Y         n      n
operations         n  n     n         n      n
data_protection    n  n     n         n      n
administrator      n  n     n         n      n

hand_on_work       me under led_staff beside stranger
caseworker         n  n     n         n      n
supervisor         Y  Y     Y         n      n
operations         n  n     n         n      n
data_protection    n  n     n         n      n
administrator      n  n     n         n      n
"""

IN_APPLICATION = """
.                  caseworker supervisor operations data_protection administrator
create_contact     Y          Y          n          n               n
search_clients     Y          Y          n          n               n
read_week          Y          Y          n          n               n
keep_views         Y          Y          n          n               n
choose_notices     Y          Y          n          n               n
see_duty           Y          Y          n          n               n
plan_duty          n          Y          n          n               n
see_team           n          Y          n          n               n
read_board         n          Y          n          n               n
read_figures       n          Y          Y          n               n
read_processes     n          n          Y          n               Y
publish_process    n          n          Y          n               n
approve_process    n          n          Y          n               n
end_conflict       n          Y          n          Y               n
own_account        Y          Y          Y          Y               Y
read_audit         n          n          n          Y               n
review_access      n          Y          n          Y               n
manage_accounts    n          n          n          n               Y
manage_hooks       n          n          n          n               Y
see_machinery      n          n          n          n               Y
"""

APART = """
.                  specialist manager supervisor
read_processes     n          Y       n
approve_process    n          Y       n
"""
"""Where a role differs from the one that stands for it."""

ALIKE = {"caseworker": ("caseworker", "specialist"), "supervisor": ("supervisor", "manager")}
"""Which roles a row stands for."""

Cells = dict[tuple[str, str, str], str]


def grids(text: str) -> Cells:
    """(action, role, tie) -> cell, with each role that a row stands for."""
    found: Cells = {}
    for block in text.strip().split("\n\n"):
        head, *rows = [line.split() for line in block.splitlines()]
        action, ties = head[0], head[1:]
        for name, *cells in rows:
            assert len(cells) == len(ties), (action, name)
            for role in ALIKE.get(name, (name,)):
                found |= {(action, role, tie): cell for tie, cell in zip(ties, cells, strict=True)}
    return found


def in_application() -> dict[tuple[str, str], str]:
    """(action, role) -> cell."""
    found: dict[tuple[str, str], str] = {}
    for text, alike in ((IN_APPLICATION, ALIKE), (APART, {})):
        head, *rows = [line.split() for line in text.strip().splitlines()]
        for action, *cells in rows:
            for name, cell in zip(head[1:], cells, strict=True):
                found |= {(action, role): cell for role in alike.get(name, (name,))}
    return found


def names(text: str) -> list[str]:
    """The ties that a list explains."""
    return [line.split()[0] for line in text.strip().splitlines()]
