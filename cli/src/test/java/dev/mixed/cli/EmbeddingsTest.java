// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.train.Toy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vectors of texts from the command line: trained on pairs with and without scores, scored, compared and written. */
class EmbeddingsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path temp;

    /** The floats of an array in NumPy's format, whose shape is as expected. */
    private static float[] npy(Path file, int texts, int size) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        assertEquals("\u0093NUMPY\1\0", new String(bytes, 0, 8, StandardCharsets.ISO_8859_1));
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int head = buffer.getShort(8) + 10;
        assertEquals(0, head % 64);
        assertEquals("{'descr': '<f4', 'fortran_order': False, 'shape': (" + texts + ", " + size + "), }",
                new String(bytes, 10, head - 10, StandardCharsets.US_ASCII).strip());
        assertEquals('\n', bytes[head - 1]);
        assertEquals(head + 4 * texts * size, bytes.length);
        float[] values = new float[texts * size];
        buffer.position(head).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    private static float[] jsonl(List<String> lines) throws IOException {
        List<Float> values = new ArrayList<>();
        for (String line : lines) {
            MAPPER.readTree(line).get("embedding").forEach(value -> values.add(value.floatValue()));
        }
        float[] array = new float[values.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = values.get(i);
        }
        return array;
    }

    private static double length(float[] values, int from, int size) {
        double squares = 0;
        for (int i = from; i < from + size; i++) {
            squares += values[i] * values[i];
        }
        return Math.sqrt(squares);
    }

    @Test
    void pairsWithScoresAreLearnedByTheirCosines() throws IOException {
        Path data = Rows.write(temp.resolve("scored.csv"), "text,text_pair,score", "rain # falls,it is raining,4.5", "rain # falls,we eat soup,1",
                "good soup #,we eat soup,5",
                "good soup #,the sun shines,2");
        Path run = temp.resolve("run");
        Cli.run("train", "--task", "embeddings", "--data", data, "--output", run, "--epochs", 1)
                .refused(1, "has the score", "no cosine from -1 to 1; say with --score-range");
        assertFalse(Files.exists(run), "nothing is written");
        Cli trained = Cli.run("train", "--task", "embeddings", "--data", data, "--output", run, "--epochs", 2, "--batch", 8, "--length", 16,
                "--score-range", "1,5", "--normalize").done();
        assertTrue(trained.err().contains("have scores, which their cosines are to be: --loss cosine."), trained.err());
        assertTrue(trained.out().contains("pairs, a vector for each text") && trained.out().contains("(best cosine Spearman on validation)"), trained.out());
        JsonNode config = MAPPER.readTree(Files.readString(run.resolve("config.json")));
        assertEquals("[\"BertModel\"]", config.get("architectures").toString());
        assertEquals("{\"pooling\":\"mean\",\"normalize\":true,\"loss\":\"cosine\",\"scores\":[1.0,5.0]}", config.get("mixed_embeddings").toString());
        assertTrue(Files.readString(run.resolve("run.yaml")).contains("label-column: score"));
        String card = Files.readString(run.resolve("README.md"));
        assertTrue(card.contains("pipeline_tag: \"sentence-similarity\"") && card.contains("./mixed embed --model FOLDER")
                && card.contains("vectors = (hidden * mask).sum(1) / mask.sum(1)\nvectors = torch.nn.functional.normalize(vectors)")
                && !card.contains("classifier.weight"), card);
        JsonNode scores = MAPPER.readTree(Cli.run("eval", "--model", run, "--data", data, "--format", "json", "--split", "train").done().out());
        assertTrue(scores.has("cosine_spearman") && scores.has("cosine_pearson"), scores.toString());
        double same = MAPPER.readTree(Cli.run("predict", "--model", run, "rain falls", "--pair", "rain falls", "--format", "json").done().out()).get("score")
                .doubleValue();
        assertEquals(1, same, 1e-9);
        Cli.run("predict", "--model", run, "rain falls").refused(1, "was trained on pairs of texts; give the second one with --pair");
        Cli.run("predict", "--model", run, "rain", "--pair", "sun", "--pad", "packed").refused(2, "--pad packed is not for this model");

        Path texts = Files.write(temp.resolve("texts.txt"), List.of("rain falls", "we eat soup", "a \u00e9 text, \"quoted\""));
        Path array = temp.resolve("vectors.npy");
        assertTrue(Cli.run("embed", "--model", run, "--file", texts, "--output", array).done().out()
                .contains("3 vectors of 128 numbers and a length of 1 are in " + array));
        float[] vectors = npy(array, 3, 128);
        for (int i = 0; i < 3; i++) {
            assertEquals(1, length(vectors, 128 * i, 128), 1e-6);
        }
        List<String> lines = Cli.run("embed", "--model", run, "--file", texts).done().out().lines().toList();
        assertArrayEquals(vectors, jsonl(lines));
        assertEquals("a \u00e9 text, \"quoted\"", MAPPER.readTree(lines.getLast()).get("text").textValue());
        Path file = temp.resolve("vectors.jsonl");
        Cli.run("embed", "--model", run, "rain falls", "we eat soup", "--output", file, "--no-normalize").done();
        float[] plain = jsonl(Files.readAllLines(file));
        assertTrue(length(plain, 0, 128) > 2, "as long as it comes");
        assertEquals(vectors[5], plain[5] / length(plain, 0, 128), 1e-6);
        assertEquals(2, Cli.run("eval", "--model", run, "--data", data).done().out().strip().lines().skip(1).count(), "one table");
        // The first column of the pairs.
        Cli.run("embed", "--model", run, "--file", data, "--text-column", "text", "--output", array).done();
        npy(array, 24, 128);
        Path renamed = temp.resolve("pairs.txt");
        Files.writeString(renamed, Files.readString(data).replace("text,text_pair", "one,two"));
        Path other = temp.resolve("other");
        Cli.run("train", "--task", "embeddings", "--data", renamed, "--text-column", "one", "--pair-column", "two", "--score-range", "1,5", "--output", other,
                "--epochs", 1).done();
        assertEquals(24, Cli.run("embed", "--model", other, "--file", renamed).done().out().lines().count(), "columns, as the run read them");
        assertEquals(3, Cli.run("embed", "--model", other, "--file", texts).done().out().lines().count());
        assertEquals(24, Cli.run("predict", "--model", other, "--file", renamed).done().out().lines().count());
        // It is a start for other tasks, which do not give vectors.
        Path classes = Rows.write(temp.resolve("classes.csv"), "text,label", "rain #,wet", "sun #,dry");
        Cli.run("train", "--data", classes, "--model", run, "--output", temp.resolve("tuned"), "--epochs", 1).done();
        assertFalse(Files.readString(temp.resolve("tuned").resolve("config.json")).contains("mixed_embeddings"));
        Cli.run("embed", "--model", temp.resolve("tuned"), "--pooling", "cls", "rain").done();
    }

    @Test
    void pairsWithoutScoresAreToldFromOneAnother() throws IOException {
        Path data = Rows.write(temp.resolve("plain.jsonl"), "{\"text\": \"rain falls\", \"text_pair\": \"it rains\"}",
                "{\"text\": \"soup #\", \"text_pair\": \"we eat #\"}",
                "{\"text\": \"sun #\", \"text_pair\": \"it shines #\"}");
        Path run = temp.resolve("run");
        Cli trained = Cli.run("train", "--task", "embeddings", "--data", data, "--output", run, "--epochs", 1, "--batch", 4, "--pooling", "cls").done();
        assertTrue(trained.err().contains("have no scores: each is told from the others of its batch, --loss contrastive."), trained.err());
        assertTrue(trained.out().contains("(best MRR on validation)"), trained.out());
        JsonNode scores = MAPPER.readTree(Cli.run("eval", "--model", run, "--data", data, "--format", "json", "--split", "train").done().out());
        assertTrue(scores.get("mrr").doubleValue() <= 1 && scores.has("accuracy"), scores.toString());
        // Such a model may be scored on pairs with scores of any range.
        Path scored = Rows.write(temp.resolve("scored.csv"), "text,text_pair,label", "rain #,it rains,5", "rain #,we eat,0", "soup #,we eat #,4");
        JsonNode graded = MAPPER.readTree(Cli.run("eval", "--model", run, "--data", scored, "--format", "json").done().out());
        assertTrue(graded.has("cosine_spearman"), graded.toString());
        Cli.run("train", "--task", "embeddings", "--data", data, "--output", temp.resolve("a"), "--batch", 1).refused(2, "give --batch 2 or more");
        Cli.run("train", "--task", "embeddings", "--data", data, "--output", temp.resolve("a"), "--loss", "cosine").refused(1, "has no scores, which --loss");
        Cli.run("train", "--task", "embeddings", "--data", data, "--output", temp.resolve("a"), "--score-range", "1,5")
                .refused(2, "--score-range is for --loss cosine");
        Cli.run("train", "--task", "embeddings", "--data", scored, "--output", temp.resolve("a"), "--score-range", "5,0")
                .refused(2, "--score-range must be the lowest and the highest score");
        Cli.run("train", "--task", "embeddings", "--data", data, "--output", temp.resolve("a"), "--pad", "packed").refused(2, "--pad packed is not for");
        Cli.run("train", "--task", "embeddings", "--data", data, "--output", temp.resolve("a"), "--freeze", 2)
                .refused(2, "--freeze 2 leaves nothing to learn");
        Cli.run("train", "--task", "embeddings", "--data", data, "--output", temp.resolve("a"), "--label-smoothing", 0.1)
                .refused(2, "are for the cross entropy of classes");
        assertFalse(Files.exists(temp.resolve("a").resolve("config.json")));
    }

    @Test
    void aFolderMayHaveScoresToBeScoredOnAlone() throws IOException {
        Path folder = Files.createDirectory(temp.resolve("data"));
        Files.move(Rows.write(temp.resolve("a.csv"), "text,text_pair", "rain #,it rains #", "soup #,we eat #"), folder.resolve("train.csv"));
        Files.move(Rows.write(temp.resolve("b.csv"), "text,text_pair,label", "sun #,it shines,4", "tea #,snow falls,1"), folder.resolve("dev.csv"));
        Files.copy(folder.resolve("dev.csv"), folder.resolve("test.csv"));
        Path run = temp.resolve("run");
        Cli trained = Cli.run("train", "--task", "embeddings", "--data", folder, "--output", run, "--epochs", 1, "--length", 8).done();
        assertTrue(trained.err().contains("--loss contrastive") && trained.out().contains("(best cosine Spearman on validation)"), trained.out());
        assertTrue(MAPPER.readTree(Cli.run("eval", "--model", run, "--data", folder, "--format", "json").done().out()).has("cosine_pearson"));
        Cli.run("train", "--task", "embeddings", "--data", folder, "--output", temp.resolve("no"), "--folds", 3, "--fold", 1)
                .refused(1, "has pairs with scores and pairs without");
        Files.writeString(folder.resolve("train.csv"), "text,text_pair,score\na,b,1\n");
        Files.writeString(folder.resolve("dev.csv"), "text,text_pair\na,b\n");
        Cli.run("train", "--task", "embeddings", "--data", folder, "--output", temp.resolve("no")).refused(1, "give scores in all of them, or in none");
        Files.writeString(folder.resolve("train.csv"), "text,text_pair,score\na,b,1\na,c,\n");
        Cli.run("train", "--task", "embeddings", "--data", folder, "--output", temp.resolve("no"))
                .refused(1, "train.csv, line 3: the label is empty; write one or delete the row.");
    }

    @Test
    void whatIsNotForVectorsIsRefused() throws IOException {
        Path single = Rows.write(temp.resolve("single.csv"), "text,label", "rain #,1", "sun #,0");
        Cli.run("train", "--task", "embeddings", "--data", single).refused(1, "there is no second text; give pairs");
        Cli.run("train", "--data", single, "--loss", "cosine").refused(2, "are for --task embeddings");
        Path model = Toy.model(temp, List.of("a", "b"));
        Cli.run("embed", "--model", model, "rain", "--output", temp.resolve("x.txt")).refused(2, "--output must end with .npy or .jsonl");
        Cli.run("embed", "--model", model).refused(2, "Give texts as arguments or in --file.");
        Cli.run("embed", "--model", model, "rain", "--pad", "packed").refused(2, "--pad packed is not for vectors of texts");
        Cli.run("embed", "--model", model, "rain", "--output", temp.resolve("no").resolve("x.npy")).refused(1, "could not be written to");
        Path texts = Files.write(temp.resolve("t.txt"), List.of("rain", "sun"));
        Cli.run("embed", "--model", model, "--file", texts, "--length", 99).refused(2, "--length 99 is out of range");
        assertEquals(2, Cli.run("embed", "--model", model, "--file", texts).done().out().lines().count());
    }
}
