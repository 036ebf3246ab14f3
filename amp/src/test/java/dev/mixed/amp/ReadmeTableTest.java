package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of autocast in docs/mixed-precision.md is what autocast does. */
class ReadmeTableTest {
    @Test
    void listsEveryOpUnderItsRule() throws IOException {
        List<String> readme = Files.readAllLines(Path.of("..", "docs", "mixed-precision.md"));
        for (OpRule rule : OpRule.values()) {
            List<String> ops = AutocastListsTest.ops().stream().filter(op -> AutocastPolicy.TORCH.rule(op.torch()) == rule)
                    .map(op -> "`" + op.torch() + "`").distinct().toList();
            if (!ops.isEmpty()) {
                String row = "| " + rule.words() + " | " + String.join(", ", ops) + " |";
                assertTrue(readme.contains(row), "docs/mixed-precision.md lacks the row\n" + row);
            }
        }
        String residual = Arrays.stream(new String[] {"embedding", "layer_norm"})
                .map(op -> "`" + op + "` (" + AutocastPolicy.HALF_RESIDUAL.rule(op).words() + ")").collect(Collectors.joining(" and "));
        assertTrue(readme.stream().anyMatch(line -> line.contains(residual)), "docs/mixed-precision.md lacks: " + residual);
    }
}
