// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.GradScaler;
import dev.mixed.autograd.NoGrad;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the library is given is looked at before anything is computed: each refusal names what is wrong, where, and what is allowed. */
class ApiInputTest {
    private static final Device DEVICE = JvmDevice.open(2);
    private static final List<String> THREE = List.of("weather", "food", "travel");
    private static final int ROWS = 2;
    private static final int SEQ = 8;
    private static final BertForSequenceClassification MODEL = new BertForSequenceClassification(Toy.config(THREE), DEVICE, 1);
    private static final BertForSequenceClassification ONE_LOGIT = new BertForSequenceClassification(Toy.config(THREE.subList(0, 2)), DEVICE, 1);
    private static final int VOCAB = MODEL.config().vocabSize();

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    private static void assertRefused(Executable call, String... words) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), "'" + word + "' is not in: " + message);
        }
    }

    /** A batch of fine numbers after a change to them. */
    private static Batch batch(Consumer<Batch> change) {
        int[] mask = new int[ROWS * SEQ];
        Arrays.fill(mask, 1);
        int[] ids = new int[ROWS * SEQ];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i % VOCAB;
        }
        Batch batch = new Batch(ROWS, SEQ, ROWS, ids, mask, new int[ROWS * SEQ], new int[] {0, 1}, new float[] {1, 1}, new int[] {0, 1});
        change.accept(batch);
        return batch;
    }

    private static Batch fine() {
        return batch(b -> {});
    }

    static Stream<Arguments> wrongBatches() {
        return Stream.of(
                Arguments.of((Consumer<Batch>) b -> b.inputIds()[11] = VOCAB, List.of("input_ids", "[1, 3]", "is " + VOCAB, "0 to " + (VOCAB - 1))),
                Arguments.of((Consumer<Batch>) b -> b.inputIds()[0] = -1, List.of("input_ids", "[0, 0]", "is -1")),
                Arguments.of((Consumer<Batch>) b -> b.tokenTypeIds()[9] = 2, List.of("token_type_ids", "[1, 1]", "is 2", "0 to 1")),
                Arguments.of((Consumer<Batch>) b -> b.attentionMask()[2] = 2, List.of("attention_mask", "[0, 2]", "is 2", "1 for a token or 0")));
    }

    @ParameterizedTest
    @MethodSource("wrongBatches")
    void idsOutOfRangeAreRefusedByEachRecordedStep(Consumer<Batch> change, List<String> words) {
        PredictionStep prediction = new PredictionStep(MODEL, DEVICE);
        TrainingStep training = step(MODEL, 0f);
        float[] expected = prediction.logits(fine());
        float loss = training.run(fine()).item();
        String[] all = words.toArray(String[]::new);
        assertRefused(() -> prediction.logits(batch(change)), all);
        assertRefused(() -> training.run(batch(change)), all);
        assertArrayEquals(expected, prediction.logits(fine()));
        assertEquals(loss, training.run(fine()).item(), 1f, "but for dropout, nothing has changed");
        assertRefused(() -> new PredictionStep(MODEL, DEVICE).logits(batch(change)), all);
    }

    private static TrainingStep step(BertForSequenceClassification model, float lr) {
        return new TrainingStep(model, new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), 0f), lr), 1f, DEVICE);
    }

    @Test
    void labelsOutOfRangeAreRefusedAndMinus100Ignored() {
        TrainingStep training = step(MODEL, 0f);
        training.run(fine());
        assertRefused(() -> training.run(batch(b -> b.labels()[1] = 3)), "cross_entropy", "index 1", "is 3", "0 to 2");
        assertRefused(() -> training.run(batch(b -> b.labels()[0] = -1)), "cross_entropy", "index 0", "is -1");
        assertRefused(() -> training.run(batch(b -> Arrays.fill(b.labels(), -100))), "no row that counts");
        assertTrue(Float.isFinite(training.run(batch(b -> b.labels()[1] = -100)).item()));
        TrainingStep binary = step(ONE_LOGIT, 0f);
        binary.run(fine());
        assertRefused(() -> binary.run(batch(b -> b.labels()[1] = 2)), "binary_cross_entropy_with_logits", "index 1", "is 2.0", "0 to 1");
        assertRefused(() -> binary.run(batch(b -> b.labels()[1] = -100)), "is -100.0");
        assertRefused(() -> binary.run(batch(b -> b.weights()[1] = Float.NaN)), "weight", "index 1", "NaN");
        assertTrue(Float.isFinite(binary.run(batch(b -> {
            b.labels()[1] = 7;
            b.weights()[1] = 0;
        })).item()), "a row that only fills up the batch");
    }

    @Test
    void inputsOfOtherShapesAndTypesAreRefused() {
        BertInputs in = BertInputs.create(DEVICE, ROWS, SEQ);
        Tensor floats = Tensor.zeros(DEVICE, Shape.of(ROWS, SEQ), DType.F32);
        Tensor row = Tensor.zeros(DEVICE, Shape.of(1, SEQ), DType.I32);
        Tensor flat = Tensor.zeros(DEVICE, Shape.of(SEQ), DType.I32);
        try (NoGrad _ = NoGrad.enter()) {
            assertRefused(() -> MODEL.bert().forward(new BertInputs(floats, in.tokenTypeIds(), in.positionIds(), in.attentionBias())), "input_ids", "I32");
            assertRefused(() -> MODEL.bert().forward(new BertInputs(flat, in.tokenTypeIds(), in.positionIds(), in.attentionBias())), "[batch, seq]", "[8]");
            assertRefused(() -> MODEL.bert().forward(new BertInputs(in.inputIds(), row, in.positionIds(), in.attentionBias())), "token_type_ids", "[1, 8]");
            assertRefused(() -> MODEL.bert().forward(new BertInputs(in.inputIds(), in.tokenTypeIds(), row, in.attentionBias())), "position_ids", "[1, 8]");
            assertRefused(() -> MODEL.bert().forward(new BertInputs(in.inputIds(), in.tokenTypeIds(), in.positionIds(), floats.reshape(SEQ, ROWS))),
                    "attention_mask", "[8, 2]");
            assertRefused(() -> MODEL.bert().forward(BertInputs.create(DEVICE, 1, 33)), "[1, 33]", "32 positions");
            Tensor positions = Tensor.ofInts(DEVICE, Shape.of(SEQ), 0, 1, 2, 3, 4, 5, 6, 32);
            assertRefused(() -> MODEL.bert().forward(new BertInputs(in.inputIds(), in.tokenTypeIds(), positions, in.attentionBias())), "position_ids",
                    "index 7", "is 32", "0 to 31");
        }
        int[] all = new int[ROWS * SEQ];
        assertRefused(() -> in.write(new int[3], all, all), "input_ids", "16", "[2, 8]", "3");
        assertRefused(() -> in.write(all, new int[3], all), "attention_mask", "16", "3");
        assertRefused(() -> in.write(all, all, new int[17]), "token_type_ids", "16", "17");
        assertRefused(() -> BertInputs.create(DEVICE, 0, 8), "[0, 8]", "at least 1");
    }

    @Test
    void batchesFitTheirSizes() {
        int[] all = new int[ROWS * SEQ];
        int[] rows = new int[ROWS];
        float[] weights = new float[ROWS];
        assertRefused(() -> new Batch(ROWS, SEQ, ROWS, new int[1], all, all, rows, weights, rows), "input_ids", "16", "1");
        assertRefused(() -> new Batch(ROWS, SEQ, ROWS, all, all, all, new int[3], weights, rows), "labels", "2", "3");
        assertRefused(() -> new Batch(ROWS, SEQ, 3, all, all, all, rows, weights, rows), "0 to 2", "3 texts");
        assertRefused(() -> new Batch(0, SEQ, 0, all, all, all, rows, weights, rows), "1 row or more");
    }

    @Test
    void dataSetsAndTrainersNameTheTextThatIsWrong() {
        assertRefused(() -> new LabeledText(null, 0), "null");
        assertRefused(() -> new LabeledText("rain", -1), "-1", "0 or more");
        List<LabeledText> two = List.of(new LabeledText("rain", 0), new LabeledText("cake", 2));
        assertRefused(() -> new Dataset("mine", List.of("a", "b"), List.of(), List.of(), two), "index 1", "test", "is 2", "0 to 1");
        try (BertTokenizer tokenizer = Toy.tokenizer()) {
            assertRefused(() -> tokenizer.encode(null, 8), "null");
            assertRefused(() -> tokenizer.encodeBatch(Arrays.asList("rain", null), 8), "index 1");
            assertRefused(() -> tokenizer.encode("rain", 2), "2", "3");
            assertRefused(() -> TokenizedDataset.of(two, tokenizer, 1), "3", "1");
            TokenizedDataset texts = TokenizedDataset.of(two, tokenizer, 16);
            TokenizedDataset none = TokenizedDataset.of(List.of(), tokenizer, 16);
            RunOptions options = RunOptions.defaults().with("length", 16);
            RunFolder folder = new RunFolder(Path.of("nowhere"));
            List<String> classes = List.of("weather", "food");
            assertRefused(() -> Trainer.of(ONE_LOGIT, classes, texts, texts, Map.of(), options, folder, DEVICE), "index 1", "is 2", "0 to 1");
            assertRefused(() -> Trainer.of(MODEL, THREE, none, texts, Map.of(), options, folder, DEVICE), "no train text");
            assertRefused(() -> Trainer.of(MODEL, THREE, texts, none, Map.of(), options, folder, DEVICE), "no validation text");
            assertRefused(() -> Trainer.of(MODEL, THREE, TokenizedDataset.of(two, tokenizer, 32), texts, Map.of(), options, folder, DEVICE), "32", "16");
        }
    }

    @Test
    void scalersTakeNumbersThatMakeSense() {
        for (double scale : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertRefused(() -> new GradScaler(DEVICE, scale, 2, 0.5, 2000, true), "initial scale", String.valueOf(scale));
        }
        for (double growth : new double[] {1, 0.5, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertRefused(() -> new GradScaler(DEVICE, 1, growth, 0.5, 2000, true), "growth factor", String.valueOf(growth));
        }
        for (double backoff : new double[] {0, 1, -1, Double.NaN}) {
            assertRefused(() -> new GradScaler(DEVICE, 1, 2, backoff, 2000, true), "backoff factor", String.valueOf(backoff));
        }
        assertRefused(() -> new GradScaler(DEVICE, 1, 2, 0.5, 0, true), "growth interval", "0");
        GradScaler scaler = new GradScaler(DEVICE);
        Map<String, Number> state = new HashMap<>(scaler.stateDict());
        state.put("scale", Float.NaN);
        assertRefused(() -> scaler.loadStateDict(state), "scale", "NaN");
        state.put("scale", 4f);
        state.put("_growth_tracker", -3);
        assertRefused(() -> scaler.loadStateDict(state), "growth tracker", "-3");
        assertEquals(65536f, scaler.getScale(), "nothing of a refused state is taken up");
    }
}
