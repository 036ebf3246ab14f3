// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.Messages;
import dev.mixed.weights.SafetensorsBytes;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.TensorSource;
import dev.mixed.weights.WeightFile;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What wrappers leave in the names of tensors is taken off; what is of two models, or of another family, is refused. */
class UnwrappedTest {
    private static final List<String> BERT = List.of("bert.embeddings.word_embeddings.weight", "bert.encoder.layer.0.output.LayerNorm.weight",
            "bert.pooler.dense.bias", "classifier.weight");

    private static WeightFile weights(List<String> names) {
        List<TensorSource> tensors = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            float value = i;
            tensors.add(TensorSource.floats(names.get(i), List.of(1), () -> new float[] {value}));
        }
        return RenamedWeights.of(SafetensorsFile.of("m.safetensors", MemorySegment.ofArray(SafetensorsBytes.of(tensors))));
    }

    private static void assertBert(List<String> names, String... taken) {
        WeightFile weights = weights(names);
        assertEquals(BERT, List.copyOf(weights.tensors().keySet()));
        for (int i = 0; i < BERT.size(); i++) {
            assertArrayEquals(new float[] {i}, weights.floats(BERT.get(i)));
        }
        String note = RenamedWeights.note(weights).orElse("");
        assertEquals(taken.length == 0, note.isEmpty(), note);
        assertTrue(Arrays.stream(taken).allMatch(t -> note.contains("'" + t + "'")), note);
    }

    @ParameterizedTest
    @EnumSource
    void everyWrapperIsTakenOff(Wrapper wrapper) {
        assertBert(BERT.stream().map(name -> wrapper.part() + "." + name).toList(), wrapper.part() + ".");
    }

    @ParameterizedTest
    @CsvSource({"module._orig_mod.", "_orig_mod.module.", "model._orig_mod.", "module.model.", "module.module.", "_forward_module.model._orig_mod.module.",
        "bert.", "model.bert.", "net.module."})
    void wrappersInWrappers(String prefix) {
        assertBert(BERT.stream().map(name -> prefix + name).toList(), prefix.split("(?<=\\.)"));
    }

    @Test
    void noWrapperNoNote() {
        assertBert(BERT);
        assertEquals(Optional.empty(), RenamedWeights.note(weights(BERT)));
    }

    @Test
    void wrappersAroundParts() {
        assertBert(
                List.of("bert.module.embeddings.word_embeddings.weight", "bert.module.encoder.layer.0.output.LayerNorm.weight", "bert.module.pooler.dense.bias",
                        "classifier.weight"),
                "module.");
        assertBert(List.of("bert.embeddings.word_embeddings.weight", "bert.encoder.layer.0._fsdp_wrapped_module.output.LayerNorm.weight",
                "bert._orig_mod.pooler.dense.bias", "classifier._orig_mod.weight"), "_fsdp_wrapped_module.", "_orig_mod.");
        assertBert(List.of("module.bert.embeddings.word_embeddings.weight", "module.bert.encoder.layer.0._checkpoint_wrapped_module.output.LayerNorm.gamma",
                "module.bert.pooler.dense.bias", "module.classifier.weight"), "module.", "_checkpoint_wrapped_module.");
    }

    @Test
    void anEncoderAloneInAWrapper() {
        WeightFile weights = weights(List.of("_orig_mod.embeddings.word_embeddings.weight", "_orig_mod.encoder.layer.0.output.dense.bias"));
        assertEquals(List.of("bert.embeddings.word_embeddings.weight", "bert.encoder.layer.0.output.dense.bias"), List.copyOf(weights.tensors().keySet()));
    }

    @ParameterizedTest
    @CsvSource({"module.,classifier.weight", "_orig_mod.,bert.pooler.dense.bias", "model.,loss.weight", "bert.,classifier.weight"})
    void prefixedAndBareNamesTogether(String prefix, String bare) {
        List<String> names = new ArrayList<>(BERT.stream().map(name -> prefix + name).toList());
        names.add(bare);
        Messages.assertRefused(() -> weights(names), "'m.safetensors' has tensors whose names begin with '" + prefix + "'", "'" + bare + "'",
                "save one model's alone");
    }

    @Test
    void twoNamesOfOneTensor() {
        Messages.assertRefused(() -> weights(List.of("bert.pooler.dense.bias", "bert.module.pooler.dense.bias")), "two names of one tensor",
                "'bert.pooler.dense.bias'", "'bert.module.pooler.dense.bias'");
    }

    @ParameterizedTest
    @CsvSource({"roberta.,a model of RoBERTa", "distilbert.,a model of DistilBERT", "electra.,a model of ELECTRA", "model.deberta.,a model of DeBERTa",
        "module.albert.,a model of ALBERT", "student.bert.,where a BERT's begin with 'bert.'", "base_model.model.bert.,where a BERT's begin with 'bert.'",
        "auto_model.,where a BERT's begin with 'bert.'"})
    void othersAreNamed(String prefix, String message) {
        Messages.assertRefused(() -> weights(List.of(prefix + "embeddings.word_embeddings.weight", prefix + "encoder.layer.0.output.dense.bias")),
                "'m.safetensors' ", message);
    }
}
