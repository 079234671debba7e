"""What people see and touch: accounts, who may do what, pages, and the JSON API.

Pages and the API read rows and give the commands of `flows.inbox`; of itself this package writes its own
records only: accounts, sessions, who is kept from a case, the audit of what was read.
"""
