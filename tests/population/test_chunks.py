"""Even chunks: one candidate of each activation, whose first ones stay the same when more candidates come."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.networks.architecture import Architecture
from bnfit.population.chunks import FILLER, Common, chunks
from bnfit.population.members import Member
from bnfit.population.recipe import RECIPES

ACTIVATIONS = "tanh", "relu", "silu"
SPACE = tuple(
    Architecture((units,) * layers, a) for layers, units, a in itertools.product((1, 2), (3, 8, 40), ACTIVATIONS)
)
COMMON = Common(SPACE, even=True)
PARTS = splits(FoldConstraints(24), 3, 0.0, 0)
PLAN = RECIPES["default"].changed(epochs=2).for_rows(20)


def made(architectures):
    """The chunks of candidates with a member for each fold, kind by kind."""
    members = [Member(a, split, f, f) for a in architectures for f, split in enumerate(PARTS)]
    return chunks(members, [PLAN] * len(members), COMMON), members


@given(drawn=st.lists(st.sampled_from(SPACE), min_size=1, max_size=20))
def test_every_member_has_a_place_and_every_chunk_of_a_kind_the_same_places(drawn):
    found, members = made(drawn)
    places = [p for of_kind in found for chunk in of_kind for p in chunk.positions if p != FILLER]
    assert sorted(places) == list(range(len(members)))
    for chunk in itertools.chain(*found):
        assert [m.architecture.activation for m in chunk.members] == [a for a in sorted(ACTIVATIONS) for _ in PARTS]
        assert len(chunk.groups) == len(PARTS)
        for member, position, group in zip(chunk.members, chunk.positions, chunk.group, strict=True):
            assert chunk.groups[group].split is member.split
            assert position == FILLER or members[position] is member


def whole(chunk):
    """What a chunk trains, as far as none of it fills a place."""
    return FILLER not in chunk.positions and [(m.architecture, m.seed) for m in chunk.members]


@given(drawn=st.lists(st.sampled_from(SPACE), min_size=1, max_size=20), more=st.lists(st.sampled_from(SPACE)))
def test_chunks_without_a_filler_are_those_of_a_longer_list(drawn, more):
    shorter, longer = ([whole(c) for c in itertools.chain(*made(tried)[0])] for tried in (drawn, drawn + more))
    assert all(chunk in longer for chunk in shorter if chunk)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_fillers_are_of_the_activation_that_is_missing(activation):
    found, _ = made([a for a in SPACE if a.activation != activation])
    for chunk in itertools.chain(*found):
        fillers = {
            m.architecture.activation for m, p in zip(chunk.members, chunk.positions, strict=True) if p == FILLER
        }
        assert fillers == {activation}
