// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.train.Toy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tasks other than single texts in classes, from the command line: what is found from the data, what is written, and what is refused. */
class TasksTest {
    @TempDir
    private Path temp;

    private Path write(String name, List<String> lines) throws IOException {
        Path file = temp.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, lines);
    }

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text);
    }

    @Test
    void pairsAreFoundByTheirColumnAndReadSoEverAfter() throws IOException {
        List<String> lines = new ArrayList<>(List.of("text,Text_Pair,label"));
        lines.addAll(Rows.repeated(8, "rain # falls,it is wet,yes", "sun # shines,it is wet,no"));
        Path data = write("pairs.csv", lines);
        Path run = temp.resolve("run");
        Cli trained = Cli.run("train", "--data", data, "--output", run, "--epochs", 1, "--length", 16).done();
        assertTrue(trained.out().contains("test pairs, 2 classes"), trained.out());
        assertTrue(Files.readString(run.resolve("run.yaml")).contains("pair-column: Text_Pair"));
        JsonNode answer = json(Cli.run("predict", "--model", run, "rain falls", "--pair", "it is wet", "--format", "json").done().out());
        assertEquals("it is wet", answer.get("text_pair").textValue());
        Cli.run("predict", "--model", run, "rain falls").refused(1, "was trained on pairs of texts; give the second one with --pair");
        Cli.run("predict", "--model", run, "a", "b", "--pair", "c").refused(2, "--pair is the second text of a pair");
        assertEquals(17, Cli.run("predict", "--model", run, "--file", data, "--format", "csv").done().out().lines().count());
        Path single = write("single.csv", List.of("text,label", "rain,yes"));
        Cli.run("eval", "--model", run, "--data", single).refused(1, single + " has no column 'Text_Pair'");
        assertEquals(16, json(Cli.run("eval", "--model", run, "--data", data, "--format", "json", "--split", "train").done().out()).get("texts").intValue()
                + json(Cli.run("eval", "--model", run, "--data", data, "--format", "json", "--split", "validation").done().out()).get("texts").intValue()
                + json(Cli.run("eval", "--model", run, "--data", data, "--format", "json", "--split", "test").done().out()).get("texts").intValue());
        Cli.run("train", "--data", data, "--output", temp.resolve("short"), "--length", 4).refused(2, "--length 4 has no room for a pair of texts; give 5");
    }

    @Test
    void scoresAreFoundFromTheirFractions() throws IOException {
        List<String> lines = new ArrayList<>(List.of("text,label"));
        lines.addAll(Rows.repeated(6, "good soup #,4.5", "bad soup #,1.25", "soup #,3"));
        Path data = write("scores.csv", lines);
        Path run = temp.resolve("run");
        Cli trained = Cli.run("train", "--data", data, "--output", run, "--epochs", 4, "--batch", 4, "--amp").done();
        assertTrue(trained.err().contains("are numbers with fractions, so a score is learned for each text: --task regression."), trained.err());
        assertTrue(trained.out().contains("val Pearson") && trained.out().contains("(best Pearson on validation)"), trained.out());
        assertTrue(Files.readAllLines(run.resolve("metrics.csv")).getFirst().contains("learning_rate,spearman,pearson,loss_scale"));
        JsonNode config = json(Files.readString(run.resolve("config.json")));
        assertEquals("regression", config.get("problem_type").textValue());
        assertEquals("BertForSequenceClassification", config.get("architectures").get(0).textValue());
        JsonNode scores = json(Cli.run("eval", "--model", run, "--data", data, "--format", "json", "--split", "train").done().out());
        for (String name : List.of("pearson", "spearman", "mse", "mae", "r2")) {
            assertTrue(scores.has(name), scores.toString());
        }
        assertEquals(scores.get("loss").doubleValue(), scores.get("mse").doubleValue());
        assertTrue(json(Cli.run("predict", "--model", run, "good soup", "--format", "json").done().out()).get("score").isDouble());
        assertEquals("text,score", Cli.run("predict", "--model", run, "good soup", "--format", "csv").done().out().lines().findFirst().orElseThrow());
        Path words = write("words.csv", List.of("text,label", "soup,good"));
        Cli.run("eval", "--model", run, "--data", words).refused(1, words + ", line 2: the label 'good' is no number");
        Cli.run("eval", "--model", run).refused(1, "knows other labels than");
        Cli.run("train", "--data", data, "--threshold", 0.4).refused(2, "--threshold, --tune-threshold and --tune-label-thresholds are for --task multilabel");
        // The encoder of one task is a start for another.
        List<String> classes = new ArrayList<>(List.of("text,label"));
        classes.addAll(Rows.repeated(5, "good soup #,yes", "bad soup #,no"));
        Cli.run("train", "--data", write("classes.csv", classes), "--model", run, "--output", temp.resolve("tuned"), "--epochs", 1).done();
        assertTrue(!Files.readString(temp.resolve("tuned").resolve("config.json")).contains("problem_type"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|',
            value = {"a.jsonl|{'text': 'rain #', 'label': ['wet', 'cold']}|{'text': 'sun #', 'label': []}|{'text': 'tea #', 'label': ['wet']}",
                "a.csv|rain #,'0,1'|sun #,[]|tea #,1"})
    void listsOfLabelsAreFound(String name, String a, String b, String c) throws IOException {
        List<String> lines = new ArrayList<>(name.endsWith("csv") ? List.of("text,label") : List.of());
        lines.addAll(Rows.repeated(6, a.replace('\'', '"'), b.replace('\'', '"'), c.replace('\'', '"')));
        Path data = write(name, lines);
        Path run = temp.resolve("run");
        Cli trained = Cli.run("train", "--data", data, "--output", run, "--epochs", 1).done();
        assertTrue(trained.err().contains("are lists, so any number of labels is learned for each text: --task multilabel."), trained.err());
        assertTrue(trained.out().contains("2 labels") && trained.out().contains("(best micro-F1 on validation)"), trained.out());
        assertEquals("multi_label_classification", json(Files.readString(run.resolve("config.json"))).get("problem_type").textValue());
        JsonNode scores = json(Cli.run("eval", "--model", run, "--data", data, "--format", "json", "--split", "train").done().out());
        for (String score : List.of("micro_f1", "macro_f1", "samples_f1", "subset_accuracy", "micro_roc_auc", "labels")) {
            assertTrue(scores.has(score), scores.toString());
        }
        JsonNode answer = json(Cli.run("predict", "--model", run, "rain", "--format", "json").done().out());
        assertTrue(answer.get("labels").isArray() && answer.get("probabilities").size() == 2, answer.toString());
        assertEquals(0.5, scores.get("threshold").doubleValue());
        // An epoch of a model from random weights gives no label by half, and is best off with a threshold of its own.
        Path tuned = temp.resolve("tuned");
        boolean each = name.endsWith("csv");
        Cli found = Cli.run("train", "--data", data, "--output", tuned, "--epochs", 1, each ? "--tune-label-thresholds" : "--tune-threshold").done();
        JsonNode kept = json(Files.readString(tuned.resolve("config.json"))).get("mixed_threshold");
        double[] thresholds = {(each ? kept.get(0) : kept).doubleValue(), (each ? kept.get(1) : kept).doubleValue()};
        assertTrue(thresholds[0] > 0 && thresholds[0] < 1 && thresholds[0] != 0.5 && each == (thresholds[0] != thresholds[1]), "thresholds " + kept);
        assertTrue(found.out().contains("labels are given from above " + String.format(Locale.ROOT, "%.4f", thresholds[0])), found.out());
        JsonNode evaluated = json(Cli.run("eval", "--model", tuned, "--data", data, "--format", "json").done().out());
        List<String> names = new ArrayList<>();
        evaluated.get("labels").fieldNames().forEachRemaining(names::add);
        for (int label = 0; label < 2; label++) {
            assertEquals(thresholds[label], (each ? evaluated.get("labels").get(names.get(label)) : evaluated).get("threshold").doubleValue(),
                    evaluated::toString);
        }
        assertEquals(each, Cli.run("eval", "--model", tuned, "--data", data).done().out().contains("given above"));
        JsonNode given = json(Cli.run("predict", "--model", tuned, "rain", "--format", "json").done().out());
        given.get("probabilities").properties().forEach(p -> assertEquals(p.getValue().doubleValue() > thresholds[names.indexOf(p.getKey())],
                given.get("labels").toString().contains('"' + p.getKey() + '"'), given.toString()));
        Cli.run("train", "--data", data, "--tune-threshold", "--threshold", 0.4).refused(2, "give only one of them");
        Cli.run("train", "--data", data, "--tune-threshold", "--tune-label-thresholds").refused(2, "one for each: give only one of them");
        Path other = write("other.jsonl", List.of("{\"text\": \"x\", \"label\": [\"dry\"]}"));
        Cli.run("eval", "--model", run, "--data", other).refused(1, "the label 'dry' is unknown");
    }

    @Test
    void aFolderWithItsLabelsNeedsNothingElse() throws IOException {
        write("emotions/labels.txt", List.of("anger", "joy", "fear"));
        write("emotions/train.tsv", Rows.repeated(10, "what a day #\t1", "no, # times no\t0,2", "who is # there\t2"));
        write("emotions/dev.tsv", Rows.repeated(2, "a day #\t1", "there #\t0,2"));
        write("emotions/test.tsv", Rows.repeated(2, "day #\t1", "no #\t0,2"));
        Path run = temp.resolve("run");
        Cli trained = Cli.run("train", "--data", temp.resolve("emotions"), "--output", run, "--epochs", 1).done();
        assertTrue(trained.err().contains("files without a header") && trained.err().contains("--task multilabel"), trained.err());
        assertTrue(trained.out().contains("3 labels"), trained.out());
        Cli scored = Cli.run("eval", "--model", run, "--data", temp.resolve("emotions/test.tsv"), "--format", "json").done();
        assertTrue(json(scored.out()).get("labels").has("joy"), scored.out());
    }

    @Test
    void wordsWithTagsAreFound() throws IOException {
        write("ner/train.conll", Rows.repeated(12, "-DOCSTART- O", "", "Anna\tB-PER", "saw\tO", "New\tB-LOC", "York\tI-LOC", "", "no\tO", "one\tO", ""));
        write("ner/dev.conll", Rows.repeated(2, "Anna\tB-PER", "saw\tO", "", "York\tB-LOC", ""));
        write("ner/test.conll", Rows.repeated(2, "saw\tO", "York\tB-LOC", "", "Anna\tB-PER"));
        Path run = temp.resolve("run");
        Cli trained = Cli.run("train", "--data", temp.resolve("ner"), "--output", run, "--epochs", 1, "--length", 16).done();
        assertTrue(trained.err().contains("holds words with tags, so a tag is learned for each word: --task tokens."), trained.err());
        assertTrue(trained.out().contains("24 train, 4 validation, 3 test texts, 4 tags") && trained.out().contains("(best F1 on validation)"), trained.out());
        assertEquals("BertForTokenClassification", json(Files.readString(run.resolve("config.json"))).get("architectures").get(0).textValue());
        Path objects = write("ner.jsonl", List.of("{\"tokens\": [\"Anna\", \"slept\"], \"ner_tags\": [\"B-PER\", \"O\"]}"));
        JsonNode scores = json(Cli.run("eval", "--model", run, "--data", objects, "--format", "json").done().out());
        assertTrue(scores.has("f1") && scores.get("entities").has("PER"), scores.toString());
        JsonNode answer = json(Cli.run("predict", "--model", run, "Anna (saw) \"Rome\"!", "--format", "json").done().out());
        assertEquals("[\"Anna\",\"(\",\"saw\",\")\",\"\\\"\",\"Rome\",\"\\\"\",\"!\"]", answer.get("tokens").toString());
        assertEquals(8, answer.get("tags").size());
        assertEquals(3, Cli.run("predict", "--model", run, "--file", temp.resolve("ner/test.conll")).done().out().lines().count());
        Path other = write("other.conll", List.of("Anna\tB-ORG"));
        Cli.run("eval", "--model", run, "--data", other).refused(1, other + ": the label 'B-ORG' is unknown");
        Path texts = write("texts.csv", List.of("text,label", "a,b"));
        Cli.run("eval", "--model", run, "--data", texts).refused(1, texts + " holds no words with tags");
        Cli.run("train", "--data", texts, "--task", "tokens", "--output", temp.resolve("no")).refused(1, texts + " holds no words with tags");
        Cli.run("train", "--data", temp.resolve("ner"), "--task", "regression", "--output", temp.resolve("no")).refused(1, "holds words with tags");
        Path classifier = Toy.model(temp, List.of("a", "b"));
        Cli.run("eval", "--model", classifier, "--data", other).refused(1, other + " holds words with tags");
        // A tagger's encoder is a start for a classifier, and a classifier's for a tagger.
        Cli.run("train", "--data", objects.resolveSibling("ner"), "--model", run, "--output", temp.resolve("again"), "--epochs", 1).done();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "a.jsonl | {'tokens': ['a', 'b'], 'tags': ['O']}       | line 1: 2 words and 1 tags; write one tag for each word",
        "a.jsonl | {'tokens': ['a'], 'tag': ['O']}             | line 1: no 'tags'",
        "a.jsonl | {'tokens': ['a', 3], 'tags': ['O', 'O']}    | line 1: a word in 'tokens' is 3",
        "a.jsonl | {'tokens': [], 'tags': []}                  | line 1: the list of words is empty",
        "a.conll | a O#b                                       | line 2: 'b' has no tag beside the word",
        "a.conll | ##                                          | holds no words",
        "a.conll | a O##b B-X                                  | it has too few texts (2) to split"})
    void badTagsAreRefused(String name, String content, String message) throws IOException {
        Path file = write(name, List.of(content.replace('\'', '"').split("#", -1)));
        Cli.run("train", "--data", file, "--output", temp.resolve("run")).refused(1, file.toString(), message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "text,text_pair,label#a,b,x#c,,y           | auto           | line 3: the second text of the pair is empty",
        "text,label#a,1.5#b,high                   | regression     | line 3: the label 'high' is no number that a model can learn",
        "text,label#a,1.5#b,                       | regression     | line 3: the label is empty",
        "text,label#a,1.5#b,NaN                    | regression     | line 3: the label 'NaN' is missing",
        "text,label#a,1e39#b,1                     | regression     | line 2: the label '1e39' is no number",
        "text,label#a,x#b,                         | multilabel     | line 3: the label is empty; write [] for a text without any",
        "text,label#a,[]#b,[]#c,[]                 | multilabel     | have no label",
        "text,label#a,x#b,3                        | multilabel     | the label 'x' is a name, but '3'",
        "text,label#a,1.5#b,2                      | classification | line 2: the label '1.5' is a score"})
    void badRowsAreRefused(String rows, String task, String message) throws IOException {
        Path file = write("bad.csv", List.of(rows.split("#")));
        Cli.run("train", "--data", file, "--task", task, "--output", temp.resolve("run")).refused(1, file.toString(), message);
    }

    @Test
    void wordsAreGuessedAndTheEncoderIsAStart() throws IOException {
        Path lines = write("lines.txt", Rows.repeated(10, "the rain falls # times", "", "we eat bread and cheese #", "snow # and wind"));
        Path run = temp.resolve("run");
        Cli trained = Cli.run("train", "--task", "mlm", "--data", lines, "--output", run, "--epochs", 2, "--length", 16, "--amp").done();
        assertTrue(trained.out().contains("24 train, 3 validation, 3 test texts, words to guess") && trained.out().contains("(best perplexity on validation)"),
                trained.out());
        JsonNode config = json(Files.readString(run.resolve("config.json")));
        assertEquals("BertForMaskedLM", config.get("architectures").get(0).textValue());
        JsonNode scores = json(Cli.run("eval", "--model", run, "--data", lines, "--format", "json", "--split", "train").done().out());
        assertEquals(Math.exp(scores.get("loss").doubleValue()), scores.get("perplexity").doubleValue(), 1e-9);
        JsonNode guess = json(Cli.run("predict", "--model", run, "the [MASK] falls and [MASK]", "--format", "json").done().out()).get("guesses");
        assertEquals(2, guess.size());
        assertEquals(5, guess.get(0).size());
        assertTrue(Cli.run("predict", "--model", run, "no word is missing").done().out().startsWith("no [MASK]\t"));
        List<String> rows = new ArrayList<>(List.of("text,label"));
        rows.addAll(Rows.repeated(8, "rain #,1.5", "bread #,3"));
        Path data = write("scores.csv", rows);
        Cli tuned = Cli.run("train", "--model", run, "--data", data, "--output", temp.resolve("tuned"), "--epochs", 1).done();
        assertTrue(tuned.err().contains("The classifier starts from random weights") && tuned.err().contains("cls.*"), tuned.err());
        // The texts of labelled data will do, too.
        Cli.run("train", "--task", "mlm", "--model", temp.resolve("tuned"), "--data", data, "--output", temp.resolve("more"), "--epochs", 1, "--blocks",
                "--length", 16).done();
        JsonNode ofBlocks = json(Cli.run("eval", "--model", temp.resolve("more"), "--data", data, "--format", "json", "--split", "train").done().out());
        // 12 of this run, and 2 that the one before had learned.
        assertEquals(14, ofBlocks.get("texts").intValue(), "texts, not blocks");
        Cli.run("train", "--data", data, "--blocks", "--output", temp.resolve("no")).refused(2, "--blocks is for --task mlm");
        Cli.run("train", "--task", "mlm", "--data", write("blank.txt", List.of("", " ")), "--output", temp.resolve("no")).refused(1, "holds no text");
        Cli.run("train", "--task", "mlm", "--data", write("two.txt", List.of("a", "b")), "--output", temp.resolve("no")).refused(1, "too few texts (2)");
        Path noMask = Files.write(temp.resolve("vocab.txt"), List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"));
        Cli.run("train", "--task", "mlm", "--data", lines, "--vocab", noMask, "--output", temp.resolve("no")).refused(1, "has no [MASK]");
    }

    @Test
    void otherMistakesAreRefused() throws IOException {
        Path file = write("columns.csv", List.of("text,wet,cold", "a,1,0", "b,2,0"));
        Cli.run("train", "--data", file, "--label-column", "wet,cold", "--output", temp.resolve("run")).refused(1, file
                + ", line 3: the column 'wet' of a label holds '2'");
        Cli.run("train", "--data", file, "--label-column", "wet,warm", "--output", temp.resolve("run")).refused(1, "has no column 'warm'");
        Cli.run("train", "--task", "regression").refused(2, "--task regression needs --data");
        Cli.run("train", "--task", "poetry").refused(2, "--task must be one of auto, classification, regression, multilabel, tokens, mlm");
        Path lists = write("lists.jsonl", List.of("{\"text\": \"a\", \"label\": [[1]]}"));
        Cli.run("train", "--data", lists, "--task", "multilabel", "--output", temp.resolve("run")).refused(1, lists + ", line 1: the label [[1]] holds a list");
    }
}
