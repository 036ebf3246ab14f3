// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.io.Brief;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The table by which the head of a model is decided, from what its configuration says and what its tensors are. The first row that applies decides;
 * one always does. {@code docs/compatibility.md} shows it.
 */
public enum HeadRule {
    // @formatter:off: each rule reads as a row of a table: what the folder says, what it is, what users are told.
    OTHER_TOKENS("`...ForTokenClassification` of another class than BERT's", Head.NONE, e -> e.kind() == Architectures.OTHER_TOKENS,
            e -> "is for token classification (" + e.architecture() + "), not for classifying texts; " + HeadRule.OTHERS),
    CHOICES("`...ForMultipleChoice`", Head.NONE, e -> e.kind() == Architectures.CHOICES,
            e -> "is for multiple choice (" + e.architecture() + "), not for classifying texts; " + HeadRule.OTHERS),
    ANSWERS("`...ForQuestionAnswering`, or a head `qa_outputs` and no classifier", Head.NONE,
            e -> e.kind() == Architectures.ANSWERS || e.questions() && e.classifier().isEmpty(),
            e -> "is for question answering (" + e.architecture() + "), not for classifying texts; " + HeadRule.OTHERS),
    SENTENCES("`...ForNextSentencePrediction`", Head.NONE, e -> e.kind() == Architectures.SENTENCES,
            e -> "is for next sentence prediction (" + e.architecture() + "), not for classifying texts; " + HeadRule.OTHERS),
    WORDS("`BertForMaskedLM`, with its head and no classifier", Head.WORDS,
            e -> e.names().equals(List.of(BertConfig.WORDS)) && e.words() && e.classifier().isEmpty(), e -> ""),
    VECTORS("`BertModel` with miXed's `mixed_embeddings` in its configuration, and no classifier", Head.VECTORS,
            e -> e.vectors() && e.classifier().isEmpty() && e.otherHead().isEmpty(), e -> ""),
    OTHER_HEAD("a head of other tensors than `classifier.weight` and `classifier.bias`", Head.NONE,
            e -> e.classifier().isEmpty() && e.otherHead().isPresent(),
            e -> "has no classifier that miXed knows, but a head with '" + Brief.of(e.otherHead().orElseThrow()) + "'; " + HeadRule.OTHERS),
    ENCODER("no classifier", Head.NONE, e -> e.classifier().isEmpty(),
            e -> "is pretrained but has no classifier yet; train it first: " + HeadRule.TRAIN),
    SEVERAL("`architectures` names heads of different kinds", Head.NONE, e -> e.kind() == Architectures.SEVERAL,
            e -> "names heads of different kinds in its config.json (" + e.architecture() + "); leave the one that its weights are of"),
    WIDTH("a classifier that is not as wide as the encoder", Head.NONE, e -> !e.fitsEncoder(),
            e -> "has a classifier of shape " + e.classifier().orElseThrow() + ", but its encoder gives " + e.hidden() + " values a text; " + HeadRule.OTHERS),
    TOKEN_OUTPUTS("`BertForTokenClassification`, with a classifier of other outputs than there are labels", Head.NONE,
            e -> e.kind() == Architectures.TOKENS && e.outputs() != e.labels().size(), HeadRule::otherNumber),
    TOKENS("`BertForTokenClassification`", Head.TOKENS, e -> e.kind() == Architectures.TOKENS, e -> ""),
    REGRESSION("`problem_type` is regression, with several outputs", Head.NONE, e -> e.isRegression() && e.labels().size() > 1,
            e -> "was made for regression to " + e.labels().size() + " numbers a text, but miXed gives each text one; " + HeadRule.OTHERS),
    PROBLEM("`problem_type` is anything else but single_label_classification, multi_label_classification and regression", Head.NONE,
            e -> !e.problem().isEmpty() && !List.of(BertConfig.SINGLE_LABEL, BertConfig.MULTI_LABEL, BertConfig.REGRESSION).contains(e.problem()),
            e -> "has the problem_type '" + Brief.of(e.problem()) + "', which neither transformers nor miXed knows; correct it in its config.json"),
    ONE_OUTPUT("a classifier of one output, which is neither for regression nor that of miXed's own head for two classes", Head.NONE,
            e -> !e.isRegression() && !e.isMultiLabel()
                    && (e.labels().size() == 1 || e.outputs() == 1 && !(e.kind() == Architectures.PLAIN && e.labels().size() == 2)),
            e -> "has one output (" + e.architecture() + "): it is for regression or ranking, not for classifying texts; " + HeadRule.OTHERS),
    OWN_WITH_POOLER("`BertModel`, with a pooler beside the classifier", Head.NONE, e -> e.kind() == Architectures.PLAIN && e.pooler(),
            e -> "does not say whether its classifier reads [CLS] or the pooler: its architectures name BertModel, and its file has both a pooler and a"
                    + " classifier; write " + BertConfig.POOLED + " there if it reads the pooler"),
    OWN_OUTPUTS("`BertModel`, with a classifier of other outputs than its classes need", Head.NONE,
            e -> e.kind() == Architectures.PLAIN && e.outputs() != e.ownOutputs(), HeadRule::otherNumber),
    OWN("`BertModel`", Head.CLS, e -> e.kind() == Architectures.PLAIN, e -> ""),
    OUTPUTS("a classifier of other outputs than there are classes", Head.NONE, e -> e.outputs() != e.labels().size(), HeadRule::otherNumber),
    SEQUENCES("`BertForSequenceClassification`, with a pooler", Head.POOLER, e -> e.kind() == Architectures.SEQUENCES && e.pooler(), e -> ""),
    NO_POOLER("`BertForSequenceClassification`, without a pooler", Head.NONE, e -> e.kind() == Architectures.SEQUENCES,
            e -> "has a classifier but lacks the pooler that it reads (bert.pooler.dense.weight); use the file that was saved with it"),
    TAGS("no or other `architectures`, and classes such as B-PER and O", Head.NONE, HeadEvidence::hasTags,
            e -> "seems to be for token classification: its classes are those of words (" + Brief.of(String.join(", ", e.labels())) + ") and it has "
                    + e.architecture() + "; write " + BertConfig.POOLED + " there if it classifies texts"),
    POOLER("no or other `architectures`, with a pooler", Head.POOLER, HeadEvidence::pooler, e -> ""),
    UNDECIDED("no or other `architectures`, without a pooler", Head.NONE, e -> true,
            e -> "does not say what its classifier is for: it has " + e.architecture() + " and no pooler, so that it may be for token classification; write "
                    + BertConfig.PLAIN + " there if its classifier reads [CLS] directly");
    // @formatter:on

    /** Stands for the command that trains a classifier on the model. */
    static final String TRAIN = "<train>";
    private static final String OTHERS = "use a classifier of texts, or train one on this model: " + TRAIN;

    private final String when;
    private final Head head;
    private final Predicate<HeadEvidence> applies;
    private final Function<HeadEvidence, String> refusal;

    /** @param refusal what is wrong and the remedy, as the end of a sentence about the model; empty where the head is computed */
    HeadRule(String when, Head head, Predicate<HeadEvidence> applies, Function<HeadEvidence, String> refusal) {
        this.when = when;
        this.head = head;
        this.applies = applies;
        this.refusal = refusal;
    }

    /** When the row applies, unless one above it does: what the model's folder says. */
    public String when() {
        return when;
    }

    /** What the model is then. */
    public Head head() {
        return head;
    }

    /** The row that decides. */
    static HeadRule of(HeadEvidence evidence) {
        return Arrays.stream(values()).filter(rule -> rule.applies.test(evidence)).findFirst().orElseThrow();
    }

    String refusal(HeadEvidence evidence) {
        return refusal.apply(evidence);
    }

    private static String otherNumber(HeadEvidence e) {
        List<String> labels = e.labels();
        return "has a classifier of " + e.outputs() + " outputs, but its config.json names " + labels.size() + " classes ("
                + Brief.of(String.join(", ", labels))
                + "); name as many in id2label as it has outputs";
    }
}
