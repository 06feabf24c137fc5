"""Recorded products as Gemms, and those of a recurrent layer's steps joined."""

from dataclasses import replace

from evaluators.capture.operators import Product
from evaluators.workload import Gemm, Operand, Phase
from evaluators.workload.products import (
    convolution_forward,
    convolution_input_gradient,
    convolution_weight_gradient,
)


def recorded_gemm(product: Product, phase: Phase, kinds: tuple[Operand, Operand]) -> Gemm:
    """The Gemm of a recorded product; the kind of the result follows from the phase."""
    result = {
        Phase.FORWARD: Operand.ACTIVATION,
        Phase.INPUT_GRADIENT: Operand.ERROR,
        Phase.WEIGHT_GRADIENT: Operand.WEIGHT_GRADIENT,
    }[phase]
    if product.convolution is None:
        return Gemm(
            phase=phase,
            m=product.m,
            n=product.n,
            k=product.k,
            count=product.count,
            a=kinds[0],
            b=kinds[1],
            c=result,
            a_elements=product.a.elements,
            b_elements=product.b.elements,
            macs=product.macs,
        )
    build = {
        None: convolution_forward,
        Phase.INPUT_GRADIENT: convolution_input_gradient,
        Phase.WEIGHT_GRADIENT: convolution_weight_gradient,
    }[product.phase]
    # A filter may itself be an activation: phase and kinds are those that were recorded.
    gemm = build(product.convolution)
    return replace(gemm, phase=phase, a=kinds[0], b=kinds[1], c=result)


def joined(gemms: list[Gemm]) -> tuple[Gemm, ...]:
    """Equal products of a recurrent layer's steps as one with their total count."""
    merged: dict[tuple[object, ...], list[Gemm]] = {}
    for gemm in gemms:
        key = (gemm.phase, gemm.m, gemm.n, gemm.k, gemm.a, gemm.b, gemm.count)
        merged.setdefault(key, []).append(gemm)
    return tuple(_sum(group) for group in merged.values())


def _sum(group: list[Gemm]) -> Gemm:
    return replace(
        group[0],
        count=sum(gemm.count for gemm in group),
        a_elements=sum(gemm.a_elements for gemm in group),
        b_elements=sum(gemm.b_elements for gemm in group),
        c_elements=sum(gemm.c_elements for gemm in group),
        macs=sum(gemm.macs for gemm in group),
    )
