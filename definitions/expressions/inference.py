"""Tree -> type: `infer`. It reports everything that would go wrong when the expression is evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from definitions.diagnostics import suggest
from definitions.expressions import advice, rules
from definitions.expressions.comparisons import compare
from definitions.expressions.functions import Argument, Function, Unsuitable
from definitions.expressions.nodes import (
    Arithmetic,
    Call,
    Comparison,
    Constant,
    Expression,
    Items,
    Junction,
    Known,
    Name,
    Negative,
    Node,
    Not,
    walk,
)
from definitions.expressions.scope import Scope, established, resolve, unknown_name
from definitions.problems import Problem
from definitions.types import (
    PREVIOUS_ROUND,
    YES_NO_CODES,
    Choice,
    Choices,
    Condition,
    Date,
    Duration,
    MaybeAbsent,
    Money,
    Number,
    Open,
    Text,
    Type,
    Unknown,
    YesNo,
    describe,
)


def infer(
    expression: Expression, scope: Scope, expected: Type | None = None
) -> tuple[Type, tuple[Problem, ...]]:
    """The type of an expression in a scope, and every problem with it.

    `expected` is the type that its place takes: a bare option of an expected choice is understood, and
    another type is a problem. Where a part is wrong its type is `Unknown`, which causes no further problems.
    An expression without problems evaluates in every environment whose values have the types of the scope,
    except for what only values show (division by zero, two currencies, dates outside the calendar).
    """
    reading = Inference(expression.text)
    if isinstance(expected, Condition):
        reading.condition(expression.root, scope)
        return Condition(), tuple(reading.problems)
    if isinstance(expected, MaybeAbsent):
        kind = reading.kind(expression.root, scope, expected.of)
    else:
        kind = reading.read(expression.root, scope, expected)
    if expected is not None and not reading.problems and not rules.fits(kind, expected):
        message = f"this is {describe(kind)}; {describe(expected)} belongs here"
        reading.report("CW338", message, expression.root, advice=advice.on_fit(kind, expected))
    return kind, tuple(reading.problems)


@dataclass(slots=True)
class Inference:
    """One reading of one expression; collects its problems."""

    text: str
    problems: list[Problem] = field(default_factory=list)

    def source(self, node: Node) -> str:
        """The text of a node."""
        return self.text[node.start : node.end]

    def in_brackets(self, node: Node) -> bool:
        """Whether a bracket opens right before a node."""
        return self.text[: node.start].rstrip().endswith("(")

    def report(
        self,
        code: str,
        message: str,
        node: Node,
        *,
        allowed: tuple[str, ...] = (),
        suggestion: str | None = None,
        advice: str | None = None,
    ) -> None:
        """Report a problem at a node."""
        self.problems.append(Problem(code, message, node.start, node.end, allowed, suggestion, advice))

    def read(self, node: Node, scope: Scope, beside: Type | None = None) -> Type:
        """The type of a node that must be there; reports one that may be absent."""
        kind = self.kind(node, scope, beside)
        if not isinstance(kind, MaybeAbsent):
            return kind
        shown = self.source(node)
        way = f"give its reader the same `when`, or write coalesce({shown}, ...) or `is known and`"
        if isinstance(node, Call):
            way = "give it a last value that is always there"
        when = f"when step `{kind.step}` is skipped"
        if kind.step == PREVIOUS_ROUND:
            when = "in the first round"
            way = f"write coalesce({shown}, ...) or `{PREVIOUS_ROUND} is known and`"
        self.report("CW337", f"`{shown}` is absent {when}", node, advice=way)
        return kind.of

    def kind(self, node: Node, scope: Scope, beside: Type | None = None) -> Type:  # noqa: PLR0911 - one per node
        """The type of a node, which may be absent. `beside` is the type that bare options belong to."""
        match node:
            case Constant():
                return self._constant(node, beside)
            case Name():
                return self._name(node, scope, beside)
            case Arithmetic():
                return self._arithmetic(node, scope, beside)
            case Negative():
                return self._negative(node, scope)
            case Call():
                return self._call(node, scope, beside)
            case Junction():
                return self._junction(node, scope)
            case Not():
                self.condition(node.operand, scope, turned=True)
                return Condition()
            case Known():
                return self._known(node, scope)
            case Comparison():
                compare(self, node, scope)
                return Condition()
            case Items():
                message = "several values in brackets stand only after `in`"
                self.report("CW313", message, node, advice="write one value")
                return Unknown()

    # -- names and options

    def word(self, node: Node, scope: Scope) -> str | None:
        """The bare word that a node is, when nothing in scope has that name."""
        if isinstance(node, Name):
            return None if node.path[0] in scope.names else node.word
        if isinstance(node, Arithmetic) and node.word is not None:
            used = [part.path[0] for part in walk(node) if isinstance(part, Name)]
            return None if any(name in scope.names for name in used) else node.word
        return None

    def _constant(self, node: Constant, beside: Type | None) -> Type:
        match node.value:
            case Decimal():
                return Number()
            case date():
                return Date()
            case text:
                return self._option(text, node, beside) if _options(beside) is not None else Text()

    def _name(self, node: Name, scope: Scope, beside: Type | None) -> Type:
        if node.path[0] not in scope.names:
            return self._word(node, scope, beside)
        if node.word is not None and node.word in (_options(beside) or ()):
            return self._ambiguous(node, node.word)
        found = resolve(node, scope, self.text)
        if isinstance(found, Problem):
            self.problems.append(found)
            return Unknown()
        return found

    def _word(self, node: Node, scope: Scope, beside: Type | None) -> Type:
        """The type of a bare word, which is an option or a mistake."""
        word = self.word(node, scope)
        if word is not None and _options(beside) is not None:
            return self._option(word, node, beside)
        shown = word or (node.path[0] if isinstance(node, Name) else self.source(node))
        problem = unknown_name(shown, node.start, node.start + len(shown), scope)
        if isinstance(beside, Text) and problem.suggestion is None:
            problem = replace(problem, allowed=(), suggestion=f'"{shown}"', advice="put a text in quotes")
        self.problems.append(problem)
        return Unknown()

    def _option(self, word: str, node: Node, beside: Type | None) -> Type:
        options = _options(beside) or ()
        answer = isinstance(beside, YesNo)
        if not options or word in options:
            return YesNo() if answer else Choice(options)
        near = {"true": "yes", "false": "no"}.get(word.lower()) if answer else suggest(word, options)
        message = f"`{word}` is not one of the answers" if answer else f"`{word}` is not one of the options"
        self.report("CW323", message, node, allowed=options, suggestion=near or suggest(word, options))
        return Unknown()

    def _ambiguous(self, node: Node, word: str) -> Type:
        message = f"`{word}` is a name and an option here"
        way = "put it in quotes for the option; to mean the name, give it another one"
        self.report("CW327", message, node, suggestion=f'"{word}"', advice=way)
        return Unknown()

    # -- arithmetic and functions

    def _arithmetic(self, node: Arithmetic, scope: Scope, beside: Type | None) -> Type:
        if self.word(node, scope) is not None:
            return self._word(node, scope, beside)
        if node.word is not None and node.word in (_options(beside) or ()):
            return self._ambiguous(node, node.word)
        left, right = self.read(node.left, scope), self.read(node.right, scope)
        kind = rules.arithmetic(node.sign, left, right)
        if kind is None:
            message = f"`{node.sign}` cannot join {describe(left)} and {describe(right)}"
            self.report("CW335", message, node, advice=advice.on_arithmetic(left, right))
        return kind or Unknown()

    def _negative(self, node: Negative, scope: Scope) -> Type:
        kind = self.read(node.operand, scope)
        if isinstance(kind, Number | Money | Duration | Unknown):
            return kind
        way = "write `not` to turn a condition round" if isinstance(kind, Condition) else None
        self.report("CW335", f"`-` cannot stand before {describe(kind)}", node, advice=way)
        return Unknown()

    def _call(self, node: Call, scope: Scope, beside: Type | None) -> Type:
        function = scope.functions.get(node.function)
        if function is None:
            names = tuple(scope.functions)
            message, near = f"there is no function `{node.function}`", suggest(node.function, names)
            self.problems.append(Problem("CW324", message, node.start, node.name_end, names, near))
            return Unknown()
        if len(node.arguments) < function.least or len(node.arguments) > (
            function.most or len(node.arguments)
        ):
            self._wrong_number(node, function)
            return Unknown()
        if function.most == 0:
            arguments: Sequence[Argument] = ()
        else:
            arguments = self._arguments(node, function, scope, beside)
        settled = [argument for argument in arguments if not isinstance(_there(argument.kind), Open)]
        if function.lenient and settled:
            arguments = settled
        if any(isinstance(argument.kind, Unknown) for argument in arguments):
            return Unknown()
        result = function.result(arguments)
        if not isinstance(result, Unsuitable):
            return result
        wrong = node.arguments[result.index]
        given = f"`{self.source(wrong)}` is {describe(arguments[result.index].kind)}"
        message = f"`{function.name}` takes {result.wants} here; {given}"
        self.report("CW326", message, wrong, advice=f"write {function.signature}")
        return Unknown()

    def _arguments(
        self, node: Call, function: Function, scope: Scope, beside: Type | None
    ) -> Sequence[Argument]:
        """The arguments. Bare options of a lenient function belong to the first value that is none."""
        if not function.lenient:
            return [Argument(self.read(each, scope), _literal(each)) for each in node.arguments]
        kinds: dict[int, Type] = {}
        order = sorted(
            range(len(node.arguments)), key=lambda i: self.word(node.arguments[i], scope) is not None
        )
        for index in order:
            kinds[index] = self.kind(node.arguments[index], scope, beside)
            found = kinds[index]
            beside = beside or (found.of if isinstance(found, MaybeAbsent) else found)
        return [Argument(kinds[index], _literal(each)) for index, each in enumerate(node.arguments)]

    def _wrong_number(self, node: Call, function: Function) -> None:
        given = len(node.arguments)
        wanted = f"{function.least}" if function.most == function.least else f"{function.least} or more"
        if function.most is not None and function.most > function.least:
            wanted = f"{function.least} or {function.most}"
        message = f"`{function.name}` takes {wanted} value{'' if wanted == '1' else 's'}; here it has {given}"
        self.report("CW325", message, node, advice=f"write {function.signature}")

    # -- conditions

    def condition(self, node: Node, scope: Scope, *, turned: bool = False) -> None:
        """Report a node that is not a condition. `turned`: it stands behind `not`."""
        kind, shown = self.read(node, scope), self.source(node)
        if isinstance(kind, Condition | Unknown):
            return
        if isinstance(kind, YesNo):
            message = f"`{shown}` is a yes/no answer, not a condition"
            suggestion = f"{shown} is no" if turned else f"{shown} is yes"
            pair = "`is no` and `is not yes`" if turned else "`is yes` and `is not no`"
            way = f"it may be unknown: choose between {pair}"
            self.report("CW331", message, node, suggestion=suggestion, advice=way)
            return
        suggestion_or_none, way = advice.on_condition(shown, kind)
        message = f"`{shown}` is {describe(kind)}, not a condition"
        self.report("CW332", message, node, suggestion=suggestion_or_none, advice=way)

    def _junction(self, node: Junction, scope: Scope) -> Type:
        before: Node | None = None
        for operand in node.operands:
            if not self._continues(before, operand, node.sign, scope):
                self.condition(operand, scope)
            scope = replace(scope, known=scope.known | established(operand, holds=node.sign == "and"))
            before = operand
        return Condition()

    def _continues(self, before: Node | None, operand: Node, sign: str, scope: Scope) -> bool:
        """Whether somebody writes `x is a or b`, or `x is not a and not b`; reports it."""
        word = self.word(operand.operand if isinstance(operand, Not) else operand, scope)
        if word is None or not isinstance(before, Comparison) or before.signs[-1] not in ("is", "is not"):
            return False
        asked, value = self.source(before.operands[0]), self.source(before.operands[1])
        suggestion = f"{asked} in ({value}, {word})" if before.signs == ("is",) and sign == "or" else None
        if before.signs == ("is not",):
            suggestion = f"{asked} not in ({value}, {word})"
        message, way = f"`{word}` alone is not a condition", "name all options in brackets: `x in (a, b)`"
        self.report("CW332", message, operand, suggestion=suggestion, advice=way)
        return True

    def _known(self, node: Known, scope: Scope) -> Type:
        if isinstance(node.operand, Name):
            self.kind(node.operand, scope)
        else:
            way = "ask about one name; join several questions with `and`"
            self.report("CW334", "only a name can be known", node.operand, advice=way)
        return Condition()


def _there(kind: Type) -> Type:
    return kind.of if isinstance(kind, MaybeAbsent) else kind


def _options(beside: Type | None) -> tuple[str, ...] | None:
    """The options that can stand bare beside a type; None when it has none."""
    match beside:
        case Choice(options) | Choices(options):
            return options
        case YesNo():
            return YES_NO_CODES
        case _:
            return None


def _literal(node: Node) -> object:
    return node.value if isinstance(node, Constant) else None
