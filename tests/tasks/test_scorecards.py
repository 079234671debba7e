"""The parts of a scorecard: reversed items, skip logic, scales, matrices, tables, judgement."""

from datetime import date
from decimal import Decimal

import pytest
from score_bench import card_faults, checked, score_bench

YN = "yes_no"
TRIO = """
items:
  a: {of: = inputs.a, points: {"yes": 1, "no": 0}}
  b: {of: = inputs.b, points: {"yes": 1, "no": 0}}
  c: {of: = inputs.c, points: {"yes": 1, "no": 0}}
"""
THREE = {"a": YN, "b": YN, "c": YN}


def trio(rest: str) -> str:
    return TRIO + rest


def test_a_reversed_item_turns_its_points_round() -> None:
    card = score_bench(
        """
        points:
          agreement: {strongly: 3, rather: 2, hardly: 1, never: 0}
        items:
          proud: {of: = inputs.proud, points: agreement}
          useless: {of: = inputs.useless, points: agreement, reversed: true}
        bands: {low: 0 to 2, high: 3 and over}
        higher_is: better
        """,
        proud="choice strongly rather hardly never",
        useless="choice strongly rather hardly never",
    )
    assert card.score(proud="strongly", useless="strongly").items == {"proud": 3, "useless": 0}
    assert card.score(proud="hardly", useless="never").items == {"proud": 1, "useless": 3}


def test_where_more_is_better_missing_counts_as_the_lowest_band_that_is_possible() -> None:
    card = score_bench(trio("bands: {low: 0 to 1, high: 2 and over}\nhigher_is: better"), **THREE)
    open_one = card.score(a="yes", b="yes")
    assert (open_one.band, open_one.provisional) == ("high", True)  # two points are there already
    assert card.score(a="yes", b="no").band == "low"
    assert card.score(a="yes").band == "low"
    assert "It could fall to" in card.score(a="yes").explanation


OVERRULED = trio("""
bands: {low: 0 to 1, high: 2, extreme: 3}
overrides:
  - {when: inputs.gun is yes, band: high, because: A gun}
""")


@pytest.mark.parametrize(
    ("yes", "gun", "band", "provisional"),
    [
        ("", "no", "low", False),
        ("", "yes", "high", False),
        ("abc", "yes", "extreme", False),
        ("", "doesnt_know", "high", True),
        ("", "not_collected", "high", True),
        ("abc", "prefers_not_to_answer", "extreme", False),
    ],
)
def test_an_override_is_the_least_that_counts_and_only_an_answer_rules_it_out(
    yes: str, gun: str, band: str, provisional: bool
) -> None:
    card = score_bench(OVERRULED, **THREE, gun=YN)
    given = {each: "yes" if each in yes else "no" for each in "abc"}
    score = card.score(**given, gun=gun)
    assert (score.band, score.provisional) == (band, provisional)
    assert score.could_rise_to == band


def test_a_condition_that_says_what_an_answer_is_not_decides_without_one() -> None:
    card = score_bench(
        'items: {x: {of: = inputs.a is not no, points: {"yes": 1, "no": 0}}}\nbands: {low: 0, high: 1}', a=YN
    )
    found = [card.score(a=each) for each in ("no", "yes", "doesnt_know")]
    assert [(each.band, each.provisional) for each in found] == [
        ("low", False),
        ("high", False),
        ("high", False),
    ]


def test_points_by_bands_with_decimals_and_bands_of_points_without() -> None:
    steps = "items: {bmi: {of: = inputs.bmi, points: {under 18.5: 2, 18.5 to 20: 1, 20.1 and over: 0}}}"
    card = score_bench(f"{steps}\nbands: {{low: 0, medium: 1, high: 2}}", bmi="number")
    found = [card.score(bmi=Decimal(each)).band for each in ("18.49", "18.5", "20.04", "20.1")]
    assert found == ["high", "medium", "medium", "low"]
    wrong = card_faults(f"{steps}\nbands: {{low: under 1.5, high: 1.5 and over}}", bmi="number")
    assert "CW702: `under 1.5` is a band of points, which are whole numbers" in wrong


@pytest.mark.parametrize(
    ("asked", "answer", "points", "provisional"),
    [("no", None, 0, False), ("yes", None, None, True), ("yes", "yes", 1, False), (None, None, None, True)],
)
def test_an_item_that_is_not_asked_counts_nothing_and_is_not_missing(
    asked: str | None, answer: str | None, points: int | None, provisional: bool
) -> None:
    card = score_bench(
        """
        items:
          drinks: {of: = inputs.drinks, points: {"yes": 0, "no": 0}}
          often: {of: = inputs.often, points: {"yes": 1, "no": 0}, only_if: inputs.drinks is yes}
        bands: {low: "0", high: 1 and over}
        """,
        drinks=YN,
        often=YN,
    )
    output = card.score(**{name: each for name, each in (("drinks", asked), ("often", answer)) if each})
    assert (output.items["often"], output.provisional) == (points, provisional)


@pytest.mark.parametrize(
    ("way", "totals"),
    [
        ("sum: [a, b, c]", (0, 1, 2, 3)),
        ("any_of: [a, b, c]", (0, 1, 1, 1)),
        ("all_of: [a, b, c]", (0, 0, 0, 1)),
        ("count: [a, b, c]", (0, 1, 2, 3)),
        ("maximum: [a, b, c]", (0, 1, 1, 1)),
        ("minimum: [a, b, c]", (0, 0, 0, 1)),
        ("count: [a, b, c]\n  points: {under 2: 0, 2 and over: 5}", (0, 0, 5, 5)),
        ("sum: [b, c]\n  less: [a]", (0, -1, 0, 1)),
    ],
)
def test_scales_combine_their_members(way: str, totals: tuple[int, ...]) -> None:
    card = score_bench(trio(f"total:\n  {way}\nbands: {{low: under 1, high: 1 and over}}\n"), **THREE)
    for yes, total in enumerate(totals):
        answers = {name: "yes" if index < yes else "no" for index, name in enumerate(THREE)}
        assert card.score(**answers).total == total


def test_a_group_that_one_member_decides_is_not_provisional() -> None:
    card = score_bench(trio('total: {any_of: [a, b, c]}\nbands: {low: "0", high: "1"}'), **THREE)
    assert (card.score(a="yes").band, card.score(a="yes").provisional) == ("high", False)
    assert (card.score(a="no").band, card.score(a="no").provisional) == ("high", True)


def test_a_sum_less_the_smaller_of_two() -> None:
    card = score_bench(
        """
        items:
          rent: {of: = inputs.rent, points: {0 to 4: 1, 5 to 9: 5, 10 and over: 10}}
          heat: {of: = inputs.heat, points: {0 to 4: 2, 5 and over: 6}}
        scales:
          smaller: {minimum: [rent, heat]}
        total: {sum: [rent, heat], less: [smaller]}
        bands: {low: under 6, high: 6 and over}
        """,
        rent="number",
        heat="number",
    )
    assert card.score(rent=Decimal(7), heat=Decimal(5)).total == 6
    assert card.score(rent=Decimal(20), heat=Decimal(1)).total == 10


MATRIX = """
items:
  likely: {of: = inputs.likely, points: {rare: 0, often: 1}}
  hurt: {of: = inputs.hurt, points: {"yes": 1, "no": 0}}
  sight: {of: = inputs.sight, points: {"yes": 1, "no": 0}}
scales:
  harm:
    sum: [hurt, sight]
    bands: {slight: under 1, grave: 1 and over}
total:
  matrix:
    rows: likely
    columns: harm
    cells:
      rare: {slight: low, grave: medium}
      often: {slight: medium, grave: high}
bands: [low, medium, high]
"""
MATRIX_INPUTS = {"likely": "choice rare often", "hurt": YN, "sight": YN}


def test_a_matrix_reads_its_cell_by_the_bands_and_answers_of_its_sides() -> None:
    card = score_bench(MATRIX, **MATRIX_INPUTS)
    output = card.score(likely="often", hurt="no", sight="no")
    assert (output.band, output.scales["harm"]) == (
        "medium",
        {"total": 0, "band": "slight", "provisional": False},
    )
    assert output.explanation == (
        "Likely 1 (often), harm 0 (slight). That is medium. One point more (hurt: yes) would make it high. "
        "One point less (likely: rare) would make it low."
    )
    assert card.score(likely="often", hurt="yes", sight="no").band == "high"


def test_a_matrix_with_an_open_side_takes_the_worst_cell_that_is_possible() -> None:
    output = score_bench(MATRIX, **MATRIX_INPUTS).score(likely="rare", hurt="no")
    assert (output.known_band, output.band, output.provisional) == ("low", "medium", True)


def test_the_worst_band_of_two_scales_counts() -> None:
    card = score_bench(
        trio(
            """
scales:
  first: {sum: [a, b], bands: {low: "0", medium: "1", high: "2"}}
  second: {sum: [c], bands: {low: "0", high: "1"}}
total: {worst: [first, second]}
bands: [low, medium, high]
"""
        ),
        **THREE,
    )
    assert card.score(a="yes", b="no", c="no").band == "medium"
    assert card.score(a="no", b="no", c="yes").band == "high"


def test_bands_by_sex_and_the_worst_while_that_is_not_known() -> None:
    card = score_bench(
        trio(
            """
bands:
  by: = inputs.sex
  use:
    female: {negative: 0 to 1, positive: 2 and over}
    male: {negative: 0 to 2, positive: 3 and over}
"""
        ),
        sex="choice female male",
        **THREE,
    )
    two = {"a": "yes", "b": "yes", "c": "no"}
    assert card.score(sex="female", **two).band == "positive"
    assert card.score(sex="male", **two).band == "negative"
    unknown = card.score(**two)
    assert (unknown.band, unknown.provisional) == ("positive", True)


TABLES = """
as_of: = inputs.day
tables:
  line:
    by: = as_of
    use:
      2025-01-15 to 2026-01-14:
        by: = inputs.size
        use: {"1": 1000, 2 and over: = 1000 + 500 * (inputs.size - 1)}
      2026-01-15 and later:
        by: = inputs.size
        use: {"1": 1100, 2 and over: = 1100 + 550 * (inputs.size - 1)}
items:
  poverty:
    of: = inputs.income / line * 100
    points: {under 100: 2, 100 to 199: 1, 200 and over: 0}
bands: {none: "0", some: "1", deep: "2"}
"""
TABLE_INPUTS = {"day": "date", "size": "number", "income": "number"}


@pytest.mark.parametrize(
    ("day", "size", "band"),
    [
        (date(2025, 12, 31), 1, "some"),
        (date(2026, 1, 14), 1, "some"),
        (date(2026, 1, 15), 1, "deep"),
        (date(2026, 1, 14), 3, "deep"),
    ],
)
def test_the_table_in_force_on_the_day_counts(day: date, size: int, band: str) -> None:
    card = score_bench(TABLES, size="number", day="date", income="number")
    # the entry of a size reads no table of nobody: a household has a member at least
    assert card.score(day=day, size=Decimal(size), income=Decimal(1050)).band == band


def test_without_a_day_or_a_size_the_item_is_missing() -> None:
    card = score_bench(TABLES, **TABLE_INPUTS)
    for given in ({"size": Decimal(1)}, {"day": date(2026, 2, 1)}):
        output = card.score(income=Decimal(5000), **given)
        assert (output.items["poverty"], output.band, output.provisional) == (None, "deep", True)


def test_reasons_for_not_answering_score_where_the_card_says_so() -> None:
    card = score_bench(
        """
        items:
          a: {of: = inputs.a, points: {"yes": 3, "no": 0, doesnt_know: 1, prefers_not_to_answer: 2}}
          home: {of: = inputs.home, points: {stable: 0, street: 2, prefers_not_to_answer: 1}}
        bands: {low: 0 to 2, high: 3 and over}
        """,
        a=YN,
        home="choice stable street",
    )
    assert card.score(a="doesnt_know", home="stable").items == {"a": 1, "home": 0}
    assert card.score(a="prefers_not_to_answer", home="stable").items == {"a": 2, "home": 0}
    assert card.score(a="not_collected", home="stable").items["a"] is None
    assert card.score(a="no", refused={"home": "prefers_not_to_answer"}).items["home"] == 1
    assert card.score(a="no", refused={"home": "doesnt_know"}).items["home"] is None


JUDGED = """
bands: {low: "0", medium: 1 to 2, high: "3"}
overrides:
  - {when: inputs.danger is yes, band: high, because: Danger now}
judgement:
  band: = inputs.judged
  because: = inputs.why
"""
JUDGED_INPUTS = {**THREE, "danger": YN, "judged": "choice low medium high", "why": "text"}
NONE = {"a": "no", "b": "no", "c": "no", "danger": "no"}


def test_a_judgement_with_a_reason_raises_and_lowers() -> None:
    card = score_bench(trio(JUDGED), **JUDGED_INPUTS)
    raised = card.score(**NONE, judged="high", why="Seen frightened.")
    assert (raised.band, raised.calculated_band, raised.judgement) == ("high", "low", "Seen frightened.")
    assert "Judged to be high instead of low: Seen frightened." in raised.explanation
    assert not raised.provisional
    lowered = card.score(**{**NONE, "a": "yes"}, judged="low", why="A misunderstanding")
    assert (lowered.band, lowered.calculated_band) == ("low", "medium")


def test_without_a_written_reason_a_raise_is_provisional_and_a_lowering_does_not_count() -> None:
    card = score_bench(trio(JUDGED), **JUDGED_INPUTS)
    raised = card.score(**NONE, judged="high")
    assert (raised.band, raised.provisional, raised.judgement) == ("high", True, None)
    for nothing in ({}, {"why": "  "}):
        lowered = card.score(**{**NONE, "a": "yes"}, judged="low", **nothing)
        assert (lowered.band, lowered.judgement) == ("medium", None)
        assert "does not count: no reason is written" in lowered.explanation


def test_a_judgement_lowers_neither_an_override_nor_what_is_provisional() -> None:
    card = score_bench(trio(JUDGED), **JUDGED_INPUTS)
    overridden = card.score(**{**NONE, "danger": "yes"}, judged="low", why="Calm now")
    open_one = card.score(a="no", b="no", danger="no", judged="low", why="Calm now")
    assert (overridden.band, open_one.band) == ("high", "medium")


def test_a_card_can_limit_what_a_judgement_may_do() -> None:
    limited = trio(JUDGED + "  may: raise\n  levels: 1\n")
    card = score_bench(limited, **JUDGED_INPUTS)
    assert card.score(**NONE, judged="medium", why="Because").band == "medium"
    assert "by 1 at most" in card.score(**NONE, judged="high", why="Because").explanation
    assert card.score(**{**NONE, "a": "yes"}, judged="low", why="Because").band == "medium"


def test_bands_need_only_hold_totals_that_can_occur() -> None:
    pairs = """
items:
  a: {of: = inputs.a, points: {"yes": 4, "no": 0}}
  b: {of: = inputs.b, points: {"yes": 4, "no": 0}}
"""
    fine = pairs + "bands: {low: 0 to 1, high: 3 to 8}"
    assert checked(fine, a=YN, b=YN) == ()
    gap = pairs + "bands: {low: 0 to 1, high: 5 to 8}"
    assert "no band holds 4, between `0 to 1` and `5 to 8`" in card_faults(gap, a=YN, b=YN)


def test_totals_that_can_occur_are_found_exactly_where_scales_share_items() -> None:
    shared = """
scales:
  together: {all_of: [a, b, c]}
total: {sum: [a, b, c, together]}
bands: {low: 0 to 2, high: "4"}
"""
    assert checked(trio(shared), **THREE) == ()


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        ("total: {sum: [a, b]}\nbands: {low: 0 to 2}", "`c` counts nowhere"),
        ("total: {sum: [a, b, d]}\nbands: {low: 0 to 2}", "no item, or scale further up, `d`"),
        ("total: {sum: [a, b, a, c]}\nbands: {low: 0 to 4}", "`a` stands twice"),
        ("total: {sum: [a], count: [b]}\nbands: {low: 0 to 2}", "combine the members in one way"),
        ("total: {count: [a, b, c], less: [a]}\nbands: {low: 0 to 3}", "`less` takes something off a `sum`"),
        ("scales: {d: {sum: [a]}}\nbands: {low: 0 to 3}", "what counts in the end"),
        ("scales: {d: {sum: [e]}, e: {sum: [a]}}\ntotal: {sum: [d]}\nbands: {low: 0 to 3}", "no item"),
        (
            "scales: {total: {sum: [a]}}\ntotal: {sum: [a, b, c]}\nbands: {low: 0 to 3}",
            "can't be called `total`",
        ),
        ("scales: {a: {sum: [b]}}\ntotal: {sum: [a, b, c]}\nbands: {low: 0 to 3}", "`a` is an item already"),
        ("total: {worst: [a, b, c]}\nbands: [low, high]", "has no bands that are bands of the whole"),
        (
            "total: {count: [a, b, c], points: {under 2: 0, 3 and over: 1}}\nbands: {low: 0 to 1}",
            "no band holds 2",
        ),
        ('bands: {by: = inputs.a, use: {"yes": {low: 0 to 3}}}', "no entry for no"),
        (
            'bands: {by: = inputs.a, use: {"yes": {low: 0 to 3}, "no": {low: 0 to 1, high: 2 to 3}}}',
            "the bands have other names",
        ),
        (
            "bands: {by: = inputs.a, use: {"
            '"yes": {low: 0 to 1, high: 2 to 3}, "no": {low: 0 to 1, high: "3"}}}',
            "no band holds 2, between `0 to 1` and `3`, where inputs.a is no",
        ),
        ("bands: {low: 0 to 3}\njudgement: {band: = inputs.a, because: = inputs.b}", "yes/no"),
        ("bands: {low: 0 to 3}\nas_of: = inputs.a", "the day that counts is a date"),
    ],
)
def test_faults_of_cards_are_named(rest: str, problem: str) -> None:
    assert problem in card_faults(trio(rest), **THREE)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("2026-01-15 and later", "2026-01-16 and later", "no entry holds 2026-01-15"),
        ("2026-01-15 and later", "2026-01-10 and later", "overlap: 2026-01-10 to 2026-01-14 is in both"),
        ('"1": 1100, 2', '"1": 1100, 3', "no entry holds 2, between `1` and `3 and over`"),
        ("= as_of\n", "= inputs.income_source\n", "has no `income_source`"),
        ("line * 100", "lin * 100", "`lin` is not known here"),
    ],
)
def test_gaps_and_overlaps_of_periods_are_named(old: str, new: str, problem: str) -> None:
    assert old in TABLES
    assert problem in card_faults(TABLES.replace(old, new), **TABLE_INPUTS)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("often: {slight: medium, grave: high}", "", "no row for often"),
        ("grave: high}", "}", "no column for grave"),
        ("grave: high}", "grave: hi}", "no band `hi`"),
        ("rows: likely", "rows: hurt", "no row `rare`"),
        ("bands: [low, medium, high]", "bands: {low: 0 to 1, medium: '2', high: '3'}", "as a list of names"),
    ],
)
def test_faults_of_a_matrix_are_named(old: str, new: str, problem: str) -> None:
    assert old in MATRIX
    assert problem in card_faults(MATRIX.replace(old, new), **MATRIX_INPUTS)
