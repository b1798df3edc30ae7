"""A bounded run of every fuzzer: no exception but `InvalidMessage`, and not everything refused."""

from importlib.util import find_spec
from random import Random

import pytest
from tests.fuzz.mutate import mutate
from tests.fuzz.run import fuzz
from tests.fuzz.targets import CODECS, CORPUS, seeds, target

RUNS, SEED = 8_000, 20_260_301
MUTANTS = 1_000
MAX_SEEDS, MAX_BYTES = 12, 4_096


def replay(codec: str, mutants: int) -> int:
    """How many were taken, of the seeds and of mutants of them; the same ones every time."""
    random, found = Random(SEED), seeds(codec)  # noqa: S311 # no secret
    taken = sum(target(codec, data) for data in found)
    return taken + sum(target(codec, mutate(random.choice(found), random)) for _ in range(mutants))


def test_it_has_a_small_corpus_for_every_codec() -> None:
    assert sorted(path.name for path in CORPUS.iterdir()) == sorted(CODECS)
    for codec in CODECS:
        found = seeds(codec)
        assert 3 <= len(found) <= MAX_SEEDS
        assert max(map(len, found)) <= MAX_BYTES


@pytest.mark.parametrize("codec", CODECS)
def test_it_survives_mutants_of_the_corpus(codec: str) -> None:
    assert replay(codec, MUTANTS) >= MUTANTS // 20


@pytest.mark.soak
@pytest.mark.parametrize("codec", CODECS)
def test_it_survives_a_fuzzer_guided_by_coverage(codec: str) -> None:
    """Where atheris does not run, more mutants stand in for it."""
    if find_spec("atheris") is None:
        assert replay(codec, RUNS) >= RUNS // 20
        return
    outcome = fuzz(codec, runs=RUNS, seed=SEED)
    assert outcome.crash is None, f"{outcome.crash}\n{outcome.told}"
    assert outcome.executions >= RUNS
    assert outcome.taken >= RUNS // 100, "it refuses everything"
    assert outcome.coverage > 0
