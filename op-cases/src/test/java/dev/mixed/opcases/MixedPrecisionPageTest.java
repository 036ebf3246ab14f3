// SPDX-License-Identifier: Apache-2.0
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

/** The table of autocast in docs/mixed-precision.md is what autocast does. */
class MixedPrecisionPageTest {
    @Test
    void listsEveryOpUnderItsRule() throws IOException {
        List<String> page = Files.readAllLines(Path.of("..", "docs", "mixed-precision.md"));
        for (OpRule rule : OpRule.values()) {
            Set<String> ops = AutocastListsTest.ops().stream().filter(op -> AutocastPolicy.TORCH.rule(op.torchName()) == rule)
                    .map(op -> "`" + op.torchName() + "`").collect(Collectors.toCollection(TreeSet::new));
            if (!ops.isEmpty()) {
                String head = "| " + rule.words() + " | ";
                List<String> rows = page.stream().filter(line -> line.startsWith(head + "`")).toList();
                assertEquals(1, rows.size(), "rows of docs/mixed-precision.md that begin with " + head);
                List<String> listed = List.of(rows.getFirst().substring(head.length()).replace(" |", "").split(", "));
                assertEquals(List.copyOf(ops), listed.stream().sorted().toList(), "docs/mixed-precision.md's row of ops under '" + rule.words() + "'");
            }
        }
        String residual = Arrays.stream(new String[] {"embedding", "layer_norm"})
                .map(op -> "`" + op + "` (" + AutocastPolicy.HALF_RESIDUAL.rule(op).words() + ")").collect(Collectors.joining(" and "));
        assertTrue(page.stream().anyMatch(line -> line.contains(residual)), "docs/mixed-precision.md lacks: " + residual);
    }
}
