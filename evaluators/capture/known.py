"""Operators that cost a few operations an element: known to hold no matrix product.

PyTorch itself tags point-wise operators, reductions and views; these are the others, each a name
of PyTorch's schema and none of its counter's (`tests/unit/test_known.py`).
"""

NAMES = """
adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool2d
adaptive_max_pool3d add_relu affine_grid_generator alpha_dropout aminmax
amp_foreach_non_finite_check_and_unscale arange argmax argmin argsort as_strided as_strided_copy
as_strided_scatter assert_async assert_scalar assert_tensor_metadata avg_pool2d avg_pool3d
batch_norm batch_norm_backward_elemt batch_norm_impl_index batch_norm_no_update
batch_norm_with_update bernoulli binary_cross_entropy binary_cross_entropy_with_logits bincount
binomial block_diag bucketize cat cauchy ccol_indices channel_shuffle chunk_cat clone coalesce
coalesced col2im col_indices complex constant_pad_nd convert_indices_from_coo_to_csr
convert_indices_from_csr_to_coo copy copy_sparse_to_sparse copysign cross_entropy_loss
crow_indices ctc_loss cudnn_batch_norm cummax cummax_helper cummaxmin cummin cummin_helper
cumprod cumsum detach diag_embed diagonal diagonal_scatter diff dirichlet_grad dist dropout
efficientzerotensor elu embedding embedding_bag embedding_bag_forward_only embedding_dense
embedding_renorm empty empty_like empty_permuted empty_strided eq expand exponential eye fill
fill_diagonal flip floor_divide fractional_max_pool2d fractional_max_pool3d full full_like
functional_assert_async functional_sym_constrain_range functional_sym_constrain_range_for_size
fused_dropout fused_moving_avg_obs_fq_helper fused_rms_norm gather gcd ge gelu geometric glu
glu_jvp grid_sampler_2d grid_sampler_2d_cpu_fallback grid_sampler_3d gt hann_window hardsigmoid
hardswish hardtanh has_same_storage_numel heaviside histc histogram huber_loss im2col index
index_add index_copy index_fill index_put index_put_impl index_reduce index_select indices
is_all_true is_any_true is_same_size is_zerotensor isin kthvalue layer_norm lazy_clone lcm le
leaky_relu lift lift_fresh lift_fresh_copy linspace list_to_tensor local_scalar_dense log_normal
log_sigmoid log_softmax logcumsumexp logspace logsumexp lt masked_fill masked_scale
masked_scatter masked_select masked_softmax max_pool2d_with_indices max_pool3d_with_indices
max_unpool2d max_unpool3d median mode modf mse_loss multi_margin_loss multilabel_margin_loss
multinomial nanmedian nanquantile narrow_copy native_batch_norm native_batch_norm_legit
native_batch_norm_legit_no_training native_channel_shuffle native_dropout native_group_norm
native_layer_norm ne new_empty new_empty_strided new_full new_ones new_zeros nll_loss nll_loss2d
nnz nonzero nonzero_static normal one_hot ones ones_like pack_padded_sequence pad_circular
pad_packed_sequence pdist_forward pin_memory pixel_shuffle pixel_unshuffle poisson polar
prelu_kernel print put quantile quantize_per_channel quantize_per_tensor rand rand_like randint
randint_like randn randn_like random randperm reflection_pad1d reflection_pad2d reflection_pad3d
renorm repeat repeat_interleave replication_pad1d replication_pad2d replication_pad3d
reshape_alias reshape_copy resize resize_as resize_as_sparse resize_output roll rot90
row_indices rrelu rrelu_with_noise safe_softmax scalar_tensor scatter scatter_add scatter_reduce
searchsorted segment_reduce select select_scatter set slice slice_scatter smooth_l1_loss
sobol_engine_draw soft_margin_loss softmax softplus sort sparse_compressed_tensor_unsafe
sparse_compressed_tensor_with_dims sparse_coo_tensor_unsafe sparse_coo_tensor_with_dims
sparse_coo_tensor_with_dims_and_tensors sparse_log_softmax sparse_mask sparse_mask_projection
sparse_resize sparse_resize_and_clear sparse_softmax sparse_sum spdiags stack standard_gamma
standard_gamma_grad std_mean sym_constrain_range sym_constrain_range_for_size sym_numel sym_size
sym_storage_offset sym_stride take take_along_dim tensor_split thnn_fused_gru_cell
thnn_fused_lstm_cell threshold to_copy to_dense to_sparse to_sparse_bsc to_sparse_bsr
to_sparse_csc to_sparse_csr topk trace tril tril_indices triu triu_indices unfold uniform unique
unique2 unique_consecutive unique_dim unsafe_index unsafe_index_put unsafe_masked_index
unsafe_masked_index_put_accumulate unsafe_split unsafe_split_with_sizes unsafe_view
upsample_bicubic2d upsample_bicubic2d_aa upsample_bilinear2d upsample_bilinear2d_aa
upsample_lanczos2d_aa upsample_linear1d upsample_nearest1d upsample_nearest2d upsample_nearest3d
upsample_nearest_exact1d upsample_nearest_exact2d upsample_nearest_exact3d upsample_trilinear3d
value_selecting_reduction_backward values var_mean view weight_norm weight_norm_interface where
zero zeros zeros_like
"""
CHEAP = frozenset(NAMES.split())
COPIES = frozenset(
    {
        "clone",
        "_to_copy",
        "_unsafe_view",
        "_reshape_alias",
        "contiguous",
        "view_copy",
        "expand_copy",
        "repeat",
    }
)
"""Operators that only move elements, perhaps again and again: the same tensor, no work."""

PICKS = frozenset({"index", "index_select", "gather", "take"})
"""Operators whose results are elements of their first input, some perhaps more than once."""

BLANKS = frozenset(
    {"empty_like", "new_empty", "new_empty_strided", "zeros_like", "new_zeros", "ones_like"}
    | {"new_ones", "full_like", "new_full", "rand_like", "randn_like"}
)
"""Operators that take a form and no values from their input."""

ENDINGS = ("_", "_data", "_impl", "_backward", "_forward", "_functional")


def is_cheap(operator: str) -> bool:
    """Whether an operator such as `aten.native_layer_norm_backward` is listed above."""
    namespace, _, name = operator.partition(".")
    if namespace not in ("aten", "prim", "prims"):
        return False
    name = name.lstrip("_")
    while name not in CHEAP:
        ending = next((end for end in ENDINGS if name.endswith(end)), "")
        if not ending:
            return False
        name = name.removesuffix(ending)
    return True
