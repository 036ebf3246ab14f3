package dev.mixed.opcases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.AutocastPolicy;
import dev.mixed.amp.OpRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The README's table of autocast is what autocast does. */
class ReadmeTableTest {
    @Test
    void listsEveryOpUnderItsRule() throws IOException {
        List<String> readme = Files.readAllLines(Path.of("..", "README.md"));
        for (OpRule rule : OpRule.values()) {
            Set<String> ops = AutocastListsTest.ops().stream().filter(op -> AutocastPolicy.TORCH.rule(op.torchName()) == rule)
                    .map(op -> "`" + op.torchName() + "`").collect(Collectors.toCollection(TreeSet::new));
            if (!ops.isEmpty()) {
                String head = "| " + rule.words() + " | ";
                List<String> rows = readme.stream().filter(line -> line.startsWith(head + "`")).toList();
                assertEquals(1, rows.size(), "rows of README.md that begin with " + head);
                List<String> listed = List.of(rows.getFirst().substring(head.length()).replace(" |", "").split(", "));
                assertEquals(List.copyOf(ops), listed.stream().sorted().toList(), "README.md's row of ops under '" + rule.words() + "'");
            }
        }
        String residual = Arrays.stream(new String[] {"embedding", "layer_norm"})
                .map(op -> "`" + op + "` (" + AutocastPolicy.HALF_RESIDUAL.rule(op).words() + ")").collect(Collectors.joining(" and "));
        assertTrue(readme.stream().anyMatch(line -> line.contains(residual)), "README.md lacks: " + residual);
    }
}
