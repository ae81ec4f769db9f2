"""The walk alone: loops, what is shown twice, ends, limits, and how hops become rows and forks."""

from collections.abc import Mapping, Sequence

from apps.numbers.journey.graph import Found, Hop, Limits, Mark, Step, walk

Ways = Mapping[str, Sequence[str | tuple[str, str]]]


def tree(ways: Ways, start: str = "a", limits: Limits | None = None) -> Hop:
    """Walk a network given as name → names; a pair is (when, name)."""

    def resolve(step: Step) -> Found:
        on = [(one, "") if isinstance(one, str) else (one[1], one[0]) for one in ways.get(step.ref, ())]
        return Found(Hop("ivr", step.ref, identity=step.ref), [Step("ivr", name, when=when) for name, when in on])

    return walk(Step("ivr", start), resolve, limits)


def drawn(hop: Hop) -> str:
    inside = f"({' '.join(map(drawn, hop.branches))})" if hop.branches else ""
    return f"{hop.title}{f'!{hop.mark}' if hop.mark else ''}{inside}"


def test_a_chain_is_one_path_and_a_label_ends_it() -> None:
    hop = tree({"a": ["b"], "b": ["c"], "c": [("key 1", "d")]})
    assert [one.title for one in hop.path] == ["a", "b", "c"]
    assert [(one.when, one.title) for one in hop.fork] == [("key 1", "d")]


def test_a_circle_is_marked_where_it_closes_and_ends_there() -> None:
    assert drawn(tree({"a": ["b"], "b": ["a", "c"]})) == "a(b(a!loop c))"
    assert drawn(tree({"a": ["a"]})) == "a(a!loop)"
    note = tree({"a": ["b"], "b": ["a"]}).branches[0].branches[0].note
    assert note == "The call comes back to a: it goes in a circle."


def test_what_two_ways_share_is_shown_once_but_ends_are_shown_each_time() -> None:
    assert drawn(tree({"a": ["b", "c"], "b": ["d"], "c": ["b", "d"], "d": []})) == "a(b(d) c(b!again d))"


def test_a_circle_behind_what_was_shown_elsewhere_is_still_found() -> None:
    assert drawn(tree({"a": ["b", "c"], "b": ["c"], "c": ["b"]})) == "a(b(c(b!loop)) c!again)"


def test_long_ways_are_cut_and_say_so() -> None:
    deep = {str(place): [str(place + 1)] for place in range(50)}
    hops = list(tree(deep, "0", Limits(depth=5)).all())
    assert len(hops) == 6
    assert hops[-1].mark is Mark.CUT
    assert "too long" in hops[-1].note


def test_broad_networks_are_cut_by_the_count_of_hops() -> None:
    # Each menu leads to ten others: followed to its end it would never be done.
    wide = _menus(3)
    hops = list(tree(wide, "", Limits(hops=40)).all())
    assert sum(hop.mark is not Mark.CUT for hop in hops) == 40
    assert any(hop.mark is Mark.CUT for hop in hops)


def _menus(depth: int) -> dict[str, list[str]]:
    """Menus of ten keys, named by the keys pressed."""
    names = [""]
    ways: dict[str, list[str]] = {}
    for _ in range(depth):
        ways |= {name: [name + key for key in "0123456789"] for name in names}
        names = [name + key for name in names for key in "0123456789"]
    return ways
