// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.train.Toy;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Data files of all kinds through train, eval and predict. */
class DataFilesTest {
    private static final List<String> LABELS = List.of("LABEL_0", "LABEL_1", "LABEL_2");
    private static final List<String> STARS = List.of("1 star", "2 stars", "3 stars", "4 stars", "5 stars");

    @TempDir
    private Path temp;

    private Path write(String name, String content) throws IOException {
        return Files.writeString(temp.resolve(name), content);
    }

    private static JsonNode json(Cli run) throws IOException {
        return new ObjectMapper().readTree(run.done().out());
    }

    /** What is said of the file, but for the line that nobody knows what the toy model was trained on. */
    private static String told(Cli run) {
        return run.err().lines().filter(line -> !line.startsWith("Nothing in '")).collect(Collectors.joining("\n"));
    }

    @Test
    void aTsvOfPandasIsItsCsv() throws IOException {
        Path model = Toy.model(temp, LABELS);
        Path csv = write("a.csv", "text,label\n\"we saw \"\"snow\"\" today\",1\nmore rain,0\n");
        Path tsv = write("a.tsv", "text\tlabel\n\"we saw \"\"snow\"\" today\"\t1\nmore rain\t0\n");
        JsonNode expected = json(Cli.run("eval", "--model", model, "--format", "json", "--data", csv));
        assertEquals(2, expected.get("texts").asInt());
        Cli same = Cli.run("eval", "--model", model, "--format", "json", "--data", tsv);
        assertEquals(expected, json(same));
        assertEquals("", told(same));
        Path lines = write("b.tsv", "text\tlabel\n\"more\nsnow\"\t1\nmore rain\t0\n");
        assertEquals(2, json(Cli.run("eval", "--model", model, "--format", "json", "--data", lines)).get("texts").asInt());
        Path broken = write("c.tsv", "text\tlabel\n\"more\nsnow\t1\nmore rain\t0\n");
        Cli.run("eval", "--model", model, "--data", broken).refused(1, broken + ", line 2: malformed row", "check its quotes");
    }

    @Test
    void ratingsAreNotIndices() throws IOException {
        Path model = Toy.model(temp, STARS);
        Path ratings = write("test.csv", "text,label\nmore rain,4\nsnow,1\nwind,2\nsoup,3\n");
        Cli.run("eval", "--model", model, "--data", ratings).refused(1, ratings + ", line 2: the label '4' may mean '4 stars'", "'5 stars'", "write the names");
        Path names = write("names.csv", "text,label\nmore rain,4 Stars\nsnow,1 star\n");
        Cli told = Cli.run("eval", "--model", model, "--data", names).done();
        assertEquals("Labels of " + names + " are taken for the model's of another spelling: '4 Stars' as '4 stars'.", told(told));
    }

    @Test
    void indicesAreTold() throws IOException {
        Path model = Toy.model(temp, List.of("weather", "food"));
        Path numbers = write("n.csv", "text,label\nmore rain,0\nsoup,1\n");
        assertEquals("The labels of " + numbers + " are numbers, taken as indices of the model's classes: 0 is weather, 1 is food.",
                told(Cli.run("eval", "--model", model, "--data", numbers).done()));
        assertEquals("", told(Cli.run("eval", "--model", Toy.model(temp, LABELS), "--data", numbers).done()));
    }

    @Test
    void aRunRemembersItsColumns() throws IOException {
        StringBuilder rows = new StringBuilder("id;tweet;mood\n");
        for (int i = 0; i < 40; i++) {
            rows.append(i).append(i % 2 == 0 ? ";we saw snow and rain " + i + ";cold\n" : ";the soup, the bread " + i + ";warm\n");
        }
        Path data = write("tweets.csv", rows.toString());
        Path run = temp.resolve("run");
        Cli.run("train", "--data", data, "--output", run, "--epochs", 1, "--batch", 8, "--length", 16).refused(1,
                data + ", line 3: 2 columns where the first line has 1",
                "give --delimiter ';'");
        Cli trained = Cli.run("train", "--data", data, "--delimiter", ";", "--text-column", "tweet", "--label-column", "mood", "--output", run, "--epochs", 1,
                "--batch", 8, "--length", 16).done();
        assertTrue(trained.err().contains("Not used of " + data + ": the column id."), trained.err());
        String yaml = Files.readString(run.resolve("run.yaml"));
        assertTrue(yaml.contains("text-column: tweet") && yaml.contains("label-column: mood") && yaml.contains("delimiter: ;"), yaml);
        assertEquals(4, json(Cli.run("eval", "--model", run, "--data", data, "--format", "json")).get("texts").asInt());
        Path more = write("more.csv", "mood;tweet\ncold;snow\n");
        assertEquals(1, json(Cli.run("eval", "--model", run, "--data", more, "--format", "json")).get("texts").asInt());
        assertEquals(1, Cli.run("predict", "--model", run, "--file", more).done().out().lines().count());
        Path plain = write("plain.csv", "cold,snow\n");
        assertEquals(1, json(Cli.run("eval", "--model", run, "--data", plain, "--no-header", "--text-column", 2, "--label-column", 1, "--format", "json"))
                .get("texts").asInt());
        Cli.run("eval", "--model", run, "--data", plain).refused(1, plain + " has no column 'tweet', its header is cold,snow");
        Cli.run("train", "--resume", "--output", run, "--text-column", "id").refused(2, "text-column: tweet there, id here");
        Cli.run("eval", "--model", run, "--text-column", "tweet").refused(2, "give it with --data");
        Cli.run("train", "--text-column", "tweet").refused(2, "give it with --data");
        Cli.run("train", "--data", data, "--delimiter", "ab").refused(2, "--delimiter must be one character such as ';' or '|', or tab, not 'ab'.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"a.csv|text,hypothesis,label#soup,snow,1#|hypothesis", "a.tsv|sentence2~label~text#snow~1~soup#|sentence2",
        "a.jsonl|{'text':'soup','label':1,'context':'snow'}#|context"})
    void aSecondTextIsNeverDropped(String name, String content, String column) throws IOException {
        Path file = write(name, content.replace('#', '\n').replace('~', '\t').replace('\'', '"'));
        Path model = Toy.model(temp, LABELS);
        String sentence = file + " has a column '" + column + "' beside 'text' that holds a text too";
        Cli.run("train", "--data", file, "--output", temp.resolve("run")).refused(1, sentence, "--text-column text");
        Cli.run("eval", "--model", model, "--data", file).refused(1, sentence);
        Cli.run("predict", "--model", model, "--file", file).refused(1, sentence);
        Cli chosen = Cli.run("predict", "--model", model, "--file", file, "--text-column", "text").done();
        assertEquals("Not used of " + file + ": the column " + column + ".", chosen.err().strip());
        assertTrue(chosen.out().endsWith("\tsoup\n"), chosen.out());
    }

    @Test
    void predictReadsWhatTrainReads() throws IOException {
        Path model = Toy.model(temp, LABELS);
        List<Path> files = List.of(write("a.csv", "text,label\n\"rain, snow\",0\n,1\nsoup,2\n"), write("a.tsv", "label\ttext\n0\train, snow\n1\t\n2\tsoup\n"),
                write("a.jsonl", "{\"text\": \"rain, snow\"}\n{\"text\": \"\"}\n{\"text\": \"soup\", \"label\": 2}\n"), write("a.txt", "rain, snow\n\nsoup\n"));
        for (String format : List.of("text", "json", "csv")) {
            String expected = Cli.runWithInput("rain, snow\n\nsoup\n".getBytes(StandardCharsets.UTF_8), "predict", "--model", model, "--format", format).done()
                    .out();
            assertEquals(format.equals("csv") ? 4 : 3, expected.lines().count());
            for (Path file : files) {
                Cli run = Cli.run("predict", "--model", model, "--format", format, "--file", file).done();
                assertEquals(expected, run.out());
                assertEquals("", run.err());
            }
            assertEquals(expected, Cli.runWithInput("rain, snow\r\n\r\nsoup".getBytes(StandardCharsets.UTF_8), "predict", "--model", model, "--format", format,
                    "--file", "-").done().out());
        }
        Cli.run("predict", "--model", model, "--file", "-", "--text-column", "text").refused(2, "give it with --file");
        Cli.run("predict", "--model", model, "--delimiter", ";", "soup").refused(2, "give it with --file");
        Path array = write("a.json", "[\n{\"text\": \"rain\"}\n]\n");
        Cli.run("predict", "--model", model, "--file", array).refused(1, array + " is read as .jsonl only: one JSON object a line");
        Path macs = write("mac.txt", "rain\rsoup\r");
        Cli.run("predict", "--model", model, "--file", macs).refused(1, macs + ", line 1: a carriage return without a line feed");
        Path json = write("lines.txt", "{\"text\": \"rain\"}\n");
        assertTrue(Cli.run("predict", "--model", model, "--file", json).done().err().contains("begins with a JSON object"));
    }

    @Test
    void predictionsInCsv() throws IOException {
        Path model = Toy.model(temp, List.of("wea,ther", "\"food\""));
        List<String> texts = List.of("rain, \"snow\"", "two\nlines", "", "soup");
        Path file = write("a.jsonl", "{\"text\": \"rain, \\\"snow\\\"\"}\n{\"text\": \"two\\nlines\"}\n{\"text\": \"\"}\n{\"text\": \"soup\"}\n");
        String csv = Cli.run("predict", "--model", model, "--format", "csv", "--file", file).done().out();
        List<CSVRecord> records = CSVFormat.RFC4180.parse(new StringReader(csv)).getRecords();
        assertEquals(List.of("text", "label", "probability", "probability of wea,ther", "probability of \"food\""), records.getFirst().toList());
        assertEquals(texts, records.stream().skip(1).map(record -> record.get(0)).toList());
        List<JsonNode> same = new ArrayList<>();
        for (String line : Cli.run("predict", "--model", model, "--format", "json", "--file", file).done().out().lines().toList()) {
            same.add(new ObjectMapper().readTree(line));
        }
        for (int i = 0; i < texts.size(); i++) {
            CSVRecord record = records.get(i + 1);
            assertEquals(same.get(i).get("label").asText(), record.get(1));
            assertEquals(same.get(i).get("probability").asDouble(), Double.parseDouble(record.get(2)));
            assertEquals(1, Double.parseDouble(record.get(3)) + Double.parseDouble(record.get(4)), 1e-12);
        }
        assertEquals(4, Cli.run("predict", "--model", model, "--file", file).done().out().lines().count());
    }

    /** The answer to a line is there before the next line is. */
    @Test
    void eachLineIsAnsweredAsItComes() throws Exception {
        Path model = Toy.model(temp, LABELS);
        InputStream before = System.in;
        StringWriter out = new StringWriter();
        PipedOutputStream typed = new PipedOutputStream();
        try {
            System.setIn(new PipedInputStream(typed));
            int[] code = {-1};
            Thread command = Thread.ofPlatform()
                    .start(() -> code[0] = Main.commandLine().setOut(new PrintWriter(out, true)).execute("predict", "--device", "jvm",
                            "--model", model.toString(), "--file", "-"));
            for (String text : List.of("more rain", "", "soup")) {
                typed.write((text + "\n").getBytes(StandardCharsets.UTF_8));
                typed.flush();
                long until = System.nanoTime() + 60_000_000_000L;
                while (!out.toString().endsWith("\t" + text + "\n") && command.isAlive() && System.nanoTime() < until) {
                    Thread.sleep(5);
                }
                assertTrue(out.toString().endsWith("\t" + text + "\n"), out.toString());
            }
            typed.close();
            command.join(60_000);
            assertEquals(0, code[0]);
            assertEquals(3, out.toString().lines().count());
        } finally {
            System.setIn(before);
        }
    }
}
