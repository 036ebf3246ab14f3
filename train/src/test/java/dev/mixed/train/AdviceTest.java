// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.Target;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.ClassificationMetrics;
import dev.mixed.train.metrics.MultiLabelMetrics;
import dev.mixed.train.metrics.RegressionMetrics;
import dev.mixed.train.metrics.TagMetrics;
import dev.mixed.train.run.RunOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class AdviceTest {
    private static final List<String> CLASSES = List.of("ham", "spam");
    private static final String NO_RISE = "The first step has the full learning rate of 5.0E-4, after which models of 12 layers often learn nothing more; let it rise, by"
            + " --warmup 0.1";

    private static BertConfig config(int layers) {
        return new BertConfig(40, 8, layers, 2, 12, "gelu", 0.0, 0.0, OptionalDouble.empty(), 16, 2, 0.2, 1e-12, 0, CLASSES, List.of("BertModel"), Map.of());
    }

    /** @param spam texts of the second class among 100 */
    private static List<String> advice(int spam, int words, int length, int layers, Map<String, Object> options) {
        List<LabeledText> texts = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            // A third is longer than the others.
            texts.add(new LabeledText("rain ".repeat(i % 3 == 0 ? 9 : words), null, new Target.OfClass(i < spam ? 1 : 0)));
        }
        try (BertTokenizer tokenizer = Toy.tokenizer()) {
            return Advice.of(RunOptions.defaults().with(options), new Dataset("mail", CLASSES, texts, texts, texts),
                    TokenizedDataset.of(texts, tokenizer, length),
                    config(layers), 100);
        }
    }

    @Test
    void anOrdinaryRunNeedsNone() {
        assertEquals(List.of(), advice(20, 3, 12, 12, Map.of()));
        assertEquals(List.of(), advice(6, 3, 12, 2, Map.of("warmup", 0)));
    }

    @Test
    void ofTextsThatAreNearlyAllOfOneClass() {
        String sentence = "Of the training texts, %s %% are 'ham', and a model that always says so is as accurate: look at macro-F1 or MCC, and try"
                + " --class-weights balanced.";
        assertEquals(List.of(sentence.formatted("99.0")), advice(1, 3, 12, 2, Map.of()));
        assertEquals(List.of(sentence.formatted("95.0")), advice(5, 3, 12, 2, Map.of()));
        assertEquals(List.of(), advice(1, 3, 12, 2, Map.of("class-weights", "balanced")));
    }

    @Test
    void ofDeepModelsWithoutWarmUp() {
        assertEquals(List.of(NO_RISE + "."), advice(20, 3, 12, 12, Map.of("warmup", 0)));
        assertEquals(List.of(NO_RISE + " and --scheduler constant_with_warmup."), advice(20, 3, 12, 12, Map.of("scheduler", "constant")));
        assertEquals(List.of(), advice(20, 3, 12, 12, Map.of("warmup", 0, "warmup-steps", 5)));
    }

    @Test
    void ofTextsThatAreMostlyCut() {
        assertEquals(List.of("34 of 100 texts are longer than 6 tokens and were cut; a larger --length keeps more of them."), advice(20, 3, 6, 2, Map.of()));
        assertEquals(
                List.of("Most training texts, 100 of 100, are longer than 6 tokens and were cut, so that the model never sees how they go on; give a larger"
                        + " --length."),
                advice(20, 8, 6, 2, Map.of()));
    }

    @Test
    void ofClassesThatAreNeverGiven() {
        assertEquals(
                Optional.of(
                        "The model never gives 'spam', 1 of the 2 that these texts have; train longer or at another --lr, or try --class-weights balanced."),
                Advice.neverPredicted(ClassificationMetrics.of(List.of("ham", "spam", "other"), new int[] {0, 1, 0}, new int[] {0, 0, 0}), false));
        assertEquals(Optional.empty(),
                Advice.neverPredicted(ClassificationMetrics.of(List.of("ham", "spam", "other"), new int[] {0, 0}, new int[] {0, 0}), false));
        assertEquals(Optional.of("The model never gives 'a', 'b', 2 of the 2 that these texts have; train longer or at another --lr."), Advice.neverPredicted(
                MultiLabelMetrics.of(List.of("a", "b", "c"), new boolean[][] {{true, true, false}}, new double[][] {{0.1, 0.2, 0.9}}, 0.5), false));
        assertEquals(
                Optional.of("The model never gives 'LOC', 1 of the 2 that these texts have; train longer or at another --lr, or try --class-weights balanced."),
                Advice.neverPredicted(TagMetrics.of(true, List.of(List.of("B-PER", "B-LOC")), List.of(List.of("B-PER", "O"))), false));
        assertEquals(Optional.empty(), Advice.neverPredicted(RegressionMetrics.of(new double[] {1, 2}, new double[] {1, 3}), false));
    }
}
