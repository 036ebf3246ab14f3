// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The commands in {@code docs/tasks.md} do what the page says, as they stand there, and its table has every task. */
class TasksPageTest {
    private static final Path PAGE = Path.of("..", "docs", "tasks.md");
    private static final Pattern FILE = Pattern.compile("cat > (\\S+) <<'END'");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    @TempDir
    private Path temp;

    static Stream<String> blocks() throws IOException {
        return Pattern.compile("```bash\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE)).results().map(m -> m.group(1)).toList().stream();
    }

    /** The words of a command, of which those that name files or folders of the block are taken into the test's folder. */
    private List<Object> words(String line) {
        List<Object> words = new ArrayList<>();
        boolean path = false;
        Matcher word = WORD.matcher(line);
        while (word.find()) {
            String text = word.group(1) != null ? word.group(1) : word.group(2);
            words.add(path ? temp.resolve(text) : text);
            path = List.of("--data", "--output", "--model", "--file").contains(text);
        }
        return words;
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void theCommandsRun(String block) throws IOException {
        List<String> lines = block.lines().toList();
        int commands = 0;
        for (int i = 0; i < lines.size(); i++) {
            Matcher file = FILE.matcher(lines.get(i));
            if (file.matches()) {
                int end = lines.subList(i, lines.size()).indexOf("END") + i;
                Path path = temp.resolve(file.group(1));
                Files.createDirectories(path.getParent());
                Files.write(path, lines.subList(i + 1, end));
                i = end;
            } else {
                assertTrue(lines.get(i).startsWith("./mixed "), lines.get(i));
                Cli done = Cli.run(words(lines.get(i).substring("./mixed ".length())).toArray()).done();
                assertFalse(done.out().isBlank(), lines.get(i));
                commands++;
            }
        }
        assertTrue(commands >= 3, "training, scoring and prediction in " + block);
    }

    @Test
    void thePageIsLinked() throws IOException {
        assertTrue(Files.readString(Path.of("..", "README.md")).contains("(docs/tasks.md)"));
        assertTrue(blocks().findAny().isPresent());
    }
}
