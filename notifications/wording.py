"""Words that must not stand in a text message or a subject line (domain.md: never the reason, a diagnosis,
a risk, a benefit).

Whoever holds the telephone sees these texts on its locked screen.
"""

import re
from collections.abc import Iterable
from typing import Final

SENSITIVE: Final = frozenset(
    {
        *(
            "abuse",
            "abused",
            "abusive",
            "addiction",
            "alcohol",
            "assault",
            "benefit",
            "benefits",
            "court",
            "crisis",
        ),
        *(
            "danger",
            "dangerous",
            "depression",
            "diagnosis",
            "domestic",
            "drug",
            "drugs",
            "emergency",
            "eviction",
            "harm",
        ),
        *(
            "hiv",
            "homeless",
            "homelessness",
            "mental",
            "neglect",
            "perpetrator",
            "police",
            "pregnant",
            "psychiatric",
        ),
        *(
            "rape",
            "risk",
            "safeguarding",
            "shelter",
            "suicide",
            "therapy",
            "violence",
            "violent",
            "vulnerable",
        ),
        *(
            "abuso",
            "adicción",
            "adiccion",
            "agresión",
            "agresion",
            "albergue",
            "beneficio",
            "beneficios",
            "crisis",
        ),
        *(
            "depresión",
            "depresion",
            "desahucio",
            "diagnóstico",
            "diagnostico",
            "droga",
            "drogas",
            "embarazada",
        ),
        *(
            "emergencia",
            "maltrato",
            "negligencia",
            "peligro",
            "policía",
            "policia",
            "psiquiátrico",
            "psiquiatrico",
        ),
        *("refugio", "riesgo", "suicidio", "terapia", "tribunal", "víctima", "victima", "vih", "violación"),
        *("violacion", "violencia", "vulnerable"),
    }
)
"""Whole words in the languages of the shipped templates; a department adds its own in the vocabulary
(`never:`).
"""

_WORD = re.compile(r"[^\W\d_]+")


def sensitive_words(text: str, never: Iterable[str] = ()) -> tuple[str, ...]:
    """The words of a text that must not stand in it, each once, in order. Upper case does not matter."""
    forbidden = SENSITIVE | {word.casefold() for word in never}
    found = (word.casefold() for word in _WORD.findall(text))
    return tuple(dict.fromkeys(word for word in found if word in forbidden))
