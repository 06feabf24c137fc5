"""Models of torchvision, timm and transformers, small or without data, by name."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from torch import nn

IMAGE_SIZES = {"vit_b_32": 224, "maxvit_t": 224, "inception_v3": 299, "swin_v2_t": 64,
               "mvit_v2_s": 224}  # fmt: skip
FRAMES = {"r3d_18": (4,), "mvit_v2_s": (16,)}
TORCHVISION = """
alexnet vgg11_bn resnet18 resnext50_32x4d wide_resnet50_2 squeezenet1_0 densenet121 googlenet
inception_v3 mobilenet_v2 mobilenet_v3_small shufflenet_v2_x0_5 mnasnet0_5 efficientnet_b0
efficientnet_v2_s regnet_y_400mf convnext_tiny swin_t swin_v2_t vit_b_32 maxvit_t
deeplabv3_resnet50 fcn_resnet50 r3d_18 mvit_v2_s
"""
TIMM = """
mobilevit_s levit_128s cait_xxs24_224 lambda_resnet26t coat_tiny mixer_s32_224 convmixer_768_32
resnetv2_50 gmlp_s16_224 xcit_nano_12_p16_224 poolformer_s12 edgenext_xx_small fastvit_t8
ghostnet_100 repvgg_a0 hrnet_w18_small sequencer2d_s gcvit_xxtiny davit_tiny hiera_tiny_224
efficientformer_l1 selecsls42b nextvit_small
"""
SMALL = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 100}
LLAMA = {**SMALL, "intermediate_size": 128, "num_key_value_heads": 2}
VISION = {**SMALL, "intermediate_size": 128, "image_size": 32, "patch_size": 8}
TRANSFORMERS: dict[str, dict[str, Any]] = {
    "LlamaForCausalLM": LLAMA,
    "MistralForCausalLM": LLAMA,
    "Qwen2ForCausalLM": LLAMA,
    "Gemma2ForCausalLM": {**LLAMA, "head_dim": 16},
    "MixtralForCausalLM": {**LLAMA, "num_local_experts": 4, "num_experts_per_tok": 2},
    "GPT2LMHeadModel": {"n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": 100},
    "GPTNeoXForCausalLM": {**SMALL, "intermediate_size": 128},
    "BertModel": {**SMALL, "intermediate_size": 128},
    "RobertaForMaskedLM": {**SMALL, "intermediate_size": 128, "pad_token_id": 0},
    "DistilBertModel": {"dim": 64, "hidden_dim": 128, "n_layers": 2, "n_heads": 4},
    "ElectraModel": {**SMALL, "intermediate_size": 128},
    "MambaForCausalLM": {"hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 100},
    "Mamba2ForCausalLM": {
        **{"hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 100, "n_groups": 1},
        **{"num_heads": 8, "head_dim": 16, "state_size": 16},
    },
    "RwkvForCausalLM": {**SMALL, "attention_hidden_size": 64, "intermediate_size": 128},
    "Qwen2MoeForCausalLM": {
        **{**LLAMA, "num_experts": 4, "num_experts_per_tok": 2},
        **{"moe_intermediate_size": 32, "shared_expert_intermediate_size": 64},
    },
    "T5ForConditionalGeneration": {
        **{"d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 2, "num_heads": 4},
        **{"vocab_size": 100},
    },
    "Wav2Vec2Model": {
        **{**SMALL, "intermediate_size": 128, "conv_dim": (32,) * 7},
        **{"num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4},
        **{"layerdrop": 0.0},  # else two steps run different layers, by chance
    },
    "ConvNextModel": {"hidden_sizes": [16, 32, 48, 64], "depths": [1, 1, 1, 1]},
    "ViTModel": VISION,
    "DeiTModel": VISION,
}


def build(name: str) -> tuple[nn.Module, tuple[Any, ...]]:
    """A model by `library/name` on the meta device, and its inputs; no weights are loaded."""
    library, _, model = name.partition("/")
    makers: dict[str, Callable[[str], tuple[nn.Module, tuple[Any, ...]]]] = {
        "torchvision": _torchvision,
        "timm": _timm,
        "transformers": _transformers,
    }
    return makers[library](model)


def _torchvision(name: str) -> tuple[nn.Module, tuple[Any, ...]]:
    models = import_module("torchvision.models")
    size = IMAGE_SIZES.get(name, 64)
    shape = (2, 3, *FRAMES.get(name, ()), size, size)
    options = {"weights_backbone": None} if name.endswith("_resnet50") else {}
    module = models.get_model(name, weights=None, **options)
    return module.to("meta"), (torch.empty(shape, device="meta"),)


def _timm(name: str) -> tuple[nn.Module, tuple[Any, ...]]:
    module = import_module("timm").create_model(name, pretrained=False)
    shape = (2, *module.default_cfg["input_size"])
    return module.to("meta"), (torch.empty(shape, device="meta"),)


def _transformers(name: str) -> tuple[nn.Module, tuple[Any, ...]]:
    model = getattr(import_module("transformers"), name)
    module = model(model.config_class(**TRANSFORMERS[name]))
    if module.main_input_name == "pixel_values":
        return module, (torch.zeros(2, 3, 32, 32),)
    if module.main_input_name == "input_values":
        return module, (torch.zeros(2, 4000),)
    words = torch.ones(2, 16, dtype=torch.long)
    decoder = {"decoder_input_ids": words} if module.config.is_encoder_decoder else {}
    return module, ({"input_ids": words, **decoder},)


NAMES = (
    *(f"torchvision/{name}" for name in TORCHVISION.split()),
    *(f"timm/{name}" for name in TIMM.split()),
    *(f"transformers/{name}" for name in TRANSFORMERS),
)
