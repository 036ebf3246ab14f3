package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The README's table of autocast is what autocast does. */
class ReadmeTableTest {
    @Test
    void listsEveryOpUnderItsRule() throws IOException {
        List<String> readme = Files.readAllLines(Path.of("..", "README.md"));
        for (OpRule rule : OpRule.values()) {
            List<String> ops = AutocastListsTest.ops().stream().filter(op -> AutocastPolicy.TORCH.rule(op.torch()) == rule)
                    .map(op -> "`" + op.torch() + "`").distinct().toList();
            if (!ops.isEmpty()) {
                String row = "| " + rule.words() + " | " + String.join(", ", ops) + " |";
                assertTrue(readme.contains(row), "README.md lacks the row\n" + row);
            }
        }
        String residual = Arrays.stream(new String[] {"embedding", "layer_norm"})
                .map(op -> "`" + op + "` (" + AutocastPolicy.HALF_RESIDUAL.rule(op).words() + ")").collect(Collectors.joining(" and "));
        assertTrue(readme.stream().anyMatch(line -> line.contains(residual)), "README.md lacks: " + residual);
    }
}
