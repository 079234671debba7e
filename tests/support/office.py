"""A small department for tests of the command line: CSV files, a food-bank process, answers."""

from pathlib import Path

STAFF = """\
email,name,phone,language,groups,supervisor,cover
ann@example.org,Ann Worker,+1 212-555-0180,en,intake_team,vera@example.org,
vera@example.org,Vera Lead,+1 212-555-0190,en,intake_team:supervisor; managers:manager,,
rita@example.org,Rita Specialist,+1 212-555-0184,en,referral_team,vera@example.org,
dana@example.org,Dana Duty,+1 212-555-0198,en,duty_managers,vera@example.org,
"""
CLIENTS = """\
reference,given_name,family_name,date_of_birth,date_of_birth_quality,language
C-1,Marigold,Testwell,1991-04-12,full,en
C-2,Barnaby,Testwell,,doesnt_know,en
"""
HOUSEHOLDS = """\
reference,name,client,relation,joined_on
H-1,Testwell,C-1,self,2015-05-01
H-1,Testwell,C-2,spouse_or_partner,2015-05-01
"""
INCOMES = """\
client,source,amount,currency,frequency,starts_on
C-1,earned,1200.00,USD,monthly,2024-02-01
"""
CONTACTS = """\
client,person,role,kind,value,phone_type,preferred,safe,may_identify_organisation
C-1,,,email,marigold@example.org,,yes,yes,yes
C-1,,,phone,+1 212-555-0101,cell,no,yes,yes
C-1,Gus Guardian,guardian,phone,+1 212-555-0157,cell,no,unknown,no
"""
SERVICES = """\
reference,organization,name,categories,languages
S-FOOD,Example Pantry,Weekly food box,food-insecurity; homelessness,en; es
"""
FILES = {
    "staff.csv": STAFF,
    "clients.csv": CLIENTS,
    "households.csv": HOUSEHOLDS,
    "incomes.csv": INCOMES,
    "contacts.csv": CONTACTS,
    "services.csv": SERVICES,
}

FOOD_BANK = """\
process: food-bank
title: Food-bank referral
purpose: Get a food parcel to a household.
owner: intake_team
inputs:
  client: {type: Client, title: Client}
steps:
  - id: profile
    title: Look the client up
    do: fetch_record
    record: Client
    match:
      id: = inputs.client.id
    none: stop
  - id: parcel
    title: Arrange the parcel
    do: assign_task
    to: group referral_team
    items:
      - id: collected
        ask: Was the parcel collected?
        type: yes_no
        required: true
    due: 2 working days
"""

ANSWERS = """\
assessment:
  book:
    in: 2 working days
    time: "10:00"
    place: Office
findings:
  answers:
    identity_verified: "yes"
    immediate_danger: "no"
    housing: stable
    health: good
    needs: [food-insecurity]
    consent: "yes"
referral_task:
  each:
    food-insecurity:
      answers:
        service: S-FOOD
plan:
  goals:
    - specific: Eat every day
      indicator: meals a week
      target: "14"
      need: food-insecurity
      due: 60 days
"""


def write_office(folder: Path, **replaced: str) -> Path:
    """Write the CSV files; `clients=...` replaces the text of `clients.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        content = replaced.get(name.removesuffix(".csv"), text)
        (folder / name).write_text(content, encoding="utf-8")
    return folder
