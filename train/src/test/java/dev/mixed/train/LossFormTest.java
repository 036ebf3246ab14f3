// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.bert.model.BertForMaskedLM;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertForTokenClassification;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.io.UsageException;
import dev.mixed.train.data.Target;
import dev.mixed.train.run.RunOptions;
import dev.mixed.weights.SafetensorsFile;
import java.net.URL;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Losses with weights of classes and label smoothing, and their gradients, against those of transformers' models in float64: {@code losses/make_fixtures.py}. */
class LossFormTest {
    private static final Map<String, LossForm> CASES = Map.of("plain", new LossForm(0, List.of()), "smoothed", new LossForm(0.1, List.of()), "weighted",
            new LossForm(0, List.of(0.5, 2.0, 1.25, 3.0)), "both", new LossForm(0.2, List.of(0.5, 2.0, 1.25, 3.0)));

    private static Path fixture(String name) throws Exception {
        URL url = LossFormTest.class.getResource("/losses/" + name);
        assertNotNull(url, "make_fixtures.py makes losses/" + name);
        return Path.of(url.toURI());
    }

    private static LossForm form(String name, int classes) {
        LossForm form = CASES.get(name);
        return form.classWeights().isEmpty() ? form : new LossForm(form.smoothing(), form.classWeights().subList(0, classes));
    }

    private static Task<?> task(String name, ModelFolder folder, Device device) {
        SequenceModel model = switch (name) {
            case "sequence" -> new BertForSequenceClassification(folder.config(), device, 1);
            case "tokens" -> new BertForTokenClassification(folder.config(), device, 1);
            default -> new BertForMaskedLM(folder.config(), device, 1);
        };
        ModelState.load(folder, model, folder.config());
        return switch (model) {
            case BertForSequenceClassification of -> new ClassificationTask(of, folder.config().labels());
            case BertForTokenClassification of -> new TokenTask(of, folder.config().labels());
            default -> new MaskedLmTask((BertForMaskedLM) model, Toy.tokenizer(), 1);
        };
    }

    @ParameterizedTest
    @CsvSource({"sequence,plain", "sequence,smoothed", "sequence,weighted", "sequence,both", "tokens,plain", "tokens,smoothed", "tokens,weighted",
        "tokens,both",
        "words,plain", "words,smoothed"})
    void headsAgreeWithTransformers(String head, String name) throws Exception {
        try (ModelFolder folder = ModelFolder.open(fixture(head)); Device device = JvmDevice.open(2);
                SafetensorsFile expected = SafetensorsFile.open(fixture(head + ".safetensors"))) {
            Task<?> task = task(head, folder, device).with(form(name, folder.config().labels().size()));
            BertInputs inputs = BertInputs.create(device, 4, 5);
            inputs.write(expected.ints("input_ids"), expected.ints("attention_mask"), expected.ints("token_type_ids"));
            for (Precision precision : Precision.values()) {
                double tolerance = precision == Precision.FP32 ? 1e-5 : 5e-3;
                Optimizer optimizer = new SGD(List.of(new ParameterGroup(task.model().namedParameters(), 0f)), 0f);
                optimizer.zeroGrad();
                Variable loss;
                int[] labels = expected.ints("labels");
                float[] ones = new float[labels.length];
                Arrays.fill(ones, 1f);
                try (Autocast _ = precision.scope(device)) {
                    Variable outputs = task.outputs(inputs, null);
                    loss = task.loss(outputs, Tensor.ofInts(device, Shape.of(labels.length), labels), Tensor.of(device, Shape.of(labels.length), ones));
                }
                float wanted = expected.floats(name + ".loss")[0];
                assertEquals(wanted, loss.data().item(), tolerance * wanted, precision.toString());
                GradScaler scaler = precision.scaler(device);
                scaler.scale(loss).backward();
                scaler.unscale(optimizer);
                double error = 0;
                double norm = 0;
                for (Map.Entry<String, Parameter> entry : task.model().namedParameters().entrySet()) {
                    float[] gradient = expected.floats(name + ".grad." + entry.getKey());
                    float[] actual = entry.getValue().grad().toFloats();
                    assertEquals(gradient.length, actual.length, entry.getKey());
                    for (int i = 0; i < gradient.length; i++) {
                        error += Math.pow((double) gradient[i] - actual[i], 2);
                        norm += Math.pow(gradient[i], 2);
                    }
                }
                assertTrue(norm > 0 && Math.sqrt(error / norm) <= tolerance, precision + ": the gradient differs by " + Math.sqrt(error / norm));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"plain", "smoothed", "weighted", "both"})
    void oneLogitIsTheSecondOfTwo(String name) throws Exception {
        try (Device device = JvmDevice.open(1); SafetensorsFile expected = SafetensorsFile.open(fixture("one-logit.safetensors"))) {
            List<String> classes = List.of("weather", "food");
            BertForSequenceClassification model = new BertForSequenceClassification(Toy.config(classes), device, 1);
            assertEquals(1, model.numLogits());
            ClassificationTask task = new ClassificationTask(model, classes).with(form(name, 2));
            int[] labels = expected.ints("labels");
            Tensor targets = task.targets(device, labels.length, 1);
            if (targets.dtype() == DType.I32) {
                targets.write(labels);
            } else {
                float[] values = new float[labels.length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = labels[i];
                }
                targets.write(values);
            }
            for (DType dtype : List.of(DType.F32, DType.F16)) {
                Parameter x = new Parameter(Tensor.of(device, Shape.of(labels.length, 1), expected.floats("logits")));
                float tolerance = dtype == DType.F32 ? 1e-5f : 5e-3f;
                Variable logits = dtype == DType.F32 ? x : F.cast(x, DType.F16);
                Variable loss;
                try (Autocast _ = (dtype == DType.F32 ? Precision.FP32 : Precision.AMP).scope(device)) {
                    loss = task.loss(logits, targets, Tensor.of(device, Shape.of(labels.length), 1, 1, 1, 1, 1, 1));
                }
                loss.backward();
                assertEquals(expected.floats(name + ".loss")[0], loss.data().item(), tolerance);
                float[] wanted = expected.floats(name + ".grad");
                float[] actual = x.grad().toFloats();
                for (int i = 0; i < wanted.length; i++) {
                    assertEquals(wanted[i], actual[i], tolerance * 0.3f, name + " gradient " + i);
                }
            }
        }
    }

    private static LossForm of(String weights, Task<?> task, Target... targets) {
        return LossForm.of(RunOptions.defaults().with("class-weights", weights).loss(), task, Stream.of(targets));
    }

    @Test
    void weightsAreBalancedOrGivenByPlaceOrName() {
        try (Device device = JvmDevice.open(1)) {
            List<String> classes = List.of("weather", "food");
            Task<?> task = new ClassificationTask(new BertForSequenceClassification(Toy.config(classes), device, 1), classes);
            Target[] targets = {new Target.OfClass(0), new Target.OfClass(0), new Target.OfClass(0), new Target.OfClass(1)};
            // scikit-learn's: 4 / (2 * 3) and 4 / (2 * 1).
            assertEquals(List.of(2.0 / 3, 2.0), of("balanced", task, targets).classWeights());
            assertEquals(List.of(1.0, 2.5), of("1, 2.5", task, targets).classWeights());
            assertEquals(List.of(1.0, 3.0), of("food=3", task, targets).classWeights());
            assertEquals(List.of(0.5, 3.0), of("food=3,weather=0.5", task, targets).classWeights());
            refused(() -> of("1,2,3", task, targets), "--class-weights must have a number for each of the 2 classes weather, food, not 3");
            refused(() -> of("snow=3", task, targets), "--class-weights names 'snow', which is none of the classes weather, food.");
            refused(() -> of("balanced", task, targets[0]), "without any of 'food'");
            refused(() -> of("0,1", task), "--class-weights must be balanced, or numbers above 0");
            refused(() -> of("food=1,food=2", task), "must be balanced, or numbers");
            refused(() -> of("food=1,2", task), "must be balanced, or numbers");
            refused(() -> of("-1,2", task), "must be balanced, or numbers");
            refused(() -> of("NaN,2", task), "must be balanced, or numbers");
            Task<?> scores = new RegressionTask(new BertForSequenceClassification(Toy.config(classes).withClassifier(List.of("score"), true), device, 1));
            refused(() -> of("balanced", scores), "which this task has none of");
            refused(() -> scores.with(new LossForm(0.1, List.of())), "--label-smoothing and --class-weights are for the cross entropy");
        }
    }

    private static void refused(Executable call, String part) {
        String message = assertThrows(UsageException.class, call).getMessage();
        assertTrue(message.contains(part) && message.endsWith("."), message);
    }
}
