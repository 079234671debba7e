"""What a procedure of blocks has to do: a small interpreter of `block_trees`, written from docs/language.md.

It shares no code with the engine and has another shape: here an open branch, member or round is a `Part` that
stands in its block, and what is withdrawn is closed with all that stands in it. Where several things could
be done it does what engine.md R3.1 says: what has come before what is new, each in document order, and one
step in all parts in which it is ready.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from block_runs import (
    Key,
    Part,
    Run,
    around,
    gives,
    is_out,
    live,
    may_follow,
    open_parts,
)
from block_trees import BLOCKS, Asked, Node, all_needs, everything, ids_of


class Model:
    """One instance. What is public looks, but for `go_on`."""

    def __init__(self, nodes: Sequence[Node], inputs: Mapping[str, Any], now: datetime) -> None:
        self.now = now
        self.known = False
        self.returns: dict[Key, int] = {}
        self._inputs = inputs
        self._root = Part(tuple(nodes), "")
        self._order = {node.id: index for index, node in enumerate(everything(nodes))}
        self._nodes = {node.id: node for node in everything(nodes)}
        self._needs = dict(all_needs(nodes))
        self._newest: dict[Key, Run] = {}
        self._clock = 0
        self._settle()

    # -- looking

    def stands(self) -> dict[Key, tuple[str, int]]:
        """Status and attempt of the newest run of each step."""
        return {key: (run.status, run.attempt) for key, run in self._newest.items()}

    def asked(self) -> dict[Key, Node]:
        """The questions that are open."""
        return {key: run.node for key, run in self._newest.items() if run.waits == "answer"}

    def must_be_a(self, key: Key) -> bool:
        """Whether another answer would be one round, or one way back, too many."""
        node, path = self._nodes[key[0]], key[1]
        if node.back_to is not None:
            return self.returns.get(key, 0) >= node.at_most
        part = self._newest[key].part
        repeat = part.owner.node if part.owner is not None else None
        return bool(
            repeat is not None
            and repeat.kind == "repeat"
            and repeat.until == node.id
            and int(path.rpartition("/")[2]) >= repeat.at_most
        )

    def next_due(self) -> datetime | None:
        """When the first clock runs out; None when none runs."""
        return min((run.due for run in self._newest.values() if run.due is not None), default=None)

    @property
    def waits_to_know(self) -> bool:
        """Whether anything waits for what a `once` asks for."""
        return any(run.waits == "once" for run in self._newest.values())

    @property
    def completed(self) -> bool:
        """Whether everything has ended."""
        return self._root.over and not any(run.status == "waiting" for run in self._newest.values())

    def gives(self, key: Key) -> Any:
        """What later steps read of a completed step."""
        return gives(self._newest[key])

    # -- what happens

    def go_on(self, now: datetime, answers: Sequence[tuple[Key, str]] = (), *, known: bool = False) -> None:
        """Until `now` people have given these answers, and perhaps the preferred name has become known.
        Blocks whose time has run out are left first.
        """
        self.now, self.known = now, self.known or known
        for key, value in answers:
            self._newest[key].answer = value
        late = [run for run in self._newest.values() if run.node.is_block and self._is_due(run)]
        for run in sorted(late, key=lambda each: (each.due or now, each.begun)):
            if run.status == "waiting" and run.due is not None:
                self._leave(run, "deadline")
        self._settle()

    # -- one thing after the other

    def _settle(self) -> None:
        while self._do_next():
            pass

    def _do_next(self) -> bool:
        going = [run for run in live(self._root) if self._goes_on(run)]
        if going:
            first = min(going, key=lambda run: self._order[run.node.id]).node.id
            for run in [run for run in going if run.node.id == first]:
                if run.status == "waiting":  # what the same step did elsewhere may have ended it
                    self._go_on(run)
            return True
        ready = [
            (node, part)
            for part in open_parts(self._root)
            for node in part.nodes
            if node.id not in part.runs
            and may_follow(node, part)
            and all(self._met(need, part) for need in self._needs[node.id])
        ]
        if not ready:
            return False
        first = min((node for node, _ in ready), key=lambda node: self._order[node.id]).id
        for node, part in [each for each in ready if each[0].id == first]:
            if part.open:
                self._begin(node, part)
        return True

    def _met(self, need: str, part: Part) -> bool:
        run = around(need, part)
        return run is not None and run.is_over

    # -- beginning

    def _begin(self, node: Node, part: Part) -> None:
        run = self._run(node, part, part.path)
        part.runs[node.id] = run
        needed = [around(need, part) for need in node.needs or ()]
        if needed and all(each is not None and each.status == "skipped" for each in needed):
            return self._end(run, "skipped")
        if node.when is not None and not self._holds(node.when, part):
            return self._end(run, "skipped")
        if node.once and not self.known:
            run.waits = "once"
            return None
        return self._enter(run)

    def _run(self, node: Node, part: Part, path: str) -> Run:
        last = self._newest.get((node.id, path))
        self._clock += 1
        run = Run(node, part, path, 1 if last is None else last.attempt + 1, self._clock)
        self._newest[node.id, path] = run
        return run

    def _holds(self, condition: Asked, part: Part) -> bool:
        return self._read(condition.name, part) == condition.value

    def _read(self, name: str, part: Part) -> Any:
        if name.startswith("inputs."):
            return self._inputs[name.removeprefix("inputs.")]
        if name.endswith(".answer"):
            run = around(name.removesuffix(".answer"), part)
            assert run is not None
            return run.value
        while part.owner is None or part.owner.node.loop != name:
            assert part.owner is not None
            part = part.owner.part
        return part.key

    def _enter(self, run: Run) -> None:
        node, members = run.node, list(self._inputs["members"])
        run.waits = ""
        if node.loop is not None and not members:
            return self._end(run, "skipped")
        if node.kind == "fails":
            return self._fail(run)
        if node.kind in BLOCKS:
            return self._open_block(run, members)
        if node.loop is not None:
            run.waits = "members"
            for key in members:
                child = self._run(node, run.part, _under(run.path, key))
                child.waits = "answer"
                run.members[key] = child
        elif node.kind == "ask":
            run.waits = "answer"
        elif node.kind == "wait":
            run.waits, run.due = "time", self.now + timedelta(minutes=node.minutes)
        else:
            run.value = self._noted(run)
            self._end(run, "completed")
        return None

    def _noted(self, run: Run) -> str:
        """What somebody has answered counts, also where the question was withdrawn before that was seen."""
        if run.node.reads is None:
            return "noted"
        found = self._seen(run.node.reads, run.part)
        return "answered" if found is not None and found.answer is not None else "open"

    def _seen(self, name: str, part: Part) -> Run | None:
        """A step of this list, or of an ended block in it."""
        for run in [*part.runs.values()]:
            if run.node.id == name:
                return run
            if run.node.kind in BLOCKS and run.node.loop is None:
                for inner in run.all_parts:
                    found = self._seen(name, inner)
                    if found is not None:
                        return found
        return None

    def _open_block(self, run: Run, members: list[str]) -> None:
        node, path = run.node, run.path
        if node.late:
            run.due = self.now + timedelta(minutes=node.minutes)
        run.waits = "parts"
        if node.kind == "for_each":
            run.parts = [Part(node.branches[0].steps, _under(path, key), key, run) for key in members]
        elif node.kind == "repeat":
            run.parts = [Part(node.branches[0].steps, _under(path, "1"), "1", run)]
        else:
            holding = [
                Part(branch.steps, path, str(number), run)
                for number, branch in enumerate(node.branches)
                if branch.when is None or self._holds(branch.when, run.part)
            ]
            run.parts = holding[:1] if node.kind == "choose" else holding

    # -- going on

    def _is_due(self, run: Run) -> bool:
        return run.due is not None and run.due <= self.now

    def _goes_on(self, run: Run) -> bool:
        if run.status != "waiting":
            return False
        match run.waits:
            case "answer":
                return run.answer is not None
            case "time":
                return self._is_due(run)
            case "once":
                return self.known
            case "parts":
                return self._must_leave(run) or self._first(run) is not None or self._enough(run)
            case _:
                return all(child.is_over for child in run.members.values())

    def _must_leave(self, run: Run) -> bool:
        return run.left_by is None and run.node.while_unknown and self.known

    def _first(self, run: Run) -> Part | None:
        """The branch of a `first_of` that came first, while none is known to have."""
        if run.node.kind != "first_of" or run.won is not None or run.left_by is not None:
            return None
        firsts = [(part.runs.get(part.nodes[0].id), part) for part in run.parts]
        came = [
            (first.ended, part) for first, part in firsts if first is not None and first.status == "completed"
        ]
        return min(came, key=lambda each: each[0])[1] if came else None

    def _enough(self, run: Run) -> bool:
        if run.left_by is not None:
            return run.way_out is None or run.way_out.over
        over = [part for part in run.counted if part.open and (part.over or is_out(run, part))]
        join = run.node.join
        return len(over) >= (len(run.counted) if join is None else min(join, len(run.counted)))

    def _go_on(self, run: Run) -> None:
        match run.waits:
            case "answer":
                run.value = run.answer
                self._end(run, "completed")
                if run.node.back_to is not None and run.value == "b":
                    self._send_back(run)
            case "time":
                self._end(run, "completed")
            case "once":
                self._enter(run)
            case "members":
                self._end(run, "completed")
            case _:
                self._move(run)

    def _move(self, run: Run) -> None:
        if self._must_leave(run):
            self._leave(run, "condition")
        first = self._first(run)
        if first is not None:
            run.won = first
            for part in run.parts:
                if part is not first:
                    self._close(part)
        if not self._enough(run):
            return
        if run.left_by is None and run.node.kind == "repeat" and not self._last_round(run):
            number = str(len(run.parts) + 1)
            run.parts.append(Part(run.node.branches[0].steps, _under(run.path, number), number, run))
            return
        self._end_block(run)

    def _last_round(self, run: Run) -> bool:
        return run.parts[-1].runs[run.node.until or ""].value == "a"

    def _end_block(self, run: Run) -> None:
        if run.left_by is None:
            run.done = [part for part in run.counted if part.open and part.over]
            if not run.node.finish:
                for part in run.counted:
                    if part not in run.done:
                        self._close(part)
        self._end(run, "completed")

    def _end(self, run: Run, status: str) -> None:
        self._clock += 1
        run.status, run.waits, run.due, run.ended = status, "", None, self._clock

    # -- leaving, withdrawing, going back

    def _leave(self, run: Run, how: str) -> None:
        """A block that had ended and lets the rest finish keeps what it gave."""
        if run.status == "waiting":
            run.done = [part for part in run.counted if part.over]
            run.left_by, run.due = how, None
        for part in run.parts:
            self._close(part)
        after = {"deadline": run.node.late, "on_error": run.node.caught}.get(how, ())
        run.way_out = Part(after, run.path, how, run) if after else None

    def _close(self, part: Part) -> None:
        """Withdraw all that is under way in a part, and begin nothing in it any more."""
        part.open = False
        for run in part.runs.values():
            self._withdraw(run)

    def _withdraw(self, run: Run) -> None:
        for child in run.members.values():
            self._withdraw(child)
        for inner in run.all_parts:
            self._close(inner)
        if not run.is_over:
            self._end(run, "cancelled")

    def _fail(self, run: Run) -> None:
        """The innermost block around that foresees it is left."""
        part: Part | None = run.part
        while part is not None and part.owner is not None:
            block = part.owner
            if block.node.caught and block.left_by is None and block.way_out is None:
                self._leave(block, "on_error")
                return
            part = block.part
        raise AssertionError(f"nothing foresees that `{run.node.id}` goes wrong")

    def _send_back(self, run: Run) -> None:
        target = run.node.back_to or ""
        self.returns[run.node.id, run.path] = self.returns.get((run.node.id, run.path), 0) + 1
        first = around(target, run.part)
        assert first is not None
        self._redo(first.part, self._followers(target))

    def _followers(self, target: str) -> set[str]:
        """A step and all that comes after it, with what stands in blocks that do."""
        around = {node.id for node in self._nodes.values() if target in ids_of(node)} - {target}
        found = ids_of(self._nodes[target])
        for name, node in self._nodes.items():
            if name not in around and found & set(self._needs[name]):
                found |= ids_of(node)
        return found

    def _redo(self, part: Part, again: Collection[str]) -> bool:
        """Take these steps back in a part; whether there were any. A block that had ended goes on again if
        its end rested on them.
        """
        found = False
        for name, run in list(part.runs.items()):
            if name in again:
                self._supersede(run)
                del part.runs[name]
                found = True
                continue
            for inner in run.all_parts:
                if not self._redo(inner, again):
                    continue
                if run.status != "completed":
                    found = True
                elif inner in run.done:
                    run.status, run.waits = "waiting", "parts"
                    found = True
        return found

    def _supersede(self, run: Run) -> None:
        for child in run.members.values():
            self._supersede(child)
        for inner in run.all_parts:
            inner.open = False
            for each in inner.runs.values():
                self._supersede(each)
        run.status, run.waits, run.due = "superseded", "", None


def _under(path: str, key: str) -> str:
    return f"{path}/{key}" if path else key
