"""The branches of a plan are a list: each place with its ways, one function per construct."""

from intake_world import plans

from definitions.branches import branches


def test_the_intake_branches_where_its_file_says_so() -> None:
    found = {point.name: point.ways for point in branches(plans()["intake"])}
    assert found == {
        "findings.identity_verified.required": ("answered", "refused while missing"),
        "findings.immediate_danger.required": ("answered", "refused while missing"),
        "findings.housing.required": ("answered", "refused while missing"),
        "findings.health.required": ("answered", "refused while missing"),
        "findings.consent.only_if": ("asked", "not asked"),
        "risk.set.risk_level": ("rule 1", "rule 2", "otherwise"),
        "vulnerability.overrides.1": ("holds", "does not hold"),
        "referral_task.for_each": ("none", "one", "several"),
        "appointment_email.otherwise": ("nobody has to take over", "a person takes over"),
        "safety_alert.when": ("holds", "does not hold"),
        "safety_alert.otherwise": (
            "nobody has to take over",
            "a person takes over",
            "a person takes over after silence",
        ),
        "referral.needs": ("runs", "skipped with its needs"),
        "referral.for_each": ("one", "several"),
        "referral.otherwise": ("nobody has to take over", "a person takes over"),
        "active.once": ("at once", "after waiting", "decided at the deadline"),
        "clean_up.otherwise": ("nobody has to take over", "a person takes over"),
    }
