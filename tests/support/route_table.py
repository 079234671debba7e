"""Which rule stands before every route, written by hand; `test_route_matrix.py` holds the program to it.

Of an action of `access_table` the grids there say who may and for whom. The other words:

    public       nobody has to be logged in
    anybody      everybody who is logged in; it shows what is their own, or in the scope of lists
    workers      those who work on cases
    takers       supervisors, managers, data protection
    openers      those who work on cases, data protection

`hidden` after an action: who may not do it hears that there is nothing. So do all pages that are read.
`empty`: the offices hold nothing of the kind, so there is nothing for anybody; the API's route is what tells.
"""

from dataclasses import dataclass
from functools import cache

TABLE = """
GET     /healthz                                            public
GET     /login                                              public
POST    /login                                              public
POST    /logout                                             anybody
GET     /login/openid                                       public
GET     /login/openid/back                                  public
GET     /contact                                            public
POST    /contact                                            public
GET     /contact/thanks                                     public
POST    /callbacks/twilio/status                            public
GET     /calendar/{secret}.ics                              public
GET     /api/openapi.json                                   anybody
MOUNT   /assets                                             public
GET     /password                                           anybody
POST    /password                                           anybody

GET     /                                                   workers
GET     /next                                               anybody
GET     /account                                            own_account
GET     /accounts                                           manage_accounts
GET     /accounts/{account_id}                              manage_accounts
GET     /audit                                              read_audit
GET     /away                                               workers
GET     /board                                              read_board
GET     /cases                                              anybody
GET     /cases/{case_id}                                    read_case
GET     /cases/{case_id}/access                             read_case
GET     /cases/{case_id}/cancel                             manage_case
GET     /cases/{case_id}/close                              start_process
GET     /cases/{case_id}/history                            read_case
GET     /cases/{case_id}/history/print                      print_case
GET     /cases/{case_id}/hold                               hold_process
GET     /cases/{case_id}/messages                           read_case
GET     /cases/{case_id}/notes                              read_case
GET     /cases/{case_id}/people                             read_case
GET     /cases/{case_id}/plan                               read_case
GET     /cases/{case_id}/plan/new                           write_case
GET     /cases/{case_id}/plan/print                         print_case
GET     /cases/{case_id}/process                            read_case
GET     /cases/{case_id}/readers                            see_readers
GET     /cases/{case_id}/start                              start_process
GET     /cases/{case_id}/transfer                           manage_case
GET     /cases/{case_id}/visits                             read_case
GET     /contacts                                           create_contact
GET     /contacts/new                                       create_contact
GET     /contacts/{contact_id}                              create_contact
POST    /contacts/likely                                    search_clients
GET     /duty                                               see_duty
GET     /instances/{instance_id}                            read_case
GET     /hooks                                              manage_hooks
GET     /hooks/{hook_id}                                    manage_hooks
GET     /machinery                                          see_machinery
GET     /notices                                            choose_notices
GET     /open-case                                          openers
GET     /processes                                          read_processes
GET     /processes/{process}                                read_processes
GET     /processes/{process}/forms/{step}/print             read_processes
POST    /proposals/checked                                  publish_process
GET     /proposals/new                                      publish_process
GET     /proposals/{proposal_id}                            read_processes
GET     /reviews                                            review_access
GET     /tasks/{task_id}                                    read_task
GET     /tasks/{task_id}/correct/{item}                     correct_answer      empty
GET     /tasks/{task_id}/print                              print_task
GET     /team                                               see_team
GET     /team/{staff_id}                                    hand_on_work
GET     /week                                               read_week

GET     /api/v1/access/conflicts                            end_conflict
POST    /api/v1/access/conflicts/{conflict_id}/end          end_conflict        hidden
GET     /api/v1/access/openings                             review_access
POST    /api/v1/access/openings                             openers             hidden
POST    /api/v1/access/openings/{opening_id}/review         review_access       hidden
GET     /api/v1/account                                     own_account
DELETE  /api/v1/account/second-factor                       own_account
POST    /api/v1/account/second-factor                       own_account
POST    /api/v1/account/second-factor/confirm               own_account
GET     /api/v1/account/sessions                            own_account
POST    /api/v1/account/sessions/end-others                 own_account
DELETE  /api/v1/account/sessions/{session_id}               own_account
GET     /api/v1/account/tokens                              own_account
POST    /api/v1/account/tokens                              own_account
DELETE  /api/v1/account/tokens/{token_id}                   own_account
GET     /api/v1/accounts                                    manage_accounts
POST    /api/v1/accounts                                    manage_accounts
GET     /api/v1/accounts/{account_id}                       manage_accounts
POST    /api/v1/accounts/{account_id}/disable               manage_accounts
POST    /api/v1/accounts/{account_id}/enable                manage_accounts
DELETE  /api/v1/accounts/{account_id}/openid                manage_accounts
PUT     /api/v1/accounts/{account_id}/openid                manage_accounts
POST    /api/v1/accounts/{account_id}/password              manage_accounts
PUT     /api/v1/accounts/{account_id}/places                manage_accounts
PUT     /api/v1/accounts/{account_id}/roles                 manage_accounts
POST    /api/v1/accounts/{account_id}/second-factor/reset   manage_accounts
POST    /api/v1/accounts/{account_id}/sessions/end          manage_accounts
GET     /api/v1/accounts/{account_id}/tokens                manage_accounts
DELETE  /api/v1/accounts/{account_id}/tokens/{token_id}     manage_accounts
GET     /api/v1/audit                                       read_audit
GET     /api/v1/audit/seal                                  read_audit
POST    /api/v1/audit/verification                          read_audit
GET     /api/v1/board                                       read_board
GET     /api/v1/cases                                       anybody
GET     /api/v1/cases/{case_id}                             read_case
GET     /api/v1/cases/{case_id}/chronology                  read_case
POST    /api/v1/cases/{case_id}/conflict                    declare_conflict
POST    /api/v1/cases/{case_id}/goals/{goal_id}/help        write_case
POST    /api/v1/cases/{case_id}/goals/{goal_id}/outcomes    write_case
GET     /api/v1/cases/{case_id}/handover                    read_case
PUT     /api/v1/cases/{case_id}/help/{help_id}              write_case
POST    /api/v1/cases/{case_id}/hold                        hold_process
GET     /api/v1/cases/{case_id}/messages                    read_case
GET     /api/v1/cases/{case_id}/notes                       read_case
POST    /api/v1/cases/{case_id}/notes                       write_case
DELETE  /api/v1/cases/{case_id}/notes/{note_id}             write_case
GET     /api/v1/cases/{case_id}/notes/{note_id}             read_case
PUT     /api/v1/cases/{case_id}/notes/{note_id}             write_case
POST    /api/v1/cases/{case_id}/notes/{note_id}/sign        write_case
GET     /api/v1/cases/{case_id}/people                      read_case
POST    /api/v1/cases/{case_id}/people/around               write_case
PUT     /api/v1/cases/{case_id}/people/around/{part_id}     write_case
POST    /api/v1/cases/{case_id}/people/around/{part_id}/end write_case
PUT     /api/v1/cases/{case_id}/people/client               write_case
POST    /api/v1/cases/{case_id}/people/consents             write_case
POST    /api/v1/cases/{case_id}/people/consents/{consent_id}/withdraw  write_case
POST    /api/v1/cases/{case_id}/people/household            write_case
PUT     /api/v1/cases/{case_id}/people/household/{member_id}  write_case
POST    /api/v1/cases/{case_id}/people/household/{member_id}/end  write_case
POST    /api/v1/cases/{case_id}/people/incomes              write_case
POST    /api/v1/cases/{case_id}/people/incomes/{income_id}/end  write_case
POST    /api/v1/cases/{case_id}/people/reach                write_case
PUT     /api/v1/cases/{case_id}/people/reach/{point_id}     write_case
POST    /api/v1/cases/{case_id}/people/reach/{point_id}/end write_case
GET     /api/v1/cases/{case_id}/plans                       read_case
POST    /api/v1/cases/{case_id}/plans                       write_case
POST    /api/v1/cases/{case_id}/plans/{plan_id}/agree       write_case
POST    /api/v1/cases/{case_id}/plans/{plan_id}/review      write_case
GET     /api/v1/cases/{case_id}/process                     read_case
GET     /api/v1/cases/{case_id}/processes                   start_process
POST    /api/v1/cases/{case_id}/processes                   start_process
POST    /api/v1/cases/{case_id}/processes/{instance_id}/cancel  manage_case
GET     /api/v1/cases/{case_id}/readers                     see_readers
GET     /api/v1/cases/{case_id}/referrals                   read_case
PUT     /api/v1/cases/{case_id}/referrals/{referral_id}     write_case
POST    /api/v1/cases/{case_id}/resume                      hold_process
DELETE  /api/v1/cases/{case_id}/seal                        seal_case
GET     /api/v1/cases/{case_id}/seal                        read_case
PUT     /api/v1/cases/{case_id}/seal                        seal_case
DELETE  /api/v1/cases/{case_id}/seal/names/{staff_id}       seal_case
POST    /api/v1/cases/{case_id}/transfer                    manage_case
GET     /api/v1/cases/{case_id}/visits                      read_case
POST    /api/v1/cases/{case_id}/visits/{visit_id}/excuse    manage_case
POST    /api/v1/cases/{case_id}/visits/{visit_id}/move      write_case
GET     /api/v1/contacts                                    create_contact
POST    /api/v1/contacts                                    create_contact
POST    /api/v1/contacts/pass-on                            create_contact
POST    /api/v1/contacts/search                             search_clients
GET     /api/v1/contacts/{contact_id}                       create_contact      hidden
POST    /api/v1/contacts/{contact_id}/set-aside             create_contact
GET     /api/v1/duty                                        see_duty
POST    /api/v1/duty                                        plan_duty
DELETE  /api/v1/duty/{duty_id}                              plan_duty
GET     /api/v1/exports/board                               read_board
GET     /api/v1/exports/cases                               takers
GET     /api/v1/exports/tasks                               takers
GET     /api/v1/files/{file_id}                             read_task
GET     /api/v1/hooks                                       manage_hooks
POST    /api/v1/hooks                                       manage_hooks
DELETE  /api/v1/hooks/{hook_id}                             manage_hooks
GET     /api/v1/hooks/{hook_id}                             manage_hooks
PUT     /api/v1/hooks/{hook_id}                             manage_hooks
GET     /api/v1/hooks/{hook_id}/deliveries                  manage_hooks
POST    /api/v1/hooks/{hook_id}/deliveries/{delivery_id}/again  manage_hooks
POST    /api/v1/hooks/{hook_id}/pause                       manage_hooks
POST    /api/v1/hooks/{hook_id}/resume                      manage_hooks
POST    /api/v1/hooks/{hook_id}/secret                      manage_hooks
POST    /api/v1/hooks/{hook_id}/test                        manage_hooks
GET     /api/v1/machinery                                   see_machinery
GET     /api/v1/notices                                     choose_notices
PUT     /api/v1/notices                                     choose_notices
GET     /api/v1/processes                                   read_processes
GET     /api/v1/processes/{process}                         read_processes
GET     /api/v1/processes/{process}/versions/{number}       read_processes
GET     /api/v1/proposals                                   read_processes
POST    /api/v1/proposals                                   publish_process
POST    /api/v1/proposals/check                             publish_process
GET     /api/v1/proposals/{proposal_id}                     read_processes
POST    /api/v1/proposals/{proposal_id}/approve             approve_process
POST    /api/v1/proposals/{proposal_id}/refuse              approve_process
POST    /api/v1/proposals/{proposal_id}/withdraw            publish_process
GET     /api/v1/staff                                       see_team
DELETE  /api/v1/staff/{staff_id}/absence                    plan_absence
GET     /api/v1/staff/{staff_id}/absence                    plan_absence
PUT     /api/v1/staff/{staff_id}/absence                    plan_absence
POST    /api/v1/staff/{staff_id}/hand-on                    hand_on_work
GET     /api/v1/staff/{staff_id}/work                       hand_on_work
GET     /api/v1/tasks                                       anybody
GET     /api/v1/tasks/{task_id}                             read_task
POST    /api/v1/tasks/{task_id}/answers/{item}              work_task
POST    /api/v1/tasks/{task_id}/answers/{item}/correction   correct_answer
POST    /api/v1/tasks/{task_id}/answers/{item}/correction/preview  correct_answer
POST    /api/v1/tasks/{task_id}/files/{item}                work_task
DELETE  /api/v1/tasks/{task_id}/appointment                 work_task
PUT     /api/v1/tasks/{task_id}/appointment                 work_task
POST    /api/v1/tasks/{task_id}/appointment/attendance      work_task
GET     /api/v1/tasks/{task_id}/appointment/times           work_task
POST    /api/v1/tasks/{task_id}/claim                       work_task
POST    /api/v1/tasks/{task_id}/comments                    comment_task
POST    /api/v1/tasks/{task_id}/complete                    work_task
POST    /api/v1/tasks/{task_id}/delegate                    delegate_task
PUT     /api/v1/tasks/{task_id}/draft                       work_task
POST    /api/v1/tasks/{task_id}/hand-back                   work_task
POST    /api/v1/tasks/{task_id}/questions                   ask_about_task
POST    /api/v1/tasks/{task_id}/due                         move_due
POST    /api/v1/tasks/{task_id}/reassign                    reassign_task
POST    /api/v1/tasks/{task_id}/release                     work_task
POST    /api/v1/tasks/{task_id}/retry                       work_task
GET     /api/v1/tasks/{task_id}/sharing                     read_task
POST    /api/v1/tasks/{task_id}/skip                        work_task
POST    /api/v1/tasks/{task_id}/withdraw                    ask_about_task
GET     /api/v1/views                                       keep_views
PUT     /api/v1/views                                       keep_views
DELETE  /api/v1/views/{view_id}                             keep_views
GET     /api/v1/week                                        read_week
DELETE  /api/v1/week/feed                                   read_week
PUT     /api/v1/week/feed                                   read_week
"""

WORDS = {
    "workers": {"caseworker", "specialist", "supervisor", "manager"},
    "takers": {"supervisor", "manager", "data_protection"},
    "openers": {"caseworker", "specialist", "supervisor", "manager", "data_protection"},
}
"""The roles behind the words that are no action."""

WHY = "for the test of who may"
NAMED = {"given_name": "Synthetic", "family_name": "Newcomer"}
PERSON = {**NAMED, "phone": "(202) 555-0160"}
GOAL = {
    "specific": "a bed",
    "need": "housing",
    "indicator": "nights",
    "target": "seven",
    "due_on": "2026-06-01",
}
NOTE = {"kind": "other", "title": "A note", "text": "Synthetic", "happened_at": "2026-03-01T10:00"}
FILES = {"files": [{"name": "small.yaml", "text": "process: small\n"}]}

BODIES = {
    "POST /contacts/likely": PERSON,
    "POST /proposals/checked": FILES,
    "POST /api/v1/access/conflicts/{conflict_id}/end": {"reason": WHY},
    "POST /api/v1/access/openings": {"case": "{opening_case}", "reason": WHY},
    "POST /api/v1/access/openings/{opening_id}/review": {"finding": WHY},
    "DELETE /api/v1/account/second-factor": {},
    "POST /api/v1/account/second-factor": {},
    "POST /api/v1/account/second-factor/confirm": {"code": "000000"},
    "POST /api/v1/account/tokens": {"name": "a program", "scopes": ["read_case"]},
    "POST /api/v1/accounts": {"email": "new@office.example", "name": "New", "roles": ["caseworker"]},
    "POST /api/v1/accounts/{account_id}/disable": {"reason": WHY},
    "PUT /api/v1/accounts/{account_id}/openid": {"by_email": True},
    "PUT /api/v1/accounts/{account_id}/places": {"groups": {}},
    "PUT /api/v1/accounts/{account_id}/roles": {"roles": ["specialist"]},
    "POST /api/v1/accounts/{account_id}/second-factor/reset": {"reason": WHY},
    "POST /api/v1/cases/{case_id}/conflict": {"reason": WHY},
    "POST /api/v1/cases/{case_id}/goals/{goal_id}/help": {"title": "a letter"},
    "POST /api/v1/cases/{case_id}/goals/{goal_id}/outcomes": {
        "value": "three nights",
        "status": "in_progress",
        "measured_on": "2026-03-01",
    },
    "PUT /api/v1/cases/{case_id}/help/{help_id}": {"status": "in_progress"},
    "POST /api/v1/cases/{case_id}/hold": {"reason": WHY},
    "POST /api/v1/cases/{case_id}/notes": NOTE,
    "PUT /api/v1/cases/{case_id}/notes/{note_id}": NOTE,
    "POST /api/v1/cases/{case_id}/people/around": {"name": "Synthetic", "role": "friend"},
    "PUT /api/v1/cases/{case_id}/people/around/{part_id}": {},
    "POST /api/v1/cases/{case_id}/people/around/{part_id}/end": {"day": "2026-03-01"},
    "PUT /api/v1/cases/{case_id}/people/client": {**NAMED, "language": "en"},
    "POST /api/v1/cases/{case_id}/people/consents": {
        "purpose": "referral",
        "recipients": ["services"],
        "data": ["all"],
        "given_by": "the client",
    },
    "POST /api/v1/cases/{case_id}/people/household": {**NAMED, "relation": "child"},
    "PUT /api/v1/cases/{case_id}/people/household/{member_id}": {**NAMED, "relation": "child"},
    "POST /api/v1/cases/{case_id}/people/household/{member_id}/end": {"day": "2026-03-01"},
    "POST /api/v1/cases/{case_id}/people/incomes": {
        "client": "nobody",
        "source": "earned",
        "amount": "10.00",
        "currency": "USD",
        "frequency": "monthly",
    },
    "POST /api/v1/cases/{case_id}/people/incomes/{income_id}/end": {"day": "2026-03-01"},
    "POST /api/v1/cases/{case_id}/people/reach": {"kind": "email", "value": "new@people.example"},
    "PUT /api/v1/cases/{case_id}/people/reach/{point_id}": {"safe": "yes"},
    "POST /api/v1/cases/{case_id}/people/reach/{point_id}/end": {"reason": WHY},
    "POST /api/v1/cases/{case_id}/plans": {"goals": [GOAL]},
    "PUT /api/v1/cases/{case_id}/referrals/{referral_id}": {"status": "accepted"},
    "POST /api/v1/cases/{case_id}/plans/{plan_id}/agree": {},
    "POST /api/v1/cases/{case_id}/plans/{plan_id}/review": {"review_on": "2026-06-01", "said": WHY},
    "POST /api/v1/cases/{case_id}/processes": {"process": "small"},
    "POST /api/v1/cases/{case_id}/processes/{instance_id}/cancel": {"reason": WHY},
    "POST /api/v1/cases/{case_id}/resume": {},
    "DELETE /api/v1/cases/{case_id}/seal": {"reason": WHY},
    "PUT /api/v1/cases/{case_id}/seal": {"reason": WHY},
    "POST /api/v1/cases/{case_id}/transfer": {"to": "{stranger}", "handover": WHY},
    "POST /api/v1/cases/{case_id}/visits/{visit_id}/excuse": {"reason": WHY},
    "POST /api/v1/cases/{case_id}/visits/{visit_id}/move": {"to": "2026-03-20", "reason": WHY},
    "POST /api/v1/contacts": {**PERSON, "process": "small"},
    "POST /api/v1/contacts/pass-on": {**PERSON, "team": "referral_team"},
    "POST /api/v1/contacts/search": PERSON,
    "POST /api/v1/contacts/{contact_id}/set-aside": {"reason": WHY},
    "POST /api/v1/duty": {
        "rota": "on_call",
        "who": "{stranger}",
        "day": "2026-03-09",
        "starts": "08:00",
        "until": "16:00",
    },
    "POST /api/v1/hooks": {
        "name": "Another system",
        "url": "https://hooks.example/office",
        "events": ["case.opened"],
    },
    "PUT /api/v1/hooks/{hook_id}": {
        "name": "The other system",
        "url": "https://hooks.example/office",
        "events": ["case.opened"],
    },
    "POST /api/v1/hooks/{hook_id}/secret": {},
    "PUT /api/v1/notices": {"wanted": "none"},
    "POST /api/v1/proposals": {**FILES, "reason": WHY},
    "POST /api/v1/proposals/check": FILES,
    "POST /api/v1/proposals/{proposal_id}/approve": {},
    "POST /api/v1/proposals/{proposal_id}/refuse": {"reason": WHY},
    "PUT /api/v1/staff/{staff_id}/absence": {"starts": "2026-03-09", "until": "2026-03-10"},
    "POST /api/v1/staff/{staff_id}/hand-on": {"to": "{stranger}", "reason": WHY},
    "POST /api/v1/tasks/{task_id}/answers/{item}": {"value": "yes"},
    "POST /api/v1/tasks/{task_id}/answers/{item}/correction": {"value": "no", "reason": WHY},
    "POST /api/v1/tasks/{task_id}/answers/{item}/correction/preview": {"value": "no"},
    "POST /api/v1/tasks/{task_id}/files/{item}": {"a": "file"},
    "DELETE /api/v1/tasks/{task_id}/appointment": {"reason": WHY},
    "PUT /api/v1/tasks/{task_id}/appointment": {"at": "2026-03-09T09:00"},
    "POST /api/v1/tasks/{task_id}/appointment/attendance": {"kept": True},
    "POST /api/v1/tasks/{task_id}/comments": {"text": WHY},
    "POST /api/v1/tasks/{task_id}/complete": {},
    "POST /api/v1/tasks/{task_id}/delegate": {"to": "{stranger}"},
    "PUT /api/v1/tasks/{task_id}/draft": {"answers": {}},
    "POST /api/v1/tasks/{task_id}/hand-back": {},
    "POST /api/v1/tasks/{task_id}/questions": {"of": "{stranger}", "question": WHY},
    "POST /api/v1/tasks/{task_id}/due": {"due_at": "2026-03-09T17:00", "reason": WHY},
    "POST /api/v1/tasks/{task_id}/reassign": {"to": "{stranger}", "reason": WHY},
    "POST /api/v1/tasks/{task_id}/release": {},
    "POST /api/v1/tasks/{task_id}/retry": {},
    "POST /api/v1/tasks/{task_id}/skip": {"reason": WHY},
    "PUT /api/v1/views": {"name": "mine"},
}
"""What is sent, so that the answer is about who asks and not about the body."""

QUERIES = {
    "GET /cases/{case_id}/cancel": "?process={instance_id}",
    "GET /api/v1/tasks/{task_id}/appointment/times": "?day=2026-03-09",
    "POST /api/v1/tasks/{task_id}/files/{item}": "?name=a.txt",
}


@dataclass(frozen=True)
class Rule:
    """What stands before a route: an action or a word, whether a refusal is hidden, whether all is."""

    name: str
    hidden: bool
    empty: bool


@cache
def routes() -> dict[str, Rule]:
    """`METHOD path` -> its rule."""
    found: dict[str, Rule] = {}
    for line in filter(None, TABLE.splitlines()):
        method, path, rule, *more = line.split()
        assert f"{method} {path}" not in found, line
        read = method == "GET" and not path.startswith("/api/")
        found[f"{method} {path}"] = Rule(rule, read or more == ["hidden"], more == ["empty"])
    return found
