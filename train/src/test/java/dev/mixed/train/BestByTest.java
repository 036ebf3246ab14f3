// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.data.Target;
import dev.mixed.train.metrics.ClassificationMetrics;
import dev.mixed.train.metrics.MultiLabelMetrics;
import dev.mixed.train.metrics.RegressionMetrics;
import dev.mixed.train.metrics.Scores;
import dev.mixed.train.metrics.TagMetrics;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BestByTest {
    private static final List<String> CLASSES = List.of("weather", "food");
    /** Three of four right. */
    private static final Evaluation EVALUATION = new Evaluation(0.6, ClassificationMetrics.of(CLASSES, new int[] {0, 0, 1, 1}, new int[] {0, 0, 1, 0},
            new double[][] {{0.9, 0.1}, {0.8, 0.2}, {0.1, 0.9}, {0.7, 0.3}}));

    private static BestBy of(String metric) {
        try (Device device = JvmDevice.open(1)) {
            return BestBy.of(metric, new ClassificationTask(new BertForSequenceClassification(Toy.config(CLASSES), device, 1), CLASSES));
        }
    }

    @Test
    void anyScoreDecidesTheWayInWhichItIsBetter() {
        assertEquals("macro_f1", of(null).name(EVALUATION));
        assertEquals(EVALUATION.scores().all().get("macro_f1"), of(null).score(EVALUATION));
        assertEquals("accuracy", of("accuracy").name(EVALUATION));
        assertEquals(0.75, of("accuracy").score(EVALUATION));
        assertEquals(0.5, of("eval_binary_recall").score(EVALUATION));
        assertEquals(-0.6, of("loss").score(EVALUATION));
        assertEquals("loss", of("eval_loss").name(EVALUATION));
        Evaluation scores = new Evaluation(0.1, RegressionMetrics.of(new double[] {1, 2, 3}, new double[] {1, 2, 4}));
        assertEquals(-1.0 / 3, new BestBy("mse").score(scores), 1e-12);
        assertEquals(0.5, new BestBy("r2").score(scores), 1e-12);
    }

    @Test
    void whereNoScoreIsANumberTheLossDecides() {
        double[] same = {2, 2, 2};
        double[] others = {1, 2, 4};
        for (String metric : new String[] {null, "pearson"}) {
            double early = new BestBy(metric).score(new Evaluation(0.7, RegressionMetrics.of(same, others)));
            double late = new BestBy(metric).score(new Evaluation(0.4, RegressionMetrics.of(same, others)));
            double number = new BestBy(metric).score(new Evaluation(0.9, RegressionMetrics.of(new double[] {1, 2, 3}, new double[] {3, 2, 1})));
            assertTrue(early < late && late < number, metric + ": " + early + ", " + late + ", " + number);
            assertTrue(late - early > 0.1, "an early stop counts it as a gain");
        }
    }

    @Test
    void aScoreThatTheTaskLacksIsRefused() {
        String message = assertThrows(UsageException.class, () -> of("f2")).getMessage();
        assertTrue(message.startsWith("--metric must be one of accuracy, macro_f1,") && message.endsWith("roc_auc, loss, not 'f2'."), message);
        Evaluation oneClass = new Evaluation(0.6,
                ClassificationMetrics.of(CLASSES, new int[] {0, 0}, new int[] {0, 0}, new double[][] {{0.9, 0.1}, {0.8, 0.2}}));
        assertTrue(assertThrows(UserException.class, () -> of("roc_auc").score(oneClass)).getMessage().contains("roc_auc"));
    }

    private static void refused(String score, Task<?> task, String why, Target... validation) {
        String message = assertThrows(UsageException.class, () -> new BestBy(score).require(task, List.of(validation))).getMessage();
        assertEquals("--metric " + score + " can be no number on the validation texts, for " + why + "; choose another, or other validation texts.", message);
    }

    @Test
    void aScoreThatCanBeNoNumberIsRefusedBeforeTraining() {
        try (Device device = JvmDevice.open(1)) {
            BertForSequenceClassification model = new BertForSequenceClassification(Toy.config(CLASSES), device, 1);
            Task<?> classes = new ClassificationTask(model, CLASSES);
            refused("roc_auc", classes, "none of them is of the class 'food'", new Target.OfClass(0), new Target.OfClass(0));
            new BestBy("roc_auc").require(classes, List.of(new Target.OfClass(0), new Target.OfClass(1)));
            new BestBy("mcc").require(classes, List.of(new Target.OfClass(0)));
            new BestBy(null).require(classes, List.of(new Target.OfClass(0)));
            Task<?> labels = new MultiLabelTask(model, CLASSES);
            Target none = new Target.Labels(List.of());
            Target food = new Target.Labels(List.of(1));
            refused("macro_roc_auc", labels, "none of them has the label 'weather'", none, food);
            refused("macro_roc_auc", labels, "each of them has the label 'weather'", new Target.Labels(List.of(0)), new Target.Labels(List.of(0, 1)));
            refused("micro_roc_auc", labels, "they have no label", none, none);
            new BestBy("micro_roc_auc").require(labels, List.of(none, food));
            new BestBy("macro_f1").require(labels, List.of(none));
            Task<?> scores = new RegressionTask(model);
            refused("pearson", scores, "all of them have the score 2.5", new Target.Score(2.5), new Target.Score(2.5));
            refused("r2", scores, "there is one of them alone", new Target.Score(2.5));
            new BestBy("spearman").require(scores, List.of(new Target.Score(2.5), new Target.Score(1)));
            new BestBy("mse").require(scores, List.of(new Target.Score(2.5)));
            new BestBy("loss").require(scores, List.of(new Target.Score(2.5)));
        }
    }

    @Test
    void theNamesThatMayBeAskedForAreThoseThatScoresHave() {
        assertNames(ClassificationMetrics.ALL, EVALUATION.scores());
        assertNames(RegressionMetrics.ALL, RegressionMetrics.of(new double[] {1, 2, 3}, new double[] {1, 2, 4}));
        assertNames(MultiLabelMetrics.ALL,
                MultiLabelMetrics.of(CLASSES, new boolean[][] {{true, false}, {false, true}}, new double[][] {{0.9, 0.1}, {0.4, 0.7}}, 0.5));
        assertNames(TagMetrics.all(true), TagMetrics.of(true, List.of(List.of("O", "B-X", "I-X")), List.of(List.of("O", "B-X", "O"))));
        assertNames(TagMetrics.all(false), TagMetrics.of(false, List.of(List.of("NOUN", "VERB")), List.of(List.of("NOUN", "NOUN"))));
    }

    private static void assertNames(List<String> names, Scores scores) {
        assertEquals(Set.copyOf(names), scores.all().keySet());
        assertEquals(names.size(), new HashSet<>(names).size());
    }
}
