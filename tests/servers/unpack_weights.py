"""Write weights that lie in a GGUF file as transformers wants them.

python unpack_weights.py FOLDER NAME.gguf INTO, with the servers' own python.
"""

import sys


def main(folder, name, into):
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    model = AutoModelForCausalLM.from_pretrained(
        folder,
        gguf_file=name,
        dtype="float32",
        quantization_config=GgufConfig(dequantize=True),
    )
    model.save_pretrained(into)
    AutoTokenizer.from_pretrained(folder, gguf_file=name).save_pretrained(into)


if __name__ == "__main__":
    main(*sys.argv[1:])
