// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The models of {@code transformers} that are taken for BERT most often, with what tells them from it: {@code model_type}, the beginning of
 * their names in {@code architectures}, keys that BERT's configuration does not have, and the first part of their tensors' names. None of them is computed.
 */
public enum ModelFamily {
    DISTILBERT("DistilBERT", "distilbert", "DistilBert", "distilbert", "dim", "n_layers", "n_heads", "hidden_dim", "sinusoidal_pos_embds"),
    ROBERTA("RoBERTa", "roberta", "Roberta", "roberta"),
    XLM_ROBERTA("XLM-RoBERTa", "xlm-roberta", "XLMRoberta", "roberta"),
    CAMEMBERT("CamemBERT", "camembert", "Camembert", "roberta"),
    ROBERTA_PRELAYERNORM("RoBERTa-PreLayerNorm", "roberta-prelayernorm", "RobertaPreLayerNorm", "roberta_prelayernorm"),
    ELECTRA("ELECTRA", "electra", "Electra", "electra", "summary_type", "summary_use_proj", "generator_size"),
    ALBERT("ALBERT", "albert", "Albert", "albert", "num_hidden_groups", "inner_group_num"),
    DEBERTA("DeBERTa", "deberta", "Deberta", "deberta", "relative_attention", "pos_att_type", "max_relative_positions", "position_biased_input"),
    DEBERTA_V2("DeBERTa-v2", "deberta-v2", "DebertaV2", "deberta", "norm_rel_ebd", "share_att_key", "position_buckets"),
    XLM("XLM", "xlm", "XLM", "transformer", "emb_dim", "n_langs", "gelu_activation", "sinusoidal_embeddings"),
    FLAUBERT("FlauBERT", "flaubert", "Flaubert", "transformer"),
    XLNET("XLNet", "xlnet", "XLNet", "transformer", "d_inner", "bi_data", "untie_r"),
    MPNET("MPNet", "mpnet", "MPNet", "mpnet", "relative_attention_num_buckets"),
    MOBILEBERT("MobileBERT", "mobilebert", "MobileBert", "mobilebert", "intra_bottleneck_size", "trigram_input", "true_hidden_size"),
    LONGFORMER("Longformer", "longformer", "Longformer", "longformer", "attention_window"),
    BIG_BIRD("BigBird", "big_bird", "BigBird", "", "num_random_blocks", "block_size"),
    FUNNEL("Funnel", "funnel", "Funnel", "funnel", "block_sizes", "block_repeats"),
    CONVBERT("ConvBERT", "convbert", "ConvBert", "convbert", "conv_kernel_size", "head_ratio"),
    SQUEEZEBERT("SqueezeBERT", "squeezebert", "SqueezeBert", "transformer", "q_groups", "k_groups"),
    FNET("FNet", "fnet", "FNet", "fnet", "use_tpu_fourier_optimizations", "tpu_short_seq_length"),
    NYSTROMFORMER("Nystromformer", "nystromformer", "Nystromformer", "nystromformer", "num_landmarks", "segment_means_seq_len"),
    ERNIE("ERNIE", "ernie", "Ernie", "ernie", "use_task_id", "task_type_vocab_size"),
    ROFORMER("RoFormer", "roformer", "RoFormer", "roformer", "rotary_value"),
    REMBERT("RemBERT", "rembert", "RemBert", "rembert", "input_embedding_size", "output_embedding_size"),
    IBERT("I-BERT", "ibert", "IBert", "ibert", "quant_mode", "force_dequant"),
    MODERNBERT("ModernBERT", "modernbert", "ModernBert", "", "global_attn_every_n_layers", "local_attention", "classifier_pooling"),
    NOMIC_BERT("Nomic BERT", "nomic_bert", "NomicBert", "", "rotary_emb_fraction", "rotary_emb_base"),
    JINA_BERT("Jina BERT", "jina_bert", "JinaBert", ""),
    MEGATRON_BERT("Megatron BERT", "megatron-bert", "MegatronBert", ""),
    BERT_GENERATION("BERT for generation", "bert-generation", "BertGeneration", ""),
    LAYOUTLM("LayoutLM", "layoutlm", "LayoutLM", "layoutlm", "max_2d_position_embeddings"),
    VISUAL_BERT("VisualBERT", "visual_bert", "VisualBert", "visual_bert", "visual_embedding_dim"),
    LUKE("LUKE", "luke", "Luke", "luke", "entity_vocab_size", "entity_emb_size"),
    TAPAS("TAPAS", "tapas", "Tapas", "tapas", "num_aggregation_labels", "type_vocab_sizes"),
    CANINE("CANINE", "canine", "Canine", "canine", "num_hash_functions", "num_hash_buckets"),
    DATA2VEC("data2vec", "data2vec-text", "Data2Vec", "data2vec_text"),
    XMOD("X-MOD", "xmod", "Xmod", "roberta", "adapter_reduction_factor"),
    GPT2("GPT-2", "gpt2", "GPT2", "transformer", "n_embd", "n_head", "n_layer"),
    LLAMA("Llama", "llama", "Llama", "", "rms_norm_eps", "num_key_value_heads"),
    T5("T5", "t5", "T5", "", "d_kv", "d_ff"),
    BART("BART", "bart", "Bart", "", "encoder_layers", "encoder_ffn_dim");

    private final String title;
    private final String modelType;
    private final String architecture;
    private final String tensors;
    private final List<String> keys;

    /** @param tensors empty where the first part of the names tells nothing */
    ModelFamily(String title, String modelType, String architecture, String tensors, String... keys) {
        this.title = title;
        this.modelType = modelType;
        this.architecture = architecture;
        this.tensors = tensors;
        this.keys = List.of(keys);
    }

    /** The name in prose. */
    public String title() {
        return title;
    }

    /** {@code model_type} in {@code config.json}. */
    public String modelType() {
        return modelType;
    }

    /** Keys of {@code config.json} that BERT's does not have; may be empty. */
    public List<String> keys() {
        return keys;
    }

    /** How its names in {@code architectures} begin. */
    public String architecture() {
        return architecture;
    }

    /** The one with this {@code model_type}. */
    public static Optional<ModelFamily> ofModelType(String type) {
        return Arrays.stream(values()).filter(f -> f.modelType.equals(type)).findFirst();
    }

    /** The one whose class {@code architecture} is, such as {@code RobertaForMaskedLM}. */
    public static Optional<ModelFamily> ofArchitecture(String name) {
        return Arrays.stream(values()).filter(f -> name.startsWith(f.architecture) && isWordEnd(name, f.architecture.length()))
                .max(Comparator.comparingInt(f -> f.architecture.length()));
    }

    /** The one whose keys, of those that BERT lacks, are most among {@code fields}. */
    static Optional<ModelFamily> ofKeys(Collection<String> fields) {
        return Arrays.stream(values()).filter(f -> f.keysIn(fields) > 0).max(Comparator.comparingLong(f -> f.keysIn(fields)));
    }

    /** The one whose tensors' names begin with {@code first} and a dot. */
    public static Optional<ModelFamily> ofTensors(String first) {
        return Arrays.stream(values()).filter(f -> !f.tensors.isEmpty() && f.tensors.equals(first)).findFirst();
    }

    /** The keys by which {@link #ofKeys} found it. */
    List<String> foundKeys(Collection<String> fields) {
        return keys.stream().filter(fields::contains).toList();
    }

    private long keysIn(Collection<String> fields) {
        return keys.stream().filter(fields::contains).count();
    }

    private static boolean isWordEnd(String name, int at) {
        return at == name.length() || !Character.isLowerCase(name.charAt(at));
    }
}
