// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.Linear;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.pretrained.ModuleFile;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.SafetensorsWriter;
import dev.mixed.weights.StoredType;
import dev.mixed.weights.TensorSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** NaN and infinities end a prediction, a score and a run, and get into no checkpoint. */
class NotANumberTest {
    private static final int LENGTH = 16;
    private static final List<String> CLASSES = List.of("weather", "food");
    /** 10 steps an epoch. */
    private static final RunOptions OPTIONS = RunOptions.defaults().with("epochs", 3).with("batch", 4).with("length", LENGTH).with("lr", 1e-3);

    @TempDir
    private Path temp;

    /** Trainer, model and scaler of a run over the toy data. */
    private final class Run implements TrainingListener {
        private final Path folder = temp.resolve("run");
        private final BertForSequenceClassification model;
        private final GradScaler scaler;
        private final Trainer trainer;
        private final List<EpochResult> results = new ArrayList<>();
        private int steps;
        private int breakAfter = -1;

        Run(Device device, RunOptions options, double initScale) {
            model = new BertForSequenceClassification(Toy.config(CLASSES), device, 3);
            scaler = new GradScaler(device, initScale, 2, 0.5, 2000, options.compute().amp());
            Dataset data = Dataset.load(Toy.data(temp), 1);
            Optimizer optimizer = new AdamW(List.of(new ParameterGroup(model.namedParameters(), 0f)), 1e-3f);
            try (BertTokenizer tokenizer = Toy.tokenizer()) {
                TokenizedDataset train = TokenizedDataset.of(data.train(), tokenizer, LENGTH);
                TokenizedDataset validation = TokenizedDataset.of(data.validation(), tokenizer, LENGTH);
                LengthBuckets buckets = LengthBuckets.upTo(LENGTH);
                trainer = new Trainer(model, optimizer, scaler, new TrainingStep(model, optimizer, 1f, device, options.compute().precision(), scaler),
                        new Evaluator(new PredictionStep(model, device, options.compute().precision()), CLASSES), DataLoader.shuffled(train, 4, buckets, 1),
                        validation, DataLoader.sequential(validation, 4, buckets), options, new RunFolder(folder), TokenizerFiles.of(tokenizer, LENGTH));
            }
        }

        @Override
        public void step(int texts, double loss) {
            if (++steps == breakAfter) {
                breakDown(model, Float.NaN);
            }
        }

        @Override
        public void epochScored(EpochResult result) {
            results.add(result);
        }
    }

    private static void breakDown(BertForSequenceClassification model, float value) {
        Tensor bias = Objects.requireNonNull(model.namedParameters().get("classifier.bias"), "a classifier has a bias").data();
        float[] values = bias.toFloats();
        values[0] = value;
        bias.write(values);
    }

    private static void assertFinite(Path file) {
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            for (String name : weights.tensors().keySet()) {
                for (float value : weights.floats(name)) {
                    assertTrue(Float.isFinite(value), name);
                }
            }
        }
    }

    /** Weights that break after a step: of the first and of a later one, of one that is saved, and of an epoch's last. */
    @ParameterizedTest
    @CsvSource({"1,0,The loss became NaN in step 2,no checkpoint was saved before", "5,4,The loss became NaN in step 6,the checkpoint of step 4 in",
        "3,3,The model is not saved,its parameter 'classifier.bias' has become NaN", "10,9,'After epoch 1, the model''s output for validation text 1',step 9",
        "14,13,The loss became NaN in step 15,the checkpoint of step 13", "30,29,After epoch 3,the checkpoint of step 29"})
    void aRunWhoseWeightsBreakLeavesItsLastGoodCheckpoint(int step, int saveEvery, String problem, String kept) {
        try (Device device = JvmDevice.open(1)) {
            Run run = new Run(device, OPTIONS.with("save-every", saveEvery), 1);
            run.breakAfter = step;
            assertRefused(() -> run.trainer.run(run), problem, kept);
            assertEquals((step - 1) / 10, run.results.size());
            assertEquals(step > 10, Files.exists(run.folder.resolve("model.safetensors")), "a best model");
            if (step > 10) {
                assertFinite(run.folder.resolve("model.safetensors"));
            }
            assertFalse(Files.exists(run.folder.resolve("last/.checkpoint.partial")));
            boolean last = step > 3;
            assertEquals(last, Files.exists(run.folder.resolve("last/model.safetensors")));
            if (last) {
                assertFinite(run.folder.resolve("last/model.safetensors"));
            }
        }
    }

    @Test
    void aRunAllOfWhoseStepsAreSkippedFails() {
        try (Device device = JvmDevice.open(1)) {
            Run run = new Run(device, OPTIONS.with("amp", true).with("epochs", 1), 0x1p120);
            assertRefused(() -> run.trainer.run(run), "All 10 steps of the run were skipped for an overflow in half", "untrained", "--fp32");
            assertEquals(1, run.results.size());
        }
    }

    /** The scale halves with each skipped step until gradients fit; how small that is, a first run tells. */
    @Test
    void aRunThatSkipsToItsEndFailsAndOneThatBeginsSoDoesNot() {
        RunOptions amp = OPTIONS.with("amp", true);
        int begin = 24;
        int fits;
        try (Device device = JvmDevice.open(1)) {
            Run run = new Run(device, amp, 0x1p24);
            assertTrue(run.trainer.run(run));
            fits = begin - run.scaler.skippedUpdates().skips();
            assertTrue(fits < begin - 1 && Double.isFinite(run.results.getFirst().trainLoss()), "skipped: " + run.scaler.skippedUpdates());
        }
        try (Device device = JvmDevice.open(1)) {
            Run run = new Run(device, amp.with("epochs", 2), Math.scalb(1.0, fits + 17));
            UserException e = assertRefused(() -> run.trainer.run(run), " of the last 10 steps were skipped", "did not learn from them", "--fp32");
            assertTrue(e.getMessage().matches("[6-9] .*"), e.getMessage());
            assertEquals(2, run.results.size());
        }
        try (Device device = JvmDevice.open(1)) {
            Run run = new Run(device, amp, 0x1p120);
            assertRefused(() -> run.trainer.run(run), "The last 20 steps were skipped", "cannot learn");
            assertEquals(1, run.results.size());
        }
    }

    @ParameterizedTest
    @CsvSource({"65536,65536", "16777216,16777216", "1,1", "0.5,0.5", "0.0078125,0.0078125", "1.1920929E-7,1.2e-07", "1.1754944E-38,1.2e-38"})
    void aSmallScaleDoesNotReadAsNothing(float scale, String text) {
        assertEquals(text, new LossScale(scale, 0, List.of()).text());
    }

    /** Finite weights under which one word overflows: 1e5 in half alone, 3e38 in float too. */
    @ParameterizedTest
    @CsvSource({"1e5,AMP,true", "1e5,AMP_FLOAT_RESIDUAL,false", "1e5,FP32,false", "3e38,FP32,true", "3e38,AMP,true"})
    void theFirstTextWithoutANumberIsNamed(float size, Precision precision, boolean refused) {
        List<String> texts = List.of("the rain and more snow today we saw", "some bread", "a storm", "the storm and the storm");
        try (Device device = JvmDevice.open(1); BertTokenizer tokenizer = Toy.tokenizer()) {
            BertForSequenceClassification model = new BertForSequenceClassification(Toy.config(CLASSES), device, 3);
            Toy.overflowingWord(model, tokenizer, "storm", size);
            Evaluator evaluator = new Evaluator(new PredictionStep(model, device, precision), CLASSES);
            TokenizedDataset data = TokenizedDataset.unlabeled(texts, tokenizer, LENGTH);
            DataLoader loader = DataLoader.sequential(data, 2, LengthBuckets.upTo(LENGTH));
            if (!refused) {
                assertEquals(4, evaluator.probabilities(data, loader, n -> {}).length);
                return;
            }
            NonFiniteException e = (NonFiniteException) assertRefused(() -> evaluator.probabilities(data, loader, n -> {}), "text 3 ('a storm')", "NaN");
            assertEquals(2, e.index());
            assertEquals(precision != Precision.FP32, e.getMessage().contains("--fp32"));
            assertRefused(() -> evaluator.evaluate(data, loader, n -> {}), "text 3 ('a storm')");
            assertTrue(e.at("'x.csv', line 9").getMessage().startsWith("'x.csv', line 9 ('a storm'): the model's output is NaN"));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void anInfiniteOutputIsNoClass(float value) {
        try (Device device = JvmDevice.open(1); BertTokenizer tokenizer = Toy.tokenizer()) {
            BertForSequenceClassification model = new BertForSequenceClassification(Toy.config(CLASSES), device, 3);
            breakDown(model, value);
            Evaluator evaluator = new Evaluator(new PredictionStep(model, device), CLASSES);
            TokenizedDataset data = TokenizedDataset.unlabeled(List.of("rain"), tokenizer, LENGTH);
            assertRefused(() -> evaluator.probabilities(data, DataLoader.sequential(data, 1, LengthBuckets.upTo(LENGTH)), n -> {}), "text 1", "" + value);
            Path file = temp.resolve("broken.safetensors");
            assertRefused(() -> ModuleFile.save(file, model), "not saved", "'classifier.bias'", "" + value);
            assertFalse(Files.exists(file));
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void aBenchmarkOfNumbersThatAreNoneIsRefused(Precision precision) {
        BertConfig config = new BertConfig(50, 8, 1, 2, 12, "gelu", 0.1, 0.1, OptionalDouble.empty(), 32, 2, 1e37, 1e-12, 0, CLASSES,
                List.of("BertModel"), Map.of());
        try (Device device = JvmDevice.open(1)) {
            TrainingBenchmark benchmark = new TrainingBenchmark(config, device, TrainingBenchmark.randomBatch(config, 2, 8, 1), 1, precision, false,
                    DataParallel.single());
            assertRefused(() -> benchmark.training(1, 1), "The model's loss has become", "times mean nothing");
            assertRefused(() -> benchmark.inference(1, 1), "The model's output has become");
        }
    }

    @ParameterizedTest
    @CsvSource({"F32,NaN,NaN", "F32,-Infinity,-Infinity", "F64,1e300,Infinity", "F64,NaN,NaN", "F16,Infinity,Infinity", "BF16,NaN,NaN"})
    void loadedWeightsAreNumbers(StoredType type, double value, String shown) throws IOException {
        Path file = temp.resolve("linear.safetensors");
        try (Device device = JvmDevice.open(1)) {
            Linear linear = new Linear(new Initializer(device, 1), 3, 2, 1f);
            List<TensorSource> tensors = List.of(new TensorSource("weight", type, List.of(2, 3), () -> row(type, 1, 1, 1, 1, value, 1)),
                    TensorSource.floats("bias", List.of(2), () -> new float[2]));
            try (FileChannel to = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                SafetensorsWriter.write(to, tensors, SafetensorsWriter.PYTORCH);
            }
            assertRefused(() -> ModuleFile.load(file, linear), file.toString(), "'weight' whose element 4 is " + shown + " as a float");
        }
    }

    /** Elements as they lie in memory. */
    private static MemorySegment row(StoredType type, double... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.nativeOrder());
        for (double value : values) {
            switch (type) {
                case F32 -> bytes.putFloat((float) value);
                case F64 -> bytes.putDouble(value);
                case F16 -> bytes.putShort(Float.floatToFloat16((float) value));
                default -> bytes.putShort((short) (Float.floatToRawIntBits((float) value) >> 16));
            }
        }
        return MemorySegment.ofArray(bytes.array());
    }
}
